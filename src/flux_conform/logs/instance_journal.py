"""The journal of a running instance, read through Flux's own Python module."""

from __future__ import annotations

import json
from typing import Any

from flux_conform.logs.journal_entry import SENTINEL


class NoInstance(Exception):
    """The journal of an instance cannot be read; the message says why."""


class InstanceJournal:
    """The journal as lines: each event of the past and to come as the job manager sends it.

    Flux sorts the events of the past by time, so that a clock that went back is not seen in them.
    """

    def __init__(self, uri: str | None = None) -> None:
        """Connect to the instance of that URI, or to the one around. Raises NoInstance."""
        try:
            import flux
            from flux.job.journal import JournalConsumer
        except ImportError as error:
            raise NoInstance(
                "Flux's Python module cannot be imported here "
                f"({error}); run it with the instance's own Python: "
                "flux python -m flux_conform check --follow --instance"
            ) from error
        try:
            handle = flux.Flux(uri) if uri is not None else flux.Flux()
            self._consumer = JournalConsumer(handle, full=True, include_sentinel=True)
            self._consumer.start()
        except OSError as error:
            raise NoInstance(error.strerror or str(error)) from error

    def read(self, size: int, /) -> bytes:
        """Return the next line, or b"" where the instance has ended. Raises OSError."""
        event = self._consumer.poll()
        return b"" if event is None else _line(event)


def _line(event: Any) -> bytes:
    entry: dict[str, Any] = {"id": SENTINEL, "events": []}
    if not event.is_empty():
        # Flux adds an empty context where an event has none.
        fields = {key: value for key, value in event.items() if key != "context" or value}
        entry = {"id": int(event.jobid), "events": [fields]}
    return json.dumps(entry).encode("ascii") + b"\n"
