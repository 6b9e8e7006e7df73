"""A slice's configurations as tuples of truths and whole numbers, its components."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import product
from typing import Any, NamedTuple

import z3

from flux_conform.language.expressions import Key, Name, Node, show, walk
from flux_conform.machine.slice import EventSlice, Slice
from flux_conform.machine.symbolic.combined_sets import as_collection
from flux_conform.machine.symbolic.components import (
    Component,
    component,
    is_known,
    layout,
    load,
    name_outside,
    starting,
    store,
)
from flux_conform.machine.symbolic.expression_terms import Fault, Scene
from flux_conform.machine.symbolic.free_values import FreeValues, any_count, any_truth
from flux_conform.machine.symbolic.groups import (
    Group,
    Untranslatable,
    groups_of,
    kinds_of,
    literals_of,
    meetings,
)
from flux_conform.machine.symbolic.logic import Truth, Whole, boolean, same, total
from flux_conform.machine.symbolic.member_terms import BagTerm, Borne, Element, SetTerm, cells_of
from flux_conform.machine.symbolic.members import Collections
from flux_conform.machine.symbolic.set_uses import (
    Constants,
    is_filled,
    is_listed,
    lengths_asked,
    members_of,
)
from flux_conform.machine.symbolic.symbols import (
    NONE,
    Codes,
    Count,
    Flag,
    Opaque,
    Symbol,
    Text,
    lifted,
)

STATE, STARTED = "state", "started"


class Bearing(NamedTuple):
    """What an event bears for collections: descriptions, sets, and the lengths of lists."""

    elements: Mapping[Group, Element] = {}
    borne: Mapping[Group, Borne] = {}
    lengths: Mapping[Node, Whole] = {}


NOTHING_BORNE = Bearing()


class Chosen(NamedTuple):
    """What an event is taken to bear: the description's class, and of each class how many.

    What is None is any. The sets of an event are taken to be alike, and to hold no literal, but
    for those that are `listed`: of these all members are given, by the key that bears them.
    `inside`: the description is in these sets.
    """

    own: tuple[bool, ...] | None = None
    counts: Callable[[Group, tuple[bool, ...]], Whole] | None = None
    listed: Mapping[str, Sequence[str]] = {}
    inside: bool | None = None

    def size(self, group: Group, sets: Sequence[Node], row: tuple[bool, ...], name: str) -> Whole:
        """How many are in a cell."""
        inside = row[len(group.names) :]
        if any(held and self._lists(each) for each, held in zip(sets, inside, strict=True)):
            return 0
        if self.counts is None:
            return z3.FreshInt(name)
        return self.counts(group, row[: len(group.names)]) if all(inside) else 0

    def _lists(self, borne: Node) -> bool:
        return isinstance(borne, Key) and borne.name in self.listed

    def holds(self, borne: Node, literal: Constants, name: str) -> Truth:
        """Whether a set of the event holds a literal."""
        if isinstance(borne, Key) and borne.name in self.listed:
            return literal in self.listed[borne.name]
        return z3.FreshBool(name) if self.counts is None else False


ANY_SETS = Chosen()


class Configurations:
    """The components of a slice, and expressions over them.

    Raises Untranslatable where the slice says what the proofs cannot speak of. If `free`, that is
    any value, and `known_free` gathers it, with the reasons.
    """

    def __init__(
        self, slice_: Slice, *, free: bool = False, uncounted: Mapping[str, str] | None = None
    ) -> None:
        """Prepare; `uncounted` are collections of which nothing is known, and why."""
        self.slice = slice_
        self.specification = slice_.specification
        self.codes = Codes(slice_)
        self._free = free
        self._uncounted = dict(uncounted or {})
        self._kinds, self.groups = self._grouped()
        self.known_free: dict[Node, str] = {
            Name(name): why for name, why in self._uncounted.items()
        }
        self._types = {variable.name: variable.type for variable in slice_.variables}
        self._unknown = {
            variable.name
            for variable in slice_.variables
            if variable.name not in self._kinds and not is_known(variable.type)
        }
        self.components = {item.name: item for item in self._components()}
        self.loose = tuple(name for group in self.groups if group.loose for name in group.names)
        self.values_before = {name: item.before for name, item in self.components.items()}
        self.before = self.scene(self.values_before, free=free)
        self._events = {item.event.name: item for item in slice_.events}

    def _grouped(self) -> tuple[dict[str, bool], tuple[Group, ...]]:
        """The collections that are counted, and their groups; of the others nothing is known."""
        while True:
            try:
                barred = self._uncounted
                return kinds_of(self.slice, barred), groups_of(self.slice, barred)
            except Untranslatable as error:
                self._leave_uncounted(error)

    def _leave_uncounted(self, error: Untranslatable) -> None:
        """Count those collections no more because of which the error came; or raise it again."""
        if not self._free or not error.collections:
            raise error
        lanes = [lane.sets for lane in self.specification.lanes]
        names = {*error.collections}
        names.update(name for lane in lanes if names.intersection(lane) for name in lane)
        self._uncounted.update(dict.fromkeys(sorted(names), str(error)))

    def knows(self, condition: Node) -> bool:
        """Whether the values of all variables are known that a condition reads."""
        names = {part.name for part in walk(condition) if isinstance(part, Name)}
        return not names & self._unknown

    def start(self) -> list[Any]:
        """What holds of the configuration before the first event."""
        return [boolean(same(item.before, item.start)) for item in self.components.values()]

    def scene(
        self,
        values: Mapping[str, Any],
        *,
        event: Any = -1,
        keys: Mapping[str, Symbol] | None = None,
        borne: Bearing = NOTHING_BORNE,
        faults: Mapping[str, Fault] | None = None,
        free: bool = False,
    ) -> Scene:
        """The values as a scene for expressions; without an event, none has come.

        If `free`, what cannot be translated there is any value, where the machine allows that.
        """
        collections = Collections(self.groups, values.__getitem__, self.codes.of, *borne)
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
            free=FreeValues(self.known_free) if free and self._free else None,
        )

    def variable(self, name: str, values: Mapping[str, Any], collections: Collections) -> Symbol:
        """The value of a variable in a configuration. Raises Untranslatable."""
        of = self._types[name]
        if name in self._uncounted:
            raise Untranslatable(self._uncounted[name])
        return load(name, of, values, collections)

    def stored(self, taken: Mapping[str, Symbol], scene: Scene) -> dict[str, Any]:
        """The components of variables that have taken values."""
        after: dict[str, Any] = {}
        collections: dict[str, SetTerm | BagTerm] = {}
        for name, value in taken.items():
            if name not in self._kinds:
                after.update(store(name, self._types[name], value))
            elif not isinstance(value, Opaque):
                collections[name] = as_collection(value, name, scene.collections)
        for group in self.groups:
            if any(isinstance(taken.get(name), Opaque) for name in group.names):
                after.update(
                    (name, any_truth() if kind == "flag" else any_count())
                    for name, kind in group.components()
                )
            elif any(name in collections for name in group.names):
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

    def _borne(
        self, item: EventSlice, keys: Mapping[str, Symbol], chosen: Chosen = ANY_SETS
    ) -> Bearing:
        """The descriptions and the sets that an event bears, as each group sees them.

        Raises Untranslatable.
        """
        name, elements, borne = item.event.name, {}, {}
        for group, sets, member in self._met_at(item):
            if sets:
                width = len(group.names)
                counts = {
                    row: chosen.size(group, sets, row, f"{name}: {_cell(group, sets, row)}")
                    for row in cells_of(group, len(sets))
                    if any(row[width:])
                }
                literals = tuple(
                    tuple(
                        chosen.holds(each, text, f"{name}: {show(each)}[{text}]")
                        for text in group.literals
                    )
                    for each in sets
                )
                types = item.event.key_types
                filled = tuple(each for each in sets if is_filled(each, types))
                listed = tuple(each for each in sets if is_listed(each, types))
                borne[group] = Borne(sets, counts, literals, filled, listed)
            if member is None:
                continue
            if group in elements:
                why = f"the event {name} bears several descriptions"
                raise Untranslatable(why, group.names)
            text = self._text_of(item, member, keys, group)
            if text is NONE:
                continue
            held = [f"held({each})" for each in group.names]
            held += [f"held({show(each)})" for each in sets]
            own = () if chosen.own is None else chosen.own[: len(group.names)]
            if chosen.inside is not None and own:
                own += (chosen.inside,) * len(sets)
            elements[group] = Element(text, (*own, *map(z3.FreshBool, held[len(own) :])))
        sizes = [total(each.counts.values()) for each in borne.values()]
        lengths = {
            node: z3.FreshInt(f"{name}: size({show(node)})")
            if chosen.counts is None
            else next(iter(sizes), 1)
            for node in lengths_asked(
                item.trees, {node for each in borne.values() for node in each.sets}
            )
        }
        return Bearing(elements, borne, lengths)

    def _text_of(
        self, item: EventSlice, member: Node, keys: Mapping[str, Symbol], group: Group
    ) -> Any:
        """The code or number of the description; None of a tuple, NONE where there is none."""
        if not isinstance(member, Key):
            if group.literals:
                raise Untranslatable(
                    f"the description {show(member)} is compared with literals", group.names
                )
            return None
        value = lifted(keys.get(member.name, NONE))
        match value.of:
            case None:
                return NONE
            case Text(code=code):
                return code
            case Count(number=number):
                return number
            case Flag(truth=held):
                return held
            case _:
                name = item.event.name
                raise Untranslatable(
                    f"the description .{member.name} of {name} is no string", group.names
                )

    def _met_at(self, item: EventSlice) -> Iterator[tuple[Group, tuple[Node, ...], Node | None]]:
        """The groups that an event's sets and description meet, with these.

        What meets different states of one lane meets the same group.
        """
        met = meetings(item, self._kinds)
        done: set[Group] = set()
        for use in met:
            if not use.collections and use.borne:
                sets = tuple(sorted(use.borne, key=show))
                types = item.event.key_types
                texts = {text for each in sets for text in literals_of(members_of(each, types))}
                literals = tuple(sorted({*use.literals, *texts}))
                label = f"{item.event.name}: {', '.join(map(show, sets))}"
                group = Group((), False, literals, False, label=label)
                yield group, sets, next(iter(use.members), None)
                continue
            for group in self.groups:
                if group in done or not use.collections & set(group.names):
                    continue
                here = [each for each in met if each.collections & set(group.names)]
                borne = {node for each in here for node in each.borne}
                member = next((node for each in here for node in each.members), None)
                if borne or member is not None:
                    done.add(group)
                    yield group, tuple(sorted(borne, key=show)), member

    def met_at(self, event: str) -> list[tuple[Group, tuple[Node, ...], Node | None]]:
        """The groups that an event's sets and description meet, with these."""
        return list(self._met_at(self._events[event]))

    def groups_with_sets(self, event: str) -> list[Group]:
        """The groups that see sets of an event of which not all members are listed."""
        item = self._events[event]
        types = item.event.key_types
        return [
            group
            for group, sets, _ in self._met_at(item)
            if not all(is_listed(each, types) for each in sets)
        ]

    def description_keys(self, event: str) -> tuple[str, ...]:
        """The keys that bear the descriptions which an event adds, removes or asks for."""
        uses = meetings(self._events[event], self._kinds)
        members = (member for use in uses for member in use.members)
        return tuple(member.name for member in members if isinstance(member, Key))

    def bears_tuple(self, event: str) -> bool:
        """Whether the description is made of several keys."""
        uses = meetings(self._events[event], self._kinds)
        return any(not isinstance(member, Key) for use in uses for member in use.members)

    def classes_at(self, event: str) -> list[tuple[bool, ...]]:
        """The classes that the description of an event can have, strings in no set included."""
        met = list(self._met_at(self._events[event]))
        groups = [group for group, _, member in met if member is not None]
        if len(groups) == 1:
            return groups[0].memberships
        widths = [len(group.names) for group in groups]
        return list(product((True, False), repeat=max(widths))) if widths else []

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
            for part, value in starting(item.name, item.start, self.codes)
        }
        for name, kind in parts:
            yield component(name, kind, starts.get(name, False if kind == "flag" else 0))


def _cell(group: Group, sets: Sequence[Node], row: tuple[bool, ...]) -> str:
    """A cell by what holds its members."""
    names = [*group.names, *map(show, sets)]
    return "&".join(name for name, held in zip(names, row, strict=True) if held)
