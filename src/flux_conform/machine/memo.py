"""A dictionary of computed results that colliding keys cannot slow down.

Python hashes an integer by its remainder, so a log can hold thousands of values with the same hash,
and each look-up in a dictionary of them would compare them all. Two keys rarely have the same hash
by accident, so only the first is remembered; the results of the others are computed again.
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import Generic, TypeVar

_Key = TypeVar("_Key", bound=Hashable)
_Value = TypeVar("_Value")


class Memo(dict[_Key, _Value], Generic[_Key, _Value]):
    """A dictionary in which no two keys have the same hash."""

    __slots__ = ("_hashes",)

    def __init__(self) -> None:
        super().__init__()
        self._hashes: set[int] = set()

    def remember(self, key: _Key, value: _Value) -> _Value:
        """Store a value unless another key has the same hash; return the value.

        The key must not be stored yet.
        """
        mark = hash(key)
        if mark not in self._hashes:
            self._hashes.add(mark)
            self[key] = value
        return value

    def clear(self) -> None:
        """Remove all keys."""
        super().clear()
        self._hashes.clear()
