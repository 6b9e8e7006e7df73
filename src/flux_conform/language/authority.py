"""Who asks what a rule asks: an RFC, another source that has a name, or a site of its own."""

from __future__ import annotations

import re
from typing import NamedTuple

SITE = "site"
"""With it begin the ids of the rules that a site adds to any machine."""

_RFC = re.compile(r"rfc([0-9]{1,5})")


def rfc_of(rule_id: str) -> int:
    """The number of the RFC with which the id of a rule begins; 0 where it names none."""
    number = _RFC.fullmatch(rule_id.partition("/")[0])
    return int(number[1]) if number else 0


def authority_of(rule_id: str) -> str:
    """Who asks it, in words: `RFC 21`, or the name with which the id begins."""
    name = rule_id.partition("/")[0]
    return f"RFC {rfc_of(rule_id)}" if _RFC.fullmatch(name) else name


def may_stand(rule_id: str, source: str | None) -> bool:
    """Whether a specification may have a rule of that id; `source` is its source's name, if any."""
    name = rule_id.partition("/")[0]
    return name in (SITE, source) or _RFC.fullmatch(name) is not None


def is_number(name: str) -> bool:
    """Whether a name is that of an RFC, which is given by its number."""
    return _RFC.fullmatch(name) is not None


class Source(NamedTuple):
    """Where the facts come from: an RFC's number, its version and the date of its text.

    A source that is no RFC has a name, and 0 as `rfc`. `text` names our own text of the machine,
    in which each rule's id is an anchor.
    """

    rfc: int
    version: int | None = None
    date: str | None = None
    text: str | None = None
    name: str | None = None

    @property
    def label(self) -> str:
        """What it is called: `RFC 21`, or its name."""
        return f"RFC {self.rfc}" if self.name is None else self.name
