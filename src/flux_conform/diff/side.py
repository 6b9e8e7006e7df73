"""One of the two specifications that are compared: what of it decides whether a log is accepted.

A log is accepted where nothing that counts is found in it. Rules that do not count are left out,
and so are variables that nothing reads which decides.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from flux_conform.language.expressions import Node
from flux_conform.language.specification import (
    ANY_EVENT,
    LEVELS,
    AnyContext,
    Context,
    Event,
    Specification,
    UndefinedContext,
    Variable,
)
from flux_conform.machine.configuration import CAPTIVE, REMOVED
from flux_conform.machine.fold import reads
from flux_conform.machine.slice import EventSlice, slice_of

STATE, GENERATION, FIRST = "state", "generation", "first"


class Row(NamedTuple):
    """A transition: in which generation (None: in each), under which guard, to which outcome."""

    generation: str | None
    guard: Node | None
    outcome: str
    target: str | None


class Entry(NamedTuple):
    """An event, or a family, with what is evaluated when it comes; definitions are put in.

    `always` are the rules on every event, which are judged even where the event is undefined.
    `selects` are the generations that it chooses as the first event; `item` is all of it as it
    stands in the slice.
    """

    event: Event
    rules: tuple[tuple[str, Node], ...]
    always: tuple[tuple[str, Node], ...]
    rows: tuple[tuple[str, tuple[Row, ...]], ...]
    effects: tuple[tuple[str, Node], ...]
    selects: tuple[tuple[str, Node | None], ...]
    asked: bool
    item: EventSlice

    def rows_in(self, state: str) -> tuple[Row, ...]:
        """The rows of a state, in the order tried."""
        return dict(self.rows).get(state, ())

    @property
    def conditions(self) -> Iterator[Node]:
        """What decides whether the event is accepted, and where it leads."""
        for _, tree in (*self.always, *self.rules):
            yield tree
        for _, rows in self.rows:
            yield from (row.guard for row in rows if row.guard is not None)
        yield from (when for _, when in self.selects if when is not None)

    @property
    def trees(self) -> Iterator[Node]:
        """Every expression of the entry."""
        yield from self.conditions
        yield from (tree for _, tree in self.effects)


class Side(NamedTuple):
    """A specification, with what counts against a log. `counted` are kinds of findings."""

    specification: Specification
    levels: tuple[str, ...]
    counted: frozenset[str]
    variables: tuple[Variable, ...]
    seen: tuple[str, ...]
    entries: tuple[Entry, ...]

    def entry(self, name: str) -> Entry:
        """What governs an event of that name."""
        label = self.specification.event(name).name
        return next(entry for entry in self.entries if entry.event.name == label)

    def judged_context(self, entry: Entry) -> tuple[Context, frozenset[str]]:
        """What is asked of an event's context: two that are equal accept the same contexts."""
        context = entry.event.context
        kind = "no-context" if isinstance(context, UndefinedContext) else "context"
        return context, frozenset() if isinstance(context, AnyContext) else self.counted & {kind}

    def plain_outcome(self, entry: Entry, state: str) -> str:
        """The outcome in a state where no row matches."""
        specification = self.specification
        if specification.removed is not None and specification.removed.name == state:
            return REMOVED
        if specification.final is not None and specification.final.name == state:
            return CAPTIVE
        return entry.event.elsewhere

    @property
    def generations(self) -> tuple[str, ...]:
        """The names of the generations."""
        return tuple(generation.name for generation in self.specification.generations)

    @property
    def fields(self) -> tuple[str, ...]:
        """The parts of a configuration."""
        return (
            STATE,
            GENERATION,
            *(f"seen({name})" for name in self.seen),
            *(variable.name for variable in self.variables),
        )


def side_of(specification: Specification, *, strict: bool) -> Side:
    """The specification for comparing. `strict` lets SHOULD and implied count too."""
    levels = LEVELS[: LEVELS.index("note")] if strict else LEVELS[:1]
    slice_ = slice_of(specification, None, levels, claims=False)
    return Side(
        specification,
        levels,
        frozenset(finding.kind for finding in specification.findings if finding.level in levels),
        slice_.variables,
        slice_.seen,
        tuple(map(_entry, slice_.events)),
    )


def _entry(item: EventSlice) -> Entry:
    rules = [((rule.id, tree), ANY_EVENT in rule.on) for rule, tree in item.rules]
    return Entry(
        item.event,
        tuple(pair for pair, always in rules if not always),
        tuple(pair for pair, always in rules if always),
        tuple(
            (
                state,
                tuple(Row(row.generation, guard, row.outcome, row.target) for row, guard in rows),
            )
            for state, rows in item.rows
        ),
        item.effects,
        tuple((generation.name, when) for generation, when in item.selects),
        item.asked,
        item,
    )


def parts_read(tree: Node) -> set[str]:
    """The parts of a configuration that a tree reads, by the names of `Side.fields`."""
    return {GENERATION if name == FIRST else name for name in reads(tree)}
