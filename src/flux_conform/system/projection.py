"""What one participant sees of a system: the smallest machine of the messages it sends and gets.

A participant that gets no messages sees what it sends and the events of the log. All other steps
are hidden; what is left is made deterministic, and states that differ in nothing that can be seen
from there on are one.

Budgets are forgotten: configurations that differ in them alone are one, so that what may happen
once may happen again, when all is as it was before.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple, TypeAlias

from flux_conform.system.system_product import Product, Taken

Seen: TypeAlias = str
"""The name of a message, or of an event of the log."""

_Node: TypeAlias = int | tuple[int, int, int]
"""A configuration by its number, or a place within a step out of one."""


class ViewState(NamedTuple):
    """A state of a view: what may be seen next, with the number of the state after it.

    `held` are the values of the participant's own variables there, `logs` the states in which the
    log may be meanwhile; both in the order of the system's file and of the specification.
    """

    after: Mapping[Seen, int]
    held: tuple[str, ...]
    logs: tuple[str, ...]


class View(NamedTuple):
    """What a participant sees; the first state is the one in which it begins."""

    participant: str
    states: tuple[ViewState, ...]

    @property
    def alphabet(self) -> tuple[Seen, ...]:
        """All that can be seen, in the order in which it is met."""
        return tuple(dict.fromkeys(seen for state in self.states for seen in state.after))


def view(product: Product, participant: str) -> View:
    """The view of a participant. Raises NotWhole where the product was not explored to its end."""
    product.demand_whole()
    return _Projection(product, participant).view()


class _Projection:
    def __init__(self, product: Product, participant: str) -> None:
        self.product = product
        self.participant = participant
        messages = product.system.messages.values()
        self._reads_log = all(message.receiver != participant for message in messages)
        self._places = [
            place
            for place, (name, _) in enumerate(product.system.variables)
            if name.startswith(f"{participant}.")
        ]
        kept: dict[object, int] = {}
        self._nodes = [
            kept.setdefault((values, channels, log), number)
            for number, (values, channels, _, log) in enumerate(product.nodes)
        ]
        # A step in which several things are seen goes over nodes of its own.
        self._hidden: dict[_Node, set[_Node]] = {}
        self._seen: dict[_Node, list[tuple[Seen, _Node]]] = {}
        for edges in product.edges:
            for number, edge in enumerate(edges):
                self._add(edge, number)

    def _add(self, edge: Taken, number: int) -> None:
        word = list(self._word(edge))
        if not word:
            self._hidden.setdefault(self._nodes[edge.source], set()).add(self._nodes[edge.target])
            return
        at: _Node = self._nodes[edge.source]
        last = self._nodes[edge.target]
        for place, seen in enumerate(word, 1):
            after: _Node = last if place == len(word) else (edge.source, number, place)
            self._seen.setdefault(at, []).append((seen, after))
            at = after

    def _word(self, edge: Taken) -> Iterator[Seen]:
        step = edge.step
        if step.participant == self.participant:
            if step.gets is not None:
                yield step.gets
            yield from step.sends
        if self._reads_log:
            yield from (event.posted[0] for event in edge.events if event.has_effect)

    def _closed(self, nodes: frozenset[_Node]) -> frozenset[_Node]:
        """The nodes, and those that hidden steps lead to."""
        found, left = set(nodes), list(nodes)
        while left:
            for node in self._hidden.get(left.pop(), ()):
                if node not in found:
                    found.add(node)
                    left.append(node)
        return frozenset(found)

    def view(self) -> View:
        """The smallest deterministic machine."""
        sets, after = self._deterministic()
        block = _coarsest(after)
        order: dict[int, int] = {}
        for number in range(len(sets)):
            order.setdefault(block[number], len(order))
        members: list[list[int]] = [[] for _ in order]
        for number in range(len(sets)):
            members[order[block[number]]].append(number)
        states = []
        for group in members:
            met = [node for number in group for node in sets[number]]
            nodes = {node if isinstance(node, int) else node[0] for node in met}
            moves = {seen: order[block[target]] for seen, target in after[group[0]].items()}
            states.append(ViewState(moves, self._held(nodes), self._logs(nodes)))
        return View(self.participant, tuple(states))

    def _deterministic(self) -> tuple[list[frozenset[_Node]], list[dict[Seen, int]]]:
        """The sets of nodes that cannot be told apart, and what is seen between them."""
        first = self._closed(frozenset({0}))
        sets, numbers, after = [first], {first: 0}, []
        for nodes in sets:  # which grows meanwhile
            found: dict[Seen, set[_Node]] = {}
            for node in nodes:
                for seen, target in self._seen.get(node, ()):
                    found.setdefault(seen, set()).add(target)
            moves = {}
            for seen in sorted(found):
                target_set = self._closed(frozenset(found[seen]))
                if target_set not in numbers:
                    numbers[target_set] = len(sets)
                    sets.append(target_set)
                moves[seen] = numbers[target_set]
            after.append(moves)
        return sets, after

    def _held(self, nodes: set[int]) -> tuple[str, ...]:
        told = []
        for place in self._places:
            name, values = self.product.system.variables[place]
            held = sorted({self.product.nodes[node][0][place] for node in nodes})
            name = name.removeprefix(f"{self.participant}.")
            told.append(f"{name} {' or '.join(values[value] for value in held)}")
        return tuple(told)

    def _logs(self, nodes: set[int]) -> tuple[str, ...]:
        met = {self.product.state(node) for node in nodes}
        states = self.product.machine.specification.states
        return tuple(state.name for state in states if state.name in met)


def _coarsest(after: list[dict[Seen, int]]) -> list[int]:
    """The number of a block for each state; states of a block see the same for ever (Moore)."""
    block = [0] * len(after)
    count = 1
    while True:
        keys = [
            (block[number], tuple((seen, block[target]) for seen, target in moves.items()))
            for number, moves in enumerate(after)
        ]
        numbers = {key: number for number, key in enumerate(dict.fromkeys(keys))}
        block = [numbers[key] for key in keys]
        if len(numbers) == count:
            return block
        count = len(numbers)
