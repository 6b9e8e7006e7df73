"""What holds whenever a run enters some states: right after the event that leads into them.

Guesses are made from the model's own conditions, those are kept that hold at every entry of the
explicit instance, and each is proved by Z3 from the invariant and the step before it is said.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from itertools import combinations
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


class _Guess(NamedTuple):
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
    guesses = _guesses(reachable, _all_of(places.values()))
    common = _proved(reachable, states, events, guesses)
    single = [guess for guess in common if len(guess.lemma.literals) == 1]
    known = reachable.seen.all
    for guess in single:
        known &= guess.bits
    told = {show(About("seen", item.events[0])) for item in came if len(item.events) == 1}
    doors_ = []
    given: list[set[Literal]] = []
    for event, here in events.items():
        more = [guess for guess in _guesses(reachable, places[event]) if guess not in common]
        more = _proved(reachable, states, [event], more) if len(events) > 1 else []
        own = show(About("seen", event))
        given.append({g.lemma.literals[0] for g in more if len(g.lemma.literals) == 1})
        facts = _telling([g for g in more if g.lemma.text != own], known, told, ())
        doors_.append(_door(event, here, facts))
    implied = known
    for guess in common:
        implied &= guess.bits
    unproved = [
        _text(guess.lemma)
        for guess in guesses
        if guess not in common and (len(guess.lemma.literals) == 1 or implied & ~guess.bits)
    ]
    facts = _telling(common, reachable.seen.all, told, given)
    return Entry(tuple(doors_), came, facts, tuple(unproved))


def _by_event(rows: Iterable[Transition]) -> dict[str, list[Transition]]:
    found: dict[str, list[Transition]] = {}
    for row in rows:
        found.setdefault(row.event, []).append(row)
    return found


def _all_of(places: Iterable[int]) -> int:
    bits = 0
    for some in places:
        bits |= some
    return bits


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
    """The events without which the states cannot be come to: one, or two of which one must come.

    Of two pairs, one of which says the other, that one alone is told.
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


def _guesses(reachable: ReachableRegion, places: int) -> list[_Guess]:
    """Clauses of one literal or two that hold at these places; none that a shorter one implies.

    What holds wherever a run is is no news, and is left out.
    """
    if not places:
        return []
    seen = reachable.seen
    literals = [
        Literal(atom, holds)
        for atom in reachable.atoms
        if atom.state is None
        for holds in (True, False)
    ]
    bits = {literal: seen.of(literal) for literal in literals}
    single = [x for x in literals if not places & ~bits[x]]
    settled = {literal.atom for literal in single}
    found = [_Guess(Lemma((x,)), bits[x]) for x in single if bits[x] != seen.all]
    for one, two in combinations([x for x in literals if x.atom not in settled], 2):
        both = bits[one] | bits[two]
        if one.atom is not two.atom and not places & ~both and both != seen.all:
            found.append(_Guess(Lemma((one, two)), both))
    return found


def _proved(
    reachable: ReachableRegion,
    states: frozenset[str],
    events: Iterable[str],
    guesses: Sequence[_Guess],
) -> list[_Guess]:
    """The guesses that hold after every step of these events into the states."""
    assert reachable.induction is not None
    kept = list(guesses)
    before = reachable.before
    outside = neg(reachable.within(before, states))
    for event in events:
        step = reachable.induction.machine.step(event)
        after = {**before, **step.after}
        given: list[Truth] = [step.legal, outside, reachable.within(after, states)]
        claims = [reachable.lemma(guess.lemma, after) for guess in kept]
        held = reachable.induction.entailed(reachable.invariant, given, claims)
        kept = [guess for guess, holds in zip(kept, held, strict=True) if holds]
    return kept


def _telling(
    proved: Sequence[_Guess],
    known: int,
    told: Collection[str],
    doors: Sequence[Collection[Literal]],
) -> tuple[Fact, ...]:
    """The facts, the most telling first: single ones, then what has come or is there.

    `known` is where a run may be by what is known already. A clause of two literals that the
    others imply is left out; a single one is kept and said to follow. `told` is said elsewhere,
    and so is what each of the `doors` tells for itself, unless it speaks of what has come.
    """

    def rank(guess: _Guess) -> tuple[int, int, int]:
        literals = guess.lemma.literals
        absent = sum(not literal.holds for literal in literals)
        return len(literals), absent if len(literals) > 1 else 0, (guess.bits & known).bit_count()

    kept: list[_Guess] = []
    follow: list[_Guess] = []
    at = known
    for guess in sorted(proved, key=rank):
        literals = guess.lemma.literals
        mixed = len(literals) > 1 and not all(literal.holds for literal in literals)
        if not at & ~guess.bits or (mixed and doors and all(set(literals) & set(d) for d in doors)):
            follow.append(guess)
        else:
            kept.append(guess)
        at &= guess.bits
    for guess in kept[::-1]:
        rest = known
        for other in kept:
            if other is not guess:
                rest &= other.bits
        if not rest & ~guess.bits and guess.lemma.text not in told:
            kept.remove(guess)
            follow.append(guess)
    single = [guess for guess in follow if len(guess.lemma.literals) == 1]
    return tuple(
        Fact(_text(guess.lemma), follows)
        for some, follows in ((kept, False), (single, True))
        for guess in some
        if guess.lemma.text not in told
    )


def _text(lemma: Lemma) -> str:
    """The clause as an expression; of two things of which one has come, as an alternative."""
    if len(lemma.literals) > 1 and all(literal.holds for literal in lemma.literals):
        return " or ".join(literal.text for literal in lemma.literals)
    return lemma.text
