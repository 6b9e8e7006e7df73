"""Silent pairs: events on which the source is silent in a state, with a log that ends so."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import NamedTuple

from flux_conform.diff.meaning import Misjudged
from flux_conform.language.specification import LEVELS, SILENT, Specification
from flux_conform.machine.alphabet import first_bounds
from flux_conform.machine.constants import Constants
from flux_conform.machine.slice import assumed, slice_of
from flux_conform.machine.space import Search
from flux_conform.machine.tried_steps import TriedSteps
from flux_conform.prove.witnesses import Last, Run, run_of
from flux_conform.questions.answers import Judge, Log, SilentPair, confirm

ASSUMED = "implied"
"""The logs break no rule of this level or a stronger one."""

MAX_CONFIGURATIONS = 20_000
"""Maximum number of configurations explored."""


class _SilentCase(NamedTuple):
    """A silent pair in the table of outcomes; an owner is None if no question covers the case."""

    state: str
    event: str
    owners: tuple[str | None, ...]


def silent_pairs(
    specification: Specification, judge: Judge, among: Collection[str] | None = None
) -> list[SilentPair]:
    """Return every silent pair, those of today's logs first.

    `among` selects the pairs of these questions. Raises Misjudged if the checker does not find an
    event silent.
    """
    known: set[tuple[str, str]] = set()
    found: list[SilentPair] = []
    today = specification.today
    for generation in (today, *(g for g in specification.generations if g != today)):
        pairs = []
        for pair in _silent_cases(specification, generation.name):
            if (pair.state, pair.event) not in known:
                known.add((pair.state, pair.event))
                if among is None or set(pair.owners) & set(among):
                    pairs.append(pair)
        if pairs:
            found += _with_logs(specification, generation.name, pairs, judge)
    return found


def _silent_cases(specification: Specification, generation: str) -> Iterator[_SilentCase]:
    for event in specification.events:
        for state in specification.machine_states:
            if state.captive:
                continue
            rows = specification.cases(state.name, event.name, generation)
            owners = [row.question for row in rows if row.outcome == SILENT]
            if event.elsewhere == SILENT and all(row.when is not None for row in rows):
                owners.append(event.question)
            if owners:
                yield _SilentCase(state.name, event.name, tuple(owners))


def _with_logs(
    specification: Specification, generation: str, pairs: list[_SilentCase], judge: Judge
) -> Iterator[SilentPair]:
    """Yield the pairs with their logs."""
    slice_ = slice_of(specification, generation, LEVELS)
    constants = Constants(slice_)
    bounds = first_bounds(constants, claims=False)
    search = Search(TriedSteps(slice_, bounds, constants), assumed(ASSUMED))
    runs = _runs(search, pairs)
    whole = not search.bounded and len(search.configurations) < MAX_CONFIGURATIONS
    (silent,) = (finding.id for finding in specification.findings if finding.kind == SILENT)
    for pair in pairs:
        owners = tuple(dict.fromkeys(owner for owner in pair.owners if owner is not None))
        run = runs.get(pair)
        log = None if run is None else Log.of(run, specification.fields)
        if run is not None and log is not None:
            result = judge(specification, log.data)
            confirm(result, log, run.events[-1].state, assumed(ASSUMED))
            last = (silent.replace("{event}", log.names[-1]), len(log.lines))
            if last not in [(found.rule, found.line) for found in result.findings]:
                raise Misjudged(f"expected {last[0]}, and the checker has none there", log.data)
        yield SilentPair(
            pair.state, pair.event, generation, owners, None not in pair.owners, log, whole
        )


def _runs(search: Search, pairs: list[_SilentCase]) -> dict[_SilentCase, Run]:
    """Return a shortest run that ends with each pair, if the explicit instance has one."""
    found: dict[_SilentCase, Run] = {}
    number = 0
    while len(found) < len(pairs) and number < min(MAX_CONFIGURATIONS, len(search.configurations)):
        state = search.state_of(number)
        for pair in pairs:
            if pair.state == state and pair not in found:
                run = _ending(search, pair, number)
                if run is not None:
                    found[pair] = run
        number += 1
        search.explore(number)
    return found


def _ending(search: Search, pair: _SilentCase, number: int) -> Run | None:
    """Return the run to a configuration and on with the pair's event, if it is silent there."""
    obeyed = {rule.id for rule in search.specification.rules if search.assumes(rule)}
    for trial in search.contexts(pair.event, number):
        if trial.outcome == SILENT and not obeyed & set(trial.breaks):
            last = Last(trial.action, number, pair.state, trial.breaks, True)
            return run_of(search, search.paths(lambda edge: True).to(number), last)
    return None
