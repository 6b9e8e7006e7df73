"""What holds whenever a run enters some states: right after the event that leads into them.

Candidates come from the model's own conditions, those are kept that hold at every entry of the
explicit instance, and Z3 proves each from the invariant and the step before it is stated.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from functools import reduce
from itertools import combinations
from operator import or_
from typing import NamedTuple

from flux_conform.language.expressions import About, show
from flux_conform.language.specification import Transition
from flux_conform.machine.symbolic.logic import Truth, neg
from flux_conform.prove.lemmas import Lemma, Literal
from flux_conform.prove.waiting.reachable import ReachableRegion


class Fact(NamedTuple):
    """What holds on entry, as an expression. `follows`: those before it imply it, as always."""

    text: str
    follows: bool


class Door(NamedTuple):
    """An event that enters: from which states into which, under which guards, what holds then.

    `facts` are those that do not hold of every entry.
    """

    event: str
    guards: tuple[str, ...]
    sources: tuple[str, ...]
    targets: tuple[str, ...]
    facts: tuple[Fact, ...]

    @property
    def text(self) -> str:
        """The event, and what is asked of it where something is."""
        return f"{self.event} [{' or '.join(self.guards)}]" if self.guards else self.event


class Came(NamedTuple):
    """Events of which one at least has come, the entering one counted; with their guards."""

    events: tuple[str, ...]
    text: str


class Entry(NamedTuple):
    """How states are entered, and what is known then.

    `facts` hold of every entry. `unproved` was seen at every entry of the explicit instance, no
    more; `lacking` says why nothing could be proved by Z3, "" where it could.
    """

    doors: tuple[Door, ...]
    came: tuple[Came, ...]
    facts: tuple[Fact, ...]
    unproved: tuple[str, ...]
    lacking: str = ""


class _Candidate(NamedTuple):
    """A clause, and where it holds in the explicit instance."""

    lemma: Lemma
    bits: int


def entry(reachable: ReachableRegion, states: frozenset[str]) -> Entry:
    """How runs enter the states, and what holds then."""
    graph = reachable.whole.graph
    reached = graph.reach([reachable.specification.initial.name])
    rows = [
        row
        for row in graph.open
        if row.target in states and row.source not in states and row.source in reached
    ]
    came = _came(reachable, states)
    if not rows or reachable.induction is None:
        doors = tuple(_door(name, here, ()) for name, here in _by_event(rows).items())
        return Entry(doors, came, (), (), reachable.lacking)
    events = _by_event(rows)
    places = dict.fromkeys(events, 0)
    for edge in reachable.explored.entries(states):
        if edge.row is not None and edge.row.event in places:
            places[edge.row.event] |= 1 << 8 * edge.target
    candidates = _candidates(reachable, reduce(or_, places.values(), 0))
    common = _proved(reachable, states, events, candidates)
    single = [each for each in common if len(each.lemma.literals) == 1]
    known = reachable.samples.all
    for each in single:
        known &= each.bits
    stated = {show(About("seen", item.events[0])) for item in came if len(item.events) == 1}
    doors_ = []
    given: list[set[Literal]] = []
    for event, here in events.items():
        more = [each for each in _candidates(reachable, places[event]) if each not in common]
        more = _proved(reachable, states, [event], more) if len(events) > 1 else []
        own = show(About("seen", event))
        given.append({g.lemma.literals[0] for g in more if len(g.lemma.literals) == 1})
        facts = _ranked_facts([g for g in more if g.lemma.text != own], known, stated, ())
        doors_.append(_door(event, here, facts))
    implied = known
    for each in common:
        implied &= each.bits
    unproved = [
        _text(each.lemma)
        for each in candidates
        if each not in common and (len(each.lemma.literals) == 1 or implied & ~each.bits)
    ]
    facts = _ranked_facts(common, reachable.samples.all, stated, given)
    return Entry(tuple(doors_), came, facts, tuple(unproved))


def _by_event(rows: Iterable[Transition]) -> dict[str, list[Transition]]:
    found: dict[str, list[Transition]] = {}
    for row in rows:
        found.setdefault(row.event, []).append(row)
    return found


def _door(event: str, rows: Sequence[Transition], facts: tuple[Fact, ...]) -> Door:
    guards = [row.when.text for row in rows if row.when is not None]
    return Door(
        event,
        tuple(dict.fromkeys(guards)) if len(guards) == len(rows) else (),
        tuple(dict.fromkeys(row.source for row in rows)),
        tuple(dict.fromkeys(row.target for row in rows if row.target is not None)),
        facts,
    )


# By the control graph


def _came(reachable: ReachableRegion, states: frozenset[str]) -> tuple[Came, ...]:
    """The events without which the states are unreachable: one, or two of which one must come.

    Of two pairs of which one implies the other, only the stronger one is given.
    """
    initial = reachable.specification.initial.name
    graph = reachable.whole.graph
    if initial in states or not graph.reach([initial]) & states:
        return ()
    rows = _by_event(graph.open)

    def needs(*events: str) -> bool:
        return not graph.reach([initial], without=events) & states

    def comes_after(event: str, other: str) -> bool:
        """No run takes the event's transitions but after the other has come."""
        places = graph.reach([initial], without=(other,))
        return not any(row.source in places for row in rows[event])

    alone = [event for event in rows if needs(event)]
    pairs = [
        pair
        for pair in combinations([event for event in rows if event not in alone], 2)
        if needs(*pair)
    ]
    weak = {
        pair
        for pair in pairs
        for other in pairs
        for common in set(pair) & set(other)
        if pair != other
        and comes_after(_rest(other, common), _rest(pair, common))
        and not comes_after(_rest(pair, common), _rest(other, common))
    }
    groups = [(event,) for event in alone] + [pair for pair in pairs if pair not in weak]
    return tuple(
        Came(events, " or ".join(_door(name, rows[name], ()).text for name in events))
        for events in groups
    )


def _rest(pair: tuple[str, ...], one: str) -> str:
    return next(event for event in pair if event != one)


# By Z3


def _candidates(reachable: ReachableRegion, places: int) -> list[_Candidate]:
    """Clauses of one literal or two that hold at these places; none that a shorter one implies.

    What holds wherever a run is is no news, and is left out.
    """
    if not places:
        return []
    samples = reachable.samples
    literals = [
        Literal(atom, holds)
        for atom in reachable.atoms
        if atom.state is None
        for holds in (True, False)
    ]
    bits = {literal: samples.satisfying(literal) for literal in literals}
    single = [x for x in literals if not places & ~bits[x]]
    settled = {literal.atom for literal in single}
    found = [_Candidate(Lemma((x,)), bits[x]) for x in single if bits[x] != samples.all]
    for one, two in combinations([x for x in literals if x.atom not in settled], 2):
        both = bits[one] | bits[two]
        if one.atom is not two.atom and not places & ~both and both != samples.all:
            found.append(_Candidate(Lemma((one, two)), both))
    return found


def _proved(
    reachable: ReachableRegion,
    states: frozenset[str],
    events: Iterable[str],
    candidates: Sequence[_Candidate],
) -> list[_Candidate]:
    """The candidates that hold after every step of these events into the states."""
    assert reachable.induction is not None
    kept = list(candidates)
    before = reachable.before
    outside = neg(reachable.within(before, states))
    for event in events:
        step = reachable.induction.machine.step(event)
        after = {**before, **step.after}
        given: list[Truth] = [step.legal, outside, reachable.within(after, states)]
        claims = [reachable.lemma(each.lemma, after) for each in kept]
        held = reachable.induction.entailed(reachable.invariant, given, claims)
        kept = [each for each, holds in zip(kept, held, strict=True) if holds]
    return kept


def _ranked_facts(
    proved: Sequence[_Candidate],
    known: int,
    stated: Collection[str],
    doors: Sequence[Collection[Literal]],
) -> tuple[Fact, ...]:
    """The facts, the strongest first: single ones, then what has come or is there.

    `known` is where a run may be by what is known already. A clause of two literals that the
    others imply is left out; a single one is kept and said to follow. `stated` is said elsewhere,
    and so is what each of the `doors` states itself, unless it speaks of what has come.
    """

    def rank(each: _Candidate) -> tuple[int, int, int]:
        literals = each.lemma.literals
        absent = sum(not literal.holds for literal in literals)
        return (
            len(literals),
            absent if len(literals) > 1 else 0,
            (each.bits & known).bit_count(),
        )

    kept: list[_Candidate] = []
    follow: list[_Candidate] = []
    at = known
    for each in sorted(proved, key=rank):
        literals = each.lemma.literals
        mixed = len(literals) > 1 and not all(literal.holds for literal in literals)
        if not at & ~each.bits or (mixed and doors and all(set(literals) & set(d) for d in doors)):
            follow.append(each)
        else:
            kept.append(each)
        at &= each.bits
    for each in kept[::-1]:
        rest = known
        for other in kept:
            if other is not each:
                rest &= other.bits
        if not rest & ~each.bits and each.lemma.text not in stated:
            kept.remove(each)
            follow.append(each)
    single = [each for each in follow if len(each.lemma.literals) == 1]
    return tuple(
        Fact(_text(each.lemma), follows)
        for some, follows in ((kept, False), (single, True))
        for each in some
        if each.lemma.text not in stated
    )


def _text(lemma: Lemma) -> str:
    """The clause as an expression; of two things of which one has come, as an alternative."""
    if len(lemma.literals) > 1 and all(literal.holds for literal in lemma.literals):
        return " or ".join(literal.text for literal in lemma.literals)
    return lemma.text
