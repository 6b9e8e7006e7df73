"""The types of what is computed with times and durations."""

from __future__ import annotations

from collections.abc import Callable

from flux_conform.language import expressions as x
from flux_conform.language.type_relations import DurationType, Kind, TimeType, Unknown, bare, show
from flux_conform.language.types import Optional

Fault = Callable[[x.Node, str], Kind]

_RESULTS: dict[tuple[str, str, str], Kind] = {
    ("time", "-", "time"): DurationType(),
    ("time", "-", "duration"): TimeType(),
    ("time", "+", "duration"): TimeType(),
    ("duration", "+", "time"): TimeType(),
    ("duration", "+", "duration"): DurationType(),
    ("duration", "-", "duration"): DurationType(),
}


def is_timed(kind: Kind) -> bool:
    """Whether it is a time or a duration, or perhaps none."""
    return isinstance(bare(kind), TimeType | DurationType)


def time_operation(node: x.Binary, left: Kind, right: Kind, fault: Fault) -> Kind:
    """The type of what is computed where one side at least is a time or a duration."""
    one, two = bare(left), bare(right)
    found = _RESULTS.get((one.kind, node.operator, two.kind))
    if found is None:
        shown = f"{_shown(one)} {node.operator} {_shown(two)}"
        hint = ""
        if isinstance(one, TimeType) and isinstance(two, TimeType):
            hint = "; the time between two is one less the other"
        return fault(node, f'there is no "{shown}"{hint}')
    either = isinstance(left, Optional) or isinstance(right, Optional)
    return Optional(found) if either else found  # type: ignore[arg-type]


def time_comparison(node: x.Binary, left: Kind, right: Kind, fault: Fault) -> None:
    """Note what is not ordered where one side at least is a time or a duration."""
    one, two = bare(left), bare(right)
    if one != two and not isinstance(one, Unknown) and not isinstance(two, Unknown):
        hint = ""
        if DurationType() in (one, two) and "integer" in (one.kind, two.kind):
            hint = "; a duration has a unit, as in 10 min"
        fault(node, f'"{node.operator}" does not order {_shown(one)} and {_shown(two)}{hint}')


def is_duration(tree: x.Node) -> bool:
    """Whether a tree of a time or a duration, definitions put in, is that of a duration."""
    match tree:
        case x.Binary(left=left, right=right):
            return is_duration(left) is is_duration(right)
        case x.If(then=then):
            return is_duration(then)
        case x.About(function=function):
            return function == x.SINCE
        case _:
            return isinstance(tree, x.Duration)


def _shown(kind: Kind) -> str:
    return "integer" if kind.kind == "integer" else show(kind)
