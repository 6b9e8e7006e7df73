"""A finding as a paragraph for a bug report, with the smallest log that shows it."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

from flux_conform.checking.explain import says
from flux_conform.checking.posted import posted_in_words
from flux_conform.language.authority import authority_of
from flux_conform.language.levels import NOTE
from flux_conform.language.specification import Specification
from flux_conform.rfc.clauses import rfc_address
from flux_conform.session.reportable import Reported
from flux_conform.text import duration, finite_json, printable

WIDTH = 90


class Section(NamedTuple):
    """A finding to report, the file in which its log is, and options with which it is seen."""

    reported: Reported
    file: str
    options: tuple[str, ...] = ()

    @property
    def command(self) -> str:
        """What shows the finding."""
        level = self.reported.finding.level
        notes = ("--notes",) if level == NOTE else ()
        name = self.reported.machine.specification.name
        is_clear = self.reported.is_known or "--machine" in self.options
        machine = () if is_clear else ("--machine", name)
        return " ".join(("flux-conform check", *self.options, *machine, *notes, self.file))


def fault_text(sections: Sequence[Section], version: str) -> str:
    """Return the sections as plain text."""
    return "\n\n".join(_text(section, version) for section in sections)


def fault_markdown(sections: Sequence[Section], version: str) -> str:
    """Return the sections as Markdown."""
    return "\n\n".join(_markdown(section, version) for section in sections)


def fault_json(sections: Sequence[Section], version: str) -> str:
    """Return the sections as an object of JSON."""
    rows = [_row(section) for section in sections]
    return finite_json({"version": version, "reports": rows}) + "\n"


def _text(section: Section, version: str) -> str:
    found = section.reported.finding
    head = f"{found.level}[{printable(found.rule)}]: {printable(found.message)}"
    log = "".join(f"    {line}\n" for line in _lines(section))
    first, then = _paragraphs(section, version, quoted=str)
    return f"{head}\n\n{_filled(first)}\n\n{log}\n{_filled(then)}\n"


def _markdown(section: Section, version: str) -> str:
    found = section.reported.finding
    message = "".join(f"\\{c}" if c in "\\`*_[]<>#|" else c for c in printable(found.message))
    head = f"### `{printable(found.rule)}`: {message}"
    log = "".join(f"{line}\n" for line in _lines(section))
    first, then = _paragraphs(section, version, quoted="`{}`".format)
    return f"{head}\n\n{_filled(first)}\n\n```json\n{log}```\n\n{_filled(then)}\n"


def _lines(section: Section) -> list[str]:
    text = section.reported.data.decode("utf-8", "backslashreplace")
    return [printable(line) for line in text.removesuffix("\n").split("\n")] if text else []


def _filled(text: str) -> str:
    return textwrap.fill(text, WIDTH, break_long_words=False, break_on_hyphens=False)


def _paragraphs(section: Section, version: str, *, quoted: Callable[[str], str]) -> tuple[str, str]:
    """The text before the log, and the one behind it."""
    return (
        " ".join(_seen(section.reported, quoted)),
        " ".join(_told(section, version, quoted)),
    )


def _seen(reported: Reported, quoted: Callable[[str], str]) -> Iterator[str]:
    found, machine = reported.finding, reported.machine
    event = "" if found.event is None else f"{quoted(printable(found.event))} in "
    yield f"In the state {reported.state}, {event}line {reported.line} of {reported.lines} breaks"
    yield f"the rule {quoted(printable(found.rule))} ({found.level}):"
    yield says(machine, found)
    address = rfc_address(found.rfc)
    clause = ", ".join(part for part in (authority_of(found.rule), found.section) if part)
    yield f"({clause}{f': {address}' if address is not None else ''})"
    alone = reported.posted._replace(after=None)
    by = posted_in_words(machine, found, alone)
    if by is not None:
        yield f"It may be posted {by}."
    before = reported.before
    if before is not None:
        known = before.seconds is not None and before.seconds >= 0
        age = f"{duration(before.seconds)} " if known and before.seconds is not None else ""
        yield f"It came {age}after {quoted(before.event)}."
    yield _about(reported)


def _about(reported: Reported) -> str:
    least = "This is the smallest part of the log that shows it"
    if not reported.is_smallest:
        least = "This is a part of the log that shows it, perhaps not the smallest"
    kept = ", ".join(map(printable, reported.kept))
    but = f", but for {kept}, on which the finding rests" if kept else ""
    line = f"line {reported.finding.line} here"
    return f"{least} ({line}); its times, numbers, names and texts are made up{but}:"


def _told(section: Section, version: str, quoted: Callable[[str], str]) -> Iterator[str]:
    specification = section.reported.machine.specification
    yield f"With these lines in {section.file}, {quoted(section.command)} shows it"
    yield f"(flux-conform {version}, machine {specification.name}: {_source(specification)})."


def _source(specification: Specification) -> str:
    source = specification.source
    version = f" version {source.version}" if source.version is not None else ""
    date = f", {source.date}" if source.date is not None else ""
    return f"{source.label}{version}{date}"


def _row(section: Section) -> dict[str, Any]:
    reported = section.reported
    found, specification = reported.finding, reported.machine.specification
    return {
        "rule": found.rule,
        "level": found.level,
        "event": found.event,
        "state": found.state,
        "message": found.message,
        "says": says(reported.machine, found),
        "rfc": found.rfc,
        "section": found.section,
        "address": rfc_address(found.rfc),
        **reported.posted.to_json(),
        "line": found.line,
        "whole": {
            "state": reported.state,
            "line": reported.line,
            "lines": reported.lines,
            "after": None if reported.before is None else reported.before._asdict(),
        },
        "log": reported.data.decode("utf-8", "backslashreplace"),
        "file": section.file,
        "command": section.command,
        "machine": specification.name,
        "source": _source(specification),
        "kept": list(reported.kept),
        "smallest": reported.is_smallest,
    }
