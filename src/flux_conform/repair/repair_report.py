"""The report on a repaired log, as text and as JSON."""

from __future__ import annotations

from typing import Any, NamedTuple

from flux_conform.repair.edits import in_words, to_json
from flux_conform.repair.mend import Mending
from flux_conform.text import Paint, field_lines


class RepairReport(NamedTuple):
    """The result of a repair, and the path of the repaired log; None if there is no repair.

    The path "-" is standard output.
    """

    mending: Mending
    path: str | None

    def to_json(self) -> dict[str, Any]:
        """Return the report as JSON."""
        cost, repairs, more, tried, exact = self.mending
        return {
            "cost": None if cost is None else cost.changes,
            "ways": [
                {"says": in_words(each.changes), "changes": [to_json(c) for c in each.changes]}
                for each in repairs
            ],
            "more": more,
            "tried": tried,
            "exact": exact and len(repairs) + more < 2,
            "written": self.path,
        }

    def lines(self, width: int, paint: Paint) -> list[str]:
        """Return the report as lines of text."""
        cost, repairs, more, tried, exact = self.mending
        bound = "" if exact else "; not all of the log was tried"
        if cost is None:
            count = "1 change" if tried == 1 else f"up to {tried} changes"
            within = f" with {count}" if tried > 0 else ""
            return ["", *_field("mended", f"no repair found{within}{bound}", width, paint)]
        others = len(repairs) - 1 + more
        text = f"{in_words(repairs[0].changes)} (cost {cost.changes})"
        if others:
            text += f"; {others:,} other repair{'s' * (others > 1)} of the same cost"
        found = ["", *_field("mended", text + bound, width, paint)]
        for each in repairs[1:]:
            found += _field("or", in_words(each.changes), width, paint)
        if more:
            found += _field("or", f"{more:,} more", width, paint)
        assert self.path is not None
        written = "standard output" if self.path == "-" else self.path
        return [*found, *_field("written", written, width, paint)]


def _field(name: str, text: str, width: int, paint: Paint) -> list[str]:
    return field_lines(name, text, width, paint, room=9)
