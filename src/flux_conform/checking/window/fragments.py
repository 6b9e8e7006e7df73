"""The ends of a window: which of its lines are fragments, where the log was cut through."""

from __future__ import annotations

import json
from typing import NamedTuple

from flux_conform.logs.eventlog import BOM
from flux_conform.logs.lines import line_at
from flux_conform.logs.sniff import is_event


class Ends(NamedTuple):
    """The numbers of the fragments at the ends of a window; whether the first line is one."""

    left_out: tuple[int, ...]
    lost_first: bool


def ends_of(data: bytes) -> Ends:
    """The ends of a window with these bytes."""
    if not data:
        return Ends((), False)
    left_out = []
    # A line that ends in a newline was not cut at its end.
    last = data[data.rfind(b"\n") + 1 :]
    if last and _is_cut_off(last):
        left_out.append(data.count(b"\n") + 1)
    lost_first = left_out != [1] and _lacks_its_start(line_at(data, 0).removesuffix(b"\n"))
    if lost_first:
        left_out.insert(0, 1)
    return Ends(tuple(left_out), lost_first)


def _is_cut_off(text: bytes) -> bool:
    """Whether a line without a newline is the beginning of one, or a part from its middle."""
    return bool(text.strip()) and not _is_json(text)


def _lacks_its_start(text: bytes) -> bool:
    """Whether a first line is the end of a line, which may be its newline alone."""
    if not text.strip():
        return not text
    if _is_json(text.removeprefix(BOM)):
        return False
    # The end of an event closes more than it opens, even where it begins as an event does.
    return not is_event(text) or _has_more(text)


def _is_json(text: bytes) -> bool:
    try:
        json.loads(text.decode("utf-8"), parse_int=str)  # Python bounds the digits of integers
    except ValueError:
        return False
    return True


def _has_more(text: bytes) -> bool:
    """Whether a value of JSON stands at the beginning of a line, and more after it."""
    try:
        _, end = json.JSONDecoder(parse_int=str).raw_decode(
            text.decode("utf-8", "replace").lstrip()
        )
    except ValueError:
        return False
    return end > 0
