"""Removes temporary files and folders, also if a signal ends the process."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager

_SIGNALS = ("SIGTERM", "SIGHUP")
"""The signals that end a process without a Python exception; Windows does not have all of them."""

_LEFTOVERS: list[tuple[int, Callable[[], None]]] = []
"""What to remove: the process that owns it, and the function that removes it."""


@contextmanager
def removed_on_signals(remove: Callable[[], None]) -> Iterator[None]:
    """Call `remove` if SIGTERM or SIGHUP ends the process during the block.

    A handler that somebody else has installed is left in place.
    """
    import signal
    import threading

    entry = (os.getpid(), remove)
    _LEFTOVERS.append(entry)
    before = {}
    if threading.current_thread() is threading.main_thread():  # else Python refuses handlers
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
    """Remove the leftovers, then let the signal end the process as it would have by default."""
    import signal

    for pid, remove in _LEFTOVERS:
        # A forked process inherits its parent's list and must not remove the parent's files.
        if pid == os.getpid():
            try:
                remove()
            except OSError:
                continue  # remove the others nevertheless
    signal.signal(number, signal.SIG_DFL)
    os.kill(os.getpid(), number)
