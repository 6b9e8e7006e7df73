"""The smallest change that would mend a fault of order."""

from __future__ import annotations

from collections import deque

from flux_conform.conformance.machine import Configuration, Machine
from flux_conform.model.specification import MOVES, STAYS


def repair_of_undefined(machine: Machine, before: Configuration, name: str) -> str:
    """How to make room for an event that is undefined where it stands.

    Either the fewest events that lead to a state where it is defined, or its removal.
    """
    generation = before.generation or machine.specification.today.name
    key = (before.state, machine.event(name).name, generation)
    if key not in machine.paths:
        machine.paths[key] = _events_to(machine, *key)
    path = machine.paths[key]
    if path is None:
        return "remove this line: no event leads from here to a state where it is defined"
    shown = ", ".join(f'"{event}"' for event in path)
    missing = f"an event {shown}" if len(path) == 1 else f"the events {shown}"
    return f"log {missing} before it, or remove this line"


def _events_to(machine: Machine, start: str, name: str, generation: str) -> tuple[str, ...] | None:
    """The shortest sequence of unguarded moves after which the event is defined."""
    queue: deque[tuple[str, tuple[str, ...]]] = deque([(start, ())])
    seen = {start}
    while queue:
        state, path = queue.popleft()
        if path and any(
            outcome in (MOVES, STAYS) for _, outcome in machine.outcome(state, name, generation)
        ):
            return path
        for row in machine.specification.transitions:
            if (
                row.source == state
                and row.outcome == MOVES
                and row.when is None
                and row.generation in (None, generation)
                and row.target is not None
                and row.target not in seen
            ):
                seen.add(row.target)
                queue.append((row.target, (*path, row.event)))
    return None
