"""The checker against the hand-made facts: cases, rules and transitions."""

import pytest

from facts.cases import CASES, Case
from facts.rules import EXEC, JOB, Rule
from facts.transitions import EVENTS, FATAL, OUTCOMES, STATES, Outcome
from flux_conform.checking.judge import Options, judge
from flux_conform.language import load
from flux_conform.language.specification import (
    AnyContext,
    EmptyContext,
    Specification,
    TypedContext,
    UndefinedContext,
)
from flux_conform.machine.outcome_table import Cell, matrix
from flux_conform.machine.step import Machine

MACHINE = Machine(load("job"))
WITH_NOTES = Options(notes=True)


def case_name(case: Case) -> str:
    return case.name


@pytest.mark.parametrize("case", CASES, ids=case_name)
def test_a_case_is_judged_as_the_hand_says(case: Case) -> None:
    """Every finding with its line and cause, the verdict, and the state at the end."""
    judgement = judge(MACHINE, case.log)
    found = [(finding.rule, finding.line, finding.because) for finding in judgement.findings]
    assert found == [tuple(expected) for expected in case.findings]
    assert (judgement.verdict, judgement.state) == (case.verdict, case.state)


@pytest.mark.parametrize("case", CASES, ids=case_name)
def test_the_notes_of_a_case_are_told_when_asked_for(case: Case) -> None:
    """They stand among the findings, which stay the same and point at each other as before."""
    judgement = judge(MACHINE, case.log, WITH_NOTES)
    notes = [(f.rule, f.line) for f in judgement.findings if f.level == "note"]
    assert notes == [(note.rule, note.line) for note in case.notes]
    others = [finding for finding in judgement.findings if finding.level != "note"]
    assert [(f.rule, f.line) for f in others] == [(f.rule, f.line) for f in case.findings]
    for finding, expected in zip(others, case.findings, strict=True):
        root = None if finding.because is None else judgement.findings[finding.because]
        wanted = None if expected.because is None else case.findings[expected.because]
        assert (root and (root.rule, root.line)) == (wanted and (wanted.rule, wanted.line))
    assert (judgement.verdict, judgement.state) == (case.verdict, case.state)


def test_a_strict_verdict_counts_all_but_notes() -> None:
    """SHOULD and implied findings violate then; their levels stay."""
    for case in CASES:
        plain, strict = judge(MACHINE, case.log), judge(MACHINE, case.log, Options(strict=True))
        assert strict.findings == plain.findings
        assert (strict.verdict == "violates") == bool(case.findings), case.name
        assert strict.verdict in ("violates", case.verdict)


FINDINGS = [
    (case, finding) for case in CASES for finding in judge(MACHINE, case.log, WITH_NOTES).findings
]


def test_a_finding_says_all_that_a_reader_needs() -> None:
    """A message, a clause and a repair, each in full; and the offset is that of its line."""
    assert len(FINDINGS) > len(CASES) / 2
    for case, finding in FINDINGS:
        assert finding.message
        assert finding.repair
        assert finding.section
        assert finding.rule.startswith(f"rfc{finding.rfc}/")
        assert case.log[: finding.offset].count(b"\n") == finding.line - 1
        assert finding.offset in (0, case.log.rfind(b"\n", 0, finding.offset) + 1)


# Rules


def rules_of(specification: Specification) -> dict[str, Rule]:
    """Every rule that a machine can find broken, by id, those of the machine itself spelt out."""
    rules = {
        rule.id: Rule(rule.id, rule.level, rule.rfc, rule.section, rule.says)  # type: ignore[arg-type]
        for rule in (*specification.rules, *specification.lines)
    }
    for finding in specification.findings:
        for event in specification.events:
            applies = {
                "context": isinstance(event.context, TypedContext | EmptyContext),
                "no-context": isinstance(event.context, UndefinedContext),
            }
            if applies.get(finding.kind, True) and not isinstance(event.context, AnyContext):
                rule_id = finding.id.replace("{event}", event.name)
                section = finding.section or event.section
                rules[rule_id] = Rule(
                    rule_id,
                    finding.level,
                    finding.rfc,
                    section,
                    finding.says,  # type: ignore[arg-type]
                )
    return rules


SPECIFICATIONS = {"job": load("job"), "exec": load("exec")}
TABLES = {"job": JOB, "exec": EXEC}
SHARED = {rule.id for rule in JOB if rule.rfc == 18}
# The exec machine finds these by itself as every machine does; no hand table names them, since
# nothing in its model is undefined, silent, or of an undefined context.
IDLE = {"rfc50/states/undefined", "rfc50/states/silent"}


@pytest.mark.parametrize(
    ("name", "rule"),
    [(name, rule) for name, table in TABLES.items() for rule in table],
    ids=lambda value: value if isinstance(value, str) else value.id,
)
def test_a_rule_is_in_the_model_as_the_hand_has_it(name: str, rule: Rule) -> None:
    """Level, RFC, section and sentence; of contexts, the sentence is made from their types."""
    found = rules_of(SPECIFICATIONS[name])[rule.id]
    if rule.id.endswith("context") and rule.rfc != 18:
        found = found._replace(says=rule.says)
    assert found == rule


@pytest.mark.parametrize("name", TABLES)
def test_the_model_has_no_rule_that_the_hand_has_not(name: str) -> None:
    """Nothing is found under an id that nobody wrote down."""
    ids = rules_of(SPECIFICATIONS[name]).keys()
    known = {rule.id for rule in TABLES[name]} | (SHARED | IDLE if name == "exec" else set())
    assert ids - known == set()
    assert known - ids == set()


# Transitions

GUARDS = {FATAL: "fatal"}


def hand_cells(generation: str, state: str, event: str) -> dict[str, Outcome]:
    return dict(OUTCOMES[generation, state, event])  # type: ignore[index]


def model_cells(cells: list[Cell], generation: str, state: str, event: str) -> dict[str, Outcome]:
    """The outcomes of an event's entry in a state, by guard."""
    entry = SPECIFICATIONS["job"].event(event).name
    found: dict[str, Outcome] = {}
    for cell in cells:
        if (cell.generation, cell.state, cell.event) == (generation, state, entry):
            assert cell.guard not in found
            assert not cell.captive or (cell.outcome, cell.target) == ("undefined", None)
            outcome = "captive" if cell.captive else cell.outcome
            found[cell.guard] = (outcome, cell.target) if cell.target else (outcome,)
    return found


CELLS = matrix(SPECIFICATIONS["job"])


@pytest.mark.parametrize("generation", ["v1", "v0"])
@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("event", EVENTS)
def test_each_event_does_in_each_state_what_the_hand_says(
    generation: str, state: str, event: str
) -> None:
    """For every guard case, in both generations of the format."""
    wanted = hand_cells(generation, state, event)
    found = model_cells(CELLS, generation, state, event)
    if set(found) == {""} and set(wanted) != {""}:  # no guard tells the cases apart there
        found = dict.fromkeys(wanted, found[""])
    if FATAL in wanted and "fatal" in found:
        (other,) = set(wanted) - {FATAL}
        found = {FATAL: found["fatal"], other: found["else"]}
    assert found == wanted


def test_the_matrix_speaks_of_no_other_states_and_events() -> None:
    """And of each of them exactly once for a guard."""
    entries = {SPECIFICATIONS["job"].event(event).name for event in EVENTS}
    assert {cell.event for cell in CELLS} == entries
    assert {cell.state for cell in CELLS} == set(STATES)
    keys = [cell[:4] for cell in CELLS]
    assert len(keys) == len(set(keys))
    assert matrix(SPECIFICATIONS["job"], "v0") == [c for c in CELLS if c.generation == "v0"]
