"""The events of a journal that are new, where a consumer reconnects and is sent a backlog again.

Of each job the first and the latest event are kept, by time and name, for a later backlog may fold
memos into events.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable, Iterator
from typing import NamedTuple

from flux_conform.logs.journal_entry import JournalEntry
from flux_conform.logs.journal_log import key_of

_REMEMBERED = 100_000
"""The number of jobs that are remembered."""


class _Told(NamedTuple):
    first: Hashable
    latest: Hashable


class Backlogs:
    """What came of each job so far."""

    def __init__(self) -> None:
        self._told: OrderedDict[int, _Told] = OrderedDict()
        # A lone first event may be the backlog of a job, or an event that is logged again.
        self._open: dict[int, bytes] = {}

    def new(self, entry: JournalEntry) -> Iterator[bytes]:
        """The events of an entry, without those of a backlog that came before."""
        events = entry.events
        told = self._told.get(entry.id)
        pending = self._open.pop(entry.id, None)
        if pending is not None:
            yield pending
        if told is not None and key_of(events[0]) == told.first:
            keys = [key_of(event) for event in events]
            if len(events) == 1 and pending is None:
                self._open[entry.id] = events[0]
                return
            if told.latest in keys:
                events = events[len(keys) - keys[::-1].index(told.latest) :]
        if events:
            first = key_of(events[0]) if told is None else told.first
            self._told[entry.id] = _Told(first, key_of(events[-1]))
            self._told.move_to_end(entry.id)
            if len(self._told) > _REMEMBERED:
                self._told.popitem(last=False)
        yield from events

    def ended(self) -> None:
        """A backlog has ended: lone first events were of it."""
        self._open.clear()

    def rest(self) -> Iterator[tuple[int, bytes]]:
        """The lone first events that no backlog explains, at the end, with their jobs."""
        yield from self._open.items()
