"""Checks the bytes of logs for what the decoder of the fast path accepts and RFC 18 forbids.

The decoder is more lenient about line ends, about UTF-8, and about the length and the nesting depth
of a line.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import compress, filterfalse, repeat

from flux_conform.checking.finding import Judgement
from flux_conform.logs.eventlog import MAX_DEPTH, MAX_LINE_BYTES, depth_exceeds
from flux_conform.logs.lines import blocks


def sound_judgements(
    logs: Sequence[bytes], judgements: list[Judgement | None]
) -> list[Judgement | None]:
    """Return the judgements, with None for logs whose lines are not what the decoder took."""
    judged = list(compress(logs, judgements))
    events = sum([judgement.events for judgement in judgements if judgement])
    joined = b"".join(judged)
    if (
        # If each log ends in a newline, all of them can be checked as one log, which is faster.
        all(map(bytes.endswith, judged, repeat(b"\n")))
        and one_object_a_line(joined, events)
        and all(map(is_utf8, filterfalse(bytes.isascii, judged)))
    ):
        return judgements
    return [
        judgement
        if judgement and one_object_a_line(data, judgement.events) and is_utf8(data)
        else None
        for data, judgement in zip(logs, judgements, strict=True)
    ]


_USUAL = b'}\n{"timestamp":'
"""The usual bytes between two events; searching for more bytes is faster."""


def one_object_a_line(data: bytes, count: int) -> bool:
    """Whether each line is exactly one of the `count` objects that were decoded.

    The decoder accepts blank lines, several objects on a line, and objects over several lines. A
    string cannot contain a newline, so `}`, newline, `{` is always the end of one object and the
    start of another. `data` can also be several logs, one after the other, that end in a newline.
    """
    return (
        data[:1] == b"{"
        and data[-2:] == b"}\n"
        and data.count(b"\n") == count
        and (data.count(_USUAL) == count - 1 or data.count(b"}\n{") == count - 1)
    )


def is_utf8(data: bytes) -> bool:
    """Whether all bytes are UTF-8: the decoder does not validate strings that it skips."""
    if data.isascii():
        return True
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def passes_limits(data: bytes) -> bool:
    """Whether a line exceeds the length or the nesting depth that readers accept."""
    # A log with few bytes and brackets cannot, whatever its lines.
    if len(data) <= MAX_LINE_BYTES and data.count(b"{") + data.count(b"[") <= MAX_DEPTH:
        return False
    for lines, _ in blocks(data):
        if any(len(line) > MAX_LINE_BYTES or depth_exceeds(line, MAX_DEPTH) for line in lines):
            return True
    return False
