"""Readings of several questions at once, put together from what each of them changes."""

from itertools import combinations, islice

import pytest

from flux_conform.language.loader import (
    change_neighbour,
    load_file,
    load_neighbour,
    load_neighbouring,
)
from flux_conform.language.names import path_of
from flux_conform.language.specification import Specification
from flux_conform.suite.making.assignments import (
    Assignment,
    Readings,
    are_alike,
    entries_of,
    put_together,
)

PATH = path_of("job")
JOB = load_file(PATH)
READINGS = [
    (question.id, reading.by)
    for question in JOB.questions
    for reading in question.others
    if reading.change is not None and question.kind != "slip"
]


@pytest.fixture(scope="module")
def readings() -> Readings:
    return Readings(JOB, PATH)


def largest(readings: Readings, first: int) -> Assignment:
    """A reading and all after it, from the first again at the end, that fit those before."""
    found: Assignment = ()
    for question, by in READINGS[first:] + READINGS[:first]:
        if question not in dict(found):
            more = readings.with_reading(found, question, by)
            found = more if readings.fits(more) else found
    return found


def one_after_the_other(assignment: Assignment) -> Specification:
    neighbour = load_neighbour(PATH)
    for name, by in assignment:
        (question,) = (each for each in JOB.questions if each.id == name)
        (change,) = (each.change for each in question.readings if each.by == by)
        assert change is not None
        neighbour = change_neighbour(neighbour, change)
    return load_neighbouring(neighbour)


@pytest.mark.parametrize("first", range(0, len(READINGS), 5))
def test_readings_put_together_are_what_their_changes_make_one_after_the_other(
    readings: Readings, first: int
) -> None:
    """In either order."""
    assignment = largest(readings, first)
    assert len(assignment) > 10
    reader = readings.reader(assignment)
    assert reader is not None
    for order in (assignment, assignment[::-1]):
        loaded = one_after_the_other(order)
        assert are_alike(entries_of(loaded), entries_of(reader.specification))
        assert sorted(rule.id for rule in loaded.rules) == sorted(
            rule.id for rule in reader.specification.rules
        )


def changed(name: str) -> Specification:
    """Job with another outcome of an event where it is not described."""
    event = JOB.event(name)
    assert event.elsewhere != "silent"
    other = event._replace(elsewhere="silent")
    return JOB._replace(events=tuple(other if each is event else each for each in JOB.events))


def test_what_changes_the_same_event_is_not_put_together() -> None:
    """Be it the same change."""
    names = [event.name for event in JOB.events if event.elsewhere != "silent"]
    base = entries_of(JOB)
    for one, two in islice(combinations(names, 2), 20):
        both = put_together(base, entries_of(changed(one)), entries_of(changed(two)))
        assert both is not None
        silent = {e.name for e in both.specification.events if e.elsewhere == "silent"}
        assert silent - {e.name for e in JOB.events if e.elsewhere == "silent"} == {one, two}
        again = entries_of(changed(one))
        assert put_together(base, again, again) is None


def test_what_changes_the_report_is_not_put_together_with_another_report() -> None:
    base, other = entries_of(JOB), entries_of(JOB._replace(report=JOB.report[1:]))
    event = entries_of(changed(JOB.events[0].name))
    both = put_together(base, other, event)
    assert both is not None
    assert both.specification.report == JOB.report[1:]
    assert put_together(base, other, other) is None
