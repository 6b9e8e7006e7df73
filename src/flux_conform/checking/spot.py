"""Where in a line a fault stands: what a compiler would underline."""

from __future__ import annotations

import re

from flux_conform.checking.finding import Finding

_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"')


def spot(text: str, finding: Finding, key: str | None) -> tuple[int, int]:
    """Where in a line the fault of a finding stands, and how long it is.

    The key at fault with its value, `key` where it is one of the line's own; else another thing
    in quotes that the message names and the line holds; else the event's name; else the line.
    `text` is the line, `key` the key of RFC 18 that the rule is about, if it is.
    """
    name = f'"{finding.event}"' if finding.event else None
    named = [quoted for quoted in _QUOTED.findall(finding.message) if quoted != name]
    for quoted in [f'"{key}"', *named] if key else named:
        match = re.search(re.escape(quoted) + r'\s*:\s*("(?:[^"\\]|\\.)*"|[^,{}\[\]"]*)', text)
        if match:
            return match.start(), match.end() - match.start()
    is_lacking = finding.message.endswith("is missing")
    for quoted in (*([] if is_lacking else named), name):
        if quoted and (place := text.find(quoted)) >= 0:
            return place, len(quoted)
    return 0, max(1, len(text))
