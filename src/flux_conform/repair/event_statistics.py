"""Which events stand side by side in a specification's scenarios."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from flux_conform.language.specification import Specification
from flux_conform.repair import costs
from flux_conform.repair.log_lines import Line


class EventStatistics:
    """How unusual an event is at a place of a log; scenarios are the specification's own examples.

    They break ties and decide nothing else: where there are none, all places are alike.
    """

    def __init__(self, specification: Specification, lines: Sequence[Line]) -> None:
        self._names = [None, *(line.event for line in lines), None]
        self._pairs: set[tuple[str | None, str | None]] = set()
        for scenario in specification.scenarios:
            names = [step.event for step in scenario.steps if step.event is not None]
            self._pairs.update(pairwise([None, *names]))
            if not scenario.unfinished:
                self._pairs.update([(names[-1], None)])

    def oddity(self, name: str, index: int) -> int:
        """How odd it is that an event of that name stands before the line of that index."""
        pairs = (self._names[index], name), (name, self._names[index + 1])
        return costs.STRANGE * sum(pair not in self._pairs for pair in pairs)
