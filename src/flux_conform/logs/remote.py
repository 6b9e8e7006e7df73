"""Reader for logs at a local path, or at an address that fsspec supports."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any, BinaryIO

from flux_conform.logs.eventlog import UnreadableLog
from flux_conform.logs.kind import Plain
from flux_conform.logs.sniff import (
    EVENTLOG,
    HEAD_BYTES,
    form_of,
    is_small_eventlog,
    open_head,
)
from flux_conform.logs.source_items import MAX_LOG_BYTES, SourceError
from flux_conform.logs.stream import Stream


class UnreachablePlace(Exception):
    """A path or address cannot be read; the message says why."""


class OtherForm(UnreadableLog):
    """The source is not a single plain eventlog; `read_sources` may find logs in it."""


def is_address(place: str) -> bool:
    """Return whether a place is an address such as `s3://…`, and not a path."""
    return "://" in place


def read_log(place: str, plain: Plain | None = None) -> bytes:
    """Read the eventlog at a path or an address. Raises UnreachablePlace and OtherForm."""
    try:
        if is_address(place):
            with opened(place) as file:
                return _whole(Stream(file), plain)
        handle, head, status = open_head(place, waits=False)
        try:
            if is_small_eventlog(head, status, plain):
                return head
            with os.fdopen(handle, "rb", closefd=False) as file:
                return _whole(Stream(file, head), plain)
        finally:
            os.close(handle)
    except OSError as error:
        raise UnreachablePlace(error.strerror or str(error)) from error
    except SourceError as error:
        raise OtherForm(str(error)) from error


def _whole(stream: Stream, plain: Plain | None) -> bytes:
    form = form_of(stream.peek(HEAD_BYTES), plain)
    if form != EVENTLOG:
        raise OtherForm(f"this is {form}, which can hold eventlogs and is none")
    return stream.all(MAX_LOG_BYTES)


class RemoteFile:
    """A readable file at an address."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    def read(self, size: int = -1, /) -> bytes:
        """Return the next `size` bytes, or all remaining ones. Raises UnreachablePlace."""
        with _as_unreachable():
            return self._file.read(size)


@contextmanager
def opened(address: str) -> Iterator[RemoteFile]:
    """Open the file at an address. Raises UnreachablePlace."""
    fsspec = _fsspec()
    with ExitStack() as stack:
        with _as_unreachable():
            file = stack.enter_context(fsspec.open(address, "rb"))
        yield RemoteFile(file)


@contextmanager
def _as_unreachable() -> Iterator[None]:
    """Convert any error into UnreachablePlace.

    Every protocol raises errors of its own, and a package that it needs may be missing.
    """
    try:
        yield
    except Exception as error:
        raise UnreachablePlace(str(error) or type(error).__name__) from error


def places_at(address: str, ending: re.Pattern[str]) -> list[str]:
    """Return the addresses of the files that an address stands for.

    A pattern gives its matches, a folder the files below it with the extension, and any other
    address itself. Raises UnreachablePlace.
    """
    fsspec = _fsspec()
    with _as_unreachable():
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
