"""A slice's configurations as tuples of truths and whole numbers, its components."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import product
from typing import Any

import z3

from flux_conform.language.expressions import Binary, Key, show, walk
from flux_conform.machine.slice import EventSlice, Slice
from flux_conform.machine.symbolic.components import (
    Component,
    component,
    layout,
    load,
    name_outside,
    store,
)
from flux_conform.machine.symbolic.expression_terms import Fault, Scene
from flux_conform.machine.symbolic.groups import Group, Untranslatable, groups_of
from flux_conform.machine.symbolic.logic import boolean, same
from flux_conform.machine.symbolic.members import BagTerm, Collections, Element, SetTerm
from flux_conform.machine.symbolic.symbols import NONE, Codes, Symbol, Text, lifted

STATE, STARTED = "state", "started"


class Configurations:
    """The components of a slice, and expressions over them.

    Raises Untranslatable where the slice says what the proofs cannot speak of.
    """

    def __init__(self, slice_: Slice) -> None:
        self.slice = slice_
        self.specification = slice_.specification
        self.codes = Codes(slice_)
        self.groups = groups_of(slice_)
        self._types = {variable.name: variable.type for variable in slice_.variables}
        self.components = {item.name: item for item in self._components()}
        self.loose = tuple(name for group in self.groups if group.loose for name in group.names)
        self.values_before = {name: item.before for name, item in self.components.items()}
        self.before = self.scene(self.values_before)
        self._events = {item.event.name: item for item in slice_.events}

    def start(self) -> list[Any]:
        """What holds of the configuration before the first event."""
        return [boolean(same(item.before, item.start)) for item in self.components.values()]

    def scene(
        self,
        values: Mapping[str, Any],
        *,
        event: Any = -1,
        keys: Mapping[str, Symbol] | None = None,
        elements: Mapping[Group, Element] | None = None,
        faults: Mapping[str, Fault] | None = None,
    ) -> Scene:
        """The values as a scene for expressions; without an event, none has come."""
        collections = Collections(self.groups, values.__getitem__, self.codes.of, elements or {})
        return Scene(
            self.codes,
            values[STATE],
            values[STARTED],
            event,
            lambda asked: values[show(asked)],
            lambda name: self.variable(name, values, collections),
            keys or {},
            collections,
            faults or {},
        )

    def variable(self, name: str, values: Mapping[str, Any], collections: Collections) -> Symbol:
        """The value of a variable in a configuration."""
        return load(name, self._types[name], values, collections)

    def stored(self, taken: Mapping[str, Symbol], scene: Scene) -> dict[str, Any]:
        """The components of variables that have taken values."""
        after: dict[str, Any] = {}
        collections: dict[str, SetTerm | BagTerm] = {}
        for name, value in taken.items():
            if isinstance(value, SetTerm | BagTerm):
                collections[name] = value
            else:
                after.update(store(name, self._types[name], value))
        for group in self.groups:
            if any(name in collections for name in group.names):
                whole = {
                    name: collections.get(name) or scene.collections.value(name)
                    for name in group.names
                }
                after.update(scene.collections.after(group, whole))
        return after

    # Events

    def _event_name(self, item: EventSlice) -> tuple[Any, list[Any]]:
        """The code of the event's name, and what must hold for it to be one of a family."""
        if not item.event.is_family:
            return self.codes.of(item.event.name), []
        events = self.specification.events
        listed = [event.name for event in events if not event.is_family]
        return name_outside(listed, self.codes)

    def _elements(
        self, item: EventSlice, keys: Mapping[str, Symbol], own: tuple[bool, ...] | None
    ) -> dict[Group, Element]:
        key = self.description_key(item.event.name)
        value = lifted(keys.get(key, NONE)) if key is not None else NONE
        if key is None or value.of is None:
            return {}
        if not isinstance(value.of, Text):
            raise Untranslatable(f"the description .{key} of {item.event.name} is no string")
        elements = {}
        for group in self._groups_at(item, key):
            held = (
                tuple(z3.FreshBool(f"held({name})") for name in group.names)
                if own is None
                else own[: len(group.names)]
            )
            elements[group] = Element(key, value.of.code, held)
        return elements

    def _groups_at(self, item: EventSlice, key: str) -> list[Group]:
        names = {
            name
            for tree in item.trees
            for node in walk(tree)
            if isinstance(node, Binary)
            for name in _touched(node, key, {n for group in self.groups for n in group.names})
        }
        return [group for group in self.groups if names & set(group.names)]

    def description_key(self, event: str) -> str | None:
        """The key that bears the description which an event adds, removes or asks for."""
        item = self._events[event]
        keys = item.keys
        names = {name for group in self.groups for name in group.names}
        for tree in item.trees:
            for node in walk(tree):
                if isinstance(node, Binary):
                    for key in keys:
                        if _touched(node, key, names):
                            return key
        return None

    def classes_at(self, event: str) -> list[tuple[bool, ...]]:
        """The classes that the description of an event can have, strings in no set included."""
        key = self.description_key(event)
        groups = [] if key is None else self._groups_at(self._events[event], key)
        if not groups:
            return []
        width = max(len(group.names) for group in groups)
        return list(product((True, False), repeat=width))

    # Components

    def _components(self) -> Iterator[Component]:
        yield component(STATE, "state", self.codes.of(self.specification.initial.name))
        yield component(STARTED, "flag", False)
        for name in self.slice.seen:
            yield component(f"seen({name})", "flag", False)
        for name in self.slice.visited:
            yield component(f"visited({name})", "flag", False)
        yield from self._data()

    def _data(self) -> Iterator[Component]:
        parts = [part for item in self.slice.variables for part in layout(item.name, item.type)]
        parts += [part for group in self.groups for part in group.components()]
        starts = {
            part: value
            for item in self.slice.variables
            if item.start is not None
            for part, value in self._starting(item.name, item.start)
        }
        for name, kind in parts:
            yield component(name, kind, starts.get(name, False if kind == "flag" else 0))

    def _starting(self, name: str, start: bool | float | str) -> Iterator[tuple[str, bool | int]]:
        yield f"has({name})", True
        if isinstance(start, str):
            yield name, self.codes.of(start)
        elif not isinstance(start, float):
            yield name, start


def _touched(node: Binary, key: str, names: set[str]) -> set[str]:
    """The collections that an operation on a key's value reads or changes."""
    inside, member = (node.right, node.left) if node.operator == "in" else (node.left, node.right)
    if node.operator not in ("in", "+", "-") or member != Key(key):
        return set()
    return {getattr(part, "name", "") for part in walk(inside)} & names
