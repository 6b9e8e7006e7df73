"""The product search: breadth first through pairs of configurations, as one log leads both sides.

Both have accepted the log so far. The first event that one accepts and the other does not ends a
shortest log on which they differ; so does the first that leaves them in different states.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple, TypeAlias

from flux_conform.diff.alike import Pair
from flux_conform.diff.merged import SECOND, keys_of, merged_slice
from flux_conform.diff.scope import Scope
from flux_conform.diff.side import Side
from flux_conform.diff.tried_events import Action, actions
from flux_conform.language import types as t
from flux_conform.machine.alphabet import first_bounds
from flux_conform.machine.constants import Constants
from flux_conform.machine.evaluate import Evaluator, Moment, compile_expression
from flux_conform.machine.exploration import Exploration
from flux_conform.machine.growth import Growth
from flux_conform.machine.interning import STATE, Interned, Numbers, applied
from flux_conform.machine.slice import Slice
from flux_conform.machine.step import Machine
from flux_conform.machine.steps import Done, Ready, Steps

FIRST_ONLY, SECOND_ONLY, STATES = "first-only", "second-only", "states"
DIRECTIONS = (FIRST_ONLY, SECOND_ONLY, STATES)
"""A log that only the first accepts; only the second; that both do, and the states differ."""

Both: TypeAlias = tuple[Numbers, Numbers]
BothReady: TypeAlias = tuple[Ready, Ready]


class Taken(NamedTuple):
    """An event of a log: its name and its context, None where it has none."""

    name: str
    context: Mapping[str, Any] | None


class Path(NamedTuple):
    """A log on which the two differ, with the states after each event.

    A side that refuses the last event has no state after it.
    """

    events: tuple[Taken, ...]
    states: tuple[tuple[str | None, str | None], ...]


class _Trial(NamedTuple):
    """An action made ready for both sides; `terms` give values to keys at a pair."""

    action: Action
    steps: BothReady | None
    terms: tuple[tuple[str, Evaluator], ...]


class ProductSearch:
    """The search. It can be continued with a higher limit."""

    def __init__(self, scope: Scope, wanted: frozenset[str], *, more: int = 0) -> None:
        """`more` makes the instance larger: more descriptions, more members of bags."""
        self.scope = scope
        self.slice: Slice = merged_slice(scope, scope.shared)
        self.constants = Constants(self.slice)
        bounds = first_bounds(self.constants, claims=True)
        self.bounds = bounds._replace(
            descriptions=bounds.descriptions + more,
            members=bounds.members + more,
            growth=bounds.growth and _of_each_side(bounds.growth),
        )
        self.steps = (self._steps(scope.one), self._steps(scope.two))
        start = (self.steps[0].space.initial, self.steps[1].space.initial)
        self._exploration: Exploration[Both, Taken] = Exploration(start)
        self.pairs = self._exploration.nodes
        self.wanted = set(wanted)
        self.found: dict[str, Path] = {}
        self.bounded = False
        self._concrete: dict[tuple[int, object], BothReady] = {}
        self._ready = self._prepared()

    @property
    def complete(self) -> bool:
        """Whether every pair within the bounds was met."""
        return self._exploration.left == len(self.pairs) and not self.bounded

    def explore(self, limit: int) -> None:
        """Explore until all that is wanted is found, or `limit` pairs are explored."""
        for number in self._exploration.pending(limit):
            if not self.wanted:
                break
            self._leave(number)

    # Actions

    def _prepared(self) -> list[_Trial]:
        ready = []
        known: set[object] = set()
        for action in actions(self.scope, self.slice, self.constants, self.bounds):
            if action.terms:
                terms = tuple((key, compile_expression(term, {})) for key, term in action.terms)
                ready.append(_Trial(action, None, terms))
                continue
            steps = self._both(action.pair, action.context)
            signature = (steps[0].signature, steps[1].signature)
            mark = repr((action.pair.name if action.pair.many is False else "", signature))
            if mark not in known:
                known.add(mark)
                ready.append(_Trial(action, steps, ()))
        return ready

    def _steps(self, side: Side) -> Steps:
        """The steps of one side, of the parts that matter; what does not count is left out."""
        counted = tuple(rule for rule in side.specification.rules if rule.level in side.levels)
        machine = Machine(side.specification._replace(rules=counted))
        fields = [field for field in side.fields if field in self.scope.parts]
        return Steps(
            Interned(machine, fields),
            self.bounds,
            refuses=lambda breach: breach.rule.level in side.levels,
        )

    def _both(self, pair: Pair, context: Mapping[str, Any] | None) -> BothReady:
        one, two = (Ready(steps, pair.name, context) for steps in self.steps)
        return one, two

    def _computed(self, number: int, ready: _Trial, both: Both) -> tuple[BothReady, Taken] | None:
        """The action with the values that its terms have at a pair; None where they have none."""
        moment = self.moment(both)
        context = dict(ready.action.context or {})
        for key, term in ready.terms:
            value = term(moment)
            types = (keys_of(ready.action.pair.one), keys_of(ready.action.pair.two))
            if not any(key in table and _takes(table[key], value) for table in types):
                return None
            context[key] = value
        mark = (number, tuple((key, type(context[key]), context[key]) for key, _ in ready.terms))
        if mark not in self._concrete:
            self._concrete[mark] = self._both(ready.action.pair, context)
        return self._concrete[mark], Taken(ready.action.pair.name, context)

    def moment(self, both: Both) -> Moment:
        """A pair as what expressions over both sides ask."""
        one, two = (steps.space.moment(c) for steps, c in zip(self.steps, both, strict=True))
        values = {f"{SECOND}{name}": value for name, value in two.values.items()}
        values[f"{SECOND}{STATE}"] = two.state
        seen = {f"{SECOND}{name}" for name in two.seen}
        return Moment(
            values={**values, **one.values},
            state=one.state,
            seen=frozenset({*seen, *one.seen}),
            first=one.first,
        )

    # Steps

    def _leave(self, position: int) -> None:
        both = self.pairs[position]
        for number, ready in enumerate(self._ready):
            taken: Taken | None = None
            steps = ready.steps
            if steps is None:
                computed = self._computed(number, ready, both)
                if computed is None:
                    continue
                steps, taken = computed
            one, two = steps[0].at(both[0]), steps[1].at(both[1])
            assert one is not None  # only computed values may not fit, and they are put in here
            assert two is not None
            if one.is_refused and two.is_refused:
                continue
            if taken is None:
                taken = Taken(ready.action.pair.name, ready.action.context)
            if one.is_refused or two.is_refused:
                self._differ(position, taken, one, two)
            elif one.is_cut or two.is_cut:
                self.bounded = True
            elif one.changes or two.changes:
                after = applied(both[0], one.changes), applied(both[1], two.changes)
                self._enter(position, taken, after)

    def _differ(self, position: int, taken: Taken, one: Done, two: Done) -> None:
        direction = FIRST_ONLY if two.is_refused else SECOND_ONLY
        if direction not in self.wanted:
            return
        self.wanted.discard(direction)
        side, done = (0, one) if two.is_refused else (1, two)
        configuration = applied(self.pairs[position][side], done.changes)
        state = self.steps[side].space.value(configuration, STATE)
        last = (state, None) if two.is_refused else (None, state)
        self.found[direction] = self._path(position, taken, last)

    def _enter(self, position: int, taken: Taken, after: Both) -> None:
        if after in self._exploration.numbers:
            return
        self._exploration.add(after, position, taken)
        if STATES in self.wanted:
            states = self.states(after)
            if states[0] != states[1]:
                self.wanted.discard(STATES)
                self.found[STATES] = self._path(position, taken, states)

    def states(self, both: Both) -> tuple[str, str]:
        """The states of a pair."""
        one, two = (steps.space.value(c, STATE) for steps, c in zip(self.steps, both, strict=True))
        return one, two

    def _path(self, position: int, taken: Taken, last: tuple[str | None, str | None]) -> Path:
        path = self._exploration.path(position)
        events = [edge.label for edge in path]
        states = [self.states(self.pairs[edge.target]) for edge in path]
        return Path((*events, taken), (*states, last))


def _of_each_side(growth: Growth) -> Growth:
    """The bounds of variables under the names that they have on their own side."""
    bounds: dict[str, int] = {}
    for name, bound in growth.bounds.items():
        own = name.removeprefix(SECOND)
        bounds[own] = max(bound, bounds.get(own, 0))
    return growth._replace(bounds=bounds)


def _takes(of: t.Type, value: Any) -> bool:
    return t.accepts(of.of if isinstance(of, t.Optional) else of, value)
