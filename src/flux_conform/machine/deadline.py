"""A time limit that search and proof heed: what is not decided by then is not known."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from time import perf_counter

_END: ContextVar[float | None] = ContextVar("end", default=None)


class OutOfTime(Exception):
    """The time limit is over."""


@contextmanager
def limited(seconds: float | None) -> Iterator[None]:
    """Let what is done inside end by OutOfTime after so many seconds; None is no limit."""
    token = _END.set(None if seconds is None else perf_counter() + seconds)
    try:
        yield
    finally:
        _END.reset(token)


def hurry() -> None:
    """Raise OutOfTime where the time limit is over."""
    end = _END.get()
    if end is not None and perf_counter() > end:
        raise OutOfTime


def milliseconds(most: int) -> int:
    """The time that is left, in milliseconds, one at least and `most` at most."""
    end = _END.get()
    return most if end is None else max(1, min(most, int(1000 * (end - perf_counter()))))
