"""Ctrl-C while other libraries are at work.

Z3: left alone, it takes the signal for itself, and loses it where the answer is there already. Here
the signal goes to Python, which looks at it when Z3 returns; and so that this is soon, a thread
that signals wake interrupts Z3 until it does.

msgspec: it makes decoders with Python's own functions, and where one of these raises, as it does on
Ctrl-C, the process can end with a segmentation fault. So signals wait until a decoder is made.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

_SIGNALS = {signal.SIGINT, signal.SIGTERM, getattr(signal, "SIGHUP", signal.SIGTERM)}
_AGAIN = 0.05
"""Seconds between two interrupts: the first may come before Z3 has begun."""


class _Watcher:
    """A thread that waits for signals, and the solver that is at work in the main thread."""

    def __init__(self) -> None:
        self.solver: Any = None
        self._read, write = os.pipe()
        os.set_blocking(write, False)
        signal.set_wakeup_fd(write, warn_on_full_buffer=False)
        import threading  # only for Z3; a check of logs needs the rest of this module alone

        threading.Thread(target=self._watch, name="interrupts of Z3", daemon=True).start()

    def _watch(self) -> None:
        while came := os.read(self._read, 1):
            solver = self.solver
            while came[0] in _SIGNALS and solver is not None and self.solver is solver:
                solver.interrupt()
                time.sleep(_AGAIN)


_watcher: _Watcher | None = None


def _forget() -> None:
    """A process that is forked has no such thread."""
    global _watcher
    _watcher = None


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)


@contextmanager
def interruptible(solver: Any) -> Iterator[None]:
    """Whatever Z3 is asked of the solver inside ends when a signal comes."""
    global _watcher
    import threading

    solver.set("ctrl_c", False)
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    if _watcher is None:
        _watcher = _Watcher()
    watcher = _watcher
    watcher.solver = solver
    try:
        yield
    finally:
        watcher.solver = None


@contextmanager
def uninterrupted() -> Iterator[None]:
    """Signals that come meanwhile are handled afterwards."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
