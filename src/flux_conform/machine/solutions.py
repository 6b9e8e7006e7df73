"""For which value of a key or a variable some arithmetic gives a number that is wanted."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, TypeAlias

from flux_conform.language.expressions import (
    ARITHMETIC,
    About,
    Binary,
    Call,
    Constant,
    Key,
    Name,
    Node,
    walk,
)
from flux_conform.machine.evaluate import Evaluator, Moment, compile_expression
from flux_conform.machine.values import integers_of

Place: TypeAlias = tuple[str, str]
"""A key with its event, or a variable with no event."""


def solutions(tree: Node, source: Place, wanted: Iterable[Any], known: Iterable[Any]) -> list[int]:
    """Values of a key or a variable for which some arithmetic in a tree is what is wanted.

    They are looked for among what the constants of the arithmetic make of what is wanted, and are
    proved by calculating. There are none where a known value does, or where something else is read.
    """
    event, name = source
    asked: Node = Key(name) if event else Name(name)
    numbers, offered = integers_of(wanted), integers_of(known)
    found: dict[int, None] = {}
    for node in walk(tree):
        if not numbers or not isinstance(node, Binary) or node.operator not in ARITHMETIC:
            continue
        parts = list(walk(node))
        if {part for part in parts if isinstance(part, Key | Name | About | Call)} != {asked}:
            continue
        constants = integers_of(part.value for part in parts if isinstance(part, Constant))
        evaluate = compile_expression(node, {})

        def result(value: int, evaluate: Evaluator = evaluate) -> Any:
            return evaluate(Moment(values={name: value}, state="", context={name: value}))

        reached = set(map(result, offered))
        for number in numbers:
            if number not in reached:
                made = _made(number, constants)
                found.update((value, None) for value in made if result(value) == number)
    return list(found)


def _made(number: int, constants: Sequence[int]) -> list[int]:
    """What a step or two of arithmetic with these constants make of a number."""
    found = [number]
    for _ in range(2):
        for value in found.copy():
            for constant in constants:
                found += [value - constant, value + constant, constant - value, value * constant]
                found += [value // constant] if constant else []
    return list(dict.fromkeys(found))
