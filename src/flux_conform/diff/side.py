"""One of the two specifications that are compared: what decides whether it accepts a log.

A log is accepted where nothing that counts is found in it. Rules that do not count are left out,
and so are variables that affect no decision.
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
    Specification,
    UndefinedContext,
    Variable,
)
from flux_conform.machine.configuration import CAPTIVE, REMOVED
from flux_conform.machine.fold import reads
from flux_conform.machine.interning import FIRST, GENERATION, SEEN, STATE, flag
from flux_conform.machine.slice import EventSlice, slice_of


class Row(NamedTuple):
    """A transition: in which generation (None: in each), under which guard, to which outcome."""

    generation: str | None
    guard: Node | None
    outcome: str
    target: str | None


def rows_in(entry: EventSlice, state: str) -> tuple[Row, ...]:
    """The rows of an event in a state, in the order tried, without their wording."""
    return tuple(
        Row(row.generation, guard, row.outcome, row.target)
        for row, guard in entry.rows
        if row.source == state
    )


def rules_of(entry: EventSlice, *, always: bool) -> tuple[Node, ...]:
    """What the rules of an event ask: those judged even where it is undefined, or the others.

    The former are the rules on every event.
    """
    return tuple(tree for rule, tree in entry.rules if (ANY_EVENT in rule.on) is always)


def conditions_of(entry: EventSlice) -> Iterator[Node]:
    """What decides whether an event is accepted, and where it leads."""
    yield from rules_of(entry, always=True)
    yield from rules_of(entry, always=False)
    yield from entry._replace(rules=(), effects=(), claims=()).trees


class Side(NamedTuple):
    """A specification, with what counts against a log. `counted` are kinds of findings."""

    specification: Specification
    levels: tuple[str, ...]
    counted: frozenset[str]
    variables: tuple[Variable, ...]
    seen: tuple[str, ...]
    entries: tuple[EventSlice, ...]

    def entry(self, name: str) -> EventSlice:
        """What governs an event of that name."""
        label = self.specification.event(name).name
        return next(entry for entry in self.entries if entry.event.name == label)

    def judged_context(self, entry: EventSlice) -> tuple[Context, frozenset[str]]:
        """What is asked of an event's context: two that are equal accept the same contexts."""
        context = entry.event.context
        kind = "no-context" if isinstance(context, UndefinedContext) else "context"
        return context, frozenset() if isinstance(context, AnyContext) else self.counted & {kind}

    def plain_outcome(self, entry: EventSlice, state: str) -> str:
        """The outcome in a state where no row matches."""
        specification = self.specification
        if specification.removed is not None and specification.removed.name == state:
            return REMOVED
        if state in specification.captive:
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
            *(flag(SEEN, name) for name in self.seen),
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
        slice_.events,
    )


def parts_read(tree: Node) -> set[str]:
    """The parts of a configuration that a tree reads, by the names of `Side.fields`."""
    return {GENERATION if name == FIRST else name for name in reads(tree)}
