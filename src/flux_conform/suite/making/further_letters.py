"""Letters with several keys out of the ordinary at once: those that lead where no others do.

All combinations of telling values would be too many. Where a guard, a rule or an effect asks for
several keys together, some of them are needed to come to what lies behind it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from flux_conform.machine.steps import Done
from flux_conform.suite.making.clean_graph import Roads
from flux_conform.suite.making.telling_events import Letter

_NEAREST = 25
"""Of each state so many places are looked at, where all would be too many."""


def is_core(letter: Letter) -> bool:
    """Whether a letter has at most one key out of the ordinary, and this is no further member."""
    return letter.odd <= 1 and not letter.another


def extend_everywhere(roads: Roads, letters: Sequence[Letter]) -> None:
    """Take letters that change what no others do, as long as there are any."""
    while further := further_letters(roads, letters):
        roads.extend(further)


def extend_to_all(roads: Roads, letters: Sequence[Letter]) -> None:
    """Take further letters as long as a state or a row is not met without them."""
    while _unmet(roads) and (further := further_letters(roads, letters)):
        roads.extend(further)


def _unmet(roads: Roads) -> bool:
    """Whether there is a state that no clean log leads to, or a row that matches nowhere."""
    specification = roads.machine.specification
    states = {place.state for place in roads.places}
    if any(state.name not in states for state in specification.machine_states):
        return True
    rows = {
        (row.row, row.event, row.source)
        for row in specification.transitions
        if row.generation in (None, roads.generation)
    }
    for number in nearest_places(roads):
        for letter in roads.letters:
            done = roads.take(number, letter)
            if done is not None and done.row is not None:
                rows.discard((done.row.row, done.row.event, done.row.source))
        if not rows:
            return False
    return True


def nearest_places(roads: Roads) -> Iterator[int]:
    """The nearest places of each state from which ways are known."""
    seen: Counter[str] = Counter()
    for number in range(len(roads.ways)):
        state = roads.places[number].state
        seen[state] += 1
        if seen[state] <= _NEAREST:
            yield number


def further_letters(roads: Roads, letters: Sequence[Letter]) -> list[Letter]:
    """Letters that change what none of the roads do, at some place that is near."""
    taken_letters = set(roads.letters)
    further = [one for one in letters if not one.another and one not in taken_letters]
    found: dict[Letter, None] = {}
    for number in nearest_places(roads):
        known: set[object] = set()
        for way in roads.ways[number]:
            done = roads.take(number, way.letter)
            assert done is not None  # the way was taken here
            known.add(_change(roads, done))
        for letter in [*found, *further]:
            done = roads.take(number, letter)
            if done is None or not roads.is_clean(done):
                continue
            change = _change(roads, done)
            if done.generation == roads.generation and change not in known:
                known.add(change)
                found[letter] = None
    return list(found)


def _change(roads: Roads, done: Done) -> object:
    """What a step changes, in rough: the variables, and whether to something or nothing."""
    changed = ((name, value is None, bool(value)) for name, value in roads.changes(done))
    return done.row, frozenset(changed)
