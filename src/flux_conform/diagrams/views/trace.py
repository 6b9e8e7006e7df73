"""The path of one log: its steps, the time spent in each state, and where findings are."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from typing import NamedTuple

from flux_conform.diagrams.graph import (
    FINAL,
    REMOVED,
    TRACE,
    Label,
    Picture,
    PicturedState,
    state_graph,
)
from flux_conform.diagrams.marks import ENDED, FLAG, PALE, TAKEN, Legend, Note
from flux_conform.diagrams.views.edges import Move, counted, marked, move_of, moves_of
from flux_conform.language.specification import Specification
from flux_conform.machine.taken import Course, Passed, Stay, stays
from flux_conform.text import cut, duration, several

_MOST_NOTES = 20
_MOST_WORDS = 300
"""Characters of a finding's message that are shown."""

_MOST_OF_NAME = 60
"""Characters of an event's name, or of a log's, that are shown."""


class Found(NamedTuple):
    """A finding in a log, with the fields of `flux_conform.checking.finding` that are drawn.

    `state` is the state before the line, `because` the index of the finding that it follows from.
    """

    rule: str
    level: str
    line: int
    state: str
    message: str
    because: int | None


def trace_picture(
    specification: Specification,
    name: str,
    course: Course,
    findings: Sequence[Found],
    verdict: str,
) -> Picture:
    """The states and edges of a log's generation, with the road that the log took.

    Args:
        specification: The machine.
        name: What to call the log.
        course: The log's course, as `flux_conform.checking.transitions` gives it.
        findings: What was found in it.
        verdict: The verdict on it.
    """
    picture = state_graph(specification, course.generation)
    steps = _steps(specification, course)
    places, notes = _findings(specification, course, findings)
    spent = stays(specification.initial.name, course)

    def mark(move: Move, label: Label) -> Label:
        if move not in steps:
            return label._replace(look=PALE)
        return label._replace(before=f"{_numbers(steps[move])}:", look=TAKEN)

    edges = marked(picture, mark, TAKEN)
    return picture._replace(
        view=TRACE,
        title=f"{picture.title}: the road of {name}",
        states=tuple(_state(each, spent, course, places) for each in picture.states),
        edges=tuple(edge._replace(flags=_flags(places, moves_of(edge))) for edge in edges),
        legend=(
            Legend(TAKEN, "taken, with the number of the step"),
            Legend(PALE, "not taken"),
            *([Legend(FLAG, "a finding, told below", sample="1")] if notes else ()),
        ),
        caption=(
            _caption(name, course, verdict),
            f"In a state stands the time spent there, and {counted(2)} where it had two visits.",
        ),
        notes=notes,
    )


def _caption(name: str, course: Course, verdict: str) -> str:
    first, last = course.ends
    lasted = f" in {duration(last - first)}" if first is not None and last is not None else ""
    events = several(len(course.events), "event")
    generation = f", generation {course.generation}"
    return f"{name}: {events}{lasted}{generation}; ends in {course.state}; {verdict}"


def _steps(specification: Specification, course: Course) -> dict[Move, list[int]]:
    """The moves of a log, by number."""
    steps: defaultdict[Move, list[int]] = defaultdict(list)
    moves = [event.transition for event in course.events if event.transition is not None]
    for number, row in enumerate(moves, 1):
        steps[move_of(specification, row)].append(number)
    return dict(steps)


def _numbers(steps: Sequence[int]) -> str:
    if len(steps) <= 3:
        return ", ".join(map(str, steps))
    return f"{steps[0]}, {steps[1]}, \N{HORIZONTAL ELLIPSIS} {steps[-1]}"


# Findings


def _findings(
    specification: Specification, course: Course, findings: Sequence[Found]
) -> tuple[dict[Move | str, list[int]], tuple[Note, ...]]:
    """The findings at each move or state, by number, and their notes."""
    passed = {event.line: event for event in course.events}
    places: defaultdict[Move | str, list[int]] = defaultdict(list)
    notes = []
    for number, finding in enumerate(findings[:_MOST_NOTES], 1):
        row = passed[finding.line].transition if finding.line in passed else None
        places[finding.state if row is None else move_of(specification, row)].append(number)
        notes.append(Note(str(number), _head(finding), _says(finding, passed.get(finding.line))))
    left = len(findings) - _MOST_NOTES
    if left > 0:
        notes.append(Note("+", several(left, "further finding"), "flux-conform check shows them"))
    return dict(places), tuple(notes)


def _head(finding: Found) -> str:
    return f"line {finding.line}, {finding.rule} ({finding.level})"


def _says(finding: Found, event: Passed | None) -> str:
    message = cut(" ".join(finding.message.split()), _MOST_WORDS)
    what = f"{cut(event.event, _MOST_OF_NAME)}: " if event is not None else ""
    follows = "" if finding.because is None else f" (follows from {finding.because + 1})"
    return f"{what}{message}{follows}"


def _flags(places: dict[Move | str, list[int]], there: Iterable[Move | str]) -> tuple[str, ...]:
    """The numbers of findings at a place, runs of them as one flag."""
    numbers = sorted(number for place in there for number in places.get(place, ()))
    flags: list[str] = []
    for _, run in groupby(enumerate(numbers), lambda pair: pair[1] - pair[0]):
        these = [number for _, number in run]
        short = len(these) < 3
        flags += map(str, these) if short else [f"{these[0]}-{these[-1]}"]
    return tuple(flags)


def _state(
    state: PicturedState,
    spent: Mapping[str, Stay],
    course: Course,
    places: dict[Move | str, list[int]],
) -> PicturedState:
    flags = _flags(places, [state.name])
    if state.name not in spent:
        return state._replace(look=PALE, flags=flags)
    visits, seconds = spent[state.name]
    last = state.name == course.state
    over = state.role in (FINAL, REMOVED)
    notes = []
    if not over:
        notes.append("time unknown" if seconds is None else duration(seconds))
        if visits > 1:
            notes.append(counted(visits))
    if last:
        notes.append("log ends here")
    return state._replace(look=ENDED if last else TAKEN, notes=tuple(notes), flags=flags)
