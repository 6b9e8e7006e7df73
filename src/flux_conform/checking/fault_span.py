"""Locates a fault in its line: the part that a compiler would underline."""

from __future__ import annotations

import re

from flux_conform.checking.finding import Finding

_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"')


def fault_span(text: str, finding: Finding, key: str | None) -> tuple[int, int]:
    """Return the start and the length of the fault of a finding in a line.

    `text` is the line; `key` is the key of RFC 18 that the rule is about, or None. The fault is the
    faulty key with its value, else another quoted part of the message that is in the line, else the
    event's name, else the whole line.
    """
    name = f'"{finding.event}"' if finding.event else None
    named = [quoted for quoted in _QUOTED.findall(finding.message) if quoted != name]
    for quoted in [f'"{key}"', *named] if key else named:
        match = re.search(re.escape(quoted) + r'\s*:\s*("(?:[^"\\]|\\.)*"|[^,{}\[\]"]*)', text)
        if match:
            return match.start(), match.end() - match.start()
    is_missing = finding.message.endswith("is missing")
    for quoted in (*([] if is_missing else named), name):
        if quoted and (start := text.find(quoted)) >= 0:
            return start, len(quoted)
    return 0, max(1, len(text))
