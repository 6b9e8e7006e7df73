"""What a writer of logs can be asked to exercise, and what is left out of that, with the reason."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from itertools import product
from typing import NamedTuple

from flux_conform.language.expressions import Binary, Constant, Name, Node, Not, expand, rebuilt
from flux_conform.language.levels import ASKED
from flux_conform.language.specification import (
    ANY_EVENT,
    MOVES,
    SILENT,
    STAYS,
    UNDEFINED,
    Event,
    Specification,
    Transition,
)
from flux_conform.machine.fold import fold
from flux_conform.suite.making.testable import TWO_LOGS, Clause, clauses_of, sentence
from flux_conform.suite.premise import obligations

STATES, EVENTS, TRANSITIONS, PAIRS, RULES = "states", "events", "transitions", "pairs", "rules"

PARTS = (STATES, EVENTS, TRANSITIONS, PAIRS, RULES)
"""What can be exercised. A pair is two transitions in a row; events that stay may lie between."""

OLDER, REMOVED, IMPLIED, NEVER = "generation", "removed", "implied", "never"

REASONS = {
    OLDER: "of other generations",
    SILENT: "of which the source says nothing",
    REMOVED: "of logs that are deleted with their job",
    IMPLIED: "possible only by breaking an implied rule",
    NEVER: "that no single log can exercise",
}
"""Why something is left out. The source's silence, removal and what is implied can be put in."""

INCLUDABLE = (SILENT, REMOVED, IMPLIED)

EVERY = "*"
"""In place of a generation: logs of each generation count, and what any of them can exercise."""


class Target(NamedTuple):
    """Something to exercise: its name and its sentence; of a rule its level, and when it asks."""

    name: str
    says: str = ""
    level: str = ""
    asks: str = ""


class LeftOut(NamedTuple):
    """Things of one part that are not counted, for one of REASONS."""

    part: str
    reason: str
    names: tuple[str, ...]


class UnknownGeneration(LookupError):
    """The specification has no generation of that name."""

    def __str__(self) -> str:
        return str(self.args[0])


class Exercisable:
    """What counts: of one generation, or of every one.

    `including` puts in what is left out otherwise, for some of INCLUDABLE.
    Raises UnknownGeneration.
    """

    def __init__(
        self,
        specification: Specification,
        generation: str | None = None,
        including: Collection[str] = (),
    ) -> None:
        known = [each.name for each in specification.generations]
        self.generation = specification.today.name if generation is None else generation
        if self.generation not in (*known, EVERY):
            raise UnknownGeneration(
                f'{specification.name} has no generation "{self.generation}"; '
                f"known are {', '.join(known)}, and {EVERY} for all of them"
            )
        self.including = tuple(reason for reason in INCLUDABLE if reason in including)
        self.specification = specification
        self._removed = specification.removed.name if specification.removed else None
        self.rows = {
            row: transition_name(specification, row)
            for row in specification.transitions
            if row.outcome != UNDEFINED
        }
        """The rows that a log can take, with their names."""
        self._reached = self._reached_states()
        self._events = {event.name: self._why_not_event(event) for event in specification.events}
        self.obligations = {
            rule.id: obligations(rule.require.tree, specification.definition_table)
            for rule in specification.rules
        }
        """What each rule asks."""
        found = list(self._all())
        self.parts = {
            part: tuple(target for of, target, why in found if of == part and why is None)
            for part in PARTS
        }
        """What counts, in the order of the specification."""
        self.left_out = tuple(
            LeftOut(part, reason, names)
            for reason in REASONS
            for part in PARTS
            if (names := tuple(t.name for of, t, why in found if of == part and why == reason))
        )
        """What does not count, by reason and part."""

    def counts(self, generation: str | None) -> bool:
        """Whether logs of the generation count."""
        return self.generation in (generation, EVERY)

    def can_be_taken(self, row: Transition) -> bool:
        """Whether a transition counts."""
        return self._why_not_row(row) is None

    def outcomes(self, event: Event) -> set[str]:
        """The outcomes that an event has in some state that can be reached."""
        rows = [row for row in self.specification.transitions if self._is_ours(row, event)]
        return {row.outcome for row in rows} | {event.elsewhere}

    def _all(self) -> Iterator[tuple[str, Target, str | None]]:
        specification = self.specification
        for state in specification.states:
            why = REMOVED if state.removed else None
            if why is None and state.name not in self._reached:
                why = OLDER
            yield STATES, Target(state.name, state.says), self._unless_included(why)
        for event in specification.events:
            yield EVENTS, Target(event.name, event.says), self._events[event.name]
        whys = {row: self._why_not_row(row) for row in self.rows}
        for row, name in self.rows.items():
            yield TRANSITIONS, Target(name), whys[row]
        for one, two in self._pairs():
            # Where both are left out, the one comes first in REASONS.
            reasons = [why for why in (whys[one], whys[two]) if why is not None]
            why = min(reasons, key=list(REASONS).index, default=None)
            yield PAIRS, Target(self.pair_name(one, two)), why
        for clause in clauses_of(specification):
            yield RULES, self._target_of(clause), self._why_not_clause(clause)

    def _target_of(self, clause: Clause) -> Target:
        asked = self.obligations.get(clause.id, ())
        # Where one part asks at each event, the others still have cases of their own.
        asks = "; and ".join(str(each) for each in asked if str(each))
        return Target(clause.id, sentence(clause.says), clause.level, asks)

    def pair_name(self, one: Transition, two: Transition) -> str:
        """Two transitions in a row, in words."""
        return f"{self.rows[one]}, then {self.rows[two]}"

    def _pairs(self) -> Iterator[tuple[Transition, Transition]]:
        moves = [row for row in self.rows if row.outcome == MOVES]
        for one, two in product(moves, repeat=2):
            alike = one.generation is None or two.generation in (None, one.generation)
            if one.target == two.source and alike:
                yield one, two

    # Why something does not count

    def _unless_included(self, why: str | None) -> str | None:
        return None if why in self.including else why

    def _is_of_generation(self, row: Transition) -> bool:
        return self.generation == EVERY or row.generation in (None, self.generation)

    def _is_ours(self, row: Transition, event: Event) -> bool:
        here = row.event == event.name and row.source in self._reached
        return here and self._is_of_generation(row)

    def _reached_states(self) -> set[str]:
        found = {self.specification.initial.name}
        rows = [row for row in self.rows if row.outcome == MOVES and self._is_of_generation(row)]
        while new := {str(row.target) for row in rows if row.source in found} - found:
            found |= new
        return found

    def _why_not_row(self, row: Transition) -> str | None:
        why = None
        if not self._is_of_generation(row) or row.source not in self._reached:
            why = OLDER
        elif row.outcome == SILENT:
            why = SILENT
        elif row.outcome == MOVES and row.target == self._removed:
            why = REMOVED
        elif self._breaks(row):
            why = IMPLIED
        return self._unless_included(why)

    def _why_not_event(self, event: Event) -> str | None:
        """An event counts where something that counts can come of it."""
        if event.elsewhere in (MOVES, STAYS):
            return None
        ours = [row for row in self.rows if self._is_ours(row, event)]
        whys = [self._why_not_row(row) for row in ours]
        if event.elsewhere == SILENT:
            whys.append(self._unless_included(SILENT))
        if None in whys:
            return None
        reasons = [why for why in whys if why is not None]
        return min(reasons, key=list(REASONS).index, default=OLDER)

    def _breaks(self, row: Transition) -> bool:
        """Whether who takes the row always breaks a rule that is implied, or a stronger one.

        It is looked for in the rules that forbid just this guard, or this state.
        """
        table = self.specification.definition_table
        guard = None if row.when is None else expand(row.when.tree, table)
        never = [Constant(False), *([] if guard is None else [Not(guard)])]
        return any(
            _in_state(expand(rule.require.tree, table), row.source, row.event) in never
            for rule in self.specification.rules
            if row.event in rule.on and rule.level in ASKED
        )

    def _why_not_clause(self, clause: Clause) -> str | None:
        specification = self.specification
        if clause.untestable == TWO_LOGS:
            return NEVER
        for finding in specification.findings:
            if finding.id == clause.id:
                return self._why_not_finding(finding.kind)
            for event in specification.events:
                if finding.id.replace("{event}", event.name) == clause.id:
                    return self._events[event.name]
        for rule in specification.rules:
            if rule.id == clause.id and ANY_EVENT not in rule.on:
                whys = [self._events[name] for name in rule.on]
                return None if None in whys else min(filter(None, whys), default=OLDER)
        return None

    def _why_not_finding(self, kind: str) -> str | None:
        if kind == "removed":
            return self._unless_included(REMOVED)
        if kind in (SILENT, UNDEFINED):
            events = self.specification.events
            return None if any(kind in self.outcomes(event) for event in events) else NEVER
        return None


def transition_name(specification: Specification, row: Transition) -> str:
    """A transition in a few words: source, event, guard and target."""
    when = f" where {row.when.text}" if row.when is not None else ""
    today = specification.today.name
    of = "" if row.generation in (None, today) else f" ({row.generation})"
    leads = f"→ {row.target}" if row.outcome == MOVES else row.outcome
    return f"{row.source} {row.event}{when} {leads}{of}"


def _in_state(tree: Node, state: str, event: str) -> Node:
    """What is left of a tree in a state."""

    def put(node: Node) -> Node:
        return Constant(state) if node == Name("state") else rebuilt(node, put)

    left = fold(put(tree), event, {}, frozenset())
    match left:
        case Binary(operator="and", left=Constant(value=True), right=right):
            return right
        case _:
            return left
