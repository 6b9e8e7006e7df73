"""The shipped suites: what stands in them is right, and they hold what they promise."""

import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import jsonschema
import pytest

import oracle
from facts.rules import JOB
from flux_conform.artefacts import artefact
from flux_conform.language import load
from flux_conform.suite.folder import Suite, load_suite

TOP = Path(artefact("conformance"))
SUITES = ("alloc", "exec", "io", "job", "resource")


def shipped(name: str) -> Suite:
    return load_suite(str(TOP / name))


def above_notes(findings: Any) -> list[tuple[str, int]]:
    return sorted((f["rule"], f["line"]) for f in findings if f["level"] != "note")


def test_a_second_judge_expects_the_same_of_every_vector() -> None:
    """It was written from the facts of the RFCs, and knows nothing of the specification."""
    for vector in shipped("job").vectors:
        told = oracle.judge(vector.read_log())
        assert told.verdict == vector.verdict, vector.id
        assert sorted((r, n) for r, n, _ in told.findings) == above_notes(vector.findings), (
            vector.id
        )
        notes = sorted((f["rule"], f["line"]) for f in vector.findings if f["level"] == "note")
        assert sorted(told.notes) == notes, vector.id
        if vector.verdict != "violates" and vector.states:
            assert vector.states[-1] == told.state, vector.id


def test_every_rule_of_the_hand_table_has_a_vector_that_breaks_it_alone() -> None:
    """And one where it is obeyed; but for what compares two logs."""
    vectors = shipped("job").vectors
    broken = {frozenset(rule for rule, _ in above_notes(vector.findings)) for vector in vectors}
    alone = {rule for rules in broken if len(rules) == 1 for rule in rules}
    # Broken with another in every log: a job to which nothing was allocated holds nothing.
    assert frozenset(("rfc21/start/after-alloc", "rfc21/start/held")) in broken
    alone.add("rfc21/start/after-alloc")
    noted = {f["rule"] for vector in vectors for f in vector.findings}
    obeyed = {
        clause
        for vector in vectors
        for clause in vector.clauses
        if clause not in {f["rule"] for f in vector.findings}
    }
    for rule in JOB:
        if rule.id == "rfc18/append-only":
            continue
        assert rule.id in (noted if rule.level == "note" else alone), rule.id
        if rule.level in ("MUST", "SHOULD"):
            assert rule.id in obeyed or rule.id in NEVER_OBEYED_IN_A_LOG_OF_ITS_OWN, rule.id


NEVER_OBEYED_IN_A_LOG_OF_ITS_OWN = {
    # These name an event at a place where none may stand: a log that obeys them lacks it.
    "rfc21/states/undefined",
    "rfc21/inactive/captive",
    "rfc21/invalidate/last",
    # Any log with an event in it.
    "rfc18/not-empty",
}


@pytest.mark.parametrize("name", SUITES)
def test_clauses_that_no_log_tests_say_why(name: str) -> None:
    """All others have vectors that break them."""
    for clause in shipped(name).manifest["clauses"]:
        assert bool(clause["broken"]) != bool(clause["untestable"]), clause["id"]


@pytest.mark.parametrize("name", SUITES)
def test_rules_are_broken_alone_and_near_misses_are_clean(name: str) -> None:
    """As the vectors' purposes say."""
    seen = Counter(vector.purpose for vector in shipped(name).vectors)
    least = min(6, len(load(name).rules))
    assert seen["rule-broken"] >= least
    assert seen["rule-obeyed"] >= least
    for vector in shipped(name).vectors:
        found = {rule for rule, _ in above_notes(vector.findings)}
        if vector.purpose == "rule-broken":
            assert vector.clauses[0] in {f["rule"] for f in vector.findings}, vector.id
            assert found <= {vector.clauses[0]}, vector.id
        elif vector.purpose == "rule-obeyed":
            assert not found, vector.id


@pytest.mark.parametrize("name", SUITES)
def test_invalid_logs_outnumber_valid_ones(name: str) -> None:
    """A reader that takes everything must not look good.

    Of the resource eventlog, and of data that comes too late, nearly all is implied, so these readers
    are told apart by `strict`.
    """
    power = "strict" if name in ("io", "resource") else "verdict"
    counted = Counter(getattr(vector, power) for vector in shipped(name).vectors)
    assert counted["violates"] > counted["conforms"] + counted["incomplete"]


@pytest.mark.parametrize("name", SUITES)
def test_no_mutant_is_left(name: str) -> None:
    """Those that no log tells apart are proved to be no other machine."""
    strength = shipped(name).manifest["strength"]
    for power in ("states", "verdict"):
        fates = strength["powers"][power]
        assert fates["survived"] == 0
        assert sum(fates.values()) == strength["mutants"]
        left = [each for each in strength["left"] if each["power"] == power]
        assert len(left) == fates["undecided"] + fates["another reading"]
        # What fits another reading says which; a run of the suite rightly passes it.
        assert all(" as " in each["by"] for each in left if each["fate"] == "another reading")


@pytest.mark.parametrize("name", SUITES)
def test_every_suite_is_released_and_lists_its_changes(name: str) -> None:
    """Newest first, and the manifest tells no older version than the last release."""
    released = json.loads((TOP / name / "released.json").read_bytes())["version"]
    listed = re.findall(r"^## ([0-9.]+), [0-9-]+$", (TOP / name / "CHANGES.md").read_text(), re.M)

    def parts(version: str) -> list[int]:
        return [int(part) for part in version.split(".")]

    assert listed[0] == released
    assert sorted(listed, key=parts, reverse=True) == listed
    assert len(set(listed)) == len(listed)
    assert parts(shipped(name).version) >= parts(released)


@pytest.mark.parametrize("name", SUITES)
def test_the_files_fit_their_schemas(name: str) -> None:
    """For readers in any language."""
    schema = json.loads((TOP / "vector.schema.json").read_bytes())
    validator = jsonschema.Draft202012Validator(schema)
    for path in sorted((TOP / name / "vectors").iterdir()):
        document = json.loads(path.read_bytes())
        # Each vector of a group has the same shape: the first ones stand for it.
        validator.validate({**document, "vectors": document["vectors"][:40]})
    manifest = json.loads((TOP / name / "manifest.json").read_bytes())
    jsonschema.validate(manifest, json.loads((TOP / "manifest.schema.json").read_bytes()))


@pytest.mark.parametrize("name", SUITES)
def test_every_log_is_a_vector_and_every_vector_has_a_log(name: str) -> None:
    """Neither more nor less."""
    suite = shipped(name)
    logs = {path for path in (TOP / name / "logs").rglob("*") if path.is_file()}
    assert logs == {Path(vector.path) for vector in suite.vectors}
    assert suite.manifest["vectors"] == len(suite.vectors)


def test_each_vector_names_the_generation_of_its_log() -> None:
    """A log is an old one exactly where its submit names no version."""
    vectors = shipped("job").vectors
    assert {vector.generation for vector in vectors} == {"v0", "v1"}
    for vector in vectors:
        assert (vector.generation == "v0") == _begins_old(vector.read_log()), vector.id


def _begins_old(log: bytes) -> bool:
    """Whether the first line is a submit that names no version."""
    try:
        event = json.loads(log.splitlines()[0])
    except (ValueError, IndexError):
        return False
    if not isinstance(event, dict) or event.get("name") != "submit":
        return False
    context = event.get("context")
    return not isinstance(context, dict) or "version" not in context
