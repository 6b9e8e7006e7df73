"""How large an explicit instance is, and where growth is cut."""

from __future__ import annotations

from typing import Any, NamedTuple

from flux_conform.language.bag import Bag
from flux_conform.machine.growth import COUNTED, Growth

CONFIGURATIONS = 60_000


class Bounds(NamedTuple):
    """The size of an explicit instance. What lies beyond it is not explored, and may be reached.

    `descriptions` is the number of different members that events name. A step is cut where it
    makes a bag hold more than `members`, or takes an integer farther than `growth` has it, or
    where there is none, farther from zero than `integer`. `configurations` is the number that are
    met before the search ends. Of each event the plainest `contexts` alone are tried, where it is
    not None.
    """

    descriptions: int
    members: int
    integer: int = COUNTED
    configurations: int = CONFIGURATIONS
    growth: Growth | None = None
    contexts: int | None = None

    def cuts(self, variable: str, before: Any, after: Any) -> bool:
        """Whether a variable may not go from one value to another.

        Only growth has no end: what shrinks is never cut, nor an integer that stands where none
        was, since the events that give it are few.
        """
        if isinstance(after, Bag):
            return len(after) > max(self.members, len(before))
        if _is_integer(after) and _is_integer(before):
            if self.growth is not None:
                return self.growth.is_beyond(variable, before, after)
            return abs(int(after)) > max(self.integer, abs(int(before)))
        return False


def _is_integer(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)
