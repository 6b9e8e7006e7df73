"""The integers for which comparisons with numbers hold: enough to see that two guards overlap."""

from __future__ import annotations

from typing import NamedTuple

from flux_conform.language import expressions as x

_TURNED = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "==": "==", "!=": "!="}


class _Range(NamedTuple):
    """The integers from `low` to `high`, but for some; None is no bound."""

    low: int | None = None
    high: int | None = None
    without: frozenset[int] = frozenset()

    def below(self, most: int) -> _Range:
        return self._replace(high=most if self.high is None else min(most, self.high))

    def above(self, least: int) -> _Range:
        return self._replace(low=least if self.low is None else max(least, self.low))

    def some(self) -> int | None:
        """One of the integers; None where there is none."""
        value, step = (self.low, 1) if self.low is not None else (self.high or 0, -1)
        while value in self.without:
            value += step
        if self.high is not None and value > self.high:
            return None
        return None if self.low is not None and value < self.low else value


def common_value(one: x.Node, other: x.Node) -> str | None:
    """For which value both hold, in words: `.value is 5`.

    None where they exclude each other, and where they say anything else than how one value
    compares with integers.
    """
    found = _Range()
    about: set[x.Node] = set()
    for part in (*_parts(one), *_parts(other)):
        if not isinstance(part, x.Binary) or part.operator not in _TURNED:
            return None
        side, operator, number = part.left, part.operator, part.right
        if isinstance(side, x.Constant):
            side, operator, number = number, _TURNED[operator], side
        value = number.value if isinstance(number, x.Constant) else None
        if isinstance(side, x.Constant) or isinstance(value, bool) or not isinstance(value, int):
            return None
        about.add(side)
        found = _narrowed(found, operator, value)
    value = found.some()
    return f"{x.show(about.pop())} is {value}" if len(about) == 1 and value is not None else None


def _narrowed(found: _Range, operator: str, value: int) -> _Range:
    match operator:
        case "<" | "<=":
            return found.below(value - (operator == "<"))
        case ">" | ">=":
            return found.above(value + (operator == ">"))
        case "!=":
            return found._replace(without=found.without | {value})
        case _:
            return found.below(value).above(value)


def _parts(tree: x.Node) -> tuple[x.Node, ...]:
    """What is joined by `and`."""
    if isinstance(tree, x.Binary) and tree.operator == "and":
        return (*_parts(tree.left), *_parts(tree.right))
    return (tree,)
