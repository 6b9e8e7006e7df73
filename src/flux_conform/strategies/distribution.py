"""Measures the distribution of a strategy: how many logs reach each state and meet each case.

A case is an event in a state, with its outcome there.
"""

from __future__ import annotations

from collections import Counter
from typing import NamedTuple, SupportsBytes

from hypothesis import HealthCheck, Phase, Verbosity, given, settings
from hypothesis.strategies import SearchStrategy

from flux_conform.checking.consequences import step_of
from flux_conform.language.specification import MOVES, SILENT, STAYS, Specification, Transition
from flux_conform.logs.eventlog import read_entries
from flux_conform.machine.step import Machine
from flux_conform.strategies.arguments import Model, check_positive, specification_of
from flux_conform.strategies.reachability import Case, reachability_of
from flux_conform.suite.exercisable import transition_name

_NAMED = 8
"""Number of the rarest, and of the most frequent, rows that a long table shows."""


class Distribution(NamedTuple):
    """For each state, case, move and pair of moves, the number of logs that contain it.

    `states` are the states that a log enters, `ends` the states in which it ends. `cases` are
    events in states with their outcomes, `moves` the transitions that change the state, `pairs` two
    consecutive moves. A state, case or move that a clean log can contain, and none of the drawn
    logs did, has the number 0.
    """

    logs: int
    events: int
    states: dict[str, int]
    ends: dict[str, int]
    cases: dict[str, int]
    moves: dict[str, int]
    pairs: dict[str, int]

    def __str__(self) -> str:
        """Tables of the numbers, the rarest first; a long table shows its two ends."""
        head = f"{self.logs} logs, {self.events / max(1, self.logs):.1f} events each"
        tables = [
            _table("states", self.states),
            _table("last states", self.ends),
            _table("moves", self.moves),
            _table("pairs of moves", self.pairs, cut=True),
            _table("events in states", self.cases, cut=True),
        ]
        return "\n\n".join([head, *tables])


def distribution(
    strategy: SearchStrategy[SupportsBytes], model: Model = "job", *, examples: int = 500
) -> Distribution:
    """Draw `examples` logs from a strategy, the same ones each time, and count what they contain.

    Raises InvalidArgument.
    """
    specification = specification_of(model)
    check_positive("examples", examples)
    drawn: list[bytes] = []

    # Only generation counts: no saved examples, no shrinking, and the same draws in each call.
    @settings(
        max_examples=examples,
        database=None,
        derandomize=True,
        deadline=None,
        phases=[Phase.generate],
        verbosity=Verbosity.quiet,
        suppress_health_check=list(HealthCheck),
    )
    @given(strategy)
    def draw_all(log: SupportsBytes) -> None:
        drawn.append(bytes(log))

    draw_all()
    form = specification.fields
    return _counted(specification, drawn if form is None else [*map(form.plain_log, drawn)])


def _counted(specification: Specification, logs: list[bytes]) -> Distribution:
    """Replay the logs and count what each contains."""
    machine = Machine(specification)
    known = reachability_of(specification, specification.today.name).cases
    names = {case: _case_name(case) for case in known}
    moves = [case.row for case in known if case.row is not None and case.outcome == MOVES]
    counts: dict[str, Counter[str]] = {
        "states": Counter({state.name: 0 for state in specification.states}),
        "ends": Counter({state.name: 0 for state in specification.states}),
        "cases": Counter(dict.fromkeys(names.values(), 0)),
        "moves": Counter({transition_name(specification, row): 0 for row in moves}),
        "pairs": Counter(),
    }
    events = 0
    for log in logs:
        found: dict[str, set[str]] = {part: set() for part in counts}
        configuration = machine.initial
        last: Transition | None = None
        for entry in read_entries(log):
            if entry.event is None:
                continue
            events += 1
            step = step_of(machine, configuration, entry)
            row = step.transition
            if step.outcome in (MOVES, STAYS, SILENT):
                event = machine.event(entry.event.name).name
                found["cases"].add(_case_name(Case(configuration.state, event, row)))
            if step.outcome == MOVES and row is not None:
                found["moves"].add(transition_name(specification, row))
                if last is not None:
                    one, two = (transition_name(specification, each) for each in (last, row))
                    found["pairs"].add(f"{one}, then {two}")
                last = row
            configuration = step.after
            found["states"].add(configuration.state)
        found["ends"].add(configuration.state)
        for part, of_log in found.items():
            counts[part].update(of_log)
    return Distribution(len(logs), events, **{part: dict(each) for part, each in counts.items()})


def _case_name(case: Case) -> str:
    guard = case.row.when if case.row is not None else None
    when = f" where {guard.text}" if guard is not None else ""
    leads = f"→ {case.target}" if case.outcome == MOVES else case.outcome
    return f"{case.state} {case.event}{when} {leads}"


def _table(title: str, counts: dict[str, int], *, cut: bool = False) -> str:
    rows = sorted(counts.items(), key=lambda item: (item[1], item[0]))
    lines = [f"{title}: {len(rows)}"]
    shown = rows
    if cut and len(rows) > 2 * _NAMED + 1:
        shown = [*rows[:_NAMED], ("…", -1), *rows[-_NAMED:]]
    lines += [f"{'' if count < 0 else count:>7}  {name}" for name, count in shown]
    return "\n".join(lines)
