"""The scope of a comparison: which events correspond, and which parts stay equal.

A part of a configuration (the state, a variable, whether an event came) is *shared* if both
specifications compute it alike from shared parts, so that it is equal on both sides after every log
that both accept. If all that decides on an event is written alike and reads shared parts, both
sides decide alike. Only the rest needs a search or a proof, and only the parts of the machines that
affect it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from flux_conform.diff.alike import (
    Pair,
    both,
    changes_alike,
    comparable_parts,
    decides_alike,
    reads_of,
)
from flux_conform.diff.side import Side, conditions_of, parts_read, rules_of
from flux_conform.language.expressions import Key, Node, walk
from flux_conform.language.specification import MOVES, UNLISTED
from flux_conform.machine.evaluate import Moment, Unreadable, compile_expression
from flux_conform.machine.interning import GENERATION, STATE
from flux_conform.machine.slice import EventSlice
from flux_conform.machine.values import EXAMPLE


class Scope(NamedTuple):
    """What a comparison has to examine.

    `shared` are the parts that are equal on both sides as written; `differing` the events on which
    the sides may decide differently; `parts` what affects these, closed under what changes it, and
    `relevant` the events that change it or differ.

    No shortest log needs an event that is not relevant: without it the log is still accepted,
    because all that the other events read is unchanged.
    """

    one: Side
    two: Side
    pairs: tuple[Pair, ...]
    shared: frozenset[str]
    differing: tuple[Pair, ...]
    parts: frozenset[str]
    relevant: tuple[Pair, ...]


def scope_of(one: Side, two: Side) -> Scope:
    """Compare what is written, and find what affects the differences."""
    pairs = tuple(_pairs(one, two))
    shared = _shared(one, two, pairs)
    differing = tuple(pair for pair in pairs if not decides_alike(one, two, pair, shared))
    parts: set[str] = {STATE}
    chosen: dict[str, Pair] = {}
    for pair in differing:
        chosen[pair.name] = pair
        parts |= _decided_by(one, two, pair)
    known = -1
    while len(parts) + len(chosen) != known:
        known = len(parts) + len(chosen)
        for pair in pairs:
            changes = _changed_by(pair.one) | _changed_by(pair.two)
            if GENERATION in parts and _can_be_first(one, two, pair):
                changes.add(GENERATION)
            if pair.name in chosen or changes & parts:
                chosen[pair.name] = pair
                parts |= _decided_by(one, two, pair)
                for entry in (pair.one, pair.two):
                    for variable, tree in entry.effects:
                        if variable in parts:
                            parts |= parts_read(tree)
    relevant = tuple(pair for pair in pairs if pair.name in chosen)
    nothing = not differing and STATE in shared
    return Scope(one, two, pairs, shared, differing, frozenset(parts), () if nothing else relevant)


# Events


def _pairs(one: Side, two: Side) -> Iterator[Pair]:
    """Yield each listed name, and a name for each pair of families that can govern the others."""
    events = [*one.specification.events, *two.specification.events]
    listed = dict.fromkeys(event.name for event in events if not event.is_family)
    for name in listed:
        yield Pair(name, False, one.entry(name), two.entry(name))
    known: set[tuple[str, str]] = set()
    # If two families govern a name, one prefix begins with the other, so the longer is enough.
    for family in dict.fromkeys(event.name for event in events if event.is_family):
        stem = EXAMPLE if family == UNLISTED else family.rstrip("*") + EXAMPLE
        for name in (stem, *(f"{stem}-{number}" for number in range(2, 100))):
            pair = Pair(name, True, one.entry(name), two.entry(name))
            governs = (pair.one.event.name, pair.two.event.name)
            if name in listed or family not in governs:
                continue
            if governs not in known:
                known.add(governs)
                yield pair
            break


def _shared(one: Side, two: Side, pairs: Iterable[Pair]) -> frozenset[str]:
    shared = comparable_parts(one, two)
    pairs = list(pairs)
    while True:
        split = {
            part
            for part in shared
            if not all(changes_alike(one, two, pair, part, shared) for pair in pairs)
        }
        if not split:
            return frozenset(shared)
        shared -= split


# Dependencies


def _decided_by(one: Side, two: Side, pair: Pair) -> set[str]:
    """Return the parts that decide whether an event is accepted, and to which state it leads."""
    parts = {STATE}
    for side, entry in both(one, two, pair):
        parts |= reads_of(conditions_of(entry))
        if len(side.generations) > 1 and any(row.generation for row, _ in entry.rows):
            parts.add(GENERATION)
    return parts


def _changed_by(entry: EventSlice) -> set[str]:
    parts = {variable for variable, _ in entry.effects}
    if any(row.outcome == MOVES and row.target != row.source for row, _ in entry.rows):
        parts.add(STATE)
    if entry.asked:
        parts.add(f"seen({entry.event.name})")
    return parts


def _can_be_first(one: Side, two: Side, pair: Pair) -> bool:
    """Return whether the event may begin a log that both accept; keys are not considered."""
    return all(
        _holds_at_first(side, pair.name, tree)
        for side, entry in both(one, two, pair)
        for tree in rules_of(entry, always=True)
    )


def _holds_at_first(side: Side, name: str, tree: Node) -> bool:
    if any(isinstance(node, Key) for node in walk(tree)):
        return True
    moment = Moment(
        values={variable.name: variable.first_value for variable in side.variables},
        state=side.specification.initial.name,
        event=name,
        first=True,
    )
    try:
        return bool(compile_expression(tree, {})(moment))
    except Unreadable:
        return True
