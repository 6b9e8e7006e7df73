"""Streaming reader for tar archives: the names and bytes of the members, nothing else.

It writes no files, so member names cannot do harm. Links, devices, directories and sparse files are
members without bytes. Memory is bounded for every archive: extended headers have a maximum size,
and no list of members is kept.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from flux_conform.logs.source_items import SourceError
from flux_conform.logs.stream import Stream

BLOCK = 512

MAX_HEADER_BYTES = 1 << 20
"""Maximum size of an extended header; a longer one leaves its member without a name."""

_FILES = (b"0", b"\0", b"7")
_WITHOUT_DATA = (b"1", b"2", b"3", b"4", b"5", b"6")
_PAIR = re.compile(rb"([0-9]{1,9}) ([^=]+)=")
_LONG_NAME, _LONG_LINK, _EXTENDED, _GLOBAL, _SPARSE = b"L", b"K", b"x", b"g", b"S"


class Member(NamedTuple):
    """A member: its name, its size in bytes, and whether it is a plain file.

    `name` is None if the archive names it in a header that is too long.
    """

    name: str | None
    size: int
    is_file: bool


class Damage(NamedTuple):
    """A stretch of the archive without a valid header, from a byte offset on."""

    offset: int


class Archive:
    """Iterates over the members of an archive; `read` returns the bytes of the latest one.

    Raises SourceError if the archive is truncated, or as its stream does.
    """

    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self._left = 0
        self._has_ended = False

    def __iter__(self) -> Iterator[Member | Damage]:
        name: str | None = None
        size: int | None = None
        is_named = True
        is_sparse = False
        while (block := self._next_header()) is not None:
            if isinstance(block, Damage):
                # Extended headers before the damage describe the lost member, not the next one.
                name, size, is_named, is_sparse = None, None, True, False
                yield block
                continue
            kind = block[156:157]
            length = _size(block)
            if kind in (_LONG_NAME, _EXTENDED):
                if length > MAX_HEADER_BYTES:
                    is_named = False
                    self._left = _padded(length)
                    continue
                text = self._exactly(_padded(length))[:length]
                if kind == _LONG_NAME:
                    name = _text(text.rstrip(b"\0"))
                else:
                    pairs = _pairs(text)
                    name = _text(pairs[b"path"]) if b"path" in pairs else name
                    size = _integer(pairs[b"size"], 10) if b"size" in pairs else size
                    is_sparse = any(key.startswith(b"GNU.sparse") for key in pairs)
                continue
            if kind in (_LONG_LINK, _GLOBAL):
                self._left = _padded(length)
                continue
            if kind == _SPARSE:
                self._pass_sparse_map(block)
            length = 0 if kind in _WITHOUT_DATA else length if size is None else size
            self._left = _padded(length)
            own = name if name is not None else _name(block)
            yield Member(own if is_named else None, length, kind in _FILES and not is_sparse)
            name, size, is_named, is_sparse = None, None, True, False

    def read(self, size: int) -> bytes:
        """Return the bytes of the latest member, whose size is `size`."""
        data = self._exactly(size)
        self._left -= size
        return data

    def _next_header(self) -> bytes | Damage | None:
        """Return the next header, or the damage in its place; None at the end of the archive."""
        if self._has_ended:
            return None
        if self._stream.skip(self._left) < self._left:
            raise SourceError(f"the archive is cut off after {self._stream.offset:,} bytes")
        self._left = 0
        start = self._stream.offset
        block = self._stream.read(BLOCK)
        if len(block) == BLOCK and not block.strip(b"\0"):
            return None  # two zero blocks are the end mark, but some archives have only one
        damaged = was_empty = False
        while len(block) == BLOCK and not checksum_fits(block):
            damaged, was_empty = True, not block.strip(b"\0")
            block = self._stream.read(BLOCK)
        if len(block) == BLOCK:
            if not damaged:
                return block
            self._stream.unread(BLOCK)
            return Damage(start)
        if was_empty and not block:
            self._has_ended = True
            return Damage(start)
        raise SourceError(
            f"the archive ends after {self._stream.offset:,} bytes without its end mark, so it "
            "may be cut off"
        )

    def _pass_sparse_map(self, header: bytes) -> None:
        more = header[482:483] == b"\1"
        while more:
            more = self._exactly(BLOCK)[504:505] == b"\1"

    def _exactly(self, size: int) -> bytes:
        data = self._stream.read(size)
        if len(data) < size:
            raise SourceError(f"the archive is cut off after {self._stream.offset:,} bytes")
        return data


def checksum_fits(block: bytes) -> bool:
    """Return whether a block is a header: its checksum matches."""
    field = block[148:156]
    # The checksum is computed with blanks in its own field.
    return _integer(field) == sum(block) - sum(field) + len(field) * ord(" ")


def _size(block: bytes) -> int:
    field = block[124:136]
    if field[0] == 0x80:  # GNU's base-256 numbers, for sizes of 8 GiB and more
        return int.from_bytes(field[1:], "big")
    return _integer(field, 8) or 0


def _integer(field: bytes, base: int = 8) -> int | None:
    text = field.strip(b" \0")
    if not text.isdigit() or len(text) > 20:
        return None
    try:
        return int(text, base)
    except ValueError:
        return None


def _name(block: bytes) -> str:
    name = block[:100].partition(b"\0")[0]
    prefix = block[345:500].partition(b"\0")[0] if block[257:263] == b"ustar\0" else b""
    return _text(prefix + b"/" + name if prefix else name)


def _text(name: bytes) -> str:
    return name.decode("utf-8", "surrogateescape").removeprefix("./")


def _pairs(text: bytes) -> dict[bytes, bytes]:
    """Return the records of an extended header, each `LENGTH KEY=VALUE` and a newline."""
    pairs: dict[bytes, bytes] = {}
    at = 0
    while match := _PAIR.match(text, at):
        end = at + int(match[1])
        if end <= match.end():
            break
        pairs[match[2]] = text[match.end() : end - 1]
        at = end
    return pairs


def _padded(size: int) -> int:
    return -(-size // BLOCK) * BLOCK
