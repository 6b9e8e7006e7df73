"""What an event does after the pasts that a window may have, and which of them explain it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from flux_conform.conformance.machine import KeyFault
from flux_conform.conformance.window.unknown import Facts, frozen
from flux_conform.model.specification import MachineFinding, Rule


class Past(NamedTuple):
    """One way that the log so far may have been: a generation, and what is known of the rest."""

    generation: str
    facts: Facts


class Broken(NamedTuple):
    """A rule that is broken, with what was known then."""

    rule: Rule | MachineFinding
    facts: Facts
    keys: tuple[KeyFault, ...] = ()


class Next(NamedTuple):
    """A past with one more event: what it breaks surely, and what it breaks perhaps."""

    past: Past
    broken: tuple[Broken, ...]
    doubts: tuple[Rule, ...]


def different(steps: Iterable[Next]) -> list[Next]:
    """Each step once: pasts that have become alike go on together."""
    found: dict[object, Next] = {}
    for step in steps:
        facts = step.past.facts
        rules = tuple(item.rule.id for item in step.broken)
        key = (step.past.generation, facts.state, frozen(facts.seen), frozen(facts.values), rules)
        known = found.get(key)
        if known is None:
            found[key] = step
        elif step.doubts != known.doubts:
            doubts = tuple(dict.fromkeys((*known.doubts, *step.doubts)))
            found[key] = known._replace(doubts=doubts)
    return list(found.values())


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
