"""Finds the fragments of a window: first or last lines that were cut through."""

from __future__ import annotations

import json
from typing import NamedTuple

from flux_conform.logs.eventlog import BOM
from flux_conform.logs.lines import line_at
from flux_conform.logs.sniff import is_event


class Ends(NamedTuple):
    """The line numbers of the fragments of a window, and whether the first line is one."""

    left_out: tuple[int, ...]
    lost_first: bool


def ends_of(data: bytes) -> Ends:
    """Find the fragments in the bytes of a window."""
    if not data:
        return Ends((), False)
    left_out = []
    # Only a last line without a newline can be cut at its end.
    last = data[data.rfind(b"\n") + 1 :]
    if last and _is_cut_off(last):
        left_out.append(data.count(b"\n") + 1)
    lost_first = left_out != [1] and _lacks_its_start(line_at(data, 0).removesuffix(b"\n"))
    if lost_first:
        left_out.insert(0, 1)
    return Ends(tuple(left_out), lost_first)


def _is_cut_off(text: bytes) -> bool:
    """Whether a line without a newline is incomplete at its end."""
    return bool(text.strip()) and not _is_json(text)


def _lacks_its_start(text: bytes) -> bool:
    """Whether a first line is incomplete at its start; only the newline may be left of it."""
    if not text.strip():
        return not text
    if _is_json(text.removeprefix(BOM)):
        return False
    # The end of a line can begin like an event (a nested object), but has more text after it.
    return not is_event(text) or _has_more(text)


def _is_json(text: bytes) -> bool:
    try:
        # With parse_int, because Python limits the number of digits of integers.
        json.loads(text.decode("utf-8"), parse_int=str)
    except ValueError:
        return False
    return True


def _has_more(text: bytes) -> bool:
    """Whether a line begins with a JSON value and has more text after it."""
    try:
        _, end = json.JSONDecoder(parse_int=str).raw_decode(
            text.decode("utf-8", "replace").lstrip()
        )
    except ValueError:
        return False
    return end > 0
