"""Steps of a machine, remembered: an event does the same wherever what it reads is the same."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from flux_conform.language.equality import value_key
from flux_conform.language.expressions import About, Name, Node, expand, walk
from flux_conform.language.specification import ANY_EVENT, Event
from flux_conform.machine.configuration import Configuration, Step
from flux_conform.machine.evaluate import Value
from flux_conform.machine.step import Machine
from flux_conform.suite.making.telling_events import Logged

_SEEN = "seen"


class _Reads(NamedTuple):
    """What an event's outcome, its rules and its effects read beside the state and the context."""

    values: tuple[str, ...]
    seen: tuple[str, ...]


class _Done(NamedTuple):
    """A step, by what it changes."""

    step: Step
    values: dict[str, Value]
    seen: frozenset[str]


class Recall:
    """The steps of a machine. What a breach tells of values may be of another configuration."""

    def __init__(self, machine: Machine) -> None:
        self._machine = machine
        self._reads: dict[str, _Reads] = {}
        self._done: dict[object, _Done] = {}

    def step(self, before: Configuration, logged: Logged) -> Step:
        """What an event does in a configuration, as the machine's own step has it."""
        event = self._machine.event(logged.name)
        if event.name not in self._reads:
            self._reads[event.name] = self._reads_of(event)
        reads = self._reads[event.name]
        key = (
            logged,
            before.state,
            before.generation,
            event.name in before.seen,
            tuple(name in before.seen for name in reads.seen),
            tuple(value_key(before.values[name]) for name in reads.values),
        )
        if key not in self._done:
            step = taken(self._machine, before, logged)
            after = step.after.values
            changed = {n: v for n, v in after.items() if v is not before.values[n]}
            self._done[key] = _Done(step, changed, step.after.seen - before.seen)
        step, changed, seen = self._done[key]
        after_it = Configuration(
            step.after.state,
            step.after.generation,
            {**before.values, **changed} if changed else before.values,
            before.seen | seen if seen else before.seen,
        )
        return Step(step.outcome, after_it, step.breaches, step.transition)

    def _reads_of(self, event: Event) -> _Reads:
        kept = self._machine.initial.values
        values: dict[str, None] = {}
        seen: dict[str, None] = {}
        for tree in self._trees(event):
            for node in walk(tree):
                if isinstance(node, Name) and node.name in kept:
                    values[node.name] = None
                elif isinstance(node, About) and node.function == _SEEN:
                    seen[node.name] = None
        return _Reads(tuple(values), tuple(seen))

    def _trees(self, event: Event) -> Iterator[Node]:
        specification = self._machine.specification
        for rule in specification.rules:
            if {event.name, ANY_EVENT} & set(rule.on):
                yield self._expanded(rule.require.tree)
        for row in specification.transitions:
            if row.event == event.name and row.when is not None:
                yield self._expanded(row.when.tree)
        for generation in specification.generations:
            if generation.on == event.name and generation.when is not None:
                yield self._expanded(generation.when.tree)
        for name, effect in event.effects:
            if name in self._machine.initial.values:
                yield self._expanded(effect.tree)

    def _expanded(self, tree: Node) -> Node:
        return expand(tree, self._machine.definitions)


def taken(machine: Machine, before: Configuration, logged: Logged) -> Step:
    """What an event does in a configuration."""
    context = logged.value
    if logged.context is not None and not isinstance(context, dict):
        return machine.step(before, logged.name, None, context_is_object=False)
    return machine.step(before, logged.name, context)
