"""Steps that are remembered by what they read are the machine's own steps."""

import pytest

from flux_conform.language import load
from flux_conform.language.bag import Bag
from flux_conform.machine.bounds import Bounds
from flux_conform.machine.configuration import key_of
from flux_conform.machine.interning import Interned, applied
from flux_conform.machine.step import Machine
from flux_conform.machine.steps import Ready, Steps
from flux_conform.suite.making.telling_events import Logged, letters_of
from prove.machines import machine

BOUNDS = Bounds(descriptions=2, members=2, integer=6)
NEAREST = 150


def bag(size: int) -> Bag:
    """A bag with some members."""
    found = Bag()
    for number in range(size):
        found = found.add(str(number))
    return found


@pytest.mark.parametrize("name", ["job", "exec"])
def test_each_step_is_that_of_the_machine(name):
    """At the nearest configurations, whatever was remembered at those before."""
    specification = load(name)
    own, space = Machine(specification), Interned(Machine(specification))
    steps = Steps(space, BOUNDS)
    events = [
        (letter.name, Logged(letter.name, letter.context).value)
        for letter in letters_of(specification)
        if not letter.terms
    ]
    ready = [Ready(steps, event, context) for event, context in events]
    reached, known = [space.initial], {space.initial}
    for numbers in reached:
        before = space.configuration(numbers)
        for (event, context), one in zip(events, ready, strict=True):
            done, step = one.at(numbers), own.step(before, event, context)
            after = applied(numbers, done.changes)
            assert (done.outcome, done.row) == (step.outcome, step.transition)
            assert [each.rule for each in done.breaches] == [each.rule for each in step.breaches]
            assert key_of(space.configuration(after)) == key_of(step.after)
            if after not in known and not done.is_cut and len(reached) < NEAREST:
                known.add(after)
                reached.append(after)
    assert len(reached) > 10


def test_what_an_effect_sets_is_part_of_what_an_event_reads():
    """Where the value is there already nothing changes; elsewhere it does."""
    specification = machine(
        states="A: {initial: true, says: x}",
        variables="n: integer 0..9",
        events="""
            set: {says: x, context: {to: integer 0..9}, elsewhere: stays, effect: {n: .to}}
        """,
        transitions="- {on: set, when: n == 9, from: A, stays: true}",
    )
    steps = Steps(Interned(Machine(specification)), BOUNDS)
    space = steps.space
    nought, five = (Ready(steps, "set", {"to": number}) for number in (0, 5))
    assert nought.at(space.initial).changes == ((space.place["generation"], 1),)
    at_five = applied(space.initial, five.at(space.initial).changes)
    assert space.value(at_five, "n") == 5
    assert space.value(applied(at_five, nought.at(at_five).changes), "n") == 0


@pytest.mark.parametrize(
    ("before", "after", "is_cut"),
    [
        (6, 7, True),
        (-6, -7, True),
        (5, 6, False),
        (None, 7, False),  # what replaces none comes from an event
        (9, 8, False),  # what shrinks comes to an end
        (False, True, False),
        ("a", "b", False),
        (bag(2), bag(3), True),
        (bag(1), bag(2), False),
        (bag(4), bag(3), False),
    ],
)
def test_only_growth_is_cut(before, after, is_cut):
    assert BOUNDS.cuts("n", before, after) is is_cut
