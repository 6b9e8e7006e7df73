"""How much of a specification the logs must exercise, of all that counts or of one part of it."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

from flux_conform.suite.coverage import Item
from flux_conform.suite.exercisable import PARTS, TRANSITIONS


class NoThreshold(ValueError):
    """A threshold is not written as one."""


class Threshold(NamedTuple):
    """A minimum in percent, of one part or (part "") of all parts together."""

    part: str
    percent: float

    def missed(
        self, items: Mapping[str, Sequence[Item]], excused: Collection[tuple[str, str]]
    ) -> str | None:
        """A message where less is exercised, or nothing is left to exercise.

        `excused` are things that are not demanded, by part and name.
        """
        demanded = [
            item
            for part in ([self.part] if self.part else PARTS)
            for item in items[part]
            if (part, item.name) not in excused
        ]
        done = sum(item.logs > 0 for item in demanded)
        what = self.part or "all parts together"
        if not demanded and self.percent:
            return f"nothing is left of {what} to exercise, and {self.percent:g} % are required"
        if 100 * done >= self.percent * len(demanded):
            return None
        shown = math.floor(1000 * done / len(demanded)) / 10  # never rounded up to what is missed
        return (
            f"the logs exercise {shown:.1f} % of {what} ({done} of {len(demanded)}), "
            f"and {self.percent:g} % are required"
        )


def read_threshold(given: str) -> Threshold:
    """Read `N` or `PART=N`. Raises NoThreshold."""
    part, equals, number = given.rpartition("=")
    try:
        percent = float(number)
    except ValueError:
        percent = -1
    if not 0 <= percent <= 100 or (equals and part not in PARTS):
        raise NoThreshold(
            f"{given}: give a percentage from 0 to 100, or one of a part as in {TRANSITIONS}=90; "
            f"the parts are {', '.join(PARTS)}"
        )
    return Threshold(part, percent)
