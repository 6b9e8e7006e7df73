"""Z3 takes every single step from every configuration of the bounded instance, as the search does.

What an action reads of a configuration is fixed in Z3, all else is left free, and Z3 is asked for
a step that differs from the search's: in whether it may be taken, the rules it breaks, its outcome,
or any component after it. There must be none. So each question covers all the configurations
that agree in what is read, and shows that the encoding reads nothing else. The checker takes the
same step from one of these.
"""

import pytest

from flux_conform.machine.bounds import Bounds
from prove.machines import loaded, of_places, shipped_text
from prove.single_steps import ByChecker, InSymbols, SingleSteps
from prove.small import SMALL
from toys import load_toy, turnstile

pytestmark = pytest.mark.slow


def pairs_that_agree(steps):
    """How many configurations with an action were asked about; Z3 and checker agree in all."""
    symbols, checker = InSymbols(steps), ByChecker(steps)
    covered = 0
    for question in steps.questions():
        covered += question.count
        answer = steps.answer(question)
        if answer is not None:
            assert symbols.agrees(question, answer), (question, answer.before.values, answer.trial)
            assert checker.agrees(question, answer), (question, answer.before.values, answer.trial)
    return covered


@pytest.mark.parametrize(
    ("name", "generation", "assuming", "bounds"),
    [
        ("job", "v1", "implied", None),
        ("job", "v0", "implied", None),
        ("job", "v1", "implied", Bounds(2, 1)),
        ("exec", "today", "nothing", None),
    ],
)
def test_every_step_of_a_shipped_machine_is_the_same_to_all(name, generation, assuming, bounds):
    steps = SingleSteps(of_places(loaded(shipped_text(name))), generation, assuming, bounds)
    assert len(steps.search.configurations) > 100
    assert pairs_that_agree(steps) == steps.pairs


def test_every_step_of_the_turnstile_is_the_same_to_all():
    steps = SingleSteps(load_toy(turnstile()), "today", "nothing")
    assert pairs_that_agree(steps) == steps.pairs


@pytest.mark.parametrize("name", SMALL)
def test_every_step_of_a_machine_with_difficult_data_is_the_same_to_all(name):
    """Where a reduction is loose, the search's step is one of those that Z3 can take."""
    specification = SMALL[name]()
    steps = SingleSteps(specification, specification.today.name, "nothing", Bounds(2, 2))
    assert pairs_that_agree(steps) == steps.pairs
