"""Finds the smallest repair for an event that is undefined in its state."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator

from flux_conform.language.specification import MOVES, STAYS, Transition
from flux_conform.machine.configuration import Configuration
from flux_conform.machine.step import Machine


def repair_of_undefined(machine: Machine, before: Configuration, name: str) -> str:
    """Return a suggestion for an event that is undefined in the state before it.

    It names the shortest sequence of unguarded moves to a state where the event is defined, or the
    removal of the event; also a single guarded move, if one leads there. If no move leads to such a
    state, it names earlier states in which the event is defined.
    """
    generation = before.generation or machine.specification.today.name
    key = (before.state, machine.event(name).name, generation)
    if key not in machine.hints:
        machine.hints[key] = _hint(machine, *key)
    return machine.hints[key]


def _hint(machine: Machine, state: str, name: str, generation: str) -> str:
    key = state, name, generation
    path = _events_to(machine, *key)
    guarded = _guarded(machine, *key)
    if path is None:
        return (
            "remove this line: no event leads from here to a state where it is defined"
            f"{guarded or _earlier(machine, *key)}"
        )
    shown = ", ".join(f'"{event}"' for event in path)
    missing = f"an event {shown}" if len(path) == 1 else f"the events {shown}"
    return f"log {missing} before it, or remove this line{guarded}"


def _is_defined(machine: Machine, state: str, name: str, generation: str) -> bool:
    outcomes = machine.outcome(state, name, generation)
    return any(outcome in (MOVES, STAYS) for _, outcome in outcomes)


def _moves_from(machine: Machine, state: str, generation: str) -> Iterator[tuple[Transition, str]]:
    """Yield the moves of a generation out of a state, each with its target."""
    for row in machine.specification.transitions:
        is_theirs = row.generation in (None, generation) and row.outcome == MOVES
        if row.source == state and is_theirs and row.target is not None:
            yield row, row.target


def _events_to(machine: Machine, start: str, name: str, generation: str) -> tuple[str, ...] | None:
    """Return the shortest sequence of unguarded moves after which the event is defined.

    Breadth-first search over the states; None if there is no such sequence.
    """
    queue: deque[tuple[str, tuple[str, ...]]] = deque([(start, ())])
    seen = {start}
    while queue:
        state, path = queue.popleft()
        if path and _is_defined(machine, state, name, generation):
            return path
        for row, target in _moves_from(machine, state, generation):
            if row.when is None and target not in seen:
                seen.add(target)
                queue.append((target, (*path, row.event)))
    return None


def _guarded(machine: Machine, start: str, name: str, generation: str) -> str:
    """Return the text for a single guarded move after which the event is defined, or ""."""
    for row, target in _moves_from(machine, start, generation):
        if row.when is None or target == start:
            continue
        if _is_defined(machine, target, name, generation):
            return f'; or log "{row.event}" [{row.when.text}] before it'
    return ""


def _earlier(machine: Machine, start: str, name: str, generation: str) -> str:
    """Return the text for earlier states in which the event is defined, or ""."""
    states = [state.name for state in machine.specification.machine_states]
    targets = {
        state: {target for _, target in _moves_from(machine, state, generation)} for state in states
    }
    before = {start}
    while more := {state for state in states if targets[state] & before} - before:
        before |= more
    found = [
        state
        for state in states
        if state in before and _is_defined(machine, state, name, generation)
    ]
    return f"; or log it earlier, in {' or '.join(found)}" if found else ""
