"""Decided claims of a system, in words for people and as JSON values for programs.

JSON: `{"system", "machine", "configurations", "steps", "seconds", "unwritten": [text],
"claims": [{"id", "says", "verdict", "expect", "because", "summary", "seconds", "run": [STEP] or
null, "cycle": [STEP] or null, "log": [line] or null}]}`. STEP is `{"participant", "step", "says",
"gets", "sends": [message], "events": [{"name", "context", "state", "breaks": [rule]}]}`; `cycle` is
what a run that never ends repeats, and `log` is the eventlog of the run.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

from flux_conform.language.line_form import LineForm, written
from flux_conform.system.system_claims import PROVED, REFUTED, UNKNOWN, Decided, Decisions
from flux_conform.system.system_product import Taken
from flux_conform.text import finite_json

_FIRST_TIME, _BETWEEN = 1700000000.0, 0.25
_MARKS = {True: "✓", False: "✗"}
_PLAIN_MARKS = {True: "+", False: "!"}


def text(decisions: Decisions, *, unicode: bool = True, show_all: bool = False) -> str:
    """The table of claims, and below it the run of each that is refuted."""
    system = decisions.system
    budgets = ", ".join(f"{name} {times}" for name, times in system.budgets)
    lines = [
        f"{system.name}: {system.title}",
        f"{decisions.configurations:,} configurations, {decisions.steps:,} steps "
        f"in {decisions.seconds:.1f} s ({budgets or 'no budgets'})",
        "",
    ]
    width = max((len(each.claim.name) for each in decisions.claims), default=0)
    marks = _MARKS if unicode else _PLAIN_MARKS
    for each in decisions.claims:
        expected = " as expected" if each.claim.expect != PROVED and each.is_as_expected else ""
        lines.append(
            f"{marks[each.is_as_expected]} {each.claim.name:{width}}  {each.verdict}{expected}  "
            f"{each.claim.says}  ({each.seconds:.2f} s)"
        )
    for each in decisions.claims:
        if each.verdict == REFUTED:
            lines += ["", *_refuted(each)]
        elif show_all or each.verdict == UNKNOWN:
            lines += ["", f"{each.claim.name}: {each.summary}"]
    if decisions.unwritten:
        lines += ["", f"The system never writes: {', '.join(decisions.unwritten)}"]
    return "\n".join(lines)


def _refuted(each: Decided) -> Iterator[str]:
    yield f"{each.claim.name} is refuted: {each.summary}"
    if each.claim.because:
        yield f"  {each.claim.because}"
    for number, taken in enumerate(each.run, 1):
        yield f"  {number:3}. {_step(taken)}"
    if each.cycle:
        yield "  and then for ever:"
        for number, taken in enumerate(each.cycle, len(each.run) + 1):
            yield f"  {number:3}. {_step(taken)}"


def _step(taken: Taken) -> str:
    step = taken.step
    told = [f"{step.participant}: {step.says}"]
    if step.gets:
        told.append(f"gets {step.gets}")
    if step.sends:
        told.append(f"sends {', '.join(step.sends)}")
    for event in taken.events:
        breaks = "".join(f", breaks {rule}" for rule, _ in event.breaks)
        told.append(f"posts {event.posted[0]} ({event.state}{breaks})")
    return "; ".join(told)


def log_of(run: Iterable[Taken], form: LineForm | None = None) -> list[str]:
    """The lines of the eventlog that a run writes."""
    posted = [event.posted for taken in run for event in taken.events]
    lines = []
    for number, (name, context) in enumerate(posted):
        line: dict[str, Any] = {"timestamp": _FIRST_TIME + _BETWEEN * number, "name": name}
        lines.append(json.dumps(line if context is None else {**line, "context": context}))
    return list(written(form, lines))


def json_text(decisions: Decisions) -> str:
    """All of it as JSON."""
    value = {
        "system": decisions.system.name,
        "machine": decisions.system.specification.name,
        "configurations": decisions.configurations,
        "steps": decisions.steps,
        "seconds": round(decisions.seconds, 3),
        "unwritten": decisions.unwritten,
        "claims": [
            _claim_json(each, decisions.system.specification.fields) for each in decisions.claims
        ],
    }
    return finite_json(value, ensure_ascii=False, indent=1)


def _claim_json(each: Decided, form: LineForm | None) -> dict[str, Any]:
    is_refuted = each.verdict == REFUTED
    return {
        "id": each.claim.name,
        "says": each.claim.says,
        "verdict": each.verdict,
        "expect": each.claim.expect,
        "because": each.claim.because or None,
        "summary": each.summary,
        "seconds": round(each.seconds, 3),
        "run": [_step_json(taken) for taken in each.run] if is_refuted else None,
        "cycle": [_step_json(taken) for taken in each.cycle] if each.cycle else None,
        "log": log_of(each.run, form) if is_refuted else None,
    }


def _step_json(taken: Taken) -> dict[str, Any]:
    step = taken.step
    events = [
        {
            "name": event.posted[0],
            "context": event.posted[1],
            "state": event.state,
            "breaks": [rule for rule, _ in event.breaks],
        }
        for event in taken.events
    ]
    return {
        "participant": step.participant,
        "step": step.name,
        "says": step.says,
        "gets": step.gets,
        "sends": step.sends,
        "events": events,
    }
