"""The events that a repair may insert, and the forms that it may give to an event that is there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from flux_conform.conformance.machine import (
    Configuration,
    context_faults,
    judged_variables,
)
from flux_conform.conformance.mending import costs
from flux_conform.conformance.mending.changes import (
    CONTEXT,
    TIMESTAMP,
    Change,
    EndLine,
    Set,
    Unset,
)
from flux_conform.conformance.mending.lines import Line
from flux_conform.conformance.mending.values import Value, Values, key_types, ordinary
from flux_conform.conformance.mending.walker import Happening, Walker
from flux_conform.model import types as t
from flux_conform.model.expressions import About, expand, walk
from flux_conform.model.specification import (
    MOVES,
    EmptyContext,
    Event,
    Specification,
    TypedContext,
    UndefinedContext,
)

Context = dict[str, Any] | None


_NEAR = 8
"""Of the values that lines bear under one key so many are tried elsewhere."""


class Letter(NamedTuple):
    """An event to insert: its number, and the keys whose values are invented."""

    happening: int
    context: Context
    invented: tuple[str, ...]
    doubt: int


class Form(NamedTuple):
    """A line as it could have been: changes to its values, and the number of its event then."""

    happening: int
    changes: tuple[Change, ...]
    doubt: int


class _Key(NamedTuple):
    """A way to write one key: its value, or none where it is left out."""

    present: bool
    value: Any
    told: bool
    doubt: int


class Letters:
    """What may be inserted or rewritten, by the machine's own account of its events."""

    def __init__(self, walker: Walker) -> None:
        self.walker = walker
        self.machine = walker.machine
        self.values = Values(walker.machine)
        rows = walker.machine.specification.transitions
        self.driving = frozenset(row.event for row in rows if row.outcome == MOVES)
        self._near: dict[str, list[Any]] = {}
        self._near_key: object = ()
        self._telling = telling_events(walker)
        self._letters: dict[object, tuple[Letter, ...]] = {}
        self._always: dict[str, tuple[Letter, ...]] = {}

    def forget_near(self) -> None:
        """Another log begins."""
        self._near = {}
        self._near_key = ()

    def add_near(self, lines: Iterable[Line], configurations: Iterable[int] = ()) -> None:
        """What lines bear, and configurations hold, where something breaks.

        It may be missing elsewhere.
        """
        for line in lines:
            if not line.context or line.event is None:
                continue
            event = self.machine.event(line.event)
            for key in self.walker.reads(event.name):
                if self.values.depend(event, key):
                    self._note(key, line.context.get(key))
        for number in configurations:
            configuration = self.walker.configurations[number]
            for event in self._telling:
                for key in self.walker.reads(event.name):
                    for member in self.values.members(event, key, configuration):
                        self._note(key, member)
        self._near_key = tuple((key, *values) for key, values in self._near.items())

    def _note(self, key: str, value: Any) -> None:
        found = self._near.setdefault(key, [])
        if isinstance(value, str | int) and value not in found and len(found) < _NEAR:
            found.append(value)

    def at(self, number: int) -> tuple[Letter, ...]:
        """The events that may be inserted in a configuration."""
        key = number, self._near_key
        if key not in self._letters:
            configuration = self.walker.configurations[number]
            self._letters[key] = tuple(
                letter for event in self._telling for letter in self._of(event, configuration)
            )
        return self._letters[key]

    def _of(self, event: Event, configuration: Configuration) -> Iterable[Letter]:
        if event.name in self._always:
            return self._always[event.name]
        letters = tuple(self._made(event, configuration))
        if not any(self.values.depend(event, key) for key in self.walker.reads(event.name)):
            self._always[event.name] = letters
        return letters

    def _made(self, event: Event, configuration: Configuration) -> Iterator[Letter]:
        types = key_types(event)
        needed = [key for key, of in types.items() if not isinstance(of, t.Optional)]
        if not isinstance(event.context, TypedContext):
            yield self._letter(event, None, ())
            return
        if not isinstance(event.context.type, t.Record):
            example = self.values.example(event) or ordinary(event.context.type)
            yield self._letter(event, example, tuple(example))
            return
        reads = self.walker.reads(event.name)
        shown = self.values.example(event)
        read_too = [key for key in types if key in reads and key in shown and key not in needed]
        for keys in [needed, [key for key in types if key in (*needed, *read_too)]]:
            choices = {
                key: list(
                    self.values.candidates(
                        event, key, types[key], configuration, self._near.get(key, ())
                    )
                    if key in reads
                    else []
                )
                or [Value(self.values.usual(event, key, types[key]), told=False)]
                for key in keys
            }
            first = {key: values[0] for key, values in choices.items()}
            varied = [first]
            for key, values in choices.items():
                varied += [{**first, key: value} for value in values[1:]]
            for chosen in varied:
                context = {key: value.value for key, value in chosen.items()}
                invented = tuple(key for key, value in chosen.items() if not value.told)
                yield self._letter(event, context or None, invented)
            if not read_too:
                return

    def _letter(self, event: Event, context: Context, invented: tuple[str, ...]) -> Letter:
        number = self.walker.happening(Happening(event.name, context))
        return Letter(number, context, invented, costs.INVENTED * (1 + len(invented)))

    # Lines that are there

    def forms(self, line: Line, number: int) -> Iterator[Form]:
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
                    changes.append(Set(line.number, line.event, (TIMESTAMP,), None, invented=True))
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
        return context, Set(line.number, line.event, (CONTEXT,), context, invented=True)

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
        for value in self.values.candidates(event, key, of, configuration, self._near.get(key, ())):
            if key in context and context[key] == value.value and denied:
                continue
            doubt = cost + (0 if value.told else costs.INVENTED)
            yield _Key(True, value.value, value.told, doubt if denied else costs.WRITTEN)
        if key in context and isinstance(of, t.Optional):
            # A value that cannot be read still tells that there was one.
            yield _Key(False, None, True, cost + costs.DENIED_VALUE)

    @staticmethod
    def _change(line: Line, key: str, way: _Key) -> tuple[Change, int]:
        path = CONTEXT, key
        if not way.present:
            return Unset(line.number, line.event, path), way.doubt
        return Set(line.number, line.event, path, way.value, not way.told), way.doubt


def telling_events(walker: Walker) -> list[Event]:
    """The events that can change what a rule that counts, a guard or an outcome looks at."""
    whole = walker.machine.specification
    grave = whole._replace(rules=tuple(rule for rule in whole.rules if walker.is_grave(rule)))
    judged = judged_variables(grave)
    names = {row.event for row in whole.transitions if row.outcome == MOVES}
    names |= {rule.supplies for rule in grave.rules if rule.supplies is not None}
    names |= _asked_for(grave)
    return [
        event
        for event in whole.events
        if not event.is_family
        and (event.name in names or any(variable in judged for variable, _ in event.effects))
    ]


def _asked_for(specification: Specification) -> set[str]:
    """The events of which a guard, a rule or an effect asks whether they were seen."""
    table = specification.definition_table
    trees = [rule.require.tree for rule in specification.rules]
    trees += [row.when.tree for row in specification.transitions if row.when is not None]
    trees += [effect.tree for event in specification.events for _, effect in event.effects]
    return {
        node.name
        for tree in trees
        for node in walk(expand(tree, table))
        if isinstance(node, About) and node.function == "seen"
    }


def _with(context: Context, key: str, way: _Key) -> Context:
    changed = dict(context or {})
    if way.present:
        changed[key] = way.value
    else:
        changed.pop(key, None)
    return changed
