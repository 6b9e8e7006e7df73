"""Both specifications as one symbolic machine, whose steps are the events that both accept.

A configuration consists of that of the first side, and of the parts of the second that are not
shared. Both sides read the same event: one set of keys, one description, one name.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from flux_conform.diff.alike import Pair, changes_alike, reads_of
from flux_conform.diff.merged import merged_slice, second
from flux_conform.diff.scope import Scope
from flux_conform.diff.side import Side
from flux_conform.diff.symbolic_contexts import contexts_of
from flux_conform.language.expressions import show
from flux_conform.language.specification import UNDEFINED
from flux_conform.machine.configuration import CAPTIVE, REMOVED
from flux_conform.machine.interning import GENERATION, STATE
from flux_conform.machine.slice import EventSlice
from flux_conform.machine.symbolic.components import Component, component, name_outside
from flux_conform.machine.symbolic.configurations import STARTED
from flux_conform.machine.symbolic.expression_terms import Scene, either, equal
from flux_conform.machine.symbolic.groups import Untranslatable
from flux_conform.machine.symbolic.logic import Truth, conj, disj, neg, pick, same
from flux_conform.machine.symbolic.members import Collections
from flux_conform.machine.symbolic.step import Stepping, SymbolicStep, outcome_of
from flux_conform.machine.symbolic.symbols import Symbol, Text


class JointStep(NamedTuple):
    """An event of both sides.

    `possible` holds if there is such an event; `accepts` if each side accepts it. `after` are the
    parts that it changes, for events that both accept. `alike` are the conditions under which both
    sides change shared parts alike, unless that is clear as written.
    """

    pair: Pair
    possible: Truth
    accepts: tuple[Truth, Truth]
    after: Mapping[str, Any]
    alike: tuple[tuple[str, Truth], ...]
    scene: Scene


class _Change(NamedTuple):
    """The effect of an event on one side: whether it accepts the event, and the parts after it."""

    accepts: Truth
    state: Any
    generation: Any
    came: Truth
    values: Mapping[str, Symbol]


class JointMachine(Stepping):
    """The steps that both sides accept; Houdini and its lemmas treat it like any other machine.

    Raises Untranslatable if a side has no representation in symbols.
    """

    def __init__(self, scope: Scope, shared: frozenset[str]) -> None:
        self.sides = (scope.one, scope.two)
        self.scope = scope
        self.shared = shared
        for side in self.sides:
            if side.specification.initial.name in side.specification.ends:
                raise Untranslatable("the initial state is an end")
        super().__init__(merged_slice(scope, shared))
        self.joint_steps = [self._joint_step(pair) for pair in scope.relevant]
        """The step of each pair of relevant events."""

    @property
    def steps(self) -> list[SymbolicStep]:
        """The steps that both sides accept, in the form that induction needs."""
        return [
            SymbolicStep(
                step.pair.name,
                step.possible,
                tuple(zip(("first", "second"), step.accepts, strict=True)),
                (),
                step.after,
                True,
                step.scene,
            )
            for step in self.joint_steps
        ]

    # Parts

    def _components(self) -> Iterator[Component]:
        names = dict.fromkeys((STATE, second(STATE, self.shared)))
        for name, side in zip(names, self.sides, strict=False):
            start = self.codes.of(side.specification.initial.name)
            yield component(name, "state", start)
        yield component(STARTED, "flag", False)
        for name, side in self._generations().items():
            yield component(name, "string", self.codes.of(side.specification.today.name))
        for name in self.slice.seen:
            yield component(f"seen({name})", "flag", False)
        yield from self._data()

    def _generations(self) -> dict[str, Side]:
        """The generations of the sides that have several, by their names as parts."""
        found: dict[str, Side] = {}
        for place, side in enumerate(self.sides):
            if len(side.generations) > 1 and GENERATION in self.scope.parts:
                found.setdefault(self._part(place, GENERATION), side)
        return found

    def _part(self, place: int, name: str) -> str:
        return name if place == 0 else second(name, self.shared)

    def variable(self, name: str, values: Mapping[str, Any], collections: Collections) -> Symbol:
        """Return a variable as of any machine; the second side's state is a variable too."""
        if name == second(STATE, self.shared):
            return Text(values[name])
        return super().variable(name, values, collections)

    # Steps

    def _joint_step(self, pair: Pair) -> JointStep:
        item = self._events[pair.name]
        members = self.description_keys(pair.name)
        contexts = contexts_of(*self.sides, pair, item.keys, self.codes, members)
        first, other = contexts.keys
        bearing = self._borne(item, {**other, **first})
        event, named = self._event_name_of(pair)
        scenes = [
            self._seen_by(
                place, self.scene(self.values_before, event=event, keys=keys, borne=bearing)
            )
            for place, keys in enumerate(contexts.keys)
        ]
        changes = [
            self._change(place, entry, scene, contexts.taken[place])
            for place, (entry, scene) in enumerate(zip((pair.one, pair.two), scenes, strict=True))
        ]
        possible = [*contexts.domain, *named]
        possible += scenes[0].collections.all_possible()
        return JointStep(
            pair,
            conj(possible),
            (changes[0].accepts, changes[1].accepts),
            self._after_both(pair, changes, scenes[0]),
            tuple(self._alike(pair, changes, scenes[0])),
            scenes[0],
        )

    def _event_name_of(self, pair: Pair) -> tuple[Any, list[Truth]]:
        if not pair.many:
            return self.codes.of(pair.name), []
        listed = {
            e.event.name for side in self.sides for e in side.entries if not e.event.is_family
        }
        return name_outside(sorted(listed), self.codes)

    def _seen_by(self, place: int, scene: Scene) -> Scene:
        """Return the scene of one side, with its own names of the parts."""
        values, collections = self.values_before, scene.collections
        return scene._replace(
            state=values[self._part(place, STATE)],
            came=lambda asked: values[self._part(place, show(asked))],
            variable=lambda name: self.variable(self._part(place, name), values, collections),
        )

    def _change(self, place: int, entry: EventSlice, scene: Scene, taken: Truth) -> _Change:
        side = self.sides[place]
        effects = tuple(pair for pair in entry.effects if pair[0] in self.scope.parts)
        before = self.values_before.get(self._part(place, GENERATION))

        def generation(choices: Sequence[tuple[str, Truth]]) -> Any:
            """Return the generation of the log after this event."""
            chosen: Any = self.codes.of(choices[-1][0])
            for name, fits in reversed(choices[:-1]):
                chosen = pick(fits, self.codes.of(name), chosen)
            return chosen if before is None else pick(scene.started, before, chosen)

        def is_of(choices: Sequence[tuple[str, Truth]], name: str) -> Truth:
            if len(side.generations) == 1:
                return True
            return same(generation(choices), self.codes.of(name))

        item = entry._replace(effects=effects)
        outcome = outcome_of(side.specification, item, scene, is_of)

        def passed(*kinds: str) -> Truth:
            return outcome.has(*(kind for kind in kinds if kind not in side.counted))

        ended, idle = passed(CAPTIVE, REMOVED), passed(UNDEFINED)
        always = conj(holds for rule, holds in outcome.rules if rule in outcome.always)
        rules = conj(holds for rule, holds in outcome.rules if rule not in outcome.always)
        judged = conj([taken, always, disj([idle, rules])])
        acts = neg(disj([ended, idle]))
        return _Change(
            conj([neg(outcome.has(*side.counted)), disj([ended, judged])]),
            outcome.state,
            generation(outcome.generations),
            acts,
            {
                self._part(place, name): value
                if acts is True
                else either(acts, value, scene.variable(name), scene)
                for name, value in outcome.values.items()
            },
        )

    def _after_both(self, pair: Pair, changes: Sequence[_Change], scene: Scene) -> dict[str, Any]:
        """Return the parts after an event that both accept; shared ones are the first side's."""
        after: dict[str, Any] = {STARTED: True}
        taken: dict[str, Symbol] = {}
        for place, entry in ((1, pair.two), (0, pair.one)):
            change = changes[place]
            after[self._part(place, STATE)] = change.state
            name = self._part(place, GENERATION)
            if name in self.values_before:
                after[name] = change.generation
            name = self._part(place, f"seen({entry.event.name})")
            if entry.asked and name in self.values_before:
                after[name] = disj([self.values_before[name], change.came])
            taken.update(change.values)
        return {**after, **self.stored(taken, scene)}

    def _alike(
        self, pair: Pair, changes: Sequence[_Change], scene: Scene
    ) -> list[tuple[str, Truth]]:
        found: list[tuple[str, Truth]] = []
        one, two = changes
        for part in sorted(self.shared & self.scope.parts):
            if changes_alike(*self.sides, pair, part, self.shared):
                continue
            if part == STATE:
                found.append((part, same(one.state, two.state)))
            elif part == GENERATION:
                found.append((part, same(one.generation, two.generation)))
            elif part.startswith("seen("):
                before = self.values_before[part]
                came = [
                    conj([f"seen({entry.event.name})" == part, change.came])
                    for entry, change in zip((pair.one, pair.two), changes, strict=True)
                ]
                found.append((part, same(disj([before, came[0]]), disj([before, came[1]]))))
            elif self._one_effect(pair, part):
                # The value is the same if the event has its effects on both sides.
                found.append((part, same(one.came, two.came)))
            else:
                values = [change.values.get(part, scene.variable(part)) for change in changes]
                found.append((part, equal(values[0], values[1], scene)))
        return found

    def _one_effect(self, pair: Pair, part: str) -> bool:
        trees = [dict(entry.effects).get(part) for entry in (pair.one, pair.two)]
        return trees[0] == trees[1] and reads_of(trees) <= self.shared
