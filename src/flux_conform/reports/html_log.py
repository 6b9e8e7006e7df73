"""One faulty log in HTML: its lines, what each did to the machine, and the findings there.

It is a list that can be read without scripts; each line has the ids of the state and of the edge
that a script highlights in the machine's diagram.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping
from operator import attrgetter
from typing import NamedTuple

from flux_conform.checking.explain import says
from flux_conform.checking.fault_span import fault_span
from flux_conform.checking.finding import Finding, consequences
from flux_conform.checking.posted import posted, posted_in_words
from flux_conform.language.authority import authority_of
from flux_conform.language.specification import SILENT, STAYS, UNDEFINED
from flux_conform.logs.lines import Lines
from flux_conform.machine.configuration import CAPTIVE, REMOVED
from flux_conform.machine.taken import Course, Passed
from flux_conform.reports.excerpt import readable
from flux_conform.reports.html_page import Html, code
from flux_conform.reports.interface import Diagram
from flux_conform.session.events import LogJudged, Root
from flux_conform.text import cut, duration, printable, several

_WHOLE = 150
"""Maximum number of lines shown of a log."""

_AROUND = 4
_ENDS = 10
_FINDINGS = 60
_LINE = 400
_MESSAGE = 600


class ShownLine(NamedTuple):
    """A line of a log, the event in it that was replayed, the state then, the findings there."""

    line: int
    raw: bytes
    passed: Passed | None
    state: str
    findings: tuple[Root, ...]


def steps_of(log: LogJudged, course: Course) -> tuple[list[ShownLine], int]:
    """The lines of a log that are shown, and how many findings are not."""
    roots = list(log.roots())
    shown = roots[:_FINDINGS]
    found: dict[int, list[Root]] = {}
    for root in shown:
        found.setdefault(root.finding.line, []).append(root)
    total = log.data.count(b"\n") + (not log.data.endswith(b"\n"))
    line_of = Lines(log.data)
    events = course.events
    states = (log.machine.specification.initial.name, *(event.after for event in events))
    steps = []
    for number in _chosen(total, sorted(found)):
        count = bisect_right(events, number, key=attrgetter("line"))
        last = events[count - 1] if count else None
        passed = last if last is not None and last.line == number else None
        findings = tuple(found.get(number, ()))
        steps.append(ShownLine(number, line_of(number) or b"", passed, states[count], findings))
    told = sum(len(step.findings) for step in steps)
    alone = sum(row.number for row in log.judgement.counted if not row.follows)
    return steps, len(roots) + alone - told


def _chosen(total: int, marked: Iterable[int]) -> list[int]:
    """The numbers of the lines to show: all, or those about the marked ones, and both ends."""
    if total <= _WHOLE:
        return list(range(1, total + 1))
    kept = {*range(1, _ENDS + 1), *range(total - _ENDS + 1, total + 1)}
    for line in marked:
        about = range(max(1, line - _AROUND), min(total, line + 1) + 1)
        if len(kept.union(about)) > _WHOLE:
            break
        kept.update(about)
    return sorted(kept)


def log_html(number: int, log: LogJudged, course: Course, diagram: Diagram) -> Html:
    """A log that can be unfolded and stepped through; `number` names it on the page."""
    steps, untold = steps_of(log, course)
    initial = log.machine.specification.initial.name
    at = _at(diagram, initial)
    first = next(log.roots()).finding
    others = sum(len(step.findings) for step in steps) + untold - 1
    more = f" and {others:,} more" if others else ""
    head = Html(
        '<b>{}</b> {}: {} in line {:,}{} <span class="soft">({}, ends in {})</span>'
    ).format(
        printable(log.name),
        log.judgement.verdict,
        code(first.rule),
        first.line,
        more,
        several(log.judgement.events, "event"),
        log.judgement.state,
    )
    items = [
        Html(
            '<li id="log-{}-0" class="step" data-line="0"{} data-says="before the first '
            'line: {}"><span class="did">It begins in <b>{}</b>.</span></li>'
        ).format(number, at, initial, initial)
    ]
    began = next((e.time for e in course.events if e.time is not None), None)
    last = 0
    checks = {rule.id: rule.check for rule in log.machine.specification.lines}
    line_of = Lines(log.data)
    for step in steps:
        if step.line > last + 1:
            left = several(step.line - last - 1, "line")
            items.append(Html('<li class="gap soft">{} left out</li>').format(left))
        items.append(_step(number, log, step, diagram, began, checks, line_of))
        last = step.line
    if untold:
        left = several(untold, "further finding")
        items.append(Html('<li class="gap soft">{} of this log</li>').format(left))
    body = Html("\n").join(items)
    return Html(
        '<details class="log" id="log-{}" data-log="{}" data-diagram="{}"><summary>{}</summary>\n'
        '<ol class="steps">\n{}\n</ol>\n</details>'
    ).format(number, number, diagram.id, head, body)


def _at(diagram: Diagram, state: str, passed: Passed | None = None) -> Html:
    """The attributes that lead to the diagram's parts."""
    element = diagram.states.get(state)
    told = Html() if element is None else Html(' data-at="{}"').format(element)
    row = None if passed is None else passed.transition
    edge = () if row is None else diagram.edges.get(row, ())
    return told + Html("").join(
        Html(' data-{}="{}"').format(name, id_)
        for name, id_ in zip(("edge", "rail"), edge, strict=False)
    )


def _step(
    number: int,
    log: LogJudged,
    step: ShownLine,
    diagram: Diagram,
    began: float | None,
    checks: Mapping[str, str],
    line_of: Lines,
) -> Html:
    at = _at(diagram, step.state, step.passed)
    kind = "step" + (" faulty" if step.findings else "")
    time = step.passed.time if step.passed is not None else None
    since = ""
    if time is not None and began is not None:
        since = Html(' <span class="soft at">at {}</span>').format(duration(time - began))
    parts = [
        Html(
            '<li id="log-{}-{}" class="{}" data-line="{}"{} data-says="{}"><span '
            'class="number">{}</span><code class="logged" dir="ltr">{}</code><span '
            'class="did">{}{}</span>'
        ).format(
            number,
            step.line,
            kind,
            step.line,
            at,
            _plain(step),
            step.line,
            _marked(step, checks),
            _did(step),
            since,
        )
    ]
    parts += [_finding(log, root, line_of) for root in step.findings]
    return Html("").join((*parts, Html("</li>")))


_EFFECTS = {STAYS: "stays in", SILENT: "the RFCs are silent; stays in"}
_WHY_NONE = {UNDEFINED: "undefined in", CAPTIVE: "after the end,", REMOVED: "after removal,"}


def _did(step: ShownLine) -> str:
    """What a line did, as HTML."""
    passed, state = step.passed, step.state
    if passed is None:
        return Html('<b class="bad">no event</b>')
    if passed.moved:
        return Html('<span aria-hidden="true">→ </span><b>{}</b>').format(state)
    if passed.alien:
        return Html('<b class="bad">no effect</b>: {} {}').format(_WHY_NONE[passed.outcome], state)
    return f"{_EFFECTS[passed.outcome]} {state}"


def _plain(step: ShownLine) -> str:
    """What is said aloud of a step."""
    passed, state = step.passed, step.state
    if passed is None:
        what = "no event"
    elif passed.moved:
        what = f"{_short(passed.event)} leads to {state}"
    elif passed.alien:
        what = f"{_short(passed.event)} has no effect in {state}"
    else:
        what = f"{_short(passed.event)}, still {state}"
    found = f"; {several(len(step.findings), 'finding')}: " if step.findings else ""
    return f"{what}{found}{', '.join(root.finding.rule for root in step.findings)}"


def _short(event: str) -> str:
    return cut(printable(event), 60)


def _marked(step: ShownLine, checks: Mapping[str, str]) -> str:
    """The line with the fault of its first finding marked."""
    shown = readable(step.raw, _LINE)
    if not step.findings:
        return shown
    finding = step.findings[0].finding
    start, length = fault_span(shown, finding, checks.get(finding.rule))
    marked = shown[start : start + length] or " "
    return Html("{}<mark>{}</mark>{}").format(shown[:start], marked, shown[start + length :])


def _finding(log: LogJudged, root: Root, line_of: Lines) -> Html:
    finding, following, number = root
    rule = Html("{} {}").format(says(log.machine, finding), clause_html(finding))
    pairs: list[tuple[str, str]] = [("rule", rule)]
    place = posted(log.machine, finding, line_of)
    who = posted_in_words(log.machine, finding, place)
    if who is not None:
        pairs.append(("posted", cut(who, _MESSAGE)))
    if finding.allowed:
        allowed = ", ".join(map(printable, finding.allowed[:40]))
        pairs.append((f"allowed in {finding.state}", allowed))
    pairs.append(("repair", cut(printable(finding.repair), _MESSAGE)))
    if finding.waived_by is not None:
        pairs.append(("waived", f"a known deviation of {finding.waived_by}"))
    if number:
        lines = sorted({each.line for each in following})
        places = ", ".join(map(str, lines[:8])) + (", …" if len(lines) > 8 else "")
        where = f" (line{'s'[: len(lines) > 1]} {places})" if lines else ""
        pairs.append(("also", f"{consequences(number)}{where}"))
    told = Html("").join(
        Html("<dt>{}</dt><dd>{}</dd>").format(name, value) for name, value in pairs
    )
    return Html('<div class="finding {}"><p><b>{}</b> {}: {}</p><dl>{}</dl></div>').format(
        level_class(finding.level),
        finding.level,
        code(printable(finding.rule)),
        cut(printable(finding.message), _MESSAGE),
        told,
    )


def clause_html(finding: Finding) -> Html:
    """Where the rule of a finding stands."""
    return Html('<span class="soft">({}, {})</span>').format(
        authority_of(finding.rule), finding.section
    )


def level_class(level: str) -> str:
    """The class that colours a level."""
    return {"MUST": "must", "note": "note"}.get(level, "should")
