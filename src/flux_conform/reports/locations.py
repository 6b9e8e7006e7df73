"""Where a finding stands, as code hosts and editors want it: file, line, columns, bytes."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import NamedTuple
from urllib.parse import quote

from flux_conform.checking.fault_span import fault_span
from flux_conform.checking.finding import Finding
from flux_conform.session.events import LogJudged, Root

_LONGEST = 1 << 16
"""Of a longer line the beginning is looked at."""


class Region(NamedTuple):
    """A part of a line: columns are of characters, from 1, the end past the last of them.

    `byte` is the offset in the log, `length` that in bytes; a byte that is no UTF-8 is a character.
    """

    line: int
    start: int
    end: int
    byte: int
    length: int


def region(log: LogJudged, finding: Finding) -> Region:
    """The part of the line that a finding is about."""
    text = text_of(log, finding)
    checks = {rule.id: rule.check for rule in log.machine.specification.lines}
    start, length = fault_span(text, finding, checks.get(finding.rule))
    before, part = _bytes(text[:start]), _bytes(text[start : start + length])
    # An empty line is marked where a character would stand.
    end = start + max(length, 1)
    return Region(finding.line, start + 1, end + 1, finding.offset + len(before), len(part))


def shown_findings(log: LogJudged, *, show_all: bool) -> Iterator[Root]:
    """The findings of a log to report: all, or those that are no consequence of another."""
    if show_all:
        return (Root(finding, [], 0) for finding in log.judgement.findings)
    return log.roots()


def text_of(log: LogJudged, finding: Finding) -> str:
    """The line of a finding as text, in which a byte that is no UTF-8 is a lone surrogate."""
    return log.line_of(finding)[:_LONGEST].decode("utf-8", "surrogateescape")


def file_of(name: str) -> str:
    """The path of a log as code hosts know it: relative where the log lies below where we are."""
    if name == "-":
        return "standard-input"
    if os.path.isabs(name):
        try:
            below = os.path.relpath(name)
        except OSError:  # the folder where we are is gone
            return name
        return name if below.startswith("..") else below
    return os.path.normpath(name)


def uri_of(name: str) -> str:
    """The path of a log as a URI; relative ones stay relative."""
    path = file_of(name)
    quoted = quote(path.encode("utf-8", "surrogateescape"))
    return f"file://{quoted}" if os.path.isabs(path) else quoted


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")
