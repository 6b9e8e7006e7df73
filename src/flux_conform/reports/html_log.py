"""One faulty log in HTML: its lines, what each did to the machine, and the findings there.

It is a list that reads from top to bottom; each line bears the ids of the state and of the edge
that a script can show in the machine's diagram.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping
from operator import attrgetter
from typing import NamedTuple

from flux_conform.checking.explain import says
from flux_conform.checking.finding import Finding, consequences
from flux_conform.checking.spot import spot
from flux_conform.language.specification import SILENT, STAYS, UNDEFINED
from flux_conform.logs.lines import Lines
from flux_conform.machine.configuration import CAPTIVE, REMOVED
from flux_conform.machine.taken import Course, Passed
from flux_conform.reports.excerpt import readable
from flux_conform.reports.html_page import code, text
from flux_conform.reports.pictures import Diagram
from flux_conform.session.log_judged import LogJudged, Root
from flux_conform.text import duration, printable

_WHOLE = 150
"""A log of so many lines is shown whole; of a longer one so many at most."""

_AROUND = 4
_ENDS = 10
_FINDINGS = 60
_LINE = 400
_MESSAGE = 600


class Step(NamedTuple):
    """A line of a log, the event in it that was replayed, the state then, the findings there."""

    line: int
    raw: bytes
    passed: Passed | None
    state: str
    findings: tuple[Root, ...]


def steps_of(log: LogJudged, course: Course) -> tuple[list[Step], int]:
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
        steps.append(Step(number, line_of(number) or b"", passed, states[count], findings))
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


def log_html(number: int, log: LogJudged, course: Course, diagram: Diagram | None) -> str:
    """A log that can be unfolded and stepped through; `number` names it on the page."""
    steps, untold = steps_of(log, course)
    initial = log.machine.specification.initial.name
    drawn = "" if diagram is None else f' data-diagram="{text(diagram.id)}"'
    at = _at(diagram, initial)
    events = f"{log.judgement.events:,} event{'' if log.judgement.events == 1 else 's'}"
    first = next(log.roots()).finding
    others = sum(len(step.findings) for step in steps) + untold - 1
    more = f" and {others:,} more" if others else ""
    head = (
        f"<b>{text(printable(log.name))}</b> {text(log.judgement.verdict)}: "
        f"{code(first.rule)} in line {first.line:,}{more} "
        f'<span class="soft">({events}, ends in {text(log.judgement.state)})</span>'
    )
    items = [
        f'<li id="log-{number}-0" class="step" data-line="0"{at} '
        f'data-says="before the first line: {text(initial)}">'
        f'<span class="did">It begins in <b>{text(initial)}</b>.</span></li>'
    ]
    began = next((e.time for e in course.events if e.time is not None), None)
    last = 0
    checks = {rule.id: rule.check for rule in log.machine.specification.lines}
    for step in steps:
        if step.line > last + 1:
            left = step.line - last - 1
            plural = "" if left == 1 else "s"
            items.append(f'<li class="gap soft">{left:,} line{plural} left out</li>')
        items.append(_step(number, log, step, diagram, began, checks))
        last = step.line
    if untold:
        plural = "" if untold == 1 else "s"
        items.append(f'<li class="gap soft">{untold:,} further finding{plural} of this log</li>')
    body = "\n".join(items)
    return (
        f'<details class="log" id="log-{number}" data-log="{number}"{drawn}>'
        f'<summary>{head}</summary>\n<ol class="steps">\n{body}\n</ol>\n</details>'
    )


def _at(diagram: Diagram | None, state: str, passed: Passed | None = None) -> str:
    """The attributes that lead to the diagram's parts."""
    if diagram is None:
        return ""
    element = diagram.states.get(state)
    told = "" if element is None else f' data-at="{text(element)}"'
    row = None if passed is None else passed.transition
    edge = () if row is None else diagram.edges.get(row, ())
    return told + "".join(
        f' data-{name}="{text(id_)}"' for name, id_ in zip(("edge", "rail"), edge, strict=False)
    )


def _step(
    number: int,
    log: LogJudged,
    step: Step,
    diagram: Diagram | None,
    began: float | None,
    checks: Mapping[str, str],
) -> str:
    at = _at(diagram, step.state, step.passed)
    kind = "step" + (" faulty" if step.findings else "")
    time = step.passed.time if step.passed is not None else None
    since = ""
    if time is not None and began is not None:
        since = f' <span class="soft at">at {text(duration(time - began))}</span>'
    parts = [
        f'<li id="log-{number}-{step.line}" class="{kind}" data-line="{step.line}"{at} '
        f'data-says="{text(_plain(step))}">'
        f'<span class="number">{step.line}</span>'
        f'<code class="logged" dir="ltr">{_marked(step, checks)}</code>'
        f'<span class="did">{_did(step)}{since}</span>'
    ]
    parts += [_finding(log, root) for root in step.findings]
    return "".join((*parts, "</li>"))


_EFFECTS = {STAYS: "stays in", SILENT: "the RFCs are silent; stays in"}
_WHY_NONE = {UNDEFINED: "undefined in", CAPTIVE: "after the end,", REMOVED: "after removal,"}


def _did(step: Step) -> str:
    """What a line did, as HTML."""
    passed, state = step.passed, text(step.state)
    if passed is None:
        return '<b class="bad">no event</b>'
    if passed.moved:
        return f'<span aria-hidden="true">→ </span><b>{state}</b>'
    if passed.alien:
        return f'<b class="bad">no effect</b>: {text(_WHY_NONE[passed.outcome])} {state}'
    return f"{_EFFECTS[passed.outcome]} {state}"


def _plain(step: Step) -> str:
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
    count = len(step.findings)
    found = f"; {count} finding{'' if count == 1 else 's'}: " if count else ""
    return f"{what}{found}{', '.join(root.finding.rule for root in step.findings)}"


def _short(event: str) -> str:
    shown = printable(event)
    return shown if len(shown) <= 60 else f"{shown[:59]}…"


def _marked(step: Step, checks: Mapping[str, str]) -> str:
    """The line with the fault of its first finding marked."""
    shown = readable(step.raw, _LINE)
    if not step.findings:
        return text(shown)
    finding = step.findings[0].finding
    start, length = spot(shown, finding, checks.get(finding.rule))
    marked = shown[start : start + length] or " "
    return f"{text(shown[:start])}<mark>{text(marked)}</mark>{text(shown[start + length :])}"


def _finding(log: LogJudged, root: Root) -> str:
    finding, following, number = root
    pairs = [("rule", f"{text(says(log.machine, finding))} {clause_html(finding)}")]
    if finding.allowed:
        allowed = ", ".join(map(printable, finding.allowed[:40]))
        pairs.append((f"allowed in {text(finding.state)}", text(allowed)))
    pairs.append(("repair", text(_cut(finding.repair))))
    if finding.waived_by is not None:
        pairs.append(("waived", f"a known deviation of {text(finding.waived_by)}"))
    if number:
        lines = sorted({each.line for each in following})
        places = ", ".join(map(str, lines[:8])) + (", …" if len(lines) > 8 else "")
        where = f" (line{'s'[: len(lines) > 1]} {places})" if lines else ""
        pairs.append(("also", f"{consequences(number)}{where}"))
    told = "".join(f"<dt>{name}</dt><dd>{value}</dd>" for name, value in pairs)
    return (
        f'<div class="finding {level_class(finding.level)}"><p><b>{text(finding.level)}</b> '
        f"{code(printable(finding.rule))}: {text(_cut(finding.message))}</p><dl>{told}</dl></div>"
    )


def clause_html(finding: Finding) -> str:
    """Where the rule of a finding stands."""
    return f'<span class="soft">(RFC {finding.rfc}, {text(finding.section)})</span>'


def level_class(level: str) -> str:
    """The class that colours a level."""
    return {"MUST": "must", "note": "note"}.get(level, "should")


def _cut(words: str) -> str:
    shown = printable(words)
    return shown if len(shown) <= _MESSAGE else f"{shown[: _MESSAGE - 1]}…"
