"""Durations: how the language writes them, and their values, which are exact."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

UNITS = {
    "us": Fraction(1, 1_000_000),
    "ms": Fraction(1, 1_000),
    "s": Fraction(1),
    "min": Fraction(60),
    "h": Fraction(3_600),
    "d": Fraction(86_400),
}
"""The units behind an integer, in seconds."""


def seconds(amount: int, unit: str) -> Fraction:
    """How many seconds so much of a unit is."""
    return amount * UNITS[unit]


def decimal_of(value: Fraction) -> str:
    """A time or a duration as a decimal number: all are decimal numbers of a log, added up."""
    digits = 0
    while (value * 10**digits).denominator != 1:
        digits += 1
    return f"{Decimal((value * 10**digits).numerator).scaleb(-digits):f}"
