"""Multisets that never change: every version, old or new, holds what it held."""

from collections import Counter
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from flux_conform.language.bag import Bag

steps = st.lists(
    st.tuples(st.integers(0, 30), st.sampled_from(["add", "remove"]), st.sampled_from("abcd")),
    max_size=40,
)


def count_after(before: Counter[str], change: str, member: str, *, distinct: bool) -> Counter[str]:
    after = Counter(before)
    after[member] += 1 if change == "add" else -1
    if distinct:
        after[member] = min(after[member], 1)
    return +after


def ordered_after(before: list[str], counts: Counter[str]) -> list[str]:
    """The members in the order in which they came to be held."""
    return [m for m in before if counts[m]] + [m for m in counts if m not in before]


@given(steps, st.booleans())
def test_every_version_counts_as_a_counter_does(
    changes: list[tuple[int, str, str]], distinct: bool
) -> None:
    """Each change starts from any version made so far, and no version ever changes."""
    bags = [Bag(distinct=distinct)]
    counters: list[Counter[str]] = [Counter()]
    orders: list[list[str]] = [[]]
    for number, change, member in changes:
        base = number % len(bags)
        bag = bags[base]
        bags.append(bag.add(member) if change == "add" else bag.remove(member))
        counters.append(count_after(counters[base], change, member, distinct=distinct))
        orders.append(ordered_after(orders[base], counters[-1]))
    for bag, counter, order in reversed(list(zip(bags, counters, orders, strict=True))):
        assert bag.items() == [(member, counter[member]) for member in order]
        assert list(bag) == [member for member in order for _ in range(counter[member])]
        assert len(bag) == counter.total()
        assert bag.kinds == len(counter)
        assert bag.some(2) == order[:2]
        assert [member in bag for member in "abcd"] == [counter[m] > 0 for m in "abcd"]


@given(steps)
def test_versions_are_equal_where_they_hold_the_same(changes: list[tuple[int, str, str]]) -> None:
    """Equality asks what is held, not how it came to be; equal bags have equal hashes."""
    bags = [Bag()]
    for number, change, member in changes:
        bag = bags[number % len(bags)]
        bags.append(bag.add(member) if change == "add" else bag.remove(member))
    for one in bags:
        for other in bags:
            same = Counter(one) == Counter(other)
            assert (one == other) is same
            assert not same or hash(one) == hash(other)


@given(steps, st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30)), max_size=12))
def test_changes_are_the_counts_that_differ_whatever_was_read_before(
    changes: list[tuple[int, str, str]], pairs: list[tuple[int, int]]
) -> None:
    """Between any two versions, in any order."""
    bags, counters = [Bag()], [Counter[str]()]
    for number, change, member in changes:
        base = number % len(bags)
        bag = bags[base]
        bags.append(bag.add(member) if change == "add" else bag.remove(member))
        counters.append(count_after(counters[base], change, member, distinct=False))
    for newer, older in ((one % len(bags), other % len(bags)) for one, other in pairs):
        was, has = counters[older], counters[newer]
        differing = {m: (was[m], has[m]) for m in {*was, *has} if was[m] != has[m]}
        found = bags[newer].changes(bags[older])
        assert {member: (had, now) for member, had, now in found} == differing
        assert len(found) == len(differing)


def test_a_change_without_effect_gives_the_same_bag() -> None:
    """Removing what is not held, and adding to a set what it holds, makes no new version."""
    assert (bag := Bag().add("a")).remove("b") is bag
    assert (members := Bag(distinct=True).add("a")).add("a") is members


def test_nothing_but_a_bag_equals_a_bag() -> None:
    """A list with the same members is something else."""
    other: Any = ["a"]
    assert Bag().add("a") != other


def test_what_no_bag_can_hold_is_not_in_it() -> None:
    """An array or object of JSON is asked for like anything else."""
    bag = Bag().add("a")
    assert [] not in bag
    assert {"a": 1} not in bag


def test_a_hundred_thousand_members_are_added_one_by_one() -> None:
    """Old versions stay readable, and none is copied."""
    bag = first = Bag()
    for number in range(100_000):
        bag = bag.add(number)
        if number == 10:
            first = bag
    assert (len(first), len(bag)) == (11, 100_000)
    assert len(set(bag.some(5))) == 5
    assert list(first) == list(range(11))


def test_members_are_listed_in_an_order_that_does_not_tell_how_they_came() -> None:
    """Numbers by their value, and others by their text."""
    assert Bag.of([10, 5, -1, 7]).listed() == [-1, 5, 7, 10]
    assert Bag.of(["b", "a"]).listed() == Bag.of(["a", "b"]).listed() == ["a", "b"]
    twice = Bag().add("b").add("a").add("b")
    assert twice.listed() == ["a", "b", "b"]
    assert Bag.of([[1, "b"], [1, "a"], True]).listed() == [[1, "a"], [1, "b"], True]
