"""How the types of expressions relate: which fit where, are compared, or computed with times."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, TypeAlias

from flux_conform.language import expressions as x
from flux_conform.language import types as t
from flux_conform.language.intervals import hull


class NoneType(NamedTuple):
    """The type of `none` alone."""

    kind: str = "none"


class NameOf(NamedTuple):
    """The type of `state` and `event`: a string that is a name of the specification.

    Of what a lane's state is, `among` are the names there are.
    """

    what: str
    among: tuple[str, ...] = ()
    kind: str = "name"


class LaneOf(NamedTuple):
    """The type of a lane's name: its states, the initial one first, and the types of its key.

    `parts` holds one type for each part of the key; `member` is the type of the key as a whole.
    """

    name: str
    states: tuple[str, ...]
    parts: tuple[t.Type, ...]
    member: t.Type
    kind: str = "lane"


class Unknown(NamedTuple):
    """The type of a faulty part: fits everywhere, so that it causes no second fault."""

    kind: str = "unknown"


class TimeType(NamedTuple):
    """A time: seconds since 1970, of an event. It is no type of keys and variables."""

    kind: str = "time"


class DurationType(NamedTuple):
    """How long it is from one time to another. It is no type of keys and variables."""

    kind: str = "duration"


Kind: TypeAlias = t.Type | NoneType | NameOf | LaneOf | TimeType | DurationType | Unknown


def show(kind: Kind) -> str:
    """The type in words."""
    match kind:
        case NoneType():
            return "none"
        case NameOf(what=what):
            return f"the name of {'an' if what == 'event' else 'a'} {what}"
        case LaneOf(name=name):
            return f"the lane {name}"
        case Unknown():
            return "unknown"
        case t.Optional(of=of):
            return f"optional {show(of)}"
        case t.Literal():
            return "string"
        case TimeType() | DurationType():
            return kind.kind
        case _:
            return t.show(kind)


def of_constant(value: bool | int | str | None) -> Kind:
    """The type of a constant."""
    if value is None:
        return NoneType()
    if isinstance(value, bool):
        return t.Boolean()
    return t.Integer(value, value) if isinstance(value, int) else t.Literal(value)


def assignable(value: Kind, variable: Kind) -> bool:
    """Whether a variable (or a place) of the second type can hold every value of the first."""
    match (value, variable):
        case (Unknown(), _) | (_, Unknown()) | (_, t.Anything()):
            return True
        case (NoneType(), t.Optional()):
            return True
        case (t.Optional(of=inner), t.Optional(of=outer)):
            return assignable(inner, outer)
        case (_, t.Optional(of=outer)):
            return assignable(value, outer)
        case (t.Integer(), t.Integer(low=low, high=high)):
            return (low is None or (value.low is not None and low <= value.low)) and (
                high is None or (value.high is not None and value.high <= high)
            )
        case (t.Integer(), t.Number()):
            return True
        case (t.Union(options=options), _):
            return all(assignable(option, variable) for option in options)
        case (_, t.Union(options=options)):
            return any(assignable(value, option) for option in options)
        case (t.Literal() | t.Idset() | t.Hostlist() | t.Path() | NameOf(), t.String()):
            return True
        case (t.MapOf() | t.Record(), t.Object()):
            return True
        case (t.NonEmpty(of=inner), _):
            return assignable(inner, variable)
        case (t.Record(fields=given), t.Record(fields=wanted)):
            table = dict(given)
            return [n for n, _ in given] == [n for n, _ in wanted] and all(
                assignable(table[name], of) for name, of in wanted
            )
        case (t.ListOf(of=inner), t.ListOf(of=outer)) | (t.SetOf(of=inner), t.SetOf(of=outer)):
            return assignable(inner, outer)
        case (t.Record(fields=()), t.SetOf() | t.BagOf()):
            return True  # {} is the empty one
        case _:
            return value == variable


def comparable(left: Kind, right: Kind) -> bool:
    """Whether a value of one type can ever equal one of the other."""
    if isinstance(left, Unknown | t.Anything) or isinstance(right, Unknown | t.Anything):
        return True
    if isinstance(left, NoneType) or isinstance(right, NoneType):
        return all(isinstance(kind, NoneType | t.Optional) for kind in (left, right))
    left, right = bare(left), bare(right)
    if isinstance(left, t.Anything) or isinstance(right, t.Anything):
        return True
    if isinstance(left, t.Union):
        return any(comparable(option, right) for option in left.options)
    if isinstance(right, t.Union):
        return any(comparable(left, option) for option in right.options)
    if isinstance(left, NameOf) and isinstance(right, NameOf):
        return left.among == right.among  # no lane has a state of another, or of the machine
    if isinstance(left, t.Literal) and isinstance(right, t.Literal):
        return left.text == right.text
    if any(isinstance(kind, t.SetOf | t.BagOf) for kind in (left, right)):
        return t.Record(()) in (left, right) or left.kind == right.kind
    return _family(left) == _family(right)


def bare(kind: Kind) -> Kind:
    """The type without its `optional` and `nonempty`."""
    return bare(kind.of) if isinstance(kind, t.Optional | t.NonEmpty) else kind


def as_listed(kind: Kind) -> Kind:
    """The type without its `nonempty`, for what asks for a list."""
    return kind.of if isinstance(kind, t.NonEmpty) else kind


def _family(kind: Kind) -> str:
    match kind:
        case t.Union() if texts_of(kind) is not None:
            return "string"
        case t.Integer() | t.Number():
            return "number"
        case t.String() | t.Literal() | t.Idset() | t.Hostlist() | t.Path() | NameOf():
            return "string"
        case t.Object() | t.MapOf() | t.Record():
            return "object"
        case _:
            return kind.kind


def texts_of(kind: Kind) -> tuple[str, ...] | None:
    """The strings that an enumeration lists; None of any other type."""
    match kind:
        case t.Literal(text=text):
            return (text,)
        case t.Union(options=options):
            parts = [texts_of(option) for option in options]
            return None if None in parts else tuple(text for part in parts for text in part or ())
        case _:
            return None


def join(left: Kind, right: Kind) -> Kind:
    """The narrowest type that holds both; NoneType if there is none."""
    if isinstance(left, Unknown) or assignable(left, right):
        return right
    if assignable(right, left):
        return left
    families = {_family(left), _family(right)}
    if families == {"string"}:
        one, two = texts_of(left), texts_of(right)
        if one is None or two is None:
            return t.String()
        return t.Union(tuple(map(t.Literal, dict.fromkeys((*one, *two)))))
    if families == {"number"}:
        if isinstance(left, t.Integer) and isinstance(right, t.Integer):
            return hull(left, right)
        return t.Number()
    if families == {"object"}:
        return t.Object()
    if isinstance(left, t.SetOf) and isinstance(right, t.SetOf):
        of = join(left.of, right.of)
        return of if isinstance(of, NoneType) else t.SetOf(of)  # type: ignore[arg-type]
    return NoneType()


# Times and durations

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
    either = isinstance(left, t.Optional) or isinstance(right, t.Optional)
    return t.Optional(found) if either else found  # type: ignore[arg-type]


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
