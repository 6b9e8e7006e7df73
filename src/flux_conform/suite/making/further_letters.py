"""Letters with several keys out of the ordinary at once: those that lead where no others do.

All combinations of telling values would be too many. Where a guard, a rule or an effect asks for
several keys together, some of them are needed to come to what lies behind it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from flux_conform.machine.steps import Done
from flux_conform.suite.making.clean_graph import CleanGraph
from flux_conform.suite.making.telling_events import Letter

_NEAREST = 25
"""Of each state so many places are looked at, where all would be too many."""


def is_core(letter: Letter) -> bool:
    """Whether a letter has at most one key out of the ordinary, and this is no further member."""
    return letter.odd <= 1 and not letter.another


def extend_everywhere(graph: CleanGraph, letters: Sequence[Letter]) -> None:
    """Take letters that change what no others do, as long as there are any."""
    while further := further_letters(graph, letters):
        graph.extend(further)
    _extend_to_states(graph, letters)


def extend_to_all(graph: CleanGraph, letters: Sequence[Letter]) -> None:
    """Take further letters as long as a state or a row is not met without them."""
    while (_unmet_states(graph) or _unmet_rows(graph)) and (
        further := further_letters(graph, letters)
    ):
        graph.extend(further)
    _extend_to_states(graph, letters)


def _extend_to_states(graph: CleanGraph, letters: Sequence[Letter]) -> None:
    """Where a state is still not met, take the letters that give a variable another value."""
    if _unmet_states(graph):
        graph.extend(further_letters(graph, letters, rough=False))


def _unmet_states(graph: CleanGraph) -> bool:
    """Whether there is a state that no clean log leads to."""
    states = {place.state for place in graph.places}
    return any(s.name not in states for s in graph.machine.specification.machine_states)


def _unmet_rows(graph: CleanGraph) -> bool:
    """Whether there is a row that matches nowhere."""
    rows = {
        (row.row, row.event, row.source)
        for row in graph.machine.specification.transitions
        if row.generation in (None, graph.generation)
    }
    for number in nearest_places(graph):
        for letter in graph.letters:
            done = graph.take(number, letter)
            if done is not None and done.row is not None:
                rows.discard((done.row.row, done.row.event, done.row.source))
        if not rows:
            return False
    return True


def nearest_places(graph: CleanGraph) -> Iterator[int]:
    """The nearest places of each state from which ways are known."""
    seen: Counter[str] = Counter()
    for number in range(len(graph.ways)):
        state = graph.places[number].state
        seen[state] += 1
        if seen[state] <= _NEAREST:
            yield number


def further_letters(
    graph: CleanGraph, letters: Sequence[Letter], *, rough: bool = True
) -> list[Letter]:
    """Letters that change what none of the letters of the graph do, at some near place.

    In rough two changes of a variable are alike if both give it something, or nothing.
    """
    taken_letters = set(graph.letters)
    further = [one for one in letters if not one.another and one not in taken_letters]
    found: dict[Letter, None] = {}

    def change(done: Done) -> object:
        if not rough:
            return done.row, done.changes
        changed = ((name, value is None, bool(value)) for name, value in graph.changes(done))
        return done.row, frozenset(changed)

    for number in nearest_places(graph):
        known: set[object] = set()
        for way in graph.ways[number]:
            done = graph.take(number, way.letter)
            assert done is not None  # the way was taken here
            known.add(change(done))
        for letter in [*found, *further]:
            done = graph.take(number, letter)
            if done is None or not graph.is_clean(done):
                continue
            changed = change(done)
            if done.generation == graph.generation and changed not in known:
                known.add(changed)
                found[letter] = None
    return list(found)
