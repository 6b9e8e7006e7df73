"""Findings as SARIF 2.1.0, which code hosts and editors read.

Results are written as they come, and the rules that they name after them. What only follows from
another finding is a related location of that one, so that one fault is one result.
"""

from __future__ import annotations

from collections import Counter
from hashlib import sha256
from typing import Any

from flux_conform.checking.explain import says
from flux_conform.checking.finding import Finding, counted_by_rule, not_listed
from flux_conform.checking.posted import posted
from flux_conform.language.authority import authority_of
from flux_conform.logs.lines import Lines
from flux_conform.logs.source_items import Skipped
from flux_conform.reports.interface import Link, Write
from flux_conform.reports.locations import region, shown_findings, text_of, uri_of
from flux_conform.session.delivery import Report
from flux_conform.session.events import LogJudged, Root
from flux_conform.session.summary import Summary
from flux_conform.text import finite_json, printable

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
LEVELS = {
    "MUST": "error",
    "SHOULD": "warning",
    "implied": "warning",
    "policy": "warning",
    "note": "note",
}

_MOST_RULES = 2_000
"""Maximum number of rules described: their ids can contain names from logs, without bound."""

_MOST_RELATED = 20
_MOST_NOTIFIED = 200
_SNIPPET = 400


class SarifReport(Report):
    """Writes one run of one tool; all of it is ASCII."""

    def __init__(self, write: Write, version: str, link: Link, *, show_all: bool = False) -> None:
        self._write = write
        self._version = version
        self._link = link
        self._show_all = show_all
        self._summary = Summary()
        self._rules: dict[str, tuple[int, dict[str, Any]]] = {}
        self._notifications: list[dict[str, Any]] = []
        self._untold = 0
        self._results = 0
        write(f'{{"$schema": {finite_json(SCHEMA)}, "version": "2.1.0", "runs": [{{"results": [')

    def judged(self, log: LogJudged) -> None:
        """Write the findings of a log."""
        self._summary.judged(log)
        for difference in log.differs:
            self._notify("error", difference.says, log.name)
        same: Counter[str] = Counter()
        line_of = Lines(log.data)
        for root in shown_findings(log, show_all=self._show_all):
            self._result(log, root, same, line_of)
        for rule, number in counted_by_rule(log.judgement.counted).items():
            self._notify("note", not_listed(number, rule), log.name)

    def unreadable(self, name: str, error: str) -> None:
        """Remember a log that could not be judged, for the tool's notifications."""
        self._summary.unreadable()
        self._notify("error", f"unreadable: {error}", name)

    def skipped(self, skipped: Skipped) -> None:
        """Remember what was left out."""
        self._notify("note", skipped.says)

    def close(self) -> None:
        """Write what describes the run."""
        notes = [_notification("note", what) for what in self._summary.not_judged()]
        if self._untold:
            notes.append(_notification("note", f"{self._untold:,} further notifications left out"))
        name = "-".join(sorted(self._summary.machines)) or "none"
        whole = not self._summary.verdicts["unreadable"]
        rest = {
            "tool": {
                "driver": {
                    "name": "flux-conform",
                    "semanticVersion": self._version,
                    "rules": [rule for _, rule in self._rules.values()],
                }
            },
            "columnKind": "unicodeCodePoints",
            "automationDetails": {"id": f"flux-conform/{name}/"},
            "invocations": [
                {
                    "executionSuccessful": whole,
                    "toolExecutionNotifications": [*self._notifications, *notes],
                }
            ],
            "properties": {"summary": self._summary.as_json()},
        }
        self._write(f"\n], {finite_json(rest, indent=1)[1:]}]}}\n")

    def _notify(self, level: str, says: str, name: str | None = None) -> None:
        """Remember a notification of the tool, about one log or about all."""
        if len(self._notifications) >= _MOST_NOTIFIED:
            self._untold += 1
        else:
            self._notifications.append(_notification(level, says, name))

    def _result(self, log: LogJudged, root: Root, same: Counter[str], line_of: Lines) -> None:
        """Write a finding with its consequences."""
        finding, following, number = root
        location, line = _location(log, finding)
        result: dict[str, Any] = {
            "ruleId": finding.rule,
            "level": _level(finding),
            "message": {"text": _message(finding)},
            "locations": [location],
            "partialFingerprints": {"primaryLocationLineHash": _fingerprint(finding, line, same)},
            "properties": {
                "verdict": log.judgement.verdict,
                "state": finding.state,
                "event": finding.event,
                "allowed": list(finding.allowed),
                "repair": finding.repair,
                **posted(log.machine, finding, line_of).to_json(),
            },
        }
        rule = self._rule(log, finding)
        if rule is not None:
            result["ruleIndex"] = rule
        if following:
            result["relatedLocations"] = [
                {
                    "id": place,
                    **_location(log, each)[0],
                    "message": {"text": f"this follows: {each.rule}: {printable(each.message)}"},
                }
                for place, each in enumerate(following[:_MOST_RELATED], 1)
            ]
        if number:
            result["properties"]["following"] = number
        if finding.waived_by is not None:
            why = f"a known deviation of {finding.waived_by}"
            result["suppressions"] = [{"kind": "external", "justification": why}]
        self._write(("," if self._results else "") + "\n" + finite_json(result))
        self._results += 1

    def _rule(self, log: LogJudged, finding: Finding) -> int | None:
        """The place of the rule's description, which is made on first use."""
        if finding.rule not in self._rules:
            if len(self._rules) >= _MOST_RULES:
                return None
            rule = _described(finding, says(log.machine, finding), self._link(finding))
            self._rules[finding.rule] = (len(self._rules), rule)
        return self._rules[finding.rule][0]


def _notification(level: str, says: str, name: str | None = None) -> dict[str, Any]:
    told: dict[str, Any] = {"level": level, "message": {"text": printable(says)}}
    if name is not None:
        told["locations"] = [{"physicalLocation": {"artifactLocation": _artifact(name)}}]
    return told


def _described(finding: Finding, sentence: str, link: str | None) -> dict[str, Any]:
    clause = ", ".join(part for part in (authority_of(finding.rule), finding.section) if part)
    at = "" if link is None else f": {link}"
    marked = _markdown(clause) if link is None else f"[{_markdown(clause)}]({link})"
    described = {
        "id": finding.rule,
        "shortDescription": {"text": sentence},
        "fullDescription": {"text": f"{sentence} ({clause}; {finding.level})"},
        "help": {
            "text": f"{sentence}\n{clause}{at}",
            "markdown": f"{_markdown(sentence)}\n\n{marked}",
        },
        "defaultConfiguration": {"level": LEVELS[finding.level]},
        "properties": {
            "clause": clause,
            "level": finding.level,
            "tags": [authority_of(finding.rule), finding.level],
        },
    }
    return described if link is None else {**described, "helpUri": link}


def _level(finding: Finding) -> str:
    return "note" if finding.waived_by is not None else LEVELS[finding.level]


def _message(finding: Finding) -> str:
    message, repair = printable(finding.message), printable(finding.repair)
    return f"{message} (in {finding.state}). Repair: {repair}."


def _location(log: LogJudged, finding: Finding) -> tuple[dict[str, Any], str]:
    """Where a finding stands, and the text of that line."""
    place = region(log, finding)
    line = text_of(log, finding)
    physical = {
        "artifactLocation": _artifact(log.name),
        "region": {
            "startLine": place.line,
            "startColumn": place.start,
            "endLine": place.line,
            "endColumn": place.end,
            "byteOffset": place.byte,
            "byteLength": place.length,
            "snippet": {"text": printable(line[:_SNIPPET])},
        },
    }
    logical = {"name": finding.state, "kind": "state"}
    return {"physicalLocation": physical, "logicalLocations": [logical]}, line


def _artifact(name: str) -> dict[str, str]:
    return {"uri": uri_of(name)}


def _fingerprint(finding: Finding, line: str, same: Counter[str]) -> str:
    """What names the finding when its log has grown: the rule, the line's text, which of equals."""
    text = "\n".join((finding.rule, finding.state, line))
    digest = sha256(text.encode("utf-8", "surrogateescape")).hexdigest()[:16]
    same[digest] += 1
    return f"{digest}:{same[digest]}"


def _markdown(text: str) -> str:
    return "".join(f"\\{char}" if char in "\\`*_[]<>#|" else char for char in text)
