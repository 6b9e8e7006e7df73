"""What a specification says of the questions that its source leaves open."""

from __future__ import annotations

from typing import NamedTuple


class Reading(NamedTuple):
    """How a source can be read: who reads it so, in words, and as a change on the specification.

    `change` is a text of JSON for `loader.load_changed`. There is none where this is how the
    specification itself reads the source, or where the language cannot say it.
    """

    by: str
    says: str
    change: str | None = None


class LogEvent(NamedTuple):
    """An event of a short log: its name, and the keys that are out of the ordinary.

    Values are texts of JSON; null leaves the key out.
    """

    name: str
    keys: tuple[tuple[str, str], ...] = ()


QUESTION_KINDS = ("gap", "contradiction", "term", "slip")
"""Nothing is said; two things are; a word is not clear; something is miswritten, and meant well."""


class Question(NamedTuple):
    """What the RFCs leave open: the readings by who holds them, the one chosen, and why.

    `kind` is one of QUESTION_KINDS. `chosen` names a reading, or says what is done instead. The
    readings differ on the `log`, where one is given; `no_log` is why no log tells them apart.
    """

    id: str
    kind: str
    about: tuple[str, ...]
    readings: tuple[Reading, ...]
    chosen: str
    why: str
    log: tuple[LogEvent, ...] = ()
    no_log: str = ""
