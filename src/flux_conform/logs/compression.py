"""Streaming decompression in bounded memory."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import partial
from typing import Protocol

from flux_conform.logs.source_items import SourceError
from flux_conform.logs.stream import Readable

_CHUNK = 1 << 16

_MAX_MEMORY = 192 << 20
"""Memory limit for xz in bytes; its strongest preset needs 65 MiB."""

_MAX_WINDOW_LOG = 27
"""Maximum window of zstd, as a power of two; `zstd --long` uses 27."""


class _Decompressor(Protocol):
    """The interface that bz2, lzma, zstd and lz4 share; `_Gzip` adapts zlib to it."""

    @property
    def eof(self) -> bool: ...
    @property
    def needs_input(self) -> bool: ...
    @property
    def unused_data(self) -> bytes | None: ...
    def decompress(self, data: bytes, max_length: int = -1) -> bytes: ...


class _Gzip:
    """Adapts zlib's decompressor for one gzip member to `_Decompressor`."""

    def __init__(self) -> None:
        import zlib

        self._zlib = zlib.decompressobj(wbits=31)

    @property
    def eof(self) -> bool:
        return self._zlib.eof

    @property
    def unused_data(self) -> bytes:
        return self._zlib.unused_data

    @property
    def needs_input(self) -> bool:
        return not self._zlib.unconsumed_tail

    def decompress(self, data: bytes, max_length: int = -1) -> bytes:
        return self._zlib.decompress(self._zlib.unconsumed_tail + data, max_length)


class Decompressed:
    """A readable stream of decompressed data; concatenated compressed streams are supported.

    `read` raises SourceError if the data are damaged or truncated.
    """

    def __init__(self, compressed: Readable, compression: str) -> None:
        """`compression` is gzip, bzip2, xz, zstd or lz4.

        Raises SourceError if the package for that compression is missing.
        """
        self._compressed = compressed
        self._compression = compression
        self._make, self._errors = _maker(compression)
        self._decompressor = self._make()
        self._input = b""

    def read(self, size: int) -> bytes:
        """Return the next 1 to `size` bytes, or b"" at the end."""
        while True:
            if self._decompressor.eof and not self._next_member():
                return b""
            if not self._input and self._decompressor.needs_input:
                self._input = self._compressed.read(_CHUNK)
                if not self._input:
                    raise SourceError(f"the {self._compression} data are cut off")
            try:
                data = self._decompressor.decompress(self._input, size)
            except self._errors as error:
                raise SourceError(f"the {self._compression} data are damaged: {error}") from error
            self._input = b""
            if data:
                return data

    def _next_member(self) -> bool:
        """Start on the next compressed stream, if one follows."""
        rest = self._decompressor.unused_data or b""
        while not (rest := rest.lstrip(b"\0")):  # padding
            rest = self._compressed.read(_CHUNK)
            if not rest:
                return False
        self._decompressor = self._make()
        self._input = rest
        return True


_Maker = tuple[Callable[[], _Decompressor], tuple[type[Exception], ...]]


def _maker(compression: str) -> _Maker:
    """Return what creates a decompressor, and the errors that it raises."""
    match compression:
        case "gzip":
            import zlib

            return _Gzip, (zlib.error,)
        case "bzip2":
            import bz2

            return bz2.BZ2Decompressor, (OSError, ValueError)
        case "xz":
            import lzma

            make = partial(lzma.LZMADecompressor, lzma.FORMAT_XZ, memlimit=_MAX_MEMORY)
            return make, (lzma.LZMAError,)
        case "zstd":
            try:
                if sys.version_info >= (3, 14):
                    from compression import zstd
                else:
                    from backports import zstd
            except ImportError as error:
                raise _missing_package("zstd", "backports.zstd") from error
            options = {int(zstd.DecompressionParameter.window_log_max): _MAX_WINDOW_LOG}
            return partial(zstd.ZstdDecompressor, options=options), (zstd.ZstdError,)
        case _:
            try:
                import lz4.frame
            except ImportError as error:
                raise _missing_package("lz4", "lz4") from error
            return lz4.frame.LZ4FrameDecompressor, (RuntimeError,)


class DamagedBlock(Exception):
    """An LZ4 block that cannot be decompressed."""


def lz4_block(data: bytes, size: int) -> bytes:
    """Decompress an LZ4 block whose original length is `size` bytes.

    Raises DamagedBlock, and SourceError if the package lz4 is missing.
    """
    try:
        import lz4.block
    except ImportError as error:
        raise _missing_package("lz4", "lz4") from error
    try:
        block: bytes = lz4.block.decompress(data, uncompressed_size=size)
    except lz4.block.LZ4BlockError as error:
        raise DamagedBlock(f"its LZ4 block is damaged: {error}") from error
    return block


def _missing_package(compression: str, package: str) -> SourceError:
    return SourceError(
        f"it is compressed with {compression}, which needs the Python package {package}: "
        "pip install 'flux-conform[archives]'"
    )
