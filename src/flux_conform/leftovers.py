"""Temporary files and folders, removed when a signal ends the process too."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager

_SIGNALS = ("SIGTERM", "SIGHUP")
"""What ends a process that does not ask for it; Windows has not all."""

_LEFTOVERS: list[tuple[int, Callable[[], None]]] = []


@contextmanager
def gone_with_signals(remove: Callable[[], None]) -> Iterator[None]:
    """Meanwhile TERM and HUP, where they would end the process at once, call `remove` first."""
    import signal
    import threading

    entry = (os.getpid(), remove)
    _LEFTOVERS.append(entry)
    before = {}
    if threading.current_thread() is threading.main_thread():
        known = [getattr(signal, name) for name in _SIGNALS if hasattr(signal, name)]
        for number in known:
            if signal.getsignal(number) is signal.SIG_DFL:
                before[number] = signal.signal(number, _end)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        _LEFTOVERS.remove(entry)


def _end(number: int, frame: object) -> None:
    """Remove what is left over, and end as if the signal had not been caught."""
    import signal

    for pid, remove in _LEFTOVERS:
        # A process that was forked has its parent's list, and must leave these alone.
        if pid == os.getpid():
            try:
                remove()
            except OSError:
                continue  # the others are removed all the same
    signal.signal(number, signal.SIG_DFL)
    os.kill(os.getpid(), number)
