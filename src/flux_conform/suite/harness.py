"""One process of a harness: asks it, watches it, and kills it with all that it started."""

from __future__ import annotations

import contextlib
import os
import selectors
import signal
import subprocess
import threading
import time
from collections.abc import Sequence
from typing import IO, NamedTuple

from flux_conform.suite.protocol import STOP, shown
from flux_conform.text import printable

_SLICE = 0.1
"""Maximum seconds of a wait before it checks that the process lives and the run goes on."""

_CHUNK = 1 << 16
_KEPT_ERRORS = 8 << 10
"""Number of bytes of standard error that are kept, from its end."""

_MORE = 1 << 20
"""Maximum bytes of an answer, beyond four for each byte of the request."""


class Limits(NamedTuple):
    """Time limits in seconds: for an answer, and to start."""

    answer: float = 10.0
    ready: float = 10.0


class HarnessFault(Exception):
    """The harness did not answer properly; the message says how.

    `kind` is missing (it cannot be run), ended, late, flood or unasked.
    """

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind


class Stopped(Exception):
    """The whole run is to end."""


class Harness:
    """A running harness. Raises HarnessFault if it cannot be run."""

    def __init__(self, command: Sequence[str], ending: threading.Event | None = None) -> None:
        self._ending = ending or threading.Event()
        try:
            # A session of its own, so that whatever it starts can be ended with it, and Ctrl-C
            # reaches the driver alone.
            self._process = subprocess.Popen(
                list(command),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                bufsize=0,
                start_new_session=True,
            )
        except (OSError, ValueError) as error:
            raise HarnessFault("missing", _cannot_run(command[0], error)) from error
        process = self._process
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        self._in, self._out, self._err = process.stdin, process.stdout, process.stderr
        self._selector = selectors.DefaultSelector()
        for pipe in (self._in, self._out, self._err):
            os.set_blocking(pipe.fileno(), False)
        self._selector.register(self._out, selectors.EVENT_READ)
        self._selector.register(self._err, selectors.EVENT_READ)
        self._output = bytearray()
        self._errors = bytearray()
        self._is_gone = False

    @property
    def errors(self) -> str:
        """The end of what it wrote to standard error."""
        return self._errors.decode("utf-8", "backslashreplace").strip()

    def ask(self, request: bytes, seconds: float) -> bytes:
        """Send a request, and return the line of the answer. Raises HarnessFault, and Stopped."""
        self._look(0)
        if self._output:
            raise HarnessFault(
                "unasked", f"it printed before it was asked: {shown(bytes(self._output))}"
            )
        until = time.monotonic() + seconds
        most = _MORE + 4 * len(request)
        left = memoryview(request)
        self._selector.register(self._in, selectors.EVENT_WRITE)
        try:
            while True:
                wait = min(_SLICE, until - time.monotonic())
                if wait <= 0:
                    raise HarnessFault("late", f"no answer within {seconds:g} s")
                if self._ending.is_set():
                    raise Stopped
                left = self._look(wait, left)
                if not left and self._in in self._registered():
                    self._selector.unregister(self._in)
                end = self._output.find(b"\n")
                if end >= 0:
                    return self._taken(end, unread=bool(left))
                if len(self._output) > most:
                    raise HarnessFault(
                        "flood", f"it printed {len(self._output):,} bytes and no end of a line"
                    )
                if self._has_ended():
                    raise HarnessFault("ended", f"it {self._end()} before it answered")
        finally:
            if self._in in self._registered():
                self._selector.unregister(self._in)

    def settle(self) -> None:
        """Check that nothing came with the line of an answer. Raises HarnessFault."""
        if self._output:
            rest = shown(bytes(self._output))
            raise HarnessFault("unasked", f"more came after the line of the answer: {rest}")

    def stop(self, seconds: float) -> str | None:
        """Ask it to end, and kill it; return what is wrong with how it ended, or None."""
        with contextlib.suppress(OSError):  # it may have ended before
            os.write(self._in.fileno(), STOP)
        status = self._close_input_and_wait(seconds)
        self.kill()
        if status is None:
            return f"it did not end within {seconds:g} s after stop"
        return None if status == 0 else f"after stop it {_how(status)}, and must end with 0"

    def answers_at_end_of_input(self, seconds: float) -> bool:
        """Whether an answer comes once its input is closed: then the harness does not flush."""
        self._close_input_and_wait(seconds)
        return b"\n" in self._output

    def kill(self) -> None:
        """Kill it with all that it started. A second call does nothing."""
        if self._is_gone:
            return
        self._is_gone = True
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        with contextlib.suppress(BlockingIOError):
            self._look(0)
        self._selector.close()
        for pipe in (self._in, self._out, self._err):
            with contextlib.suppress(OSError):
                pipe.close()

    def _taken(self, end: int, *, unread: bool) -> bytes:
        line = bytes(self._output[: end + 1])
        del self._output[: end + 1]
        if unread:
            raise HarnessFault("unasked", f"it answered before it had read all: {shown(line)}")
        return line

    def _registered(self) -> set[object]:
        return {key.fileobj for key in self._selector.get_map().values()}

    def _look(self, wait: float, left: memoryview | None = None) -> memoryview:
        """Read and write what is possible without waiting longer; return what is left to write."""
        left = memoryview(b"") if left is None else left
        for key, _ in self._selector.select(wait):
            if key.fileobj is self._in:
                try:
                    left = left[os.write(self._in.fileno(), left[:_CHUNK]) :]
                except BlockingIOError:
                    continue
                except OSError:  # it reads no more; its answer or its end follows
                    left = left[:0]
            elif key.fileobj is self._out:
                self._output += self._read(self._out)
            else:
                self._errors += self._read(self._err)
                del self._errors[:-_KEPT_ERRORS]
        return left

    def _read(self, pipe: IO[bytes]) -> bytes:
        try:
            data = os.read(pipe.fileno(), _CHUNK)
        except BlockingIOError:
            return b""
        if not data:
            self._selector.unregister(pipe)
        return data

    def _has_ended(self) -> bool:
        """Whether no answer can come: its output is closed, or it has ended and all is read."""
        if self._out not in self._registered():
            return True
        if self._process.poll() is None:
            return False
        # What it started may hold its output open for ever.
        before = len(self._output)
        self._look(0)
        return len(self._output) == before

    def _end(self) -> str:
        try:
            return _how(self._process.wait(timeout=1))
        except subprocess.TimeoutExpired:
            return "closed its standard output"
        finally:
            self._look(0)

    def _close_input_and_wait(self, seconds: float) -> int | None:
        with contextlib.suppress(OSError):
            self._in.close()
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            if self._registered():
                self._look(min(0.01, seconds))
            else:
                time.sleep(0.005)
            if (status := self._process.poll()) is not None:
                self._look(0)
                return status
        return None


def _how(status: int) -> str:
    if status < 0:
        with contextlib.suppress(ValueError):
            return f"was killed by {signal.Signals(-status).name}"
        return f"was killed by signal {-status}"
    return f"ended with exit code {status}"


def _cannot_run(program: str, error: Exception) -> str:
    program = printable(program)  # a name may hold a line feed, and this is one line
    if isinstance(error, FileNotFoundError):
        return f'there is no program "{program}"; give its path, or put it on PATH'
    if isinstance(error, PermissionError):
        return f'"{program}" may not be executed; chmod +x, or name its interpreter before it'
    if isinstance(error, OSError) and error.strerror == "Exec format error":
        return f'"{program}" is no program; does its first line name its interpreter (#!)?'
    return f'"{program}" cannot be run: {printable(str(error))}'
