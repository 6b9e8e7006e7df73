"""What `wait` says of small random machines is what a visit to every place shows."""

from collections import Counter
from collections.abc import Iterable

import pytest
from hypothesis import reject
from hypothesis import strategies as st

from flux_conform.prove.waiting.analysis import waiting
from flux_conform.prove.waiting.guarantees import (
    ALWAYS,
    AVOIDABLE,
    IMPOSSIBLE,
    NEVER,
    SOMETIMES,
    THERE,
    UNAVOIDABLE,
    UNKNOWN,
    UNREACHED,
    Wait,
)
from plain.claims import at
from plain.drawn import ASSUMED, machines
from plain.machine import Machine, Place, initial
from plain.machines_at_random import at_random
from plain.parser import parsed
from plain.runs import Runs, TooMany, explore
from plain.writing import text
from prove.machines import loaded


class Awaited:
    """A set of states that somebody waits for, and what every run shows of it."""

    def __init__(self, runs: Runs, states: Iterable[str]) -> None:
        self.runs = runs
        self.states = set(states)
        machine = runs.machine
        self.ends = {machine.final, machine.removed} - self.states - {None}
        self.inside = {place for place in runs.parents if place.state in self.states}
        self.can = self.inside | runs.leading_to(lambda _, did: did.after.state in self.states)

    def here(self, state: str) -> set[Place]:
        """The places of a state."""
        return {place for place in self.runs.parents if place.state == state}

    def answer(self, state: str) -> str:
        """What a run from the state does about the set."""
        here = self.here(state)
        if state in self.states:
            return THERE
        if not here:
            return UNREACHED
        if not here & self.can:
            return IMPOSSIBLE
        without = self.runs.after(here, self.states)
        ended = any(place.state in self.ends or place not in self.can for place in without)
        return AVOIDABLE if ended else UNAVOIDABLE

    def before(self, state: str) -> str:
        """Whether runs that come to the state have been in the set already."""
        here = self.here(state)
        start = initial(self.runs.machine)
        if start.state in self.states:
            return ALWAYS
        some = here & self.runs.after(self.inside)
        fresh = here & self.runs.after([start], self.states)
        return SOMETIMES if some and fresh else ALWAYS if some else NEVER

    def rounds(self, state: str) -> str:
        """Whether runs from the state can change between states for ever without the set."""
        without = self.runs.after(self.here(state), self.states)
        for place in without:
            onward = self.runs.after([place], self.states)
            others = [other for other in onward if other.state != place.state]
            if place in self.runs.after(others, self.states):
                return SOMETIMES
        return NEVER

    def leaving(self) -> str:
        """Whether the set can be left again."""
        if not self.inside:
            return UNREACHED
        left = any(
            did.after.state not in self.states
            for place in self.inside
            for _, did in self.runs.steps[place]
        )
        return SOMETIMES if left else NEVER


def held(wait: Wait, awaited: Awaited) -> Counter[str]:
    """Hold the answers about one set to what every run shows, and count them."""
    counts: Counter[str] = Counter()
    for start in wait.starts:
        counts[start.answer] += 1
        assert start.answer in (UNKNOWN, awaited.answer(start.state)), start
        if start.before is not None:
            counts[f"before {start.before}"] += 1
            assert start.before in (UNKNOWN, awaited.before(start.state)), start
        if start.rounds is not None:
            counts[f"rounds {start.rounds.answer}"] += 1
            assert start.rounds.answer in (UNKNOWN, awaited.rounds(start.state)), start
    counts[f"leaving {wait.leaving.answer}"] += 1
    assert wait.leaving.answer in (UNKNOWN, awaited.leaving())
    entered(wait, awaited)
    return counts


def entered(wait: Wait, awaited: Awaited) -> None:
    """What is said of entering holds whenever a run enters."""
    runs, states = awaited.runs, awaited.states
    facts = [parsed(fact.text) for fact in wait.entry.facts]
    doors = {door.event: door for door in wait.entry.doors}
    for place, steps in runs.steps.items():
        for letter, did in steps:
            if place.state in states or did.after.state not in states:
                continue
            door = doors.get(runs.machine.entry(letter.name))
            assert door is not None
            assert place.state in door.sources
            assert did.after.state in door.targets
            own = [parsed(fact.text) for fact in door.facts]
            for fact in (*facts, *own):
                assert at(did.after).holds(fact), fact
    for came in wait.entry.came:
        assert not enters_without(awaited, came.events), came


def enters_without(awaited: Awaited, events: Iterable[str]) -> bool:
    """Whether a run enters the set though none of some events has come."""
    runs, barred = awaited.runs, set(events)
    known, left = {initial(runs.machine)}, [initial(runs.machine)]
    while left:
        place = left.pop()
        for letter, did in runs.steps[place]:
            if runs.machine.entry(letter.name) in barred:
                continue
            if place.state not in awaited.states and did.after.state in awaited.states:
                return True
            if did.after not in known:
                known.add(did.after)
                left.append(did.after)
    return False


@st.composite
def asked(draw: st.DrawFn) -> tuple[Machine, dict[str, list[str]], str, bool]:
    """A machine, sets of its states, and which runs are asked for."""
    machine = draw(machines())
    pair = draw(st.permutations(machine.states))[:2]
    sets = {state: [state] for state in machine.states} | {"pair": list(pair)}
    return machine, sets, draw(st.sampled_from(ASSUMED)), draw(st.booleans())


def answers_on(many: int, seeded: int = 1) -> Counter[str]:
    """Hold `wait` against the visit on so many machines, and count its answers."""
    counts: Counter[str] = Counter()

    def agree(drawn: tuple[Machine, dict[str, list[str]], str, bool]) -> None:
        machine, sets, assuming, silent = drawn
        try:
            runs = explore(machine, assuming=assuming, silent=silent)
        except TooMany:
            reject()
        found = waiting(loaded(text(machine)), sets, assuming=assuming, silent=silent)
        for wait in found.waits:
            counts.update(held(wait, Awaited(runs, sets[wait.name])))

    at_random(asked(), many, seeded=seeded)(agree)
    return counts


@pytest.mark.slow
def test_wait_says_what_every_run_shows() -> None:
    counts = answers_on(40)
    assert {AVOIDABLE, UNAVOIDABLE, IMPOSSIBLE} <= set(counts)


@pytest.mark.slow
@pytest.mark.parametrize("seeded", [2, 3])
def test_of_many_machines_hardly_an_answer_about_waiting_is_unknown(seeded: int) -> None:
    counts = answers_on(100, seeded)
    unknown = sum(n for answer, n in counts.items() if answer.endswith(UNKNOWN))
    assert unknown <= 0.02 * counts.total()
    assert set(counts) >= {
        *(THERE, UNAVOIDABLE, AVOIDABLE, IMPOSSIBLE, UNREACHED),
        *("before always", "before sometimes", "before never", "rounds never"),
        *("leaving sometimes", "leaving never", "leaving unreached"),
    }
