"""Detection of the kind of an eventlog: by its first events, or else by the name of its file.

The caller provides the kinds: the events that each knows, and those with which its logs begin.
"""

from __future__ import annotations

import json
import os
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from itertools import chain, count
from typing import NamedTuple

MOST_EVENTS = 32
"""Maximum number of first events that are considered."""

_MAX_LINES = 1_000
"""Maximum number of lines that are read to find these events."""

_MIN_EVIDENCE = 2
"""Number of different foreign events that show that a log is not of the given kind."""

_KEYS = {"timestamp", "name", "context"}
"""The keys of an eventlog's lines."""

_FIRST = re.compile(rb'\{"timestamp":[-+.0-9eE]+,"name":"([!#-\[\]-~]+)"')


Plain = Callable[[bytes], bytes]
"""Puts a line of messages, whose parts have other names, into the form of eventlogs."""


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
    plain: Plain | None = None
    """Puts a line into the form of eventlogs, where logs of the kind are in another.

    Kinds whose logs have the same form share it.
    """

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
        if self.preferred.plain is None:
            first = _FIRST.match(data)
            if first is not None and self.preferred.knows(first[1].decode("ascii")):
                return self.preferred.name
        detector = KindDetector(self)
        for line in first_lines(data, _MAX_LINES):
            detector.read(line)
            if detector.is_preferred or detector.events == MOST_EVENTS:
                break
        return detector.kind(path)

    def line_form(self, line: bytes) -> tuple[Plain | None] | None:
        """Return the form of a log that begins with a line; None if the line shows none.

        A form is what puts lines into that of eventlogs, which itself is None. In the preferred
        form an event may have any name, in others a kind must know it.
        """
        own = self.preferred.plain
        if event_name(line, own) is not None:
            return (own,)
        if not line.lstrip().startswith(b"{"):
            return None
        for kind in self.others:
            if kind.plain is not own:
                name = event_name(line, kind.plain)
                if name is not None and kind.knows(name):
                    return (kind.plain,)
        return None

    def is_message(self, line: bytes) -> bool:
        """Return whether a line has exactly the keys of a message that some kind knows."""
        form = self.line_form(line)
        if form is None or form[0] is None:
            return False
        keys: set[str] = json.loads(form[0](line)).keys()
        return keys <= _KEYS

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
    Only kinds whose logs have the form of the log count.
    """

    def __init__(self, kinds: Kinds) -> None:
        self._kinds = kinds
        self._counts: Counter[str] = Counter()
        self._distinct: set[str] = set()
        self._possible: list[Kind] = []
        self._form: tuple[Plain | None] | None = None
        """The form of the log, once a line has shown it."""
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

    def read(self, line: bytes) -> bool:
        """Read the next line; return whether it is an event."""
        if self._form is None:
            self._form = self._kinds.line_form(line)
        name = None if self._form is None else event_name(line, self._form[0])
        if name is None:
            return False
        self._add(name)
        return True

    def _add(self, event: str) -> None:
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
        if named is not None and not self._has_form(named[0]):
            named = None
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
        is_first = self._kinds.is_given or self.events == 1
        if is_first and preferred.knows(event) and self._has_form(preferred):
            return preferred.name
        knowing = [
            kind
            for kind in (preferred, *self._kinds.others)
            if kind.knows(event) and self._has_form(kind)
        ]
        if self.events == 1:
            openings = [kind for kind in knowing if event in kind.first]
            knowing = openings if len(openings) == 1 else knowing
        if len(knowing) == 1:
            return knowing[0].name
        if knowing:
            among = [kind for kind in self._possible if kind in knowing]
            self._possible = among or knowing
        return None

    def _has_form(self, kind: Kind) -> bool:
        """Whether the log may be of a kind by its form."""
        return self._form is None or kind.plain is self._form[0]


def first_lines(data: bytes, most: int | None) -> Iterator[bytes]:
    """Yield the first `most` lines of a log, without their newlines."""
    start = 0
    for _ in count() if most is None else range(most):
        end = data.find(b"\n", start)
        yield data[start : end if end >= 0 else len(data)]
        if end < 0:
            return
        start = end + 1


def event_names(
    data: bytes,
    most: int | None = _MAX_LINES,
    *,
    plain: Plain | None = None,
) -> Iterator[str]:
    """Yield the event names on the first `most` lines of a log; lines without one are skipped."""
    for line in first_lines(data, most):
        name = event_name(line, plain)
        if name is not None:
            yield name


def event_name(line: bytes, plain: Plain | None = None) -> str | None:
    """Return the name of the event on a line; None if the line is not an event with a name."""
    try:
        value = json.loads(line if plain is None else plain(line))
    except (ValueError, RecursionError):
        return None
    name = value.get("name") if isinstance(value, dict) else None
    return name if isinstance(name, str) else None
