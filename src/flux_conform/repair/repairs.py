"""A repair: changes that mend a log, and what they make of it."""

from __future__ import annotations

from typing import NamedTuple

from flux_conform.repair.edits import Change


class Repair(NamedTuple):
    """Changes that mend a log, in its order, and the mended log."""

    changes: tuple[Change, ...]
    data: bytes
