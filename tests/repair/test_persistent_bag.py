"""Forks are bags of which all versions are used at once."""

from hypothesis import given, settings
from hypothesis import strategies as st

from flux_conform.language.bag import Bag
from flux_conform.repair.persistent_bag import PersistentBag

MEMBERS: tuple[object, ...] = ("a", "d", 1, [])
STEPS = st.lists(st.tuples(st.booleans(), st.sampled_from(["a", "b", "c", 1])), max_size=12)


@given(STEPS, st.booleans())
@settings(max_examples=40)
def test_a_fork_holds_what_a_bag_holds(steps: list[tuple[bool, str | int]], distinct: bool) -> None:
    """In each of its versions, in the same order, and equal to none that holds something else."""
    pairs: list[tuple[Bag, PersistentBag]] = [
        (Bag(distinct=distinct), PersistentBag(distinct=distinct))
    ]
    for adds, member in steps:
        bag, fork = pairs[-1]
        pairs.append(
            (bag.add(member), fork.add(member))
            if adds
            else (bag.remove(member), fork.remove(member))
        )
    for bag, fork in pairs:
        assert (fork.items(), fork.kinds, len(fork)) == (bag.items(), bag.kinds, len(bag))
        for asked in MEMBERS:
            assert (asked in fork) == (asked in bag)
        assert fork.some(2) == bag.some(2)
        assert [fork == other for _, other in pairs] == [bag == other for other, _ in pairs]
