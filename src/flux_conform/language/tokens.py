"""The words and marks of the expression language."""

from __future__ import annotations

import re
from typing import NamedTuple

from flux_conform.language.expressions import ABOUT
from flux_conform.language.meant import foreign_operator


class SyntaxFault(ValueError):
    """Text that is no expression or type; `offset` counts characters from its start."""

    def __init__(self, message: str, offset: int) -> None:
        super().__init__(message)
        self.message = message
        self.offset = offset


class Token(NamedTuple):
    """A word or mark, and where it begins; the last one of a text is of the kind `end`."""

    kind: str
    text: str
    offset: int


_QUOTED = r'"(?:[^"\\]|\\.)*"'
_TOKENS = re.compile(
    rf"""
    (?P<space>\s+)
  | (?P<about>\b(?:{"|".join(ABOUT)})\s*\(\s*(?:{_QUOTED}|[^\s()",]+)\s*\))
  | (?P<string>{_QUOTED})
  | (?P<range>\.\.)
  | (?P<key>\.(?:[A-Za-z_][A-Za-z0-9_]*|{_QUOTED}))
  | (?P<integer>[0-9]+)
  | (?P<word>[A-Za-z_][A-Za-z0-9_]*)
  | (?P<mark>==|!=|<=|>=|[-<>+*/%&.,:|()\[\]{{}}])
    """,
    re.VERBOSE,
)


def tokens(text: str) -> list[Token]:
    """The words and marks of a text. Raises SyntaxFault."""
    if (foreign := foreign_operator(text)) is not None:
        raise SyntaxFault(foreign[1], foreign[0])
    found = []
    offset = 0
    while offset < len(text):
        match = _TOKENS.match(text, offset)
        if match is None:
            if text[offset] == '"':
                raise SyntaxFault('a text that is not closed by a second "', offset)
            raise SyntaxFault(f"unexpected character {text[offset]!r}", offset)
        kind = str(match.lastgroup)
        if kind != "space":
            found.append(Token(kind, match.group(), offset))
        offset = match.end()
    found.append(Token("end", "", len(text)))
    return found
