"""The replacements of an event: other values for its keys, or removed keys."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from flux_conform.language import types as t
from flux_conform.language.specification import EmptyContext, Event, TypedContext, UndefinedContext
from flux_conform.machine.configuration import Configuration
from flux_conform.machine.contexts import context_faults
from flux_conform.machine.values import ordinary
from flux_conform.repair import costs
from flux_conform.repair.edits import CONTEXT, TIMESTAMP, Change, EndLine, Set, Unset
from flux_conform.repair.insertions import Context, Insertions, varied
from flux_conform.repair.key_values import nearest
from flux_conform.repair.log_lines import Line
from flux_conform.repair.walker import Happening


class Replacement(NamedTuple):
    """A replacement for a line: the changes to its values, and the number of the new event."""

    happening: int
    changes: tuple[Change, ...]
    doubt: int


class _KeyChange(NamedTuple):
    """A change of one key: its new value, or its removal."""

    present: bool
    value: Any
    free: bool
    doubt: int


class Replacements:
    """Computes the replacements of lines."""

    def __init__(self, insertions: Insertions) -> None:
        self.insertions = insertions
        self.walker = insertions.walker
        self.machine = insertions.machine
        self.values = insertions.values

    def of(self, line: Line, number: int) -> Iterator[Replacement]:
        """Yield the replacements of a line with an event, in a configuration.

        Faults of the line and faulty values are corrected. If there are none, one value is
        replaced.
        """
        if line.entry.event is None:
            return
        event = self.machine.event(line.entry.event.name)
        configuration = self.walker.configurations[number]
        fixed = self._corrected(line, event)
        if fixed is None:
            return
        changes, doubt, context = fixed
        for more, other in self._contexts(line, event, context, configuration, bool(changes)):
            whole = (*changes, *(change for change, _ in more))
            if whole:
                happening = Happening(line.entry.event.name, other)
                total = doubt + sum(each for _, each in more)
                yield Replacement(self.walker.happening(happening), whole, total)

    def _corrected(self, line: Line, event: Event) -> tuple[list[Change], int, Context] | None:
        """Return changes that correct the line, their doubt, and the resulting context.

        None if the line cannot be corrected.
        """
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
                    context, written = self._new_context(line, event)
                    changes.append(written)
                case _:
                    return None
            doubt += costs.WRITTEN
        return changes, doubt, context

    def _new_context(self, line: Line, event: Event) -> tuple[Context, Change]:
        """Return a new context for a line whose context cannot be corrected key by key."""
        typed = event.context
        if not isinstance(typed, TypedContext) or not typed.required:
            return None, Unset(line.number, line.event, (CONTEXT,))
        types = event.key_types
        context = {
            key: self.values.usual(event, key, of)
            for key, of in types.items()
            if not isinstance(of, t.Optional)
        } or (self.values.example(event) or ordinary(typed.type, least=True))
        return context, Set(line.number, line.event, (CONTEXT,), context, free=True)

    def _contexts(
        self, line: Line, event: Event, context: Context, configuration: Configuration, fixed: bool
    ) -> Iterator[tuple[list[tuple[Change, int]], Context]]:
        """Yield changes to keys of the context, each with its doubt, and the resulting context."""
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
            whole, written = self._new_context(line, event)
            yield [(written, costs.WRITTEN)], whole
            return
        types = event.key_types
        if not faults:
            yield [], context
            for key in sorted(self.walker.reads(event.name) & set(types)):
                for way in self._key_changes(event, key, types[key], configuration, context or {}):
                    yield [self._change(line, key, way)], _applied(context, key, way)
            return
        found = {
            fault.key: list(
                self._key_changes(event, fault.key, types[fault.key], configuration, context or {})
            )
            for fault in faults
        }
        for chosen in varied(found):
            other = context
            for key, way in chosen.items():
                other = _applied(other, key, way)
            yield [self._change(line, key, way) for key, way in chosen.items()], other

    def _key_changes(
        self,
        event: Event,
        key: str,
        of: t.Type,
        configuration: Configuration,
        context: Mapping[str, Any],
    ) -> Iterator[_KeyChange]:
        """Yield the changes of one key."""
        denied = key in context and t.accepts(of, context[key])
        cost = costs.DENIED_VALUE if denied else 0
        kept = None if denied else nearest(of, context.get(key))
        if kept is not None and t.accepts(of, kept):
            yield _KeyChange(True, kept, True, costs.WRITTEN)
        for value in self.values.candidates(
            event, key, of, configuration, self.insertions.near(key)
        ):
            if key in context and context[key] == value.value and denied:
                continue
            doubt = cost + (0 if value.told else costs.INVENTED)
            yield _KeyChange(True, value.value, value.free, doubt if denied else costs.WRITTEN)
        if key in context and isinstance(of, t.Optional):
            # An unreadable value still shows that there was a value, so its removal has a doubt.
            yield _KeyChange(False, None, False, cost + costs.DENIED_VALUE)

    @staticmethod
    def _change(line: Line, key: str, way: _KeyChange) -> tuple[Change, int]:
        path = CONTEXT, key
        if not way.present:
            return Unset(line.number, line.event, path), way.doubt
        return Set(line.number, line.event, path, way.value, way.free), way.doubt


def _applied(context: Context, key: str, way: _KeyChange) -> Context:
    changed = dict(context or {})
    if way.present:
        changed[key] = way.value
    else:
        changed.pop(key, None)
    return changed
