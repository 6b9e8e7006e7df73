"""Filter for backlogs: removes the events that a journal sends again after a reconnect.

Events are compared by time and name only, because a later backlog may fold memos into events.
"""

from __future__ import annotations

from array import array
from collections import OrderedDict
from collections.abc import Iterator

from flux_conform.logs.journal_entry import JournalEntry
from flux_conform.logs.journal_log import key_of

_MAX_EVENTS = 1_000_000
"""Maximum number of events remembered; the jobs with the most recent events are kept."""

_MAX_EVENTS_PER_JOB = 10_000
"""Number of most recent events remembered per job."""


class BacklogFilter:
    """Remembers the events of each job and drops those that a backlog repeats."""

    def __init__(self) -> None:
        # The hash of each event's time and name. All are kept, not only the latest: the latest
        # event may never be stored, and then no backlog contains it.
        self._seen: OrderedDict[int, array[int]] = OrderedDict()
        self._count = 0
        # A single first event is either the start of a backlog or an event logged again; the next
        # entry of the job decides.
        self._pending: dict[int, bytes] = {}
        # Jobs whose backlog arrives one event at a time.
        self._repeating: set[int] = set()

    def new(self, entry: JournalEntry) -> Iterator[bytes]:
        """Yield the events of an entry that no earlier entry has delivered."""
        events = entry.events
        keys = [hash(key_of(event)) for event in events]
        seen = self._seen.get(entry.id)
        pending = self._pending.pop(entry.id, None)
        begins = seen is not None and keys[0] == seen[0]
        if begins and len(events) == 1 and pending is None:
            self._pending[entry.id] = events[0]
            return
        start = 0
        if seen is not None and (begins or pending is not None or entry.id in self._repeating):
            # The entry repeats the log up to the last event that is known.
            known = set(seen)
            start = max((place + 1 for place, key in enumerate(keys) if key in known), default=0)
            if start and not begins:
                # Two known events in a row can only be a backlog.
                self._repeating.add(entry.id)
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
        if (excess := len(seen) - 2 * _MAX_EVENTS_PER_JOB) > 0:
            # Keep the first event: it identifies the start of a backlog.
            del seen[1 : 1 + excess + _MAX_EVENTS_PER_JOB]
            self._count -= excess + _MAX_EVENTS_PER_JOB
        while self._count > _MAX_EVENTS:
            self._count -= len(self._seen.popitem(last=False)[1])

    def end_backlog(self) -> None:
        """Note the end of a backlog; pending first events belonged to it."""
        self._pending.clear()
        self._repeating.clear()

    def pending(self) -> Iterator[tuple[int, bytes]]:
        """Yield the pending first events, with their jobs, at the end of the journal."""
        yield from self._pending.items()
