"""The consumer of the job manager's journal, as flux.job.journal has it.

What the job manager would answer is read from the file that STAND_IN_JOURNAL names, a line a
response. At its end the stream ends, as where an instance goes down.
"""

import json
import os
from collections import deque
from collections.abc import Iterator
from typing import Any

from flux import Flux


class JobID(int):
    """The number of a job."""


class JournalEvent(dict[str, Any]):
    """An event; as with Flux, one without a context gets an empty one."""

    def __init__(self, jobid: int, event: dict[str, Any]) -> None:
        super().__init__(event)
        self.setdefault("timestamp", 0.0)
        self.setdefault("context", {})
        self.jobid = JobID(jobid)

    @property
    def timestamp(self) -> float:
        """Seconds since 1970."""
        timestamp: float = self["timestamp"]
        return timestamp

    def is_empty(self) -> bool:
        """Whether this is the sentinel."""
        return self.jobid == -1


class JournalConsumer:
    """Gives the events of the past, sorted by time, then the sentinel, then events as they come."""

    SENTINEL_EVENT = JournalEvent(-1, {})

    def __init__(
        self,
        flux_handle: Flux,
        full: bool = True,
        since: float = 0.0,
        include_sentinel: bool = False,
    ) -> None:
        assert isinstance(flux_handle, Flux)
        self.full = full
        self.since = since
        self.include_sentinel = include_sentinel
        self._responses: Iterator[dict[str, Any]] | None = None
        self._is_past = full
        self._backlog: deque[JournalEvent | None] = deque()

    def start(self) -> "JournalConsumer":
        """Send the request."""
        with open(os.environ["STAND_IN_JOURNAL"], encoding="utf-8") as file:
            self._responses = iter([json.loads(line) for line in file if line.strip()])
        return self

    def stop(self) -> None:
        """Cancel it."""
        self._responses = iter(())

    def poll(self, timeout: float = -1.0) -> JournalEvent | None:
        """The next event; None at the end."""
        if self._responses is None:
            raise RuntimeError("poll() called before start()")
        while self._is_past:
            response = next(self._responses)
            self._take(response)
            if not response["events"]:
                self._is_past = False
                past = [event for event in self._backlog if event is not None]
                self._backlog = deque(sorted(past, key=lambda event: event.timestamp))
                if self.include_sentinel:
                    self._backlog.append(self.SENTINEL_EVENT)
        while not self._backlog:
            response = next(self._responses, {})
            if response:
                self._take(response)
            else:
                self._backlog.append(None)
        return self._backlog.popleft()

    def _take(self, response: dict[str, Any]) -> None:
        for each in response["events"]:
            event = JournalEvent(response["id"], each)
            if event.timestamp > self.since:
                self._backlog.append(event)
