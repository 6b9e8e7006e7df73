"""What the proofs say of the shipped specifications, and that their witnesses stand up."""

import json
import os
import subprocess
import sys

import pytest

from flux_conform.checking.judge import Options, judge
from flux_conform.language import load
from flux_conform.language.line_form import read_back
from flux_conform.machine.step import Machine
from flux_conform.prove import prove
from flux_conform.prove.outcomes import PROVED, REFUTED
from flux_conform.prove.report import saved_runs
from prove.machines import by_id, loaded, shipped_proofs, shipped_text

MACHINES = ("job", "exec", "io", "resource", "alloc", "start")


@pytest.fixture(
    scope="module",
    params=[
        pytest.param(each, marks=() if each in MACHINES[:2] else pytest.mark.slow)
        for each in MACHINES
    ],
)
def shipped(request):
    """The proofs of a machine; those of the later ones take long."""
    specification = loaded(shipped_text(request.param))
    return specification, shipped_proofs(request.param)


def test_every_property_is_as_the_model_says(shipped):
    specification, proofs = shipped
    assert [x.verdict for x in proofs.outcomes] == [x.expect for x in specification.properties]
    assert all(outcome.is_right for outcome in proofs.outcomes)
    assert proofs.verdict == PROVED


def test_what_is_refuted_was_meant_to_be():
    """Among them is, for each thing that a job can wait for, that no log waits for it."""
    job = load("job")
    refuted = [claim.id for claim in job.properties if claim.expect == REFUTED]
    assert refuted == [
        "resources-freed-by-key-words-alone",
        "running-has-allocation",
        "ends-without-exception",
        *(f"waits-{row.name}" for row in job.waits),
    ]
    exec_ = load("exec")
    waits = {f"waits-{row.name}" for row in exec_.waits}
    assert waits == {claim.id for claim in exec_.properties if claim.expect == REFUTED}


def test_every_property_of_the_file_has_an_outcome(shipped):
    specification, proofs = shipped
    assert [x.id for x in proofs.outcomes] == [x.id for x in specification.properties]


def test_a_checker_finds_in_the_logs_that_are_written_what_they_say_and_in_witnesses_nothing(
    shipped,
):
    specification, proofs = shipped
    machine = Machine(specification)
    logs = list(saved_runs(proofs))
    assert len(logs) > len(specification.machine_states)
    for name, run in logs:
        judgement = judge(machine, run.log, Options(notes=True, strict=True))
        assert judgement.state == run.events[-1].state, name
        if name.startswith("counterexample-"):
            assert {finding.rule for finding in judgement.findings} == set(run.breaks), name
        else:
            assert judgement.findings == (), name


def test_the_checker_agrees_on_the_rules_that_other_witnesses_break():
    specification = loaded(shipped_text("job"))
    machine = Machine(specification)
    found = 0
    for outcome in prove(specification, properties=["no-transition-dead"]).outcomes:
        for witness in outcome.witnesses:
            judgement = judge(machine, witness.run.log, Options(notes=True))
            assert {finding.rule for finding in judgement.findings} == set(witness.run.breaks)
            found += bool(witness.run.breaks)
    assert found == 1


@pytest.mark.slow
def test_a_property_that_a_log_or_the_table_shows_has_no_argument():
    """Its certificate holds the logs, or nothing but the claim."""
    found = by_id(shipped_proofs("job"))
    states = found["every-state-reachable"].certificate.property
    assert states["arguments"] == []
    assert len(states["logs"]) == 7
    table = found["one-initial-one-final"].certificate.property
    assert table["arguments"] == table["logs"] == []
    assert found["one-initial-one-final"].uses == ()


def test_each_reached_state_has_a_log_that_ends_there(shipped):
    specification, proofs = shipped
    outcome = by_id(proofs)["every-state-reachable"]
    ends = {witness.name: witness.run.events[-1].state for witness in outcome.witnesses}
    at_start = {line.partition(":")[0] for line in outcome.detail if "at the start" in line}
    wanted = {state.name for state in specification.machine_states} - at_start
    assert ends == {f"reach-{name}": name for name in wanted}


def test_each_transition_of_today_has_a_log_that_takes_it_last(shipped):
    specification, proofs = shipped
    today = specification.today.name
    outcome = by_id(proofs)["no-transition-dead"]
    machine = Machine(specification)
    taken = []
    for witness in outcome.witnesses:
        configuration = machine.initial
        step = None
        for name, context in events_of(witness.run.log, specification):
            step = machine.step(configuration, name, context)
            configuration = step.after
        taken.append(step.transition)
        assert configuration.generation == today
    wanted = [
        row
        for row in specification.transitions
        if row.generation in (None, today) and row.outcome in ("moves", "stays")
    ]
    assert taken == wanted


def events_of(log, specification):
    for line in read_back(specification.fields, log.decode().splitlines()):
        event = json.loads(line)
        yield event["name"], event.get("context")


def test_the_shortest_ways_are_those_of_rfc_21():
    outcome = by_id(prove(loaded(shipped_text("job")), properties=["every-state-reachable"]))
    lengths = {w.name: w.run.names for w in outcome["every-state-reachable"].witnesses}
    assert lengths == {
        "reach-NEW": "submit",
        "reach-DEPEND": "submit, validate",
        "reach-PRIORITY": "submit, validate, depend",
        "reach-SCHED": "submit, validate, depend, priority",
        "reach-RUN": "submit, validate, depend, priority, alloc",
        "reach-CLEANUP": "submit, validate, exception",
        "reach-INACTIVE": "submit, validate, exception, clean",
    }


def test_times_in_witnesses_grow(shipped):
    _, proofs = shipped
    for _, run in saved_runs(proofs):
        times = [json.loads(event.line)["timestamp"] for event in run.events]
        assert times == sorted(set(times))


@pytest.mark.slow
def test_the_command_says_the_same_whatever_order_sets_have():
    def said(seed):
        command = [sys.executable, "-m", "flux_conform.cli.main", "prove", "--format", "json"]
        done = subprocess.run(
            command, check=True, capture_output=True, env={**os.environ, "PYTHONHASHSEED": seed}
        )
        value = json.loads(done.stdout)
        for item in value["properties"]:
            del item["seconds"]
        return value

    assert said("1") == said("2")
