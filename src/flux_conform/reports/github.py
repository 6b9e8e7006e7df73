"""Findings as workflow commands of GitHub Actions, which mark them in the files of a change.

The host shows ten errors and ten warnings of a step; all of them stand in its output. The summary
follows as plain text, in which no name of a log can pass for a command.
"""

from __future__ import annotations

from hashlib import sha256

from flux_conform.checking.finding import Finding, consequences, counted_by_rule, not_listed
from flux_conform.checking.posted import posted, posted_in_words
from flux_conform.language.authority import authority_of
from flux_conform.logs.lines import Lines
from flux_conform.logs.source_items import Skipped
from flux_conform.reports.interface import Write
from flux_conform.reports.locations import file_of, region, shown_findings
from flux_conform.reports.summary_text import summary_lines, waiting_lines
from flux_conform.session.delivery import Report
from flux_conform.session.events import LogJudged
from flux_conform.session.summary import Summary
from flux_conform.text import printable

_COMMANDS = {
    "MUST": "error",
    "SHOULD": "warning",
    "implied": "warning",
    "policy": "warning",
    "note": "notice",
}


class GithubReport(Report):
    """Writes commands as logs are judged."""

    def __init__(self, write: Write, *, show_all: bool = False) -> None:
        self._write = write
        self._show_all = show_all
        self._summary = Summary()
        self._skips: list[str] = []

    def judged(self, log: LogJudged) -> None:
        """Write the findings of a log; those that only follow from another with that one."""
        self._summary.judged(log)
        for difference in log.differs:
            place = {"file": file_of(log.name), "title": "not what its source says"}
            self._command("error", place, difference.says)
        line_of = Lines(log.data)
        for root in shown_findings(log, show_all=self._show_all):
            self._finding(log, root.finding, root.number, line_of)
        self._counted(log)

    def unreadable(self, name: str, error: str) -> None:
        """Write that a log could not be judged."""
        self._summary.unreadable()
        self._command("error", {"file": file_of(name), "title": "unreadable"}, error)

    def skipped(self, skipped: Skipped) -> None:
        """Remember what was left out."""
        self._skips.append(skipped.says)

    def close(self) -> None:
        """Write the summary."""
        notes = (*self._skips, *self._summary.not_judged())
        waiting = waiting_lines(self._summary)
        lines = [*waiting, *summary_lines(self._summary), *map(printable, notes)]
        text = "".join(f"{line}\n" for line in lines)
        # Nobody can make a text that holds its own digest.
        token = sha256(text.encode("utf-8", "backslashreplace")).hexdigest()
        self._write(f"::stop-commands::{token}\n{text}::{token}::\n")

    def _finding(self, log: LogJudged, finding: Finding, following: int, line_of: Lines) -> None:
        place = region(log, finding)
        properties = {
            "file": file_of(log.name),
            "line": str(place.line),
            "col": str(place.start),
            "endColumn": str(place.end),
            "title": f"{finding.rule} ({finding.level})",
        }
        also = f"\n{consequences(following)}." if following else ""
        who = posted_in_words(log.machine, finding, posted(log.machine, finding, line_of))
        told = f"\nposted {who}" if who is not None else ""
        message = (
            f"{printable(finding.message)}\nin {finding.state}; {authority_of(finding.rule)}, "
            f"{finding.section}{told}\nrepair: {printable(finding.repair)}{also}"
        )
        name = _COMMANDS["note" if finding.waived_by is not None else finding.level]
        self._command(name, properties, message)

    def _counted(self, log: LogJudged) -> None:
        for rule, number in counted_by_rule(log.judgement.counted).items():
            place = {"file": file_of(log.name), "title": rule}
            self._command("notice", place, printable(not_listed(number, rule)))

    def _command(self, name: str, properties: dict[str, str], message: str) -> None:
        told = ",".join(f"{key}={_property(value)}" for key, value in properties.items())
        self._write(f"::{name} {told}::{_data(message)}\n")


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
