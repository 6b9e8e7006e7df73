"""The events of a journal that are new, where a consumer reconnects and is sent a backlog again.

Events are known by time and name, for a later backlog may fold memos into events.
"""

from __future__ import annotations

from array import array
from collections import OrderedDict
from collections.abc import Iterator

from flux_conform.logs.journal_entry import JournalEntry
from flux_conform.logs.journal_log import key_of

_REMEMBERED = 1_000_000
"""The number of events that are remembered, of the jobs that had events last."""

_OF_A_JOB = 10_000
"""The number of its latest events that are remembered of one job."""


class Backlogs:
    """The events of each job so far."""

    def __init__(self) -> None:
        # Of each event the hash of what it is known by. The latest alone would not do: it may be
        # one that is never stored, and so is in no backlog.
        self._seen: OrderedDict[int, array[int]] = OrderedDict()
        self._count = 0
        # A lone first event may be the backlog of a job, or an event that is logged again.
        self._open: dict[int, bytes] = {}
        # The jobs whose backlog comes again event by event.
        self._again: set[int] = set()

    def new(self, entry: JournalEntry) -> Iterator[bytes]:
        """The events of an entry, without those of a backlog that came before."""
        events = entry.events
        keys = [hash(key_of(event)) for event in events]
        seen = self._seen.get(entry.id)
        pending = self._open.pop(entry.id, None)
        begins = seen is not None and keys[0] == seen[0]
        if begins and len(events) == 1 and pending is None:
            self._open[entry.id] = events[0]
            return
        start = 0
        if seen is not None and (begins or pending is not None or entry.id in self._again):
            known = set(seen)
            start = max((place + 1 for place, key in enumerate(keys) if key in known), default=0)
            if start and not begins:
                # Two known events one after the other are a backlog.
                self._again.add(entry.id)
                pending = None
        if pending is not None:
            yield pending
        self._remember(entry.id, keys[start:])
        yield from events[start:]

    def _remember(self, job: int, keys: list[int]) -> None:
        seen = self._seen.setdefault(job, array("q"))
        self._seen.move_to_end(job)
        self._count += len(keys)
        seen.extend(keys)
        if (excess := len(seen) - 2 * _OF_A_JOB) > 0:
            # The first event stays: a backlog is known by it.
            del seen[1 : 1 + excess + _OF_A_JOB]
            self._count -= excess + _OF_A_JOB
        while self._count > _REMEMBERED:
            self._count -= len(self._seen.popitem(last=False)[1])

    def ended(self) -> None:
        """A backlog has ended: lone first events were of it."""
        self._open.clear()
        self._again.clear()

    def rest(self) -> Iterator[tuple[int, bytes]]:
        """The lone first events that no backlog explains, at the end, with their jobs."""
        yield from self._open.items()
