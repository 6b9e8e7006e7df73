"""The base of the classes of a recursive union: the types, and the nodes of a tree.

At run time each class is a NamedTuple (docs/decisions/0001). A type checker sees only a frozen
class with these fields, and no tuple: it compares tuples field by field, and so expands a union of
tuples that contain the union again and again; mypy took minutes for what now takes seconds. Each
class is also final, so that a value of one is known to be of no other.
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
