"""Transitions that no log takes: out of the initial state, in a generation that has left it.

The first event of a log decides on its generation. Where that event leads out of the initial state
in all logs of a generation, and no transition of the generation leads back, no other event comes in
the initial state. What it would do there makes no difference.
"""

from __future__ import annotations

from flux_conform.language.specification import MOVES, Generation, Specification, Transition
from flux_conform.mutation.mutants import Mutant


def is_out_of_reach(specification: Specification, mutant: Mutant) -> bool:
    """Whether the mutant only gives to other generations a transition that none of them takes."""
    other = mutant.specification
    before, after = specification.transitions, other.transitions
    if other != specification._replace(transitions=after) or len(before) != len(after):
        return False
    changed = [(old, new) for old, new in zip(before, after, strict=True) if old != new]
    return bool(changed) and all(_is_untaken(specification, old, new) for old, new in changed)


def _is_untaken(specification: Specification, old: Transition, new: Transition) -> bool:
    """Whether a row is the same but for its generations, and has no effect in those that differ."""
    if old._replace(generation=new.generation) != new or old.source != specification.initial.name:
        return False
    return all(
        _leaves_at_once(specification, generation) and old.event != generation.on
        for generation in specification.generations
        if _holds_in(old, generation) != _holds_in(new, generation)
    )


def _holds_in(row: Transition, generation: Generation) -> bool:
    return row.generation in (None, generation.name)


def _leaves_at_once(specification: Specification, generation: Generation) -> bool:
    """Whether the first event of each log of the generation leaves the initial state for good."""
    initial = specification.initial.name
    rows = [row for row in specification.transitions if _holds_in(row, generation)]
    first = [row for row in rows if (row.source, row.event) == (initial, generation.on)]
    return (
        not generation.today
        and len(first) == 1
        and first[0].when is None
        and first[0].outcome == MOVES
        and all(row.target != initial for row in rows)
    )
