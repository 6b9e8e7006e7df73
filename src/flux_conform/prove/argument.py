"""What an induction argues, in Z3's terms: on which machine, with which lemmas, for what.

The certificate of a property is written from these values, and says the same as text.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from flux_conform.language.specification import Specification, Transition
from flux_conform.machine.symbolic.logic import Truth, Whole
from flux_conform.machine.symbolic.step import SymbolicMachine, SymbolicStep
from flux_conform.prove.invariant import Invariant

ALWAYS, THEN, NEVER = "always", "then", "never"
UNREACHED, UNTAKEN, APART = "unreached", "untaken", "apart"
REACHED, LEFT, TRAPPED = "reached", "left", "trapped"
SEPARATE = "separate"


class Conclusion(NamedTuple):
    """What lemmas exclude or, with a measure, promise.

    `facts` are JSON values; `terms` are Z3's, tuples of these, or None where nothing is asked.
    Those of an event may speak of what it bears. `ways` are the steps that lower the measure.
    """

    kind: str
    facts: Mapping[str, Any]
    terms: Mapping[str, Any]
    event: str | None = None
    ways: tuple[SymbolicStep, ...] = ()


class Argument(NamedTuple):
    """One induction, and what it is for.

    `rules` are those that what is concluded needs, beside those that the lemmas need. `start` are
    the values of components where runs begin; None stands for before the first event.
    """

    machine: SymbolicMachine
    invariant: Invariant
    conclusions: tuple[Conclusion, ...]
    rules: tuple[str, ...] = ()
    start: Mapping[str, bool | int] | None = None

    @property
    def uses(self) -> tuple[str, ...]:
        """The ids of all rules that the proof assumes, in the order of the specification."""
        return _in_order(self.machine.specification, {*self.rules, *self.invariant.uses})


def used(specification: Specification, arguments: Iterable[Argument]) -> tuple[str, ...]:
    """The ids of the rules that some of the arguments assume, in the specification's order."""
    return _in_order(specification, {rule for argument in arguments for rule in argument.uses})


def _in_order(specification: Specification, rules: set[str]) -> tuple[str, ...]:
    return tuple(rule.id for rule in specification.rules if rule.id in rules)


# The conclusions


def always(claim: Truth) -> Conclusion:
    """The claim holds in every configuration."""
    return Conclusion(ALWAYS, {}, {"claim": claim})


def at_event(kind: str, event: str, when: Truth, claim: Truth) -> Conclusion:
    """Where `when` holds at an event, the claim holds after it (THEN) or not before it (NEVER)."""
    return Conclusion(kind, {}, {"when": when, "claim": claim}, event)


def unreached(state: str) -> Conclusion:
    """No run comes to the state."""
    return Conclusion(UNREACHED, {"state": state}, {})


def untaken(specification: Specification, row: Transition, condition: Truth) -> Conclusion:
    """The transition is never taken: its condition holds at no event that obeys the rules."""
    facts = {"row": _place(specification, row)}
    return Conclusion(UNTAKEN, facts, {"condition": condition}, row.event)


def apart(
    specification: Specification, rows: Sequence[Transition], guards: Sequence[Truth]
) -> Conclusion:
    """The guards of some transitions of one event and state do not all hold at once."""
    facts = {"rows": [_place(specification, row) for row in rows], "state": rows[0].source}
    return Conclusion(APART, facts, {"guards": tuple(guards)}, rows[0].event)


def reached(
    claim: Truth | None, measure: Whole, ways: Sequence[SymbolicStep], without: Sequence[str]
) -> Conclusion:
    """Some way out leads to where the claim holds, or to another state where there is none.

    It takes none of the events `without`.
    """
    kind, terms = (LEFT, {}) if claim is None else (REACHED, {"claim": claim})
    facts = {"without": list(without)}
    return Conclusion(kind, facts, {**terms, "measure": measure}, ways=tuple(ways))


def trapped(claim: Truth | None, without: Sequence[str]) -> Conclusion:
    """No step leads to where the claim holds, or to another state where there is none.

    Those of the events `without` may.
    """
    return Conclusion(TRAPPED, {"without": list(without)}, {"claim": claim})


def separate(
    event: str, generations: Sequence[str], conditions: Sequence[Truth], *, at_start: bool
) -> Conclusion:
    """No event chooses two generations: their conditions do not hold at once.

    `at_start` says that this is so of the first event of a run as assumed, and not of any.
    """
    facts: dict[str, Any] = {"generations": list(generations)}
    if at_start:
        facts["at_start"] = True
    return Conclusion(SEPARATE, facts, {"guards": tuple(conditions)}, event)


def _place(specification: Specification, row: Transition) -> int:
    """Where a transition stands among those of the specification, from 0."""
    return next(n for n, other in enumerate(specification.transitions) if other is row)
