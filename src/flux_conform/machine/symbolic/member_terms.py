"""Values of sets and bags in symbols, and what an event bears for them; see `members`."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import product
from typing import NamedTuple

from flux_conform.language.expressions import Node
from flux_conform.machine.symbolic.groups import Group
from flux_conform.machine.symbolic.logic import Truth, Whole


class Element(NamedTuple):
    """The description that an event bears, as seen from one group.

    `text` is its code as a string, or its number, and None of a tuple. `own` tells for each
    collection whether it holds the description, provided that it is none of the literals, and then
    for each set of the event.
    """

    text: Whole | None
    own: tuple[Truth, ...]


class Borne(NamedTuple):
    """The sets that an event bears, as seen from one group.

    `counts` are how many strings are in each cell (for each collection, then for each set, whether
    they are in it) that is in one set at least; `literals` for each set which it holds. The sets
    that are `filled` have a member at least; those that are `listed` hold literals alone.
    """

    sets: tuple[Node, ...]
    counts: Mapping[tuple[bool, ...], Whole]
    literals: tuple[tuple[Truth, ...], ...]
    filled: tuple[Node, ...] = ()
    listed: tuple[Node, ...] = ()


NO_SETS = Borne((), {}, ())


class BorneSet(NamedTuple):
    """A set or list that the event bears: as each group sees it, and its length if it is known."""

    terms: tuple[SetTerm, ...]
    length: Whole | None
    kind: str = "set"


class SetTerm(NamedTuple):
    """A set's value. `others` says for each cell whether its strings are in it."""

    group: Group
    others: tuple[Truth, ...]
    literals: tuple[Truth, ...]
    own: Truth


class BagTerm(NamedTuple):
    """A bag's value: how many strings it holds beside literals; `own` None is not known."""

    group: Group
    size: Whole
    literals: tuple[Whole, ...]
    own: Truth | None


def cells_of(group: Group, sets: int) -> list[tuple[bool, ...]]:
    """The classes of a group, each cut by some sets; strings in none of all of these are left out.

    Without sets they are the classes.
    """
    cut = product(group.memberships, product((True, False), repeat=sets))
    return [row for inside, borne in cut if any(row := (*inside, *borne))]
