"""What two specifications mean for logs: a log on which they differ, or a proof of no difference.

There are three questions. Is there a log that the first accepts and the second does not? The other
way round? Is there one that both accept, and that ends in different states? A log is accepted if it
breaks no rule of the level MUST or, if the comparison is strict, no rule above a note.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from flux_conform.diff.product import (
    DIRECTIONS,
    FIRST_ONLY,
    SECOND_ONLY,
    STATES,
    Path,
    ProductSearch,
)
from flux_conform.diff.scope import Scope, scope_of
from flux_conform.diff.side import side_of
from flux_conform.language.expressions import expand
from flux_conform.language.line_form import written
from flux_conform.language.specification import Specification
from flux_conform.machine.event_times import timed_rules
from flux_conform.machine.interning import STATE
from flux_conform.prove.witnesses import Run, RunEvent, event_line

DIFFERENT, NONE, UNKNOWN = "different", "none", "unknown"
"""A log shows the difference; it is proved that no log does; neither."""

FIRST_LOOK = 400
"""Number of pairs of configurations explored before a proof is tried."""

MOST_PAIRS = 30_000
"""Maximum number of pairs, if neither a log nor a proof was found at first."""


class Reason(NamedTuple):
    """A finding that counts against a log: the rule, its level, the line from 1, and in words."""

    rule: str
    level: str
    line: int
    message: str


class Judged(NamedTuple):
    """The checker's verdict: accepted or not, the final state, and the findings that count."""

    accepted: bool
    state: str
    reasons: tuple[Reason, ...]


Judge = Callable[[Specification, bytes], Judged]
"""The checker, which confirms every log that is shown."""


class Misjudged(AssertionError):
    """The checker does not confirm what the search found: a fault of this program."""


class Witness(NamedTuple):
    """A log on which two specifications differ.

    The events' states are those of a side that accepts it. `other` are those of the other side; the
    last is None if it refuses the event, for `reasons`.
    """

    run: Run
    other: tuple[str | None, ...]
    reasons: tuple[Reason, ...]


class Answer(NamedTuple):
    """The answer in one direction. `because` is what a proof uses, or why there is none."""

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
        """DIFFERENT if a log shows a difference, else UNKNOWN if there may be one, else NONE."""
        verdicts = {answer.verdict for answer in self.answers}
        return next((v for v in (DIFFERENT, UNKNOWN) if v in verdicts), NONE)

    def answer(self, direction: str) -> Answer:
        """Return the answer in one of DIRECTIONS."""
        return next(answer for answer in self.answers if answer.direction == direction)


def meaning(
    one: Specification, two: Specification, *, judge: Judge, strict: bool = False
) -> Meaning:
    """Compare which logs two specifications accept, and how they read them. Raises Misjudged."""
    scope = scope_of(side_of(one, strict=strict), side_of(two, strict=strict))
    paths, answers = _answered(scope)
    for direction, path in paths.items():
        witness = _witness(one, two, direction, path, judge)
        answers[direction] = Answer(direction, DIFFERENT, witness, ())
    if strict and (apart := _timed_apart(one, two)):
        because = (f"rules that ask for times differ, and are not compared: {apart}",)
        for direction in (FIRST_ONLY, SECOND_ONLY):
            if answers[direction].verdict == NONE:
                answers[direction] = Answer(direction, UNKNOWN, None, because)
    return Meaning(strict, tuple(answers[direction] for direction in DIRECTIONS))


def _timed_apart(one: Specification, two: Specification) -> str:
    """The ids of the rules that ask for times and that only one has, or has otherwise."""

    def asked(of: Specification) -> dict[str, object]:
        table, timed = of.definition_table, timed_rules(of)
        rules = (rule for rule in of.rules if rule.id in timed)
        return {rule.id: (rule.on, expand(rule.require.tree, table)) for rule in rules}

    ours, theirs = asked(one), asked(two)
    ids = dict.fromkeys([*ours, *theirs])
    return ", ".join(rule for rule in ids if ours.get(rule) != theirs.get(rule))


def glance(
    one: Specification, two: Specification, *, judge: Judge, strict: bool = False
) -> Answer | None:
    """Return the shortest log on which they differ, in any direction; None if a quick search fails.

    Nothing is proved here. Raises Misjudged.
    """
    scope = scope_of(side_of(one, strict=strict), side_of(two, strict=strict))
    search = ProductSearch(scope, frozenset(DIRECTIONS))
    explored = 0
    while not search.found and explored < min(FIRST_LOOK, len(search.pairs)):
        explored += 1
        search.explore(explored)
    if not search.found:
        return None
    direction, path = min(search.found.items(), key=lambda found: len(found[1].events))
    return Answer(direction, DIFFERENT, _witness(one, two, direction, path, judge), ())


def _answered(scope: Scope) -> tuple[dict[str, Path], dict[str, Answer]]:
    """Return the logs found, and the answers in the other directions."""
    wanted = set(DIRECTIONS)
    answers: dict[str, Answer] = {}
    if STATE in scope.shared:
        wanted.discard(STATES)
        alike = "both sides compute the state alike"
        answers[STATES] = Answer(STATES, NONE, None, (alike,))
    search = ProductSearch(scope, frozenset(wanted))
    search.explore(FIRST_LOOK)
    if not search.wanted:
        return search.found, answers

    from flux_conform.diff.no_difference import prove

    left: dict[str, tuple[str, ...]] = {}
    for direction, (proved, because) in prove(scope, search, sorted(search.wanted)).items():
        if proved:
            answers[direction] = Answer(direction, NONE, None, because)
        else:
            left[direction] = because
    found = dict(search.found)
    explored = 0
    for more in (0, 1):
        if not left:
            break
        if more:
            search = ProductSearch(scope, frozenset(left), more=more)
        search.wanted &= set(left)
        search.explore(MOST_PAIRS)
        explored = max(explored, len(search.pairs))
        for direction in left.keys() & search.found.keys():
            found[direction] = search.found[direction]
            del left[direction]
    none = f"no difference found among {explored} pairs of configurations"
    for direction, because in left.items():
        answers[direction] = Answer(direction, UNKNOWN, None, (*because, none))
    return found, answers


# Logs


def _witness(
    one: Specification, two: Specification, direction: str, path: Path, judge: Judge
) -> Witness:
    """Return the log, confirmed by the checker."""
    plain = [event_line(n, event.name, event.context) for n, event in enumerate(path.events)]
    form = one.fields if one.fields == two.fields else None
    lines = written(form, plain)
    log = "".join(f"{line}\n" for line in lines).encode()
    if form is None:
        one, two = one.plain, two.plain
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
        state = path.states[-1][place]
        # After an event that it refuses, the checker continues as if it were repaired.
        if state is not None and each.accepted and state != each.state:
            message = f"{direction}: expected {state}, and the checker says {each.state}"
            raise Misjudged(message, log)
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


def steps_of(witness: Witness) -> Sequence[tuple[RunEvent, str | None]]:
    """Return the events of a log with the other side's state after each."""
    return list(zip(witness.run.events, witness.other, strict=True))
