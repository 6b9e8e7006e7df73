"""Whether the bytes of logs are what the decoder of the fast path took them for.

The decoder is more lenient than RFC 18: about the ends of lines, about UTF-8, and about how long a
line is and how deep it nests.
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
    """The judgements, but for those on logs whose lines are not as they were decoded."""
    told = list(compress(logs, judgements))
    events = sum([judgement.events for judgement in judgements if judgement])
    joined = b"".join(told)
    if (
        # Where each ends in a newline, they are looked at as one log.
        all(map(bytes.endswith, told, repeat(b"\n")))
        and one_object_a_line(joined, events)
        and all(map(is_utf8, filterfalse(bytes.isascii, told)))
    ):
        return judgements
    return [
        judgement
        if judgement and one_object_a_line(data, judgement.events) and is_utf8(data)
        else None
        for data, judgement in zip(logs, judgements, strict=True)
    ]


_USUAL = b'}\n{"timestamp":'
"""How the next event mostly begins; to look for more bytes takes less time."""


def one_object_a_line(data: bytes, count: int) -> bool:
    """Whether the decoder's objects are the lines.

    The decoder takes blank lines, several objects on a line, and objects over several lines. A
    newline cannot stand within a string, so `}`, newline, `{` is always the end of one object and
    the start of another.

    It holds for logs that end in a newline one after another as for one.
    """
    return (
        data[:1] == b"{"
        and data[-2:] == b"}\n"
        and data.count(b"\n") == count
        and (data.count(_USUAL) == count - 1 or data.count(b"}\n{") == count - 1)
    )


def is_utf8(data: bytes) -> bool:
    """Whether all is UTF-8: the decoder skips strings without a look at that."""
    if data.isascii():
        return True
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def passes_limits(data: bytes) -> bool:
    """Whether a line is longer, or nests deeper, than a reader takes."""
    if len(data) <= MAX_LINE_BYTES and data.count(b"{") + data.count(b"[") <= MAX_DEPTH:
        return False
    for lines, _ in blocks(data):
        if any(len(line) > MAX_LINE_BYTES or depth_exceeds(line, MAX_DEPTH) for line in lines):
            return True
    return False
