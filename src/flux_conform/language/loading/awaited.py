"""What a log waits for that stops in a state: the rows of `waits`, each for itself."""

from __future__ import annotations

from functools import reduce
from typing import NamedTuple

from flux_conform.language.expressions import Binary, Call, Constant, Expression, List, Name, Node
from flux_conform.language.expressions import Not as Negation

MEMBER = "each"
"""The name that a member of a row's collection has in its words."""


class Awaited(NamedTuple):
    """One thing that a log waits for, in some states and while a condition holds.

    With `each`, a set or bag, the log waits for each of its members. `says` is what it waits for, a
    noun with its article; `{each}` in it is the member. All rows that hold count: none hides
    another.
    """

    name: str
    states: tuple[str, ...]
    when: Expression | None
    each: Expression | None
    says: tuple[str | Expression, ...]

    @property
    def condition(self) -> Node:
        """When the log waits for it."""
        parts = [in_states(self.states)]
        if self.when is not None:
            parts.append(self.when.tree)
        if self.each is not None:
            parts.append(Negation(Call("empty", (self.each.tree,))))
        return reduce(lambda one, other: Binary("and", one, other), parts)

    @property
    def expressions(self) -> tuple[Expression, ...]:
        """All that it reads of a log."""
        parts = (self.when, self.each, *self.says)
        return tuple(part for part in parts if isinstance(part, Expression))

    @property
    def noun(self) -> str:
        """What it waits for, with an ellipsis for what only a log tells."""
        return "".join(part if isinstance(part, str) else "…" for part in self.says)


def in_states(names: tuple[str, ...]) -> Node:
    """That the state is one of these."""
    if len(names) == 1:
        return Binary("==", Name("state"), Constant(names[0]))
    return Binary("in", Name("state"), List(tuple(map(Constant, names))))
