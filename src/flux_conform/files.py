"""Files that are written: each is there whole or not at all, and none is one that is read.

`reading` names what a call reads; meanwhile no such file is written, whatever path leads to it. A
reader of specifications notes each file that it opens (`note_read`), those that another names too.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from contextvars import ContextVar
from typing import BinaryIO

Identity = tuple[int, int]
"""The device and the number of a file there: the same whatever path or link leads to it."""

_STANDARD_INPUT = 0
"""The handle of what a path "-" stands for; a shell can open a file there."""

_SIGNALS = ("SIGTERM", "SIGHUP")
"""What ends a process that does not ask for it; Windows has not all."""


class Given(OSError):
    """A file that is to be written is one that the call reads."""

    def __init__(self, path: str) -> None:
        super().__init__(
            errno.EEXIST, "this would overwrite a file that is read here; name another place", path
        )


class _Reading:
    """What a call reads: files, and those below folders, by their identity."""

    def __init__(self, paths: Iterable[str], is_source: Callable[[str], bool]) -> None:
        self._paths: Iterable[str] = paths
        self.files: set[Identity] = set()
        self.below: dict[Identity, str] = {}
        self.is_source = is_source

    def look(self) -> None:
        """Look at the paths, once and not before something is written: there can be very many."""
        for path in self._paths:
            status = _status(_STANDARD_INPUT if path == "-" else path)
            if status is not None and stat.S_ISREG(status.st_mode):
                self.files.add(_identity(status))
            elif status is not None and stat.S_ISDIR(status.st_mode):
                self._look_below(path)
        self._paths = ()

    def _look_below(self, folder: str) -> None:
        for path in files_below(folder):
            status = _status(path)
            if status is not None:
                self.below[_identity(status)] = path


_READING: ContextVar[_Reading | None] = ContextVar("reading", default=None)


@contextmanager
def reading(paths: Iterable[str], is_source: Callable[[str], bool]) -> Iterator[None]:
    """Meanwhile none of the files is written, and no file below a folder that `is_source`."""
    token = _READING.set(_Reading(paths, is_source))
    try:
        yield
    finally:
        _READING.reset(token)


def note_read(file: BinaryIO) -> None:
    """Note that a file is read, so that nothing is written over it."""
    read = _READING.get()
    if read is not None:
        read.files.add(_identity(os.fstat(file.fileno())))


@contextmanager
def rewriting() -> Iterator[None]:
    """Meanwhile what is read is not noted: the call reads it to write it anew."""
    token = _READING.set(None)
    try:
        yield
    finally:
        _READING.reset(token)


def check_writable(path: str) -> None:
    """Raises Given where the file at the path is one that is read.

    Of those below a folder that is read only sources are; a report that lies there is none.
    """
    read, status = _READING.get(), _status(path)
    # A terminal can be both, and so can a pipe.
    if read is None or status is None or not stat.S_ISREG(status.st_mode):
        return
    read.look()
    if _identity(status) in read.files:
        raise Given(path)
    below = read.below.get(_identity(status))
    if below is not None and (read.is_source(path) or read.is_source(below)):
        raise Given(path)


def place_of(path: str) -> tuple[Identity, str] | None:
    """What tells the file of a path from others, whether it is there or not; None for a device."""
    status = _status(path)
    if status is not None:
        return (_identity(status), "") if stat.S_ISREG(status.st_mode) else None
    folder, name = os.path.split(os.path.realpath(path))
    status = _status(folder)
    return ((0, 0), os.path.join(folder, name)) if status is None else (_identity(status), name)


def _status(path: str | int) -> os.stat_result | None:
    try:
        return os.stat(path)
    except (OSError, ValueError):
        return None


def _identity(status: os.stat_result) -> Identity:
    return status.st_dev, status.st_ino


# Reading

MOST_BYTES = 64 << 20
"""A text or a JSON document of more bytes is refused: a device or a pipe may have no end."""


def read_bounded(path: str, most: int = MOST_BYTES) -> bytes:
    """What is in a file. Raises OSError, where it is too large as well.

    It is not noted as read: what keeps a state is read to be written anew.
    """
    with open(path, "rb") as file:
        data = file.read(most + 1)
    if len(data) > most:
        raise OSError(errno.EFBIG, f"it has more than {most >> 20} MB, or no end", path)
    return data


def files_below(folder: str) -> Iterator[str]:
    """The paths of all that is below a folder and is none, however deep; links are not followed.

    What cannot be listed is left out.
    """
    folders = [folder]
    while folders:
        try:
            with os.scandir(folders.pop()) as scan:
                for entry in scan:
                    if entry.is_dir(follow_symlinks=False):
                        folders.append(entry.path)
                    else:
                        yield entry.path
        except OSError:
            continue


# Writing


def write_whole(path: str, content: bytes) -> None:
    """Write a file beside its place, then move it there; make directories. Raises OSError."""
    with whole_file(path) as file:
        file.write(content)


@contextmanager
def whole_file(path: str) -> Iterator[BinaryIO]:
    """A file to write, which is in its place when all went well, and else is not there.

    A device or a pipe is written to as it is. Makes directories. Raises OSError, and Given where
    the file is one that is read.
    """
    check_writable(path)
    if os.path.exists(path) and not os.path.isfile(path) and not os.path.isdir(path):
        with open(path, "wb") as file:
            yield file
        return
    place = os.path.realpath(path)
    folder = os.path.dirname(place)
    os.makedirs(folder, exist_ok=True)
    with _draft(folder) as (handle, draft):
        with os.fdopen(handle, "wb") as file:
            yield file
        # A temporary file is readable by its owner alone; this one shall be like any other.
        os.chmod(draft, 0o666 & ~_mask())
        check_writable(path)  # what was read meanwhile
        os.replace(draft, place)


@contextmanager
def whole_files() -> Iterator[Callable[[str], BinaryIO]]:
    """Opens several files that are in their places together, when all went well, or none is.

    What is closed is left so until the end. Raises as `whole_file`.
    """
    drafts: list[tuple[str, str]] = []
    opened: list[BinaryIO] = []
    with ExitStack() as stack:

        def begin(path: str) -> BinaryIO:
            check_writable(path)
            if os.path.exists(path) and not os.path.isfile(path) and not os.path.isdir(path):
                file: BinaryIO = stack.enter_context(open(path, "wb"))
                return file
            place = os.path.realpath(path)
            if os.path.isdir(place):
                raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), path)
            os.makedirs(os.path.dirname(place), exist_ok=True)
            handle, draft = stack.enter_context(_draft(os.path.dirname(place)))
            file = stack.enter_context(os.fdopen(handle, "wb"))
            opened.append(file)
            drafts.append((draft, path))
            return file

        yield begin
        for file in opened:
            file.close()
        for draft, path in drafts:
            os.chmod(draft, 0o666 & ~_mask())
            check_writable(path)
        for draft, path in drafts:
            os.replace(draft, os.path.realpath(path))


@contextmanager
def _draft(folder: str) -> Iterator[tuple[int, str]]:
    """A temporary file, which goes away however its writing ends, by a signal too."""
    import tempfile  # slow to load, and most calls write nothing

    handle, draft = tempfile.mkstemp(prefix=".", suffix=".part", dir=folder)

    def remove() -> None:
        if os.path.exists(draft):
            os.unlink(draft)

    with gone_with_signals(remove):
        try:
            yield handle, draft
        finally:
            remove()


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
                continue  # the others shall go all the same
    signal.signal(number, signal.SIG_DFL)
    os.kill(os.getpid(), number)


def _mask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
