"""The time of an event as its line has it, with all digits: floats round."""

from __future__ import annotations

import json
from fractions import Fraction

from flux_conform.logs.eventlog import Entry

MOST_DIGITS = 100
"""Number of characters up to which the text of a time is read; of a longer one, its float."""

_USUAL = b'{"timestamp":'
_AS_WRITTEN = json.JSONDecoder(parse_int=str, parse_float=str)


def exact_time(entry: Entry) -> Fraction | None:
    """Return the time of the event in a line, in seconds since 1970; None if it has none."""
    stamp = None if entry.event is None else entry.event.timestamp
    if stamp is None or isinstance(stamp, int):
        return None if stamp is None else Fraction(stamp)
    written = repr(stamp)
    head = _USUAL + written.encode()
    # A float that is written as Python writes it has no more digits than that.
    if entry.text.startswith(head + b",") and not entry.faults:
        return Fraction(written)
    text = _AS_WRITTEN.decode(entry.text.decode())["timestamp"]
    return Fraction(text if len(text) <= MOST_DIGITS else stamp)
