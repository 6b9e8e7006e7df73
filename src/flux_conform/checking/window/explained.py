"""Which of the pasts that a window may have explain an event, and what all of them break."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from flux_conform.language.equality import value_key
from flux_conform.machine.partial_step import Broken, Next


def different(steps: Iterable[Next]) -> list[Next]:
    """Each step once: pasts that are now alike are followed as one."""
    groups: dict[object, dict[int, Next]] = {}
    for number, step in enumerate(steps):
        rules = tuple(item.rule.id for item in step.broken)
        key = (step.past.generation, step.past.facts.state, rules)
        groups.setdefault(key, {})[number] = step
    # What they know is compared last, for that looks at each member of a set.
    found = dict(each for group in groups.values() for each in _distinct(group))
    return [found[number] for number in sorted(found)]


def _distinct(steps: Mapping[int, Next]) -> Iterable[tuple[int, Next]]:
    """Steps that differ only in what is known, each once with the number of the first."""
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


def in_all(steps: Sequence[Next]) -> tuple[Broken, ...]:
    """What every one of the pasts breaks."""
    shared = set.intersection(*({item.rule.id for item in step.broken} for step in steps))
    return tuple(item for item in steps[0].broken if item.rule.id in shared)


def least(steps: Sequence[Next]) -> tuple[Broken, ...]:
    """What the pasts break that break the fewest rules; each rule once."""
    fewest = min((len(step.broken) for step in steps), default=0)
    found: dict[str, Broken] = {}
    for step in steps:
        if len(step.broken) == fewest:
            for item in step.broken:
                found.setdefault(item.rule.id, item)
    return tuple(found.values())
