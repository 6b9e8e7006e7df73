"""Common sources that hold no eventlog, and the command to run instead."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

# Of two magic numbers with the same start, the longer one comes first.
_MAGIC = {
    b"\xff\xfe\x00\x00": "UTF-32 text",
    b"\x00\x00\xfe\xff": "UTF-32 text",
    b"\xff\xfe": "UTF-16 text",
    b"\xfe\xff": "UTF-16 text",
    b"{\x00": "UTF-16 text",
    b"\x00{": "UTF-16 text",
    b"PK\x03\x04": "a ZIP archive",
    b"7z\xbc\xaf\x27\x1c": "a 7-Zip archive",
    b"Rar!\x1a\x07": "a RAR archive",
    b"\x02\x21\x4c\x18": "data of LZ4's legacy format",
    b"\x1f\x9d": "data of compress(1)",
    b"LZIP": "data of lzip",
    b"PAR1": "a Parquet file",
    b"\x89HDF\r\n": "an HDF5 file",
    b"\x7fELF": "a program",
    b"MZ\x90\x00": "a program",
    b"\xcf\xfa\xed\xfe": "a program",
    b"!<arch>\n": "a library of object files",
    b"#!/": "a script",
    b"%PDF-": "a PDF document",
    b"%!PS": "a PostScript document",
    b"\x89PNG\r\n": "a picture (PNG)",
    b"\xff\xd8\xff": "a picture (JPEG)",
    b"GIF87a": "a picture (GIF)",
    b"GIF89a": "a picture (GIF)",
    b"II*\x00": "a picture (TIFF)",
    b"MM\x00*": "a picture (TIFF)",
}

_LOG_OF_A_JOB = "run `flux job eventlog --format=json JOBID` for the log of a job"

_ATTACH = re.compile(rb"[0-9]+\.[0-9]{3}s: [A-Za-z][^ ]*\.[^ ]+(?: |$)")
_TABLE = re.compile(rb"\s*JOBID\s+[A-Z]+(?:\s|$)")
_PYTHON = re.compile(rb"\[?\{'|[0-9]+\.[0-9]{5}: [^ ]+(?: |$)|<flux\.|EventLogEvent\(")
_PAGE = re.compile(rb"\s*<(?:!doctype|html|head|body|svg|\?xml)\b", re.IGNORECASE)

_BINARY = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")

_SHOWN = 60


def by_magic(head: bytes) -> str | None:
    """Return why a source with these first bytes is not read; None if it may be."""
    for magic, what in _MAGIC.items():
        if head.startswith(magic):
            hint = "; turn it into UTF-8, as with iconv" if what.startswith("UTF") else ""
            return f"this is {what}, which is not read{hint}"
    if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        return "this is a picture (WebP), which is not read"
    return None


def by_line(line: bytes) -> str | None:
    """Return why a text with such a line before any event is not an eventlog; None if it may be."""
    if _ATTACH.match(line):
        return (
            "this is what `flux job attach` prints, which does not keep all of an event; "
            + _LOG_OF_A_JOB
        )
    if _TABLE.match(line):
        return f"this is a table of jobs, as `flux jobs` prints it; {_LOG_OF_A_JOB}"
    if _PYTHON.match(line):
        return (
            "these are values as Python prints them; write `json.dumps(event)` on a line for each "
            f"event, or {_LOG_OF_A_JOB}"
        )
    if _PAGE.match(line):
        return f"this is a page of HTML or XML; {_LOG_OF_A_JOB}"
    return None


def without_events(lines: Sequence[bytes]) -> str:
    """Return why a source with these first lines, none of them an event, is not an eventlog."""
    first = next((line.strip() for line in lines if line.strip()), b"")
    if _BINARY.search(b"".join(lines)[:512]):
        return "no line is an event: this is binary data, and no eventlog"
    if not first:
        return f"no line is an event; the first {len(lines):,} are blank"
    if first.startswith(b"["):
        return (
            "no line is an event: this is a JSON array, and an eventlog has an event a line; "
            "`jq -c '.[]'` writes its elements so"
        )
    if first.startswith(b"{") and not _is_json(first):
        return (
            "no line is an event: this is JSON on several lines, and an eventlog has an event a "
            "line; `jq -c .` writes objects so"
        )
    if first.startswith(b"{"):
        return f"no line is an event: this is JSON, but of something else; {_LOG_OF_A_JOB}"
    text = first.decode("utf-8", "replace")
    shown = text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"
    return f"no line is an event; the first is {json.dumps(shown, ensure_ascii=False)}; " + (
        _LOG_OF_A_JOB
    )


def without_end(start: bytes) -> str | None:
    """Return why an incomplete first line cannot begin an eventlog; None if it can.

    More bytes may follow, so only a start that no event has is refused.
    """
    text = start.lstrip()
    if _BINARY.search(start) or text.startswith((b"[{", b"[[", b'["')):
        return without_events([start])
    return by_line(start)


def _is_json(line: bytes) -> bool:
    try:
        json.loads(line)
    except (ValueError, RecursionError):
        return False
    return True
