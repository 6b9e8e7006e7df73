"""A memory of what was found out, which keys made to collide cannot slow down.

Python hashes an integer by its remainder, so that a log can hold thousands of values with one
hash; each look at a dictionary of them would be a walk past all. Two keys of one hash do not come
about by accident, so only the first of them is remembered, and the others are found out anew.
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import Generic, TypeVar

_Key = TypeVar("_Key", bound=Hashable)
_Value = TypeVar("_Value")


class Memo(dict[_Key, _Value], Generic[_Key, _Value]):
    """A dictionary in which no two keys have one hash."""

    __slots__ = ("_hashes",)

    def __init__(self) -> None:
        super().__init__()
        self._hashes: set[int] = set()

    def remember(self, key: _Key, value: _Value) -> _Value:
        """Put a value where no other key has the hash; the value.

        The key is not in the memory yet.
        """
        mark = hash(key)
        if mark not in self._hashes:
            self._hashes.add(mark)
            self[key] = value
        return value

    def clear(self) -> None:
        """Forget all."""
        super().clear()
        self._hashes.clear()
