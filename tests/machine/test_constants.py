"""Events are tried on both sides of each comparison, wherever the types of their keys allow it."""

import operator
from collections.abc import Callable, Mapping
from itertools import product

import pytest

from flux_conform.machine.alphabet import actions, first_bounds
from flux_conform.machine.constants import Constants
from flux_conform.machine.slice import slice_of
from prove.machines import machine

Sides = Mapping[str, Callable[[int], int]]

RANGES = ((0, 1), (0, 2), (-2, -1), (-3, 3), (5, 9), (None, None), (0, None), (None, 0))

OPERATORS: Mapping[str, Callable[[int, int], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": operator.ne,
}

ARITHMETIC: Sides = {
    ".n": lambda n: n,
    ".n * 2 + 1": lambda n: n * 2 + 1,
    "2 - .n": lambda n: 2 - n,
    "(.n - 1) * 3": lambda n: (n - 1) * 3,
    ".n / 2": lambda n: n // 2,
    ".n % 3": lambda n: n % 3,
    ".n & 2": lambda n: n & 2,
}


def tried(guard: str, keys: Mapping[str, str], **parts: str) -> list[dict[str, object]]:
    """The contexts that are tried of an event with this guard, as far as they are constants."""
    context = ", ".join(f"{key}: {of}" for key, of in keys.items())
    toy = machine(
        states="A: {initial: true, says: x}\nB: {says: x}",
        events=f"go: {{says: x, context: {{{context}}}, elsewhere: stays}}",
        transitions=f"- {{on: go, from: A, when: '{guard}', to: B}}",
        **parts,
    )
    constants = Constants(slice_of(toy, "today"))
    bounds = first_bounds(constants, claims=True)
    return [
        {key: choice.value for key, choice in action.choices if choice.present}
        for action in actions(constants.slice, constants, bounds)
        if action.event == "go"
    ]


def written(low: int | None, high: int | None) -> str:
    """A range of integers as the language writes it."""
    if low is None and high is None:
        return "integer"
    return f"integer {'' if low is None else low}..{'' if high is None else high}"


@pytest.mark.parametrize("sign", OPERATORS)
@pytest.mark.parametrize("side", ARITHMETIC)
def test_a_comparison_is_met_where_it_holds_and_where_it_fails(side: str, sign: str) -> None:
    for (low, high), constant in product(RANGES, (-2, 0, 1, 7)):

        def holds(n: int, constant: int = constant) -> bool:
            return OPERATORS[sign](ARITHMETIC[side](n), constant)

        there = range(-40 if low is None else low, 41 if high is None else high + 1)
        of = written(low, high)
        found = [context["n"] for context in tried(f"{side} {sign} {constant}", {"n": of})]
        assert {holds(n) for n in found if isinstance(n, int)} == set(map(holds, there)), of


SUMS: Mapping[str, Callable[[int, int], bool]] = {
    ".a * 3 + .b * 5 == 47": lambda a, b: a * 3 + b * 5 == 47,
    ".a * 7 - .b * 11 == 100": lambda a, b: a * 7 - b * 11 == 100,
    ".a * 1000 + .b == 54321": lambda a, b: a * 1000 + b == 54321,
    "12 == .a + .b": lambda a, b: a + b == 12,
    ".a * 60 + .b > 90000": lambda a, b: a * 60 + b > 90000,
    ".a % 7 + .b / 10 == 15": lambda a, b: a % 7 + b // 10 == 15,
}


@pytest.mark.parametrize("guard", SUMS)
def test_sums_of_two_keys_are_solved(guard: str) -> None:
    contexts = tried(guard, {"a": "integer 0..10000", "b": "integer 0..1000"})
    found = {SUMS[guard](a, b) for a, b in map(dict.values, contexts)}  # type: ignore[arg-type]
    assert found == {True, False}


def test_a_sum_that_no_whole_numbers_have_is_met_where_it_fails() -> None:
    contexts = tried(".a * 6 + .b * 4 == 33", {"a": "integer", "b": "integer"})
    assert contexts


def test_texts_are_tried_where_they_are_equal_and_where_they_differ() -> None:
    contexts = tried(".a == .b", {"a": "string", "b": "string"})
    assert {context["a"] == context["b"] for context in contexts} == {True, False}
