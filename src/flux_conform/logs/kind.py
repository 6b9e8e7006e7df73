"""What kind of eventlog a log is, by its first events, or else by the name of its file.

The kinds are given: which events each knows, and with which of them its logs begin.
"""

from __future__ import annotations

import json
import os
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from itertools import chain, count, islice
from typing import NamedTuple

MOST_EVENTS = 32
"""How many of a log's first events are looked at."""

_MOST_LINES = 1_000
"""How many lines are looked at, to find that many events."""

_EVIDENT = 2
"""How many different events make it evident that a log is not of the kind that is given."""

_FIRST = re.compile(rb'\{"timestamp":[-+.0-9eE]+,"name":"([!#-\[\]-~]+)"')


class Kind(NamedTuple):
    """A kind of eventlog.

    `says` is what one log of it is, in words. `names` are parts of file names. Logs begin with one
    of the events `first`; `events` are all that the kind knows, `families` are the beginnings of
    the names of further ones.
    """

    name: str
    says: str
    names: tuple[str, ...]
    first: frozenset[str]
    events: frozenset[str]
    families: tuple[str, ...] = ()

    def knows(self, event: str) -> bool:
        """Whether an event is one that logs of the kind hold."""
        return event in self.events or event.startswith(self.families)


class Kinds:
    """The kinds, of which one is preferred: that of a machine that is given, or the default."""

    def __init__(
        self, preferred: Kind, others: Callable[[], Sequence[Kind]], *, is_given: bool = False
    ) -> None:
        """`others` are asked for when a log is not evidently of the preferred kind.

        Where that one `is_given`, a log with any event that it knows is of that kind, and a log
        with none is of another kind only where several of its events belong to that kind.
        """
        self.preferred = preferred
        self.is_given = is_given
        self._load = others
        self._others: Sequence[Kind] | None = None

    @property
    def others(self) -> Sequence[Kind]:
        """The further kinds."""
        if self._others is None:
            self._others = self._load()
        return self._others

    def of(self, data: bytes, path: str) -> str | None:
        """The kind of a log; None where nothing shows it. The path is that of its file."""
        first = _FIRST.match(data)
        if first is not None and self.preferred.knows(first[1].decode("ascii")):
            return self.preferred.name
        detector = KindDetector(self)
        for event in islice(event_names(data), MOST_EVENTS):
            detector.add(event)
            if detector.is_preferred:
                break
        return detector.kind(path)

    def knows_none(self, data: bytes) -> bool:
        """Whether a log holds events, and the preferred kind knows none of them.

        Logs of a kind that begin with a certain event break a rule then, so only others are
        looked at.
        """
        if self.preferred.first:
            return False
        names = event_names(data, None)
        first = next(names, None)
        return first is not None and not any(map(self.preferred.knows, chain([first], names)))

    def by_name(self, path: str) -> tuple[Kind, str] | None:
        """The kind that the name of a file names, and the part of the name that does."""
        for part in reversed(os.path.basename(path).split(".")):
            for kind in (self.preferred, *self.others):
                if part in kind.names:
                    return kind, part
        return None

    def says(self, name: str) -> str:
        """What a log of a kind is, in words; "" where nothing is known of the kind."""
        for kind in (self.preferred, *self.others):
            if name == kind.name or name in kind.names:
                return kind.says
        return ""


class KindDetector:
    """Detects the kind of a log from the names of its events, given one after the other.

    A log whose first event is one of the preferred kind is of that kind. Else the events that one
    kind alone knows decide: the kind with most of them, of equal ones the one that was first.
    """

    def __init__(self, kinds: Kinds) -> None:
        self._kinds = kinds
        self._counts: Counter[str] = Counter()
        self._distinct: set[str] = set()
        self._possible: list[Kind] = []
        self.events = 0
        self.first: str | None = None
        """The kind of the first event that only one kind knows."""

    @property
    def is_preferred(self) -> bool:
        """Whether the kind is the preferred one, whatever events follow."""
        preferred = self._kinds.preferred.name
        return bool(self._counts[preferred]) and (self._kinds.is_given or self.first == preferred)

    @property
    def is_decided(self) -> bool:
        """Whether the events so far show the kind, where one cannot wait for more."""
        if self._kinds.is_given and not self.is_preferred and len(self._distinct) < _EVIDENT:
            return self.events >= MOST_EVENTS
        return self.first is not None or self.events >= MOST_EVENTS

    def add(self, event: str) -> None:
        """Take note of the next event's name."""
        self.events += 1
        found = self._kind_of(event)
        if found is not None:
            self._counts[found] += 1
            self._distinct.add(event)
            self.first = self.first or found

    def kind(self, path: str) -> str | None:
        """The kind by the events so far, or else by the file's name; None where both are silent."""
        if self.is_preferred:
            return self._kinds.preferred.name
        if self._kinds.is_given and len(self._distinct) < _EVIDENT:
            return None  # who gives a machine has a reason
        named = self._kinds.by_name(path)
        found = max(self._counts, key=lambda name: self._counts[name], default=None)
        if found is None and self._possible:
            found = self._possible[-1].name
            if named is not None and named[0] in self._possible:
                found = named[0].name
        if named is not None and (found is None or found == named[0].name):
            # A kind may have several parts, which only names distinguish.
            return named[1] if named[0].name not in named[0].names else named[0].name
        return found

    def _kind_of(self, event: str) -> str | None:
        """The kind that an event belongs to; None where it may be of several, or is of none."""
        preferred = self._kinds.preferred
        if preferred.knows(event) and (self._kinds.is_given or self.events == 1):
            return preferred.name
        knowing = [kind for kind in (preferred, *self._kinds.others) if kind.knows(event)]
        if self.events == 1:
            openings = [kind for kind in knowing if event in kind.first]
            knowing = openings if len(openings) == 1 else knowing
        if len(knowing) == 1:
            return knowing[0].name
        if knowing:
            among = [kind for kind in self._possible if kind in knowing]
            self._possible = among or knowing
        return None


def event_names(data: bytes, most: int | None = _MOST_LINES) -> Iterator[str]:
    """The names of the events on the first lines of a log; lines that are none are passed over."""
    start = 0
    for _ in count() if most is None else range(most):
        end = data.find(b"\n", start)
        name = event_name(data[start : end if end >= 0 else len(data)])
        if name is not None:
            yield name
        if end < 0:
            return
        start = end + 1


def event_name(line: bytes) -> str | None:
    """The name of the event on a line of a log; None where it is no event with a name."""
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        return None
    name = value.get("name") if isinstance(value, dict) else None
    return name if isinstance(name, str) else None
