"""What a program may heed by mistake: the state, a variable, an earlier event, a key."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from flux_conform.language import types as t
from flux_conform.language.expressions import (
    About,
    Binary,
    Call,
    Constant,
    Key,
    Name,
    Node,
    Not,
    show,
)
from flux_conform.language.specification import Event, Specification
from flux_conform.machine.constants import Constants
from flux_conform.machine.slice import slice_of
from flux_conform.mutation.faulty_parts import has

STATE, VARIABLE, SEEN, KEY = "state", "variable", "seen", "key"

_MOST_VALUES = 8


class Condition(NamedTuple):
    """A condition at an event, of one of the kinds above; `state` is the state that it names."""

    kind: str
    tree: Node
    state: str | None = None

    @property
    def text(self) -> str:
        """The condition in the specification language."""
        return show(self.tree)


class Conditions:
    """The conditions of a specification."""

    def __init__(self, specification: Specification) -> None:
        self._specification = specification
        self._constants = Constants(slice_of(specification, specification.today.name))
        self.general = (*self._states(), *self._variables(), *self._seen())
        """Those that can be asked at any event, and at the end."""

    def at(self, event: Event) -> Iterator[Condition]:
        """Those that can be asked at an event, of its keys too."""
        yield from self.general
        for key, of in event.key_types.items():
            if isinstance(of, t.Optional):
                yield Condition(KEY, Not(has(Key(key))))
            for value in self._values(event, key, t.present(of)):
                yield Condition(KEY, Binary("==", Key(key), Constant(value)))
            for variable in self._specification.variables:
                inner = t.present(of)
                if type(t.present(variable.type)) is type(inner) and _is_plain(inner):
                    yield Condition(KEY, Binary("==", Key(key), Name(variable.name)))

    def _states(self) -> Iterator[Condition]:
        for state in self._specification.machine_states:
            if not state.final:
                tree = Binary("==", Name("state"), Constant(state.name))
                yield Condition(STATE, tree, state.name)

    def _variables(self) -> Iterator[Condition]:
        for variable in self._specification.variables:
            name, of = Name(variable.name), variable.type
            match of:
                case t.Boolean():
                    yield Condition(VARIABLE, name)
                case t.SetOf() | t.BagOf() | t.ListOf() | t.Object():
                    yield Condition(VARIABLE, Not(_empty(name)))
                case t.Optional():
                    yield Condition(VARIABLE, has(name))
            for value in dict.fromkeys(self._constants.of_variable(variable.name)):
                if _fits(t.present(of), value):
                    yield Condition(VARIABLE, Binary("==", name, Constant(value)))

    def _seen(self) -> Iterator[Condition]:
        for event in self._specification.events:
            if not event.is_family:
                yield Condition(SEEN, About("seen", event.name))

    def _values(self, event: Event, key: str, of: t.Type) -> list[bool | int | str]:
        """Values of a key that a program may take for special."""
        found: dict[bool | int | str, None] = {}
        if isinstance(of, t.Boolean):
            return [False, True]
        if isinstance(of, t.Integer):
            ends = [end for end in (of.low, of.high) if end is not None]
            found.update(dict.fromkeys([0, *ends]))
        for value in self._constants.of_key(event.name, key):
            if value is not None and _fits(of, value):
                found[value] = None
        return list(found)[:_MOST_VALUES]


def _empty(tree: Node) -> Node:
    return Call("empty", (tree,))


def _fits(of: t.Type, value: object) -> bool:
    return isinstance(value, bool | int | str) and _is_plain(of) and t.accepts(of, value)


def _is_plain(of: t.Type) -> bool:
    return isinstance(of, t.Integer | t.String)
