"""The types of what is computed with sets: union, difference, common members, subset."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from flux_conform.language import expressions as x
from flux_conform.language import types as t
from flux_conform.language.type_relations import (
    Kind,
    NoneType,
    Unknown,
    assignable,
    comparable,
    join,
    show,
)

EMPTY = t.Record(())
"""The type of `{}`: the empty set, and the object without keys."""

LISTED_TYPES: dict[str, tuple[t.Type, Kind]] = {
    "ranks": (t.Idset(), t.SetOf(t.Integer(0, None))),
    "hosts": (t.Hostlist(), t.ListOf(t.String())),
    "keys": (t.Object(), t.SetOf(t.String())),
}
"""What each function reads, and gives: ids and keys are sets; hosts are a list, and may recur."""

Fault = Callable[[x.Node, str], Kind]


def computes_with_sets(operator: str, left: Kind, right: Kind) -> bool:
    """Whether an operator stands between sets; with `&` and `<=`, a list counts as one."""
    if operator not in ("+", "-", "&", "<="):
        return False
    if isinstance(left, t.SetOf) or isinstance(right, t.SetOf):
        return True
    if operator == "+" or operator == "-":
        return isinstance(left, t.BagOf)
    return any(isinstance(kind, t.ListOf) or kind == EMPTY for kind in (left, right))


def set_operation(node: x.Binary, left: Kind, right: Kind, fault: Fault) -> Kind:
    """The type of an operation for which `computes_with_sets` holds."""
    if isinstance(left, Unknown):
        return left if node.operator != "<=" else t.Boolean()
    if node.operator in ("+", "-"):
        return _changed(node, left, right, fault)
    if not _both_are_sets(node.operator, (node.left, node.right), (left, right), fault):
        return Unknown() if node.operator == "&" else t.Boolean()
    if node.operator == "<=":
        return t.Boolean()
    return t.SetOf(_members(left if left != EMPTY else right))  # type: ignore[arg-type]


def set_function(node: x.Call, kinds: Sequence[Kind], fault: Fault) -> Kind:
    """The type of disjoint(…) and set(…)."""
    if node.function == x.DISJOINT:
        _both_are_sets(x.DISJOINT, node.arguments, kinds, fault)
        return t.Boolean()
    if not isinstance(kinds[0], t.ListOf | t.SetOf):
        return fault(node, f"set(…) takes a list, not {show(kinds[0])}")
    return t.SetOf(kinds[0].of)


def _both_are_sets(what: str, nodes: Sequence[x.Node], kinds: Sequence[Kind], fault: Fault) -> bool:
    """Whether two values are sets, or lists, that can have members in common."""
    for node, kind in zip(nodes, kinds, strict=True):
        if not isinstance(kind, t.SetOf | t.ListOf | Unknown) and kind != EMPTY:
            fault(node, f'"{what}" takes two sets or lists, but this is {show(kind)}')
            return False
    one, two = map(_members, kinds)
    if not comparable(one, two):
        fault(nodes[1], f"{show(kinds[0])} and {show(kinds[1])} have no member in common")
        return False
    return True


def _members(kind: Kind) -> Kind:
    return kind.of if isinstance(kind, t.SetOf | t.ListOf) else Unknown()


def _changed(node: x.Binary, left: Kind, right: Kind, fault: Fault) -> Kind:
    """A set or bag with one member more or less, or a set with or without those of another."""
    if not isinstance(left, t.SetOf | t.BagOf):
        if left == EMPTY and isinstance(right, t.SetOf):
            return right if node.operator == "+" else left
        wanted = "a set" if isinstance(right, t.SetOf) else "a set or bag"
        return fault(node.left, f'"{node.operator}" changes {wanted}, but this is {show(left)}')
    if assignable(right, left.of):
        return left
    if not any(isinstance(part, x.Name) for part in x.walk(node.left)):
        # What is written out is of the type that holds it all; a variable has its own.
        wider = join(left.of, right)
        if not isinstance(wider, NoneType):
            return t.SetOf(wider)  # type: ignore[arg-type]
    if isinstance(left, t.BagOf) or not (isinstance(right, t.SetOf) or right == EMPTY):
        hint = ""
        if isinstance(left, t.SetOf) and isinstance(right, t.ListOf):
            hint = "; set(…) makes a set of a list"
        return fault(node.right, f"{show(left)} cannot take {show(right)}{hint}")
    if node.operator == "-":
        if not comparable(left.of, _members(right)):
            fault(node.right, f"{show(left)} and {show(right)} have no member in common")
        return left
    both = left if right == EMPTY else join(left, right)
    if isinstance(both, NoneType):
        return fault(node.right, f"{show(left)} cannot take {show(right)}")
    return both
