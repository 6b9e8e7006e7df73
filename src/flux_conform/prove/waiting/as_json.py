"""Answers about waiting as JSON values; docs/waiting.md describes the fields."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flux_conform.prove.waiting.guarantees import Leaving, Proof, Start, Wait, Waiting
from flux_conform.prove.waiting.on_entry import Door, Entry, Fact
from flux_conform.prove.waiting.runs import WaitedRun
from flux_conform.text import finite_json


def json_text(waiting: Waiting, *, files: Mapping[str, str] | None = None) -> str:
    """The answers as a JSON text."""
    value = {
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
    return finite_json(value, indent=1, ensure_ascii=False)


def _wait_value(wait: Wait, files: Mapping[str, str]) -> dict[str, Any]:
    logs = {id(course): (name, files.get(name)) for name, _, course in wait.logs()}
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
                "round": list(cycle.states),
                "once": cycle.once,
                **_course_value(cycle.course, logs),
            }
            for cycle in start.rounds.cycles
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


def _course_value(course: WaitedRun, logs: _Logs) -> dict[str, Any]:
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
