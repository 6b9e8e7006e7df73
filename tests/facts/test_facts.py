"""The hand-made facts agree with themselves; nothing here needs flux_conform."""

from collections import Counter

import pytest

from .cases import CASES, Case, Expected
from .rules import EXEC, JOB, Rule
from .transitions import EVENTS, OUTCOMES, STATES

LEVELS = {rule.id: rule.level for rule in JOB}
SNAPSHOTS = "rfc18/append-only"
FOLLOWING = {"rfc21/start/after-alloc": "rfc21/start/held"}
"""Rules that no log breaks without another: a job to which nothing was allocated holds nothing."""

ONE_LOG = [rule.id for rule in JOB if rule.id != SNAPSHOTS]


def _ids(case: Case) -> str:
    return case.name


def _breaks(case: Case, rule: str) -> bool:
    """Say whether the rule alone is broken; notes stand beside nothing above note."""
    if LEVELS[rule] == "note":
        return not case.findings and {note.rule for note in case.notes} == {rule}
    return {finding.rule for finding in case.findings} == {rule, FOLLOWING.get(rule, rule)}


def _near_miss(case: Case, rule: str) -> bool:
    return case.rule == rule and all(found.rule != rule for found in (*case.findings, *case.notes))


@pytest.mark.parametrize("table", [JOB, EXEC], ids=["job", "exec"])
def test_rule_ids_are_unique(table: tuple[Rule, ...]) -> None:
    """No table holds an id twice."""
    assert [rule for rule, count in Counter(r.id for r in table).items() if count > 1] == []


@pytest.mark.parametrize("rule", [*JOB, *EXEC], ids=lambda rule: rule.id)
def test_a_rule_is_well_formed(rule: Rule) -> None:
    """An id begins with its RFC, a sentence is one sentence."""
    assert rule.id.startswith(f"rfc{rule.rfc}/")
    assert rule.level in {"MUST", "SHOULD", "implied", "note"}
    assert rule.section
    assert rule.says[0].isupper()
    assert rule.says.endswith(".")
    assert ". " not in rule.says


def test_every_transition_has_an_outcome() -> None:
    """The table is total and names only known outcomes and targets."""
    assert len(OUTCOMES) == 2 * len(STATES) * len(EVENTS)
    for (_, state, event), cases in OUTCOMES.items():
        assert len(cases) == (2 if event == "exception" else 1)
        for _, outcome in cases:
            assert outcome[0] in {"moves", "stays", "undefined", "silent", "captive"}
            assert (outcome[0] == "captive") == (state == "INACTIVE")
            assert (len(outcome) == 2) == (outcome[0] == "moves")
            assert set(outcome[1:]) <= {*STATES, "REMOVED"}


def test_case_names_are_unique() -> None:
    """A name tells one case."""
    assert [name for name, n in Counter(case.name for case in CASES).items() if n > 1] == []


def test_logs_differ_within_a_rule() -> None:
    """No rule is tried twice with the same log."""
    seen = Counter((case.rule, case.log) for case in CASES)
    assert [case.name for case in CASES if seen[case.rule, case.log] > 1] == []


@pytest.mark.parametrize("rule", ONE_LOG)
def test_a_rule_is_broken_alone(rule: str) -> None:
    """For every rule a log breaks it and nothing else, but for what is broken along with it."""
    assert any(case.rule == rule and _breaks(case, rule) for case in CASES)


@pytest.mark.parametrize("rule", ONE_LOG)
def test_a_rule_has_a_near_miss(rule: str) -> None:
    """For every rule a log comes close and keeps it."""
    assert any(_near_miss(case, rule) for case in CASES)


@pytest.mark.parametrize("case", CASES, ids=_ids)
def test_a_case_names_known_rules(case: Case) -> None:
    """Findings stand above note, notes at note, and both name rules of the job log."""
    assert case.rule in LEVELS
    assert all(LEVELS[finding.rule] != "note" for finding in case.findings)
    assert all(LEVELS[note.rule] == "note" for note in case.notes)


@pytest.mark.parametrize("case", CASES, ids=_ids)
def test_a_verdict_follows_from_levels_and_state(case: Case) -> None:
    """A log violates exactly when a MUST is broken, else the state at the end tells."""
    broken = any(LEVELS[finding.rule] == "MUST" for finding in case.findings)
    complete = "conforms" if case.state in {"INACTIVE", "REMOVED"} else "incomplete"
    assert case.verdict == ("violates" if broken else complete)
    assert case.state in {*STATES, "REMOVED"}


@pytest.mark.parametrize("case", CASES, ids=_ids)
def test_findings_are_in_order_and_in_range(case: Case) -> None:
    """Lines exist and grow, `because` points back, and an empty log is blamed at line 1."""
    last = max(1, len(case.log.removesuffix(b"\n").split(b"\n")))
    for found in (case.findings, case.notes):
        numbers = [finding.line for finding in found]
        assert numbers == sorted(numbers)
        assert all(1 <= number <= last for number in numbers)
        assert [f for f in found if found.count(f) > 1] == []
    for index, finding in enumerate(case.findings):
        assert finding.because is None or 0 <= finding.because < index
        assert finding.because is None or case.findings[finding.because].line <= finding.line
    assert all(note.because is None for note in case.notes)


def _place(finding: Expected) -> tuple[int, int, str]:
    rank = ["rfc18/", "/context", "/no-context", "rfc21/states/", "/captive", "/last"]
    form = finding.rule.startswith("rfc18/")
    kinds = [n for n, mark in enumerate(rank) if n and mark in finding.rule]
    return (finding.line, 0 if form else min(kinds, default=len(rank)), finding.rule)


@pytest.mark.parametrize("case", CASES, ids=_ids)
def test_findings_of_a_line_are_in_order(case: Case) -> None:
    """Format comes first, then the context, then the state, then the rest by its id."""
    assert list(case.findings) == sorted(case.findings, key=_place)
