"""Logs by their place: a path of this machine, or an address that fsspec understands."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any, BinaryIO

from flux_conform.logs.eventlog import UnreadableLog
from flux_conform.logs.found import MAX_LOG_BYTES, SourceError
from flux_conform.logs.sniff import EVENTLOG, HEAD_BYTES, begun, form_of, is_small_eventlog
from flux_conform.logs.stream import Stream


class UnreachablePlace(Exception):
    """What lies at a place cannot be read; the message says why."""


class OtherForm(UnreadableLog):
    """What lies at a place is not one plain eventlog: `read_sources` may find logs in it."""


def is_address(place: str) -> bool:
    """Whether a place is an address such as `s3://…`, and no path."""
    return "://" in place


def read_log(place: str) -> bytes:
    """The eventlog at a path or an address. Raises UnreachablePlace and OtherForm."""
    try:
        if is_address(place):
            with opened(place) as file:
                return _plain(Stream(file))
        handle, head, status = begun(place, waits=False)
        try:
            if is_small_eventlog(head, status):
                return head
            with os.fdopen(handle, "rb", closefd=False) as file:
                return _plain(Stream(file, head))
        finally:
            os.close(handle)
    except OSError as error:
        raise UnreachablePlace(error.strerror or str(error)) from error
    except SourceError as error:
        raise OtherForm(str(error)) from error


def _plain(stream: Stream) -> bytes:
    form = form_of(stream.peek(HEAD_BYTES))
    if form != EVENTLOG:
        raise OtherForm(f"this is {form}, which can hold eventlogs and is none")
    return stream.all(MAX_LOG_BYTES)


class RemoteFile:
    """A file at an address, which can be read."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    def read(self, size: int = -1, /) -> bytes:
        """The next bytes, or all that are left. Raises UnreachablePlace."""
        with _told():
            return self._file.read(size)


@contextmanager
def opened(address: str) -> Iterator[RemoteFile]:
    """The file at an address. Raises UnreachablePlace."""
    fsspec = _fsspec()
    with ExitStack() as stack:
        with _told():
            file = stack.enter_context(fsspec.open(address, "rb"))
        yield RemoteFile(file)


@contextmanager
def _told() -> Iterator[None]:
    """Whatever goes wrong, said as UnreachablePlace.

    Each kind of address has errors of its own, and a package that it needs may be missing.
    """
    try:
        yield
    except Exception as error:
        raise UnreachablePlace(str(error) or type(error).__name__) from error


def places_at(address: str, ending: re.Pattern[str]) -> list[str]:
    """The addresses of the files that an address stands for.

    They are those of a pattern, those below a folder whose names have the ending, or its own.
    Raises UnreachablePlace.
    """
    fsspec = _fsspec()
    with _told():
        system, path = fsspec.core.url_to_fs(address)
        if fsspec.core.has_magic(path):
            found = sorted(system.glob(path))
        elif system.isdir(path):
            found = sorted(place for place in system.find(path) if ending.search(place))
        else:
            return [address]
        places = [str(system.unstrip_protocol(place)) for place in found]
    if not places:
        raise UnreachablePlace("no eventlog is there")
    return places


def _fsspec() -> Any:
    try:
        import fsspec
    except ImportError as error:
        raise UnreachablePlace(
            "to read an address needs fsspec: pip install 'flux-conform[dask]'"
        ) from error
    return fsspec
