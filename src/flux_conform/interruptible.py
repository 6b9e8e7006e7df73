"""Handles Ctrl-C while Z3 or msgspec runs.

Z3 installs its own signal handler by default, and loses the signal if its answer is already there.
Here Python receives the signal and handles it when Z3 returns. To make Z3 return soon, a thread
that wakes on signals interrupts the solver until it returns.

msgspec builds decoders through Python functions. If one of them raises, as on Ctrl-C, the process
can crash with a segmentation fault. So signals are blocked until the decoder is built.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

_SIGNALS = {signal.SIGINT, signal.SIGTERM, getattr(signal, "SIGHUP", signal.SIGTERM)}
_INTERRUPT_INTERVAL = 0.05
"""Seconds between two interrupts: Z3 ignores one that comes before it has begun."""


class _Watcher:
    """A thread that waits for signals, and the solver that runs in the main thread."""

    def __init__(self) -> None:
        self.solver: Any = None
        self._read, write = os.pipe()
        os.set_blocking(write, False)
        signal.set_wakeup_fd(write, warn_on_full_buffer=False)
        import threading  # only for Z3: checking logs does not need it

        threading.Thread(target=self._watch, name="interrupts of Z3", daemon=True).start()

    def _watch(self) -> None:
        while received := os.read(self._read, 1):
            solver = self.solver
            while received[0] in _SIGNALS and solver is not None and self.solver is solver:
                solver.interrupt()
                time.sleep(_INTERRUPT_INTERVAL)


_watcher: _Watcher | None = None


def _drop_watcher() -> None:
    """Drop the watcher in a forked process, which does not inherit the thread."""
    global _watcher
    _watcher = None


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_drop_watcher)


@contextmanager
def interruptible(solver: Any) -> Iterator[None]:
    """Let a signal interrupt the solver's checks during the block.

    In other threads than the main one nothing happens: Python handles signals in the main thread.
    """
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
    """Block signals during the block; Python handles them afterwards."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
