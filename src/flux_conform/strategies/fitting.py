"""Contexts that an event can bear where a log stands: those to which the rules say nothing.

A context drawn by its types alone would seldom do: a dependency that is removed must be one that
was added. So the values that a specification compares a key with, members of collections, results
of arithmetic, plain constants, are put in the place of what was drawn, and each context so made is
tried on the machine itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice, product
from typing import Any, NamedTuple

from hypothesis.strategies import SearchStrategy

from flux_conform.checking.finding import NOTE
from flux_conform.language import types as t
from flux_conform.language.equality import distinct
from flux_conform.language.expressions import Binary, Key, Name, Node, walk
from flux_conform.language.specification import (
    ANY_EVENT,
    MOVES,
    STAYS,
    TypedContext,
)
from flux_conform.language.values import Bag
from flux_conform.machine.configuration import Configuration
from flux_conform.machine.evaluate import Evaluator, Moment, compile_expression
from flux_conform.machine.judged import judged_expressions
from flux_conform.machine.step import Machine
from flux_conform.strategies.type_values import Context, example_of

_MOST_VARIANTS = 256
"""So many variants of a context are tried at most."""

_MOST_MEMBERS = 8
"""So many members of a collection are put into contexts."""

_ABSENT = object()
"""In the place of a key's value: the key is left out."""


class _Compared(NamedTuple):
    """A key, its type, and what the specification compares it with."""

    key: str
    type: t.Type
    values: tuple[Evaluator, ...]


class Fitting:
    """The contexts of one event.

    `fixed` are keys that have a value, or draw theirs from a strategy of their own; None leaves
    the key out.
    """

    def __init__(self, machine: Machine, name: str, fixed: Mapping[str, Any]) -> None:
        self._machine = machine
        self._name = name
        drawn = {key for key, value in fixed.items() if isinstance(value, SearchStrategy)}
        self._drawn = frozenset(drawn)
        self._fixed = {key: value for key, value in fixed.items() if key not in drawn}
        self._event = machine.event(name)
        self._compared = tuple(self._keys())
        self.plain = self._plain()

    @property
    def draws_keys(self) -> bool:
        """Whether a key draws its value from a strategy of its own."""
        return bool(self._drawn)

    def is_possible(self, configuration: Configuration) -> bool:
        """Whether the event may come next, with one context or another."""
        return any(
            self._admits(configuration, variant) is not None
            for variant in self._variants(configuration, self.plain, self._compared)
        )

    def choices(self, configuration: Configuration, context: Context) -> list[Context]:
        """The variants of a context with which the event may come next.

        A context as it was given comes first. Variants that a checker makes a note of are left
        out, unless there are no others.
        """
        found: dict[bool, list[Context]] = {True: [], False: []}
        for variant in self.variants(configuration, context):
            is_clean = self._admits(configuration, variant)
            if is_clean is not None:
                found[is_clean].append(variant)
        return found[True] or found[False]

    def _admits(self, configuration: Configuration, context: Context) -> bool | None:
        """Whether nothing is said to the event; None where a rule above a note forbids it."""
        step = self._machine.step(configuration, self._name, context)
        if step.outcome not in (MOVES, STAYS):
            return None
        if any(breach.rule.level != NOTE for breach in step.breaches):
            return None
        return not step.breaches

    def variants(self, configuration: Configuration, context: Context) -> Iterator[Context]:
        """A context, and others in which keys have values that the specification asks about."""
        free = [compared for compared in self._compared if compared.key not in self._drawn]
        return self._variants(configuration, context, free)

    def _variants(
        self, configuration: Configuration, context: Context, free: Sequence[_Compared]
    ) -> Iterator[Context]:
        if not free or context is None:
            # Hypothesis would show the very object that it drew as the call which made it.
            yield context and dict(context)
            return
        moment = Moment(
            values=configuration.values,
            state=configuration.state,
            seen=configuration.seen,
            event=self._name,
            first=configuration.generation is None,
        )
        keys = [compared.key for compared in free]
        options = [_options(compared, moment, context) for compared in free]
        for values in islice(product(*options), _MOST_VARIANTS):
            changed = {**context, **dict(zip(keys, values, strict=True))}
            yield {key: value for key, value in changed.items() if value is not _ABSENT}

    def _keys(self) -> Iterator[_Compared]:
        context = self._event.context
        types = dict(context.keys) if isinstance(context, TypedContext) else {}
        found: dict[str, list[Node]] = {key: [] for key in types if key not in self._fixed}
        of_variables: dict[str, list[Node]] = {}
        for event, tree in judged_expressions(self._machine.specification):
            for side, other in _comparisons(tree):
                if isinstance(side, Name):
                    of_variables.setdefault(side.name, []).append(other)
                elif event in (self._event.name, ANY_EVENT) and side.name in found:
                    found[side.name].append(other)
        # What a variable takes from a key will be held against what the variable is.
        for variable, effect in self._event.effects:
            for node in walk(effect.tree):
                if isinstance(node, Key) and node.name in found:
                    found[node.name] += of_variables.get(variable, [])
        for key, terms in found.items():
            if terms:
                values = tuple(compile_expression(term, {}) for term in terms)
                yield _Compared(key, types[key], values)

    def _plain(self) -> Context:
        event = self._event
        is_asked = isinstance(event.context, TypedContext) and event.context.required
        plain = example_of(event) if is_asked or event.example is not None else None
        for key, value in self._fixed.items():
            plain = {**(plain or {}), key: value}
        return plain and {key: value for key, value in plain.items() if value is not None}


def _comparisons(tree: Node) -> Iterator[tuple[Key | Name, Node]]:
    """The keys and variables that an expression holds against what reads no key, and that."""
    for node in walk(tree):
        if isinstance(node, Binary):
            for side, other in ((node.left, node.right), (node.right, node.left)):
                if isinstance(side, Key | Name) and not _reads_a_key(other):
                    yield side, other


def _reads_a_key(tree: Node) -> bool:
    return any(isinstance(node, Key) for node in walk(tree))


def _options(compared: _Compared, moment: Moment, context: Mapping[str, Any]) -> list[Any]:
    """What may stand under a key: first what stands there."""
    found = [context.get(compared.key, _ABSENT)]
    for evaluate in compared.values:
        value = evaluate(moment)
        if isinstance(value, Bag):
            members = value.some(_MOST_MEMBERS)
        else:
            members = value if isinstance(value, list) else [value]
        found += [member for member in members if t.accepts(compared.type, member)]
    if isinstance(compared.type, t.Optional):
        found.append(_ABSENT)
    return distinct(found)
