"""Mutants, what kills them, and whether what is left is another machine at all."""

from pathlib import Path

import pytest

import toys
from flux_conform.checking.replay import replay
from flux_conform.language.loader import load_file
from flux_conform.machine.step import Machine
from flux_conform.mutation.mutants import mutants
from flux_conform.suite.making.all_vectors import Suite, generate
from flux_conform.suite.making.export import FIRST, Released, digests, files, version_of
from flux_conform.suite.making.observe import Observer, read_log
from flux_conform.suite.making.shipping import trial_of
from flux_conform.suite.making.strength import Trial, Tried
from flux_conform.suite.making.strengthen import (
    EQUIVALENT,
    KILLED,
    SURVIVED,
    UNDECIDED,
    Strength,
    measure,
)
from prove.machines import FINDINGS, loaded

TURNSTILE = str(toys.TURNSTILE)


@pytest.fixture(scope="module")
def suite() -> Suite:
    return generate(load_file(TURNSTILE), TURNSTILE)


@pytest.fixture(scope="module")
def strength(suite: Suite) -> Strength:
    return measure(suite.specification, trial_of(suite))


def test_the_suite_is_the_same_each_time(suite: Suite) -> None:
    """Byte for byte."""
    again = generate(load_file(TURNSTILE), TURNSTILE)
    assert files(suite, "") == files(again, "")


def test_the_fate_of_every_mutant_is_known(suite: Suite, strength: Strength) -> None:
    """Nothing is undecided where the machine is small; and the logs found kill what is left."""
    count = sum(1 for _ in mutants(suite.specification))
    for power in ("states", "verdict"):
        assert strength.number(power, UNDECIDED) == 0
        fates = (KILLED, EQUIVALENT, SURVIVED)
        assert sum(strength.number(power, fate) for fate in fates) == count
    assert strength.number("states", SURVIVED) == 0
    found = tuple(Tried(draft.id, draft.log) for draft in strength.found)
    trial = trial_of(suite)
    again = measure(suite.specification, trial._replace(vectors=trial.vectors + found))
    assert again.number("verdict", SURVIVED) == 0
    assert not again.found


def test_without_its_vectors_a_suite_is_weak(suite: Suite) -> None:
    """A handful of happy paths leaves most mutants alive, and the logs that would kill them."""
    happy = [Tried(v.draft.id, v.draft.log) for v in suite.vectors if not v.expected.findings]
    told = measure(suite.specification, Trial(tuple(happy[:3])))
    assert told.number("verdict", KILLED) < told.number("verdict", SURVIVED)
    assert told.found


@pytest.mark.slow
def test_what_is_called_equivalent_is_read_alike(suite: Suite, strength: Strength) -> None:
    """By all vectors and by all logs that were found, under the power that it is said of."""
    own = Observer(suite.specification)
    logs = [read_log(vector.draft.log, suite.specification) for vector in suite.vectors]
    logs += [read_log(draft.log, suite.specification) for draft in strength.found]
    for mutant in mutants(suite.specification):
        other = Observer(mutant.specification)
        fates = {f.power: f.fate for f in strength.fates if f.mutant == mutant.id}
        for log in logs:
            one, two = own.observe(log), other.observe(log)
            if fates["verdict"] == EQUIVALENT:
                assert one[:2] == two[:2], mutant.id
            if fates["states"] == EQUIVALENT:
                assert one == two, mutant.id


def test_what_is_observed_is_what_a_replay_reports(suite: Suite) -> None:
    """States and report, where the log does not violate."""
    machine = Machine(suite.specification, report=True)
    for vector in suite.vectors:
        if vector.expected.verdict != "violates":
            replayed = replay(machine, vector.draft.log)
            assert vector.expected.states == tuple(event.state for event in replayed.events)
            assert vector.expected.job == replayed.report


def test_versions_tell_what_changed(suite: Suite) -> None:
    """More vectors, other vectors, and none of both."""
    now = digests(suite)
    first, *rest = now
    assert version_of(suite, FIRST) == "0.1.0"
    assert version_of(suite, Released("1.2.3", now)) == "1.2.3"
    assert version_of(suite, Released("1.2.3", {name: now[name] for name in rest})) == "1.3.0"
    assert version_of(suite, Released("1.2.3", {**now, first: "other"})) == "2.0.0"
    assert version_of(suite, Released("1.2.3", {**now, "rules/gone": "x"})) == "2.0.0"


JAR = f"""
machine: jar
title: A jar
source: {{rfc: 99}}
lines: eventlog
{"".join(line for line in FINDINGS.splitlines(keepends=True) if "captive" not in line)}
states:
  OPEN: {{initial: true, says: x}}
  SHUT: {{final: {{captive: false}}, says: x}}
events:
  shut: {{context: empty, says: x, elsewhere: undefined}}
  unlisted: {{context: any, says: x, elsewhere: stays}}
transitions:
  - {{on: shut, from: OPEN, to: SHUT}}
"""


def test_a_machine_that_names_no_finding_after_its_end_is_measured(tmp_path: Path) -> None:
    """A mutant whose end is captive finds there what is undefined."""
    path = tmp_path / "jar.yaml"
    path.write_text(JAR)
    jar = loaded(JAR)
    strength = measure(jar, trial_of(generate(jar, str(path))))
    (fate,) = {f.fate for f in strength.fates if f.mutant.endswith("SHUT: is captive")}
    assert fate == KILLED


def test_logs_that_kill_are_found_in_the_form_of_messages() -> None:
    """And kill, as soon as the suite has them."""
    path = toys.TURNSTILE.with_name("door.yaml")
    door = load_file(str(path))
    trial = trial_of(generate(door, str(path)))
    strength = measure(door, trial)
    assert strength.number("states", SURVIVED) > 5
    assert all(b'"type"' in draft.log for draft in strength.found)
    found = tuple(Tried(draft.id, draft.log) for draft in strength.found)
    again = measure(door, trial._replace(vectors=trial.vectors + found), before=strength)
    assert again.number("states", SURVIVED) == 0
    assert again.number("states", UNDECIDED) == strength.number("states", UNDECIDED)
