"""The contested vectors of the shipped suite: every reading passes, and no mixture of them."""

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from flux_conform.artefacts import artefact
from flux_conform.cli.main import main
from flux_conform.language import load
from flux_conform.language.loader import change_neighbour, load_neighbour, load_neighbouring
from flux_conform.language.specification import Specification
from flux_conform.mutation.mutants import Mutant
from flux_conform.mutation.powers import POWERS
from flux_conform.suite.compare import compare
from flux_conform.suite.folder import NoSuite, Questions, Suite, Vector, load_suite
from flux_conform.suite.making.all_vectors import generate
from flux_conform.suite.making.export import files
from flux_conform.suite.making.observe import Observer, read_log
from flux_conform.suite.making.shipping import trial_of
from flux_conform.suite.making.strength import Outcome, Probes
from flux_conform.suite.making.telling_events import Logged, log_of
from flux_conform.suite.making.vector import Draft
from flux_conform.suite.open_readings import fit
from flux_conform.suite.protocol import Answer
from flux_conform.suite.results import Result, settled
from prove.machines import FINDINGS, loaded

JOB = load("job")


@cache
def shipped() -> Suite:
    return load_suite(str(Path(artefact("conformance")) / "job"))


@cache
def questions() -> Questions:
    return shipped().questions()


def tried() -> Iterator[Vector]:
    """All contested vectors, and some of the others."""
    for number, vector in enumerate(shipped().vectors):
        if vector.contested or number % 40 == 0:
            yield vector


@cache
def read_logs() -> list[tuple[Vector, Any]]:
    return [(vector, read_log(vector.read_log(), JOB)) for vector in tried()]


def changed(*changes: str) -> Specification:
    """The job machine with some changes."""
    neighbour = load_neighbour("job")
    for change in changes:
        neighbour = change_neighbour(neighbour, change)
    return load_neighbouring(neighbour)


def change_of(question: str, reading: str) -> str:
    (found,) = [
        each.change
        for one in JOB.questions
        if one.id == question
        for each in one.readings
        if each.by == reading
    ]
    assert found is not None
    return found


def played(
    specification: Specification, *, verdicts: bool = False, **demanded: str
) -> tuple[list[Result], dict[str, str]]:
    """The failures of a reader that reads by a specification, and how it reads the questions.

    It reports all, or nothing but `verdicts`.
    """
    observer, results = Observer(specification), []
    fields = shipped().job_fields
    for vector, log in read_logs():
        seen = observer.observe(log)
        job = None if seen.job is None else dict(seen.job)
        answer = Answer(seen.verdict, seen.strict, None, seen.states, job)
        if verdicts:
            answer = answer._replace(states=None, job=None)
        if vector.contested:
            how = fit(questions(), vector, answer, fields)
            results.append(Result(vector, "failed", fit=how))
        else:
            found = compare(vector, answer, fields)
            results.append(Result(vector, "failed" if found else "passed", found))
    done, reads = settled(results, questions(), demanded, ())
    failed = [result for result in done if result.outcome != "passed"]
    return failed, {read.question: read.names for read in reads}


READINGS = [
    (question.id, reading.by)
    for question in JOB.questions
    for reading in question.readings
    if reading.change is not None and question.kind != "slip"
]


@pytest.mark.parametrize(("question", "reading"), READINGS)
def test_a_reader_by_any_one_reading_passes_and_is_said_to_read_so(
    question: str, reading: str
) -> None:
    """Where a vector rests on the question."""
    (kind,) = {each.kind for each in JOB.questions if each.id == question}
    # What a word means may need states that the suite does not know.
    failed, reads = played(changed(change_of(question, reading)), verdicts=kind == "term")
    assert failed == []
    if question in reads:
        assert reading in reads[question].split(" or ")


def test_a_reader_by_several_readings_passes() -> None:
    chosen = {
        "exception-new": "reference",
        "alloc-race": "diagram",
        "second-submit": "reference",
        "diagram-only": "text",
        "invalidate-log": "text",
        "urgency-after-alloc": "reference",
    }
    failed, reads = played(changed(*(change_of(*pair) for pair in chosen.items())))
    assert failed == []
    assert {name: reads[name] for name in chosen} == chosen
    failed, _ = played(JOB, **{"exception-new": "reference"})
    assert {each.vector.contested[0] for each in failed} == {"exception-new"}
    assert "it is to be read as reference" in failed[0].why


LIES = {
    "urgency ends the job": "transitions: [{on: urgency, from: SCHED, to: INACTIVE}]",
    "a restart of Flux ends the job": "transitions: [{on: flux-restart, from: SCHED, to: RUN}]",
    "alloc in PRIORITY starts the job": "transitions: [{on: alloc, from: PRIORITY, to: RUN}]",
    "an exception in NEW leads to DEPEND": (
        "transitions: [{on: exception, when: fatal, from: NEW, to: DEPEND}]"
    ),
    "alloc-race as reference in one state and as diagram in the other": (
        "transitions: [{on: alloc, from: PRIORITY, stays: true}, "
        "{on: alloc, from: CLEANUP, remove: true}]"
    ),
    "diagram-only as text for one event alone": (
        "transitions: [{on: urgency, from: SCHED, remove: true}]"
    ),
    "a second submit changes the urgency and is silent elsewhere": (
        "events: {submit: {effect: {urgency: .urgency, userid: .userid}}}"
    ),
    "a removed dependency is a note": (
        "rules: {rfc21/dependency-remove/outstanding: {level: note}}"
    ),
    "a dependency holds nothing": "rules: {rfc21/depend/outstanding: {level: note}}",
    "invalidate leads to INACTIVE": "transitions: [{on: invalidate, from: NEW, to: INACTIVE}]",
    "memos are not kept": "events: {memo: {effect: {user: user}}}",
}


@pytest.mark.parametrize("lie", LIES)
def test_a_reader_that_no_reading_describes_fails(lie: str) -> None:
    """By contested vectors: what none of them expects, or what no reading expects all along."""
    failed, _ = played(changed(LIES[lie]))
    assert failed, lie
    assert any(each.vector.contested for each in failed)


def test_what_a_reader_fits_and_how_the_run_reads_is_said() -> None:
    lie = "alloc-race as reference in one state and as diagram in the other"
    failed, _ = played(changed(LIES[lie]))
    assert any("fits `alloc-race` as " in each.why for each in failed)


# How they are made

MACHINE = f"""
machine: box
title: A box
source: {{rfc: 99}}
lines: eventlog
{FINDINGS}
states:
  SHUT: {{initial: true, says: x}}
  OPEN: {{says: x}}
  GONE: {{final: true, says: x}}
events:
  turn: {{context: empty, says: x, elsewhere: undefined}}
  knock: {{context: empty, says: x, elsewhere: stays}}
  shake: {{context: empty, says: x, elsewhere: stays}}
  take: {{context: empty, says: x, elsewhere: undefined}}
  unlisted: {{says: x, context: any, elsewhere: stays}}
transitions:
  - {{on: turn, from: SHUT, to: OPEN}}
  - {{on: take, from: OPEN, to: GONE}}
  - {{on: shake, from: OPEN, silent: true, question: shaken}}
QUESTIONS
"""
QUESTIONS = """
questions:
  - id: knocked
    about: [knock]
    readings:
      text: it stays
      door:
        says: it opens
        change: {transitions: [{on: knock, from: SHUT, to: OPEN}]}
    chosen: text
    why: x
    log: [knock]
  - id: shaken
    about: [shake]
    readings: {text: nothing, lore: something that the language cannot say}
    chosen: text
    why: x
    no log: x
  - id: turned
    about: [turn]
    readings:
      text: it is undefined in OPEN
      lore:
        says: it shuts the box
        change: {transitions: [{on: turn, from: OPEN, to: SHUT}]}
    chosen: text
    why: x
    log: [turn, turn]
"""


def made(tmp_path: Path, more: str = "", *added: Draft) -> Any:
    text = MACHINE.replace("QUESTIONS", QUESTIONS + more)
    path = tmp_path / "box.yaml"
    path.write_text(text)
    return generate(loaded(text), str(path), added)


def row_for(suite: Any, *names: str) -> Any:
    """The vector whose log has these events."""
    for vector in suite.vectors:
        lines = vector.draft.log.splitlines()
        try:
            if tuple(json.loads(line)["name"] for line in lines) == names:
                return vector
        except (ValueError, TypeError, KeyError):
            continue
    raise AssertionError(names)


def test_a_question_that_shows_only_under_another_reading_is_found(tmp_path: Path) -> None:
    """After a knock the box is shut by the text, and a turn opens it; by door it is open."""
    vector = row_for(made(tmp_path), "knock", "turn")
    assert vector.contested == ("knocked", "turned")
    found = {each.reading: (each.verdict, each.states) for each in vector.readings}
    assert found == {
        (("knocked", "door"), ("turned", "text")): ("violates", ("OPEN",)),
        (("knocked", "door"), ("turned", "lore")): ("incomplete", ("OPEN", "SHUT")),
    }


def test_a_reading_that_nobody_can_say_is_free_from_its_point_on(tmp_path: Path) -> None:
    vector = row_for(made(tmp_path), "turn", "shake")
    assert vector.contested == ("shaken",)
    (free,) = vector.readings
    assert free.reading == (("shaken", "lore"),)
    assert (free.verdict, free.strict, free.states, free.job) == (None, None, ("OPEN",), None)


def test_changes_that_undo_each_other_are_left_out_and_named(tmp_path: Path) -> None:
    """Not put in one after the other, whichever is the last."""
    more = """
  - id: barred
    about: [knock]
    readings:
      text: it stays
      bar:
        says: it is undefined
        change: {transitions: [{on: knock, from: SHUT, undefined: true}]}
    chosen: text
    why: x
    log: [knock]
"""
    suite = made(tmp_path, more)
    assert suite.left_out == ((("knocked", "door"), ("barred", "bar")),)
    vector = row_for(suite, "knock")
    assert {each.reading for each in vector.readings} == {
        (("knocked", "door"), ("barred", "text")),
        (("knocked", "text"), ("barred", "bar")),
    }
    manifest = json.loads(files(suite, "")["manifest.json"])
    assert manifest["left_out"] == [{"knocked": "door", "barred": "bar"}]
    assert {each["id"]: each["readings"] for each in manifest["questions"]} == {
        "knocked": ["text", "door"],
        "shaken": ["text", "lore"],
        "turned": ["text", "lore"],
        "barred": ["text", "bar"],
    }


def test_other_expectations_make_another_version(tmp_path: Path) -> None:
    """For a harness, a vector that expects less has changed."""
    from flux_conform.suite.making.export import Released, digests, version_of

    suite = made(tmp_path)
    now = Released("1.0.0", digests(suite))
    vectors = [each._replace(readings=each.readings[:1]) for each in suite.vectors]
    assert version_of(suite, now) == "1.0.0"
    assert version_of(suite._replace(vectors=tuple(vectors)), now) == "2.0.0"


def test_a_suite_that_was_weakened_by_hand_is_refused_and_made_anew(tmp_path: Path) -> None:
    """By the digests of the manifest; and whoever changes these too meets the export."""
    made(tmp_path)
    folder = tmp_path / "suite"
    export = ["suite", "export", str(folder), "--machine", str(tmp_path / "box.yaml")]
    assert main(export) == 0
    lists = sorted((folder / "vectors").iterdir())
    before = [path.read_bytes() for path in lists]
    for path in lists:
        path.write_bytes(path.read_bytes().replace(b'["OPEN","SHUT"]', b'["OPEN"]'))
    assert [path.read_bytes() for path in lists] != before
    with pytest.raises(NoSuite, match="SHA-256"):
        load_suite(str(folder))
    assert main(export) == 0
    assert [path.read_bytes() for path in lists] == before
    load_suite(str(folder))


# Strength


def outcome_of(tmp_path: Path, *changes: str) -> dict[str, Outcome]:
    """What the vectors of the box make of a mutant that is the box with some changes."""
    log = log_of([Logged("shake", None), Logged("knock", None)])
    suite = made(tmp_path, "", Draft("mutants", "shaken", "mutant", "x", log))
    neighbour = load_neighbour(str(tmp_path / "box.yaml"))
    for change in changes:
        neighbour = change_neighbour(neighbour, change)
    mutant = Mutant("toy", "box", "changed", load_neighbouring(neighbour), None)
    return Probes(suite.specification, trial_of(suite)).outcomes(mutant)


DOOR = "transitions: [{on: knock, from: SHUT, to: OPEN}]"
SHUTS = "transitions: [{on: turn, from: OPEN, to: SHUT}]"


def test_a_mutant_that_is_another_reading_is_not_killed(tmp_path: Path) -> None:
    for power in outcome_of(tmp_path, DOOR).values():
        assert power == Outcome(readings=(("knocked", "door"),))
    for power in outcome_of(tmp_path, DOOR, SHUTS).values():
        assert power == Outcome(readings=(("knocked", "door"), ("turned", "lore")))
    assert outcome_of(tmp_path) == dict.fromkeys(POWERS, Outcome())


def test_a_mutant_is_killed_by_what_no_reading_expects(tmp_path: Path) -> None:
    """Though nothing but contested vectors shows it."""
    away = outcome_of(tmp_path, "transitions: [{on: knock, from: SHUT, to: GONE}]")
    assert all(outcome.by and not outcome.readings for outcome in away.values())


def test_a_mutant_that_mixes_readings_is_killed(tmp_path: Path) -> None:
    """It opens at a knock, unless a shake came before; each vector fits some reading of it."""
    mixed = """
variables: {shaken: {type: boolean, says: x}}
events: {shake: {effect: {shaken: true}}}
transitions: [{on: knock, from: SHUT, when: not shaken, to: OPEN}]
"""
    found = outcome_of(tmp_path, mixed)["states"]
    assert found.by
    assert not found.readings
