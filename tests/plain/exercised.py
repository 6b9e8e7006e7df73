"""What runs of a small machine make of its rules and guards: answered by a visit to every place."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from plain.claims import before
from plain.expressions import Expression
from plain.machine import (
    LEVELS,
    MOVES,
    SILENT,
    STAYS,
    Machine,
    Place,
    Rule,
    Step,
    matching,
    step,
)
from plain.runs import Letter, explore, letters

WEIGHTY = LEVELS[:3]
"""Rules of these levels are obeyed by the runs that exercise others."""


@dataclass
class Exercised:
    """What some run shows; rows are named by their numbers.

    `obeyed` are rules whose premise holds at an event that obeys them and all others, `alone`
    those that some event breaks and no other with them. `taken` and `passed` are guarded rows:
    those of which a run as assumed shows it, and with `lax` in the name those of which a run does
    whose last event breaks no MUST.
    """

    obeyed: set[str] = field(default_factory=set)
    alone: set[str] = field(default_factory=set)
    taken: set[int] = field(default_factory=set)
    passed: set[int] = field(default_factory=set)
    lax_taken: set[int] = field(default_factory=set)
    lax_passed: set[int] = field(default_factory=set)


def premises(require: Expression) -> Iterator[Expression]:
    """What must hold for a rule to ask something: all that stands left of `implies`."""
    if require[0] == "implies":
        yield require[1]
        yield from premises(require[2])


def exercised(machine: Machine) -> Exercised:
    """Exercise the rules and guards in the logs of every generation. Raises TooMany."""
    found = Exercised()
    asked = {rule.name: tuple(premises(rule.require)) for rule in machine.rules}
    also = [premise for each in asked.values() for premise in each]
    tried = letters(machine, also=also)
    for generation in machine.generations:
        runs = explore(machine, assuming="implied", generation=generation.name)
        for place in runs.parents:
            for letter in tried:
                did = step(machine, place, letter.name, letter.context)
                if did.after.generation == generation.name and place.state != machine.removed:
                    _rules(machine, place, letter, did, asked, found)
                    _guards(machine, place, letter, did, found)
    return found


def _broken(machine: Machine, did: Step, levels: tuple[str, ...]) -> set[str]:
    rules = {rule.name for rule in machine.rules} if did.outcome in (MOVES, STAYS, SILENT) else ()
    return {name for name in did.breaks if name in rules and machine.level(name) in levels}


def _rules(
    machine: Machine,
    place: Place,
    letter: Letter,
    did: Step,
    asked: dict[str, tuple[Expression, ...]],
    found: Exercised,
) -> None:
    if did.outcome not in (MOVES, STAYS, SILENT):
        return
    weighty = _broken(machine, did, WEIGHTY)
    here = before(machine, place, letter)

    def judges(rule: Rule) -> bool:
        return machine.entry(letter.name) in rule.on or "any" in rule.on

    for rule in filter(judges, machine.rules):
        if rule.name in did.breaks:
            if weighty <= {rule.name}:
                found.alone.add(rule.name)
        elif not weighty and all(here.holds(premise) for premise in asked[rule.name]):
            found.obeyed.add(rule.name)


def _guards(machine: Machine, place: Place, letter: Letter, did: Step, found: Exercised) -> None:
    entry = machine.entry(letter.name)
    if _broken(machine, did, ("MUST",)):
        return
    strictly = not _broken(machine, did, WEIGHTY)
    generation = did.after.generation
    assert generation is not None
    together = {
        r.number for r in matching(machine, entry, generation, before(machine, place, letter))
    }
    for row in machine.table.get((entry, place.state), ()):
        if row.guard is None or row.generation not in (None, generation):
            continue
        if did.row is row:
            found.lax_taken.add(row.number)
            found.taken |= {row.number} if strictly else set()
        elif row.number not in together:
            found.lax_passed.add(row.number)
            found.passed |= {row.number} if strictly else set()
