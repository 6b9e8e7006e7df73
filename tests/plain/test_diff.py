"""What `diff` says of two small machines is what every log shows that both could read."""

import json
from collections import Counter, deque
from collections.abc import Iterator, Mapping
from itertools import product
from typing import Any

import pytest
from hypothesis import reject
from hypothesis import strategies as st

from flux_conform.diff import compare
from flux_conform.diff.checker import checker
from flux_conform.diff.meaning import DIFFERENT, NONE, UNKNOWN
from flux_conform.diff.product import FIRST_ONLY, SECOND_ONLY, STATES
from flux_conform.language.faults import SpecificationFaults
from plain.changed import pairs
from plain.expressions import folded
from plain.machine import Machine, Step, faulty, initial, judged_context, step
from plain.machines_at_random import at_random
from plain.runs import FAULTY, TooMany, expressions_at
from plain.writing import text
from prove.machines import loaded

Told = tuple[str, Mapping[str, Any] | None]


def shared_letters(one: Machine, two: Machine) -> list[Told]:
    """Of every event the contexts that one of two machines tells apart, faulty ones too."""
    found: dict[str, Told] = {}
    sides = (one, two)
    names = {
        name: None
        for side in sides
        for entry, event in side.events.items()
        for name in event.members or (entry,)
    }
    for name in names:
        for context in all_contexts(sides, name):
            told = repr([name, *(seen_by(side, name, context) for side in sides)])
            found.setdefault(told, (name, context))
    return list(found.values())


def all_contexts(sides: tuple[Machine, Machine], name: str) -> Iterator[Mapping[str, Any] | None]:
    """Whatever an event may bear: values of either side's types, faulty ones, and none."""
    keys: dict[str, dict[str, Any]] = {}
    for side in sides:
        for key, kind in side.events[side.entry(name)].keys.items():
            keys.setdefault(key, {}).update({repr(each): each for each in kind.values})
    choices = [
        [(key, each) for each in (*values.values(), FAULTY, ...)] for key, values in keys.items()
    ]
    yield None
    yield {"further": 1}
    for picked in product(*choices):
        yield {key: each for key, each in picked if each is not ...}


def seen_by(side: Machine, name: str, context: Mapping[str, Any] | None) -> list[Any]:
    """All that a machine makes of an event, but for where it comes."""
    entry = side.entry(name)
    event = side.events[entry]
    bad = faulty(event, context or {})
    trees = [folded(tree, name, context or {}, bad) for tree in expressions_at(side, entry)]
    return [trees, *judged_context(name, event, context)]


def accepted(machine: Machine, did: Step, *, strict: bool) -> bool:
    """Whether what an event breaks does not count against the log."""
    counted = ("MUST", "SHOULD", "implied") if strict else ("MUST",)
    return not any(machine.level(rule) in counted for rule in did.breaks)


def differences(one: Machine, two: Machine, *, strict: bool, most: int = 20_000) -> set[str]:
    """The ways in which some log shows a difference. Raises TooMany."""
    alphabet = shared_letters(one, two)
    start = (initial(one), initial(two))
    known, queue, found = {start}, deque([start]), set()
    while queue:
        first, second = queue.popleft()
        for name, context in alphabet:
            did, other = step(one, first, name, context), step(two, second, name, context)
            is_good = accepted(one, did, strict=strict), accepted(two, other, strict=strict)
            if is_good == (True, False):
                found.add(FIRST_ONLY)
            elif is_good == (False, True):
                found.add(SECOND_ONLY)
            elif is_good == (True, True):
                if did.after.state != other.after.state:
                    found.add(STATES)
                pair = (did.after, other.after)
                if pair not in known:
                    known.add(pair)
                    queue.append(pair)
                    if len(known) * len(alphabet) > most:
                        raise TooMany
    return found


def shown_by(log: bytes, one: Machine, two: Machine, *, strict: bool) -> str:
    """The difference that a log shows, by the plain reading of both sides."""
    read = []
    for machine in (one, two):
        place, good = initial(machine), True
        for line in log.splitlines():
            event = json.loads(line)
            did = step(machine, place, event["name"], event.get("context"))
            place, good = did.after, good and accepted(machine, did, strict=strict)
        read.append((good, place.state))
    (good, state), (other_good, other_state) = read
    if good != other_good:
        return FIRST_ONLY if good else SECOND_ONLY
    return STATES if good and state != other_state else "nothing"


def answers_on(many: int, seeded: int = 1) -> Counter[str]:
    """Hold `diff` against every log on so many pairs, and count its answers."""
    counts: Counter[str] = Counter()

    def agree(drawn: tuple[tuple[Machine, Machine], bool]) -> None:
        (one, two), strict = drawn
        try:
            found = differences(one, two, strict=strict)
            specifications = [loaded(text(machine)) for machine in (one, two)]
        except (TooMany, SpecificationFaults):
            reject()  # too large, or a change of a key's type that an expression does not stand
        told = compare(*specifications, judge=checker(strict), strict=strict).meaning
        for answer in told.answers:
            counts[answer.verdict] += 1
            if answer.verdict == DIFFERENT:
                assert answer.direction in found
                assert answer.witness is not None
                log = answer.witness.run.log
                assert shown_by(log, one, two, strict=strict) == answer.direction
            elif answer.verdict == NONE:
                assert answer.direction not in found

    at_random(st.tuples(pairs(), st.booleans()), many, seeded=seeded)(agree)
    return counts


@pytest.mark.slow
def test_diff_shows_a_log_where_some_log_differs_and_none_else() -> None:
    counts = answers_on(60)
    assert counts[DIFFERENT] >= 5
    assert counts[NONE] >= 5


@pytest.mark.slow
@pytest.mark.parametrize("seeded", [2, 3])
def test_of_many_pairs_few_differences_stay_unknown(seeded: int) -> None:
    counts = answers_on(200, seeded)
    assert counts[UNKNOWN] <= 0.15 * counts.total()
    assert counts[DIFFERENT] >= 0.05 * counts.total()
