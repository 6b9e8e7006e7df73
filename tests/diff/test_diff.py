"""What a comparison says of the shipped job model, edited, and of small machines."""

import pytest

from flux_conform.diff import compare
from flux_conform.diff.checker import checker
from flux_conform.diff.meaning import (
    DIFFERENT,
    NONE,
    UNKNOWN,
    Answer,
    Judged,
    Meaning,
    Misjudged,
    meaning,
)
from flux_conform.diff.symbolic_contexts import includes
from flux_conform.language import types as t
from flux_conform.language.loader import load_changed
from flux_conform.language.specification import Specification
from prove.machines import case, edited, loaded, machine, rule, shipped_text

JOB = loaded(shipped_text("job"))
EXEC = loaded(shipped_text("exec"))


def compared(one: Specification, two: Specification, *, strict: bool = False) -> Meaning:
    return meaning(one, two, judge=checker(strict), strict=strict)


def without_rule(name: str, rule_id: str) -> Specification:
    """A shipped specification without one of its rules, and without scenarios that break it."""
    return load_changed(name, f"scenarios: null\nrules: {{{rule_id}: null}}")


def names(answer: Answer) -> list[str]:
    assert answer.witness is not None
    return [event.name for event in answer.witness.run.events]


MUST = [item.id for item in JOB.rules if item.level == "MUST"]
FOLLOWING = "rfc21/start/after-alloc"
OTHERS = [
    item.id for item in JOB.rules if item.level in ("SHOULD", "implied") and item.id != FOLLOWING
]


@pytest.mark.parametrize("rule_id", MUST)
def test_a_rule_that_is_gone_lets_in_a_log_that_breaks_it_alone(rule_id: str) -> None:
    """The log found is refused by the rule and by no other; nothing that was accepted is lost."""
    told = compared(JOB, without_rule("job", rule_id))
    assert told.answer("first-only").verdict == NONE
    assert told.answer("states").verdict == NONE
    answer = told.answer("second-only")
    assert answer.verdict == DIFFERENT
    assert answer.witness is not None
    assert {reason.rule for reason in answer.witness.reasons} == {rule_id}


@pytest.mark.parametrize("rule_id", OTHERS)
def test_a_rule_below_must_counts_where_the_comparison_is_strict(rule_id: str) -> None:
    """Without it nothing changes for MUST alone; strictly, a log breaks it and no other rule."""
    changed = without_rule("job", rule_id)
    assert compared(JOB, changed).verdict == NONE
    told = compared(JOB, changed, strict=True)
    assert told.answer("first-only").verdict == NONE
    answer = told.answer("second-only")
    assert answer.witness is not None
    assert {reason.rule for reason in answer.witness.reasons} == {rule_id}


def test_a_rule_that_follows_from_others_is_missed_by_none() -> None:
    """A job to which nothing was allocated holds nothing, which another rule asks as well."""
    changed = without_rule("job", FOLLOWING)
    assert compared(JOB, changed, strict=True).verdict == NONE
    assert compared(JOB, without_rule("job", "rfc21/start/held"), strict=True).verdict == DIFFERENT


def test_a_bound_that_is_widened_shows_just_outside() -> None:
    """The log bears the first value that only the wider one takes."""
    text = shipped_text("job").replace("integer 0..31", "integer 0..40")
    answer = compared(JOB, loaded(text)).answer("second-only")
    assert names(answer) == ["submit"]
    assert answer.witness is not None
    assert '"urgency":32' in answer.witness.run.events[0].line


def test_a_transition_with_another_target_is_read_otherwise() -> None:
    """Both accept the log, and hold the state to be another."""
    changed = edited(
        "job", "{on: alloc, from: SCHED, to: RUN,", "{on: alloc, from: SCHED, to: CLEANUP,"
    )
    answer = compared(JOB, changed).answer("states")
    # A log of version 0 is the shortest: submit leads to DEPEND by itself.
    assert names(answer) == ["submit", "depend", "priority", "alloc"]
    assert answer.witness is not None
    assert answer.witness.run.events[-1].state == "RUN"
    assert answer.witness.other[-1] == "CLEANUP"


def test_an_event_that_is_no_longer_listed_is_judged_as_any_other() -> None:
    """Its context is free then, and what was asked of it is not asked."""
    changed = load_changed(
        "job",
        """
        events: {memo: null}
        variables: {user: null}
        report: {annotations: null}
        scenarios: null
        properties: {events-that-may-come-at-any-time: null, most-events-are-spoken-of: null}
        """,
    )
    told = compared(JOB, changed)
    assert told.answer("first-only").verdict == NONE
    assert names(told.answer("second-only")) == ["submit", "memo"]


def test_two_machines_of_different_logs_share_hardly_a_log() -> None:
    """Job against exec: the first event tells them apart."""
    told = compared(JOB, EXEC)
    assert [len(names(told.answer(way))) for way in ("first-only", "second-only")] == [1, 1]


@pytest.mark.parametrize("strict", [False, True])
@pytest.mark.parametrize("one", [JOB, EXEC], ids=["job", "exec"])
def test_a_specification_does_not_differ_from_itself(one: Specification, strict: bool) -> None:
    """Nothing is written differently, and nothing means anything else."""
    told = compare(one, one, judge=checker(strict), strict=strict)
    assert told.structure == ()
    assert told.meaning.verdict == NONE


def test_the_checker_has_the_last_word() -> None:
    """Where it does not see what the search saw, that is an error and never an answer."""

    def lying(specification: Specification, log: bytes) -> Judged:
        return Judged(True, specification.initial.name, ())

    with pytest.raises(Misjudged):
        meaning(JOB, without_rule("job", "rfc30/urgency/held"), judge=lying)


def toy(**parts: str) -> Specification:
    """A machine whose events fill a bag and a set, with some of it replaced."""
    given = {
        "states": "A: {initial: true}\nB: {final: true}",
        "events": """
            add: {context: {name: string}, elsewhere: stays, effect: {held: held + .name}}
            drop: {context: {name: string}, elsewhere: stays, effect: {held: held - .name}}
            go: {context: undefined, elsewhere: undefined}
        """,
        "transitions": "- {on: go, from: A, to: B}",
        "variables": "held: {type: bag of string, says: x}",
        "rules": rule("go", "go", "empty(held)"),
        "properties": "",
    }
    return machine(**{**given, **parts})


def test_one_description_is_not_enough_to_show_that_it_is_not_looked_at() -> None:
    """To drop what was never added takes a second name where the first was added."""
    one = toy(rules=rule("drop", "drop", ".name in held"))
    two = toy(rules=rule("drop", "drop", "not empty(held)"))
    told = compared(one, two)
    assert told.answer("first-only").verdict == NONE
    assert names(told.answer("second-only")) == ["add", "drop"]


def test_a_bound_on_a_bag_shows_as_soon_as_it_is_passed() -> None:
    """Two members, where one was allowed."""
    told = compared(
        toy(rules=rule("go", "go", "size(held) < 4")), toy(rules=rule("go", "go", "size(held) < 3"))
    )
    assert names(told.answer("first-only")) == ["add", "add", "add", "go"]
    assert told.answer("second-only").verdict == NONE


def test_what_depends_on_the_lines_is_not_called_proved() -> None:
    """Where the rules of lines differ, no log of well-formed lines tells all."""
    one = toy()
    lines = tuple(
        item._replace(level="note") if item.check == "timestamp" else item for item in one.lines
    )
    told = compared(one, one._replace(lines=lines))
    assert told.verdict == UNKNOWN
    assert "timestamp" in " ".join(told.answer("second-only").because)


def test_events_with_faulty_keys_are_not_called_proved() -> None:
    """Where a faulty context is no fault, the proofs say that they do not speak of it."""
    one, two = toy(), toy(rules=rule("go", "go", "not size(held) > 0"))
    findings = tuple(
        item._replace(level="note") if item.kind == "context" else item for item in one.findings
    )
    told = compared(one._replace(findings=findings), two._replace(findings=findings))
    assert {answer.verdict for answer in told.answers} <= {UNKNOWN, NONE}
    assert told.answer("first-only").verdict == UNKNOWN


TYPES: list[t.Type] = [
    t.Boolean(),
    t.Integer(),
    t.Integer(0, 9),
    t.Integer(0, None),
    t.Integer(-1, 5),
    t.Number(),
    t.String(),
    t.Literal("all"),
    t.Literal("0"),
    t.Idset(),
    t.Path(),
    t.Anything(),
    t.Object(),
    t.ListOf(t.String()),
    t.ListOf(t.Integer()),
    t.NonEmpty(t.ListOf(t.String())),
    t.MapOf(t.Path(), t.Anything()),
    t.NonEmpty(t.MapOf(t.String(), t.Integer())),
    t.Union((t.Literal("all"), t.Idset())),
    t.Union((t.Integer(), t.Literal("all"))),
    t.Record((("a", t.Integer()),)),
    t.Record((("a", t.Optional(t.Integer(0, 9))),)),
    t.Record((("a", t.Integer(0, 9)), ("b", t.Optional(t.Anything())))),
]
VALUES: list[object] = [
    None, True, 0, 5, 9, 10, -1, 1.5, "", "all", "0", "0-3", "a.b", "a..b", [], ["a"], [1], {},
    {"a": 1}, {"a": 10}, {"a": "x"}, {"a.b": 1}, {"": 1}, {"a": 1, "b": 2},
]  # fmt: skip


def test_a_type_that_includes_another_takes_all_of_its_values() -> None:
    """Each pair of types, on values of every kind; and a type includes itself."""
    included = 0
    for large in TYPES:
        assert includes(large, large)
        for small in TYPES:
            taken = [value for value in VALUES if t.accepts(small, value)]
            if includes(large, small):
                included += 1
                assert all(t.accepts(large, value) for value in taken), (large, small)
    assert included > 2 * len(TYPES)


def test_absence_is_no_value_of_a_required_key() -> None:
    """Optional includes what it may be; what is required does not include absence."""
    assert includes(t.Optional(t.Integer()), t.Integer(0, 3))
    assert includes(t.Optional(t.Integer()), t.Optional(t.Integer(0, 3)))
    assert not includes(t.Anything(), t.Optional(t.Integer()))
    assert not includes(t.Record((("a", t.Integer()),)), t.Record(()))
    assert includes(t.Record((("a", t.Optional(t.Anything())),)), t.Record(()))


@pytest.mark.parametrize("names", [("set_a", "set_b"), ("set_b", "set_a")])
def test_sets_of_which_each_side_names_other_members_are_compared(names: tuple[str, str]) -> None:
    """One of the two puts a member into its set that no guard asks for."""
    told = compared(*map(case, names))
    assert {answer.verdict for answer in told.answers} == {NONE}


def test_the_state_after_a_refused_event_is_not_compared() -> None:
    """The checker goes on as if the event had been defined, and led where it always leads."""
    states = "A: {initial: true, says: x}\nB: {says: x}"
    events = "pay: {says: x, context: {n: integer 0..3}, elsewhere: undefined}"
    one = machine(
        states=states, events=events, transitions="- {on: pay, from: A, when: .n == 1, to: B}"
    )
    two = machine(states=states, events=events, transitions="- {on: pay, from: A, to: B}")
    told = compared(one, two)
    assert told.answer("first-only").verdict == NONE
    assert told.answer("second-only").verdict == DIFFERENT
    assert names(told.answer("second-only")) == ["pay"]


def test_true_and_one_are_told_apart_under_a_key_of_any_type() -> None:
    """A guard that asks for the one is another than one that asks for the other."""
    one, two = (
        machine(
            states="A: {initial: true, says: x}\nB: {says: x}",
            events="a: {says: x, context: {x: any}, elsewhere: undefined}",
            transitions=f"- {{on: a, from: A, when: .x == {value}, to: B}}",
        )
        for value in ("1", "true")
    )
    told = compared(one, two)
    for direction, value in (("first-only", "1"), ("second-only", "true")):
        witness = told.answer(direction).witness
        assert witness is not None
        assert f'"x":{value}}}' in witness.run.events[-1].line
