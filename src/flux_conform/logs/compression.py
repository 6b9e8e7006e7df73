"""Compressed data, decompressed as a stream in bounded memory."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Protocol

from flux_conform.logs.found import SourceError
from flux_conform.logs.stream import Readable

_CHUNK = 1 << 16

_MAX_MEMORY = 192 << 20
"""So much memory xz may ask for; its strongest preset asks for 65 MiB."""

_MAX_WINDOW_LOG = 27
"""zstd's window is at most so many bits; `zstd --long` makes 27."""


class _Decompressor(Protocol):
    """What bz2, lzma, zstd and lz4 have in common; zlib is made to have it."""

    @property
    def eof(self) -> bool: ...
    @property
    def needs_input(self) -> bool: ...
    @property
    def unused_data(self) -> bytes | None: ...
    def decompress(self, data: bytes, max_length: int = -1) -> bytes: ...


class _Gzip:
    """zlib's decompressor of one gzip member, with the face of the others."""

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
    """Reads what was compressed; several compressed streams may follow one another.

    `read` raises SourceError where the data are damaged or cut off.
    """

    def __init__(self, compressed: Readable, compression: str) -> None:
        """`compression` is gzip, bzip2, xz, zstd or lz4. Raises SourceError."""
        self._compressed = compressed
        self._compression = compression
        self._make, self._errors = _MAKERS[compression]()
        self._decompressor = self._make()
        self._input = b""

    def read(self, size: int) -> bytes:
        """The next bytes, from 1 to `size` of them; b"" at the end."""
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
        """Begin with what follows the end of a compressed stream, if anything does."""
        rest = self._decompressor.unused_data or b""
        while not (rest := rest.lstrip(b"\0")):  # padding
            rest = self._compressed.read(_CHUNK)
            if not rest:
                return False
        self._decompressor = self._make()
        self._input = rest
        return True


_Maker = tuple[Callable[[], _Decompressor], tuple[type[Exception], ...]]


def _gzip() -> _Maker:
    import zlib

    return _Gzip, (zlib.error,)


def _bzip2() -> _Maker:
    import bz2

    return bz2.BZ2Decompressor, (OSError, ValueError)


def _xz() -> _Maker:
    import lzma

    return lambda: lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=_MAX_MEMORY), (lzma.LZMAError,)


def _zstd() -> _Maker:
    try:
        if sys.version_info >= (3, 14):
            from compression import zstd
        else:
            from backports import zstd
    except ImportError as error:
        raise _lacking("zstd", "backports.zstd") from error
    options = {int(zstd.DecompressionParameter.window_log_max): _MAX_WINDOW_LOG}
    return lambda: zstd.ZstdDecompressor(options=options), (zstd.ZstdError,)


def _lz4() -> _Maker:
    try:
        import lz4.frame
    except ImportError as error:
        raise _lacking("lz4", "lz4") from error
    return lz4.frame.LZ4FrameDecompressor, (RuntimeError,)


class DamagedBlock(Exception):
    """A block of LZ4 that cannot be decompressed."""


def lz4_block(data: bytes, size: int) -> bytes:
    """A block of LZ4 that was `size` bytes long.

    Raises DamagedBlock, and SourceError where the package is missing.
    """
    try:
        import lz4.block
    except ImportError as error:
        raise _lacking("lz4", "lz4") from error
    try:
        block: bytes = lz4.block.decompress(data, uncompressed_size=size)
    except lz4.block.LZ4BlockError as error:
        raise DamagedBlock(f"its LZ4 block is damaged: {error}") from error
    return block


def _lacking(compression: str, package: str) -> SourceError:
    return SourceError(
        f"it is compressed with {compression}, which needs the Python package {package}: "
        "pip install 'flux-conform[archives]'"
    )


_MAKERS: dict[str, Callable[[], _Maker]] = {
    "gzip": _gzip,
    "bzip2": _bzip2,
    "xz": _xz,
    "zstd": _zstd,
    "lz4": _lz4,
}
