"""Answers about waiting as text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from flux_conform.prove.phrases import Paint, event_lines, joined, plain
from flux_conform.prove.waiting.guarantees import (
    ALWAYS,
    AVOIDABLE,
    IMPOSSIBLE,
    NEVER,
    SOMETIMES,
    STUCK,
    THERE,
    UNAVOIDABLE,
    UNKNOWN,
    UNREACHED,
    Start,
    Wait,
    Waiting,
)
from flux_conform.prove.waiting.on_entry import Entry, Fact
from flux_conform.prove.waiting.runs import WaitedRun

STYLES = {
    THERE: "dim",
    UNAVOIDABLE: "green",
    AVOIDABLE: "yellow",
    IMPOSSIBLE: "red",
    UNREACHED: "dim",
    UNKNOWN: "yellow",
}
PASSED = {
    ALWAYS: "every run has passed it already",
    SOMETIMES: "some runs have passed it already, others never will",
    NEVER: "no run has been there",
    UNKNOWN: "whether it was passed already is unknown",
}
MOST_FACTS = 8
"""Maximum number of facts of one kind in text; `--all` shows the rest."""


def text(
    waiting: Waiting,
    *,
    paint: Paint = plain,
    unicode: bool = True,
    files: Mapping[str, str] | None = None,
    show_all: bool = False,
) -> str:
    """The answers, a table for each set; with `show_all` every log and fact as well."""
    arrow = "→" if unicode else "->"
    head = f"{waiting.machine}, logs of generation {waiting.generation}"
    lines = [paint(head, "bold"), f"Runs: {_assumed(waiting)}."]
    lines.append(
        "A run may also come to no end: it can sit still for ever in any state, which is not told"
        " below; where the states can go round for ever, it is."
    )
    if waiting.barrier.rows:
        lines.append(f"Never taken by such runs: {'; '.join(waiting.barrier.rows)}.")
    for wait in waiting.waits:
        lines += ["", *_wait(wait, paint, arrow, show_all)]
        if show_all:
            for name, said, course in wait.logs():
                lines += ["", f"  {paint(name, 'bold')}: {said}"]
                lines += event_lines(course.run, paint, marked_after=course.waits_after)
                lines += [f"    saved as {files[name]}"] if files and name in files else []
    if not waiting.is_decided:
        lines += ["", paint("Not everything could be decided.", "yellow")]
    return "\n".join(lines)


def _assumed(waiting: Waiting) -> str:
    rules = "whatever rule they break"
    if waiting.assuming != "nothing":
        rules = f"those that break no rule of level {waiting.assuming} or a stronger one"
    return rules + (", silent steps among them" if waiting.silent else ", without silent steps")


def _wait(wait: Wait, paint: Paint, arrow: str, show_all: bool) -> Iterator[str]:
    union = f" = {', '.join(wait.states)}" if ",".join(wait.states) != wait.name else ""
    yield paint(wait.name, "bold") + union
    rows = _rows(wait.starts, arrow)
    wide = max(len(names) for names, _, _ in rows)
    for names, answer, said in rows:
        cell = paint(f"{answer:<11}", STYLES[answer])
        yield f"  {names:<{wide}}  {cell}  {said}".rstrip()
    for label, sentence in _sentences(wait, arrow, show_all):
        yield f"  {paint(f'{label:<12}', 'dim')} {sentence}"


def _rows(starts: Sequence[Start], arrow: str) -> list[tuple[str, str, str]]:
    """States that get the same answer in the same words share a row."""
    rows: list[tuple[list[str], str, str]] = []
    for start in starts:
        said = _said(start, arrow)
        if rows and rows[-1][1:] == (start.answer, said):
            rows[-1][0].append(start.state)
        else:
            rows.append(([start.state], start.answer, said))
    return [(", ".join(names), answer, said) for names, answer, said in rows]


def _said(start: Start, arrow: str) -> str:
    if start.answer == THERE:
        return ""
    if start.answer == AVOIDABLE and start.end is not None:
        last = f"stuck in {start.end.state}" if start.end.kind == STUCK else start.end.state
        return f"{_names(start.end.course)} {arrow} {last}"
    if start.answer == UNAVOIDABLE and start.entering is not None:
        return f"in every run that comes to an end; soonest by {_names(start.entering)}"
    if start.answer == IMPOSSIBLE and start.before is not None:
        return PASSED[start.before]
    return start.why


def _names(course: WaitedRun) -> str:
    return ", ".join(course.seen) or "nothing more"


def _sentences(wait: Wait, arrow: str, show_all: bool) -> Iterator[tuple[str, str]]:
    yield from _round_sentences(wait, arrow)
    shown = set()
    for start in wait.starts:
        if start.lost is not None and start.lost.course.run not in shown:
            shown.add(start.lost.course.run)
            log = start.lost.course.run.names
            yield "out of reach", f"in {start.lost.state} already after {log}"
    for start in wait.starts:
        if start.before == UNKNOWN and start.answer != IMPOSSIBLE:
            yield "before", f"whether it was passed before {start.state} is unknown"
    yield "missed", _missed(wait, arrow)
    yield from _known(wait.entry, show_all)


def _round_sentences(wait: Wait, arrow: str) -> Iterator[tuple[str, str]]:
    rounds: dict[frozenset[str], tuple[str, list[str]]] = {}
    for start in wait.starts:
        if start.rounds is None:
            continue
        if start.rounds.answer == UNKNOWN:
            yield "for ever", f"whether states go round without it from {start.state} is unknown"
        for cycle in start.rounds.cycles:
            events = ", ".join(e.name for e in cycle.course.run.events[-cycle.once :])
            states = f" {arrow} ".join(cycle.states)
            key = frozenset(cycle.states)
            rounds.setdefault(key, (f"{states} by {events}", []))[1].append(start.state)
    for round_, starts in rounds.values():
        yield "for ever", f"round {round_} (from {joined(starts)})"


def _missed(wait: Wait, arrow: str) -> str:
    leaving = wait.leaving
    if leaving.answer == UNREACHED:
        return "no run ever comes there"
    if leaving.answer == UNKNOWN:
        return "whether it can be left again is unknown"
    if leaving.answer == NEVER or leaving.course is None:
        return "no: once entered it is never left, and who comes late still finds it"
    events = leaving.course.seen
    state = leaving.course.run.events[-1].state
    soon = "the next event" if len(events) == 1 else f"{len(events)} events"
    later = ",".join((*wait.states, *leaving.onward))
    return (
        f"yes: {soon} can leave it ({', '.join(events)} {arrow} {state}), so who looks at the state"
        f" now and then may not see it; read the log, or wait for {later}"
    )


def _known(entry: Entry, show_all: bool) -> Iterator[tuple[str, str]]:
    single = [item.text for item in entry.came if len(item.events) == 1]
    either = [item.text for item in entry.came if len(item.events) > 1]
    if not entry.doors:
        yield "on entry", "no event enters it"
        return
    doors = [f"{door.text} in {joined(door.sources, 'or')}" for door in entry.doors]
    yield "entered by", "; ".join(doors)
    if entry.came:
        yield "by then", f"{'; '.join([*([joined(single)] if single else []), *either])} came"
    if entry.facts:
        yield "and", _facts(entry.facts, show_all)
    for door in entry.doors:
        if door.facts:
            yield f"by {door.event}", _facts(door.facts, show_all)
    if entry.unproved:
        few = entry.unproved if show_all else entry.unproved[:MOST_FACTS]
        yield "seen only", f"in the explicit instance, not proved: {'; '.join(few)}"
    if entry.lacking:
        yield "unknown", f"what holds then; {entry.lacking}"


def _facts(facts: Sequence[Fact], show_all: bool) -> str:
    """The facts; those that only follow, if all are asked for or there are no others."""
    own = [fact.text for fact in facts if not fact.follows]
    rest = [fact.text for fact in facts if fact.follows]
    if show_all:
        hence = f"; hence {'; '.join(rest)}" if rest else ""
        return "; ".join(own) + hence if own else "; ".join(rest)
    shown = (own or rest)[:MOST_FACTS]
    more = len(facts) - len(shown)
    return "; ".join(shown) + (f" (and {more} that follow; --all)" if more else "")
