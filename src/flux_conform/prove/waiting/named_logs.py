"""The logs that answers about waiting rest on, each with a name for its file."""

from __future__ import annotations

from collections.abc import Iterator

from flux_conform.prove.waiting.guarantees import STUCK, Start, Wait, Waiting
from flux_conform.prove.waiting.runs import WaitedRun


def runs(waiting: Waiting) -> Iterator[tuple[str, str, WaitedRun]]:
    """Every log: a name for its file, what it shows, and the run."""
    for wait in waiting.waits:
        yield from runs_of(wait)


def runs_of(wait: Wait) -> Iterator[tuple[str, str, WaitedRun]]:
    """The logs of one set, in the same form."""
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


def _end(start: Start) -> str:
    assert start.end is not None
    if start.end.kind == STUCK:
        return f"from here on in {start.end.state} it is out of reach"
    return f"the run ends in {start.end.state} without it"
