"""What is known of waiting, in words for people, and as JSON values for programs."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from flux_conform.model.prove.courses import Course
from flux_conform.model.prove.entry import Door, Entry, Fact
from flux_conform.model.prove.report import plain
from flux_conform.model.prove.waits import (
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
    Leaving,
    Proof,
    Start,
    Wait,
    Waiting,
)
from flux_conform.model.prove.wording import joined

Paint = Callable[..., str]

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
"""So many facts of one kind are told in text; `--all` tells the rest."""


# Runs


def runs(waiting: Waiting) -> Iterator[tuple[str, str, Course]]:
    """Every log: a name for its file, what it shows, and the run."""
    for wait in waiting.waits:
        yield from _runs(wait)


def _runs(wait: Wait) -> Iterator[tuple[str, str, Course]]:
    for start in wait.starts:
        tail = f"{wait.name}-from-{start.state}"
        here = f"waiting for {wait.name} from {start.state} on"
        if start.end is not None:
            yield f"avoid-{tail}", f"{here}: {_end(start)}", start.end.course
        if start.entering is not None:
            yield f"enter-{tail}", f"{here}: it is entered", start.entering
        if start.lost is not None:
            said = f"{here}: out of reach in {start.lost.state}"
            yield f"lost-{tail}", said, start.lost.course
        circuits = start.rounds.circuits if start.rounds is not None else ()
        for number, circuit in enumerate(circuits, 1):
            name = f"round-{tail}" + (f"-{number}" if len(circuits) > 1 else "")
            said = f"{here}: the last {circuit.once} events can go round for ever"
            yield name, said, circuit.course
    if wait.leaving.course is not None:
        yield f"leave-{wait.name}", f"{wait.name} is left", wait.leaving.course


# Text


def text(
    waiting: Waiting,
    *,
    paint: Paint = plain,
    unicode: bool = True,
    files: Mapping[str, str] | None = None,
    tell_all: bool = False,
) -> str:
    """The answers, a table for each set; with `tell_all` every log and fact as well."""
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
        lines += ["", *_wait(wait, paint, arrow, tell_all)]
        if tell_all:
            for name, said, course in _runs(wait):
                lines += ["", *_log(name, said, course, paint, files or {})]
    if not waiting.is_decided:
        lines += ["", paint("Not everything could be decided.", "yellow")]
    return "\n".join(lines)


def _assumed(waiting: Waiting) -> str:
    rules = "whatever rule they break"
    if waiting.assuming != "nothing":
        rules = f"those that break no rule of level {waiting.assuming} or a stronger one"
    return rules + (", silent steps among them" if waiting.silent else ", without silent steps")


def _wait(wait: Wait, paint: Paint, arrow: str, tell_all: bool) -> Iterator[str]:
    union = f" = {', '.join(wait.states)}" if wait.states != (wait.name,) else ""
    yield paint(wait.name, "bold") + union
    rows = _rows(wait.starts, arrow)
    wide = max(len(names) for names, _, _ in rows)
    for names, answer, said in rows:
        cell = paint(f"{answer:<11}", STYLES[answer])
        yield f"  {names:<{wide}}  {cell}  {said}".rstrip()
    for label, sentence in _sentences(wait, arrow, tell_all):
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


def _end(start: Start) -> str:
    assert start.end is not None
    if start.end.kind == STUCK:
        return f"out of reach in {start.end.state}, where no run comes to an end either"
    return f"the run ends in {start.end.state} without it"


def _names(course: Course) -> str:
    return ", ".join(course.seen) or "nothing more"


def _sentences(wait: Wait, arrow: str, tell_all: bool) -> Iterator[tuple[str, str]]:
    yield from _round_sentences(wait, arrow)
    told = set()
    for start in wait.starts:
        if start.lost is not None and start.lost.course.run not in told:
            told.add(start.lost.course.run)
            log = start.lost.course.run.names
            yield "out of reach", f"in {start.lost.state} already after {log}"
    for start in wait.starts:
        if start.before == UNKNOWN and start.answer != IMPOSSIBLE:
            yield "before", f"whether it was passed before {start.state} is unknown"
    yield "missed", _missed(wait, arrow)
    yield from _known(wait.entry, tell_all)


def _round_sentences(wait: Wait, arrow: str) -> Iterator[tuple[str, str]]:
    rounds: dict[frozenset[str], tuple[str, list[str]]] = {}
    for start in wait.starts:
        if start.rounds is None:
            continue
        if start.rounds.answer == UNKNOWN:
            yield "for ever", f"whether states go round without it from {start.state} is unknown"
        for circuit in start.rounds.circuits:
            events = ", ".join(e.name for e in circuit.course.run.events[-circuit.once :])
            states = f" {arrow} ".join(circuit.states)
            key = frozenset(circuit.states)
            rounds.setdefault(key, (f"{states} by {events}", []))[1].append(start.state)
    for told, starts in rounds.values():
        yield "for ever", f"round {told} (from {joined(starts)})"


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


def _known(entry: Entry, tell_all: bool) -> Iterator[tuple[str, str]]:
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
        yield "and", _facts(entry.facts, tell_all)
    for door in entry.doors:
        if door.facts:
            yield f"by {door.event}", _facts(door.facts, tell_all)
    if entry.unproved:
        few = entry.unproved if tell_all else entry.unproved[:MOST_FACTS]
        yield "seen only", f"in the explicit instance, not proved: {'; '.join(few)}"
    if entry.lacking:
        yield "unknown", f"what holds then; {entry.lacking}"


def _facts(facts: Sequence[Fact], tell_all: bool) -> str:
    """The facts; those that only follow, if all are asked for or there are no others."""
    own = [fact.text for fact in facts if not fact.follows]
    rest = [fact.text for fact in facts if fact.follows]
    if tell_all:
        hence = f"; hence {'; '.join(rest)}" if rest else ""
        return "; ".join(own) + hence if own else "; ".join(rest)
    told = (own or rest)[:MOST_FACTS]
    more = len(facts) - len(told)
    return "; ".join(told) + (f" (and {more} that follow; --all)" if more else "")


def _log(
    name: str, said: str, course: Course, paint: Paint, files: Mapping[str, str]
) -> Iterator[str]:
    yield f"  {paint(name, 'bold')}: {said}"
    width = max((len(event.state) for event in course.run.events), default=0)
    for number, event in enumerate(course.run.events, 1):
        mark = "*" if number > course.waits_after else " "
        notes = [f"breaks {rule}" for rule in event.breaks] + ["silent"] * event.silent
        told = paint(f"  ({', '.join(notes)})", "yellow") if notes else ""
        yield f"    {number:>2}{mark} {event.state:<{width}}  {paint(event.line, 'dim')}{told}"
    if name in files:
        yield f"    saved as {files[name]}"


# JSON


def json_text(waiting: Waiting, *, files: Mapping[str, str] | None = None) -> str:
    """The answers as a JSON text."""
    return json.dumps(json_value(waiting, files=files), indent=1, ensure_ascii=False)


def json_value(waiting: Waiting, *, files: Mapping[str, str] | None = None) -> dict[str, Any]:
    """The answers as JSON values; the fields are told in docs/waiting.md."""
    return {
        "machine": waiting.machine,
        "generation": waiting.generation,
        "assuming": waiting.assuming,
        "silent": waiting.silent,
        "decided": waiting.is_decided,
        "barred": {
            "transitions": list(waiting.barrier.rows),
            "invariant": list(waiting.barrier.lemmas),
        },
        "sets": [_wait_value(wait, files or {}) for wait in waiting.waits],
    }


def _wait_value(wait: Wait, files: Mapping[str, str]) -> dict[str, Any]:
    logs = {id(course): (name, files.get(name)) for name, _, course in _runs(wait)}
    return {
        "name": wait.name,
        "states": list(wait.states),
        "decided": wait.is_decided,
        "starts": [_start_value(start, logs) for start in wait.starts],
        "leaving": _leaving_value(wait.leaving, logs),
        "entry": _entry_value(wait.entry),
    }


_Logs = Mapping[int, tuple[str, str | None]]


def _start_value(start: Start, logs: _Logs) -> dict[str, Any]:
    avoiding = lost = rounds = before = None
    if start.end is not None:
        avoiding = {"end": start.end.kind, "state": start.end.state}
        avoiding |= _course_value(start.end.course, logs)
    if start.lost is not None:
        lost = {"state": start.lost.state, "invariant": list(start.lost.lemmas)}
        lost |= _course_value(start.lost.course, logs)
    if start.rounds is not None:
        rounds = {"answer": start.rounds.answer, **_proof_value(start.rounds.proof)}
        rounds["circuits"] = [
            {
                "states": list(circuit.states),
                "once": circuit.once,
                **_course_value(circuit.course, logs),
            }
            for circuit in start.rounds.circuits
        ]
    if start.before is not None and start.before_by is not None:
        before = {"answer": start.before, **_proof_value(start.before_by)}
    entering = None if start.entering is None else _course_value(start.entering, logs)
    return {
        "state": start.state,
        "answer": start.answer,
        **_proof_value(start.proof),
        "measure": start.proof.measure,
        "why": start.why,
        "avoiding": avoiding,
        "entering": entering,
        "lost": lost,
        "rounds": rounds,
        "before": before,
    }


def _proof_value(proof: Proof) -> dict[str, Any]:
    return {"how": proof.how or None, "invariant": list(proof.lemmas)}


def _leaving_value(leaving: Leaving, logs: _Logs) -> dict[str, Any]:
    value = {"answer": leaving.answer, **_proof_value(leaving.proof)}
    value["onward"] = list(leaving.onward)
    value["run"] = None if leaving.course is None else _course_value(leaving.course, logs)
    return value


def _course_value(course: Course, logs: _Logs) -> dict[str, Any]:
    name, file = logs[id(course)]
    return {
        "name": name,
        "file": file,
        "waits_after": course.waits_after,
        "events": [event.name for event in course.run.events],
        "states": [event.state for event in course.run.events],
        "breaks": list(course.run.breaks),
        "log": course.run.log.decode(),
    }


def _entry_value(entry: Entry) -> dict[str, Any]:
    return {
        "came": [list(item.events) for item in entry.came],
        "facts": [_fact_value(fact) for fact in entry.facts],
        "doors": [_door_value(door) for door in entry.doors],
        "seen_only": list(entry.unproved),
        "lacking": entry.lacking or None,
    }


def _door_value(door: Door) -> dict[str, Any]:
    return {
        "event": door.event,
        "guards": list(door.guards),
        "from": list(door.sources),
        "to": list(door.targets),
        "facts": [_fact_value(fact) for fact in door.facts],
    }


def _fact_value(fact: Fact) -> dict[str, Any]:
    return {"fact": fact.text, "follows": fact.follows}
