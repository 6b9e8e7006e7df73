"""Syntactic comparison: whether two specifications are written alike for an event or a part.

Yes is certain. No means only that a search or a proof is needed.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from flux_conform.diff.side import Side, parts_read, rows_in, rules_of
from flux_conform.language import types as t
from flux_conform.language.expressions import Node
from flux_conform.machine.configuration import CAPTIVE, REMOVED
from flux_conform.machine.interning import GENERATION, STATE
from flux_conform.machine.slice import EventSlice


class Pair(NamedTuple):
    """Events of one name, or all names of one pair of families, with the entries of both sides.

    `name` can stand in a log; if `many`, it represents other names too.
    """

    name: str
    many: bool
    one: EventSlice
    two: EventSlice

    @property
    def label(self) -> str:
        """The name for people: of the event, or of the families."""
        if not self.many:
            return self.name
        return " / ".join(dict.fromkeys((self.one.event.name, self.two.event.name)))


def _unbounded(of: t.Type) -> t.Type:
    """Return the type without bounds; two that are equal then hold values of one kind."""
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
    """Return the parts that both sides have and that are equal at the start."""
    types = {each.name: (_unbounded(each.type), each.start) for each in two.variables}
    parts = set(one.fields) & set(two.fields)
    for variable in one.variables:
        if types.get(variable.name) != (_unbounded(variable.type), variable.start):
            parts.discard(variable.name)
    if one.specification.initial.name != two.specification.initial.name:
        parts.discard(STATE)
    if _generations(one) != _generations(two):
        parts.discard(GENERATION)
    return parts


def _generations(side: Side) -> tuple[object, ...]:
    """Return the generations and how they are chosen; the name of a single one does not matter."""
    names = side.generations
    if len(names) == 1:
        return ()
    selects = [
        (entry.event.name, generation.name, when)
        for entry in side.entries
        for generation, when in entry.selects
    ]
    return (side.specification.today.name, sorted(names), selects)


def changes_alike(one: Side, two: Side, pair: Pair, part: str, shared: Iterable[str]) -> bool:
    """Return whether, as written, an event that both sides accept changes a shared part alike."""
    if part == GENERATION:
        return reads_of(tree for _, tree in pair.one.selects) <= set(shared)
    if part == STATE:
        return all(
            _leads_alike(one, two, pair, state, set(shared)) for state in _common_states(one, two)
        )
    # Unless such outcomes count, an event that both accept may have its effects on one side only.
    counts = all(
        finding.kind in side.counted
        for side in (one, two)
        for finding in side.specification.findings
        if finding.kind in NO_EFFECT
    )
    if not counts and not _outcomes_alike(one, two, pair, set(shared)):
        return False
    if part.startswith("seen("):
        came = [f"seen({entry.event.name})" == part for entry in (pair.one, pair.two)]
        return came[0] == came[1]
    trees = [dict(entry.effects).get(part) for entry in (pair.one, pair.two)]
    return trees[0] == trees[1] and reads_of(trees) <= set(shared)


def _leads_alike(one: Side, two: Side, pair: Pair, state: str, shared: set[str]) -> bool:
    if _verdict_in(one, pair.one, state) == REFUSED or _verdict_in(two, pair.two, state) == REFUSED:
        return True
    if not rows_in(pair.one, state) and not rows_in(pair.two, state):
        return True  # the state does not change in any case
    return _rows_alike(pair, state, shared)


def _rows_alike(pair: Pair, state: str, shared: set[str]) -> bool:
    rows = rows_in(pair.one, state)
    needed = reads_of(row.guard for row in rows)
    if any(row.generation for row in rows):
        needed.add(GENERATION)
    return rows == rows_in(pair.two, state) and needed <= shared


def decides_alike(one: Side, two: Side, pair: Pair, shared: Iterable[str]) -> bool:
    """Return whether, as written, both accept the same events of this name after every log."""
    shared = set(shared)
    return (
        one.judged_context(pair.one) == two.judged_context(pair.two)
        and _rules_alike(pair, shared, always=True)
        and _rules_alike(pair, shared, always=False)
        and _outcomes_alike(one, two, pair, shared)
    )


def _outcomes_alike(one: Side, two: Side, pair: Pair, shared: set[str]) -> bool:
    """Return whether both sides refuse, take or ignore the event alike in each state."""
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
    """Return the states that both sides can be in at once if the state is shared."""
    names = {state.name for state in two.specification.states}
    return [state.name for state in one.specification.states if state.name in names]


REFUSED, TAKEN, MIXED = "refused", "taken", "mixed"
NO_EFFECT = ("undefined", CAPTIVE, REMOVED)
"""Outcomes of an event that has no effect, if they do not count against the log."""


def _verdict_in(side: Side, entry: EventSlice, state: str) -> str:
    """Return the outcome in a state for every context; MIXED if it depends on the context."""
    rows = rows_in(entry, state)
    kinds = {_kind(side, row.outcome) for row in rows}
    if not any(row.guard is None and row.generation is None for row in rows):
        kinds.add(_plain_in(side, entry, state))
    return kinds.pop() if len(kinds) == 1 else MIXED


def _plain_in(side: Side, entry: EventSlice, state: str) -> str:
    return _kind(side, side.plain_outcome(entry, state))


def _kind(side: Side, outcome: str) -> str:
    if outcome in side.counted:
        return REFUSED
    return outcome if outcome in NO_EFFECT else TAKEN


def both(
    one: Side, two: Side, pair: Pair
) -> tuple[tuple[Side, EventSlice], tuple[Side, EventSlice]]:
    """Return each side with its entry."""
    return (one, pair.one), (two, pair.two)


def _rules_alike(pair: Pair, shared: set[str], *, always: bool) -> bool:
    rules = set(rules_of(pair.one, always=always))
    return rules == set(rules_of(pair.two, always=always)) and reads_of(rules) <= shared


def reads_of(trees: Iterable[Node | None]) -> set[str]:
    """Return the parts of a configuration that at least one of the trees reads."""
    return {name for tree in trees if tree is not None for name in parts_read(tree)}
