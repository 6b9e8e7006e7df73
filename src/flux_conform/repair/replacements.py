"""The forms that a repair may give to an event that is there: other values, or none."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from flux_conform.language import types as t
from flux_conform.language.specification import (
    EmptyContext,
    Event,
    TypedContext,
    UndefinedContext,
)
from flux_conform.machine.configuration import Configuration
from flux_conform.machine.contexts import context_faults
from flux_conform.repair import costs
from flux_conform.repair.edits import (
    CONTEXT,
    TIMESTAMP,
    Change,
    EndLine,
    Set,
    Unset,
)
from flux_conform.repair.insertions import Context, Letters
from flux_conform.repair.key_values import key_types, nearest, ordinary
from flux_conform.repair.log_lines import Line
from flux_conform.repair.walker import Happening


class Form(NamedTuple):
    """A line as it could have been: changes to its values, and the number of its event then."""

    happening: int
    changes: tuple[Change, ...]
    doubt: int


class _Key(NamedTuple):
    """A way to write one key: its value, or none where it is left out."""

    present: bool
    value: Any
    free: bool
    doubt: int


class Forms:
    """The forms of the lines of a log."""

    def __init__(self, letters: Letters) -> None:
        self.letters = letters
        self.walker = letters.walker
        self.machine = letters.machine
        self.values = letters.values

    def of(self, line: Line, number: int) -> Iterator[Form]:
        """Other forms of a line with an event, in a configuration.

        What is wrong with the line itself, and each faulty value, is put right; where nothing is
        wrong, one value is another.
        """
        if line.entry.event is None:
            return
        event = self.machine.event(line.entry.event.name)
        configuration = self.walker.configurations[number]
        fixed = self._fixed(line, event)
        if fixed is None:
            return
        changes, doubt, context = fixed
        for more, other in self._contexts(line, event, context, configuration, bool(changes)):
            whole = (*changes, *(change for change, _ in more))
            if whole:
                happening = Happening(line.entry.event.name, other)
                total = doubt + sum(each for _, each in more)
                yield Form(self.walker.happening(happening), whole, total)

    def _fixed(self, line: Line, event: Event) -> tuple[list[Change], int, Context] | None:
        """What puts the line itself right, its doubt, and the context then; None if nothing can."""
        changes: list[Change] = []
        context = line.context
        doubt = 0
        for check in line.checks:
            match check:
                case "timestamp":
                    changes.append(Set(line.number, line.event, (TIMESTAMP,), None, free=True))
                case "last-newline":
                    changes.append(EndLine(line.number))
                    continue
                case "context":
                    context, written = self._whole(line, event)
                    changes.append(written)
                case _:
                    return None
            doubt += costs.WRITTEN
        return changes, doubt, context

    def _whole(self, line: Line, event: Event) -> tuple[Context, Change]:
        """The context of a line whose context is no object, or no more than one at all."""
        typed = event.context
        if not isinstance(typed, TypedContext) or not typed.required:
            return None, Unset(line.number, line.event, (CONTEXT,))
        types = key_types(event)
        context = {
            key: self.values.usual(event, key, of)
            for key, of in types.items()
            if not isinstance(of, t.Optional)
        } or (self.values.example(event) or ordinary(typed.type))
        return context, Set(line.number, line.event, (CONTEXT,), context, free=True)

    def _contexts(
        self, line: Line, event: Event, context: Context, configuration: Configuration, fixed: bool
    ) -> Iterator[tuple[list[tuple[Change, int]], Context]]:
        """Changes to the keys of a context, each with its doubt, and the context that they give."""
        typed = event.context
        if isinstance(typed, EmptyContext | UndefinedContext):
            if context or (context is not None and isinstance(typed, UndefinedContext)):
                change = Unset(line.number, line.event, (CONTEXT,))
                yield [(change, costs.DENIED_VALUE)], None
            if fixed:
                yield [], context
            return
        if not isinstance(typed, TypedContext):
            yield [], context
            return
        faults = context_faults(typed, context)
        if any(not fault.key or fault.is_name for fault in faults) or (
            faults and not isinstance(typed.type, t.Record)
        ):
            whole, written = self._whole(line, event)
            yield [(written, costs.WRITTEN)], whole
            return
        types = key_types(event)
        if not faults:
            yield [], context
            for key in sorted(self.walker.reads(event.name) & set(types)):
                for way in self._ways(event, key, types[key], configuration, context or {}):
                    yield [self._change(line, key, way)], _with(context, key, way)
            return
        found = {
            fault.key: list(
                self._ways(event, fault.key, types[fault.key], configuration, context or {})
            )
            for fault in faults
        }
        first = {key: ways[0] for key, ways in found.items()}
        for chosen in [
            first,
            *({**first, key: way} for key, ways in found.items() for way in ways[1:]),
        ]:
            other = context
            for key, way in chosen.items():
                other = _with(other, key, way)
            yield [self._change(line, key, way) for key, way in chosen.items()], other

    def _ways(
        self,
        event: Event,
        key: str,
        of: t.Type,
        configuration: Configuration,
        context: Mapping[str, Any],
    ) -> Iterator[_Key]:
        """How a key could be written instead."""
        denied = key in context and t.accepts(of, context[key])
        cost = costs.DENIED_VALUE if denied else 0
        kept = None if denied else nearest(of, context.get(key))
        if kept is not None and t.accepts(of, kept):
            yield _Key(True, kept, True, costs.WRITTEN)
        for value in self.values.candidates(event, key, of, configuration, self.letters.near(key)):
            if key in context and context[key] == value.value and denied:
                continue
            doubt = cost + (0 if value.told else costs.INVENTED)
            yield _Key(True, value.value, value.free, doubt if denied else costs.WRITTEN)
        if key in context and isinstance(of, t.Optional):
            # A value that cannot be read still tells that there was one.
            yield _Key(False, None, False, cost + costs.DENIED_VALUE)

    @staticmethod
    def _change(line: Line, key: str, way: _Key) -> tuple[Change, int]:
        path = CONTEXT, key
        if not way.present:
            return Unset(line.number, line.event, path), way.doubt
        return Set(line.number, line.event, path, way.value, way.free), way.doubt


def _with(context: Context, key: str, way: _Key) -> Context:
    changed = dict(context or {})
    if way.present:
        changed[key] = way.value
    else:
        changed.pop(key, None)
    return changed
