"""Records the eventlogs that a program writes during a test."""

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
    """A log that grows during a test. It can be written to like a file."""

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
        """Append an event: a mapping, unchanged, or a name with a context.

        `timestamp` is in seconds since 1970; the default is the current time.
        """
        if isinstance(event, str):
            now = time.time() if timestamp is None else timestamp
            event = {"timestamp": now, "name": event}
            if context is not None:
                event["context"] = dict(context)
        self._events += 1
        self._parts.append(event_line(event, self._events))

    def write(self, text: str | bytes) -> int:
        """Append text of the log unchanged, and return its length."""
        self._parts.append(text.encode() if isinstance(text, str) else text)
        return len(text)

    def writelines(self, lines: Iterable[str | bytes]) -> None:
        """Append texts of the log unchanged."""
        for line in lines:
            self.write(line)

    def flush(self) -> None:
        """Do nothing; for callers that expect a file."""

    def close(self) -> None:
        """Do nothing; for callers that expect a file. The recording can still be written to."""

    def __enter__(self) -> Recording:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def data(self) -> bytes:
        """The bytes of the log so far."""
        return b"".join(self._parts)


class EventlogRecorder:
    """The value of the fixture `eventlog_recorder`: the logs of one test, checked when it ends."""

    def __init__(self, assertions: Assertions, test: str, directory: str | None) -> None:
        self._assertions = assertions
        self._test = test
        self._directory = directory
        self._logs: list[Recording] = []

    def __call__(self, name: str | None = None) -> Recording:
        """Start a new log. Raises ValueError if the name is already used."""
        name = name or f"log {len(self._logs) + 1}"
        if any(name == log.name for log in self._logs):
            raise ValueError(f'there is a recording "{name}" already; name the new one otherwise')
        recording = Recording(name)
        self._logs.append(recording)
        return recording

    def add(self, log: Given, name: str | None = None) -> None:
        """Add an existing log, as `flux_conform.logs.given.log_of` accepts it."""
        given = log_of(log)
        self(name or given.path).write(given.data)

    def __iter__(self) -> Iterator[Recording]:
        return iter(self._logs)

    def __len__(self) -> int:
        return len(self._logs)

    def close(self) -> str:
        """Save the logs if there is a directory, and check them; return the errors, or ""."""
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
