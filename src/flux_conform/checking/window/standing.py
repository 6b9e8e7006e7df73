"""What a window of a log waits for whatever came before it."""

from __future__ import annotations

from collections.abc import Sequence

from flux_conform.checking.awaiting import Standing
from flux_conform.checking.dead_ends import dead_ends
from flux_conform.checking.finding import Stuck, WaitsFor
from flux_conform.language.expressions import Expression
from flux_conform.machine.partial_step import PartialStep, Past
from flux_conform.machine.step import Machine


def certain_standing(machine: Machine, step: PartialStep, pasts: Sequence[Past]) -> Standing:
    """Return what holds at the end of each past; since when is not known.

    Left out are things of which a log waits for each of several, and those whose words depend on
    the past. Raises ArtefactDamaged.
    """
    specification = machine.specification
    states = {past.facts.state for past in pasts}

    def is_certain(when: Expression | None) -> bool:
        return when is None or all(
            step.value(when, past.facts, unreadable=False) is True for past in pasts
        )

    waits = []
    for row in specification.waits:
        if not states or row.each is not None or not states <= {*row.states}:
            continue
        if all(isinstance(part, str) for part in row.says) and is_certain(row.when):
            says = "".join(str(part) for part in row.says)
            waits.append(WaitsFor(row.name, says, None, None, None, None, None))
    stuck = []
    for end in dead_ends(machine) if pasts else ():
        if {past.generation for past in pasts} == {end.generation} and is_certain(end.when):
            stuck.append(Stuck(end.claim, end.says, end.without, None, None, None, None))
    return Standing(tuple(waits), tuple(stuck))
