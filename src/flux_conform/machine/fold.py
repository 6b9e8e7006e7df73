"""An expression at an event whose context is known: what is left of it to ask the configuration."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from flux_conform.language.expressions import (
    About,
    Binary,
    Constant,
    If,
    Key,
    Name,
    Node,
    Not,
    children,
    rebuilt,
    walk,
)
from flux_conform.machine.evaluate import Moment, compile_expression


def fold(node: Node, event: str, context: Mapping[str, Any], known: frozenset[str]) -> Node:
    """The tree with the event's name and the known keys put in and worked out.

    Its value at any configuration is that of the tree. Keys that are not known stay.
    """
    asking: set[int] = set()
    _find_asking(node, known, asking)
    return _folded(node, event, context, asking)


def _find_asking(node: Node, known: frozenset[str], asking: set[int]) -> bool:
    """Note the nodes, by identity, that ask the configuration or a key that is not known."""
    asks = _asks(node, known)
    for child in children(node):
        asks |= _find_asking(child, known, asking)
    if asks:
        asking.add(id(node))
    return asks


def _folded(node: Node, event: str, context: Mapping[str, Any], asking: set[int]) -> Node:
    if id(node) not in asking:
        moment = Moment(values={}, state="", event=event, context=context)
        return Constant(compile_expression(node, {})(moment))

    def inside(child: Node) -> Node:
        return _folded(child, event, context, asking)

    # What stands behind a condition may be such that it can be read only where that leaves it open.
    match node:
        case Binary(operator="and" | "or" | "implies" as operator, left=left, right=right):
            first = inside(left)
            if isinstance(first, Constant) and bool(first.value) == (operator == "or"):
                return Constant(operator != "and")
            inner: Node = Binary(operator, first, inside(right))
        case If(condition=condition, then=then, otherwise=otherwise):
            asked = inside(condition)
            if isinstance(asked, Constant):
                return inside(then if asked.value else otherwise)
            inner = If(asked, inside(then), inside(otherwise))
        case _:
            inner = rebuilt(node, inside)
    match inner:
        case Binary(operator="and", left=Constant(value=value), right=right):
            return right if value else Constant(False)
        case Binary(operator="and", left=left, right=Constant(value=True)):
            return left
        case Binary(operator="or", left=Constant(value=value), right=right):
            return Constant(True) if value else right
        case Binary(operator="or", left=left, right=Constant(value=False)):
            return left
        case Binary(operator="implies", left=Constant(value=value), right=right):
            return right if value else Constant(True)
        case Binary(operator="implies", right=Constant(value=True)):
            return Constant(True)
        case Binary(operator="implies", left=left, right=Constant(value=False)):
            return Not(left)
        case Not(operand=Constant(value=value)):
            return Constant(not value)
        case _:
            return inner


def _asks(node: Node, known: frozenset[str]) -> bool:
    """Whether a node itself asks the configuration, or a key that is not known."""
    match node:
        case Name(name="event"):
            return False
        case Name() | About():
            return True
        case Key(name=name):
            return name not in known
        case _:
            return False


def reads(node: Node) -> Iterator[str]:
    """What the tree asks of the configuration: `state`, `first`, seen(EVENT), variables' names."""
    for part in walk(node):
        if isinstance(part, About):
            yield f"{part.function}({part.name})"
        elif isinstance(part, Name) and part.name != "event":
            yield part.name


def reads_through(trees: Iterable[Node], effects: Iterable[tuple[str, Node]]) -> set[str]:
    """What the trees read, directly or through the effects on variables that are read."""
    on: dict[str, list[Node]] = defaultdict(list)
    for variable, effect in effects:
        on[variable].append(effect)
    found: set[str] = set()
    pending = list(trees)
    while pending:
        for part in reads(pending.pop()):
            if part not in found:
                found.add(part)
                pending += on.get(part, ())
    return found
