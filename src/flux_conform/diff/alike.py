"""Whether two specifications say the same of an event, or of a part, as they are written.

A yes is sure. A no only says that it takes a search or a proof to tell.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from flux_conform.diff.side import (
    GENERATION,
    STATE,
    Entry,
    Side,
    parts_read,
)
from flux_conform.language import types as t
from flux_conform.language.expressions import Node
from flux_conform.machine.configuration import CAPTIVE, REMOVED


class Pair(NamedTuple):
    """Events of one name, or all names of one pair of families, as both sides see them.

    `name` is one that can stand in a log; `many` tells that it stands for others as well.
    """

    name: str
    many: bool
    one: Entry
    two: Entry

    @property
    def label(self) -> str:
        """The event as people call it."""
        if not self.many:
            return self.name
        return " / ".join(dict.fromkeys((self.one.event.name, self.two.event.name)))


def same_layout(one: t.Type, two: t.Type) -> bool:
    """Whether variables of the two types hold values of one kind; bounds do not count."""
    return _unbounded(one) == _unbounded(two)


def _unbounded(of: t.Type) -> t.Type:
    match of:
        case t.Integer():
            return t.Integer()
        case t.Optional(of=inner):
            return t.Optional(_unbounded(inner))
        case t.Record(fields=fields):
            return t.Record(tuple((name, _unbounded(inner)) for name, inner in fields))
        case _:
            return of


def comparable_parts(one: Side, two: Side) -> set[str]:
    """The parts that both sides have and that begin equal."""
    types = {variable.name: variable.type for variable in two.variables}
    parts = set(one.fields) & set(two.fields)
    for variable in one.variables:
        if variable.name in types and not same_layout(variable.type, types[variable.name]):
            parts.discard(variable.name)
    if one.specification.initial.name != two.specification.initial.name:
        parts.discard(STATE)
    if _generations(one) != _generations(two):
        parts.discard(GENERATION)
    return parts


def _generations(side: Side) -> tuple[object, ...]:
    """The generations and how they are chosen; one that is the only one has no name of note."""
    names = side.generations
    if len(names) == 1:
        return ()
    selects = [(entry.event.name, entry.selects) for entry in side.entries if entry.selects]
    return (side.specification.today.name, sorted(names), selects)


def changes_alike(one: Side, two: Side, pair: Pair, part: str, shared: Iterable[str]) -> bool:
    """Whether, as written, an event that both sides accept changes a shared part alike."""
    if part == GENERATION:
        return reads_of(tree for _, tree in pair.one.selects) <= set(shared)
    if part == STATE:
        return all(
            _leads_alike(one, two, pair, state, set(shared)) for state in _common_states(one, two)
        )
    if not _takes_alike(one, two, pair, set(shared)):
        return False
    if part.startswith("seen("):
        came = [f"seen({entry.event.name})" == part for entry in (pair.one, pair.two)]
        return came[0] == came[1]
    trees = [dict(entry.effects).get(part) for entry in (pair.one, pair.two)]
    return trees[0] == trees[1] and reads_of(trees) <= set(shared)


def _leads_alike(one: Side, two: Side, pair: Pair, state: str, shared: set[str]) -> bool:
    if _verdict_in(one, pair.one, state) == REFUSED or _verdict_in(two, pair.two, state) == REFUSED:
        return True
    if not pair.one.rows_in(state) and not pair.two.rows_in(state):
        # Whatever happens, the state stays as it is.
        return True
    return _rows_alike(pair, state, shared)


def _rows_alike(pair: Pair, state: str, shared: set[str]) -> bool:
    rows = pair.one.rows_in(state)
    needed = reads_of(row.guard for row in rows)
    if any(row.generation for row in rows):
        needed.add(GENERATION)
    return rows == pair.two.rows_in(state) and needed <= shared


def _takes_alike(one: Side, two: Side, pair: Pair, shared: set[str]) -> bool:
    """Whether an event that both accept has its effects on both sides, or on neither."""
    if all(
        finding.kind in side.counted
        for side in (one, two)
        for finding in side.specification.findings
        if finding.kind in NO_EFFECT
    ):
        return True
    return _outcomes_alike(one, two, pair, shared)


def decides_alike(one: Side, two: Side, pair: Pair, shared: Iterable[str]) -> bool:
    """Whether, as written, both sides accept the same events of this name after every log."""
    shared = set(shared)
    return (
        one.judged_context(pair.one) == two.judged_context(pair.two)
        and _trees(pair.one.always) == _trees(pair.two.always)
        and _trees(pair.one.rules) == _trees(pair.two.rules)
        and reads_of(tree for _, tree in (*pair.one.always, *pair.one.rules)) <= shared
        and _outcomes_alike(one, two, pair, shared)
    )


def _outcomes_alike(one: Side, two: Side, pair: Pair, shared: set[str]) -> bool:
    """Whether in each state both sides refuse, take or pass over the event alike."""
    return STATE in shared and all(
        _verdict_in(one, pair.one, state) == _verdict_in(two, pair.two, state)
        and (
            _verdict_in(one, pair.one, state) != MIXED
            or (
                _rows_alike(pair, state, shared)
                and _plain_in(one, pair.one, state) == _plain_in(two, pair.two, state)
            )
        )
        for state in _common_states(one, two)
    )


def _common_states(one: Side, two: Side) -> list[str]:
    """The states that both sides can be in at once, where the state is shared."""
    names = {state.name for state in two.specification.states}
    return [state.name for state in one.specification.states if state.name in names]


REFUSED, TAKEN, MIXED = "refused", "taken", "mixed"
NO_EFFECT = ("undefined", CAPTIVE, REMOVED)
"""Outcomes of an event that does nothing, where they do not count against the log."""


def _verdict_in(side: Side, entry: Entry, state: str) -> str:
    """How the event fares in a state whatever its context; MIXED where that is not so simple."""
    rows = entry.rows_in(state)
    kinds = {_kind(side, row.outcome) for row in rows}
    if not any(row.guard is None and row.generation is None for row in rows):
        kinds.add(_plain_in(side, entry, state))
    return kinds.pop() if len(kinds) == 1 else MIXED


def _plain_in(side: Side, entry: Entry, state: str) -> str:
    return _kind(side, side.plain_outcome(entry, state))


def _kind(side: Side, outcome: str) -> str:
    if outcome in side.counted:
        return REFUSED
    return outcome if outcome in NO_EFFECT else TAKEN


def both(one: Side, two: Side, pair: Pair) -> tuple[tuple[Side, Entry], tuple[Side, Entry]]:
    """Each side with its entry."""
    return (one, pair.one), (two, pair.two)


def _trees(rules: Iterable[tuple[str, Node]]) -> frozenset[Node]:
    return frozenset(tree for _, tree in rules)


def reads_of(trees: Iterable[Node | None]) -> set[str]:
    """The parts of a configuration that some of the trees read."""
    return {name for tree in trees if tree is not None for name in parts_read(tree)}
