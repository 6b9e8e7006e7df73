"""The members of idsets (RFC 22) and of hostlists (RFC 29), as far as they are few enough."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import product
from math import prod

MOST_MEMBERS = 65_536
"""Maximum number of members of an idset or hostlist that an expression reads."""

_PART = r"[0-9]+(?:-[0-9]+)?"
# Possessive, so that no text takes longer than its length.
_NAME = re.compile(r"(?:[^,\[]++|\[[^\]]*+\]?)*+")
_HOST = re.compile(rf"(?:[^\s,\[\]]++|\[{_PART}(?:,{_PART})*+\])++")
_PIECE = re.compile(r"\[([^\]]*)\]|([^\[]+)")
_MAX_DIGITS = 18
"""Of a number in a hostlist: it fits into 64 bits."""

REMEMBERED = 16
"""How many texts are kept with their members, which take megabytes where they are many."""


class TooManyMembers(ValueError):
    """A text names more than MOST_MEMBERS members."""


def has_too_many(text: str, *, hosts: bool) -> bool:
    """Whether an idset, or a list of hosts, has more members than are read."""
    try:
        hosts_of(text) if hosts else ids_of(text)
    except TooManyMembers:
        return True
    return False


@lru_cache(REMEMBERED)
def ids_of(text: str) -> range | tuple[int, ...]:
    """The ids of an idset, ascending. The text is an idset. Raises TooManyMembers."""
    parts = [part.partition("-") for part in text.strip("[]").split(",") if part]
    ranges = [range(int(low), int(high or low) + 1) for low, _, high in parts]
    if sum(each.stop - each.start for each in ranges) > MOST_MEMBERS:
        raise TooManyMembers(text)
    return ranges[0] if len(ranges) == 1 else tuple(number for each in ranges for number in each)


def is_hostlist(text: str) -> bool:
    """Whether a string is a hostlist: RFC 29.

    Names of hosts with commas between them. A name may hold ranges in brackets, `fluke[3,5-7]`,
    which ascend, or stand still; the first number of a range gives how many digits each has.
    """
    return not text or all(map(_is_name, _names(text)))


def _is_name(text: str) -> bool:
    if _HOST.fullmatch(text) is None:
        return False
    parts = (part for inner, _ in _PIECE.findall(text) if inner for part in inner.split(","))
    return all(map(_is_range, parts))


def _is_range(part: str) -> bool:
    low, _, high = part.partition("-")
    return len(low) <= _MAX_DIGITS and len(high) <= _MAX_DIGITS and int(low) <= int(high or low)


@lru_cache(REMEMBERED)
def hosts_of(text: str) -> tuple[str, ...]:
    """The hosts of a hostlist, in its order, as often as it names them. Raises TooManyMembers."""
    found: list[str] = []
    for name in _names(text) if text else ():
        pieces = [
            [plain] if plain else list(_numbers(inner)) for inner, plain in _PIECE.findall(name)
        ]
        if len(found) + prod(map(len, pieces)) > MOST_MEMBERS:
            raise TooManyMembers(text)
        found += map("".join, product(*pieces))
    return tuple(found)


def _names(text: str) -> list[str]:
    """The parts between commas that stand in no brackets."""
    names, at = [], 0
    while True:
        found = _NAME.match(text, at)
        assert found is not None  # it may be empty
        names.append(found[0])
        if found.end() == len(text):
            return names
        at = found.end() + 1


def _numbers(inner: str) -> Iterator[str]:
    count = 0
    for part in inner.split(","):
        low, _, high = part.partition("-")
        count += int(high or low) - int(low) + 1
        if count > MOST_MEMBERS:
            raise TooManyMembers(inner)
        for number in range(int(low), int(high or low) + 1):
            yield str(number).zfill(len(low))
