#!/usr/bin/env python3
"""reader.py with five faults in it, such as people make. The suite must find each of them.

1. Any exception ends the job, not only one of severity 0.
2. The exception told of the job is its last one; it shall be the first of the gravest.
3. A dependency that is added twice must be removed twice; they are a set.
4. The urgency that submit gives may be 32; it ends at 31.
5. Logs from before 2022, whose submit names no version, are taken for today's.

    faulty.py        all of them
    faulty.py 3      the third alone
"""

import sys
from pathlib import Path

FAULTS = (
    ('name == "exception" and found["severity"] == 0', 'name == "exception"'),
    ('if not told["exception"] or context["severity"] < told["exception"]["severity"]:',
     "if True:"),
    ('if kind != "dependency" or what not in self.open[kind]:', "if True:"),
    ('"submit": {"urgency": range(32)', '"submit": {"urgency": range(33)'),
    ('self.told["t_submit"], self.v0 = time, "version" not in found',
     'self.told["t_submit"], self.v0 = time, False'),
)  # fmt: skip

source = Path(__file__).with_name("reader.py").read_text(encoding="utf-8")
for number in map(int, sys.argv[1:] or range(1, len(FAULTS) + 1)):
    right, wrong = FAULTS[number - 1]
    assert source.count(right) == 1, f"reader.py no longer says {right!r}"
    source = source.replace(right, wrong)
exec(compile(source, "reader.py", "exec"))
