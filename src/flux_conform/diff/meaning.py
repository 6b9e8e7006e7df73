"""What two specifications mean by the same log: where they differ, shown by a log, or proved away.

Three questions are asked. Is there a log that the first accepts and the second does not; the other
way; and one that both accept, after which they hold the state to be another? A log is accepted
where no rule of the level MUST is broken, or, where the comparison is strict, none above a note.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from flux_conform.diff.product import (
    DIRECTIONS,
    FIRST_ONLY,
    SECOND_ONLY,
    STATES,
    Path,
    ProductSearch,
)
from flux_conform.diff.scope import Scope, scope_of
from flux_conform.diff.side import STATE, side_of
from flux_conform.language.specification import Specification
from flux_conform.prove.witnesses import BETWEEN, FIRST_TIME, Run, RunEvent

DIFFERENT, NONE, UNKNOWN = "different", "none", "unknown"
"""A log shows the difference; it is proved that no log does; neither."""

FIRST_LOOK = 400
"""So many pairs of configurations are looked at before a proof is tried."""

MOST_PAIRS = 30_000
"""So many at most, where neither a log nor a proof was found at first."""


class Reason(NamedTuple):
    """A finding that counts against a log: the rule, its level, the line from 1, and in words."""

    rule: str
    level: str
    line: int
    message: str


class Judged(NamedTuple):
    """What the checker makes of a log: accepted or not, the state at its end, what counts."""

    accepted: bool
    state: str
    reasons: tuple[Reason, ...]


Judge = Callable[[Specification, bytes], Judged]
"""The checker, which has the last word on every log that is shown."""


class Misjudged(AssertionError):
    """The checker does not see in a log what the search saw: a fault of this program."""


class Witness(NamedTuple):
    """A log on which two specifications differ.

    The events' states are those of a side that accepts it, `other` those of the other side, the
    last of them None where that refuses the event. `reasons` tell why.
    """

    run: Run
    other: tuple[str | None, ...]
    reasons: tuple[Reason, ...]


class Answer(NamedTuple):
    """What was found in one direction. `because` is what a proof rests on, or why there is none."""

    direction: str
    verdict: str
    witness: Witness | None
    because: tuple[str, ...]


class Meaning(NamedTuple):
    """The answers to the three questions, in the order of DIRECTIONS."""

    strict: bool
    answers: tuple[Answer, ...]

    @property
    def verdict(self) -> str:
        """DIFFERENT where some log shows a difference, else UNKNOWN where one may."""
        verdicts = {answer.verdict for answer in self.answers}
        return next((v for v in (DIFFERENT, UNKNOWN) if v in verdicts), NONE)

    def answer(self, direction: str) -> Answer:
        """The answer in one of DIRECTIONS."""
        return next(answer for answer in self.answers if answer.direction == direction)


def meaning(
    one: Specification, two: Specification, *, judge: Judge, strict: bool = False
) -> Meaning:
    """Compare what two specifications accept and read. Raises Misjudged."""
    scope = scope_of(side_of(one, strict=strict), side_of(two, strict=strict))
    paths, reasons = _answered(scope)
    answers = []
    for direction in DIRECTIONS:
        if direction in paths:
            witness = _witness(one, two, direction, paths[direction], judge)
            answers.append(Answer(direction, DIFFERENT, witness, ()))
        else:
            verdict, because = reasons[direction]
            answers.append(Answer(direction, verdict, None, because))
    return Meaning(strict, tuple(answers))


def glance(
    one: Specification, two: Specification, *, judge: Judge, strict: bool = False
) -> Answer | None:
    """The shortest log on which they differ, whichever way; None where a first look sees none.

    Nothing is proved here. Raises Misjudged.
    """
    walk = ProductSearch(scope_of(side_of(one, strict=strict), side_of(two, strict=strict)), _EVERY)
    looked = 0
    while not walk.found and looked < min(FIRST_LOOK, len(walk.pairs)):
        looked += 1
        walk.explore(looked)
    if not walk.found:
        return None
    direction, path = min(walk.found.items(), key=lambda found: len(found[1].events))
    return Answer(direction, DIFFERENT, _witness(one, two, direction, path, judge), ())


_EVERY = frozenset(DIRECTIONS)


def _answered(scope: Scope) -> tuple[dict[str, Path], dict[str, tuple[str, tuple[str, ...]]]]:
    """The logs found, and for the other directions the proofs or why there are none."""
    wanted = set(DIRECTIONS)
    reasons: dict[str, tuple[str, tuple[str, ...]]] = {}
    if STATE in scope.shared:
        wanted.discard(STATES)
        reasons[STATES] = (NONE, ("both sides compute the state alike",))
    walk = ProductSearch(scope, frozenset(wanted))
    walk.explore(FIRST_LOOK)
    if not walk.wanted:
        return walk.found, reasons

    from flux_conform.diff.no_difference import Proved, prove

    left: dict[str, str] = {}
    for direction, answer in prove(scope, walk, sorted(walk.wanted)).items():
        if isinstance(answer, Proved):
            reasons[direction] = (NONE, answer.because)
        else:
            left[direction] = answer.reason
    found = dict(walk.found)
    searched = 0
    for more in (0, 1):
        if not left:
            break
        if more:
            walk = ProductSearch(scope, frozenset(left), more=more)
        walk.wanted &= set(left)
        walk.explore(MOST_PAIRS)
        searched = max(searched, len(walk.pairs))
        for direction, path in walk.found.items():
            if direction in left:
                found[direction] = path
                del left[direction]
    for direction, reason in left.items():
        told = f"no difference found among {searched} pairs of configurations"
        reasons[direction] = (UNKNOWN, (reason, told))
    return found, reasons


# Logs


def _witness(
    one: Specification, two: Specification, direction: str, path: Path, judge: Judge
) -> Witness:
    """The log, confirmed by the checker."""
    lines = [_line(number, event.name, event.context) for number, event in enumerate(path.events)]
    log = "".join(f"{line}\n" for line in lines).encode()
    judged = (judge(one, log), judge(two, log))
    expected = {
        FIRST_ONLY: (True, False),
        SECOND_ONLY: (False, True),
        STATES: (True, True),
    }[direction]
    seen = tuple(each.accepted for each in judged)
    if seen != expected:
        raise Misjudged(f"{direction}: expected {expected}, and the checker says {seen}", log)
    for place, each in enumerate(judged):
        told = path.states[-1][place]
        # After an event that it refuses the checker goes on as if that were mended.
        if told is not None and each.accepted and told != each.state:
            raise Misjudged(f"{direction}: expected {told}, and the checker says {each.state}", log)
        if any(reason.line != len(lines) for reason in each.reasons):
            raise Misjudged(f"{direction}: an event before the last is refused", log)
    side = 1 if direction == SECOND_ONLY else 0
    states = [str(row[side]) for row in path.states]
    events = [
        RunEvent(event.name, line, state)
        for event, line, state in zip(path.events, lines, states, strict=True)
    ]
    other = tuple(row[1 - side] for row in path.states)
    return Witness(Run(tuple(events)), other, judged[1 - side].reasons)


def _line(number: int, name: str, context: Any) -> str:
    line: dict[str, Any] = {"timestamp": FIRST_TIME + number * BETWEEN, "name": name}
    if context is not None:
        line["context"] = context
    return json.dumps(line, separators=(",", ":"), ensure_ascii=False)


def steps_of(witness: Witness) -> Sequence[tuple[RunEvent, str | None]]:
    """The events of a log with the other side's state after each."""
    return list(zip(witness.run.events, witness.other, strict=True))
