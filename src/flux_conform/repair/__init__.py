"""Search for the smallest change that makes a violating log conform."""

from __future__ import annotations

from flux_conform.repair.costs import Cost
from flux_conform.repair.edit_script import Bounds
from flux_conform.repair.edits import (
    Change,
    Drop,
    DropCopies,
    EndLine,
    Insert,
    Move,
    Repair,
    Set,
    Unset,
    in_words,
    to_json,
)
from flux_conform.repair.mend import Mender, Mending, mend

__all__ = [
    "Bounds",
    "Change",
    "Cost",
    "Drop",
    "DropCopies",
    "EndLine",
    "Insert",
    "Mender",
    "Mending",
    "Move",
    "Repair",
    "Set",
    "Unset",
    "in_words",
    "mend",
    "to_json",
]
