"""The complete test set of the control machine, held against every machine of its size."""

from itertools import product

from flux_conform.suite.making.control_vectors import Automaton, complete_set, minimal
from flux_conform.suite.making.telling_events import Logged

LETTERS = (Logged("a", None), Logged("b", None))


def told(automaton: Automaton, word: tuple[int, ...]) -> str:
    return automaton.output[automaton.run(0, word)]


def alike(one: Automaton, two: Automaton) -> bool:
    """Whether two automata give the same verdicts on all words: breadth first through pairs."""
    seen = {(0, 0)}
    ahead = [(0, 0)]
    for a, b in ahead:
        if one.output[a] != two.output[b]:
            return False
        for letter in range(len(LETTERS)):
            pair = (one.next[a][letter], two.next[b][letter])
            if pair not in seen:
                seen.add(pair)
                ahead.append(pair)
    return True


MACHINE = Automaton(LETTERS, ((1, 0), (2, 0), (2, 1)), ("no", "no", "yes"))
"""Three states, of which two give the same verdict."""


def test_every_other_machine_of_the_same_size_fails_the_set() -> None:
    """All 5,832 machines with three states, two letters and two verdicts."""
    words = [(), *complete_set(minimal(MACHINE)).words]
    caught = 0
    rows = list(product(range(3), repeat=2))
    for next_ in product(rows, repeat=3):
        for output in product(("no", "yes"), repeat=3):
            other = Automaton(LETTERS, next_, output)
            fails = any(told(other, word) != told(MACHINE, word) for word in words)
            assert fails != alike(MACHINE, other)
            caught += fails
    assert caught > 5000


def test_a_set_without_its_longest_words_is_not_complete() -> None:
    """So the test above can fail."""
    words = [word for word in complete_set(minimal(MACHINE)).words if len(word) < 3]
    rows = list(product(range(3), repeat=2))
    missed = 0
    for next_ in product(rows, repeat=3):
        other = Automaton(LETTERS, next_, MACHINE.output)
        fails = any(told(other, word) != told(MACHINE, word) for word in words)
        missed += not fails and not alike(MACHINE, other)
    assert missed


def test_states_that_are_alike_are_one() -> None:
    """The minimal automaton gives the same verdicts with fewer states."""
    twin = Automaton(LETTERS, ((1, 3), (2, 0), (2, 1), (1, 0)), ("no", "no", "yes", "no"))
    least = minimal(twin)
    assert len(least.output) == 3
    assert alike(least, twin)
