"""Attacks on what finds logs in files, archives and databases."""

from __future__ import annotations

import io
import sys
import zlib
from collections.abc import Callable, Sequence
from pathlib import Path
from random import Random
from typing import NamedTuple
from unittest import mock

from fuzz_mutations import mutated, mutated_pages, mutated_tar
from fuzz_seeds import Seeds, archive_of, packed, store_of
from fuzz_target import Parse, Prepared, of

from flux_conform.logs.source_items import Problem, SourcedLog, SourceItem
from flux_conform.logs.sources import read_sources


class _Pipe(io.RawIOBase):
    """Bytes as they come through a pipe: in pieces, without a way back."""

    def __init__(self, data: bytes, piece: int) -> None:
        self._data = data
        self._piece = piece
        self._at = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        data = self._data[self._at : self._at + min(len(buffer), self._piece)]
        buffer[: len(data)] = data
        self._at += len(data)
        return len(data)


class _Input(NamedTuple):
    """What `sys.stdin` needs to have here."""

    buffer: io.BufferedReader

    def isatty(self) -> bool:
        return False


def piped(data: bytes) -> _Input:
    return _Input(io.BufferedReader(_Pipe(data, 1 + zlib.crc32(data) % 5000)))


def _reading(path: Path) -> Parse:
    """Reads a source from its path and from a pipe, which must give the same logs."""

    def parse(data: bytes) -> bool:
        path.write_bytes(data)
        named = list(read_sources([str(path)]))
        with mock.patch.object(sys, "stdin", piped(data)):
            streamed = list(read_sources(["-"]))
        assert _logs_in(named) == _logs_in(streamed), "a path and a pipe give different logs"
        return not any(isinstance(found, Problem) for found in named)

    return parse


def _logs_in(found: list[SourceItem]) -> list[tuple[object, ...]]:
    return [
        (each.job, each.kind, each.data, each.lost, dict(each.recorded))
        for each in found
        if isinstance(each, SourcedLog)
    ]


def source(seeds: Callable[[Seeds], Sequence[bytes]]) -> Callable[[Seeds, Path], Prepared]:
    return lambda all_, folder: of(seeds(all_), _reading(folder / "source"))


def tars(seeds: Seeds, folder: Path) -> Prepared:
    own = seeds.tars()
    return (lambda random: packed(random, mutated_tar(random, own))), _reading(folder / "source")


def pages(seeds: Seeds, folder: Path) -> Prepared:
    own = seeds.databases(folder)
    return (lambda random: mutated_pages(random, own)), _reading(folder / "source")


def stores(seeds: Seeds, folder: Path) -> Prepared:
    """Content stores whose objects bear the right hash, whatever stands in them."""
    own, blob, path = seeds.stores(), seeds.logs[0], folder / "made"

    def make(random: Random) -> bytes:
        store_of(path, mutated(random, own), blob)
        return path.read_bytes()

    return make, _reading(folder / "source")


def job_archives(seeds: Seeds, folder: Path) -> Prepared:
    ids: tuple[object, ...] = (
        *("11945377792", "ƒKCaBeX", "fKCaBeX", "", "x", "-1", str(2**64), "9" * 5000, None),
        *(0, -1, 2**63 - 1, 1.5, float("inf"), b"\xff", b"12", "0x10", "\ud7ff\x00", "1e5"),
    )
    path = folder / "made"

    def make(random: Random) -> bytes:
        rows = [
            (random.choice(ids), random.choice((mutated(random, seeds.logs), None, 1, 1.5, "text")))
            for _ in range(random.randint(0, 6))
        ]
        archive_of(path, rows)
        return path.read_bytes()

    return make, _reading(folder / "source")
