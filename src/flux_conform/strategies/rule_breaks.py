"""Finds steps after clean logs that break a rule, by state and event."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property, lru_cache
from typing import NamedTuple

from flux_conform.language.levels import NOTE
from flux_conform.language.specification import ANY_EVENT, Specification, TypedContext
from flux_conform.machine.steps import Done
from flux_conform.strategies.reachability import (
    Goal,
    Option,
    Planned,
    Reachability,
    broken,
    reachability_of,
)
from flux_conform.suite.making.clean_graph import taken
from flux_conform.suite.making.context_vectors import cases_of
from flux_conform.suite.making.further_letters import nearest_places
from flux_conform.suite.making.telling_events import Letter
from flux_conform.suite.making.testable import Clause, clauses_of

_MAX_NODES = 40
"""Maximum number of nodes that are recorded for one fault."""


class Fault(NamedTuple):
    """An event in a state that breaks these rules, by id; no rules if it causes only notes."""

    state: str
    event: str
    rules: frozenset[str]


Options = Mapping[int, list[Option]]


class Faults:
    """The faults that can follow the clean logs of a reachability map, by rule id."""

    def __init__(self, reach: Reachability) -> None:
        self.reach = reach
        self.clauses: dict[str, Clause] = {
            clause.id: clause for clause in clauses_of(reach.specification)
        }
        self._at_all_nodes: dict[str, dict[Fault, Options]] = {}

    def alone(self, rule: str) -> dict[Fault, Options]:
        """Return the faults that break this rule alone; for a note, those that break no rule."""
        only = frozenset((rule,)) if self.clauses[rule].level != NOTE else frozenset()
        found = {f: o for f, o in self.table.get(rule, {}).items() if f.rules == only}
        if not found and self.clauses[rule].untestable == "":
            if rule not in self._at_all_nodes:
                self._at_all_nodes[rule] = self._search_all_nodes(rule)
            found = {f: o for f, o in self._at_all_nodes[rule].items() if f.rules == only}
        return found

    def with_others(self, rule: str) -> dict[Fault, Options]:
        """Return the faults that break this rule, alone or with others."""
        return dict(self.table.get(rule, {}))

    def goal(self, rule: str, fault: Fault, options: Options, *, ends: bool | None) -> Goal:
        """Return the goal to commit a fault.

        With `ends` true, only where the log can reach its end afterwards; with `ends` false, only
        where the fault does not end the log.
        """
        over = self.reach.ends

        def kept() -> Options:
            found: dict[int, list[Option]] = {}
            for node, some in options.items():
                if ends:
                    some = list(self._ended(node, some))
                elif ends is False:
                    targets = [option.step.row and option.step.row.target for option in some]
                    some = [o for o, to in zip(some, targets, strict=True) if to not in over]
                if some and not (ends is False and fault.state in over):
                    found[node] = some
            return found

        return self.reach.goal((rule, fault, ends), kept)

    def _ended(self, node: int, options: Iterable[Option]) -> Iterator[Option]:
        """Yield the options from which the end can be reached.

        An option that leaves the map gets the steps to the end as its tail.
        """
        for option in options:
            target = option.step.target
            if target is not None:
                if self.reach.home(target) is not None:
                    yield option
                continue
            before = self.reach.graph.places[node].configuration
            logged = option.step.letter.at(before)
            assert logged is not None  # the fault was found with this letter at this node
            tail = self.reach.way_home(taken(self.reach.machine, before, logged).after)
            if tail is not None:
                yield option._replace(tail=tail)

    # Search

    @cached_property
    def table(self) -> dict[str, dict[Fault, Options]]:
        """The faults found at the nearest nodes of each state."""
        near = list(nearest_places(self.reach.graph))
        found = self._try(near, self.reach.letters)
        for rule, faults in self._contexts().items():
            for fault, options in faults.items():
                known = found.setdefault(rule, {})
                if fault not in known:
                    known[fault] = options
        return found

    def _try(
        self, nodes: Iterable[int], letters: Iterable[Letter]
    ) -> dict[str, dict[Fault, Options]]:
        """Take each letter at each node, and return the faults by rule."""
        found: dict[str, dict[Fault, dict[int, list[Option]]]] = {}
        letters = tuple(letters)
        for number in nodes:
            for letter in letters:
                done = self.reach.graph.take(number, letter)
                if done is not None and done.breaches and self._is_of_generation(done):
                    self._note(found, number, letter, done, keeps=False)
        return {rule: dict(faults) for rule, faults in found.items()}

    def _is_of_generation(self, done: Done) -> bool:
        return done.generation in (None, self.reach.generation)

    def _note(
        self,
        found: dict[str, dict[Fault, dict[int, list[Option]]]],
        number: int,
        letter: Letter,
        done: Done,
        *,
        keeps: bool,
    ) -> None:
        """Record a step as a fault, under each rule above a note that it breaks, or else each note.

        `keeps` says that the context itself is at fault, so that no key of it may be varied.
        """
        state = self.reach.graph.places[number].state
        ids = {
            breach.rule.id.replace("{event}", letter.name): breach.rule.level
            for breach in done.breaches
        }
        rules = frozenset(rule for rule, level in ids.items() if level != NOTE)
        target = self.reach.graph.target(number, done)
        planned = Planned(letter, done.row, broken(done), target, keeps)
        for rule in rules or ids:
            options = found.setdefault(rule, {}).setdefault(Fault(state, letter.event, rules), {})
            if number in options or len(options) < _MAX_NODES:
                options.setdefault(number, []).append(Option(planned))

    def _contexts(self) -> dict[str, dict[Fault, Options]]:
        """Find faults in contexts, at the nearest node where a valid context breaks no rule."""
        found: dict[str, dict[Fault, dict[int, list[Option]]]] = {}
        nearest: dict[tuple[str, str], int] = {}
        for number, ways in enumerate(self.reach.graph.ways):
            state = self.reach.graph.places[number].state
            for way in ways:
                nearest.setdefault((state, way.letter.event), number)
        for (_, name), number in nearest.items():
            event = self.reach.specification.event(name)
            place = self.reach.graph.places[number]
            plain = next(w.letter for w in self.reach.graph.ways[number] if w.letter.event == name)
            logged = plain.at(place.configuration)
            assert logged is not None  # a way takes it there
            for case in cases_of(event, logged.context):
                is_object = case.context is None or case.context.startswith("{")
                if not is_object and isinstance(event.context, TypedContext):
                    continue  # a context that is no object breaks a rule of lines instead
                letter = Letter(name, plain.name, case.context, 1, False)
                done = self.reach.graph.take(number, letter)
                assert done is not None  # nothing is computed
                kinds = {getattr(breach.rule, "kind", "") for breach in done.breaches}
                if kinds & {"context", "no-context"} and self._is_of_generation(done):
                    self._note(found, number, letter, done, keeps=True)
        return {rule: dict(faults) for rule, faults in found.items()}

    def _search_all_nodes(self, rule: str) -> dict[Fault, Options]:
        """Find the faults of one rule at all nodes: some rules can be broken only far away."""
        one = next((r for r in self.reach.specification.rules if r.id == rule), None)
        if one is None or ANY_EVENT in one.on:
            return {}
        letters = [letter for letter in self.reach.letters if letter.event in one.on]
        return self._try(range(len(self.reach.graph.places)), letters).get(rule, {})


@lru_cache(maxsize=32)
def faults_of(specification: Specification, generation: str, *, silent: bool = False) -> Faults:
    """Return the faults of a specification's logs; they are searched at the first use.

    With `silent` they may also follow silent events, which takes longer to search.
    """
    return Faults(reachability_of(specification, generation, silent=silent))
