"""Breadth first through pairs of configurations: one log read by both sides at once.

Both have accepted the log so far. The first event that one accepts and the other does not ends a
shortest log on which they differ; so does the first that leaves them in different states.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple, TypeAlias

from flux_conform.diff.alike import Pair
from flux_conform.diff.events import Action, actions
from flux_conform.diff.merged import SECOND, keys_of, merged_slice
from flux_conform.diff.scope import Scope
from flux_conform.diff.side import STATE
from flux_conform.diff.side_steps import TOO_LARGE, Changes, Configuration, Stepper, Track
from flux_conform.language import types as t
from flux_conform.machine.alphabet import first_bounds
from flux_conform.machine.evaluate import Evaluator, Moment, compile_expression
from flux_conform.machine.slice import Slice
from flux_conform.machine.telling import Pools

FIRST_ONLY, SECOND_ONLY, STATES = "first-only", "second-only", "states"
DIRECTIONS = (FIRST_ONLY, SECOND_ONLY, STATES)
"""A log that only the first accepts; only the second; that both do, and the states differ."""

Both: TypeAlias = tuple[Configuration, Configuration]


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


class _Ready(NamedTuple):
    """An action made ready for both sides; `terms` give values to keys at a pair."""

    action: Action
    steps: tuple[Stepper, Stepper] | None
    terms: tuple[tuple[str, Evaluator], ...]


class Walk:
    """The search, which can be carried on with a higher limit."""

    def __init__(self, scope: Scope, wanted: frozenset[str], *, more: int = 0) -> None:
        """`more` makes the instance larger: more descriptions, more members of bags."""
        self.scope = scope
        self.slice: Slice = merged_slice(scope, scope.shared)
        self.pools = Pools(self.slice)
        bounds = first_bounds(self.pools, claims=True)
        self.bounds = bounds._replace(
            descriptions=bounds.descriptions + more, members=bounds.members + more
        )
        self.tracks = tuple(
            Track(
                side,
                scope.parts,
                members=self.bounds.members,
                integers=self.pools.integers,
            )
            for side in (scope.one, scope.two)
        )
        start = (self.tracks[0].initial(), self.tracks[1].initial())
        self.pairs: list[Both] = [start]
        self.wanted = set(wanted)
        self.found: dict[str, Path] = {}
        self.bounded = False
        self._numbers = {start: 0}
        self._last: list[tuple[int, Taken] | None] = [None]
        self._explored = 0
        self._concrete: dict[tuple[int, object], tuple[Stepper, Stepper]] = {}
        self._ready = self._prepared()

    @property
    def complete(self) -> bool:
        """Whether every pair within the bounds was met."""
        return self._explored == len(self.pairs) and not self.bounded

    def explore(self, limit: int) -> None:
        """Go on until all that is wanted is found, or so many pairs are explored."""
        while self.wanted and self._explored < min(limit, len(self.pairs)):
            self._leave(self._explored)
            self._explored += 1

    # Actions

    def _prepared(self) -> list[_Ready]:
        ready = []
        known: set[object] = set()
        for action in actions(self.scope, self.slice, self.pools, self.bounds):
            if action.terms:
                terms = tuple((key, compile_expression(term, {})) for key, term in action.terms)
                ready.append(_Ready(action, None, terms))
                continue
            steps = self._steppers(action.pair, action.context)
            signature = (steps[0].signature, steps[1].signature)
            mark = repr((action.pair.name if action.pair.many is False else "", signature))
            if mark not in known:
                known.add(mark)
                ready.append(_Ready(action, steps, ()))
        return ready

    def _steppers(self, pair: Pair, context: Mapping[str, Any] | None) -> tuple[Stepper, Stepper]:
        return (
            Stepper(self.tracks[0], pair, pair.one, context),
            Stepper(self.tracks[1], pair, pair.two, context),
        )

    def _computed(
        self, number: int, ready: _Ready, both: Both
    ) -> tuple[tuple[Stepper, Stepper], Taken] | None:
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
            self._concrete[mark] = self._steppers(ready.action.pair, context)
        return self._concrete[mark], Taken(ready.action.pair.name, context)

    def moment(self, both: Both) -> Moment:
        """A pair as what expressions over both sides ask."""
        one, two = (track.moment(c) for track, c in zip(self.tracks, both, strict=True))
        values = {f"{SECOND}{name}": value for name, value in two.values.items()}
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
            one, two = steps[0].take(both[0]), steps[1].take(both[1])
            if one is None and two is None:
                continue
            if taken is None:
                taken = Taken(ready.action.pair.name, ready.action.context)
            if one is None or two is None:
                self._differ(position, taken, one, two)
            elif one is TOO_LARGE or two is TOO_LARGE:
                self.bounded = True
            elif one or two:
                self._enter(position, taken, (_applied(both[0], one), _applied(both[1], two)))

    def _differ(
        self, position: int, taken: Taken, one: Changes | None, two: Changes | None
    ) -> None:
        direction = FIRST_ONLY if two is None else SECOND_ONLY
        if direction not in self.wanted:
            return
        self.wanted.discard(direction)
        side = 0 if two is None else 1
        changes = one if two is None else two
        configuration = self.pairs[position][side]
        if changes is not None and changes is not TOO_LARGE:
            configuration = _applied(configuration, changes)
        state = self.tracks[side].value(configuration, STATE)
        last = (state, None) if two is None else (None, state)
        self.found[direction] = self._path(position, taken, last)

    def _enter(self, position: int, taken: Taken, after: Both) -> None:
        if after in self._numbers:
            return
        self._numbers[after] = len(self.pairs)
        self.pairs.append(after)
        self._last.append((position, taken))
        if STATES in self.wanted:
            states = self.states(after)
            if states[0] != states[1]:
                self.wanted.discard(STATES)
                self.found[STATES] = self._path(position, taken, states)

    def states(self, both: Both) -> tuple[str, str]:
        """The states of a pair."""
        one, two = (t_.value(c, STATE) for t_, c in zip(self.tracks, both, strict=True))
        return one, two

    def _path(self, position: int, taken: Taken, last: tuple[str | None, str | None]) -> Path:
        events, states = [taken], [last]
        step = self._last[position]
        while step is not None:
            before, event = step
            events.append(event)
            states.append(self.states(self.pairs[position]))
            position, step = before, self._last[before]
        return Path(tuple(reversed(events)), tuple(reversed(states)))


def _applied(configuration: Configuration, changes: Changes) -> Configuration:
    if not changes:
        return configuration
    after = list(configuration)
    for place, number in changes:
        after[place] = number
    return tuple(after)


def _takes(of: t.Type, value: Any) -> bool:
    return t.accepts(of.of if isinstance(of, t.Optional) else of, value)
