"""For which values of keys and variables a condition holds: looked for, proved by calculating."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice, product
from typing import Any, TypeAlias

from flux_conform.language import types as t
from flux_conform.language.equality import distinct
from flux_conform.language.expressions import Binary, Node, Not
from flux_conform.machine.evaluate import Evaluator, Moment, compile_expression
from flux_conform.machine.literals import literals
from flux_conform.machine.values import EXAMPLE, edges, integers_of, plain

Place: TypeAlias = tuple[str, str]
"""A key with its event, or a variable with no event."""

Row: TypeAlias = tuple[Any, ...]
"""A value for each place; an optional key that is left out has None."""

NEAR = 8
"""Numbers are tried so far from the plain ones at least, and as far as the constants go."""

FARTHEST = 128
"""But no farther than this."""

MOST_CONSTANTS = 6
"""So many constants of a condition are put together."""

MOST_ROWS = 4096
"""So many combinations of values are tried."""


def solution(
    condition: Node, types: Mapping[Place, t.Type], offered: Mapping[Place, Sequence[Any]]
) -> dict[Place, Any] | None:
    """Values of the places that a condition reads for which it holds; None where none are found.

    What is offered is taken if it will do.
    """
    question = _Question(condition, types)
    known = [[v for v in offered[place] if _fits(of, v)] for place, of in types.items()]
    constants = integers_of(literals([condition]))
    tried = [
        distinct([*values, *(v for v in _candidates(of, constants) if _fits(of, v))])
        for of, values in zip(types.values(), known, strict=True)
    ]
    for rows in (product(*known), product(*tried), question.roots(tried)):
        for row in islice(rows, MOST_ROWS):
            if question.holds(row):
                return dict(zip(types, row, strict=True))
    return None


class _Question:
    """A condition on some places, which reads nothing else."""

    def __init__(self, condition: Node, types: Mapping[Place, t.Type]) -> None:
        self._types = types
        self._condition = compile_expression(condition, {})
        compared = condition.operand if isinstance(condition, Not) else condition
        sides = (compared.left, compared.right) if isinstance(compared, Binary) else ()
        self._sides = [compile_expression(side, {}) for side in sides]

    def holds(self, row: Row) -> bool:
        """Whether the condition holds of these values, all of which fit their places."""
        fits = all(_fits(of, value) for of, value in zip(self._types.values(), row, strict=True))
        return fits and bool(self._value(self._condition, row))

    def _value(self, of: Evaluator, row: Row) -> Any:
        borne = dict(zip(self._types, row, strict=True))
        context = {name: v for (event, name), v in borne.items() if event and v is not None}
        return of(Moment(values={n: v for (_, n), v in borne.items()}, state="", context=context))

    def roots(self, tried: Sequence[Sequence[Any]]) -> Iterator[Row]:
        """Where both sides are equal, or nearly so, if they depend on one number as on a line.

        The other places have each combination of the values tried.
        """
        for at, of in enumerate(self._types.values()):
            if not self._sides or not isinstance(t.present(of), t.Integer):
                continue
            for row in product(*tried[:at], [0], *tried[at + 1 :]):
                start, end = (self._gap((*row[:at], x, *row[at + 1 :])) for x in (0, 1))
                if start is not None and end is not None and start != end:
                    root = start // (start - end)
                    for near in (root, root + 1, root - 1):
                        yield (*row[:at], near, *row[at + 1 :])

    def _gap(self, row: Row) -> int | None:
        one, two = (self._value(side, row) for side in self._sides)
        return one - two if type(one) is type(two) is int else None


def _fits(of: t.Type, value: Any) -> bool:
    return isinstance(of, t.Optional) if value is None else t.accepts(of, value)


def _candidates(of: t.Type, constants: Sequence[int]) -> Iterable[Any]:
    """Values of a type, some of which fit, for a condition that has these constants."""
    inner = t.present(of)
    found = [*plain(inner), *([None] if isinstance(of, t.Optional) else [])]
    if isinstance(inner, t.String):
        return [*found, f"{EXAMPLE}-2"]
    if not isinstance(inner, t.Integer):
        return [*found, *edges(inner)]
    made = _made(constants)
    span = min(max([NEAR, *map(abs, constants)]), FARTHEST)
    steps = [step for n in range(1, span + 1) for step in (n, -n)]
    ends = [end for end in (inner.low, inner.high) if end is not None]
    return [*found, *ends, *made, *(found[0] + step for step in steps)]


def _made(constants: Iterable[int]) -> list[int]:
    """What a step or two of arithmetic make of some constants."""
    given = list(dict.fromkeys(constants))[:MOST_CONSTANTS]
    found = dict.fromkeys(given)
    for _ in range(2):
        for value, by in product(tuple(found), given):
            made = (value - by, value + by, by - value, value * by, value // by if by else 0)
            found.update(dict.fromkeys(made))
    return list(found)
