"""Runs that the machine's own evaluator takes, led by those that Z3 found in symbols.

Where a search ends before a log that is wanted, the symbolic steps may lead there. Nothing is
believed of them: each event is taken anew, and the run is what comes of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from flux_conform.language.specification import SILENT, Property
from flux_conform.machine.interning import applied
from flux_conform.machine.space import Edge, Search
from flux_conform.machine.steps import Done
from flux_conform.prove.bounded import Taken, Unrolled
from flux_conform.prove.contexts_found import action_of
from flux_conform.prove.prover import Prover
from flux_conform.prove.spacer import Bad
from flux_conform.prove.step_trials import Allowed, StepTrial, obeying
from flux_conform.prove.witnesses import Run, run_of


class LedRun(NamedTuple):
    """A run of a search of its own: its edges, and the step with which it ends, if it has any."""

    search: Search
    edges: tuple[Edge, ...]
    last: StepTrial | None

    @property
    def run(self) -> Run:
        """The run as events."""
        return run_of(self.search, self.edges)

    @property
    def end(self) -> int:
        """The configuration in which it ends."""
        return self.edges[-1].target if self.edges else 0


def led_runs(prover: Prover, claim: Property, bad: Sequence[Bad]) -> Iterator[LedRun]:
    """Runs of at most the prover's depth that a property assumes, led to what is bad.

    Whether they come there, whoever asks must see. Raises Untranslatable.
    """
    machine = prover.machine(claim.assuming, claim.silent)
    obeys = obeying(claim)
    for taken in Unrolled(machine).runs(bad, prover.limits.depth):
        led = _followed(prover, claim, taken, obeys)
        if led is not None:
            yield led


def _followed(
    prover: Prover, claim: Property, run: Sequence[Taken], obeys: Allowed
) -> LedRun | None:
    """The run event by event; None where the machine takes one of them otherwise."""
    machine = prover.machine(claim.assuming, claim.silent)
    search = prover.empty_search(claim.assuming)
    items = {item.event.name: item for item in search.slice.events}
    edges: list[Edge] = []
    last: StepTrial | None = None
    here = 0
    for taken in run:
        configuration = search.configurations[here]
        held = search.moment(configuration).values
        step = search.tried.ready(action_of(machine, items[taken.step.event], taken, held))
        done = step.at(configuration)
        if done is None or not obeys(done) or not _is_of(search, done):
            return None
        search.steps.append(step)
        action = len(search.steps) - 1
        target = search.meet(applied(configuration, done.changes), here, action)
        silent = done.outcome == SILENT
        edges.append(Edge(here, target, action, done.row, silent, done.is_quiet))
        last = StepTrial(here, step, done)
        here = target
    return LedRun(search, tuple(edges), last)


def _is_of(search: Search, done: Done) -> bool:
    return done.generation in (None, search.slice.generation)
