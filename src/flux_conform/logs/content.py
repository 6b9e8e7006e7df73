"""Reader for Flux's content store on disk: a tree of keys (RFC 11) in objects named by hash.

Reading starts at the newest checkpoint, follows only the keys that lead to eventlogs, and verifies
the hash of every object.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import re
import sqlite3
from collections import Counter
from collections.abc import Iterator
from typing import Any

from flux_conform.logs.compression import DamagedBlock, lz4_block
from flux_conform.logs.eventlog_keys import (
    JOB,
    EventlogKey,
    found_in,
    job_directory,
    parse_key,
)
from flux_conform.logs.job_directories import JobDirectories
from flux_conform.logs.source_items import (
    MAX_LOG_BYTES,
    LogFilter,
    Problem,
    Skipped,
    SourcedLog,
    SourceError,
    SourceItem,
    leave_out_kind,
    log_name,
    too_long,
)

_MAX_OBJECT = 64 << 20
_MAX_DIRECTORY = 16 << 20
_MAX_DEPTH = 16
"""Maximum depth of the tree; keys of eventlogs have fewer parts."""

_MAX_VISITS = 4
"""Maximum average number of visits per object; a tree that exceeds it was crafted to waste time."""

_MIN_OBJECT = 40
"""Minimum number of bytes per object in the file: the hash alone is stored twice."""

_REFERENCE = re.compile(r"(sha1|sha256)-([0-9a-f]{40}(?:[0-9a-f]{24})?)")
_RAW = -1
"""The size field of an object that is stored uncompressed."""

_GET = """
    SELECT size, CAST(object AS BLOB) FROM objects WHERE hash = ?1 OR hash = CAST(?1 AS TEXT)
"""
# The column holds bytes, but older versions declare it as text.


def read_content(
    database: sqlite3.Connection, name: str, wanted: LogFilter
) -> Iterator[SourceItem]:
    """Yield the logs below the newest checkpoint, by key, then what was skipped."""
    walk = _TreeWalk(database, name, wanted)
    try:
        yield from walk.below({"type": "dirref", "data": [_root(database)]}, "", 0)
    except SourceError as error:  # keep the logs that precede the error
        yield Problem(name, str(error))
    yield from walk.jobs.without_log(name, wanted)
    for what, count in sorted(walk.left_out.items()):
        yield Skipped(name, count, what)


def _root(database: sqlite3.Connection) -> str:
    """Return the reference of the tree's root.

    Raises SourceError if there is no checkpoint.
    """
    tables = {
        row[0] for row in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
    }
    queries = {
        "checkpt_v2": "SELECT CAST(value AS TEXT) FROM checkpt_v2 ORDER BY id DESC LIMIT 1",
        "checkpt": "SELECT CAST(value AS TEXT) FROM checkpt WHERE key = 'kvs-primary' LIMIT 1",
    }
    for table, query in queries.items():
        row = database.execute(query).fetchone() if table in tables else None
        if row is not None and row[0] is not None:
            try:
                root = json.loads(row[0])["rootref"]
            except (ValueError, KeyError, TypeError, RecursionError):
                root = row[0]  # the format of versions before 0.29
            if isinstance(root, str) and _REFERENCE.fullmatch(root):
                return root
            raise SourceError(f"the checkpoint in {table} names no root")
    raise SourceError("the content store has no checkpoint, so its tree has no root")


class _BadObject(Exception):
    """An object of the tree is invalid; the message says why."""


class _TreeWalk:
    """Walks the tree of one store."""

    def __init__(self, database: sqlite3.Connection, name: str, wanted: LogFilter) -> None:
        self._database = database
        self._name = name
        self._wanted = wanted
        (pages,) = database.execute("PRAGMA page_count").fetchone()
        (page,) = database.execute("PRAGMA page_size").fetchone()
        # Derived from the file size: counting the objects would mean reading all of them.
        self._visits_left = pages * page // _MIN_OBJECT * _MAX_VISITS + 1000
        self.jobs = JobDirectories()
        self.left_out: Counter[str] = Counter()

    def below(self, node: Any, key: str, depth: int) -> Iterator[SourceItem]:
        """Yield the logs at and below a node of the tree."""
        try:
            entries = self._entries(node, key)
        except _BadObject as bad:
            yield Problem(f"{self._name}: {key or 'the root'}", str(bad))
            return
        if entries is None:
            found = self._leaf(node, key)
            if found is not None:
                yield found
            return
        if depth == _MAX_DEPTH:
            self.left_out["directories that nest too deep"] += 1
            return
        self.jobs.add(f"{key}/")
        for part in sorted(entries):
            if "/" in part or "." in part:
                self.left_out["entries whose names are no parts of keys"] += 1
                continue
            below = f"{key}/{part}" if key else part
            yield from self.below(entries[part], below, depth + 1)

    def _entries(self, node: Any, key: str) -> dict[str, Any] | None:
        """Return the entries of a directory, or None if the node is not one."""
        kind, data = _parts(node)
        if kind == "dirref":
            if not isinstance(data, list) or len(data) != 1:
                raise _BadObject("a directory is not one reference")
            kind, data = _parts(self._decoded(data[0]))
            if kind != "dir":
                raise _BadObject(f'where a directory was announced is a "{kind}"')
        if kind == "hdir":
            raise _BadObject("directories of type hdir are not read")
        if kind != "dir":
            return None
        if not isinstance(data, dict):
            raise _BadObject("a directory without entries")
        return data

    def _leaf(self, node: Any, key: str) -> SourceItem | None:
        self.jobs.add(key)
        eventlog = parse_key(key)
        if eventlog is None:
            self.left_out["other keys than eventlogs"] += 1
            return self._document(node, key)
        if not self._wanted.has_job(eventlog.job):
            return None
        if not self._wanted.kind(eventlog.kind):
            leave_out_kind(self.left_out, eventlog.kind)
            return None
        own = log_name(self._name, eventlog.job, eventlog.kind, key, found_in(key))
        try:
            return self._log(node, own, eventlog)._replace(whole=self._whole(key))
        except _BadObject as bad:
            return Problem(own, str(bad))

    def _whole(self, key: str) -> str:
        """Return the name of the job that a key is of; "" if logs are not to be put together."""
        directory = job_directory(key) if self._wanted.documents else None
        if directory is None or directory.job is None:
            return ""
        return log_name(self._name, directory.job, JOB, key, directory.found_in)

    def _document(self, node: Any, key: str) -> SourcedLog | None:
        """Read a leaf that is a document of a job, if such documents are selected."""
        directory = job_directory(key) if self._wanted.documents else None
        if directory is None or not self._wanted.is_document(directory):
            return None
        if not self._wanted.has_job(directory.job):
            return None
        own, place = f"{self._name}: {key}", EventlogKey(directory.job, directory.rest)
        try:
            found = self._log(node, own, place)
        except _BadObject:
            return None  # what is not there is not judged, and that is said
        return found._replace(whole=self._whole(key), is_document=True)

    def _log(self, node: Any, own: str, eventlog: EventlogKey) -> SourcedLog:
        kind, data = _parts(node)
        if kind == "val" and isinstance(data, str):
            try:
                value = base64.b64decode(data, validate=True)
            except (binascii.Error, ValueError) as error:
                raise _BadObject(f"its value is not base64: {error}") from error
            return _log(own, value, eventlog)
        if kind != "valref" or not isinstance(data, list):
            raise _BadObject(f'it is of type "{kind}", which holds no log')
        parts = []
        length = 0
        for reference in data:
            parts.append(self._object(reference))
            length += len(parts[-1])
            if length > MAX_LOG_BYTES:
                raise _BadObject(f"it is longer than {MAX_LOG_BYTES:,} bytes")
        return _log(own, b"".join(parts), eventlog)

    def _decoded(self, reference: Any) -> Any:
        try:
            content = self._object(reference)
            if len(content) > _MAX_DIRECTORY:
                raise _BadObject(
                    f"{reference} has {len(content):,} bytes, too many for a directory"
                )
            return json.loads(content)
        except (ValueError, RecursionError) as error:
            raise _BadObject(f"{reference} is not JSON: {error}") from error

    def _object(self, reference: Any) -> bytes:
        """Return the object that a reference names, with its hash verified."""
        self._visits_left -= 1
        if self._visits_left < 0:
            raise SourceError("the tree leads to the same objects over and over")
        match = _REFERENCE.fullmatch(reference) if isinstance(reference, str) else None
        if match is None:
            raise _BadObject("a reference that is none")
        hash_ = bytes.fromhex(match[2])
        try:
            row = self._database.execute(_GET, (hash_,)).fetchone()
        except sqlite3.DataError as error:  # longer than the limit of a field
            raise _BadObject(f"{reference}: {error}") from error
        if row is None:
            raise _BadObject(f"{reference} is not in the store")
        size, stored = row
        if not isinstance(size, int) or not _RAW <= size <= _MAX_OBJECT:
            raise _BadObject(f"{reference} is said to have {size} bytes; {_MAX_OBJECT:,} are read")
        try:
            content = (stored or b"") if size == _RAW else lz4_block(stored or b"", size)
        except DamagedBlock as error:
            raise _BadObject(f"{reference}: {error}") from error
        if hashlib.new(match[1], content, usedforsecurity=False).digest() != hash_:
            raise _BadObject(f"{reference} is damaged: its content has another hash")
        return content


def _log(own: str, data: bytes, eventlog: EventlogKey) -> SourcedLog:
    why = too_long(data)
    if why is not None:
        raise _BadObject(why)
    return SourcedLog(own, data, eventlog.job, eventlog.kind)


def _parts(node: Any) -> tuple[str, Any]:
    if not isinstance(node, dict) or not isinstance(node.get("type"), str):
        raise _BadObject("what stands in the tree is no node of it")
    return node["type"], node.get("data")
