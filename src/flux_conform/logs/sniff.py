"""Detection of the form of a source from its first bytes; its name does not matter."""

from __future__ import annotations

import errno
import json
import os
import re
import stat

from flux_conform.logs.eventlog import BOM
from flux_conform.logs.kind import Plain
from flux_conform.logs.source_items import SourceError

HEAD_BYTES = 1 << 16
"""Number of first bytes that are inspected."""

EVENTLOG, TEXT, JOURNAL, TAR, SQLITE = "eventlog", "text", "journal", "tar", "sqlite"

PLAIN = (EVENTLOG, TEXT, JOURNAL, TAR, SQLITE)
"""The forms that are not compressed."""

MAX_LAYERS = 3
"""Maximum number of nested compressions."""

COMPRESSIONS = {
    b"\x1f\x8b": "gzip",
    b"BZh": "bzip2",
    b"\xfd7zXZ\x00": "xz",
    b"\x28\xb5\x2f\xfd": "zstd",
    b"\x04\x22\x4d\x18": "lz4",
}
"""The compressions by their magic bytes."""

_SQLITE = b"SQLite format 3\x00"

_DAMAGED = re.compile(rb'\{\s*"(?:timestamp|name|context)"\s*:')

_BLOCK = 512
"""Size of a tar header in bytes."""

# The start of a journal entry: the id of a job, or another member of such an entry.
_JOURNAL = re.compile(
    rb'\s*\{\s*(?:"id"\s*:\s*-?[0-9]+\s*,\s*)?"(?:events"\s*:\s*\[|(?:jobspec|R)"\s*:\s*\{)'
)


def form_of(head: bytes, plain: Plain | None = None) -> str:
    """Return the form of a source: one of the forms above, or the name of a compression.

    An eventlog begins with an event. Anything unknown is text, whose lines may include events.
    With `plain`, what would be one or the other is a log of messages, and so an eventlog.
    Raises SourceError if the source holds no eventlogs or is not supported.
    """
    if head.startswith(b'{"timestamp"'):  # fast path for nearly all files
        return EVENTLOG
    for magic, name in COMPRESSIONS.items():
        if head.startswith(magic):
            return name
    if head.startswith(_SQLITE):
        return SQLITE
    if is_tar(head):
        return TAR
    from flux_conform.logs.unsupported import by_magic

    why = by_magic(head)
    if why is not None:
        raise SourceError(why)
    if plain is not None:
        return EVENTLOG
    if _JOURNAL.match(head):
        return JOURNAL
    first = head.removeprefix(BOM).partition(b"\n")[0]
    return EVENTLOG if not head or is_event(first) else TEXT


def is_event(text: bytes) -> bool:
    """Return whether a line of JSON is an event, well formed or not."""
    text = text.strip(b" \t\r")
    if not text.startswith(b"{"):
        return False
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return _DAMAGED.match(text) is not None
    return isinstance(value, dict) and (not value or "name" in value or "timestamp" in value)


def suffices(head: bytes) -> bool:
    """Return whether the start of a source determines its form, whatever follows."""
    from flux_conform.logs.unsupported import by_magic

    if len(head) >= _BLOCK or by_magic(head) is not None:
        return True
    if any(head.startswith(magic) for magic in COMPRESSIONS):
        return True
    # A tar archive and a database have zero bytes early on.
    return b"\n" in head.lstrip() and b"\0" not in head


def open_head(path: str, *, waits: bool) -> tuple[int, bytes, os.stat_result]:
    """Open a file; return its handle, its first bytes, and its status.

    Raises OSError, also for a pipe unless it `waits`: a writer may never come.
    """
    # Creating a file object takes as long as all other work on a small log.
    handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC | (0 if waits else os.O_NONBLOCK))
    try:
        status = os.fstat(handle)
        if not waits and stat.S_ISFIFO(status.st_mode):
            raise OSError(errno.ESPIPE, "it is a pipe, and nobody may ever write to it")
        return handle, os.read(handle, HEAD_BYTES), status
    except OSError:
        os.close(handle)
        raise


def is_small_eventlog(head: bytes, status: os.stat_result, plain: Plain | None = None) -> bool:
    """Return whether a file is a small eventlog, of which `head` is the whole.

    Raises as `form_of` does.
    """
    return (
        stat.S_ISREG(status.st_mode) and len(head) < HEAD_BYTES and form_of(head, plain) == EVENTLOG
    )


def is_tar(head: bytes) -> bool:
    """Return whether the bytes begin a tar archive: with a header, or with the end mark."""
    from flux_conform.logs.tar import BLOCK, checksum_fits

    block = head[:BLOCK]
    if len(block) < BLOCK:
        return False
    return checksum_fits(block) or block == bytes(BLOCK)
