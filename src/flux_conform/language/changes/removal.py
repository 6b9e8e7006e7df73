"""Removes what depends on what a change removes.

With an event go its transitions, its steps, and the rules, claims and questions about it alone;
with a state its transitions, and so on. Lists that name it lose the name. What the change itself
says is kept, and expressions are left alone: the loader reports names that are now unknown.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import cached_property

from flux_conform.language.changes.rows import lane_of, scalars, with_lists
from flux_conform.language.yaml_nodes import Mapping, Node, Scalar, Sequence, nodes_of, value_of


def without_traces(tree: Mapping, base: Mapping, change: Mapping) -> Mapping:
    """The changed tree without what the neighbour says about what the change removed."""
    return _Removal(tree, base, change).tree


class _Removal:
    def __init__(self, tree: Mapping, base: Mapping, change: Mapping) -> None:
        self.tree = tree
        self.base = base
        self.said = {id(node) for node in nodes_of(change)}
        self.states = self.gone("states")
        self.empty_unions()
        self.events, self.generations = self.gone("events"), self.gone("generations")
        self.variables, self.lanes = self.gone("variables"), self.gone("lanes")
        self.each("rules", self.item_on)
        self.each("properties", self.claim)
        self.about = self.events | self.states | self.gone("virtual states") | self.gone("rules")
        self.about |= {
            name.replace("{event}", event) for name in _ids(base) for event in self.events
        }
        self.each("waits", self.wait)
        self.each("questions", lambda node: self.listed(node, "about", self.about, node))
        self.questions = self.gone("questions")
        self.each("events", self.event)
        self.each("transitions", self.row)
        self.participants = self.gone("participants")
        self.each("scenarios", self.scenario)

    @cached_property
    def untouched(self) -> set[int]:
        """The nodes of the neighbour, by identity."""
        return {id(node) for node in nodes_of(self.base)}

    # What is gone

    def gone(self, section: str) -> set[str]:
        """The names that the neighbour has in a section and the changed tree has not."""
        return _names(value_of(self.base, section)) - _names(value_of(self.tree, section))

    def states_of(self, lane: str) -> set[str]:
        """The states of a lane that are gone."""
        names = []
        for tree in (self.base, self.tree):
            lanes = value_of(tree, "lanes")
            of = None if lanes is None else value_of(lanes, lane)
            names.append(_names(None if of is None else value_of(of, "states")))
        return names[0] - names[1]

    def empty_unions(self) -> None:
        """Shorten the virtual states, and add those that are left without states to the gone."""
        kept = _names(value_of(self.tree, "virtual states"))
        count = -1
        while count < len(self.states):
            count = len(self.states)
            self.each("virtual states", lambda node: self.shortened(node, self.states))
            self.states |= kept - _names(value_of(self.tree, "virtual states"))

    # What goes with it: each gives an entry as it is left, or None

    def item_on(self, node: Node) -> Node | None:
        """A rule or a claim without the events that are gone."""
        return self.listed(node, "on", self.events, self.without(node, "supplies", self.events))

    def claim(self, node: Node) -> Node | None:
        """A claim without the events, variables and states that are gone."""
        left = self.item_on(node)
        for key, gone in (("keeps", self.variables), ("accepts", self.states)):
            left = left and self.listed(left, key, gone, left)
        return left

    def wait(self, node: Node) -> Node | None:
        """What is waited for, without the states that are gone; None if its collection is."""
        each = value_of(node, "each")
        is_gone = isinstance(each, Scalar) and each.text in self.variables
        if is_gone and id(node) in self.untouched:
            return None
        return self.listed(node, "in", self.states, node)

    def event(self, node: Node) -> Node | None:
        node = self.without(node, "question", self.questions)
        effect = value_of(node, "effect")
        if not isinstance(effect, Mapping) or not _names(effect) & self.variables:
            return node
        kept = tuple(
            pair
            for pair in effect.pairs
            if pair[0].text not in self.variables or id(pair[0]) in self.said
        )
        return _with(node, "effect", effect._replace(pairs=kept))

    def row(self, node: Node) -> Node | None:
        if id(node) in self.said or not isinstance(node, Mapping):
            return node
        lane = lane_of(node)
        if lane in self.lanes:
            return None
        states = self.states_of(lane) if lane else self.states
        gone = {"on": self.events, "from": states}
        named = {key: scalars(value_of(node, key)) for key in gone}
        left = {
            key: tuple(each for each in named[key] if each.text not in names)
            for key, names in gone.items()
        }
        if any(named[key] and not left[key] for key in gone):
            return None
        for key, names in (("to", states), ("generation", self.generations)):
            value = value_of(node, key)
            if isinstance(value, Scalar) and value.text in names:
                return None
        return self.without(
            with_lists(node, left) if left != named else node, "question", self.questions
        )

    def scenario(self, node: Node) -> Node | None:
        """A scenario without the steps that are gone; None if none is left."""
        steps = value_of(node, "steps")
        if not isinstance(steps, Sequence):
            return node
        items = tuple(item for each in steps.items if (item := self.step(each)) is not None)
        if items == steps.items:
            return node
        return _with(node, "steps", steps._replace(items=items)) if items else None

    def step(self, node: Node) -> Node | None:
        """A step without the participants that are gone.

        None if its event is gone, or too few participants are left.
        """
        name = value_of(node, "event")
        if isinstance(name, Scalar) and name.text in self.events and id(name) not in self.said:
            return None
        along = value_of(node, "along")
        if along is None:
            return node
        left = self.shortened(along, self.participants)
        needed = 1 if value_of(node, "request") is None else 2
        if left is not along and (left is None or len(scalars(left)) < needed):
            return None
        return _with(node, "along", left)

    # Parts

    def listed(self, node: Node, key: str, gone: set[str], after: Node) -> Node | None:
        """The entry with a shorter list under the key.

        Where nothing is left of the list the entry goes too, unless the change speaks of it: then
        it is kept, and the loader reports it.
        """
        names = value_of(node, key)
        if names is None:
            return after
        left = self.shortened(names, gone)
        if left is None:
            return None if id(node) in self.untouched else node
        return _with(after, key, left)

    def each(self, section: str, left: Callable[[Node], Node | None]) -> None:
        """Put what is left of each entry of a section into the tree."""
        node = value_of(self.tree, section)
        if isinstance(node, Mapping):
            pairs = [(key, left(value)) for key, value in node.pairs]
            kept = tuple((key, value) for key, value in pairs if value is not None)
            self.tree = _set(self.tree, section, node._replace(pairs=kept))
        elif isinstance(node, Sequence):
            items = [item for each in node.items if (item := left(each)) is not None]
            self.tree = _set(self.tree, section, node._replace(items=tuple(items)))

    def shortened(self, node: Node, gone: Iterable[str]) -> Node | None:
        """A list without the names that are gone, or None where none is left of it."""
        named = scalars(node)
        left = tuple(each for each in named if each.text not in gone or id(each) in self.said)
        if left == named:
            return node
        return Sequence(left, node.mark) if left else None

    def without(self, node: Node, key: str, gone: set[str]) -> Node:
        """The mapping without the key where its value is gone and the change does not say it."""
        value = value_of(node, key)
        if not isinstance(node, Mapping) or not isinstance(value, Scalar):
            return node
        if value.text not in gone or id(value) in self.said:
            return node
        return node._replace(pairs=tuple(pair for pair in node.pairs if pair[0].text != key))


def _with(node: Node, key: str, value: Node) -> Node:
    if not isinstance(node, Mapping) or value_of(node, key) is value:
        return node
    return _set(node, key, value)


def _set(node: Mapping, key: str, value: Node) -> Mapping:
    pairs = tuple((name, value if name.text == key else old) for name, old in node.pairs)
    return node._replace(pairs=pairs)


def _names(node: Node | None) -> set[str]:
    """The keys of a mapping, or the ids of a list's items."""
    if isinstance(node, Mapping):
        return {key.text for key, _ in node.pairs}
    items = node.items if isinstance(node, Sequence) else ()
    ids = (value_of(item, "id") for item in items)
    return {each.text for each in ids if isinstance(each, Scalar)}


def _ids(base: Mapping) -> Iterator[str]:
    """The ids of what the machine finds of each event, with {event} for its name."""
    findings = value_of(base, "findings")
    for _, finding in findings.pairs if isinstance(findings, Mapping) else ():
        name = value_of(finding, "id")
        if isinstance(name, Scalar) and "{event}" in name.text:
            yield name.text
