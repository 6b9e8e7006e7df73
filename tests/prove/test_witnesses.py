"""Each log that a proof yields is judged by the checker, which must say what the proof says of it."""

import json

import pytest

from flux_conform.checking.finding import CONFORMS, INCOMPLETE, VIOLATES
from flux_conform.checking.judge import Options, judge
from flux_conform.cli.main import main
from flux_conform.machine.step import Machine
from prove.cases import CASES, DONE, TRAP, machine_of, proofs_of
from prove.machines import MODELS, shipped_text

pytestmark = pytest.mark.slow


def runs_of(proofs):
    """All runs of all outcomes, with what they are of; None where there is none."""
    for outcome in proofs.outcomes:
        runs = [witness.run for witness in outcome.witnesses]
        yield from ((outcome.id, run) for run in (*runs, outcome.counterexample, outcome.premise))
    if proofs.exercise is not None:
        for rule in proofs.exercise.rules:
            yield from ((rule.id, run) for run in (rule.obeyed, rule.broken))
        for guard in proofs.exercise.guards:
            yield from ((guard.transition, run) for run in (guard.taken, guard.passed))


def claimed(specification, event):
    """The rules that a run says an event breaks, silence among them."""
    silent = [f.id for f in specification.findings if f.kind == "silent" and event.silent]
    return sorted([*event.breaks, *silent])


def verdict_of(specification, run):
    """The verdict on a run, from what it says of itself alone."""
    levels = {rule.id: rule.level for rule in (*specification.rules, *specification.findings)}
    if any(levels[rule] == "MUST" for rule in run.breaks):
        return VIOLATES
    ends = {state.name for state in specification.states if state.final or state.removed}
    if specification.final is None or run.events[-1].state in ends:
        return CONFORMS
    return INCOMPLETE


@pytest.mark.parametrize("case", CASES, ids=lambda case: " ".join(filter(None, case)))
def test_the_checker_says_of_each_log_what_the_proof_says(case):
    """After each event: the state, and exactly the rules broken by it; at the end, the verdict."""
    specification = machine_of(case[0])
    machine = Machine(specification)
    judged = 0
    for name, run in runs_of(proofs_of(*case)):
        if run is None:
            continue
        for number, event in enumerate(run.events, 1):
            log = b"".join(each.line.encode() + b"\n" for each in run.events[:number])
            judgement = judge(machine, log, Options(notes=True))
            assert judgement.state == event.state, name
            found = [f.rule for f in judgement.findings if f.line == number]
            assert sorted(found) == claimed(specification, event), (name, event)
        if run.events:
            assert judge(machine, run.log).verdict == verdict_of(specification, run), name
            judged += 1
    assert judged >= len(specification.machine_states) - 1


@pytest.mark.parametrize("generation", ["v0", "v1"])
def test_the_logs_of_a_claim_are_of_the_generation_that_it_is_proved_for(generation):
    """Some claims are about the table, or about all generations; their logs are of any."""
    specification = machine_of("job")
    machine = Machine(specification)
    of_any = {"closed", "disjoint", "functional", "separate", "taken"}
    kinds = {claim.id: claim.kind for claim in specification.properties}
    seen = 0
    for name, run in runs_of(proofs_of("job", None if generation == "v1" else generation)):
        if run is not None and run.events and kinds.get(name, "taken") not in of_any:
            event = json.loads(run.events[0].line)
            step = machine.step(machine.initial, event["name"], event.get("context"))
            assert step.after.generation == generation, name
            seen += 1
    assert seen > 5


def test_the_command_judges_a_log_by_the_file_that_it_was_proved_from(tmp_path, capsys):
    """The job of this file ends in a trap; a log shows it, and breaks no rule of the file."""
    path = tmp_path / "trap.yaml"
    (tmp_path / "eventlog.yaml").write_text((MODELS / "eventlog.yaml").read_text())
    path.write_text(shipped_text("job").replace(DONE, TRAP))
    arguments = ["prove", "--machine", str(path), "--format", "json", "--witnesses"]
    assert main([*arguments, str(tmp_path / "logs"), "--property", "final-from-everywhere"]) == 1
    (item,) = json.loads(capsys.readouterr().out)["properties"]
    log = item["counterexample_file"]
    assert main(["check", "--machine", str(path), "--notes", "--format", "json", log]) == 0
    (line,) = capsys.readouterr().out.splitlines()
    judgement = json.loads(line)
    assert judgement["verdict"] == "incomplete"
    assert judgement["state"] == item["states"][-1]
    assert judgement["events"] == len(item["counterexample"])
    assert judgement["findings"] == []
