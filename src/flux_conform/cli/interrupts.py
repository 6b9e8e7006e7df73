"""Ctrl-C, from the first line of the program to its last.

The first one raises KeyboardInterrupt, so that what is at work cleans up. Python drops that error
where it arises while an object is destroyed, and some libraries take it for another; so it is
remembered that it came, and the program ends with 130 whatever became of the error. A second one
ends the program at once.
"""

from __future__ import annotations

import atexit
import os
import signal
import sys
import time
from contextlib import suppress
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from types import CodeType, FrameType

INTERRUPTED = 130
"""The exit code after Ctrl-C, as shells count it."""

_ONE = 0.2
"""Seconds within which two signals are one: a terminal and a parent may both send it."""

_MOMENT = 0.001
"""Seconds until an interrupt that Python dropped is raised again; twice as long each time."""


class Interrupts:
    """Whether Ctrl-C came, and what it does now."""

    def __init__(self) -> None:
        self.came = False
        self._first = 0.0

    def begin(self) -> None:
        """Take Ctrl-C from now on, unless whoever started the program has it ignored."""
        if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
            signal.signal(signal.SIGINT, self._first_or_second)
            sys.unraisablehook = self._dropped

    def taken(self) -> None:
        """The verb has done what Ctrl-C asks for; it gives its own exit code."""
        self.came = False

    def leave(self, code: int = INTERRUPTED) -> NoReturn:
        """End the program without Python's own end, in which Ctrl-C is a traceback or kills."""
        if signal.getsignal(signal.SIGINT) == self._first_or_second:
            signal.signal(signal.SIGINT, _leave)
        atexit._run_exitfuncs()
        for stream in (sys.stdout, sys.stderr):
            with suppress(Exception):
                stream.flush()
        os._exit(code)

    def _first_or_second(self, number: int, frame: FrameType | None) -> None:
        if _is_within(frame, self._dropped.__code__):
            return  # where it would be dropped again; it is raised until it is taken
        now = time.monotonic()
        if not self.came:
            self.came, self._first = True, now
            raise KeyboardInterrupt
        if now - self._first > _ONE:
            os._exit(INTERRUPTED)

    def _dropped(self, dropped: sys.UnraisableHookArgs) -> None:
        """Raise the error again where Python drops it; report others as Python does."""
        if self.came and issubclass(dropped.exc_type, KeyboardInterrupt):
            # What is raised in here would be dropped as well, so it is raised a moment later.
            self.came = False
            import threading  # slow to load, and this is rare

            threading.Thread(target=self._raise_again, daemon=True).start()
        elif not self.came:
            sys.__unraisablehook__(dropped)

    def _raise_again(self) -> None:
        moment = _MOMENT
        while not self.came:
            time.sleep(moment)
            signal.raise_signal(signal.SIGINT)
            moment *= 2


def _is_within(frame: FrameType | None, code: CodeType) -> bool:
    """Whether a call of some code has not ended."""
    while frame is not None and frame.f_code is not code:
        frame = frame.f_back
    return frame is not None


def _leave(number: int, frame: FrameType | None) -> None:
    os._exit(INTERRUPTED)


INTERRUPTS = Interrupts()
"""Those of this program."""
