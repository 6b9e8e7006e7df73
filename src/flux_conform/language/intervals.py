"""Arithmetic on the bounds of integers: between which numbers a result lies."""

from __future__ import annotations

from collections.abc import Callable

from flux_conform.language import expressions as x
from flux_conform.language.types import Integer

Bound = int | None
"""A bound that is included, or None where there is none."""


def computed(operator: str, left: Integer, right: Integer) -> Integer:
    """The integers that `left operator right` can be.

    What stands right of `/`, `%` and `&` is positive, and one side of `*` is a single number.
    """
    match operator:
        case "+":
            return Integer(_both(int.__add__, left.low, right.low), _sum(left.high, right.high))
        case "-":
            return computed("+", left, _times(right, -1))
        case "*" if right.low is not None and right.low == right.high:
            return _times(left, right.low)
        case "*" if left.low is not None and left.low == left.high:
            return _times(right, left.low)
        case "/":
            return _quotient(left, right)
        case "%":
            return _remainder(left, right)
        case "&":
            return _common_bits(left, right)
    return Integer()


def hull(left: Integer, right: Integer) -> Integer:
    """The narrowest range that holds both."""
    return Integer(_both(min, left.low, right.low), _both(max, left.high, right.high))


def is_positive(of: Integer) -> bool:
    """Whether every integer of the type is above 0."""
    return of.low is not None and of.low > 0


POSITIVE = "a positive integer"
"""What stands right of an operator that could not be decided otherwise."""


def is_decidable(node: x.Binary, right: object) -> bool:
    """Whether a product, a quotient or common bits can be, of the type that the right side has.

    Anything else would leave the arithmetic that can be decided.
    """
    if node.operator in ("/", "%") and isinstance(right, Integer) and is_positive(right):
        return True
    if node.operator == "*" and isinstance(node.left, x.Constant):
        return True
    value = node.right.value if isinstance(node.right, x.Constant) else None
    return isinstance(value, int) and (value > 0 or node.operator == "*")


def _both(combine: Callable[[int, int], int], one: Bound, other: Bound) -> Bound:
    return None if one is None or other is None else combine(one, other)


def _sum(one: Bound, other: Bound) -> Bound:
    return _both(int.__add__, one, other)


def _times(of: Integer, factor: int) -> Integer:
    if factor == 0:
        return Integer(0, 0)
    low, high = (None if end is None else end * factor for end in (of.low, of.high))
    return Integer(low, high) if factor > 0 else Integer(high, low)


def _quotient(left: Integer, right: Integer) -> Integer:
    # The division of a number that is not negative is greatest by the least divisor.
    least, most = right.low, right.high

    def divided(number: Bound, below_zero: Bound, above_zero: Bound) -> Bound:
        if number is None:
            return None
        divisor = below_zero if number < 0 else above_zero
        if divisor is None:
            return -1 if number < 0 else 0
        return number // divisor

    return Integer(divided(left.low, least, most), divided(left.high, most, least))


def _remainder(left: Integer, right: Integer) -> Integer:
    if left.low is not None and left.high is not None and right.low is not None:
        if left.low >= 0 and left.high < right.low:
            return left
        if left.low >= 0:
            return Integer(0, _least(left.high, right.high))
    return Integer(0, None if right.high is None else right.high - 1)


def _least(number: int, divisor: Bound) -> int:
    return number if divisor is None else min(number, divisor - 1)


def _common_bits(left: Integer, right: Integer) -> Integer:
    if left.low is None or left.low < 0 or left.high is None:
        return Integer(0, right.high)
    return Integer(0, left.high if right.high is None else min(left.high, right.high))
