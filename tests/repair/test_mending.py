"""The smallest change that mends a log: which it is, what it costs, and that it mends."""

import json
from itertools import product
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from facts.cases import (
    CLEAN,
    DEPEND,
    LIFE,
    PRIORITY,
    SUBMIT,
    V0,
    added,
    began,
    ended,
    lines,
    removed,
)
from flux_conform.artefacts import artefact
from flux_conform.checking.finding import VIOLATES
from flux_conform.checking.judge import Options, judge
from flux_conform.checking.waivers import Waivers, load_deviations
from flux_conform.language import load
from flux_conform.language.loader import load_text
from flux_conform.machine.step import Machine
from flux_conform.repair import (
    Bounds,
    Drop,
    EndLine,
    Insert,
    Mender,
    Mending,
    Move,
    Set,
    Unset,
    in_words,
    mend,
)
from random_logs import STEPS
from toys import PUSH, coin, event, find_lines, turnstile_machine

TURNSTILE = turnstile_machine()
JOB = Machine(load("job"))
JOBS = Mender(JOB)
QUICK = Mender(JOB, bounds=Bounds(changes=2, seconds=0.2, repairs=3))
STRICT = Options(strict=True)


def kinds(mending: Mending) -> list[list[type]]:
    return [[type(change) for change in repair.changes] for repair in mending.repairs]


def only(mending: Mending) -> str:
    """The one repair, in words."""
    assert len(mending.repairs) == 1
    assert mending.more == 0
    return in_words(mending.repairs[0].changes)


def names(data: bytes) -> list[str]:
    return [json.loads(line)["name"] for line in data.splitlines()]


# What it is


@pytest.mark.parametrize(
    ("log", "says"),
    [
        (coin() + PUSH + PUSH, "drop line 3 (push)"),
        (coin(99) + PUSH, 'set "value" to 50 in line 1 (coin), or to another legal value'),
        (
            event("coin", {"value": 7.0}),
            'set "value" to 7 in line 1 (coin), or to another legal value',
        ),
        (
            coin(visitor=3) + PUSH,
            'set "visitor" to "3" in line 1 (coin), or to another legal value',
        ),
        (
            event("coin", {"value": "7"}),
            'set "value" to 7 in line 1 (coin), or to another legal value',
        ),
        (
            event("coin", 7) + PUSH,
            'set "context" to {"value": 1} in line 1 (coin), or to another legal value',
        ),
        (coin() + event("push", 7), 'leave "context" out of line 2 (push)'),
        (event("coin") + PUSH, 'set "value" to 5 in line 1 (coin), or to another legal value'),
        (coin() + event("push", {"a": 1}), 'leave "context" out of line 2 (push)'),
        (coin() + b"\n" + PUSH, "drop line 2"),
        (PUSH[:9] + b"\n" + coin(), "drop line 1"),
        (b"", 'insert coin {"value": 5} before the first line (or with another value)'),
        (PUSH, 'insert coin {"value": 5} before the first line (or with another value)'),
        (
            event("coin", {"value": 5}, timestamp="x") + PUSH,
            'set "timestamp" to 1700000000.499 in line 1 (coin), or to another legal value',
        ),
    ],
)
def test_one_fault_has_one_smallest_repair(log: bytes, says: str) -> None:
    """Whatever it is: an event too few or too many, a value, a time, a line that is none."""
    mending = mend(TURNSTILE, log)
    assert (only(mending), mending.cost and mending.cost.changes) == (says, 1)
    assert mending.exact


def test_an_event_is_put_where_the_scenarios_have_it() -> None:
    """Of all places where it mends, the one between its usual neighbours."""
    log = lines(*LIFE[:4], began("prolog"), ended("prolog"), *LIFE[5:])
    mending = JOBS.mend(log)
    assert only(mending) == "insert alloc after line 4"
    assert names(mending.repairs[0].data)[3:6] == ["priority", "alloc", "prolog-start"]


def test_what_the_log_tells_of_a_missing_event_is_not_invented() -> None:
    """The description is that of the dependency which is left, or of the one that is removed."""
    left = lines(*LIFE[:2], added("b"), added("a"), removed("b"), *LIFE[2:])
    lost = lines(*LIFE[:2], removed("c"), *LIFE[2:])
    for log, event_, description in (
        (left, "dependency-remove", "a"),
        (lost, "dependency-add", "c"),
    ):
        for repair in JOBS.mend(log).repairs:
            (change,) = repair.changes
            assert change[1:] == (event_, {"description": description}, ())


def test_an_event_can_be_made_up_whatever_its_keys_are() -> None:
    """Each key that it must bear gets a plain value of its type."""
    keys = (
        "{value: integer 1..50, a: boolean, b: '\"x\" | idset', c: list of string, d: '{e: number}',"
        " f: path, g: object, h: nonempty list of idset, i: map of path to any, j: optional string}"
    )
    old = "context: {value: integer 1..50, visitor: optional string}"
    machine = turnstile_machine((old, f"context: {keys}"))
    (repair,) = mend(machine, PUSH).repairs
    row = json.loads(repair.data.splitlines()[0])["context"]
    assert sorted(row) == [*"abcdfghi", "value"]
    assert (row["a"], row["b"], row["d"], row["h"]) == (False, "x", {"e": 0}, ["0"])


def test_a_time_beyond_all_floats_stands_beside_itself() -> None:
    """There is none between it and another, and the same time twice is in order."""
    late = b'{"timestamp":' + b"9" * 400 + b',"name":"push"}\n'
    for log in (late, late + late):
        (repair, *_) = mend(TURNSTILE, log).repairs
        assert {json.loads(line)["timestamp"] for line in repair.data.splitlines()} == {
            int("9" * 400)
        }


def test_a_line_that_cannot_be_written_again_is_left_as_it_is() -> None:
    """Then there is no repair, rather than a line that lost something."""
    huge = b'{"timestamp":1,"name":"coin","context":{"value":99,"n":' + b"1" * 5000 + b"}}\n"
    assert mend(TURNSTILE, huge).repairs == ()


def test_events_that_changed_places_change_back() -> None:
    """That is one repair, though either could be called the one that moves."""
    log = lines(*LIFE[:2], PRIORITY, DEPEND, *LIFE[4:])
    mending = JOBS.mend(log)
    assert kinds(mending) == [[Move]]
    assert names(mending.repairs[0].data) == names(lines(*LIFE))


def test_a_log_that_is_over_is_not_opened_again() -> None:
    """What follows the end goes before it, for the end is on record."""
    log = lines(*LIFE[:-1], CLEAN) + lines('{"timestamp":9e9,"name":"memo","context":{"a":1}}')
    mending = JOBS.mend(log)
    assert kinds(mending) == [[Move]]
    assert names(mending.repairs[0].data)[-2:] == ["memo", "clean"]


def test_several_faults_are_mended_together() -> None:
    """At the least number of changes, told in the order of the log."""
    log = lines(SUBMIT, DEPEND, DEPEND, *LIFE[3:-2], CLEAN, CLEAN)
    mending = JOBS.mend(log)
    assert mending.cost is not None
    assert mending.cost.changes == 3
    assert [type(change) for change in mending.repairs[0].changes] == [Insert, Drop, Drop]


def test_an_older_generation_keeps_its_form() -> None:
    """A lost beginning is restored in the form that the rest of the log has."""
    (repair,) = JOBS.mend(lines(*LIFE[2:])).repairs
    submit = json.loads(repair.data.splitlines()[0])
    assert (submit["name"], "version" in submit["context"]) == ("submit", False)
    assert mend(JOB, lines(V0, *LIFE[2:])).cost == (0, 0, 0, 0)


# What it costs, and under which rules


def test_what_does_not_violate_is_not_touched() -> None:
    """A log on its way is not completed, and warnings and notes are left alone."""
    for log in (lines(*LIFE), lines(*LIFE[:4]), lines(*LIFE)[:-1], lines(V0)):
        mending = JOBS.mend(log)
        assert mending.cost == (0, 0, 0, 0)
        assert [(repair.changes, repair.data) for repair in mending.repairs] == [((), log)]


def test_what_violates_is_what_the_caller_says() -> None:
    """Strict judging asks for more changes, and an allowed deviation for fewer."""
    log = coin() + coin() + PUSH[:-1]
    assert mend(TURNSTILE, log).cost == (0, 0, 0, 0)
    assert kinds(mend(TURNSTILE, log, STRICT)) == [[Drop, EndLine]]
    late = '{"timestamp":@,"name":"resource-update","context":{"expiration":1.5}}'
    update = lines(*LIFE[:6], late)
    assert kinds(JOBS.mend(update)) == [[Set]]
    allowed = Options(waivers=Waivers((load_deviations("flux-core"),)))
    assert mend(JOB, update, allowed).cost == (0, 0, 0, 0)


def test_a_key_that_must_not_be_there_is_left_out() -> None:
    """Where the rule speaks of its presence, and its type could be another."""
    exception = '{"timestamp":@,"name":"exception","context":{"type":"cancel","severity":1,"note":"","wait_status":9}}'
    found = {type(repair.changes[0]) for repair in JOBS.mend(lines(*LIFE[:4], exception)).repairs}
    assert Unset in found or Set in found


def test_untouched_lines_keep_their_bytes() -> None:
    """And what is inserted has a time between those of its neighbours."""
    one, other = event("coin", {"value": 9}, timestamp=5), event("push", timestamp=7)
    (repair,) = mend(TURNSTILE, one + other + other[:-1]).repairs
    assert repair.data == one + other
    (repair,) = mend(TURNSTILE, one + other + event("push", timestamp=9)).repairs
    assert repair.data.startswith(one + other)


def test_a_bound_is_told_as_a_bound() -> None:
    """No repair within so many changes is no wrong one, and nothing is said of more."""
    log = PUSH * 3 + event("x")
    mending = mend(TURNSTILE, log + PUSH, bounds=Bounds(changes=2, stages=0))
    assert mending == (None, (), 0, 2, True)
    assert mend(TURNSTILE, log, bounds=Bounds(seconds=0)).repairs == ()


def reordered(*order: int, keeps_times: bool) -> bytes:
    """A life with its lines in another order; they keep their times, or get those in order."""
    if not keeps_times:
        return lines(*(LIFE[n] for n in order))
    told = lines(*LIFE).splitlines(keepends=True)
    return b"".join(told[n] for n in order)


@pytest.mark.parametrize(
    "order",
    [
        pytest.param((0, 3, 1, 2, *range(4, len(LIFE))), id="too early by two lines"),
        pytest.param((0, 2, 3, 1, *range(4, len(LIFE))), id="too late by two lines"),
    ],
)
def test_a_move_costs_its_order_its_way_and_the_time_that_it_writes(order: tuple[int, ...]) -> None:
    """An event in another place asks 3 to be believed, and 1 more where its time must change."""
    for keeps_times, doubt in ((True, 3), (False, 4)):
        mending = JOBS.mend(reordered(*order, keeps_times=keeps_times))
        assert mending.cost == (1, 0, doubt, 2)
        assert kinds(mending) == [[Move]]
        assert names(mending.repairs[0].data) == names(lines(*LIFE))


KICK = "  kick: {by: visitor, says: somebody kicked, context: {value: integer}, elsewhere: undefined}\n  unlisted:"


def test_what_is_dropped_costs_by_what_is_denied_with_it() -> None:
    """A torn line 1, a copy nothing, one told elsewhere 2; else the event 4, each value 2, a state 3."""
    kicked = turnstile_machine(("  unlisted:", KICK))
    kick = event("kick", {"value": 3})
    for machine, log, doubt in (
        (TURNSTILE, coin() + b"x\n" + PUSH, 1),
        (TURNSTILE, coin() + PUSH + PUSH, 0),
        (kicked, coin() + kick + PUSH, 6),
        (JOB, lines(*LIFE[:3], LIFE[1], *LIFE[3:]), 2),
        (JOB, lines(*LIFE[:6], '{"timestamp":@,"name":"invalidate"}', *LIFE[6:]), 7),
    ):
        mending = mend(machine, log)
        assert (kinds(mending), mending.cost) == ([[Drop]], (1, 0, doubt, 0))


@pytest.mark.parametrize(
    ("change", "log", "value"),
    [
        (".value > least", coin(3), 6),
        (".value < least and (.value + 1) % 5 == 0", coin(9), 4),
        (".value == least", coin(9), 5),
        (".value >= least", coin(3), 5),
    ],
)
def test_a_value_beside_the_one_that_a_rule_speaks_of_is_tried(
    change: str, log: bytes, value: int
) -> None:
    """For a rule may be strict, in either direction."""
    machine = turnstile_machine(
        ("worth(least): .value >= least", f"worth(least): {change}"),
        ("level: SHOULD", "level: MUST"),
    )
    (repair,) = mend(machine, log).repairs
    (change_,) = repair.changes
    assert isinstance(change_, Set)
    assert (change_.path, change_.value) == (("context", "value"), value)
    assert change_.free is (value != 5 or "==" not in change)


def test_a_boolean_that_must_not_be_so_is_the_other() -> None:
    """And a number that is meant as one, in a key of that type, becomes it."""
    machine = turnstile_machine(
        (
            "{value: integer 1..50, visitor: optional string}",
            "{value: integer 1..50, real: boolean}",
        ),
        ("worth(least): .value >= least", "worth(least): .real != false or least == 4"),
        ("level: SHOULD", "level: MUST"),
    )
    (repair,) = mend(machine, coin(real=False)).repairs
    assert json.loads(repair.data)["context"]["real"] is True
    final = lines(*LIFE[:7], '{"timestamp":@,"name":"release","context":{"ranks":"all","final":1}}')
    (repair,) = JOBS.mend(final).repairs
    assert json.loads(repair.data.splitlines()[-1])["context"]["final"] is True


@pytest.mark.parametrize(
    ("event_", "context", "key", "value"),
    [
        ("submit", {"urgency": -7.2, "userid": 1, "flags": 0, "version": 1}, "urgency", 0),
        ("submit", {"urgency": 99, "userid": 1, "flags": 0, "version": 1}, "urgency", 31),
        ("release", {"ranks": "0", "final": 0}, "final", False),
    ],
)
def test_a_value_that_is_not_of_its_type_becomes_the_nearest_and_not_the_example(
    event_: str, context: dict[str, object], key: str, value: object
) -> None:
    """That keeps most of what was written; the examples say 16, and true."""
    before = () if event_ == "submit" else LIFE[:7]
    faulty = f'{{"timestamp":@,"name":"{event_}","context":{json.dumps(context)}}}'
    (repair,) = JOBS.mend(lines(*before, faulty)).repairs
    assert json.loads(repair.data.splitlines()[-1])["context"] == {**context, key: value}


def test_a_value_that_no_type_has_is_the_one_that_a_later_event_lacks() -> None:
    """A dependency that is removed afterwards, and a prolog that ends twice as often as it began."""
    unread = '{"timestamp":@,"name":"NAME","context":{"description":1.5}}'
    dependency = lines(
        LIFE[0], unread.replace("NAME", "dependency-add"), LIFE[1], removed("b"), *LIFE[2:]
    )
    assert only(JOBS.mend(dependency)) == 'set "description" to "b" in line 2 (dependency-add)'
    prologs = lines(
        *LIFE[:5],
        *(began("prolog", "a"), unread.replace("NAME", "prolog-start"), began("prolog", "b")),
        *(ended("prolog", "b"), ended("prolog", "b"), ended("prolog", "a")),
        *LIFE[5:],
    )
    assert only(JOBS.mend(prologs)) == 'set "description" to "b" in line 7 (prolog-start)'


@pytest.mark.parametrize("status", ["7", '"x"'])
def test_a_status_that_another_event_gives_is_written_in_either_form(status: str) -> None:
    """A signal of 11 is 128 + 11 as a shell has it, and 256 times that in the form of wait(2)."""
    fatal = '{"timestamp":@,"name":"exception","context":{"type":"exec","severity":0,"note":"","wait_status":11}}'
    finish = f'{{"timestamp":@,"name":"finish","context":{{"status":{status}}}}}'
    mending = JOBS.mend(lines(*LIFE[:6], fatal, finish))
    assert kinds(mending) == [[Set], [Set]]
    told = [json.loads(each.data.splitlines()[-1])["context"] for each in mending.repairs]
    assert told == [{"status": 128 + 11}, {"status": 256 * (128 + 11)}]


@pytest.mark.parametrize("far", [0, 60])
def test_each_of_several_that_are_outstanding_is_found(far: int) -> None:
    """In any order of names, however far they were added; strictly, none is added after depend."""
    begin = [*LIFE[:2], added("b"), added("a"), added("c")]
    memos = ['{"timestamp":@,"name":"memo","context":{"a":1}}'] * far
    mending = mend(JOB, lines(*begin, *memos, removed("b"), *LIFE[2:]), STRICT)
    assert mending.cost is not None
    assert mending.cost[:2] == (2, 0)
    for repair in mending.repairs:
        told = {
            json.dumps(change.context) for change in repair.changes if isinstance(change, Insert)
        }
        assert told == {'{"description": "a"}', '{"description": "c"}'}
        # All three are removed together, as the jobs of the scenarios have it.
        place = len(begin) + far
        assert names(repair.data)[place : place + 4] == [*["dependency-remove"] * 3, "depend"]


def test_a_line_without_a_time_is_moved_at_the_price_of_writing_one(tmp_path: Path) -> None:
    """It can be moved where the rules of lines let it pass; it has no time that could be kept."""

    def lenient(name: str) -> str:
        text = Path(find_lines(name)).read_text(encoding="utf-8")
        rule = "id: rfc18/timestamp\n    level: "
        assert text.count(f"{rule}MUST") == 1
        path = tmp_path / "lines.yaml"
        path.write_text(text.replace(f"{rule}MUST", f"{rule}SHOULD"), encoding="utf-8")
        return str(path)

    text = Path(artefact("model"), "job.yaml").read_text(encoding="utf-8")
    machine = Machine(load_text(text, "job.yaml", lenient))
    late = LIFE[1].replace("@", "null")
    mending = mend(machine, lines(LIFE[0], *LIFE[2:4], late, *LIFE[4:]))
    assert kinds(mending) == [[Move]]
    assert mending.cost == (1, 0, 4, 2)


# That it is the smallest, and mends


def neighbours(log: tuple[bytes, ...]) -> set[tuple[bytes, ...]]:
    """All logs that one change away: the letters are a good coin, a bad one, and a push."""
    found = set()
    for n in range(len(log) + 1):
        found |= {(*log[:n], letter, *log[n:]) for letter in (coin(), PUSH)}
    for n in range(len(log)):
        rest = (*log[:n], *log[n + 1 :])
        found.add(rest)
        found.add((*log[:n], coin() if log[n] != PUSH else PUSH, *log[n + 1 :]))
        found |= {(*rest[:to], log[n], *rest[to:]) for to in range(len(rest) + 1)}
    return found


def test_no_smaller_change_mends() -> None:
    """As trying all changes one after another shows."""
    sound: dict[tuple[bytes, ...], bool] = {}

    def holds(log: tuple[bytes, ...]) -> bool:
        if log not in sound:
            sound[log] = judge(TURNSTILE, b"".join(log)).verdict != VIOLATES
        return sound[log]

    mender = Mender(TURNSTILE)
    for log in product((coin(), coin(99), PUSH), repeat=3):
        reached, least = {log}, 0
        while not any(map(holds, reached)):
            reached = set().union(*map(neighbours, reached))
            least += 1
        cost = mender.mend(b"".join(log)).cost
        assert cost is not None
        assert cost.changes == least, log


@given(st.lists(st.sampled_from(STEPS), max_size=7), st.integers(0, 8))
@settings(max_examples=40)
def test_a_mended_log_never_violates(steps: list[str], life: int) -> None:
    """Whatever the log was; and one that violates nothing costs nothing."""
    log = lines(*LIFE[:life], *steps)
    mending = QUICK.mend(log)
    violates = judge(JOB, log).verdict == VIOLATES
    assert (mending.cost is not None and mending.cost.changes == 0) == (not violates)
    for repair in mending.repairs:
        assert judge(JOB, repair.data).verdict != VIOLATES
