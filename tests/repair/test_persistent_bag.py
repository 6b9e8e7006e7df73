"""Forks are bags of which all versions are used at once."""

import itertools
import json
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from flux_conform.checking.judge import judge
from flux_conform.language.bag import Bag
from flux_conform.machine import sets
from flux_conform.machine.step import Machine
from flux_conform.repair.mend import mend
from flux_conform.repair.persistent_bag import PersistentBag
from toys import load_toy

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


SETS = st.lists(st.sampled_from(["a", "b", 1]), max_size=4)
COMPUTED = (sets.united, sets.without, sets.common)
ASKED = (sets.is_within, sets.are_disjoint, sets.equal)


@given(SETS, SETS)
def test_sets_are_computed_alike_of_forks_and_of_bags(one: list[object], two: list[object]) -> None:
    """A search holds both: what an event bears is a bag, and what a variable holds may be a fork."""

    def both(members: list[object]) -> tuple[Bag, Bag]:
        fork = PersistentBag(distinct=True)
        for member in members:
            fork = fork.add(member)
        return Bag.of(members), fork

    for left, right in itertools.product(both(one), both(two)):
        bags = both(one)[0], both(two)[0]
        for compute in COMPUTED:
            assert compute(left, right) == compute(*bags)
        for ask in ASKED:
            assert ask(left, right) == ask(*bags)
        assert sets.equal(left, {}) == sets.equal({}, left) == (one == [])


def test_a_log_after_its_end_is_mended_where_the_end_asks_for_empty_sets() -> None:
    """The guard of the end compares variables with `{}`."""
    path = Path(__file__).parents[1] / "sets" / "streams.yaml"
    specification = load_toy(path.read_text(encoding="utf-8"))
    rows = [("down", {"nodelist": "vm"}), ("end", {}), ("open", {"stream": "a", "rank": "0"})]
    log = "".join(
        json.dumps({"timestamp": number, "name": name, "context": context}) + "\n"
        for number, (name, context) in enumerate(rows, 1)
    ).encode()
    assert judge(Machine(specification), log).verdict == "violates"
    (repair, *_) = mend(specification, log).repairs
    assert judge(Machine(specification), repair.data).verdict != "violates"
