"""The outcome of judging logs as one HTML page: counts, findings by clause, faulty logs replayed.

Each log is replayed with care, for the page shows what all of them did; the page itself is bounded.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from importlib.resources import files

from flux_conform.checking.finding import (
    CONFORMS,
    INCOMPLETE,
    INCONCLUSIVE,
    UNREADABLE,
    VIOLATES,
)
from flux_conform.checking.transitions import course
from flux_conform.language.specification import Specification
from flux_conform.logs.source_items import Skipped
from flux_conform.machine.taken import Course
from flux_conform.reports.html_clauses import Clauses
from flux_conform.reports.html_log import log_html
from flux_conform.reports.html_page import (
    Html,
    Share,
    code,
    facts,
    links,
    page,
    part,
    table,
    whole_bar,
)
from flux_conform.reports.interface import Diagram, Drawing, Link, Write
from flux_conform.reports.times import TimesInStates
from flux_conform.session.delivery import Report
from flux_conform.session.events import LogJudged
from flux_conform.session.summary import VERDICTS, Summary
from flux_conform.session.waiting_logs import WaitingFor, WaitingLogs
from flux_conform.text import printable, several, utc

MOST_LOGS = 50
"""Maximum number of violating logs that are replayed; the others are counted."""

MOST_WARNED = 10
"""Maximum number of logs with lesser findings that are replayed; the others are counted."""

MOST_BYTES = 6 << 20
"""Size of the replayed logs at which no further one is added to the page."""

_MOST_NAMED = 50

_KINDS = {
    CONFORMS: "passed",
    INCOMPLETE: "contested",
    INCONCLUSIVE: "skipped",
    VIOLATES: "failed",
    UNREADABLE: "errored",
}
_WORDS = {CONFORMS: "conform", INCOMPLETE: "incomplete", VIOLATES: "violate"}
_TITLES = {
    "stuck": "Logs that are stuck",
    "waits": "What logs wait for",
    "clauses": "Findings by clause",
    "logs": "Faulty logs, step by step",
    "warned": "Logs with lesser findings",
    "covered": "What the logs covered",
    "times": "Time in each state",
    "differing": "Not what their source says",
    "unread": "What could not be judged",
    "machine": "The machine",
}


class HtmlReport(Report):
    """Writes the page when all logs are judged."""

    def __init__(
        self, write: Write, drawing: Callable[[Specification], Drawing], link: Link, version: str
    ) -> None:
        self._write = write
        self._drawing = drawing
        self._link = link
        self._version = version
        self._summary = Summary()
        self._times = TimesInStates()
        self._drawings: dict[str, tuple[Specification, Drawing]] = {}
        self._diagrams: dict[str, Diagram] = {}
        self._clauses = Clauses()
        self._places: dict[str, int] = {}
        self._faulty: list[str] = []
        self._warned: list[str] = []
        self._lesser = 0
        self._bytes = 0
        self._unread: list[tuple[str, str]] = []
        self._skips: list[str] = []
        self._skipped = 0
        self._differing: list[tuple[str, str]] = []

    def judged(self, log: LogJudged) -> None:
        """Count a log, and keep it where it is one of the first that are faulty."""
        specification = log.machine.specification
        name = specification.name
        self._summary.judged(log)
        if name not in self._drawings:
            self._drawings[name] = (specification, self._drawing(specification))
        drawing = self._drawings[name][1]
        passed = course(log.machine, log.data)
        if passed.events:
            drawing.add(passed)
        self._times.add(specification, passed)
        self._clauses.add(log)
        for difference in log.differs:
            if len(self._differing) < _MOST_NAMED:
                self._differing.append((log.name, difference.says))
        if log.judgement.verdict == VIOLATES:
            self._keep(log, passed, drawing, self._faulty, MOST_LOGS)
        elif log.judgement.findings:
            self._lesser += 1
            self._keep(log, passed, drawing, self._warned, MOST_WARNED)

    def unreadable(self, name: str, error: str) -> None:
        """Remember a log that could not be judged."""
        self._summary.unreadable()
        if len(self._unread) < _MOST_NAMED:
            self._unread.append((name, error))

    def skipped(self, skipped: Skipped) -> None:
        """Remember what was left out."""
        self._skipped += 1
        if len(self._skips) < _MOST_NAMED:
            self._skips.append(skipped.says)

    def close(self) -> None:
        """Write the page."""
        titles = [specification.title for specification, _ in self._drawings.values()]
        counts = self._summary.verdicts
        bad = counts[VIOLATES]
        kind = "bad" if bad or self._summary.differing else "warn" if counts[UNREADABLE] else "good"
        title = f"Eventlogs checked: {', '.join(titles)}" if titles else "Eventlogs checked"
        self._write(
            page(
                title,
                self._summary.sentence(),
                kind,
                self._body(),
                style=_file("replay.css"),
                script=_file("replay.js"),
            )
        )

    def _keep(
        self, log: LogJudged, passed: Course, drawing: Drawing, kept: list[str], most: int
    ) -> None:
        if len(kept) >= most or self._bytes > MOST_BYTES:
            return
        diagram = drawing.diagram(passed.generation)
        self._diagrams.setdefault(diagram.id, diagram)
        number = len(self._places) + 1
        told = log_html(number, log, passed, diagram)
        self._bytes += len(told)
        self._places.setdefault(log.name, number)
        kept.append(told)

    # The parts of the page

    def _body(self) -> Iterator[str]:
        counts = self._summary.verdicts
        yield facts(self._facts())
        shares = [
            Share(_KINDS[verdict], _WORDS.get(verdict, verdict), counts[verdict])
            for verdict in VERDICTS
        ]
        yield whole_bar(shares)
        parts = {
            "stuck": [*_of_waiting(self._summary.stuck)],
            "waits": [*_of_waiting(self._summary.waiting)],
            "clauses": [*self._of_clauses()],
            "logs": [*self._faulty, *_more(counts[VIOLATES] - len(self._faulty), _NOT_REPLAYED)],
            "warned": [*self._warned, *_more(self._lesser - len(self._warned), _NOT_REPLAYED)],
            "covered": [*self._of_cover()],
            "times": [*self._of_times()],
            "differing": [*self._of_differing()],
            "unread": [*self._of_unread()],
            "machine": [*self._of_machine()],
        }
        yield links((anchor, _TITLES[anchor]) for anchor, told in parts.items() if told)
        for anchor, told in parts.items():
            if told:
                is_machine = anchor == "machine"
                if is_machine:
                    yield Html('<section id="machines">')
                yield part(anchor, _TITLES[anchor])
                yield from told
                if is_machine:
                    yield Html("</section>")

    def _facts(self) -> Iterator[tuple[str, str]]:
        for name, (specification, _) in self._drawings.items():
            source = specification.source
            version = f" version {source.version}" if source.version is not None else ""
            date = f", {source.date}" if source.date is not None else ""
            told = f"{source.label}{version}{date}"
            count = self._summary.machines[name]
            yield f"machine {name}", f"{told}: {several(count, 'log')}"
        yield "events", f"{self._summary.events:,}"
        yield "made by", f"flux-conform check {self._version}"

    def _of_clauses(self) -> Iterator[str]:
        rows = self._summary.rows()
        if rows:
            yield from self._clauses.told(rows, self._places, self._link)
            yield from _more(self._summary.untold, " findings of further clauses")

    def _of_cover(self) -> Iterator[str]:
        for specification, drawing in self._drawings.values():
            yield Html(
                '<div class="diagram" tabindex="0" role="group" aria-label="{}, covered">{}</div>'
            ).format(specification.title, Html(drawing.covered()))

    def _of_times(self) -> Iterator[str]:
        rows = self._times.rows()
        if not rows:
            return
        yield Html(
            "<p>The visits of a log to a state are added up. Median and 95 % are exact to one part "
            "in a hundred.</p>"
        )
        with_machine = len({row.machine for row in rows}) > 1
        head = ("state", "logs that left it", "median", "95 %", "longest", "still there", "unknown")
        yield table(head, [row.cells(with_machine) for row in rows], ("", *["number told"] * 6))

    def _of_differing(self) -> Iterator[str]:
        if self._differing:
            rows = [(code(printable(name)), says) for name, says in self._differing]
            yield table(("log", "what"), rows, ("wrap", ""))
            yield from _more(self._summary.differing - len({name for name, _ in self._differing}))

    def _of_unread(self) -> Iterator[str]:
        if self._unread:
            rows = [(code(printable(name)), printable(why)) for name, why in self._unread]
            yield table(("log", "why"), rows, ("wrap", ""))
            yield from _more(self._summary.verdicts[UNREADABLE] - len(self._unread))
        notes = [*self._skips, *self._summary.not_judged()]
        if notes:
            told = Html("").join(Html("<li>{}</li>").format(printable(what)) for what in notes)
            yield Html("<ul>{}</ul>").format(told)
            yield from _more(self._skipped - len(self._skips), " more were skipped")

    def _of_machine(self) -> Iterator[str]:
        for diagram in self._diagrams.values():
            yield Html(
                '<div class="diagram" id="{}" tabindex="0" role="group" aria-label="the machine">'
                "{}</div>"
            ).format(diagram.id, Html(diagram.svg))


def _of_waiting(waiting: WaitingLogs) -> Iterator[str]:
    rows = [
        (f"{row.machine}: {row.what}", f"{row.logs:,}", _waiting(row)) for row in waiting.rows()
    ]
    if rows:
        yield Html("<p>Those for which it has been so longest come first.</p>")
        yield table(("what", "logs", "longest"), rows, ("", "number told", "wrap told"))


def _waiting(row: WaitingFor) -> Html:
    """The logs that have waited longest for the same."""
    items = (
        Html("<li>{}: {}{}</li>").format(
            code(printable(each.log)),
            printable(each.says),
            "" if each.since is None else f" since {utc(each.since)}",
        )
        for each in row.longest
    )
    return Html("<ul>{}</ul>").format(Html("").join(items))


_NOT_REPLAYED = " more, not replayed here"


def _more(count: int, what: str = " more") -> Iterator[str]:
    """The sentence that says how many things are left out, if any are."""
    if count:
        yield Html("<p>And {:,}{}.</p>").format(count, what)


def _file(name: str) -> str:
    return files("flux_conform.reports").joinpath(name).read_text(encoding="utf-8")
