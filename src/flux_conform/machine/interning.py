"""Values of configurations, numbered, so that configurations are small tuples of small numbers."""

from __future__ import annotations

from typing import Any

from flux_conform.language.equality import value_key


class Table:
    """The values that one part of configurations has had, numbered."""

    def __init__(self) -> None:
        self.values: list[Any] = []
        self._numbers: dict[object, int] = {}

    def number(self, value: Any) -> int:
        """The number of a value; one that is new gets the next."""
        key = value_key(value)
        number = self._numbers.get(key)
        if number is None:
            number = self._numbers[key] = len(self.values)
            self.values.append(value)
        return number
