"""All runs of a small machine: every place that they come to, and every step that they take."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from typing import Any, NamedTuple

from plain.expressions import Expression, folded, parts
from plain.machine import (
    CAPTIVE,
    LEVELS,
    REMOVED,
    SILENT,
    UNDEFINED,
    Event,
    Machine,
    Place,
    Step,
    faulty,
    initial,
    step,
)


class Letter(NamedTuple):
    """An event with a context. `well` tells that its context is of the right types."""

    name: str
    context: Mapping[str, Any] | None
    well: bool


class TooMany(Exception):
    """A machine is too large for a visit to every place."""


FAULTY = object()
"""In the place of a value: one that is of no type."""


def expressions_at(machine: Machine, entry: str) -> Iterator[Expression]:
    """All that is evaluated when an event comes."""
    members = machine.events[entry].members or (entry,)
    yield from (row.guard for row in machine.rows if row.event == entry and row.guard is not None)
    for rule in machine.rules:
        if entry in rule.on or "any" in rule.on:
            yield rule.require
    yield from machine.events[entry].effects.values()
    yield from (g.when for g in machine.generations if g.on in members and g.when is not None)
    for claim in machine.claims:
        if claim.event in (entry, "any") and claim.when is not None:
            yield claim.when
        if claim.event in (entry, "any") and claim.kind == "never" and claim.claim is not None:
            yield claim.claim
        if claim.event in (entry, "any") and claim.kind == "then" and claim.claim is not None:
            yield from (part[1] for part in parts(claim.claim) if part[0] == "old")


def contexts(event: Event, *, ill: bool) -> Iterator[dict[str, Any]]:
    """Every context of the right types that can matter, with `ill` those with faulty keys too."""
    choices = []
    for key, kind in event.keys.items():
        values = [*kind.values, *([None] if kind.optional else [])]
        choices.append([(key, each) for each in (*values, *([FAULTY, ...] if ill else []))])
    for picked in product(*choices):
        # None and … leave a key out: the one that may be absent, and the one that may not.
        yield {key: each for key, each in picked if each is not None and each is not ...}


def letters(
    machine: Machine, *, ill: bool = False, also: Iterable[Expression] = ()
) -> list[Letter]:
    """Of every event the contexts that some expression tells apart, or one of those asked `also`."""
    found: dict[object, Letter] = {}
    for entry, event in machine.events.items():
        trees = [*expressions_at(machine, entry), *also]
        for name in event.members or (entry,):
            for context in contexts(event, ill=ill):
                bad = faulty(event, context)
                left = tuple(folded(tree, name, context, bad) for tree in trees)
                # True is no 1, though Python's equality says so.
                told = (name, repr(left), bool(bad))
                borne = None if event.context == "undefined" else context
                found.setdefault(told, Letter(name, borne, not bad))
    return list(found.values())


@dataclass
class Runs:
    """All that runs reach: how each place was come to, and every step from it that a run takes."""

    machine: Machine
    generation: str
    alphabet: list[Letter]
    parents: dict[Place, tuple[Place, Letter] | None]
    steps: dict[Place, list[tuple[Letter, Step]]]

    def log(self, place: Place) -> list[tuple[str, Mapping[str, Any] | None]]:
        """A shortest log that leads to a place."""
        events = []
        while (parent := self.parents[place]) is not None:
            place, letter = parent
            events.append((letter.name, letter.context))
        return events[::-1]

    @property
    def states(self) -> set[str]:
        """The states that some run comes to."""
        return {place.state for place in self.parents}

    def after(self, starts: Iterable[Place], avoiding: Iterable[str] = ()) -> set[Place]:
        """The places to which runs go on from some, those among them, over none of some states."""
        avoided = set(avoiding)
        known = set(starts)
        left = list(known)
        while left:
            for _, did in self.steps[left.pop()]:
                if did.after not in known and did.after.state not in avoided:
                    known.add(did.after)
                    left.append(did.after)
        return known

    def leading_to(
        self,
        does: Callable[[Place, Step], bool],
        without: Iterable[str] = (),
    ) -> set[Place]:
        """The places from which some run goes on to a step that does what is asked."""
        barred = set(without)
        back: dict[Place, set[Place]] = {}
        left = []
        for place, steps in self.steps.items():
            for letter, did in steps:
                if self.machine.entry(letter.name) in barred:
                    continue
                back.setdefault(did.after, set()).add(place)
                if does(place, did):
                    left.append(place)
        known = set(left)
        while left:
            for before in back.get(left.pop(), ()):
                if before not in known:
                    known.add(before)
                    left.append(before)
        return known


def explore(
    machine: Machine,
    *,
    assuming: str = "implied",
    silent: bool = True,
    generation: str | None = None,
    most: int = 20_000,
) -> Runs:
    """All runs of a generation's logs that break no rule of the level or of a stronger one.

    Events that are undefined, or that come after the end, are no steps of a run. Contexts may be
    of wrong types where no rule is obeyed. Raises TooMany where
    there are more steps to take than `most`.
    """
    refused = LEVELS[: LEVELS.index(assuming) + 1] if assuming in LEVELS else ()
    wanted = machine.today if generation is None else generation
    alphabet = letters(machine, ill=assuming == "nothing")
    start = initial(machine)
    runs = Runs(machine, wanted, alphabet, {start: None}, {})
    queue = deque([start])
    while queue:
        place = queue.popleft()
        taken = runs.steps[place] = []
        for letter in alphabet:
            did = step(machine, place, letter.name, letter.context)
            if did.outcome in (UNDEFINED, CAPTIVE, REMOVED) or did.after.generation != wanted:
                continue
            if any(machine.level(rule) in refused for rule in did.breaks):
                continue
            if did.outcome == SILENT and not silent:
                continue
            taken.append((letter, did))
            if did.after not in runs.parents:
                runs.parents[did.after] = (place, letter)
                queue.append(did.after)
                if len(runs.parents) * len(alphabet) > most:
                    raise TooMany
    return runs
