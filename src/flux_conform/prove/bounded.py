"""Runs up to some length, sought by Z3 in the symbolic steps: beyond what the search can explore.

A run that is found here is a hint, and no more: the symbolic steps may allow more than there are.
`led_runs` follows it event by event, and what comes of that is what counts.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import z3

from flux_conform.machine.deadline import hurry
from flux_conform.machine.symbolic.logic import (
    Truth,
    all_of,
    any_of,
    boolean,
    conj,
    disj,
    equals,
    term_of,
)
from flux_conform.machine.symbolic.step import SymbolicMachine, SymbolicStep
from flux_conform.prove.ask import apart, assert_all, check
from flux_conform.prove.smt import constants
from flux_conform.prove.spacer import Bad

PATIENCE = 2_000
"""Milliseconds that Z3 may take for runs of one length."""


class Taken(NamedTuple):
    """A step of a run, with the values that the run gives to what stands in its terms."""

    step: SymbolicStep
    model: Any
    pairs: Sequence[tuple[Any, Any]]

    def value(self, term: Truth) -> bool | int:
        """The value of a truth or a whole number that is made of the step's constants."""
        if isinstance(term, bool | int):
            return term
        found = self.model.eval(z3.substitute(term, *self.pairs), model_completion=True)
        return int(found.as_long()) if z3.is_int(found) else bool(z3.is_true(found))


class _Moment(NamedTuple):
    """A time of the unrolled machine: its components, and the steps that may be taken there."""

    values: dict[str, Any]
    pairs: list[list[tuple[Any, Any]]]
    picks: list[Any]


class Unrolled:
    """The runs of a machine, step by step; one more length at a time."""

    def __init__(self, machine: SymbolicMachine) -> None:
        self._machine = machine
        self._steps = [step for step in machine.steps if step.legal is not False]
        self._inputs = [self._inputs_of(step) for step in self._steps]
        self._solver = z3.SolverFor("QF_LIA")
        self._parts = list(machine.components.values())
        start = {part.name: term_of(part.start) for part in self._parts}
        self._times = [self._moment(start, 0)]
        self._idle = [z3.FreshBool("idle at 0")]

    def _inputs_of(self, step: SymbolicStep) -> list[Any]:
        known = {part.before.get_id() for part in self._machine.components.values()}
        terms = [truth for _, truth in step.parts] + list(step.after.values())
        return [term for key, term in constants(terms).items() if key not in known]

    def _moment(self, values: dict[str, Any], time: int) -> _Moment:
        held = [(part.before, values[part.name]) for part in self._parts]
        pairs = [
            [*held, *((term, z3.FreshConst(term.sort(), f"at {time}")) for term in inputs)]
            for inputs in self._inputs
        ]
        return _Moment(values, pairs, [z3.FreshBool(f"taken at {time}") for _ in pairs])

    def _lengthen(self) -> None:
        """Let runs take one more step."""
        now, time = self._times[-1], len(self._times)
        values = {
            part.name: z3.FreshConst(part.before.sort(), f"{part.name} at {time}")
            for part in self._parts
        }
        for step, pairs, pick in zip(self._steps, now.pairs, now.picks, strict=True):
            after = [
                equals(values[part.name], _put(step.after.get(part.name, part.before), pairs))
                for part in self._parts
            ]
            done = conj([*(_put(truth, pairs) for _, truth in step.parts), *after])
            assert_all(self._solver, boolean(disj([z3.Not(pick), done])))
        idle = self._idle[-1]
        same = [equals(values[part.name], now.values[part.name]) for part in self._parts]
        assert_all(self._solver, any_of([*now.picks, idle]))
        assert_all(self._solver, any_of([z3.Not(idle), all_of(same)]))
        # A run waits only before its first event.
        assert_all(self._solver, *(any_of([z3.Not(idle), other]) for other in self._idle[-2:-1]))
        self._idle.append(z3.FreshBool(f"idle at {time}"))
        self._times.append(self._moment(values, time))

    def runs(self, bad: Sequence[Bad], depth: int) -> Iterator[list[Taken]]:
        """Runs of at most so many events to what is bad, shorter ones first, one of each length.

        Of a step that is bad, it is the last of the run. Where Z3 gives up on runs of one length,
        one run of any is sought, and as many of its events left out as it lets.
        """
        for length in range(depth + 1):
            hurry()
            run, answer = self._asked(bad, length, depth, [z3.Not(self._idle[0])])
            if answer == z3.unknown:
                yield from self._any_run(bad, depth)
                return
            if run is not None:
                yield run

    def _any_run(self, bad: Sequence[Bad], depth: int) -> Iterator[list[Taken]]:
        """A run of at most so many events, and shorter ones where Z3 finds them, the last first."""
        found: list[list[Taken]] = []
        length = depth if any(each.step is None for each in bad) else depth - 1
        least, most = 0, length
        run, _ = self._asked(bad, length, depth, [])
        while run is not None or least < most:
            if run is not None:
                found.append(run)
                most = min(most, len(run)) - 1
            else:
                least = (least + most) // 2 + 1
            if least > most:
                break
            # So many events at the start are left out at least.
            left_out = length - (least + most) // 2
            run, _ = self._asked(bad, length, depth, [self._idle[left_out - 1]])
        yield from reversed(found)

    def _asked(
        self, bad: Sequence[Bad], length: int, depth: int, given: Sequence[Any]
    ) -> tuple[list[Taken] | None, Any]:
        """A run to what is bad after so many steps, and what Z3 says of there being one."""
        while len(self._times) <= length:
            self._lengthen()
        # A step that is bad is one more event.
        reached = [self._found(bad, length) for bad in bad if bad.step is None or length < depth]
        with apart(self._solver):
            assert_all(self._solver, boolean(disj(condition for condition, _, _ in reached)))
            answer = check(self._solver, given, most=PATIENCE)
            model = self._solver.model() if answer == z3.sat else None
        if model is None:
            return None, answer
        taken = (self._taken(time, model) for time in range(length))
        run = [each for each in taken if each is not None]
        for condition, step, pairs in reached:
            if z3.is_true(model.eval(boolean(condition), model_completion=True)):
                return (run if step is None else [*run, Taken(step, model, pairs)]), answer
        return None, answer

    def _found(self, bad: Bad, time: int) -> tuple[Truth, SymbolicStep | None, list[Any]]:
        """What must hold for the bad to be there at a time."""
        now = self._times[time]
        pairs = [(part.before, now.values[part.name]) for part in self._parts]
        legal = [] if bad.step is None else [truth for _, truth in bad.step.parts]
        truths = [*legal, *bad.wrong]
        return conj(_put(truth, pairs) for truth in truths), bad.step, pairs

    def _taken(self, time: int, model: Any) -> Taken | None:
        """The step that a run takes at a time; None where it waits to begin."""
        moment = self._times[time]
        if z3.is_true(model.eval(self._idle[time], model_completion=True)):
            return None
        for step, pairs, pick in zip(self._steps, moment.pairs, moment.picks, strict=True):
            if z3.is_true(model.eval(pick, model_completion=True)):
                return Taken(step, model, pairs)
        raise AssertionError("a run takes some step")


def _put(term: Truth, pairs: Sequence[tuple[Any, Any]]) -> Any:
    """A term with other terms for its constants."""
    if isinstance(term, bool | int):
        return term_of(term)
    return z3.substitute(term, *pairs)
