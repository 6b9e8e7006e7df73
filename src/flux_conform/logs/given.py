"""Conversion of what a program passes as a log into the bytes of an eventlog."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple, Protocol, TypeAlias


class HoldsEvents(Protocol):
    """An object with the events of a log, as a sequence or as a method that returns one."""

    @property
    def events(self) -> Any:
        """The events: mappings, or objects with a name, a timestamp and a context."""


Given: TypeAlias = bytes | str | os.PathLike[str] | Iterable[Any] | HoldsEvents
"""What a caller may pass as a log: bytes, text, a path, events, or an object with events."""


class Log(NamedTuple):
    """The bytes of a log, and the path they were read from, or None."""

    data: bytes
    path: str | None = None


def is_path(given: object) -> bool:
    """Whether what a caller gives is the path of a log: no str that `log_of` takes for a text."""
    if isinstance(given, str):
        return bool(given) and "\n" not in given and not given.lstrip().startswith("{")
    return isinstance(given, os.PathLike)


def log_of(given: Given) -> Log:
    """Return the log that a caller passes.

    A str is the text of a log if it is empty, begins with a brace or contains a newline; otherwise
    it is a path. Events are mappings, or objects with a name and optionally a timestamp and a
    context.

    Raises OSError if a path cannot be read, TypeError if the argument is not a log.
    """
    if isinstance(given, bytes | bytearray | memoryview):
        return Log(bytes(given))
    if isinstance(given, str | os.PathLike):
        if is_path(given):
            return _file(os.fspath(given))
        return Log(str(given).encode("utf-8", "surrogatepass"))
    data = getattr(given, "data", None)
    if isinstance(data, bytes):
        return Log(data)
    events = getattr(given, "events", given)
    if callable(events):
        events = events()
    if isinstance(events, Mapping | str | bytes) or not isinstance(events, Iterable):
        raise TypeError(f"{_a(given)} is no eventlog; {_WANTED}")
    return Log(b"".join(event_line(event, number) for number, event in enumerate(events, 1)))


def event_line(event: Any, number: int = 1) -> bytes:
    """Format an event as a line of a log; `number` names it in errors.

    Raises TypeError if it is not an event, or not representable in JSON.
    """
    if isinstance(event, Mapping):
        value = dict(event)
    elif hasattr(event, "name"):
        value = {
            key: getattr(event, key)
            for key in ("timestamp", "name", "context")
            if getattr(event, key, None) is not None
        }
    else:
        raise TypeError(f"event {number} is {_a(event)}, and not a mapping such as {_EVENT}")
    try:
        text = json.dumps(value, separators=(",", ":"), ensure_ascii=False)
    except (TypeError, ValueError) as error:
        raise TypeError(f"event {number} cannot be said in JSON: {error}") from error
    return text.encode("utf-8", "surrogatepass") + b"\n"


_EVENT = '{"timestamp": 1.5, "name": "…"}'
_WANTED = "give its bytes, its text, a path, a list of events, or an object with events"


def _file(path: str) -> Log:
    with open(path, "rb") as file:
        return Log(file.read(), path)


def _a(thing: object) -> str:
    return f"a value of the type {type(thing).__name__}"
