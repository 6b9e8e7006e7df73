"""A log as a test is given it: bytes, read as events, and shown so that a person can follow."""

from __future__ import annotations

import json
from typing import Any, NoReturn, final

from flux_conform.logs.eventlog import read_entries


@final
class Eventlog:
    """An eventlog. `bytes(log)` is its file, `str(log)` its text, `log.events` its events.

    It never changes, and logs of the same bytes are equal. Its `repr` makes it again.
    """

    __slots__ = ("data",)

    data: bytes
    """The bytes of the log's file."""

    def __init__(self, *data: bytes | str) -> None:
        """The log that the parts make up, one after the other; text is written in UTF-8."""
        parts = (part.encode() if isinstance(part, str) else bytes(part) for part in data)
        object.__setattr__(self, "data", b"".join(parts))

    @property
    def events(self) -> list[dict[str, Any]]:
        """The lines that are events, decoded: name, timestamp, and a context where there is one.

        A line at fault that still is an event (a timestamp that is none, say) is among them.
        """
        entries = read_entries(self.data)
        return [json.loads(entry.text) for entry in entries if entry.event is not None]

    def __bytes__(self) -> bytes:
        return self.data

    def __str__(self) -> str:
        """The text; bytes that are no UTF-8 stand as replacement characters."""
        return self.data.decode("utf-8", "replace")

    def __eq__(self, other: object) -> bool:
        return self.data == other.data if isinstance(other, Eventlog) else NotImplemented

    def __hash__(self) -> int:
        return hash(self.data)

    def __repr__(self) -> str:
        """A call that makes it again, one line of the log on each line."""
        lines = self.data.splitlines(keepends=True)
        if len(lines) < 2:
            return f"Eventlog({''.join(map(_literal, lines))})"
        return "Eventlog(\n" + "".join(f"    {_literal(line)},\n" for line in lines) + ")"

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError(f"an Eventlog does not change; {name} cannot be set")

    def __reduce__(self) -> tuple[type[Eventlog], tuple[bytes]]:
        return Eventlog, (self.data,)


def _literal(line: bytes) -> str:
    try:
        return repr(line.decode())
    except UnicodeDecodeError:
        return repr(line)
