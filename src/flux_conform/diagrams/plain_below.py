"""Writes what a view adds to a picture as text: notes on states and edges, a table, scenes."""

from __future__ import annotations

from collections.abc import Iterator
from textwrap import wrap

from flux_conform.diagrams.graph import MAIN, Edge, Picture
from flux_conform.diagrams.marks import Message, Scene, Table


def below(picture: Picture, width: int, unicode: bool) -> Iterator[str]:
    """The lines that stand below the states, a blank one before each part."""
    parts = (
        list(_states(picture)),
        list(_edges(picture)),
        list(picture.caption),
        [f"{note.flag}. {note.head}: {note.says}" for note in picture.notes],
    )
    for part in filter(None, parts):
        yield ""
        for line in part:
            yield from wrap(line, width, subsequent_indent="    ", break_on_hyphens=False)
    if picture.table is not None:
        yield ""
        yield from _table(picture.table, unicode)


def _states(picture: Picture) -> Iterator[str]:
    for state in picture.states:
        told = [*state.notes, *(f"see {flag}" for flag in state.flags)]
        if told or state.mark:
            yield f"{state.shown}: {', '.join(told)}" if told else state.shown


def _edges(picture: Picture) -> Iterator[str]:
    """The edges whose marks the drawing does not show: those that share a line with others."""
    for edge in picture.edges:
        shared = any(_share(edge, other) for other in picture.edges)
        marks = ", ".join(str(label) for label in edge.labels if label.marks) if shared else ""
        flags = ", ".join(f"see {flag}" for flag in edge.flags)
        if marks or flags:
            told = ", ".join(filter(None, (marks or ", ".join(map(str, edge.labels)), flags)))
            yield f"{edge.source} to {edge.target}: {told}"


def _share(edge: Edge, other: Edge) -> bool:
    return (
        edge is not other
        and edge.role != MAIN
        and (edge.role, edge.target) == (other.role, other.target)
        and [label.bare for label in edge.labels] == [label.bare for label in other.labels]
        and edge.labels != other.labels
    )


def _table(table: Table, unicode: bool) -> Iterator[str]:
    """The table, a column for each state; a line that names none of its cells ends early."""

    def said(text: str) -> str:
        signs = {"\N{RIGHTWARDS ARROW}": "->", "\N{BULLET}": "*"}
        return text if unicode else "".join(signs.get(char, char) for char in text)

    rows = [row for band in table.bands for row in band.rows]
    names = {row: f"  {'  ' * row.inner}{row.name}" for row in rows}
    first = max(map(len, names.values()), default=0) + 2
    widths = [
        max(len(name), *(len(said(row.cells[place].text)) for row in rows if row.cells))
        for place, name in enumerate(table.columns)
    ]

    def line(name: str, cells: tuple[str, ...]) -> str:
        shown = (cell.ljust(width) for cell, width in zip(cells, widths, strict=bool(cells)))
        return f"{name.ljust(first)}{'  '.join(shown)}".rstrip()

    yield line("", table.columns)
    for band in table.bands:
        yield band.head
        for row in band.rows:
            yield line(names[row], tuple(said(cell.text) for cell in row.cells))


def scenes(picture: Picture, width: int, unicode: bool) -> Iterator[str]:
    """Scenes as lists: the time, the state after it, what passes, and its way."""
    for scene in picture.scenes:
        yield ""
        yield from wrap(f"{scene.title}. {scene.says}", width)
        yield from _scene(scene, width, unicode)


def _scene(scene: Scene, width: int, unicode: bool) -> Iterator[str]:
    times = max((len(f"{message.at:g} s") for message in scene.messages), default=0)
    texts = max((len(_said(message)) for message in scene.messages), default=0)
    states = max(len(scene.start), *(len(message.state) for message in scene.messages))
    arrow = " \N{RIGHTWARDS ARROW} " if unicode else " -> "
    before = scene.start
    yield f"  {'':>{times}}  {before}"
    for message in scene.messages:
        state = message.state if message.state != before else ""
        before = message.state
        line = f"  {f'{message.at:g} s':>{times}}  {state:<{states}}  {_said(message):<{texts}}  "
        yield from wrap(
            line + arrow.join(message.path),
            width,
            subsequent_indent=" " * 8,
            drop_whitespace=True,
            break_on_hyphens=False,
        )


def _said(message: Message) -> str:
    return message.text if message.logged else f"({message.text})"
