"""Suites made of small random machines expect what a plain reading says, and leave nothing out."""

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import reject

from flux_conform.suite.making.all_vectors import generate
from flux_conform.suite.making.vector import Vector
from plain.drawn import machines
from plain.machine import LEVELS, UNDEFINED, Machine, Place, Step, initial, step
from plain.machines_at_random import at_random
from plain.runs import Runs, TooMany, explore
from plain.writing import text
from prove.machines import loaded

OF_LINES = "lines"
"""The group of vectors about bytes, which a plain reading of machines does not judge."""


def is_read(vector: Vector) -> bool:
    """Whether each line of the log is an event whose context, if there is one, is an object."""
    if vector.draft.group == OF_LINES or not vector.draft.log:
        return False
    events = map(json.loads, vector.draft.log.splitlines())
    return all(isinstance(event.get("context", {}), dict) for event in events)


Case = tuple[str, str, int | None]
"""A state, an entry of an event, and the row that matches there."""


def steps_of(machine: Machine, vector: Vector) -> Iterator[tuple[Place, str, Step]]:
    """Each event of a vector's log, with the place before it and what it does."""
    place = initial(machine)
    for line in vector.draft.log.splitlines():
        event = json.loads(line)
        did = step(machine, place, event["name"], event.get("context"))
        yield place, event["name"], did
        place = did.after


MOST_LISTED = 100
"""So many findings of a rule a vector lists at least, where there are so many."""


def first_of_each_rule(found: Counter[tuple[int, str]]) -> Counter[tuple[int, str]]:
    """The findings that are listed whatever follows from what: of each rule the first ones."""
    listed: Counter[tuple[int, str]] = Counter()
    of: Counter[str] = Counter()
    for line, rule in sorted(found.elements()):
        of[rule] += 1
        if of[rule] <= MOST_LISTED:
            listed[line, rule] += 1
    return listed


def held(machine: Machine, vector: Vector) -> None:
    """What a vector expects is what the plain reading says."""
    found: Counter[tuple[int, str]] = Counter()
    states: list[str] = []
    violates = False
    place = initial(machine)
    for number, (_, _, did) in enumerate(steps_of(machine, vector), 1):
        found.update((number, rule) for rule in did.breaks)
        violates |= any(machine.level(rule) == "MUST" for rule in did.breaks)
        if not violates:
            states.append(did.after.state)
        place = did.after
    expected = vector.expected
    name = vector.draft.id
    listed = Counter((f.line, f.rule.split("/", 1)[1]) for f in expected.findings)
    assert listed <= found, name
    assert first_of_each_rule(found) <= listed, name
    goes_on = machine.final is not None and place.state not in (machine.final, machine.removed)
    verdict = "incomplete" if goes_on else "conforms"
    assert expected.verdict == ("violates" if violates else verdict), name
    warned = any(machine.level(rule) != LEVELS[-1] for _, rule in found)
    assert expected.strict == ("violates" if warned else verdict), name
    assert list(expected.states) == states, name


def clean(machine: Machine) -> Runs:
    """The logs in which a checker finds nothing, not even a note."""
    return explore(machine, assuming="note", silent=False)


def wanted(machine: Machine) -> tuple[set[Case], set[str]]:
    """What a suite must show: each case that a clean log meets, each rule that one event breaks."""
    runs = clean(machine)
    cases: set[Case] = set()
    rules: set[str] = set()
    for place in runs.parents:
        for letter in runs.alphabet:
            did = step(machine, place, letter.name, letter.context)
            if did.after.generation != runs.generation and place.state != machine.removed:
                continue
            row = did.row.number if did.row is not None else None
            cases.add((place.state, machine.entry(letter.name), row))
            if len(did.breaks) == 1 and did.outcome != UNDEFINED:
                rules |= did.breaks
    return cases, rules


def shown(machine: Machine, vectors: list[Vector]) -> tuple[set[Case], set[str]]:
    """What the vectors show."""
    cases: set[Case] = set()
    rules: set[str] = set()
    for vector in vectors:
        for place, name, did in steps_of(machine, vector):
            row = did.row.number if did.row is not None else None
            cases.add((place.state, machine.entry(name), row))
            rules |= did.breaks
    return cases, rules


def vectors_of(machine: Machine, folder: Path) -> list[Vector]:
    """The vectors of a machine's suite, but those that are about the format of lines."""
    path = folder / "toy.yaml"
    path.write_text(text(machine), encoding="utf-8")
    suite = generate(loaded(text(machine)), str(path))
    return [each for each in suite.vectors if is_read(each)]


def suites_of(many: int, folder: Path, seeded: int = 1) -> Counter[str]:
    """Hold the suites of so many machines to the plain reading, and count what they hold."""
    counts: Counter[str] = Counter()

    def agree(machine: Machine) -> None:
        try:
            cases, rules = wanted(machine)
        except TooMany:
            reject()
        vectors = vectors_of(machine, folder)
        for vector in vectors:
            held(machine, vector)
        there, broken = shown(machine, vectors)
        assert cases <= there
        assert rules <= broken
        counts["vectors"] += len(vectors)
        counts["cases"] += len(cases)
        counts["rules"] += len(rules)

    at_random(machines(), many, seeded=seeded)(agree)
    return counts


@pytest.mark.slow
def test_a_suite_expects_what_the_plain_reading_says_and_shows_all_that_clean_logs_meet(
    tmp_path: Path,
) -> None:
    counts = suites_of(12, tmp_path)
    assert counts["cases"] >= 40


@pytest.mark.slow
@pytest.mark.parametrize("seeded", [2, 3])
def test_many_suites_expect_what_the_plain_reading_says(seeded: int, tmp_path: Path) -> None:
    counts = suites_of(100, tmp_path, seeded)
    assert counts["cases"] >= 500
    assert counts["rules"] >= 50
