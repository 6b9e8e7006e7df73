"""Judged logs as JUnit XML, the format that build servers read: each log is a test case.

A violating log is a failure, and an unreadable one an error; findings in other logs are written to
the output of their case. The summary is among the properties.
"""

from __future__ import annotations

import tempfile
from collections import Counter
from xml.etree import ElementTree as Tree

from flux_conform.checking.findings_text import FindingFormatter
from flux_conform.checking.waits_text import stuck_sentence, waits_sentence
from flux_conform.logs.source_items import Skipped
from flux_conform.reports.interface import Write
from flux_conform.reports.junit_xml import Case, case_element, printable
from flux_conform.session.delivery import Report
from flux_conform.session.events import LogJudged
from flux_conform.session.summary import Summary
from flux_conform.text import printable as visible

_IN_MEMORY = 4 << 20
"""Bytes of cases kept in memory, then in a file: the number of failures is written before them."""

_CHUNK = 1 << 20

NAME = "flux-conform.check"


class JunitReport(Report):
    """Writes the XML when all logs are judged."""

    def __init__(self, write: Write, *, show_all: bool = False) -> None:
        self._write = write
        self._show_all = show_all
        self._summary = Summary()
        self._outcomes: Counter[str] = Counter()
        self._skips: list[str] = []
        self._tellers: dict[str, FindingFormatter] = {}
        # It is closed when the report is; of one that is never closed, nothing is left either.
        self._cases = tempfile.SpooledTemporaryFile(_IN_MEMORY)  # noqa: SIM115

    def judged(self, log: LogJudged) -> None:
        """Add the case of a log."""
        name = log.machine.specification.name
        self._summary.judged(log)
        if name not in self._tellers:
            self._tellers[name] = FindingFormatter(log.machine, show_all=self._show_all)
        formatter = self._tellers[name]
        case = Case(name, log.name)
        differs = [each.says for each in log.differs]
        waits = log.judgement.waits
        if log.judgement.findings or differs or waits:
            told = formatter.findings(log.name, log.data, log.judgement, log.waivable())
            sentence = (f"  {visible(waits_sentence(waits))}",) if waits else ()
            stuck = (f"  {visible(stuck_sentence(each))}" for each in log.judgement.stuck)
            head = formatter.head(log.name, log.judgement)
            lines = (head, *sentence, *stuck, *differs, *told)
            case = case._replace(text="\n".join(lines) + "\n")
        breaking = log.breaking
        if breaking:
            first, more = breaking[0], len(breaking) - 1 + log.breaking_counted
            also = f", and {more:,} more" if more else ""
            message = f"line {first.line}: {first.rule}: {first.message}{also}"
            case = case._replace(outcome="failure", message=visible(message))
        elif differs:
            case = case._replace(outcome="failure", message=visible(differs[0]))
        self._put(case)

    def unreadable(self, name: str, error: str) -> None:
        """Add the case of a log that could not be judged."""
        self._summary.unreadable()
        self._put(Case("", name, outcome="error", message=visible(error), text=visible(error)))

    def skipped(self, skipped: Skipped) -> None:
        """Remember what was left out."""
        self._skips.append(skipped.says)

    def close(self) -> None:
        """Write the XML."""
        counts = {
            "tests": str(self._summary.logs),
            "failures": str(self._outcomes["failure"]),
            "errors": str(self._outcomes["error"]),
            "skipped": "0",
            "time": "0.000",
        }
        self._write('<?xml version="1.0" encoding="UTF-8"?>\n')
        self._write(_opening("testsuites", counts))
        self._write(_opening("testsuite", counts))
        self._write(Tree.tostring(self._properties(), "unicode") + "\n")
        self._cases.seek(0)
        while chunk := self._cases.read(_CHUNK):
            self._write(chunk.decode("ascii"))
        self._cases.close()
        self._write("</testsuite>\n</testsuites>\n")

    def _put(self, case: Case) -> None:
        if case.outcome is not None:
            self._outcomes[case.outcome] += 1
        element = case_element(NAME, case)
        self._cases.write(Tree.tostring(element, "us-ascii") + b"\n")

    def _properties(self) -> Tree.Element:
        holder = Tree.Element("properties")

        def put(name: str, value: str) -> None:
            Tree.SubElement(holder, "property", name=name, value=printable(visible(value)))

        put("summary", self._summary.sentence())
        for row in self._summary.rows():
            also = f" (and {row.following:,} that follow)" if row.following else ""
            where = f"{row.state}, first {row.log}:{row.line}"
            put("finding", f"{row.found:,}{also} {row.level} {row.rule} in {where}")
        for what in (*self._skips, *self._summary.not_judged()):
            put("left out", what)
        return holder


def _opening(tag: str, counts: dict[str, str]) -> str:
    element = Tree.Element(tag, counts, name=NAME)
    element.text = "\n"
    return Tree.tostring(element, "unicode").removesuffix(f"</{tag}>")
