"""Transitions that match where no other row of their event and state does: `when: else`."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Set
from functools import partial, reduce

from flux_conform.language.expressions import (
    MAX_DEPTH,
    MAX_SIZE,
    Binary,
    Definition,
    Expression,
    Node,
    Not,
    fits,
    show,
)
from flux_conform.language.lanes import LaneRow
from flux_conform.language.loading.fields import SpecificationFile
from flux_conform.language.shapes import Located
from flux_conform.language.specification import Transition

ELSE = "else"
"""In place of a guard."""


def with_rest(
    file: SpecificationFile,
    rows: list[Transition],
    rest: Mapping[int, Located],
    definitions: Mapping[str, Definition],
) -> tuple[Transition, ...]:
    """The transitions, those of the rows in `rest` with the negation of all other guards as theirs.

    Where other rows are of one generation alone, such a row is one for each generation.
    """
    generations = tuple(file.fields.table("generations"))
    beside: dict[tuple[str, str], list[Transition]] = {}
    for row in rows:
        beside.setdefault((row.event, row.source), []).append(row)
    alone = {row.row for row in rows if row.row in rest}
    found: list[Transition] = []
    for row in rows:
        if row.row not in rest:
            found.append(row)
            continue
        others = [other for other in beside[row.event, row.source] if other is not row]
        alone -= {row.row} if others else set()
        for split in _by_generation(row, others, generations):
            matching = (
                [other for other in others if other.generation in (None, split.generation)]
                if split.generation is not None
                else others
            )
            at = f"{row.event} in {row.source}"
            guard = _guard_of_rest(file, rest, row.row, at, matching, definitions)
            found.append(split._replace(when=guard))
    _note_alone(file, rest, alone)
    return tuple(found)


def with_lane_rest(
    file: SpecificationFile,
    rows: Collection[LaneRow],
    rest: Mapping[int, Located],
    definitions: Mapping[str, Definition],
) -> tuple[LaneRow, ...]:
    """The same for the rows of a lane; one is split where the guards differ between its states."""
    alone = {row.row for row in rows if row.row in rest}
    found: list[LaneRow] = []
    for row in rows:
        if row.row not in rest:
            found.append(row)
            continue
        split: dict[Expression | None, list[str]] = {}
        for source in row.sources:
            others = [
                other
                for other in rows
                if other is not row and other.event == row.event and source in other.sources
            ]
            alone -= {row.row} if others else set()
            at = f"{row.event} in {source}"
            guard = _guard_of_rest(file, rest, row.row, at, others, definitions)
            split.setdefault(guard, []).append(source)
        found += [
            row._replace(sources=tuple(sources), when=guard) for guard, sources in split.items()
        ]
    _note_alone(file, rest, alone)
    return tuple(found)


def _guard_of_rest(
    file: SpecificationFile,
    rest: Mapping[int, Located],
    row: int,
    at: str,
    others: Collection[Transition | LaneRow],
    definitions: Mapping[str, Definition],
) -> Expression | None:
    """That none of the other rows matches; what is wrong with that is noted."""
    add, mark = file.faults.add, rest[row].mark
    if any(other.row in rest for other in others):
        add(mark, f'a second "else" for {at}', expected="one")
    elif any(other.when is None for other in others):
        message = f'"else" never matches for {at}, where another row has no guard'
        add(mark, message, expected="a guard in each other row")
    else:
        guards = [other.when.tree for other in others if other.when is not None]
        tree = _none_of(guards)
        if tree is not None and fits(tree, definitions):
            return Expression(show(tree), tree)
        if tree is not None:
            message = f'the guards that "else" stands for are too large together, for {at}'
            add(
                mark, message, expected=f"at most {MAX_SIZE} parts, nested at most {MAX_DEPTH} deep"
            )
    return None


def _note_alone(file: SpecificationFile, rest: Mapping[int, Located], alone: Set[int]) -> None:
    for number in sorted(alone):
        expected = 'no "when", or rows with guards beside it'
        file.faults.add(rest[number].mark, 'no other row is beside "else"', expected=expected)


def _by_generation(
    row: Transition, others: list[Transition], generations: tuple[str, ...]
) -> Iterator[Transition]:
    if row.generation is not None or all(other.generation is None for other in others):
        yield row
        return
    for name in generations:
        yield row._replace(generation=name)


def _none_of(guards: list[Node]) -> Node | None:
    return Not(reduce(partial(Binary, "or"), guards)) if guards else None
