"""A repair: the changes to a log, and the resulting log."""

from __future__ import annotations

from typing import NamedTuple

from flux_conform.repair.edits import Change


class Repair(NamedTuple):
    """Changes that repair a log, in the order of its lines, and the repaired log."""

    changes: tuple[Change, ...]
    data: bytes
