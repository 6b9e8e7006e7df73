"""Single steps of the bounded instance, asked of Z3 and of the checker."""

from collections import Counter
from collections.abc import Iterator
from functools import cache
from typing import Any, NamedTuple

import z3

from flux_conform.language.bag import Bag
from flux_conform.language.expressions import About
from flux_conform.language.specification import LEVELS, SILENT, UNDEFINED, Specification
from flux_conform.machine.bounds import Bounds
from flux_conform.machine.configuration import CAPTIVE, REMOVED, Configuration
from flux_conform.machine.evaluate import Moment, compile_expression
from flux_conform.machine.interning import GENERATION, STATE, applied
from flux_conform.machine.slice import assumed, slice_of
from flux_conform.machine.space import ReadyAction, Search, Trial
from flux_conform.machine.step import Machine
from flux_conform.machine.symbolic.expression_terms import Scene
from flux_conform.machine.symbolic.logic import boolean, conj, disj, neg, same
from flux_conform.machine.symbolic.step import SymbolicMachine
from flux_conform.machine.symbolic.symbols import Symbol
from flux_conform.machine.tried_steps import TriedSteps
from flux_conform.prove.prover import Prover
from flux_conform.prove.witnesses import context_of
from prove.letters import judged_events


class Question(NamedTuple):
    """An action, at the configurations that agree in what it reads: one of them, and how many."""

    step: ReadyAction
    number: int
    count: int


class Answer(NamedTuple):
    """What the search says: of the event at the configuration, and of the one that it leads to.

    `trial` is None where the log would be of another generation; `after` is None where nothing
    happens, or what happens leaves the instance.
    """

    before: Moment
    trial: Trial | None
    broken: frozenset[str]
    after: Moment | None


class SingleSteps:
    """The bounded instance of runs that obey `assuming`, with every action at every place.

    It is as large as the proofs make it, unless bounds are given.
    """

    def __init__(
        self,
        specification: Specification,
        generation: str,
        assuming: str,
        bounds: Bounds | None = None,
    ) -> None:
        prover = Prover(specification, generation)
        bounds = bounds or prover.bounds
        tried = TriedSteps(prover.slice, bounds, prover.constants)
        self.search = Search(tried, assumed(assuming))
        self.search.explore()
        self.read = cache(self._read)
        self.holds = cache(lambda tree: compile_expression(tree, {}))
        # From here on steps may lead over the border of the instance.
        tried.stepping.bounds = bounds._replace(members=1_000_000)
        self.steps = list(tried.sound)

    @property
    def pairs(self) -> int:
        """How many configurations with an action there are."""
        return len(self.search.configurations) * len(self.steps)

    def questions(self) -> Iterator[Question]:
        """Each action with each part of a configuration that it reads."""
        for step in self.steps:
            parts = list(map(step.part, self.search.configurations))
            one = {part: number for number, part in enumerate(parts)}
            for part, count in Counter(parts).items():
                yield Question(step, one[part], count)

    def answer(self, question: Question) -> Answer | None:
        """What the search says; None where the action cannot have its context there."""
        step = question.step
        configuration = self.search.configurations[question.number]
        before = self.search.moment(configuration, step.action.name)
        done = step.at(configuration)
        if done is None:
            return None
        before.context = done.context
        trial = self.search.trial(step, configuration)
        done = self.search.attempt(step, configuration)
        rules = step.action.item.rules
        broken = frozenset(rule.id for rule, tree in rules if not self.holds(tree)(before))
        if trial is None or done is None or trial.outcome == UNDEFINED:
            return Answer(before, trial, broken, None)
        after = self.search.moment(applied(configuration, done.changes))
        return Answer(before, trial, broken, after)

    def _read(self, step: ReadyAction) -> frozenset[str]:
        """The fields of a configuration that an action reads or changes."""
        fields = self.search.space.fields
        places = step.part(tuple(range(len(fields))))
        return frozenset(fields[n] for n in (places if isinstance(places, tuple) else (places,)))


def by_field(moment: Moment, search: Search) -> dict[str, Any]:
    """A configuration by its fields."""
    return {
        STATE: moment.state,
        GENERATION: moment.first,
        **{f"seen({name})": name in moment.seen for name in search.slice.seen},
        **{f"visited({name})": name in moment.entered_times for name in search.slice.visited},
        **moment.values,
    }


class InSymbols:
    """The same steps as Z3 takes them."""

    def __init__(self, steps: SingleSteps) -> None:
        slice_ = slice_of(steps.search.specification, steps.search.slice.generation, LEVELS)
        self.machine = SymbolicMachine(slice_, LEVELS, silent=True)
        self._steps = steps
        self._values = {name: item.before for name, item in self.machine.components.items()}
        self._solvers: dict[str, Any] = {}
        self._asked = 0
        self._collections = {name for group in self.machine.groups for name in group.names}
        self._description_keys = cache(self.machine.description_keys)
        self._end = cache(self._after)

    def agrees(self, question: Question, answer: Answer) -> bool:
        """Whether no step that Z3 can take there differs from the answer.

        Where the reduction is loose: whether one that it can take does not differ.
        """
        event = question.step.action.event
        solver = self._solvers.setdefault(event, z3.SolverFor("QF_LIA"))
        self._asked += 1
        given, asked = z3.Bools(f"given{self._asked} asked{self._asked}")
        solver.add(z3.Implies(given, boolean(conj(self._given(question, answer)))))
        # What keys can be, where they are free; and that the log is of the generation.
        possible = solver.check(given) == z3.sat
        if answer.trial is None or not possible:
            return answer.trial is None and not possible
        claim = conj(self._claims(question, answer.trial, answer))
        exactly = not self.machine.loose
        solver.add(z3.Implies(asked, boolean(neg(claim) if exactly else claim)))
        return bool(solver.check(given, asked) == (z3.unsat if exactly else z3.sat))

    def _given(self, question: Question, answer: Answer) -> Iterator[Any]:
        """The event, its context, and what it reads of the configuration. Nothing else."""
        action, before = question.step.action, answer.before
        step = self.machine.step(action.event)
        scene = step.scene
        context = before.context or {}
        yield step.possible
        yield same(scene.event, self.machine.codes.of(action.name))
        for key, symbol in scene.keys.items():
            yield self._is(symbol, context.get(key))
        yield from self._fields(scene, before, self._steps.read(question.step))
        keys = self._description_keys(action.event)
        description = context.get(keys[0]) if keys else None
        for name in self._steps.read(question.step) & self._collections:
            held = scene.collections.holds(scene.collections.value(name), None)
            if description is not None and not isinstance(held, bool):
                yield same(held, description in before.values[name])

    def _claims(self, question: Question, trial: Trial, answer: Answer) -> Iterator[Any]:
        """What the search says of the step."""
        step = self.machine.step(question.step.action.event)
        assert {name for name, _ in step.rules} >= answer.broken
        yield from (same(holds, name not in answer.broken) for name, holds in step.rules)
        state = self._steps.search.specification.state(answer.before.state)
        ended = trial.row is None and (state.final or state.removed)
        taken = [] if ended else [(trial.row, trial.outcome)]
        cases = [((case.row, case.outcome), case.condition) for case in step.cases]
        yield ended or disj(condition for what, condition in cases if what in taken)
        yield from (neg(condition) for what, condition in cases if what not in taken)
        yield same(step.allowed, trial.outcome != UNDEFINED)
        if answer.after is not None:
            yield from self._claims_after(question, answer.after)

    def _claims_after(self, question: Question, after: Moment) -> Iterator[Any]:
        """All components after the step: what is read is as the search says, the rest as before."""
        values, scene = self._end(question.step.action.event)
        fields = self._steps.read(question.step)
        yield from self._fields(scene, after, fields)
        rest = {*self._steps.search.space.fields} - fields
        own = {name for name in self.machine.components if field_of(name) in rest}
        yield from (same(values[name], self._values[name]) for name in own)
        for group in self.machine.groups:
            for name in rest & {*group.names}:
                sizes = [
                    each.collections.size(each.collections.value(name))
                    for each in (self.machine.before, scene)
                ]
                yield same(*sizes)

    def _after(self, event: str) -> tuple[dict[str, Any], Scene]:
        """The components and the configuration after an event."""
        values = {**self._values, **self.machine.step(event).after}
        return values, self.machine.scene(values)

    def _fields(self, scene: Scene, moment: Moment, fields: frozenset[str]) -> Iterator[Any]:
        """The fields have these values."""
        for field, value in by_field(moment, self._steps.search).items():
            if field not in fields:
                continue
            kind, _, name = field.partition("(")
            if field == STATE:
                yield same(scene.state, self.machine.codes.of(value))
            elif field == GENERATION:
                yield same(scene.started, not value)
            elif name:
                yield same(scene.came(About(kind, name[:-1])), value)
            elif isinstance(value, Bag):
                yield from self._collection(scene, field, value)
            else:
                yield self._is(scene.variable(field), value)
        for group in self.machine.groups:
            if fields >= {*group.names}:
                counts = classes(group, moment)
                yield from (
                    same(scene.collections.count(group, row), counts[row]) for row in group.classes
                )

    def _collection(self, scene: Scene, name: str, bag: Bag) -> Iterator[Any]:
        term = scene.collections.value(name)
        yield same(scene.collections.size(term), len(bag))
        times = dict(bag.items())
        for text, value in zip(term.group.literals, term.literals, strict=True):
            yield same(value, times.get(text, 0) if term.group.bag else text in times)

    def _is(self, symbol: Symbol, value: Any) -> Any:
        """The symbol has the value. Of what is opaque nothing is known."""
        if symbol.kind == "optional":
            has = same(symbol.has, value is not None)
            return has if value is None else conj([has, self._is(symbol.of, value)])
        if symbol.kind == "record":
            return conj(self._is(part, value.get(name)) for name, part in symbol.fields)
        if symbol.kind == "string":
            return same(symbol.code, self.machine.codes.of(value))
        if symbol.kind == "boolean":
            return same(symbol.truth, value)
        if symbol.kind == "integer":
            return same(symbol.number, value)
        assert symbol.kind == "opaque"
        return True


def field_of(component: str) -> str:
    """The field that a component is part of."""
    name = (
        component.removeprefix("has(").removesuffix(")") if component[:4] == "has(" else component
    )
    return name.partition(".")[0]


def classes(group: Any, moment: Moment) -> Counter[tuple[bool, ...]]:
    """How many strings, beside the literals, are in each class of a group."""
    bags = [dict(moment.values[name].items()) for name in group.names]
    found: Counter[tuple[bool, ...]] = Counter()
    for member in {member for bag in bags for member in bag} - {*group.literals}:
        found[tuple(member in bag for bag in bags)] += bags[0][member] if group.bag else 1
    return found


class ByChecker:
    """The same steps as the checker takes them."""

    def __init__(self, steps: SingleSteps) -> None:
        self.machine = Machine(steps.search.specification)
        self._asked = judged_events(steps.search.specification)
        self._steps = steps

    def agrees(self, question: Question, answer: Answer) -> bool:
        """Whether it finds the same, and goes to the same configuration."""
        search, trial = self._steps.search, answer.trial
        before = self._configuration(answer.before)
        if trial is None:
            return True
        action = question.step.action
        context = context_of(search, action, question.number)
        step = self.machine.step(before, action.name, context)
        silent = {f.id for f in search.specification.findings if f.kind == SILENT}
        expected = {*trial.breaks} | (silent if trial.outcome == SILENT else set())
        outcome = UNDEFINED if step.outcome in (CAPTIVE, REMOVED) else step.outcome
        if (outcome, step.transition) != (trial.outcome, trial.row):
            return False
        if {breach.rule.id for breach in step.breaches} != expected:
            return False
        if answer.after is None and outcome != UNDEFINED:
            return True  # over the border of the instance the search does not follow
        after = before if answer.after is None else self._configuration(answer.after)
        if step.after.state != after.state:
            return False
        if step.after.seen & self._asked != after.seen & self._asked:
            return False
        return step.after.values == after.values

    def _configuration(self, moment: Moment) -> Configuration:
        initial = self.machine.initial.values
        kept = {name: moment.values.get(name, value) for name, value in initial.items()}
        generation = None if moment.first else self._steps.search.slice.generation
        return Configuration(moment.state, generation, kept, moment.seen)
