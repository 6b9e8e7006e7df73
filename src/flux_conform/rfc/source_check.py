"""Comparison of an RFC's source, its text and its diagram, with a specification."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from flux_conform.artefacts import ArtefactMissing, artefact
from flux_conform.diagrams.engine import EngineMissing
from flux_conform.files import read_bounded
from flux_conform.language import load, machines
from flux_conform.language.specification import UNLISTED, Specification
from flux_conform.rfc import (
    compare_diagram,
    compare_events,
    compare_sentences,
    compare_states,
    diagram,
    facts,
    reading,
)
from flux_conform.rfc.diagram import DiagramUnreadable, StateDiagram
from flux_conform.rfc.difference import DIFFERENCE, Difference
from flux_conform.rfc.facts import FROM_DIAGRAM
from flux_conform.rfc.marked import without_parts
from flux_conform.rfc.source import TextUnreadable
from flux_conform.rfc.stated import StatedText
from flux_conform.rfc.ties import Ties, answers, name_of, path_of, read_ties
from flux_conform.text import several

AGREES, DIFFERS = "agrees", "differs"
"""The verdicts."""

_NOT_COMPARED = "what is not understood is not compared"


class CannotRead(Exception):
    """A file cannot be read, or is not what it should be; the message names it."""


class Counts(NamedTuple):
    """The number of items of each kind; None if the source cannot contain that kind."""

    states: int | None
    virtual_states: int | None
    events: int | None
    keys: int | None
    examples: int | None
    edges: int | None
    sentences: int | None = None


class Report(NamedTuple):
    """The result of the comparison.

    `diagram` is the file of the diagram, or None. `text`, `drawn` and `model` count what was read,
    so that a text in which nothing was found does not look like agreement; the sentences of the
    model are those that are tied. `ties` is their file, or None, and `answers` counts them by what
    answers them. `lines` are the lines of the files, for excerpts.
    """

    file: str
    diagram: str | None
    ties: str | None
    machine: str
    text: Counts
    drawn: Counts | None
    model: Counts
    answers: dict[str, int] | None
    differences: tuple[Difference, ...]
    lines: dict[str, tuple[str, ...]]

    @property
    def verdict(self) -> str:
        """`agrees` or `differs`; notes do not count."""
        found = any(difference.level == DIFFERENCE for difference in self.differences)
        return DIFFERS if found else AGREES


def check(
    file: str,
    specification: Specification,
    machine: str,
    *,
    diagram_file: str | None = None,
    ties_file: str | None = None,
) -> Report:
    """Compare an RFC's source with a specification. `machine` is its name in the report.

    The diagram is `diagram_file`, or else the `.dot` file of an image in the text. The ties of the
    sentences are in `ties_file`, or else beside the specification. Of our own text, whose tables
    and examples are made from the specification, only the sentences are compared. Raises
    CannotRead, or SpecificationFaults for mistakes in the file of ties.
    """
    text = read_source(file, specification)
    is_other = text.rfc not in (None, specification.source.rfc)
    known = KnownTies(None, "", None)
    if not is_other:
        known = find_ties(file, text, specification, machine, ties_file)
    if ties_file is not None and not os.path.exists(ties_file):
        raise CannotRead(f"{ties_file}: there is no such file; `flux-conform rfc tie` makes it")
    is_own = _is_own_text(file, specification)
    differences: list[Difference] = []
    if is_other:
        differences = [_other_rfc(text, specification)]
    elif not is_own:
        differences = [*_differences(text, specification)]
    if not is_other:
        differences += _of_sentences(text, known, specification)
    found = _located(differences, file)
    lines = {file: text.lines}
    path = diagram_file or (None if is_own else find_diagram(file, text.pictures))
    drawn = None
    if path is not None:
        drawn = _drawn(path)
        lines[path] = drawn.lines
    if not is_other and not is_own:
        if drawn is not None and path is not None:
            found += _located(compare_diagram.compare(drawn, specification), path)
        elif any(FROM_DIAGRAM in edge.basis for edge in facts.edges(specification)):
            found += _located([_no_diagram(text)], file)
    ties = known.ties
    return Report(
        file=file,
        diagram=path,
        ties=None if ties is None else known.path,
        machine=machine,
        text=_counts_of_text(text),
        drawn=None if drawn is None else _counts_of_diagram(drawn),
        model=_counts_of_model(specification)._replace(
            sentences=None if ties is None else len(ties.all)
        ),
        answers=None if ties is None else answers(ties.all),
        differences=tuple(found),
        lines=lines,
    )


class KnownTies(NamedTuple):
    """Where the ties of a text are kept, None if nowhere; the ties are None if there are none."""

    path: str | None
    name: str
    ties: Ties | None


def read_source(file: str, specification: Specification) -> StatedText:
    """Read a text; of our own text, only what is written by hand. Raises CannotRead."""
    content = _content(file)
    if _is_own_text(file, specification):
        written = dict(without_parts(content, file))
        lines = range(1, content.count("\n") + 2)
        content = "\n".join(written.get(number, "") for number in lines)
    try:
        return reading.read(content, file)
    except TextUnreadable as error:
        raise CannotRead(f"{file}: {error}") from error


def find_ties(
    file: str,
    text: StatedText,
    specification: Specification,
    machine: str,
    ties_file: str | None = None,
) -> KnownTies:
    """Find and read the ties of a text. Raises SpecificationFaults."""
    name = name_of(file, text.rfc)
    path = ties_file or path_of(machine, name)
    if path is None or not os.path.exists(path):
        return KnownTies(path, name, None)
    return KnownTies(path, name, read_ties(path, name, specification))


def _is_own_text(file: str, specification: Specification) -> bool:
    own = specification.source.text
    if own is None or not os.path.isfile(file):
        return False
    try:
        return os.path.samefile(file, artefact("rfc", f"{own}.rst"))
    except ArtefactMissing:
        return False


def _of_sentences(
    text: StatedText, known: KnownTies, specification: Specification
) -> Iterator[Difference]:
    if known.ties is not None:
        yield from compare_sentences.compare(text, known.ties.all, specification)
        return
    count = sum(one.is_tracked for one in text.sentences)
    if count:
        where = "" if known.path is None else f": there is no {known.path}"
        yield Difference(
            "no-ties",
            f"the {several(count, 'sentence')} were not compared{where}",
            line=text.title_line,
            remedy="`flux-conform rfc tie` proposes what answers them",
        )


def _differences(text: StatedText, specification: Specification) -> Iterator[Difference]:
    yield from compare_states.compare(text, specification)
    yield from compare_events.compare(text, specification)
    if not text.has_states:
        yield _no_states(text, specification)
    yield from _unclear(text)


def _other_rfc(text: StatedText, specification: Specification) -> Difference:
    """The one difference of a text that is another RFC's: all others would follow from it."""
    described = [name for name in machines() if load(name).source.rfc == text.rfc]
    remedy = f"give the text of {specification.source.label}"
    if described:
        remedy = f"compare it with --machine {described[0]}, or {remedy}"
    return Difference(
        kind="other-rfc",
        what=f"the text is RFC {text.rfc}",
        line=text.title_line,
        mark=text.title,
        model=f"{specification.name} describes {specification.source.label}",
        remedy=remedy,
    )


def _no_states(text: StatedText, specification: Specification) -> Difference:
    """A text that describes events alone, and names no state of the model, has no states."""
    named = [state.name for state in specification.states if state.name in text.words]
    if text.events and not text.unions and not named:
        return Difference(
            "no-states",
            "the text describes no states; those of the model were not compared",
            line=text.title_line,
            remedy=f'if it should describe them, do it under "{reading.STATES}"',
        )
    return Difference(
        "unclear",
        f'there is no section "{reading.STATES}"',
        model=_NOT_COMPARED,
        remedy=f'describe the states as the terms of a definition list under "{reading.STATES}"',
    )


def to_json(report: Report) -> dict[str, Any]:
    """Return the report as `rfc check --format json` prints it."""
    return {
        "file": report.file,
        "diagram": report.diagram,
        "ties": report.ties,
        "machine": report.machine,
        "verdict": report.verdict,
        "read": {
            "text": report.text._asdict(),
            "diagram": None if report.drawn is None else report.drawn._asdict(),
            "model": report.model._asdict(),
        },
        "answers": report.answers,
        "differences": [
            {"level": difference.level, **difference._asdict()} for difference in report.differences
        ],
    }


def find_diagram(file: str, pictures: tuple[str, ...]) -> str | None:
    """Return the first DOT source next to an image of the text; remote images are ignored."""
    for picture in pictures:
        if re.match(r"[a-z]+:|[/\\]", picture, re.I):
            continue
        source = os.path.splitext(picture)[0] + ".dot"
        path = os.path.join(os.path.dirname(file), source)
        if os.path.isfile(path):
            return path
    return None


def _content(path: str) -> str:
    try:
        data = read_bounded(path)
    except OSError as error:
        raise CannotRead(f"{path}: {error.strerror or error}") from error
    try:
        return data.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise CannotRead(f"{path}:{line}: the text is not UTF-8") from error


def _drawn(path: str) -> StateDiagram:
    try:
        return diagram.read(_content(path))
    except (DiagramUnreadable, EngineMissing) as error:
        raise CannotRead(f"{path}: {error}") from error


def _located(differences: Iterable[Difference], file: str) -> list[Difference]:
    found = [difference._replace(file=file) for difference in differences]
    return sorted(found, key=lambda difference: difference.line)


def _unclear(text: StatedText) -> Iterator[Difference]:
    for line, says, remedy in text.unclear:
        yield Difference("unclear", says, line=line, model=_NOT_COMPARED, remedy=remedy)
    for line, says in text.remarks:
        yield Difference("form", says, line=line)


def _no_diagram(text: StatedText) -> Difference:
    what = "no diagram was compared: "
    if text.pictures:
        what += f"there is no DOT file beside {', '.join(text.pictures)}"
    else:
        what += "the text shows no image"
    return Difference("no-diagram", what, remedy="give it with --diagram FILE.dot")


def _counts_of_text(text: StatedText) -> Counts:
    return Counts(
        states=len(text.states),
        virtual_states=len(text.unions),
        events=len(text.events),
        keys=sum(len(event.keys) for event in text.events),
        examples=sum(len(event.examples) for event in text.events),
        edges=None,
        sentences=sum(one.is_tracked for one in text.sentences),
    )


def _counts_of_diagram(drawn: StateDiagram) -> Counts:
    return Counts(
        states=len(drawn.states),
        virtual_states=None,
        events=len({event for edge in drawn.edges for event in edge.events}),
        keys=None,
        examples=None,
        edges=len(drawn.edges),
    )


def _counts_of_model(specification: Specification) -> Counts:
    listed = [event for event in specification.events if event.name != UNLISTED]
    return Counts(
        states=len(specification.machine_states),
        virtual_states=len(specification.virtual_states),
        events=len(listed),
        keys=sum(len(facts.keys(specification, event)) for event in listed),
        examples=None,
        edges=len(facts.edges(specification)),
    )
