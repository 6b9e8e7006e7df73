"""The open questions of a specification: what its source leaves open."""

from __future__ import annotations

from typing import NamedTuple


class Reading(NamedTuple):
    """One reading of a source: who holds it, in words, and as a change on the specification.

    `change` is a JSON text for `loader.load_changed`. It is None where the specification itself
    follows this reading, or where the language cannot express it.
    """

    by: str
    says: str
    change: str | None = None


class LogEvent(NamedTuple):
    """An event of a short log: its name, and the keys that differ from its example.

    Values are JSON texts; null leaves the key out.
    """

    name: str
    keys: tuple[tuple[str, str], ...] = ()


QUESTION_KINDS = ("gap", "contradiction", "term", "slip")
"""Nothing is said; two things are; a word is not clear; something is miswritten, and meant well."""


class Question(NamedTuple):
    """What the RFCs leave open: the readings by who holds them, the one chosen, and why.

    `kind` is one of QUESTION_KINDS. `chosen` names a reading, or says what is done instead. The
    readings differ on the `log`, if there is one; `no_log` says why no log distinguishes them.
    """

    id: str
    kind: str
    about: tuple[str, ...]
    readings: tuple[Reading, ...]
    chosen: str
    why: str
    log: tuple[LogEvent, ...] = ()
    no_log: str = ""

    @property
    def chosen_reading(self) -> Reading | None:
        """The chosen reading, by holder or by words; None if the choice is not a reading."""
        return next((each for each in self.readings if self.chosen in (each.by, each.says)), None)

    @property
    def own(self) -> str:
        """The name of the reading that the specification follows.

        It is the chosen one, or else the only one without a change. Where there is none, it is what
        was chosen instead.
        """
        if self.chosen_reading is not None:
            return self.chosen_reading.by
        unchanged = [reading.by for reading in self.readings if reading.change is None]
        return unchanged[0] if len(unchanged) == 1 else self.chosen

    @property
    def others(self) -> tuple[Reading, ...]:
        """The readings that the specification does not follow."""
        return tuple(reading for reading in self.readings if reading.by != self.own)
