"""What the types of the language accept: their meaning for values of JSON."""

from typing import Any

import pytest

from flux_conform.language.parser import parse_type
from flux_conform.language.types import accepts, is_idset

INF = float("inf")
NAN = float("nan")

ACCEPTED: list[tuple[str, Any]] = [
    ("boolean", True),
    ("boolean", False),
    ("integer", 0),
    ("integer", -(10**300)),
    ("integer 0..31", 0),
    ("integer 0..31", 31),
    ("integer -3..-1", -2),
    ("integer 5..", 10**40),
    ("integer ..5", -(10**40)),
    ("number", 1),
    ("number", 1.5),
    ("number", -0.0),
    ("string", ""),
    ("string", "x"),
    ('"all"', "all"),
    ("idset", "0-3,7"),
    ("path", "a"),
    ("path", "a.b.c"),
    ("any", None),
    ("any", [1, {}]),
    ("object", {}),
    ("object", {"a": None}),
    ("list of string", []),
    ("list of string", ["a", "a"]),
    ("optional integer", 3),
    ("{a: integer}", {"a": 1}),
    ("{a: integer}", {"a": 1, "b": "whatever"}),
    ("{a: optional integer}", {}),
    ("map of path to any", {}),
    ("map of path to integer", {"a.b": 1, "c": 2}),
    ("nonempty map of path to any", {"a": None}),
    ("nonempty list of integer", [1]),
    ('"all" | idset', "all"),
    ('"all" | idset', "[0-1]"),
    ("integer | {a: string}", {"a": "x"}),
]
REFUSED: list[tuple[str, Any]] = [
    ("boolean", 0),
    ("boolean", 1),
    ("boolean", None),
    ("boolean", "true"),
    ("integer", True),
    ("integer", 1.0),
    ("integer", "1"),
    ("integer", None),
    ("integer 0..31", -1),
    ("integer 0..31", 32),
    ("integer 0..31", False),
    ("integer 5..", 4),
    ("integer ..5", 6),
    ("number", INF),
    ("number", -INF),
    ("number", NAN),
    ("number", True),
    ("number", "1"),
    ("number", None),
    ("string", 1),
    ("string", None),
    ("string", ["a"]),
    ('"all"', "ALL"),
    ('"all"', None),
    ("idset", 3),
    ("idset", "3,1"),
    ("path", ""),
    ("path", "."),
    ("path", "a."),
    ("path", ".a"),
    ("path", "a..b"),
    ("path", None),
    ("object", None),
    ("object", []),
    ("list of string", ["a", 1]),
    ("list of string", "a"),
    ("list of string", {"a": "b"}),
    ("list of string", None),
    ("optional integer", None),
    ("optional integer", "x"),
    ("{a: integer}", {}),
    ("{a: integer}", {"a": "1"}),
    ("{a: integer}", [1]),
    ("{a: optional integer}", {"a": None}),
    ("map of path to any", {"": 1}),
    ("map of path to integer", {"a": "x"}),
    ("map of path to any", []),
    ("nonempty map of path to any", {}),
    ("nonempty list of integer", []),
    ("nonempty list of integer", ["a"]),
    ('"all" | idset', "some"),
    ("integer | {a: string}", {"a": 1}),
]


@pytest.mark.parametrize(("text", "value"), ACCEPTED)
def test_a_type_accepts(text: str, value: Any) -> None:
    """Values of the type are accepted, bounds included, keys beside a record's too."""
    assert accepts(parse_type(text), value)


@pytest.mark.parametrize(("text", "value"), REFUSED)
def test_a_type_refuses(text: str, value: Any) -> None:
    """A boolean is no number, a whole number with a point no integer, null is a value."""
    assert not accepts(parse_type(text), value)


@pytest.mark.parametrize(
    "text",
    [
        *("", "[]", "0", "[0]", "7", "0-1", "[0-1]", "1,2", "1-2,4", "0,2-3,5-9,11"),
        *(
            "10",
            "9-10",
            "[1,3-4]",
            "18446744073709551615",
            "99999999999999999998-99999999999999999999",
        ),
    ],
)
def test_an_idset_of_rfc_22(text: str) -> None:
    """RFC 22, "String Representation": ids and ranges that ascend, in brackets or in none."""
    assert is_idset(text)


@pytest.mark.parametrize(
    "text",
    [
        *("[", "]", "[[]]", "[0", "0]", "[0]]", "][", "[0][1]", "{0}"),
        *(",", "0,", ",0", "0,,1", "-", "0-", "-1", "0--1", "0-1-2", "1-1", "2-1"),
        *("1,1", "2,1", "1-3,3", "1-3,2", "1-3,2-5", "5,1-3"),
        *("00", "01", "1,02", "0-01", "+1", "1.0", "0x1", "1e3"),
        *(" 1", "1 ", "1, 2", "1 -2", "[ 1]", "1\n", "all", "a", "1,a", "١", "²", "１"),
    ],
)
def test_no_idset_of_rfc_22(text: str) -> None:
    """Blanks, leading zeros, repeated or falling ids, and digits of other scripts are refused."""
    assert not is_idset(text)


def test_an_idset_of_many_digits_is_told_without_delay() -> None:
    """Python converts no more than 4,300 digits; a longer id is no idset and no crash."""
    assert not is_idset("9" * 5000)
    assert not is_idset("1-" + "9" * 100_000)
