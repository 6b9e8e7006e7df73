"""Runs that go on for ever, or stop, though each participant is fair: by components.

A run is fair to a participant that takes fair steps again and again, or again and again has none
to take. So a component of the graph holds a fair run where each participant has in it a fair step
or a configuration without one; and a run may stop where nobody has a fair step.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any, NamedTuple

from flux_conform.machine.exploration import forward, path_to
from flux_conform.system.system_product import Product, Taken


class Lasso(NamedTuple):
    """A run that never ends: a way from the start, and what is repeated after it.

    A run that stops repeats nothing.
    """

    stem: tuple[Taken, ...]
    cycle: tuple[Taken, ...]


class Unending:
    """The part of a product from which a goal was not met yet, and its components."""

    def __init__(self, product: Product, goal: Collection[str]) -> None:
        self.product = product
        self._way = forward(
            [0] if product.state(0) not in goal else [],
            lambda node: product.edges[node],
            lambda edge: product.state(edge.target) not in goal,
        )
        self._ready = {node: ready(product, node) for node in self._way}
        self._components = list(self._find())

    def fair_run(self, unfair: Collection[str] = ()) -> Lasso | None:
        """A fair run that never comes to the goal; participants in `unfair` need not be fair."""
        asked = [name for name in self.product.system.participants if name not in unfair]
        for node in self._way:
            if not self._ready[node].intersection(asked):
                return Lasso(tuple(path_to(self._way, node)), ())
        for component in self._components:
            if all(self._share(component, name) is not None for name in asked):
                return self._lasso(component, asked)
        return None

    def _find(self) -> Iterator[frozenset[int]]:
        import networkx

        graph: Any = networkx.DiGraph()
        for node in self._way:
            for edge in self.product.edges[node]:
                if edge.target in self._way:
                    graph.add_edge(node, edge.target)
        for found in networkx.strongly_connected_components(graph):
            if len(found) > 1 or graph.has_edge(*[*found, *found]):
                yield frozenset(found)

    def _share(self, component: frozenset[int], name: str) -> int | Taken | None:
        """A configuration in which a participant has no fair step, or a fair step of it."""
        for node in sorted(component):
            if name not in self._ready[node]:
                return node
            for edge in self._within(component, node):
                if edge.step.is_fair and edge.step.participant == name:
                    return edge
        return None

    def _within(self, component: frozenset[int], node: int) -> list[Taken]:
        return [edge for edge in self.product.edges[node] if edge.target in component]

    def _lasso(self, component: frozenset[int], asked: list[str]) -> Lasso:
        first = next(node for node in self._way if node in component)
        at, cycle = first, []
        for name in asked:
            share = self._share(component, name)
            goal = share.source if isinstance(share, Taken) else share
            assert goal is not None  # each of them has its share
            cycle += self._between(component, at, goal)
            at = goal
            if isinstance(share, Taken):
                cycle.append(share)
                at = share.target
        if not cycle:
            cycle.append(self._within(component, at)[0])
            at = cycle[-1].target
        cycle += self._between(component, at, first)
        return Lasso(tuple(path_to(self._way, first)), tuple(cycle))

    def _between(self, component: frozenset[int], one: int, other: int) -> list[Taken]:
        ways = forward([one], lambda node: self._within(component, node), lambda _: True)
        return path_to(ways, other)


def ready(product: Product, node: int) -> frozenset[str]:
    """The participants that have a fair step in a configuration."""
    steps = (edge.step for edge in product.edges[node])
    return frozenset(step.participant for step in steps if step.is_fair)
