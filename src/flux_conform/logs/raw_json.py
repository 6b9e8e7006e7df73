"""Lossless splitting of JSON: the members of an object and the elements of an array as bytes.

It accepts the JSON that the reader of eventlogs accepts: lone surrogates, numbers of any length and
repeated keys, but not NaN.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any


class TooMany(Exception):
    """An array has more elements than the limit."""


def _integer(digits: str) -> int | str:
    # An id has at most 20 digits; Python refuses to convert very long integers.
    return int(digits) if len(digits) <= 21 else digits


def _no_constant(name: str) -> Any:
    raise json.JSONDecodeError(f"{name} is no value of JSON", name, 0)


DECODER = json.JSONDecoder(parse_constant=_no_constant, parse_int=_integer, parse_float=str)
_BLANKS = re.compile(r"[ \t\r\n]*")


def walk(text: str, take: Callable[[str, int], int]) -> None:
    """Visit the members of the object in a text.

    `take` receives each key and the position of its value, and returns the position after it.

    Raises json.JSONDecodeError if the text is not one JSON object.
    """
    place = _past(text, _blank(text, 0), "{", "an object is expected")
    if text[place : place + 1] != "}":
        while True:
            if text[place : place + 1] != '"':
                raise json.JSONDecodeError("a key in quotes is expected", text, place)
            key, place = DECODER.raw_decode(text, place)
            place = _blank(
                text, take(key, _past(text, _blank(text, place), ":", "a colon is expected"))
            )
            if text[place : place + 1] != ",":
                break
            place = _blank(text, place + 1)
    end = _past(text, place, "}", "a comma or the end of the object is expected")
    if end != len(text):
        raise json.JSONDecodeError("further text follows the object", text, end)


def elements(text: str, place: int, most: int) -> tuple[list[bytes], int]:
    """Return the bytes of each element of the array at `place`, and the position after it.

    Raises TooMany if there are more than `most`, and json.JSONDecodeError.
    """
    found: list[bytes] = []
    place = _past(text, place, "[", "the events are no array")
    while text[place : place + 1] != "]":
        if len(found) == most:
            raise TooMany
        end = DECODER.raw_decode(text, place)[1]
        found.append(text[place:end].encode())
        place = _blank(text, end)
        if text[place : place + 1] == ",":
            place = _blank(text, place + 1)
            if text[place : place + 1] == "]":
                raise json.JSONDecodeError("a value is expected", text, place)
        elif text[place : place + 1] != "]":
            raise json.JSONDecodeError("a comma or the end of the array is expected", text, place)
    return found, place + 1


def _past(text: str, place: int, sign: str, expected: str) -> int:
    """Return the position after a character and white space."""
    if text[place : place + 1] != sign:
        raise json.JSONDecodeError(expected, text, place)
    return _blank(text, place + 1)


def _blank(text: str, place: int) -> int:
    match = _BLANKS.match(text, place)
    assert match is not None
    return match.end()
