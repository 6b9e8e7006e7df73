"""Logs that are drawn are what was asked for, come to everything, and shrink to short ones."""

import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis.errors import InvalidArgument
from hypothesis.strategies import SearchStrategy

import oracle
from flux_conform.checking.finding import Judgement
from flux_conform.checking.judge import Options, judge
from flux_conform.language import load
from flux_conform.machine.step import Machine
from flux_conform.strategies import Eventlog, broken_by, distribution, eventlogs, runs
from flux_conform.suite.making.testable import Clause, clauses_of
from toys import TURNSTILE

from .test_contexts import KETTLE, simplest

SOME = settings(max_examples=40, database=None, derandomize=True)
ANY = Options(notes=True)


def judged(model: str, log: Eventlog, options: Options = ANY) -> Judgement:
    """The checker's judgement; of a job's log, the oracle finds the same."""
    judgement = judge(
        Machine(load(model)) if model not in MACHINES else MACHINES[model], log.data, options
    )
    if model == "job":
        other = oracle.judge(log.data)
        assert other.state == judgement.state
        assert {rule for rule, _, _ in other.findings} | {rule for rule, _ in other.notes} == {
            finding.rule for finding in judgement.findings
        }
    return judgement


MACHINES = {name: Machine(load(name)) for name in ("job", "exec", str(TURNSTILE), str(KETTLE))}


def draws(
    strategy: SearchStrategy[Eventlog], check: Callable[[Eventlog], None], examples: int = 40
) -> None:
    """Check some of a strategy's logs."""

    def checked(log: Eventlog) -> None:
        check(log)

    settings(SOME, max_examples=examples)(given(strategy)(checked))()


@pytest.mark.parametrize("verdict", ["conforms", "incomplete", "violates"])
@pytest.mark.parametrize("strict", [None, False, True])
@pytest.mark.parametrize("model", ["job", "exec", str(KETTLE)])
def test_every_log_has_the_verdict_asked_for(model: str, strict: bool | None, verdict: Any) -> None:
    """By either way to count where none is asked for."""

    def check(log: Eventlog) -> None:
        levels = {finding.level for finding in judged(model, log).findings}
        for counted in (strict,) if strict is not None else (False, True):
            options = Options(strict=counted)
            assert judge(MACHINES[model], log.data, options).verdict == verdict
        if strict is None and verdict != "violates":
            assert levels <= {"note"}

    draws(eventlogs(model, verdict=verdict, strict=strict), check, 15 if model == "job" else 8)


def clauses(model: str) -> list[Any]:
    return [pytest.param(model, clause, id=clause.id) for clause in clauses_of(load(model))]


@pytest.mark.parametrize(
    ("model", "clause"), [*clauses("job"), *clauses("exec"), *clauses(str(KETTLE))]
)
def test_each_rule_is_broken_and_no_other(model: str, clause: Clause) -> None:
    """Above a note; those that cannot be broken alone are told."""
    if clause.untestable:
        with pytest.raises(InvalidArgument, match="breaks"):
            broken_by(clause.id, model)
        return

    def check(log: Eventlog) -> None:
        findings = judged(model, log).findings
        assert clause.id in {finding.rule for finding in findings}
        graver = {f.rule for f in findings if f.level != "note" and f.because is None}
        assert graver == ({clause.id} if clause.level != "note" else set())

    draws(broken_by(clause.id, model), check, 3)


@pytest.mark.parametrize("generation", ["v1", "v0"])
def test_a_rule_can_be_asked_for_with_a_verdict(generation: str) -> None:
    """Such a log may break others too, but has the verdict."""

    def check(log: Eventlog) -> None:
        judgement = judged("job", log)
        assert "rfc21/start/once" in {finding.rule for finding in judgement.findings}
        assert judgement.verdict == "conforms"
        assert ("version" in log.events[0]["context"]) == (generation == "v1")

    strategy = eventlogs("job", rule="rfc21/start/once", verdict="conforms", generation=generation)
    draws(strategy, check, 15)


@pytest.mark.parametrize("state", ["NEW", "SCHED", "CLEANUP", "REMOVED", "INACTIVE", "RUNNING"])
def test_a_run_comes_to_the_state_and_breaks_nothing(state: str) -> None:
    """A virtual state is any of its members."""
    virtual = {each.name: each.members for each in load("job").virtual_states}
    found = set()

    def check(log: Eventlog) -> None:
        judgement = judged("job", log)
        assert not judgement.findings
        found.add(judgement.state)

    draws(runs("job", state, max_events=20), check, 12)
    assert found == set(virtual.get(state, (state,)))


def test_logs_are_no_longer_than_asked() -> None:
    """And where none is as short, that is told."""

    def check(log: Eventlog) -> None:
        assert len(log.events) <= 5
        assert judged("job", log).state == "CLEANUP"

    draws(runs("job", "CLEANUP", max_events=5), check, 25)
    with pytest.raises(InvalidArgument, match="shortest has 2"):
        simplest(eventlogs(max_events=1))
    with pytest.raises(InvalidArgument, match="comes to RUN"):
        simplest(runs(to="RUN", max_events=4))


def test_the_logs_of_a_small_machine_take_every_case_of_it() -> None:
    """Each case of them in some of so many draws."""
    for model, examples in (("exec", 400), (str(TURNSTILE), 50)):
        spread = distribution(eventlogs(model), model, examples=examples)
        assert not [name for name, count in spread.cases.items() if count == 0]


def test_the_logs_of_a_job_end_in_every_state() -> None:
    """None of them is rare. What Hypothesis draws depends on what else is loaded, so not more."""
    spread = distribution(eventlogs(verdict="incomplete"), examples=200)
    going = {state.name for state in load("job").states if not (state.final or state.removed)}
    assert {name for name, count in spread.ends.items() if count >= 4} == going, spread


@pytest.mark.slow
def test_the_logs_of_a_job_take_every_move_and_nearly_every_case() -> None:
    """Of a thousand: a case is an event in a state in which a clean log has it."""
    spread = distribution(eventlogs(), examples=1000)
    assert min(spread.moves.values()) >= 5, spread
    assert {"INACTIVE", "REMOVED"} == {name for name, count in spread.ends.items() if count}
    taken = [name for name, count in spread.cases.items() if count]
    assert len(taken) >= 0.9 * len(spread.cases), spread


def names(log: Eventlog) -> list[str]:
    return [event["name"] for event in log.events]


def test_what_is_drawn_shrinks_to_a_short_plain_log() -> None:
    """The specification's own examples, a quarter of a second apart."""
    assert simplest(broken_by("rfc21/epilog-start/blocks-free")).data == (
        b'{"timestamp":1700000000.0,"name":"submit","context":{"urgency":16,"userid":1000,"flags":0,"version":1}}\n'
        b'{"timestamp":1700000000.25,"name":"validate"}\n'
        b'{"timestamp":1700000000.5,"name":"depend"}\n'
        b'{"timestamp":1700000000.75,"name":"priority","context":{"priority":16}}\n'
        b'{"timestamp":1700000001.0,"name":"alloc","context":{"annotations":{"sched":{"resource_summary":"rank[0-1]/core[0-3]"}}}}\n'
        b'{"timestamp":1700000001.25,"name":"epilog-start","context":{"description":"clean-scratch"}}\n'
        b'{"timestamp":1700000001.5,"name":"exception","context":{"type":"cancel","severity":0,"note":"no longer needed","userid":1000}}\n'
        b'{"timestamp":1700000001.75,"name":"free"}\n'
    )
    assert names(simplest(eventlogs())) == ["submit", "invalidate"]
    assert names(simplest(eventlogs(verdict="incomplete"))) == ["submit"]
    assert names(simplest(runs(to="RUN"))) == ["submit", "validate", "depend", "priority", "alloc"]
    assert names(simplest(eventlogs(generation="v0"))) == ["submit", "exception", "clean"]
    assert str(simplest(broken_by("rfc18/timestamp"))).startswith('{"timestamp":0,"name":"submit"')


@pytest.mark.parametrize(
    ("told", "make"),
    [
        ("did you mean 'rfc21/start/once'", lambda: broken_by("rfc21/start/onse")),
        ("compares two snapshots", lambda: broken_by("rfc18/append-only")),
        ("nothing at all may follow", lambda: broken_by("rfc50/done/once", "exec")),
        ("did you mean 'conforms'", lambda: eventlogs(verdict="conform")),  # type: ignore[arg-type]
        ("known are v1, v0", lambda: eventlogs(generation="v2")),
        ("did you mean 'SCHED'", lambda: runs(to="SHCED")),
        ("give 1 or more", lambda: eventlogs(max_events=0)),
        ("no final state", lambda: eventlogs(str(TURNSTILE), verdict="incomplete")),
        (
            "leave the verdict out, or strict",
            lambda: eventlogs(rule="rfc21/start/once", verdict="violates"),
        ),
        (
            "no log that breaks",
            lambda: eventlogs(rule="rfc30/urgency/held", verdict="conforms"),
        ),
    ],
)
def test_what_cannot_be_drawn_is_told(told: str, make: Callable[[], object]) -> None:
    """With what to do."""
    with pytest.raises(InvalidArgument, match=told):
        make()


def test_a_log_is_a_value_that_shows_how_to_make_it() -> None:
    """One line for each line of the log; bytes that are no text are shown as such."""
    log = Eventlog('{"timestamp":1,"name":"ä"}\n', b'{"timestamp":1,"name":"\xff"}\n', "{}")
    assert eval(repr(log)) == log
    assert repr(log).count("\n") == 4
    assert bytes(log) == log.data
    assert "ä" in str(log)
    assert log.events == [{"timestamp": 1, "name": "ä"}]
    assert log in {Eventlog(log.data)}
    with pytest.raises(AttributeError):
        log.data = b""


def test_drawing_logs_needs_no_solver() -> None:
    """Importing Z3 takes a while."""
    code = "import sys, flux_conform.strategies; sys.exit('z3' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
