"""Comparisons as text for people, and as JSON values for programs.

JSON of one comparison: `{"a", "b", "strict", "verdict", "structure": [{"kind", "how", "name",
"detail": [text]}], "meaning": {DIRECTION: ANSWER}}`. `verdict` is "different", "none" or
"unknown". DIRECTION is "first-only" (a log that A accepts and B does not), "second-only" (the other
way) or "states" (both accept it, and it ends in different states). ANSWER is `{"verdict",
"because": [text], "log": [line] or null, "steps": [{"event", "a", "b"}], "refused": [{"rule",
"level", "line", "message"}], "file": path or null}`: `steps` give the state after each event on
both sides, null if a side refuses it; `because` says what a proof of "none" uses, or why the answer
is unknown.

JSON of a history: `{"machine", "strict", "revisions": [{"date", "title"}], "changes": [{"date",
"title", ...}]}`, with the fields of a comparison in each of `changes`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any, NamedTuple

from flux_conform.diff import Comparison
from flux_conform.diff.meaning import DIFFERENT, NONE, UNKNOWN, Answer, steps_of
from flux_conform.diff.product import FIRST_ONLY, SECOND_ONLY, STATES
from flux_conform.diff.written import ADDED, CHANGED, REMOVED, Change
from flux_conform.prove.phrases import Paint, plain
from flux_conform.text import printable

Files = Mapping[str, str]
"""The files to which logs were written, by direction."""

SIGNS = {ADDED: "+", REMOVED: "-", CHANGED: "~"}
STYLES = {ADDED: "green", REMOVED: "red", CHANGED: "yellow"}
PLURALS = {"report": "report fields"}


def text(comparison: Comparison, *, paint: Paint = plain, files: Files | None = None) -> str:
    """Return what is written differently, then what that means."""
    return "\n".join(_lines(comparison, paint, files or {}))


def _lines(comparison: Comparison, paint: Paint, files: Files) -> Iterator[str]:
    yield paint(printable(f"A: {comparison.one}"), "bold")
    yield paint(printable(f"B: {comparison.two}"), "bold")
    yield ""
    if not comparison.structure:
        yield "Nothing is written differently."
    for kind, group in groupby(comparison.structure, lambda change: change.kind):
        yield paint(_plural(kind), "bold")
        for change in group:
            yield from _change(change, paint)
    for answer in comparison.meaning.answers:
        yield ""
        yield from _answer(answer, paint, files)


def _plural(kind: str) -> str:
    return PLURALS.get(kind, f"{kind}s")


def _change(change: Change, paint: Paint) -> Iterator[str]:
    head = paint(f"  {SIGNS[change.how]} {change.name}", STYLES[change.how])
    if change.how != CHANGED:
        # What is new or gone is shown by its own sentence; its file contains the rest.
        says = [line.removeprefix(SAYS) for line in change.detail if line.startswith(SAYS)]
        shown = says[0] if says else ", ".join(change.detail)
        yield f"{head}  {paint(shown, 'dim')}".rstrip()
    elif len(change.detail) == 1:
        yield f"{head}  {change.detail[0]}"
    else:
        yield head
        yield from (f"      {line}" for line in change.detail)


SAYS = "says: "


HEADS = {
    FIRST_ONLY: ("A accepts, B does not", "Every log that A accepts, B accepts too"),
    SECOND_ONLY: ("B accepts, A does not", "Every log that B accepts, A accepts too"),
    STATES: (
        "Both accept, and the states differ",
        "After every log that both accept they hold the same state",
    ),
}


def _answer(answer: Answer, paint: Paint, files: Files) -> Iterator[str]:
    different, alike = HEADS[answer.direction]
    if answer.verdict == NONE:
        yield paint(f"{alike}: proved for logs of any length.", "green")
        return
    if answer.witness is None:
        yield paint(f"{different}: unknown.", "yellow")
        yield from (f"  {why}" for why in answer.because)
        return
    length = len(answer.witness.run.events)
    yield paint(f"{different}; the shortest log has {length} event{'s'[: length > 1]}:", "red")
    sides = ("A", "B") if answer.direction != SECOND_ONLY else ("B", "A")
    rows = [(event.state, other or "refused") for event, other in steps_of(answer.witness)]
    widths = [max([1, *(len(row[place]) for row in rows)]) for place in (0, 1)]
    yield paint(f"      {sides[0]:<{widths[0]}}  {sides[1]}", "dim")
    for number, (event, row) in enumerate(zip(answer.witness.run.events, rows, strict=True), 1):
        style = () if row[0] == row[1] else ("red",)
        one, two = paint(row[0].ljust(widths[0]), "bold"), paint(row[1].ljust(widths[1]), *style)
        yield f"  {number:>2}  {one}  {two}  {paint(event.line, 'dim')}"
    for reason in answer.witness.reasons:
        yield f"      {sides[1]} refuses: {reason.level}[{reason.rule}] {reason.message}"
    if answer.direction in files:
        yield f"      written to {files[answer.direction]}"


def summary(found: tuple[Change, ...]) -> str:
    """Return the number of changes of each kind: `states +1, rules +2 ~1`."""
    counts = Counter((change.kind, change.how) for change in found)
    parts = []
    for kind in dict.fromkeys(change.kind for change in found):
        signs = [f"{sign}{counts[kind, how]}" for how, sign in SIGNS.items() if counts[kind, how]]
        parts.append(f"{_plural(kind)} {' '.join(signs)}")
    return ", ".join(parts) or "nothing"


def json_value(comparison: Comparison, *, files: Files | None = None) -> dict[str, Any]:
    """Return the comparison as JSON values."""
    return {
        "a": comparison.one,
        "b": comparison.two,
        "strict": comparison.meaning.strict,
        "verdict": comparison.meaning.verdict,
        "structure": [
            {**change._asdict(), "detail": list(change.detail)} for change in comparison.structure
        ],
        "meaning": {
            answer.direction: _answer_value(answer, files or {})
            for answer in comparison.meaning.answers
        },
    }


def _answer_value(answer: Answer, files: Files) -> dict[str, Any]:
    value: dict[str, Any] = {
        "verdict": answer.verdict,
        "because": list(answer.because),
        "log": None,
        "steps": [],
        "refused": [],
        "file": files.get(answer.direction),
    }
    if answer.verdict == DIFFERENT and answer.witness is not None:
        order = -1 if answer.direction == SECOND_ONLY else 1
        value["log"] = [event.line for event in answer.witness.run.events]
        value["steps"] = [
            {"event": event.name, **dict(zip("ab", (event.state, other)[::order], strict=True))}
            for event, other in steps_of(answer.witness)
        ]
        value["refused"] = [reason._asdict() for reason in answer.witness.reasons]
    return value


# A history


class Revised(NamedTuple):
    """A revision compared with the one before it."""

    date: str
    title: str
    comparison: Comparison


MEANINGS = {
    SECOND_ONLY: "newly accepted",
    FIRST_ONLY: "no longer accepted",
    STATES: "read otherwise",
}


def history_text(
    machine: str,
    revisions: Sequence[Revised],
    *,
    paint: Paint = plain,
    files: Mapping[str, Files] | None = None,
) -> str:
    """Return what each revision changed as written, and the shortest logs that show its meaning."""
    return "\n".join(_history(machine, revisions, paint, files or {}))


def _history(
    machine: str, revisions: Sequence[Revised], paint: Paint, files: Mapping[str, Files]
) -> Iterator[str]:
    yield paint(f"What each revision of {machine} changed", "bold")
    width = max(len(words) for words in MEANINGS.values())
    for revised in revisions:
        comparison = revised.comparison
        yield ""
        yield f"{paint(revised.date, 'bold')}  {revised.title}"
        yield f"  {paint('written'.ljust(width), 'dim')}  {summary(comparison.structure)}"
        for direction, words in MEANINGS.items():
            answer = comparison.meaning.answer(direction)
            style = "yellow" if answer.verdict == UNKNOWN else "dim"
            first, *more = _short(answer)
            yield f"  {paint(words.ljust(width), style)}  {first}"
            path = files.get(revised.date, {}).get(direction)
            for line in (*more, *([f"written to {path}"] if path else [])):
                yield f"  {'':<{width}}  {line}"


def _short(answer: Answer) -> list[str]:
    """Return an answer in a line or two."""
    if answer.verdict == NONE:
        return ["nothing (proved)"]
    if answer.witness is None:
        return ["unknown", *answer.because]
    witness = answer.witness
    lines = [witness.run.names]
    if answer.direction == STATES:
        return [*lines, f"{witness.run.events[-1].state} before, {witness.other[-1]} now"]
    who = "before" if answer.direction == SECOND_ONLY else "now"
    refusals = [f"{reason.rule}: {reason.message}" for reason in witness.reasons]
    return [*lines, *(f"{who} {refusal}" for refusal in refusals)]


def history_value(
    machine: str,
    strict: bool,
    dates: Sequence[tuple[str, str]],
    revisions: Sequence[Revised],
    *,
    files: Mapping[str, Files] | None = None,
) -> dict[str, Any]:
    """Return a history as JSON values; `dates` are all revisions with their titles."""
    return {
        "machine": machine,
        "strict": strict,
        "revisions": [{"date": date, "title": title} for date, title in dates],
        "changes": [
            {
                "date": revised.date,
                "title": revised.title,
                **json_value(revised.comparison, files=(files or {}).get(revised.date)),
            }
            for revised in revisions
        ],
    }
