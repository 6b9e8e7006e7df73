"""Times of drawn logs, changed where policies that ask for times need others."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from flux_conform.machine.step import Machine
from flux_conform.strategies.type_values import Context


def allowed_times(
    machine: Machine, events: Sequence[tuple[str, Context]], times: Sequence[float]
) -> Sequence[float]:
    """Return times at which the events obey the policies; the drawn ones as far as they can be."""
    if machine.timed is None or not events:
        return times
    from flux_conform.prove.timed_runs import Happening, TimedRules, Walk

    walk = Walk(machine, [Happening(name, context) for name, context in events])
    drawn = [Fraction(repr(round(time, 6))) for time in times]
    gaps = [
        after - before == later - earlier
        for before, after, earlier, later in zip(
            walk.times, walk.times[1:], drawn, drawn[1:], strict=False
        )
    ]
    found = walk.solved([], [*TimedRules(machine).conditions(walk), *gaps])
    return times if found is None else [float(drawn[0] + each) for each in found]
