"""Properties that ask for a run: each state reachable, each transition taken."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from flux_conform.language.specification import (
    MOVES,
    SILENT,
    UNDEFINED,
    Property,
    State,
    Transition,
)
from flux_conform.machine.space import Edge, Search
from flux_conform.machine.symbolic.groups import Untranslatable
from flux_conform.machine.symbolic.logic import same
from flux_conform.prove.argument import UNREACHED, UNTAKEN, Argument, Conclusion, place_of
from flux_conform.prove.invariant import Invariant
from flux_conform.prove.led_runs import led_runs
from flux_conform.prove.outcomes import PROVED, REFUTED, UNKNOWN, Shown, Witness
from flux_conform.prove.phrases import counted, joined, lemma_texts
from flux_conform.prove.prover import ADMITS, QUIET, SECOND_OPINION, Prover, run_kind
from flux_conform.prove.spacer import Bad
from flux_conform.prove.witnesses import Run, run_of


class Barred(NamedTuple):
    """Why something is unreachable: lemmas, the reasons in words, and the proof."""

    lemmas: Invariant
    because: tuple[str, ...]
    argument: Argument | None = None


SHALLOW = 1000
"""Maximum number of configurations searched for a log before an invariant is tried instead."""


class _Case(NamedTuple):
    """One thing to reach: its text, the witness's name, and whether an edge reaches it.

    `bars` looks for a proof that nothing does, `border` says what leads there, and `there` where
    it is reached in symbols.
    """

    text: str
    file: str
    is_reached: Callable[[Search, Edge], bool]
    bars: Callable[[], Barred | None]
    border: Callable[[], Iterable[str]] = tuple
    at_start: bool = False
    there: Callable[[], Bad | None] = lambda: None


def reachable(prover: Prover, claim: Property) -> Shown:
    """Each state is reached by some run."""

    def case(state: State) -> _Case:
        return _Case(
            state.name,
            f"reach-{state.name}",
            lambda search, edge: search.state_of(edge.target) == state.name,
            lambda: _state_barred(prover, claim, state.name),
            lambda: _border(prover, claim, state.name),
            state.initial,
            lambda: _being_in(prover, claim, state.name),
        )

    cases = list(map(case, prover.specification.machine_states))
    return _shown(prover, claim, cases, "state", "reaches", "no run reaches")


def taken(prover: Prover, claim: Property) -> Shown:
    """Each transition of the generation is taken by some run.

    One that is of every generation may be left to the logs of another.
    """
    elsewhere = _taken_elsewhere(prover, claim)
    asked = [row for row in rows_of(prover, claim) if row not in elsewhere]
    names: Counter[str] = Counter()

    def case(row: Transition) -> _Case:
        name = f"{row.event}-{row.source}-{row.target if row.outcome == MOVES else row.outcome}"
        names[name] += 1
        return _Case(
            row_text(row),
            f"take-{name}" + (f"-{names[name]}" if names[name] > 1 else ""),
            lambda _, edge: edge.row is row,
            lambda: row_barred(prover, claim, row),
            there=lambda: _taking(prover, claim, row),
        )

    cases = list(map(case, asked))
    shown = _shown(prover, claim, cases, "transition", "takes", "never taken:")
    aside = [
        row
        for row in prover.specification.transitions
        if row.generation not in (None, prover.generation)
    ]
    today = prover.specification.today.name
    lines = [
        f"{what}: {'; '.join(map(row_text, rows))}"
        for what, rows in (
            (f"of logs of {today} alone", elsewhere),
            ("of other generations, not asked here", aside),
        )
        if rows
    ]
    return shown._replace(detail=(*shown.detail, *lines))


def _taken_elsewhere(prover: Prover, claim: Property) -> list[Transition]:
    """The transitions that runs of today's generation take soon, and those of this one never."""
    today = prover.specification.today.name
    if prover.generation == today:
        return []
    strict = prover.search(prover.strictest)
    mine = {id(edge.row) for edges in strict.edges for edge in edges}
    there = prover.of_generation(today).search(claim.assuming, SHALLOW)
    others = {id(edge.row) for edges in there.edges for edge in edges}
    found = []
    for row in rows_of(prover, claim):
        if id(row) in others and id(row) not in mine and row.generation is None:
            try:
                barred = row_barred(prover, claim, row)
            except Untranslatable:
                barred = None
            if barred is not None:
                found.append(row)
    return found


def _shown(
    prover: Prover, claim: Property, cases: list[_Case], noun: str, verb: str, none: str
) -> Shown:
    """Each case with its shortest log, or with what bars it."""
    found = _logs(prover, claim, cases)
    detail: list[str] = []
    witnesses: list[Witness] = []
    missing: list[str] = []
    lemmas: list[str] = []
    arguments: list[Argument] = []
    open_: list[str] = []
    loud, led = 0, False
    for place, case in enumerate(cases):
        run = found.get(place)
        if run is None and case.at_start:
            detail.append(f"{case.text}: at the start")
        elif run is not None:
            detail.append(f"{case.text}: {_length(run)}")
            loud += not run.is_quiet
            witnesses.append(Witness(case.file, f"a shortest log that {verb} {case.text}", run))
        else:
            try:
                barred = case.bars()
                why = "no log found, and no invariant that excludes it"
            except Untranslatable as error:
                barred, why = None, f"no log found, and {error}"
            if barred is None:
                run = _led(prover, claim, case)
            if run is not None:
                led = True
                detail.append(f"{case.text}: {_length(run)}")
                loud += not run.is_quiet
                witnesses.append(Witness(case.file, f"a log that {verb} {case.text}", run))
                continue
            if barred is None:
                open_.append(f"{case.text}: {why}")
                continue
            missing.append(case.text)
            lemmas += lemma_texts(barred.lemmas)
            if barred.argument is not None:
                arguments.append(barred.argument)
            because = f"; {joined(barred.because)}" if barred.because else ""
            detail.append(f"{case.text}: never{because}")
            detail += [f"  {line}" for line in case.border()]
    which = "a log" if led else "its shortest log"
    summary = f"{counted(len(cases), noun)}, each with {which}"
    if loud:
        summary += f"; {loud} only where a weaker rule is broken"
    verdict = PROVED
    if missing:
        summary, verdict = f"{none} {joined(missing)}", REFUTED
    elif open_:
        summary, verdict = f"{len(open_)} of {counted(len(cases), noun)} undecided", UNKNOWN
    return Shown(
        verdict,
        summary,
        (*detail, *open_),
        tuple(witnesses),
        invariant=tuple(dict.fromkeys(lemmas)),
        arguments=tuple(arguments),
    )


def _logs(prover: Prover, claim: Property, cases: list[_Case]) -> dict[int, Run]:
    """The shortest logs that are found, by the places of the cases; quiet ones are preferred."""
    found: dict[int, Run] = {}
    _look(prover.search(prover.strictest), QUIET, cases, found)
    if len(found) < len(cases):
        # Where rules may be broken there are many more configurations; most logs are short.
        is_wide = claim.assuming != prover.strictest and prover.effort == 0
        search = prover.search(claim.assuming, SHALLOW if is_wide else None)
        _look(search, run_kind(claim.silent), cases, found)
    return found


def _led(prover: Prover, claim: Property, case: _Case) -> Run | None:
    """A log that is found in symbols where the search does not come."""
    if prover.effort < SECOND_OPINION:
        return None
    try:
        there = case.there()
        for led in led_runs(prover, claim, [there]) if there is not None else ():
            if led.edges and case.is_reached(led.search, led.edges[-1]):
                return led.run
    except Untranslatable:
        pass
    return None


def _being_in(prover: Prover, claim: Property, state: str) -> Bad:
    machine = prover.machine(claim.assuming, claim.silent)
    return Bad(None, [same(machine.before.state, machine.codes.of(state))])


def _taking(prover: Prover, claim: Property, row: Transition) -> Bad | None:
    step = prover.machine(claim.assuming, claim.silent).step(row.event)
    conditions = [case.condition for case in step.cases if case.row is row]
    return Bad(step, conditions) if conditions else None


def _look(search: Search, kind: str, cases: list[_Case], found: dict[int, Run]) -> None:
    """Look for logs of the cases that none was found of yet."""
    admits = ADMITS[kind]
    paths = search.paths(admits)
    wanted = {place: case for place, case in enumerate(cases) if place not in found}
    for number in paths.order:
        for edge in (*search.loops_at(number), *search.edges[number]):
            if not wanted:
                return
            if admits(edge):
                for place in [n for n, case in wanted.items() if case.is_reached(search, edge)]:
                    found[place] = run_of(search, [*paths.to(number), edge])
                    del wanted[place]


def row_text(row: Transition) -> str:
    """A transition in a few words."""
    if row.lane:
        return f"{row.event} in {row.source}, undefined for its {row.lane}"
    guard = f" when {row.when.text}" if row.when is not None else ""
    target = f"to {row.target}" if row.outcome == MOVES else row.outcome
    return f"{row.event} in {row.source}{guard}, {target}"


def to_configuration(
    prover: Prover, claim: Property, admits: Iterable[int]
) -> tuple[int, list[Edge]] | None:
    """The nearest of some configurations, with its log: quiet if one is, else as assumed."""
    wanted = set(admits)
    for kind in (QUIET, run_kind(claim.silent)):
        paths = prover.paths(claim.assuming, kind)
        for number in paths.order:
            if number in wanted:
                return number, paths.to(number)
    return None


def rows_of(prover: Prover, claim: Property) -> Iterator[Transition]:
    """The transitions that runs of the generation and kind assumed could take."""
    for row in prover.specification.transitions:
        source = prover.specification.state(row.source)
        spoken = row.outcome != SILENT or claim.silent
        if row.outcome == UNDEFINED or not spoken or source.removed:
            continue
        if row.generation in (None, prover.generation):
            yield row


def _length(run: Run) -> str:
    loud = f" (breaks {joined(run.breaks)})" if run.breaks else ""
    return f"{counted(len(run.events), 'event')}: {run.names}{loud}"


# Why not


def _state_barred(prover: Prover, claim: Property, state: str) -> Barred | None:
    induction = prover.induction(claim.assuming, claim.silent)
    machine = induction.machine
    here = same(machine.before.state, machine.codes.of(state))
    excluded = prover.excluded(claim.assuming, claim.silent, [here])
    if excluded is None:
        return None
    invariant, lemmas, _ = excluded
    core = induction.core(invariant, lemmas)
    return Barred(
        core, (), Argument(machine, core, (Conclusion(UNREACHED, {}, facts={"state": state}),))
    )


def _border(prover: Prover, claim: Property, state: str) -> Iterator[str]:
    """The transitions that lead into a state, and what keeps each from being taken."""
    rows = [row for row in rows_of(prover, claim) if row.target == state and row.source != state]
    if not rows:
        yield f"no transition leads to {state}"
    for row in rows:
        barred = row_barred(prover, claim, row)
        because = barred.because if barred is not None else ("nothing that is known bars it",)
        yield f"{row_text(row)}: {joined(because)}"


def row_barred(prover: Prover, claim: Property, row: Transition) -> Barred | None:
    """What keeps a transition from being taken: its state, its guard, rules, rows before it."""
    induction = prover.induction(claim.assuming, claim.silent)
    machine = induction.machine
    if _is_out_of_reach(prover, claim, row.source):
        barred = _state_barred(prover, claim, row.source)
        if barred is not None:
            return barred._replace(because=(f"no run comes to {row.source}",))
    step = machine.step(row.event)
    case = next((case for case in step.cases if case.row is row), None)
    if case is None:
        return Barred(Invariant(()), ("a transition before it always matches",))
    parts = [("", case.condition), ("", step.possible), *step.rules]
    excluded = prover.excluded(claim.assuming, claim.silent, [truth for _, truth in parts])
    if excluded is None:
        return None
    invariant, lemmas, places = excluded
    rules = [parts[place][0] for place in places if parts[place][0]]
    forbid = "forbids" if len(rules) == 1 else "forbid"
    why = f"{joined(rules)} {forbid} it" if rules else "its guard never holds there"
    given = [lemma.text for lemma in lemmas if not lemma.is_fact]
    if given:
        why += f", as always {joined(given)}"
    core = induction.core(invariant, lemmas)
    facts = {"row": place_of(prover.specification, row)}
    shows = Conclusion(UNTAKEN, {"condition": case.condition}, row.event, facts)
    return Barred(core, (why,), Argument(machine, core, (shows,), tuple(rules)))


def _is_out_of_reach(prover: Prover, claim: Property, state: str) -> bool:
    here = prover.search(prover.strictest).in_state(prover.specification.state(state))
    reached = prover.paths(prover.strictest, run_kind(claim.silent)).reached
    return not any(mark and there for mark, there in zip(reached, here, strict=True))
