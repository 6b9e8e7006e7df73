"""Findings by clause in HTML: what each clause says, how often it was broken, and an example."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from flux_conform.checking.explain import says
from flux_conform.checking.finding import Finding
from flux_conform.checking.findings_text import policies_heading
from flux_conform.language.levels import LEVELS, POLICY
from flux_conform.reports.excerpt import Excerpt, excerpt
from flux_conform.reports.html_log import clause_html, level_class
from flux_conform.reports.html_page import Html, code, folded, table
from flux_conform.reports.interface import Link
from flux_conform.session.events import LogJudged
from flux_conform.session.summary import Row
from flux_conform.text import cut, printable

_MOST = 200
"""Maximum number of clauses listed: ids of rules can contain names from logs, without bound."""


class _Clause:
    """A clause with the first of its findings, and the lines about it."""

    def __init__(self, log: LogJudged, finding: Finding) -> None:
        self.finding = finding
        self.says = says(log.machine, finding)
        self.log = log.name
        self.lines = excerpt(log.data, finding.line)


class Clauses:
    """Keeps an example of each clause that logs break."""

    def __init__(self) -> None:
        self._clauses: dict[tuple[str, str], _Clause] = {}

    def add(self, log: LogJudged) -> None:
        """Look for examples in a log: one that stands for itself, and else one that follows."""
        for finding in log.judgement.findings:
            key = (log.machine.specification.name, finding.rule)
            known = self._clauses.get(key)
            if known is None:
                is_new = len(self._clauses) < _MOST
            else:
                is_new = finding.because is None and known.finding.because is not None
            if is_new:
                self._clauses[key] = _Clause(log, finding)

    def told(self, rows: Sequence[Row], places: Mapping[str, int], link: Link) -> Iterator[str]:
        """The clauses as a table; `places` are the numbers of logs that the page replays."""
        by_clause: dict[tuple[str, str], list[Row]] = {}
        for row in rows:
            by_clause.setdefault((row.machine, row.rule), []).append(row)
        known = [key for key in by_clause if key in self._clauses]
        for is_policy in (False, True):
            cells = [
                _cells(self._clauses[key], by_clause[key], places, link(self._clauses[key].finding))
                for key in sorted(known, key=lambda key: _gravity(by_clause[key]))
                if (by_clause[key][0].level == POLICY) is is_policy
            ]
            if cells and is_policy:
                yield Html("<h3>{}</h3>").format(policies_heading())
            if cells:
                yield table(("clause", "findings", "in"), cells, ("", "number told", "told"))
        left = len(by_clause) - len(known)
        if left:
            yield Html("<p>And {:,} clauses more.</p>").format(left)


def _gravity(rows: list[Row]) -> tuple[int, int, int]:
    found, following = sum(row.found for row in rows), sum(row.following for row in rows)
    return LEVELS.index(rows[0].level), -found, -following


def _cells(
    clause: _Clause, rows: Sequence[Row], places: Mapping[str, int], address: str | None
) -> tuple[str, str, str]:
    finding = clause.finding
    found, following = sum(row.found for row in rows), sum(row.following for row in rows)
    also = (
        Html('<br><span class="soft">and {:,} that follow</span>').format(following)
        if following
        else ""
    )
    states = Html(", ").join(
        Html('<span class="state">{} {:,}</span>').format(row.state, row.found + row.following)
        for row in rows
    )
    rule = code(printable(finding.rule))
    linked = rule if address is None else Html('<a href="{}">{}</a>').format(address, rule)
    head = Html('<b class="{}">{}</b> {}<br>{} {}').format(
        level_class(finding.level), finding.level, linked, clause.says, clause_html(finding)
    )
    return (
        Html("{}\n{}").format(head, _example(clause, places)),
        Html("{:,}{}").format(found, also),
        states,
    )


def _example(clause: _Clause, places: Mapping[str, int]) -> str:
    finding = clause.finding
    place = f"{printable(clause.log)}:{finding.line}"
    if clause.log in places:
        step = f"#log={places[clause.log]}&step={finding.line}"
        place = Html('<a href="{}">{}</a>').format(step, place)
    return folded(
        Html("the first: {}").format(cut(printable(finding.message), 160)),
        Html('<p class="soft">{}, in {}</p>\n{}').format(
            place, finding.state, _lines(clause.lines)
        ),
    )


def _lines(lines: Excerpt) -> str:
    shown = Html("").join(
        Html("<mark>{:>4}  {}\n</mark>").format(line.number, line.text)
        if line.marked
        else Html("{:>4}  {}\n").format(line.number, line.text)
        for line in lines.lines
    )
    return Html('<pre dir="ltr">{}</pre>').format(shown)
