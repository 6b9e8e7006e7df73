"""Job ids in the notations of RFC 19: decimal, F58, hexadecimal, and parts of keys."""

from __future__ import annotations

import re
from typing import NamedTuple

_F58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
"""The digits of F58: Bitcoin's base 58, which leaves out 0, O, I and l."""

_LIMIT = 1 << 64
_GROUPS = re.compile(r"[0-9a-f]{4}(?:[./][0-9a-f]{4}){3}")
_FILE_NAME = re.compile(
    r"(?:(?:job\.)?(?P<groups>[0-9a-f]{4}(?:\.[0-9a-f]{4}){3})"
    r"|(?P<decimal>[1-9][0-9]{0,19})|(?P<f58>ƒ[^.]+))(?:\.|\Z)"
)


class NoJobId(ValueError):
    """A text that is not a job id; `str()` says so and shows an example."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text

    def __str__(self) -> str:
        return (
            f'"{self.text}" is no job id; write it in decimal, as ƒ… or f… (F58), as 0x…, or as '
            "four groups of hexadecimal digits with points or slashes between them"
        )


class JobId(NamedTuple):
    """A job id: an unsigned 64-bit number."""

    number: int

    @property
    def f58(self) -> str:
        """The id in F58, as `flux jobs` prints it: ƒ and the digits."""
        digits, rest = "", self.number
        while rest or not digits:
            rest, digit = divmod(rest, 58)
            digits = _F58[digit] + digits
        return f"ƒ{digits}"

    def __str__(self) -> str:
        return f"{self.f58} ({self.number})"

    @classmethod
    def parse(cls, text: str) -> JobId:
        """Parse an id in any notation. Raises NoJobId."""
        number = _number(text.strip())
        if number is None or number >= _LIMIT:
            raise NoJobId(text)
        return cls(number)

    @classmethod
    def from_groups(cls, text: str) -> JobId | None:
        """Parse four groups of hexadecimal digits, as in keys; None if the text is not that."""
        if not _GROUPS.fullmatch(text):
            return None
        return cls(int(text.replace("/", "").replace(".", ""), 16))

    @classmethod
    def from_name(cls, name: str) -> JobId | None:
        """Return the id at the start of a file's name, up to its extension; None if there is none.

        Only notations that cannot be words are accepted: decimal, F58 with ƒ, and four groups.
        """
        match = _FILE_NAME.match(name)
        if match is None:
            return None
        if match["groups"]:
            return cls.from_groups(match["groups"])
        number = int(match["decimal"]) if match["decimal"] else _number(match["f58"])
        return cls(number) if number is not None and number < _LIMIT else None


def hint_for_job(text: str, *, follow: bool = False) -> str | None:
    """Say how to get the log of the job that a text names; None if it probably names no job."""
    if not _LIKELY_ID.fullmatch(text) or _number(text) is None:
        return None
    option = "--follow " if follow else ""
    live = f"flux job eventlog {option}{text} | flux-conform check {option}-"
    kept = (
        "" if follow else f"; in a dump, journal or database: flux-conform check --job {text} FILE"
    )
    return f"for a job of a running instance: {live}{kept}"


# A word such as "full" is also a valid id.
_LIKELY_ID = re.compile(
    r"ƒ.+|0[xX].+|[0-9]{5,}|[0-9a-f]{4}(?:[./][0-9a-f]{4}){3}|f(?=.*[0-9A-Z]).{5,}"
)


def _number(text: str) -> int | None:
    if re.fullmatch(r"[0-9]{1,20}", text, re.ASCII):
        return int(text)
    if re.fullmatch(r"0[xX][0-9a-fA-F]{1,16}", text):
        return int(text, 16)
    bare = re.sub(r"^job[./]", "", text.lower())
    if _GROUPS.fullmatch(bare):
        return int(bare.replace("/", "").replace(".", ""), 16)
    if text[:1] not in ("ƒ", "f") or not 1 < len(text) <= 12:
        return None
    number = 0
    for digit in text[1:]:
        value = _F58.find(digit)
        if value < 0:
            return None
        number = number * 58 + value
    return number
