"""Properties of the table itself: one initial and one final state, captivity, disjoint guards."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import combinations, product
from typing import NamedTuple

from flux_conform.language.specification import MOVES, SILENT, UNDEFINED, Property, Transition
from flux_conform.machine.row_index import cases_of
from flux_conform.machine.space import Trial
from flux_conform.machine.symbolic.groups import Untranslatable
from flux_conform.machine.symbolic.logic import same
from flux_conform.machine.symbolic.readability import matches
from flux_conform.prove.argument import Argument, apart
from flux_conform.prove.invariant import Invariant
from flux_conform.prove.outcomes import PROVED, REFUTED, UNKNOWN, Shown
from flux_conform.prove.phrases import counted, joined, lemma_texts
from flux_conform.prove.prover import QUIET, Prover, run_kind
from flux_conform.prove.reaching import row_text
from flux_conform.prove.witnesses import Last, Run, run_of

MOST_PLACES = 400
"""Maximum number of configurations of one state where an event without breaches is looked for."""


def single(prover: Prover, claim: Property) -> Shown:
    """There is one initial and one final state; the loader lets no second initial one pass."""
    specification = prover.specification
    initial = [state.name for state in specification.states if state.initial]
    final = [state.name for state in specification.states if state.final]
    faults = [
        f"the machine has {len(names) or 'no'} {kind} state{'s' if len(names) > 1 else ''}"
        for kind, names in (("initial", initial), ("final", final))
        if len(names) != 1
    ]
    if faults:
        return Shown(REFUTED, joined(faults))
    return Shown(PROVED, f"{initial[0]} is initial, {final[0]} is final")


def closed(prover: Prover, claim: Property) -> Shown:
    """No event that comes in a captive final state has an outcome there."""
    captive = prover.specification.captive
    if not captive:
        return Shown(PROVED, "the machine has no final state to leave", vacuous=True)
    ends = joined(captive)
    rows = [
        row
        for row in prover.specification.transitions
        if row.source in captive and row.outcome != UNDEFINED
    ]
    if not rows:
        return Shown(PROVED, f"no transition starts in {ends}, so nothing may follow")
    detail: list[str] = []
    arguments: list[Argument] = []
    showings: list[_Showing] = []
    shown: set[Transition] = set()
    unknown = False
    for there, row in product(prover.of_each_generation(), rows):
        if row in shown or row.generation not in (None, there.generation):
            continue
        found = _shown_by(
            there,
            claim,
            row.event,
            row.source,
            lambda trial, row=row: trial.row == row,  # type: ignore[misc]
        )
        if found is not None:
            shown.add(row)
            detail.append(f"{row_text(row)}{_broken(found.breaks)}")
            showings.append(found)
            continue
        try:
            barred = _apart(there, claim, row)
        except Untranslatable:
            barred = None
        if barred is None:
            unknown = True
            detail.append(f"{row_text(row)}: no log shows it, no invariant excludes it")
            continue
        arguments.append(barred)
        never = "its guard never holds there" if row.when is not None else "no run comes there"
        detail.append(f"{row_text(row)}: {never}")
    lines = tuple(dict.fromkeys(detail))
    if showings:
        first = min(showings, key=_length)
        verb = "leads out of" if first.row.outcome == MOVES else "is allowed in"
        where = f" to {first.row.target}" if first.row.outcome == MOVES else ""
        summary = f"{first.row.event} {verb} {first.row.source}{where}"
        return Shown(REFUTED, summary, lines, counterexample=first.run)
    if unknown:
        return Shown(UNKNOWN, f"a transition starts in {ends}", lines)
    summary = f"what starts in {ends} can never match"
    return _proved(summary, lines, arguments)


def disjoint(prover: Prover, claim: Property) -> Shown:
    """Of the transitions of one state and event, no two guards hold at once."""
    return overlaps(prover, claim, lambda one, two: True)


def overlaps(
    prover: Prover, claim: Property, matters: Callable[[Transition, Transition], bool]
) -> Shown:
    """Of the transitions of one state and event, no two that matter match at once."""
    pairs: set[tuple[Transition, Transition]] = set()
    both: set[tuple[Transition, Transition]] = set()
    detail: list[str] = []
    open_: list[str] = []
    arguments: list[Argument] = []
    showings: list[_Showing] = []
    for there, one, two in _pairs(prover):
        if not matters(one, two) or (one, two) in both:
            continue
        pairs.add((one, two))
        text = f"{row_text(one)} / {row_text(two)}"
        if one.generation is two.generation is None and len(prover.specification.generations) > 1:
            text += f" in logs of {there.generation}"
        found = _shown_by(
            there,
            claim,
            one.event,
            one.source,
            lambda trial, one=one, two=two: {one, two} <= set(trial.matching),  # type: ignore[misc]
        )
        if found is not None:
            both.add((one, two))
            detail.append(f"{text}: both match{_broken(found.breaks)}")
            showings.append(found)
            continue
        try:
            reason = _apart(there, claim, one, two)
        except Untranslatable as error:
            open_.append(f"{text}: {error}")
            continue
        if reason is None:
            open_.append(f"{text}: no log shows both, no invariant excludes it")
            continue
        arguments.append(reason)
        held = "where the invariant holds" if reason.invariant.lemmas else "whatever the values"
        detail.append(f"{text}: never both, {held}")
    if showings:
        first = min(showings, key=_length)
        event = first.run.events[-1].name
        summary = f"two transitions match one {event} in {first.row.source}"
        return Shown(REFUTED, summary, (*detail, *open_), counterexample=first.run)
    if open_:
        return Shown(UNKNOWN, f"{counted(len(open_), 'pair')} undecided", (*detail, *open_))
    events = len(prover.specification.events) * len(prover.specification.machine_states)
    summary = (
        f"{counted(events, 'case')} of state and event, {counted(len(pairs), 'pair')} of guards"
    )
    return _proved(summary, detail, arguments)


def _proved(summary: str, detail: Sequence[str], arguments: Sequence[Argument]) -> Shown:
    lemmas = [text for each in arguments for text in lemma_texts(each.invariant)]
    return Shown(
        PROVED,
        summary,
        tuple(detail),
        invariant=tuple(dict.fromkeys(lemmas)),
        arguments=tuple(arguments),
    )


def _pairs(prover: Prover) -> Iterator[tuple[Prover, Transition, Transition]]:
    """The pairs of transitions to compare, with the prover of each generation that has both.

    What excludes a pair in one generation need not hold in another: runs differ, and so do lemmas.
    """
    specification = prover.specification
    events, states = specification.events, specification.machine_states
    for there, event, state in product(prover.of_each_generation(), events, states):
        cases = cases_of(specification, state.name, event.name, there.generation)
        rows = [row for row in cases if not row.lane]
        for one, two in combinations(rows, 2):
            yield there, one, two


class _Showing(NamedTuple):
    """A run whose last event shows a fault, the row that it takes, the rules that it breaks."""

    run: Run
    row: Transition
    breaks: tuple[str, ...]


def _length(showing: _Showing) -> int:
    return len(showing.run.events)


def _broken(rules: tuple[str, ...]) -> str:
    return f" (the last event also breaks {joined(rules)})" if rules else ""


def _shown_by(
    prover: Prover, claim: Property, event: str, state: str, wanted: Callable[[Trial], bool]
) -> _Showing | None:
    """A shortest run to a state and one more event there that does what is wanted.

    The machine's outcome does not wait for rules, so the last event may break some; of the
    shortest runs one is taken whose last event breaks fewest.
    """
    search = prover.search(claim.assuming)
    for kind in (QUIET, run_kind(claim.silent)):
        paths = prover.paths(claim.assuming, kind)
        best: tuple[int, int, int, Trial] | None = None
        tried = 0
        for number in paths.order:
            if search.state_of(number) != state:
                continue
            length = len(paths.to(number))
            if tried >= MOST_PLACES or (best is not None and length > best[0]):
                break
            tried += 1
            for trial in search.contexts(event, number):
                if wanted(trial):
                    found = (length, len(trial.breaks), number, trial)
                    if best is None or found[:2] < best[:2]:
                        best = found
        if best is not None:
            _, _, number, trial = best
            after = trial.row.target if trial.row is not None else None
            silent = trial.outcome == SILENT
            last = Last(trial.action, number, after or state, trial.breaks, silent)
            assert trial.row is not None
            return _Showing(run_of(search, paths.to(number), last), trial.row, trial.breaks)
    return None


def _apart(prover: Prover, claim: Property, *rows: Transition) -> Argument | None:
    """The proof that rows of one event and state never match at once; if possible, no lemmas."""
    induction = prover.induction(claim.assuming, claim.silent)
    step = induction.machine.step(rows[0].event)
    here = same(step.scene.state, induction.machine.codes.of(rows[0].source))
    trees = [None if row.when is None else prover.tree(row.when) for row in rows]
    guards = [matches(tree, step.scene) for tree in trees]
    shows = apart(prover.specification, rows, guards)
    claims = [step.possible, here, *guards]
    if induction.refutes(Invariant(()), claims) is not None:
        return Argument(induction.machine, Invariant(()), (shows,))
    excluded = prover.excluded(claim.assuming, claim.silent, claims)
    if excluded is None:
        return None
    invariant, lemmas, _ = excluded
    return Argument(induction.machine, induction.core(invariant, lemmas), (shows,))
