"""What the classes of a recursive union are made from: the types, and the nodes of a tree.

At run time each is a NamedTuple (docs/decisions/0001). A type checker is told less: a frozen class
with these fields, and no tuple. Tuples are compared field by field, so that a union of tuples that
hold the union again is gone into over and over: mypy spent minutes on what now takes seconds.
Each class is final besides, so that a value of one is known to be of no other.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from typing import dataclass_transform

    @dataclass_transform(frozen_default=True)
    class Variant:
        """One class of a recursive union; its last field, `kind`, names it."""

else:
    Variant = NamedTuple
