"""Finds contexts that an event may have at a point in a log: those that break no rule there.

A context drawn by its types alone would seldom be allowed: a dependency that is removed must have
been added. So the drawn values are replaced by those that the specification compares a key with
(members of collections, results of arithmetic, constants), and each resulting context is tried on
the machine.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice, product
from typing import Any, NamedTuple

from hypothesis.strategies import SearchStrategy

from flux_conform.language import types as t
from flux_conform.language.bag import Bag
from flux_conform.language.equality import distinct
from flux_conform.language.expressions import Binary, Key, Name, Node, walk
from flux_conform.language.levels import NOTE
from flux_conform.language.specification import ANY_EVENT, MOVES, STAYS, TypedContext
from flux_conform.machine.configuration import Configuration
from flux_conform.machine.evaluate import Evaluator, Moment, compile_expression
from flux_conform.machine.judged import judged_expressions
from flux_conform.machine.step import Machine
from flux_conform.strategies.type_values import Context, example_of

_MOST_VARIANTS = 256
"""Maximum number of variants of a context that are tried."""

_MOST_MEMBERS = 8
"""Maximum number of members of one collection that are tried as values."""

_ABSENT = object()
"""Marks a key that is left out of the context."""


class _Compared(NamedTuple):
    """A key, its type, and the expressions that the specification compares it with."""

    key: str
    type: t.Type
    values: tuple[Evaluator, ...]


class AllowedContexts:
    """The allowed contexts of one event, for any configuration.

    `fixed` gives keys a value, or a strategy that draws their values; None leaves the key out.
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
        """Whether a key draws its value from a strategy of the user."""
        return bool(self._drawn)

    def is_possible(self, configuration: Configuration) -> bool:
        """Whether the event is allowed next, with some context."""
        return any(
            self._admits(configuration, variant) is not None
            for variant in self._variants(configuration, self.plain, self._compared)
        )

    def choices(self, configuration: Configuration, context: Context) -> list[Context]:
        """Return the variants of a context with which the event is allowed next.

        The unchanged context comes first. Variants that cause a note are left out, unless there are
        no others.
        """
        found: dict[bool, list[Context]] = {True: [], False: []}
        for variant in self.variants(configuration, context):
            is_clean = self._admits(configuration, variant)
            if is_clean is not None:
                found[is_clean].append(variant)
        return found[True] or found[False]

    def _admits(self, configuration: Configuration, context: Context) -> bool | None:
        """Whether the event causes no finding; None if it breaks a rule above the level note."""
        step = self._machine.step(configuration, self._name, context)
        if step.outcome not in (MOVES, STAYS):
            return None
        if any(breach.rule.level != NOTE for breach in step.breaches):
            return None
        return not step.breaches

    def variants(self, configuration: Configuration, context: Context) -> Iterator[Context]:
        """Yield a context, then variants with values that the specification compares keys with."""
        free = [compared for compared in self._compared if compared.key not in self._drawn]
        return self._variants(configuration, context, free)

    def _variants(
        self, configuration: Configuration, context: Context, free: Sequence[_Compared]
    ) -> Iterator[Context]:
        """Yield a context with combinations of values for the keys in `free`, up to a limit."""
        if not free or context is None:
            # Of an object that it drew, Hypothesis prints the call that made it; of a copy, the
            # value.
            yield context and dict(context)
            return
        moment = configuration.moment(self._name)
        keys = [compared.key for compared in free]
        options = [_options(compared, moment, context) for compared in free]
        for values in islice(product(*options), _MOST_VARIANTS):
            changed = {**context, **dict(zip(keys, values, strict=True))}
            yield {key: value for key, value in changed.items() if value is not _ABSENT}

    def _keys(self) -> Iterator[_Compared]:
        """Yield the keys of the event that the specification compares with something."""
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
        # A variable that takes its value from a key is compared later in place of the key.
        for variable, effect in self._event.effects:
            for node in walk(effect.tree):
                if isinstance(node, Key) and node.name in found:
                    found[node.name] += of_variables.get(variable, [])
        for key, terms in found.items():
            if terms:
                values = tuple(compile_expression(term, {}) for term in terms)
                yield _Compared(key, types[key], values)

    def _plain(self) -> Context:
        """Return the example context of the event, with the fixed values."""
        event = self._event
        is_required = isinstance(event.context, TypedContext) and event.context.required
        plain = example_of(event) if is_required or event.example is not None else None
        for key, value in self._fixed.items():
            plain = {**(plain or {}), key: value}
        return plain and {key: value for key, value in plain.items() if value is not None}


def _comparisons(tree: Node) -> Iterator[tuple[Key | Name, Node]]:
    """Yield each comparison of a key or a variable with an operand that reads no key."""
    for node in walk(tree):
        if isinstance(node, Binary):
            for side, other in ((node.left, node.right), (node.right, node.left)):
                reads_a_key = any(isinstance(each, Key) for each in walk(other))
                if isinstance(side, Key | Name) and not reads_a_key:
                    yield side, other


def _options(compared: _Compared, moment: Moment, context: Mapping[str, Any]) -> list[Any]:
    """Return values to try for a key: first the one of the context."""
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
