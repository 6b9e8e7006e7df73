"""Windows of logs: what can be said of a part, whatever came before it."""

import random
from itertools import pairwise, product

import pytest

from flux_conform.checking.judge import Options, judge
from flux_conform.checking.window import Gaps, judge_window
from flux_conform.checking.window.explained import distinct_steps
from flux_conform.language import load
from flux_conform.language.bag import Bag
from flux_conform.language.expressions import expand
from flux_conform.language.parser import parse_expression
from flux_conform.language.specification import ANY_EVENT
from flux_conform.logs.eventlog import read_entries
from flux_conform.machine.evaluate import Moment, Unreadable, compile_expression
from flux_conform.machine.partial_step import Next, Past
from flux_conform.machine.partly_known import UNKNOWN, Facts, Partly, evaluate, learn
from flux_conform.machine.step import Machine
from random_logs import made
from toys import load_toy, turnstile

JOB = Machine(load("job"))
OPTIONS = Options()
OF_STATES = ("rfc21/states/undefined", "rfc21/inactive/captive", "rfc21/invalidate/last")

SUBMIT = '{"timestamp":1,"name":"submit","context":{"userid":1,"urgency":16,"flags":0,"version":1}}'
EPILOG = '{"timestamp":6,"name":"epilog-start","context":{"description":"e"}}'


def line(name: str, context: str = "", time: float = 9) -> str:
    bears = f',"context":{context}' if context else ""
    return f'{{"timestamp":{time},"name":"{name}"{bears}}}'


def window(*lines: str, machine: Machine = JOB, strict: bool = False):
    data = "".join(f"{each}\n" for each in lines).encode()
    return judge_window(machine, data, Options(strict=strict))


def test_what_no_past_explains_violates() -> None:
    """Nothing may come after clean, wherever the log began."""
    judged = window(line("clean"), line("memo", '{"a":1}'))
    assert (judged.verdict, judged.states) == ("violates", ("INACTIVE",))
    (found,) = judged.findings
    assert (found.rule, found.line, found.state) == ("rfc21/inactive/captive", 2, "INACTIVE")


def test_what_hangs_on_the_past_is_inconclusive() -> None:
    """A free is right unless an epilog runs that was started before the window."""
    judged = window(line("free"), line("clean"))
    assert judged.verdict == "inconclusive"
    assert [(doubt.rule, doubt.line) for doubt in judged.doubts] == [
        ("rfc21/epilog-start/blocks-free", 1)
    ]
    assert judged.findings == ()


def test_what_the_window_shows_itself_is_certain() -> None:
    judged = window(EPILOG, line("free"))
    assert judged.verdict == "violates"
    assert [(found.rule, found.line) for found in judged.findings] == [
        ("rfc21/epilog-start/blocks-free", 2)
    ]
    assert judged.findings[0].message == 'still running: "e", and perhaps others'


def test_a_doubt_is_told_once_and_then_taken_for_granted() -> None:
    """If the first free was right there was no epilog, so that the second is right too."""
    judged = window(line("free"), line("free"))
    assert [doubt.line for doubt in judged.doubts] == [1]


def test_what_hangs_on_nothing_conforms() -> None:
    judged = window(line("priority", '{"priority":3}'))
    assert (judged.verdict, judged.states) == ("conforms", ("SCHED",))
    assert window(line("memo", '{"a":1}')).states == (
        *("NEW", "DEPEND", "PRIORITY", "SCHED", "RUN", "CLEANUP"),
    )


def test_the_state_says_what_must_have_come() -> None:
    """Nobody comes to SCHED without a depend, and nobody to DEPEND with one."""
    assert window(line("priority", '{"priority":3}'), line("dependency-add", '{"description":"a"}'),
                  strict=True).verdict == "violates"  # fmt: skip
    judged = window(line("dependency-add", '{"description":"a"}'), line("depend"), strict=True)
    assert judged.verdict == "violates"


def test_a_window_with_the_beginning_is_judged_as_a_log() -> None:
    judged = window(SUBMIT, line("validate", time=2))
    assert (judged.verdict, judged.begins) == ("conforms", True)
    assert window(SUBMIT, line("depend", time=2)).verdict == "violates"


def test_fragments_at_the_ends_are_left_out_and_named() -> None:
    data = '20,"name":"x"}\n' + line("validate") + "\n" + line("depend")[:20]
    judged = judge_window(JOB, data.encode(), OPTIONS)
    assert (judged.verdict, judged.left_out) == ("conforms", (1, 3))
    whole = judge_window(JOB, line("validate").encode(), OPTIONS)
    assert (whole.verdict, whole.findings) == ("conforms", ())
    middle = judge_window(JOB, f"{line('validate')}\n[]\n{line('depend')}\n".encode(), OPTIONS)
    assert [found.rule for found in middle.findings] == ["rfc18/lines"]


def test_a_window_without_an_event_says_nothing() -> None:
    """It neither conforms nor violates; but a line that is empty is no cut."""
    for data in (b"", b'ragment"}\n'):
        judged = judge_window(JOB, data, OPTIONS)
        assert (judged.verdict, judged.events, judged.findings) == ("inconclusive", 0, ())
        assert [doubt.rule for doubt in judged.doubts] == [""]
    blank = judge_window(JOB, f"{line('validate')}\n\n".encode(), OPTIONS)
    assert [found.rule for found in blank.findings] == ["rfc18/lines"]


def test_a_gap_explains_a_missing_event_where_no_event_must_come_first() -> None:
    """A coin may be lost between two pushes, and nowhere before the first of them."""
    machine = Machine(load_toy(turnstile()))
    events = (line("coin", '{"value":9}'), line("push"), line("push"))
    log = "".join(f"{each}\n" for each in events).encode()
    last = log.rfind(b'{"timestamp"')
    judged = judge_window(machine, log, OPTIONS, Gaps((last,)))
    assert (judged.verdict, judged.findings) == ("inconclusive", ())
    assert judge_window(machine, log, OPTIONS, Gaps((log.find(b"\n") + 1,))).verdict == "violates"


LIFE = {
    "submit": SUBMIT,
    **{name: line(name) for name in ("validate", "depend")},
    "priority": line("priority", '{"priority":16}'),
    **{name: line(name) for name in ("alloc", "start")},
    "finish": line("finish", '{"status":0}'),
    "epilog-start": line("epilog-start", '{"description":"e"}'),
    "epilog-finish": line("epilog-finish", '{"description":"e","status":0}'),
    "release": line("release", '{"ranks":"all","final":true}'),
    **{name: line(name) for name in ("free", "clean")},
}


@pytest.mark.parametrize("name", ["start", "epilog-finish"])
def test_an_event_whose_name_is_left_out_may_have_come_with_all_that_it_does(name: str) -> None:
    """A start for the finish after it, and the end of an epilog for the free after that."""
    log = "".join(f"{each}\n" for each in LIFE.values() if each != LIFE[name]).encode()
    options = Options(strict=True)
    for names, verdict in (((), "violates"), (("clean",), "violates"), ((name,), "inconclusive")):
        judged = judge_window(JOB, log, options, Gaps(names=frozenset(names)))
        assert judged.verdict == verdict, (names, judged.findings)


def test_any_specification_has_windows() -> None:
    machine = Machine(load_toy(turnstile()))
    assert window(line("push"), line("push"), machine=machine).verdict == "violates"
    assert judge_window(Machine(load("exec")), b'{"timestamp":1,"name":"done"}\n', OPTIONS).states


@pytest.mark.parametrize("seed", range(2))
def test_a_window_of_a_sound_log_never_violates(seed: int) -> None:
    """And where data of the past matter in the window, it is never said to conform.

    An event that is undefined in the state only tells that the log was in another one.
    """
    choose = random.Random(seed)
    told = {"sound": 0, "violating": 0}
    for _ in range(300):
        log = made(choose)
        judgement = judge(JOB, log, OPTIONS)
        lines = log.splitlines(keepends=True)
        if len(lines) < 2 or any(f.rule.startswith("rfc18/") for f in judgement.findings):
            continue
        cut = choose.randrange(1, len(lines))
        judged = judge_window(JOB, b"".join(lines[cut:]), OPTIONS)
        if judged.begins:
            continue
        wrong = [f.line for f in judgement.findings if f.level == "MUST"]
        if not wrong:
            told["sound"] += 1
            assert judged.verdict != "violates", log
        elif min(wrong) > cut and not any(f.rule in OF_STATES for f in judgement.findings):
            told["violating"] += 1
            assert judged.verdict != "conforms", log
            where = [f.line + cut for f in judged.findings] + [d.line + cut for d in judged.doubts]
            assert min(where) <= min(wrong), log
    assert min(told.values()) > 3


def test_what_is_said_with_some_unknown_is_true_whatever_it_is() -> None:
    """Each rule on each event of random logs, with variables hidden in every way."""
    choose, machine = random.Random(7), Machine(load("job"), report=True)
    table = machine.definitions
    rules = [(rule, expand(rule.require.tree, table)) for rule in machine.specification.rules]
    known = unknown = 0
    for _ in range(60):
        configuration = machine.initial
        for entry in read_entries(made(choose)):
            if entry.event is None:
                continue
            name, context = entry.event.name, entry.event.context
            event = machine.event(name)
            unreadable = machine.judge_context(event, context, True)[0]
            exact = Moment(values=configuration.values, state=configuration.state,
                           seen=configuration.seen, event=name, context=context,
                           unreadable=unreadable)  # fmt: skip
            hidden = dict(configuration.values)
            for key in choose.sample(sorted(hidden), 5):
                hidden[key] = hide(choose, hidden[key])
            seen = {e: True for e in configuration.seen if choose.random() < 0.5}
            facts = Facts(hidden, configuration.state, seen, name, context, unreadable)
            for rule, tree in rules:
                if name not in rule.on and ANY_EVENT not in rule.on:
                    continue
                try:
                    true = compile_expression(tree, {})(exact)
                except Unreadable:
                    continue
                told = evaluate(tree, facts)
                assert told is UNKNOWN or bool(told) is bool(true), (rule.id, facts)
                known, unknown = known + (told is not UNKNOWN), unknown + (told is UNKNOWN)
                learnt = learn(tree, bool(true), facts)
                again = evaluate(tree, learnt)
                assert again is UNKNOWN or bool(again) is bool(true), (rule.id, facts)
            configuration = machine.step(configuration, name, context).after
    assert known > 200
    assert unknown > 20


def hide(choose: random.Random, value: object) -> object:
    """Less of a value: a part of a set, or nothing."""
    if not isinstance(value, Bag):
        return UNKNOWN
    known = Partly(value.distinct, {}, frozenset({"nobody", "b"} - set(value)))
    for member, times in value.items():
        if choose.random() < 0.5:
            for _ in range(times):
                known = known.add(member)
    return known


def found(judged) -> list[tuple[str, int]]:
    return [(each.rule, each.line) for each in judged.findings]


def doubted(judged) -> list[tuple[str, int]]:
    return [(each.rule, each.line) for each in judged.doubts]


def test_an_event_of_the_window_has_come_for_those_after_it() -> None:
    """A start that the window shows is known to finish, and forbids a second one."""
    begun = [line("alloc"), line("start")]
    judged = window(*begun, line("finish", '{"status":0}'), strict=True)
    assert all(rule != "rfc21/finish/after-start" for rule, _ in found(judged) + doubted(judged))
    judged = window(*begun, line("start"), strict=True)
    assert ("rfc21/start/once", 3) in found(judged)


def test_an_undefined_event_is_judged_by_its_context_alone_and_has_no_effect() -> None:
    """A depend in RUN breaks no rule of dependencies, and a finish in SCHED is no first one."""
    waits = line("dependency-add", '{"description":"a"}')
    judged = window(waits, line("alloc"), line("depend"))
    assert found(judged) == [("rfc21/states/undefined", 3)]
    ended = line("finish", '{"status":0}')
    sched = line("priority", '{"priority":3}')
    judged = window(sched, ended, line("alloc"), line("start"), ended, strict=True)
    assert found(judged) == [("rfc21/states/undefined", 2)]


def test_a_silent_event_is_noted_in_a_window_too() -> None:
    """An alloc in PRIORITY, as in a whole log."""
    data = f"{line('depend')}\n{line('alloc')}\n".encode()
    judged = judge_window(JOB, data, Options(notes=True))
    assert found(judged) == [("rfc21/states/silent", 2)]
    assert judged.states == ("PRIORITY",)


def test_a_value_that_breaks_its_type_is_no_value_for_the_rules_after_it() -> None:
    """The urgency before the broken one is unknown, so that whether the job is held is too."""
    judged = window(
        line("priority", '{"priority":3}'),
        line("urgency", '{"userid":1,"urgency":"x"}'),
        line("priority", '{"priority":3}'),
        line("alloc"),
    )
    assert found(judged) == [("rfc21/urgency/context", 2)]
    assert doubted(judged) == [("rfc30/urgency/held", 4)]


def test_a_guard_that_did_not_hold_is_known_not_to_hold() -> None:
    """Whoever pays in vain had paid before: that is what the transition's guard tells."""
    machine = Machine(
        load_toy(
            turnstile(
                ("  paid: coins > 0\n", "  paid: has_paid\n"),
                (
                    "  coins: {type: integer, says: the coins since the last push}\n",
                    "  coins: {type: integer, says: the coins since the last push}\n"
                    "  has_paid: {type: boolean, says: there was a coin}\n",
                ),
                ("effect: {coins: coins + 1}", "effect: {coins: coins + 1, has_paid: true}"),
                ("effect: {coins: 0}", "effect: {coins: 0, has_paid: false}"),
                (
                    "- {on: coin, from: Locked, to: Unlocked, basis: text}",
                    "- {on: coin, from: Locked, to: Unlocked, when: not has_paid, basis: text}",
                ),
            )
        )
    )
    log = line("coin", '{"value":9}')
    judged = window(log, machine=machine)
    assert set(judged.states) == {"Locked", "Unlocked"}
    # Strictly no past in which the visitor had paid is sound, so that only one end is left.
    strict = window(log, machine=machine, strict=True)
    assert (strict.states, strict.findings) == (("Unlocked",), ())


STEPS_OF_COLLECTIONS = [(sign, member) for sign in "+-" for member in "ab"]


@pytest.mark.parametrize("distinct", [True, False])
def test_a_collection_of_which_some_is_known_stands_for_all_that_it_may_be(distinct: bool) -> None:
    """Each sequence of changes to each small collection, against what is said of a member then."""
    most = 1 if distinct else 5
    for steps in product(STEPS_OF_COLLECTIONS, repeat=4):
        known = Partly(distinct, {}, frozenset())
        whole = [{"a": a, "b": b} for a in range(most + 1) for b in range(most + 1)]
        for sign, member in steps:
            known = known.add(member) if sign == "+" else known.remove(member)
            for each in whole:
                if sign == "+":
                    each[member] = 1 if distinct else each[member] + 1
                else:
                    each[member] = max(0, each[member] - 1)
            for asked in "ab":
                held = {bool(each[asked]) for each in whole}
                told = known.holds(asked)
                assert told is (UNKNOWN if len(held) == 2 else held.pop()), (steps, known, asked)


def test_what_is_taken_from_or_added_to_a_collection_may_be_unknown() -> None:
    """Then what was surely there may be gone, and what was surely absent may be there."""
    held = Partly(True, {}, frozenset("b")).add("a")
    facts = Facts({"held": held, "one": UNKNOWN}, "", {})
    less, more = (evaluate(parse_expression(f"held {sign} one").tree, facts) for sign in "-+")
    assert (less.holds("a"), more.holds("a")) == (UNKNOWN, True)
    assert (less.holds("b") is not True, more.holds("b")) == (True, UNKNOWN)
    assert evaluate(parse_expression("empty(held)").tree, facts) is False


@pytest.mark.parametrize("sign", "+-")
@pytest.mark.parametrize("shape", ["[{}]", "{{part: {}}}"])
def test_a_member_of_which_a_part_is_unknown_is_no_known_member(sign: str, shape: str) -> None:
    """Two parts that are unknown may be different ones, so that nothing is said of the second."""
    values = {"held": Partly(True, {}, frozenset()), "one": UNKNOWN, "two": UNKNOWN}
    facts = Facts(values, "", {})
    changed = evaluate(parse_expression(f"held {sign} {shape.format('one')}").tree, facts)
    facts = facts._replace(values={**values, "held": changed})
    assert evaluate(parse_expression(f"{shape.format('two')} in held").tree, facts) is UNKNOWN


@pytest.mark.parametrize("distinct", [True, False])
def test_of_many_members_only_the_latest_are_known(distinct: bool) -> None:
    """What is known of a past does not grow with the log."""
    held = Partly(distinct, {}, frozenset())
    for number in range(1_000):
        held = held.add(str(number)).lacking(f"not {number}").holding(f"also {number}")
        assert len(held.sure) + len(held.absent) <= 100
    assert (held.holds("0"), held.holds("999"), held.holds("not 999")) == (UNKNOWN, True, False)
    for number in range(1_000):
        held = held.remove(str(number))
        assert len(held.sure) + len(held.absent) <= 101


def test_pasts_that_have_become_alike_keep_the_doubts_of_all() -> None:
    """Each doubt once, at the first of them."""
    one, other = JOB.specification.rules[:2]
    past = Past("", Facts({"held": Partly(True, {}, frozenset())}, "RUN", {}))
    steps = [Next(past, (), doubts) for doubts in ((one,), (other,), (one, other))]
    assert distinct_steps(steps) == [Next(past, (), (one, other))]


def test_that_a_collection_lacks_a_member_can_be_learnt() -> None:
    tree = parse_expression('not ("a" in held)').tree
    facts = learn(tree, True, Facts({"held": Partly(True, {}, frozenset())}, "", {}))
    assert (facts.values["held"].holds("a"), facts.values["held"].holds("b")) == (False, UNKNOWN)


CUT = (
    SUBMIT
    + "\n"
    + line("memo", '{"name":{"a":[{}]},"u":"é {\\"b\\":1}"}', time=2)
    + "\n"
    + line("validate", time=3)
    + "\n"
).encode()


@pytest.mark.parametrize("end", [len(CUT), len(CUT) - 1, len(CUT) - 7])
def test_wherever_a_log_is_cut_at_its_start_each_line_is_kept_or_left_out(end: int) -> None:
    """Whole lines are judged, a part of one never is, and each part is named."""
    starts = [0, *(at + 1 for at, byte in enumerate(CUT) if byte == 10)]
    for start in range(end):
        data = CUT[start:end]
        judged = judge_window(JOB, data, OPTIONS)
        whole = [at for at, after in pairwise(starts) if start <= at and after - 1 <= end]
        assert judged.events == len(whole), data
        assert judged.findings == (), data
        parts = data.count(b"\n") + (not data.endswith(b"\n")) - len(whole)
        assert len(judged.left_out) == parts, data
        assert judged.begins == (start == 0)


def test_wherever_a_log_is_cut_at_its_end_each_line_is_kept_or_left_out() -> None:
    for end in range(1, len(CUT) + 1):
        judged = judge_window(JOB, CUT[:end], OPTIONS)
        lines = CUT[:end].split(b"\n")
        whole = sum(each + b"\n" in CUT.splitlines(keepends=True) for each in lines)
        assert (judged.events, judged.findings) == (whole, ()), CUT[:end]
        assert judged.left_out == ((len(lines),) if lines[-1] and len(lines) > whole else ())


@pytest.mark.parametrize(
    ("lines", "left_out", "bad"),
    [
        (["garbage", line("validate")], (1,), []),  # what is left of a line may be anything
        ([line("validate"), "garbage"], (), [2]), ([line("validate"), line("depend")[:20]], (), [2]),
        ([line("depend")[:20], line("validate")], (), [1]),  # nothing is missing at its start
        (["\ufeff" + line("depend"), line("validate")], (), [1]), (["[]", line("validate")], (), [1]),
        (['{"timestamp":1}', line("validate")], (), [1]), ([" ", line("validate")], (), [1]),
        (["", line("validate")], (1,), []), ([line("validate"), ""], (), [2]),
    ],
)  # fmt: skip
def test_a_line_that_no_cut_explains_is_judged(
    lines: list[str], left_out: tuple[int, ...], bad: list[int]
) -> None:
    """A line that ends in a newline was not cut there; what is left out is not judged as well."""
    judged = judge_window(JOB, "".join(f"{each}\n" for each in lines).encode(), OPTIONS)
    assert judged.left_out == left_out
    assert [found.line for found in judged.findings] == bad
    assert {found.rule.partition("/")[0] for found in judged.findings} <= {"rfc18"}


def test_a_fragment_before_the_first_event_is_not_judged_as_well() -> None:
    """Something came before it, so the window does not have the beginning."""
    judged = judge_window(JOB, f'"a":1}}}}\n{SUBMIT}\n'.encode(), OPTIONS)
    assert (judged.left_out, judged.begins) == ((1,), False)
    assert not [found for found in judged.findings if found.rule.startswith("rfc18/")]


def test_a_window_of_which_the_machine_knows_no_event_does_not_conform() -> None:
    judged = window(line("x"), line("y"))
    assert judged.verdict == "inconclusive"
    assert "no event in the window is one that the machine knows" in judged.doubts[-1].says


@pytest.mark.slow
def test_a_window_that_keeps_many_pasts_for_long_is_followed_no_further() -> None:
    """It is inconclusive from the line that it says, whatever comes after that."""
    mild = [f'{{"type":"x","severity":{severity},"note":""}}' for severity in (1, 2, 3)] * 1000
    judged = window(*(line("exception", context) for context in mild))
    (doubt,) = judged.doubts
    assert (judged.verdict, doubt.says) == ("inconclusive", "there are too many possible pasts")
    assert 100 < doubt.line < 3000


@pytest.mark.slow
def test_a_long_window_with_few_pasts_is_followed_to_its_end() -> None:
    """However many events it has. An alloc may have come in three states."""
    memos = [line("memo", "{}")] * 30_000
    judged = window(line("alloc"), line("start"), *memos, line("finish", '{"status":"x"}'))
    assert [found.line for found in judged.findings] == [30_003]


WAITING = (
    line("submit", '{"urgency":16,"userid":1,"flags":0,"version":1}', 1),
    line("validate", time=2),
    line("depend", time=3),
)


def test_what_a_window_waits_for_is_told_where_no_past_says_otherwise() -> None:
    """With the beginning, since which event, too."""
    (whole,) = window(*WAITING).judgement.waits
    assert (whole.what, whole.event, whole.line, whole.since) == ("priority", "depend", 3, 3)
    (part,) = window(*WAITING[1:]).judgement.waits
    assert (part.what, part.says, part.event, part.since) == ("priority", whole.says, None, None)
    assert window(line("memo", "{}")).judgement.waits == ()  # of any state
    assert window(line("no-such-event")).judgement.waits == ()


def test_a_window_is_stuck_where_every_past_is() -> None:
    stuck = window(*WAITING, line("alloc")).judgement.stuck
    assert [each.claim for each in stuck] == ["ends-without-exception"]
    later = window(*WAITING[2:], line("priority", '{"priority":16}'), line("alloc"))
    assert later.judgement.stuck == ()
