"""Whether what is claimed of a small machine holds: answered by a visit to every place."""

from collections.abc import Callable, Iterator
from dataclasses import replace

from plain.expressions import Here, value
from plain.machine import (
    SILENT,
    UNDEFINED,
    Claim,
    Machine,
    Place,
    Row,
    chosen,
    faulty,
    initial,
    matching,
)
from plain.runs import Letter, Runs, explore


class Visited:
    """A machine with its runs, each kind of which is explored once. Raises TooMany."""

    def __init__(self, machine: Machine) -> None:
        self.machine = machine
        self._runs: dict[tuple[str, bool, str], Runs] = {}

    def runs(self, claim: Claim, generation: str | None = None) -> Runs:
        """The runs that a claim is about: today's, where no generation is named."""
        name = self.machine.today if generation is None else generation
        key = (claim.assuming, claim.silent, name)
        if key not in self._runs:
            self._runs[key] = explore(
                self.machine,
                assuming=claim.assuming,
                silent=claim.silent,
                generation=name,
            )
        return self._runs[key]

    def holds(self, claim: Claim) -> bool:
        """Whether the claim holds."""
        return ANSWERS[claim.kind](self, claim)

    def every(self, claim: Claim) -> list[Runs]:
        """The runs of each generation."""
        return [self.runs(claim, generation.name) for generation in self.machine.generations]


def at(place: Place) -> Here:
    """Where a claim of places is read: at no event."""
    return Here(place, "", {}, frozenset())


def before(machine: Machine, place: Place, letter: Letter) -> Here:
    """Where a guard is read."""
    context = letter.context or {}
    bad = faulty(machine.events[machine.entry(letter.name)], context)
    return Here(place, letter.name, context, bad)


def _single(visited: Visited, claim: Claim) -> bool:
    return visited.machine.final is not None


def _reachable(visited: Visited, claim: Claim) -> bool:
    return visited.runs(claim).states >= set(visited.machine.states)


def _taken(visited: Visited, claim: Claim) -> bool:
    asked = {
        row.number
        for row in visited.machine.rows
        if row.outcome != UNDEFINED
        and (row.outcome != SILENT or claim.silent)
        and row.generation in (None, visited.machine.today)
    }
    steps = visited.runs(claim).steps.values()
    return asked <= {did.row.number for taken in steps for _, did in taken if did.row is not None}


def matches(runs: Runs) -> Iterator[list[Row]]:
    """The rows that match together, wherever a run has come and whatever well-typed event comes.

    Rules do not matter for that event: the table is asked, and not what is allowed.
    """
    machine = runs.machine
    for place in runs.parents:
        for letter in runs.alphabet:
            if not letter.well:
                continue
            here = before(machine, place, letter)
            generation = place.generation or [*chosen(machine, letter.name, here), machine.today][0]
            if generation == runs.generation:
                yield matching(machine, machine.entry(letter.name), generation, here)


def _disjoint(visited: Visited, claim: Claim) -> bool:
    return all(len(rows) < 2 for runs in visited.every(claim) for rows in matches(runs))


def _functional(visited: Visited, claim: Claim) -> bool:
    return all(
        len({(row.outcome, row.target) for row in rows}) < 2
        for runs in visited.every(claim)
        for rows in matches(runs)
    )


def _closed(visited: Visited, claim: Claim) -> bool:
    final = visited.machine.final
    return not any(
        row.source == final and row.outcome != UNDEFINED
        for runs in visited.every(claim)
        for rows in matches(runs)
        for row in rows
    )


def _separate(visited: Visited, claim: Claim) -> bool:
    machine = visited.machine
    if len(machine.generations) == 1:
        return True
    start = initial(machine)
    for runs in visited.every(claim):
        if not runs.steps[start]:
            return False
        for letter, _ in runs.steps[start]:
            if len(chosen(machine, letter.name, before(machine, start, letter))) > 1:
                return False
    return True


def _cycles(visited: Visited, claim: Claim) -> bool:
    runs = visited.runs(claim)
    home = {state: set(part) for part in claim.cycles for state in part}
    inside = all(
        any(goes_round(runs, state, set(part) - {state}, set(part)) for state in part)
        for part in claim.cycles
    )
    return inside and not any(
        goes_round(runs, state, runs.states - home.get(state, {state}), runs.states)
        for state in runs.states
    )


def goes_round(runs: Runs, state: str, through: set[str], within: set[str]) -> bool:
    """Whether a run leaves a state and comes back to it, through one of some and within others."""
    others = runs.states - within
    away = runs.after([place for place in runs.parents if place.state == state], others)
    abroad = [place for place in away if place.state in through]
    return any(place.state == state for place in runs.after(abroad, others))


def _recoverable(visited: Visited, claim: Claim) -> bool:
    runs, removed = visited.runs(claim), visited.machine.removed
    assert claim.claim is not None

    def good(place: Place) -> bool:
        return place.state != removed and bool(at(place).holds(claim.claim))

    able = runs.leading_to(lambda _, did: good(did.after), claim.without)
    return all(p in able or good(p) or p.state == removed for p in runs.parents)


def _leavable(visited: Visited, claim: Claim) -> bool:
    runs, machine = visited.runs(claim), visited.machine
    able = runs.leading_to(lambda place, did: did.after.state not in (place.state, machine.removed))
    ends = (machine.final, machine.removed)
    return all(place in able for place in runs.parents if place.state not in ends)


def _always(visited: Visited, claim: Claim) -> bool:
    assert claim.claim is not None
    return all(at(place).holds(claim.claim) for place in visited.runs(claim).parents)


def kept(place: Place, name: str) -> object:
    """What an event may keep; true is not 1."""
    value = place.state if name == "state" else place.table[name]
    return value, isinstance(value, bool)


def _at_event(visited: Visited, claim: Claim) -> bool:
    machine = visited.machine
    for place, steps in visited.runs(claim).steps.items():
        for letter, did in steps:
            if claim.event not in ("any", machine.entry(letter.name)):
                continue
            here = before(machine, place, letter)
            if claim.when is not None and not here.holds(claim.when):
                continue
            if claim.kind == "keeps":
                if any(kept(place, name) != kept(did.after, name) for name in claim.names):
                    return False
                continue
            assert claim.claim is not None
            if claim.kind == "never" and here.holds(claim.claim):
                return False
            # Where a key cannot be read, None, nothing is asked.
            after = replace(at(did.after), before=here)
            if claim.kind == "then" and after.holds(claim.claim) is False:
                return False
    return True


def _accepts(visited: Visited, claim: Claim) -> bool:
    """Wherever a run is in these states, each well-typed event is one that the run may take."""
    machine, runs = visited.machine, visited.runs(claim)
    for place, taken in runs.steps.items():
        steps = {(letter.name, repr(letter.context)) for letter, _ in taken}
        for letter in runs.alphabet if place.state in claim.names else ():
            if not letter.well or claim.event not in ("any", machine.entry(letter.name)):
                continue
            here = before(machine, place, letter)
            first = [*chosen(machine, letter.name, here), machine.today][0]
            if (place.generation or first) != runs.generation:
                continue
            asked = claim.when is None or here.holds(claim.when)
            if asked and (letter.name, repr(letter.context)) not in steps:
                return False
    return True


def _reports(visited: Visited, claim: Claim) -> bool:
    """Wherever a run has ended, what is reported there is as it is claimed."""
    machine = visited.machine
    assert claim.claim is not None
    for place in visited.runs(claim).parents:
        if place.state == machine.final:
            for name, told in machine.report.items():
                place = replace(place, values=(*place.values, (name, value(told, at(place)))))
            asked = claim.when is None or at(place).holds(claim.when)
            if asked and not at(place).holds(claim.claim):
                return False
    return True


ANSWERS: dict[str, Callable[[Visited, Claim], bool]] = {
    "single": _single,
    "reachable": _reachable,
    "taken": _taken,
    "disjoint": _disjoint,
    "functional": _functional,
    "closed": _closed,
    "separate": _separate,
    "cycles": _cycles,
    "recoverable": _recoverable,
    "leavable": _leavable,
    "always": _always,
    "then": _at_event,
    "never": _at_event,
    "keeps": _at_event,
    "accepts": _accepts,
    "reports": _reports,
}
