"""What lanes mean where the key of an event is a set: each of its members names a lane."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from functools import reduce

from flux_conform.language.expressions import Binary, Build, Call, Constant, If, Name, Node, Not
from flux_conform.language.lanes import Lane, LaneRow, set_of
from flux_conform.language.specification import MOVES, UNDEFINED


def refused(lane: Lane, rows: Sequence[LaneRow]) -> Node:
    """That some lane of the set has no row."""
    return any_of(
        both(negated(is_defined(rows, state.name)), meets(lane, rows[0].key.tree, state.name))
        for state in lane.states
    )


def effects(lane: Lane, rows: Sequence[LaneRow]) -> Iterator[tuple[str, Node]]:
    """What becomes of the sets of keys: each member of the set goes where its own row leads."""
    key = rows[0].key.tree
    for state in lane.counted:
        whole = Name(set_of(lane.name, state))
        others = [other.name for other in lane.states if other.name != state]
        tree = _either(_goes(rows, state, others), _less(whole, key), whole)
        comes = {other: _goes(rows, other, [state]) for other in others}
        left = [other for other in others if comes[other] != Constant(True)]
        if left != others and all(is_defined(rows, other) == Constant(False) for other in left):
            tree = Binary("+", tree, key)  # no other lane is in the set
        else:
            for other, condition in comes.items():
                part = _either(condition, _those_in(lane, key, other), Build(()))
                tree = tree if part == Build(()) else Binary("+", tree, part)
        if tree != whole:
            yield whole.name, tree


def is_defined(rows: Iterable[LaneRow], state: str) -> Node:
    """That a lane in a state has a row: under which guards."""
    return _first(rows, state, lambda row: row.outcome != UNDEFINED)


def meets(lane: Lane, key: Node, state: str) -> Node:
    """That some lane of a set is in a state."""
    if state != lane.initial.name:
        return Not(Call("disjoint", (key, Name(set_of(lane.name, state)))))
    counted: list[Node] = [Name(name) for name in lane.sets]
    return Not(Binary("<=", key, reduce(lambda one, two: Binary("+", one, two), counted)))


def _goes(rows: Iterable[LaneRow], state: str, targets: Collection[str]) -> Node:
    """That a lane in a state moves to one of some others."""
    return _first(rows, state, lambda row: row.outcome == MOVES and row.target in targets)


def _first(rows: Iterable[LaneRow], state: str, says: Callable[[LaneRow], bool]) -> Node:
    """That the first row that matches in a state is such a one."""
    found: Node = Constant(False)
    for row in reversed([row for row in rows if state in row.sources]):
        if row.when is None:
            found = Constant(says(row))
        elif says(row):
            found = any_of([row.when.tree, found])
        else:
            found = both(negated(row.when.tree), found)
    return found


def _those_in(lane: Lane, key: Node, state: str) -> Node:
    """The members of a set whose lanes are in a state."""
    if state != lane.initial.name:
        return Binary("&", key, Name(set_of(lane.name, state)))
    return reduce(_less, map(Name, lane.sets), key)


def _less(whole: Node, key: Node) -> Node:
    return Binary("-", whole, key)


def _either(condition: Node, then: Node, otherwise: Node) -> Node:
    if isinstance(condition, Constant):
        return then if condition.value else otherwise
    return If(condition, then, otherwise)


def both(one: Node, two: Node) -> Node:
    """That two conditions hold."""
    if isinstance(one, Constant):
        return two if one.value else one
    return Binary("and", one, two)


def any_of(parts: Iterable[Node]) -> Node:
    """That one of some conditions holds."""
    found = [part for part in parts if part != Constant(False)]
    if Constant(True) in found:
        return Constant(True)
    return reduce(lambda one, two: Binary("or", one, two), found) if found else Constant(False)


def negated(node: Node) -> Node:
    """That a condition does not hold."""
    match node:
        case Not(operand=operand):
            return operand
        case Constant(value=value):
            return Constant(not value)
        case _:
            return Not(node)
