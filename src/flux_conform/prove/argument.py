"""What an induction argues, in Z3's terms: on which machine, with which lemmas, for what.

The certificate of a property is written from these values, and says the same as text.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from flux_conform.language.specification import Specification, Transition
from flux_conform.machine.symbolic.logic import Truth
from flux_conform.machine.symbolic.step import SymbolicMachine, SymbolicStep
from flux_conform.prove.invariant import Invariant

# The kinds of conclusions, each with its terms and facts:
ALWAYS = "always"  # the `claim` holds in every configuration
THEN = "then"  # where `when` holds at an event, the `claim` holds after it
CHANGES = "changes"  # where `when` holds at an event, the `claim` of before and after it holds
ACCEPTED = "accepted"  # in these `states`, where `when` holds at an event, runs may take it
NEVER = "never"  # where `when` holds at an event, the `claim` does not hold there
UNREACHED = "unreached"  # no run reaches the `state`
UNTAKEN = "untaken"  # no event that obeys the rules meets the `condition` of the `row`
APART = "apart"  # the `guards` of some `rows` of one event and `state` do not all hold at once
REACHED = "reached"  # some way out, by no event `without`, leads to where the `claim` holds
LEFT = "left"  # some way out, by no event `without`, leads to another state
TRAPPED = "trapped"  # no step but of events `without` leads to the `claim`, or to another state
SEPARATE = "separate"  # no event (`at_start`: no first event of such runs) fits both `generations`


class Conclusion(NamedTuple):
    """What lemmas exclude or, with a measure, promise.

    `terms` are Z3's, tuples of these, or None where nothing is asked; those of an event may speak
    of its context. `facts` are JSON values. `ways` are the steps that lower the measure.
    """

    kind: str
    terms: Mapping[str, Any]
    event: str | None = None
    facts: Mapping[str, Any] = {}
    ways: tuple[SymbolicStep, ...] = ()


class Argument(NamedTuple):
    """One induction, and what it is for.

    `rules` are those that the conclusions need in addition to those of the lemmas. `start` are
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


def apart(
    specification: Specification, rows: Sequence[Transition], guards: Sequence[Truth]
) -> Conclusion:
    """The guards of some transitions of one event and state do not all hold at once."""
    facts = {"rows": [place_of(specification, row) for row in rows], "state": rows[0].source}
    return Conclusion(APART, {"guards": tuple(guards)}, rows[0].event, facts)


def place_of(specification: Specification, row: Transition) -> int:
    """The index of a transition in the specification; equal rows are told apart."""
    return next(n for n, other in enumerate(specification.transitions) if other is row)
