"""Shows the progress of long work, if standard error is a terminal."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from flux_conform.cli.terminal import overwrite

if TYPE_CHECKING:
    import threading

    from flux_conform.logs.meter import Meter
    from flux_conform.session.events import Progress

_FIRST, _EVERY = 1.0, 0.5
"""Seconds until the first line, so that quick work shows none, and between two lines."""

_ESTIMATES_FROM = 3.0
"""Seconds of work after which the remaining time can be estimated."""


@contextmanager
def progress(paths: list[str], meter: Meter, reached: Callable[[], Progress]) -> Iterator[None]:
    """Show the progress of the work on the paths during the block."""
    if sys.stderr is None or not sys.stderr.isatty():
        yield
        return
    meter.is_watched = True
    import threading  # slow to load, and most calls end before a line is due

    over = threading.Event()
    thread = threading.Thread(target=_show, args=(paths, meter, reached, over), daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def _show(
    paths: list[str], meter: Meter, reached: Callable[[], Progress], over: threading.Event
) -> None:
    from flux_conform.logs.meter import bytes_at

    began = time.monotonic()
    is_shown = False
    over.wait(_FIRST)
    while not over.is_set():
        if meter.total is None:
            meter.total = bytes_at(paths)
        line = in_words(reached(), meter, time.monotonic() - began)
        overwrite(line)
        is_shown = True
        over.wait(_EVERY)
    if is_shown:
        overwrite()


def in_words(reached: Progress, meter: Meter, seconds: float) -> str:
    """The line: what is done, how fast, and the remaining time at this speed."""
    rate = reached.events / seconds if seconds else 0.0
    parts = [f"{reached.logs:,} logs", f"{reached.events:,} events", f"{rate:,.0f} events/s"]
    if meter.total and meter.read:
        share = min(1.0, meter.read / meter.total)
        parts.append(f"{100 * share:.0f} % read")
        if seconds >= _ESTIMATES_FROM and share < 1:
            parts.append(f"{_duration(seconds * (1 - share) / share)} left")
    return ", ".join(parts)


def _duration(seconds: float) -> str:
    minutes, seconds = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"
