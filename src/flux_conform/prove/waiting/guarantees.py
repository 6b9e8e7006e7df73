"""The answers about waiting for a set of states, as immutable values."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from flux_conform.prove.waiting.on_entry import Entry
from flux_conform.prove.waiting.runs import CyclicRun, WaitedRun

THERE, UNAVOIDABLE, AVOIDABLE = "there", "unavoidable", "avoidable"
IMPOSSIBLE, UNREACHED, UNKNOWN = "impossible", "unreached", "unknown"
"""Answers. Each run from there that ends passes through the set (UNAVOIDABLE), some run does not
(AVOIDABLE), none ever enters it (IMPOSSIBLE); no run reaches the state (UNREACHED)."""

ALWAYS, SOMETIMES, NEVER = "always", "sometimes", "never"
"""Whether runs that reach a state have been in the set before; or can leave it."""

FINAL, REMOVED, STUCK = "final", "removed", "stuck"
"""How a run ends: in the final state, removed, or where the set is no longer reachable."""


class Proof(NamedTuple):
    """How something was decided: by the control graph, an invariant, a measure, or a log.

    `lemmas` hold of the runs in question, however long; `measure` is what some event can always
    lower until the set is entered.
    """

    how: str
    lemmas: tuple[str, ...] = ()
    measure: str | None = None


class End(NamedTuple):
    """A run that ends without the set, in which state and in which way."""

    kind: str
    state: str
    course: WaitedRun

    @property
    def text(self) -> str:
        """The end in words."""
        if self.kind == STUCK:
            return f"from here on in {self.state} it is out of reach"
        return f"the run ends in {self.state} without it"


class Lost(NamedTuple):
    """A run to where the set is out of reach, though from other places in that state it is not."""

    state: str
    course: WaitedRun
    lemmas: tuple[str, ...]


class Rounds(NamedTuple):
    """Whether runs can go round for ever without the set: SOMETIMES, NEVER or UNKNOWN."""

    answer: str
    cycles: tuple[CyclicRun, ...]
    proof: Proof


class Start(NamedTuple):
    """What holds when the wait begins in a state.

    `end` is a run that ends without the set, `entering` one that enters it, `lost` one that comes
    to where it is out of reach though the state does not show it. `rounds` are asked where the set
    can be entered. `before` (ALWAYS, SOMETIMES, NEVER) says whether runs that reach the state
    have been in the set already. What was not asked is None.
    """

    state: str
    answer: str
    proof: Proof
    why: str
    end: End | None = None
    entering: WaitedRun | None = None
    lost: Lost | None = None
    rounds: Rounds | None = None
    before: str | None = None
    before_by: Proof | None = None


class Leaving(NamedTuple):
    """Whether the set can be left again: SOMETIMES, NEVER, UNREACHED or UNKNOWN.

    `course` waits from an entry on, and its last event leaves; `onward` are the states that may
    come after the set, so that who waits for those too cannot come too late.
    """

    answer: str
    course: WaitedRun | None
    onward: tuple[str, ...]
    proof: Proof


class Wait(NamedTuple):
    """What can be relied on for one set of states."""

    name: str
    states: tuple[str, ...]
    starts: tuple[Start, ...]
    leaving: Leaving
    entry: Entry

    def logs(self) -> Iterator[tuple[str, str, WaitedRun]]:
        """The logs that the answers rest on: a name for its file, what it shows, and the run."""
        for start in self.starts:
            tail = f"{self.name}-from-{start.state}"
            here = f"waiting for {self.name} from {start.state} on"
            if start.end is not None:
                yield f"avoid-{tail}", f"{here}: {start.end.text}", start.end.course
            if start.entering is not None:
                yield f"enter-{tail}", f"{here}: it is entered", start.entering
            if start.lost is not None:
                said = f"{here}: out of reach in {start.lost.state}"
                yield f"lost-{tail}", said, start.lost.course
            cycles = start.rounds.cycles if start.rounds is not None else ()
            for number, cycle in enumerate(cycles, 1):
                name = f"round-{tail}" + (f"-{number}" if len(cycles) > 1 else "")
                said = f"{here}: the last {cycle.once} events can go round for ever"
                yield name, said, cycle.course
        if self.leaving.course is not None:
            yield f"leave-{self.name}", f"{self.name} is left", self.leaving.course

    @property
    def is_decided(self) -> bool:
        """Whether everything that was asked is known."""
        asked = [self.leaving.answer, *(start.answer for start in self.starts)]
        asked += [start.before for start in self.starts if start.before is not None]
        asked += [start.rounds.answer for start in self.starts if start.rounds is not None]
        return UNKNOWN not in asked and not self.entry.lacking


class Barrier(NamedTuple):
    """Transitions that no run takes, as texts, and the lemmas that bar them."""

    rows: tuple[str, ...]
    lemmas: tuple[str, ...]


class Waiting(NamedTuple):
    """The answers for some sets, for runs that obey `assuming`, with silent steps or without."""

    machine: str
    generation: str
    assuming: str
    silent: bool
    waits: tuple[Wait, ...]
    barrier: Barrier

    def logs(self) -> Iterator[tuple[str, str, WaitedRun]]:
        """The logs of every set."""
        for wait in self.waits:
            yield from wait.logs()

    @property
    def is_decided(self) -> bool:
        """Whether everything is known of every set."""
        return all(wait.is_decided for wait in self.waits)
