"""The complete test set of the control machine, held against every machine of its size."""

from itertools import combinations, combinations_with_replacement, product
from random import Random

import pytest

from flux_conform.suite.making.control_vectors import (
    Automaton,
    TooLarge,
    bounded_set,
    complete_set,
    minimal,
    smaller_set,
)
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


V, INC, C = "violates", "incomplete", "conforms"
FINAL = Automaton(LETTERS, ((1, 4), (2, 1), (4, 3), (4, 3), (4, 4)), (V, INC, INC, C, V))
"""A log is empty, under way in two states of one verdict, at its end, or violates for good."""


def stays_broken(automaton: Automaton) -> bool:
    """Whether a log that violates goes on to violate, but for the empty one."""
    for state, output in enumerate(automaton.output):
        entered = any(state in row for row in automaton.next)
        if output == V and entered and any(automaton.output[t] != V for t in automaton.next[state]):
            return False
    return True


def others_like_it() -> list[Automaton]:
    """Each with one or two steps led elsewhere or a verdict changed, in which V is for good."""
    count = len(FINAL.output)
    cells = list(product(range(count), range(2)))
    found: dict[Automaton, None] = {}
    for first, second in combinations_with_replacement(cells, 2):
        for one, two in product(range(count), repeat=2):
            rows = [list(row) for row in FINAL.next]
            rows[first[0]][first[1]] = one
            rows[second[0]][second[1]] = two
            next_ = tuple((row[0], row[1]) for row in rows)
            for changed, verdict in product(range(count), (V, INC, C)):
                output = [*FINAL.output]
                output[changed] = verdict
                other = Automaton(LETTERS, next_, tuple(output))
                if stays_broken(other):
                    found[other] = None
    return list(found)


def test_the_smaller_set_fails_every_other_machine_that_stays_broken() -> None:
    """The words are fewer than those of the W-method, and each is needed by some machine."""
    small, whole = smaller_set(FINAL), complete_set(FINAL)
    assert len(small.words) < len(whole.words)
    words = [(), *small.words]
    others = others_like_it()
    caught = 0
    for other in others:
        fails = any(told(other, word) != told(FINAL, word) for word in words)
        assert fails != alike(FINAL, other)
        caught += fails
    assert caught > 500
    short = [word for word in words if len(word) < 3]
    assert any(
        not alike(FINAL, other) and all(told(other, w) == told(FINAL, w) for w in short)
        for other in others
    )


def test_the_smaller_set_says_what_it_is_not_complete_for() -> None:
    """A machine that forgets a breach passes it, and fails the W-method's."""
    forgets = FINAL._replace(next=((1, 4), (2, 1), (4, 3), (4, 3), (4, 0)))
    assert not stays_broken(forgets)
    small, whole = smaller_set(FINAL), complete_set(FINAL)
    assert all(told(forgets, word) == told(FINAL, word) for word in small.words)
    assert any(told(forgets, word) != told(FINAL, word) for word in whole.words)
    assert "goes on to violate" in small.says
    assert "goes on to violate" not in whole.says


def chain(length: int) -> Automaton:
    """States in a row, each with its own letter that goes on; all else violates."""
    letters = tuple(Logged(f"go{n}", None) for n in range(length - 1))
    over = length
    rows = [tuple(n + 1 if n == m else over for m in range(length - 1)) for n in range(length)]
    rows.append((over,) * (length - 1))
    return Automaton(letters, tuple(rows), (*[INC] * (length - 1), C, V))


def test_a_large_set_gives_way_to_the_smaller_and_to_none() -> None:
    """With what is left out; unless it is asked for."""
    few, many = chain(5), chain(30)
    assert bounded_set(few, 1000) == complete_set(few)
    set_ = bounded_set(many, 1000)
    assert set_.words == smaller_set(many).words
    assert "what may follow a violation" in set_.lacks
    assert len(set_.words) < len(complete_set(many).words) / 10
    assert bounded_set(many, None) == complete_set(many)
    with pytest.raises(TooLarge, match="words"):
        bounded_set(chain(90), 1000)


@pytest.mark.parametrize("seed", range(20))
def test_any_two_states_share_a_word_that_tells_them_apart(seed: int) -> None:
    """After the shortest way to each: the premise of the proof, in machines drawn at random."""
    random = Random(seed)
    over = 12
    rows = [tuple(random.choice([over, *range(over)]) for _ in LETTERS) for _ in range(over)]
    output = (*(random.choice([INC, INC, INC, C]) for _ in range(over)), V)
    machine = minimal(Automaton(LETTERS, (*rows, (over, over)), output))
    words = {(), *smaller_set(machine).words}
    ways: dict[int, tuple[int, ...]] = {0: ()}
    ahead = [0]
    for state in ahead:
        for letter, target in enumerate(machine.next[state]):
            if target not in ways:
                ways[target] = (*ways[state], letter)
                ahead.append(target)
    live = [state for state in ways if machine.output[state] != V]
    for one, two in combinations(live, 2):
        way, other = ways[one], ways[two]
        after = {word[len(way) :] for word in words if word[: len(way)] == way}
        assert any(
            told(machine, (*way, *more)) != told(machine, (*other, *more))
            for more in after
            if (*other, *more) in words
        ), (one, two)
