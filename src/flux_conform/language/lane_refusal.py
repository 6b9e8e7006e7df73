"""When a lane refuses an event, said by the states of the lane and not by the sets below."""

from __future__ import annotations

from collections.abc import Iterator

from flux_conform.language.expressions import (
    Binary,
    Call,
    Constant,
    List,
    Name,
    Node,
    Not,
    show,
)
from flux_conform.language.lane_sets import any_of, both, is_defined, negated
from flux_conform.language.lanes import INDEX, Lane


def refusal(lane: Lane, event: str) -> str:
    """The condition under which an event with rows of a lane is undefined for it.

    It is an expression, but where the key is a set, of whose members no expression can say it.
    """
    rows = lane.rows_of(event)
    key = rows[0].key
    states: dict[Node, list[str]] = {}
    for state in lane.states:
        states.setdefault(_plain(negated(is_defined(rows, state.name))), []).append(state.name)
    states.pop(Constant(False), None)
    if rows[0].each:
        parts = (_in_words(names, when) for when, names in states.items())
        return f"a {lane.name} of {key.text} is {', or '.join(parts)}"
    asked = Call(INDEX, (Name(lane.name), key.tree))
    return show(any_of(_both(_is_in(asked, lane, names), when) for when, names in states.items()))


def _both(one: Node, two: Node) -> Node:
    return one if two == Constant(True) else both(one, two)


def _is_in(asked: Node, lane: Lane, names: list[str]) -> Node:
    if len(names) == 1:
        return Binary("==", asked, Constant(names[0]))
    others = [state.name for state in lane.states if state.name not in names]
    if len(others) == 1:
        return Binary("!=", asked, Constant(others[0]))
    return Binary("in", asked, List(tuple(map(Constant, names))))


def _in_words(names: list[str], when: Node) -> str:
    among = names[0] if len(names) == 1 else f"{', '.join(names[:-1])} or {names[-1]}"
    return among if when == Constant(True) else f"{among} where {show(when)}"


def _plain(node: Node) -> Node:
    """The condition, false where a row that takes the rest leaves nothing over."""
    inner = node.operand if isinstance(node, Not) else node
    parts = set(_options(inner))
    rests = [part.operand for part in parts if isinstance(part, Not)]
    is_whole = any(parts.issuperset(_options(rest)) for rest in rests)
    return Constant(False) if is_whole and isinstance(node, Not) else node


def _options(node: Node) -> Iterator[Node]:
    if isinstance(node, Binary) and node.operator == "or":
        yield from _options(node.left)
        yield from _options(node.right)
    else:
        yield node
