"""Compares the steps of an event from all possible pasts: distinct steps, and shared breaches."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from flux_conform.language.equality import value_key
from flux_conform.machine.partial_step import Broken, Next


def distinct_steps(steps: Iterable[Next]) -> list[Next]:
    """Return each distinct step once: pasts that have become equal are followed as one."""
    groups: dict[object, dict[int, Next]] = {}
    for number, step in enumerate(steps):
        rules = tuple(item.rule.id for item in step.broken)
        key = (step.past.generation, step.past.facts.state, rules)
        groups.setdefault(key, {})[number] = step
    # Facts are compared last, because that takes time for each member of a set.
    found = dict(each for group in groups.values() for each in _distinct(group))
    return [found[number] for number in sorted(found)]


def _distinct(steps: Mapping[int, Next]) -> Iterable[tuple[int, Next]]:
    """Return steps that may differ only in their facts, each once, with the number of the first."""
    if len(steps) == 1:
        return steps.items()
    known_by: dict[int, object] = {}
    found: dict[object, tuple[int, Next]] = {}
    for number, step in steps.items():
        facts = step.past.facts
        for known in (facts.seen, facts.values):
            if id(known) not in known_by:
                known_by[id(known)] = value_key(dict(known))
        key = (known_by[id(facts.seen)], known_by[id(facts.values)])
        first, other = found.setdefault(key, (number, step))
        if other is not step and step.doubts != other.doubts:
            doubts = tuple(dict.fromkeys((*other.doubts, *step.doubts)))
            found[key] = (first, other._replace(doubts=doubts))
    return found.values()


def broken_in_all(steps: Sequence[Next]) -> tuple[Broken, ...]:
    """Return the breaches that occur in every step."""
    shared = set.intersection(*({item.rule.id for item in step.broken} for step in steps))
    return tuple(item for item in steps[0].broken if item.rule.id in shared)


def fewest_broken(steps: Sequence[Next]) -> tuple[Broken, ...]:
    """Return the breaches of the steps that break the fewest rules; each rule once."""
    fewest = min((len(step.broken) for step in steps), default=0)
    found: dict[str, Broken] = {}
    for step in steps:
        if len(step.broken) == fewest:
            for item in step.broken:
                found.setdefault(item.rule.id, item)
    return tuple(found.values())
