#!/usr/bin/env python3
"""reader.py as programs are that decode a log before they look at it; docs/suite.md has figures.

    whole.py            tells no state and no job of a log that it refuses
    whole.py 64-bits    and refuses each log with an integer beyond 64 bits

Both judge logs, and are right but for these integers, which RFC 21 does not bound.
"""

import sys
from pathlib import Path

WHOLE = (
    'return {"verdict": "violates", "states": states, "job": None}',
    'return {"verdict": "violates"}',
)
BITS = ("parse_constant=int)", "parse_constant=int, parse_int=integer)")


def integer(digits):
    value = int(digits)
    if not -(2**63) <= value < 2**63:
        raise ValueError(digits)
    return value


source = Path(__file__).with_name("reader.py").read_text(encoding="utf-8")
for right, other in (WHOLE, BITS) if sys.argv[1:] == ["64-bits"] else (WHOLE,):
    assert source.count(right) == 1, f"reader.py no longer says {right!r}"
    source = source.replace(right, other)
exec(compile(source, "reader.py", "exec"))
