"""Detection of the kind of an eventlog: by its first events, or else by the name of its file.

The caller provides the kinds: the events that each knows, and those with which its logs begin.
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
"""Maximum number of first events that are considered."""

_MAX_LINES = 1_000
"""Maximum number of lines that are read to find these events."""

_MIN_EVIDENCE = 2
"""Number of different foreign events that show that a log is not of the given kind."""

_FIRST = re.compile(rb'\{"timestamp":[-+.0-9eE]+,"name":"([!#-\[\]-~]+)"')


class Kind(NamedTuple):
    """A kind of eventlog.

    `says` describes a log of the kind. `names` are the parts of file names that identify it. Logs
    begin with one of the events `first`; `events` are all events of the kind, and `families` are
    prefixes of further event names.
    """

    name: str
    says: str
    names: tuple[str, ...]
    first: frozenset[str]
    events: frozenset[str]
    families: tuple[str, ...] = ()
    plain: Callable[[bytes], bytes] | None = None
    """Puts a line into the form of eventlogs, where logs of the kind are in another."""

    def knows(self, event: str) -> bool:
        """Return whether logs of the kind may contain an event."""
        return event in self.events or event.startswith(self.families)


class Kinds:
    """The known kinds. One is preferred: the kind of the given machine, or the default."""

    def __init__(
        self, preferred: Kind, others: Callable[[], Sequence[Kind]], *, is_given: bool = False
    ) -> None:
        """`others` is called only if a log is not evidently of the preferred kind.

        If `is_given`, a log with any event of the preferred kind is of that kind, and a log with
        none is of another kind only if several of its events belong to it.
        """
        self.preferred = preferred
        self.is_given = is_given
        self._load = others
        self._others: Sequence[Kind] | None = None

    @property
    def others(self) -> Sequence[Kind]:
        """The kinds that are not preferred."""
        if self._others is None:
            self._others = self._load()
        return self._others

    def of(self, data: bytes, path: str) -> str | None:
        """Return the kind of a log with the file name `path`, or None if nothing shows it."""
        plain = self.preferred.plain
        first = _FIRST.match(data)
        if first is not None and self.preferred.knows(first[1].decode("ascii")):
            return self.preferred.name
        detector = KindDetector(self)
        for event in islice(event_names(data, plain=plain), MOST_EVENTS):
            detector.add(event)
            if detector.is_preferred:
                break
        return detector.kind(path)

    def knows_none(self, data: bytes) -> bool:
        """Return whether a log has events, but none that the preferred kind knows.

        False for kinds whose logs begin with a certain event: the missing first event is a finding
        then.
        """
        if self.preferred.first:
            return False
        names = event_names(data, None, plain=self.preferred.plain)
        first = next(names, None)
        return first is not None and not any(map(self.preferred.knows, chain([first], names)))

    def by_name(self, path: str) -> tuple[Kind, str] | None:
        """Return the kind that a file's name identifies, and the part of the name that does."""
        for part in reversed(os.path.basename(path).split(".")):
            for kind in (self.preferred, *self.others):
                if part in kind.names:
                    return kind, part
        return None

    def says(self, name: str) -> str:
        """Describe a log of a kind; "" if the kind is unknown."""
        for kind in (self.preferred, *self.others):
            if name == kind.name or name in kind.names:
                return kind.says
        return ""


class KindDetector:
    """Detects the kind of a log from the names of its events, given in order.

    If the first event belongs to the preferred kind, the log is of that kind. Otherwise events that
    only one kind knows decide: the kind with most of them, and among equals the one found first.
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
        """Whether the events so far determine the kind, for a caller that cannot wait for more."""
        if self._kinds.is_given and not self.is_preferred and len(self._distinct) < _MIN_EVIDENCE:
            return self.events >= MOST_EVENTS
        return self.first is not None or self.events >= MOST_EVENTS

    def add(self, event: str) -> None:
        """Add the name of the next event."""
        self.events += 1
        found = self._kind_of(event)
        if found is not None:
            self._counts[found] += 1
            self._distinct.add(event)
            self.first = self.first or found

    def kind(self, path: str) -> str | None:
        """Return the kind by the events, or else by the file's name; None if neither shows it."""
        if self.is_preferred:
            return self._kinds.preferred.name
        if self._kinds.is_given and len(self._distinct) < _MIN_EVIDENCE:
            return None  # an explicit choice of machine outweighs a file name
        named = self._kinds.by_name(path)
        found = max(self._counts, key=lambda name: self._counts[name], default=None)
        if found is None and self._possible:
            found = self._possible[-1].name
            if named is not None and named[0] in self._possible:
                found = named[0].name
        if named is not None and (found is None or found == named[0].name):
            # Several names may belong to one kind; only the file's name distinguishes them.
            return named[1] if named[0].name not in named[0].names else named[0].name
        return found

    def _kind_of(self, event: str) -> str | None:
        """Return the kind of an event; None if it belongs to several kinds, or to none."""
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


def event_names(
    data: bytes,
    most: int | None = _MAX_LINES,
    *,
    plain: Callable[[bytes], bytes] | None = None,
) -> Iterator[str]:
    """Yield the event names on the first `most` lines of a log; lines without one are skipped."""
    start = 0
    for _ in count() if most is None else range(most):
        end = data.find(b"\n", start)
        name = event_name(data[start : end if end >= 0 else len(data)], plain)
        if name is not None:
            yield name
        if end < 0:
            return
        start = end + 1


def event_name(line: bytes, plain: Callable[[bytes], bytes] | None = None) -> str | None:
    """Return the name of the event on a line; None if the line is not an event with a name."""
    try:
        value = json.loads(line if plain is None else plain(line))
    except (ValueError, RecursionError):
        return None
    name = value.get("name") if isinstance(value, dict) else None
    return name if isinstance(name, str) else None
