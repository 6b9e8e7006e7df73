"""The smallest change that makes a violating log conform, found by search over the model."""

from __future__ import annotations

from flux_conform.conformance.mending.changes import (
    Change,
    Drop,
    DropCopies,
    EndLine,
    Insert,
    Move,
    Set,
    Unset,
    in_words,
    to_json,
)
from flux_conform.conformance.mending.costs import Cost
from flux_conform.conformance.mending.mend import Mender, Mending, mend
from flux_conform.conformance.mending.repairs import Repair
from flux_conform.conformance.mending.ways import Bounds

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
