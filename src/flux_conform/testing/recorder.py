"""Gathers the eventlogs that a program writes while it is tested."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from flux_conform.files import write_whole
from flux_conform.logs.given import Given, event_line, log_of
from flux_conform.testing.errors import EventlogError

if TYPE_CHECKING:
    from flux_conform.testing.assertions import Assertions


class Recording:
    """A log that grows while a test runs. It can be written to like a file."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._parts: list[bytes] = []
        self._events = 0

    def append(
        self,
        event: str | Mapping[str, Any],
        context: Mapping[str, Any] | None = None,
        *,
        timestamp: float | None = None,
    ) -> None:
        """Add an event: a mapping as it is, or a name with its context.

        `timestamp` is in seconds since 1970; where none is given, it is now.
        """
        if isinstance(event, str):
            now = time.time() if timestamp is None else timestamp
            event = {"timestamp": now, "name": event}
            if context is not None:
                event["context"] = dict(context)
        self._events += 1
        self._parts.append(event_line(event, self._events))

    def write(self, text: str | bytes) -> int:
        """Add text of the log as it is, and give its length."""
        self._parts.append(text.encode() if isinstance(text, str) else text)
        return len(text)

    def writelines(self, lines: Iterable[str | bytes]) -> None:
        """Add texts of the log as they are."""
        for line in lines:
            self.write(line)

    def flush(self) -> None:
        """As of a file; nothing is kept back."""

    def close(self) -> None:
        """As of a file; a recording can be written to still."""

    def __enter__(self) -> Recording:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def data(self) -> bytes:
        """The bytes of the log so far."""
        return b"".join(self._parts)


class EventlogRecorder:
    """The fixture `eventlog_recorder`: the logs of one test, which are judged when it ends."""

    def __init__(self, assertions: Assertions, test: str, directory: str | None) -> None:
        self._assertions = assertions
        self._test = test
        self._directory = directory
        self._logs: list[Recording] = []

    def __call__(self, name: str | None = None) -> Recording:
        """A new log, to which events are added as they come. Raises ValueError for a name twice."""
        name = name or f"log {len(self._logs) + 1}"
        if any(name == log.name for log in self._logs):
            raise ValueError(f'there is a recording "{name}" already; name the new one otherwise')
        recording = Recording(name)
        self._logs.append(recording)
        return recording

    def add(self, log: Given, name: str | None = None) -> None:
        """Add a log that is there: bytes, text, a path, a list of events, what has events."""
        given = log_of(log)
        self(name or given.path).write(given.data)

    def __iter__(self) -> Iterator[Recording]:
        return iter(self._logs)

    def __len__(self) -> int:
        return len(self._logs)

    def close(self) -> str:
        """Keep the logs as files where that is asked for, and say what violates; "" is nothing."""
        if self._directory is not None:
            for log in self._logs:
                name = _file_name(f"{self._test}-{log.name}")
                write_whole(os.path.join(self._directory, name), log.data)
        found = []
        for log in self._logs:
            try:
                self._assertions.check_eventlog(log.data, name=log.name)
            except EventlogError as error:
                found.append(str(error))
        return "\n\n".join(found)


def _file_name(text: str) -> str:
    return re.sub(r"[^\w.=+-]+", "-", text).strip("-")[-200:] + ".eventlog"
