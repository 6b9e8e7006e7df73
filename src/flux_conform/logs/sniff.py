"""What a source is, told by how it begins, never by its name."""

from __future__ import annotations

import errno
import os
import re
import stat

from flux_conform.logs.found import SourceError

HEAD_BYTES = 1 << 16
"""So much of a source is looked at."""

EVENTLOG, TEXT, JOURNAL, TAR, SQLITE = "eventlog", "text", "journal", "tar", "sqlite"

COMPRESSIONS = {
    b"\x1f\x8b": "gzip",
    b"BZh": "bzip2",
    b"\xfd7zXZ\x00": "xz",
    b"\x28\xb5\x2f\xfd": "zstd",
    b"\x04\x22\x4d\x18": "lz4",
}
"""How compressed data begin, and with what they were compressed."""

# The longer of two that begin alike comes first.
_ALIENS = {
    b"\xff\xfe\x00\x00": "UTF-32 text",
    b"\x00\x00\xfe\xff": "UTF-32 text",
    b"\xff\xfe": "UTF-16 text",
    b"\xfe\xff": "UTF-16 text",
    b"{\x00": "UTF-16 text",
    b"\x00{": "UTF-16 text",
    b"PK\x03\x04": "a ZIP archive",
    b"7z\xbc\xaf\x27\x1c": "a 7-Zip archive",
    b"\x02\x21\x4c\x18": "data of LZ4's legacy format",
    b"\x1f\x9d": "data of compress(1)",
    b"LZIP": "data of lzip",
    b"PAR1": "a Parquet file",
    b"\x7fELF": "a program",
    b"%PDF-": "a PDF document",
}

_SQLITE = b"SQLite format 3\x00"

# An entry of the journal: it begins with the id of a job, or with what else such an entry has.
_JOURNAL = re.compile(
    rb'\s*\{\s*(?:"id"\s*:\s*-?[0-9]+\s*,\s*)?"(?:events"\s*:\s*\[|(?:jobspec|R)"\s*:\s*\{)'
)

_COLOUR = rb"(?:\x1b\[[0-9;]*m)*"
_STAMPS = rb"|".join(
    (
        rb"-?[0-9]+\.[0-9]{6}",
        rb"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6}[^ ]*",
        rb"\[[A-Z][a-z]{2}[ 0-9][0-9] [0-9]{2}:[0-9]{2}\]",
        rb"\[ *[+-][0-9]+\.[0-9]{6}\]",
    )
)
_TEXT = re.compile(rb"\s*" + _COLOUR + rb"(?:" + _STAMPS + rb")" + _COLOUR + rb" +[^ ]")


def form_of(head: bytes) -> str:
    """What begins so: one of the forms above, or the name of a compression.

    What is nothing else is an eventlog, so that its lines are judged. Raises SourceError where it
    is something that holds no eventlogs or that is not read.
    """
    if head.startswith(b'{"timestamp"'):  # nearly all of them
        return EVENTLOG
    for magic, name in COMPRESSIONS.items():
        if head.startswith(magic):
            return name
    if head.startswith(_SQLITE):
        return SQLITE
    if is_tar(head):
        return TAR
    for magic, what in _ALIENS.items():
        if head.startswith(magic):
            hint = "; turn it into UTF-8, as with iconv" if what.startswith("UTF") else ""
            raise SourceError(f"this is {what}, which is not read{hint}")
    if _JOURNAL.match(head):
        return JOURNAL
    return TEXT if _TEXT.match(head) else EVENTLOG


def begun(path: str, *, waits: bool) -> tuple[int, bytes, os.stat_result]:
    """The handle of a file that is open, how it begins, and its status.

    Raises OSError, for a pipe too unless it `waits`: nobody may ever write to it.
    """
    # A file object would take as long to make as all the rest of a small log.
    handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC | (0 if waits else os.O_NONBLOCK))
    try:
        status = os.fstat(handle)
        if not waits and stat.S_ISFIFO(status.st_mode):
            raise OSError(errno.ESPIPE, "a pipe stands there, and nobody may ever write to it")
        return handle, os.read(handle, HEAD_BYTES), status
    except OSError:
        os.close(handle)
        raise


def is_small_eventlog(head: bytes, status: os.stat_result) -> bool:
    """Whether a file that begins so is a small eventlog, and so is whole. Raises as `form_of`."""
    return stat.S_ISREG(status.st_mode) and len(head) < HEAD_BYTES and form_of(head) == EVENTLOG


def is_tar(head: bytes) -> bool:
    """Whether a tar archive begins so: with a header, or with the mark of its end."""
    from flux_conform.logs.tar import BLOCK, checksum_fits

    block = head[:BLOCK]
    if len(block) < BLOCK:
        return False
    return checksum_fits(block) or block == bytes(BLOCK)
