"""The events that a repair may insert, derived from the machine."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain
from typing import Any, NamedTuple, TypeVar

from flux_conform.language import types as t
from flux_conform.language.expressions import About, expand, walk
from flux_conform.language.specification import MOVES, Event, Specification, TypedContext
from flux_conform.machine.configuration import Configuration
from flux_conform.machine.judged import judged_variables
from flux_conform.machine.values import ordinary
from flux_conform.repair import costs
from flux_conform.repair.key_values import Value, Values
from flux_conform.repair.log_lines import Line
from flux_conform.repair.walker import Happening, Walker

Context = dict[str, Any] | None
_Choice = TypeVar("_Choice")

_MAX_NEARBY = 8
"""Maximum number of nearby values per key that are tried elsewhere."""


class Insertion(NamedTuple):
    """An event to insert: its number, its context, and the keys whose values are examples."""

    happening: int
    context: Context
    free: tuple[str, ...]
    doubt: int


class Insertions:
    """The events that may be inserted, and values found near the lines that fail."""

    def __init__(self, walker: Walker) -> None:
        self.walker = walker
        self.machine = walker.machine
        self.values = Values(walker.machine)
        rows = walker.machine.specification.transitions
        self.state_changing = frozenset(row.event for row in rows if row.outcome == MOVES)
        self._near: dict[str, list[Any]] = {}
        self._near_key: object = ()
        self._relevant = relevant_events(walker)
        self._insertions: dict[object, tuple[Insertion, ...]] = {}
        self._always: dict[str, tuple[Insertion, ...]] = {}

    def forget_nearby(self) -> None:
        """Forget the nearby values, before another log."""
        self._near = {}
        self._near_key = ()

    def add_nearby(self, lines: Iterable[Line], configurations: Iterable[int] = ()) -> None:
        """Collect the values of lines that fail, and of the configurations before them.

        Such a value may be the one that is missing in another line.
        """
        for line in lines:
            if not line.context or line.event is None:
                continue
            event = self.machine.event(line.event)
            for key in self.walker.reads(event.name):
                if self.values.depend(event, key):
                    self._collect(key, line.context.get(key))
        for number in configurations:
            configuration = self.walker.configurations[number]
            for event in self._relevant:
                for key in self.walker.reads(event.name):
                    for member in self.values.members(event, key, configuration):
                        self._collect(key, member)
        self._near_key = tuple((key, *values) for key, values in self._near.items())

    def near(self, key: str) -> Sequence[Any]:
        """Return the values collected for a key."""
        return self._near.get(key, ())

    def _collect(self, key: str, value: Any) -> None:
        found = self._near.setdefault(key, [])
        if isinstance(value, str | int) and value not in found and len(found) < _MAX_NEARBY:
            found.append(value)

    def at(self, number: int) -> tuple[Insertion, ...]:
        """Return the events that may be inserted in a configuration."""
        key = number, self._near_key
        if key not in self._insertions:
            configuration = self.walker.configurations[number]
            found = (self._of(event, configuration) for event in self._relevant)
            self._insertions[key] = tuple(chain.from_iterable(found))
        return self._insertions[key]

    def _of(self, event: Event, configuration: Configuration) -> Iterable[Insertion]:
        if event.name in self._always:
            return self._always[event.name]
        insertions = tuple(self._generate(event, configuration))
        if not any(self.values.depend(event, key) for key in self.walker.reads(event.name)):
            self._always[event.name] = insertions
        return insertions

    def _generate(self, event: Event, configuration: Configuration) -> Iterator[Insertion]:
        types = event.key_types
        needed = [key for key, of in types.items() if not isinstance(of, t.Optional)]
        if not isinstance(event.context, TypedContext):
            yield self._insertion(event, None, (), 0)
            return
        if not isinstance(event.context.type, t.Record):
            example = self.values.example(event) or ordinary(event.context.type, least=True)
            yield self._insertion(event, example, tuple(example), len(example))
            return
        reads = self.walker.reads(event.name)
        shown = self.values.example(event)
        read_too = [key for key in types if key in reads and key in shown and key not in needed]
        for keys in [needed, [key for key in types if key in (*needed, *read_too)]]:
            choices = {
                key: list(
                    self.values.candidates(event, key, types[key], configuration, self.near(key))
                    if key in reads
                    else []
                )
                or [Value(self.values.usual(event, key, types[key]), told=False, free=True)]
                for key in keys
            }
            for chosen in varied(choices):
                context = {key: value.value for key, value in chosen.items()}
                invented = sum(not value.told for value in chosen.values())
                free = tuple(key for key, value in chosen.items() if value.free)
                yield self._insertion(event, context or None, free, invented)
            if not read_too:
                return

    def _insertion(
        self, event: Event, context: Context, free: tuple[str, ...], invented: int
    ) -> Insertion:
        number = self.walker.happening(Happening(event.name, context))
        return Insertion(number, context, free, costs.INVENTED * (1 + invented))


def varied(choices: Mapping[str, Sequence[_Choice]]) -> Iterator[dict[str, _Choice]]:
    """Yield the first choice of every key, then each other choice of one key."""
    first = {key: values[0] for key, values in choices.items()}
    yield first
    for key, values in choices.items():
        for value in values[1:]:
            yield {**first, key: value}


def relevant_events(walker: Walker) -> list[Event]:
    """Return the events that can influence a binding rule, a guard or a transition."""
    whole = walker.machine.specification
    grave = whole._replace(rules=tuple(rule for rule in whole.rules if walker.is_grave(rule)))
    judged = judged_variables(grave)
    names = {row.event for row in whole.transitions if row.outcome == MOVES}
    names |= {rule.supplies for rule in grave.rules if rule.supplies is not None}
    names |= _tested_by_seen(grave)
    return [
        event
        for event in whole.events
        if not event.is_family
        and (event.name in names or any(variable in judged for variable, _ in event.effects))
    ]


def _tested_by_seen(specification: Specification) -> set[str]:
    """Return the events that a guard, a rule or an effect tests with `seen`."""
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
