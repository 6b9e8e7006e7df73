"""What a log waits for, in words."""

from __future__ import annotations

from collections.abc import Sequence

from flux_conform.checking.finding import Stuck, WaitsFor
from flux_conform.text import duration, utc


def waits_sentence(waits: Sequence[WaitsFor], now: float | None = None) -> str:
    """What a log waits for, all of it, since when, and for how long up to `now`.

    Without `now` the time is told that had passed at the log's last event.
    """
    parts = [f"{wait.says}{_since(wait, now)}" for wait in waits]
    *first, last = parts
    return f"waits for {', '.join(first)} and {last}" if first else f"waits for {last}"


def stuck_sentence(stuck: Stuck) -> str:
    """What is out of a log's reach, and since which event."""
    since = seconds(stuck.since)
    event = "" if stuck.event is None else f" since {stuck.event} in line {stuck.line}"
    return f"stuck{event}{'' if since is None else f' ({utc(since)})'}: {stuck.says}"


def waited(wait: WaitsFor, now: float | None = None) -> float | None:
    """For how many seconds a log had waited by `now`, or else by its last event.

    It is None where a time is not known.
    """
    since, until = seconds(wait.since), now if now is not None else seconds(wait.until)
    return None if since is None or until is None else until - since


def seconds(timestamp: int | float | None) -> float | None:
    """A time of an event as a float; None where there is none that a float holds."""
    try:
        return None if timestamp is None else float(timestamp)
    except OverflowError:  # an integer of hundreds of digits is a number to JSON
        return None


def _since(wait: WaitsFor, now: float | None) -> str:
    since, time = seconds(wait.since), waited(wait, now)
    if since is None:
        return ""
    told = f" since {utc(since)}"
    if time is None or (now is None and time < 1):
        return told
    return f"{told} ({duration(time)}{' by its last event' if now is None else ''})"
