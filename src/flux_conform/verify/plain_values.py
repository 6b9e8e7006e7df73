"""What expressions and types of a compiled specification mean for plain values.

A reading of docs/language.md of its own, for the replay of the logs in certificates. Values are
those of JSON, None for none, and `Members` for sets and bags.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, TypeAlias

from flux_conform.verify.definitions import Tree, Unsupported, is_key
from flux_conform.verify.plain_sets import (
    Members,
    are_disjoint,
    combined,
    hosts,
    ids,
    is_hostlist,
    same,
    set_of,
)

Value: TypeAlias = Any


class Unreadable(Exception):
    """An expression reads a key that is missing or of a wrong type."""


class Here(NamedTuple):
    """What an expression can read: the values before an event, and the event.

    Without an event `name` is None. `faulty` are the keys that cannot be read. `before` is what
    could be read at the event, where this is after it.
    """

    state: str
    first: bool
    seen: frozenset[str]
    visited: frozenset[str]
    values: Mapping[str, Value]
    name: str | None = None
    context: Mapping[str, Value] | None = None
    faulty: frozenset[str] = frozenset()
    before: Here | None = None


def holds(tree: Tree | None, here: Here) -> bool | None:
    """Whether a condition holds; None if it reads what cannot be read. No condition holds."""
    try:
        return True if tree is None else bool(value_of(tree, here))
    except Unreadable:
        return None


def value_of(tree: Tree, here: Here) -> Value:
    """The value of an expression. Raises Unreadable and Unsupported."""
    match tree["kind"]:
        case "constant":
            return tree["value"]
        case "name":
            return _named(tree["name"], here)
        case "key":
            return _key(tree["name"], here)
        case "member":
            record = value_of(tree["record"], here)
            return None if record is None else record.get(tree["field"])
        case "not":
            return not value_of(tree["operand"], here)
        case "binary":
            return _binary(tree["operator"], tree["left"], tree["right"], here)
        case "if":
            chosen = "then" if value_of(tree["condition"], here) else "otherwise"
            return value_of(tree[chosen], here)
        case "list":
            return [value_of(item, here) for item in tree["items"]]
        case "build":
            return {name: value_of(part, here) for name, part in tree["fields"]}
        case "call":
            return _called(tree["function"], tree["arguments"], here)
        case "about" if tree["function"] in ("seen", "visited"):
            return tree["name"] in (here.seen if tree["function"] == "seen" else here.visited)
        case kind:
            raise Unsupported(f"an expression of the kind {tree.get('function', kind)}")


def _named(name: str, here: Here) -> Value:
    if name == "state":
        return here.state
    if name == "event":
        return here.name
    if name == "first":
        return here.first
    if name not in here.values:
        raise Unsupported(f"the name {name}")
    return here.values[name]


def _key(name: str, here: Here) -> Value:
    if name == "":
        if here.faulty or here.context is None:
            raise Unreadable
        return here.context
    if name in here.faulty:
        raise Unreadable
    return None if here.context is None else here.context.get(name)


def _binary(sign: str, left: Tree, right: Tree, here: Here) -> Value:
    one = value_of(left, here)
    if sign in ("and", "or", "implies"):
        decided = {"and": not one, "or": bool(one), "implies": not one}[sign]
        return sign != "and" if decided else value_of(right, here)
    two = value_of(right, here)
    if sign == "in":
        return two.holds(one) if isinstance(two, Members) else any(same(one, x) for x in two)
    if sign in ("==", "!="):
        return same(one, two) == (sign == "==")
    computed = combined(sign, one, two)
    if computed is not None:
        return computed
    if isinstance(one, Members) and sign in ("+", "-"):
        return one.plus(two) if sign == "+" else one.minus(two)
    if one is None or two is None:
        return False if sign in ORDERS else None
    if sign in ORDERS:
        return ORDERS[sign](one, two)
    if sign not in COMPUTED:
        raise Unsupported(f"the operator {sign}")
    return as_number(COMPUTED[sign](one, two))


ORDERS: dict[str, Callable[[Value, Value], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
COMPUTED: dict[str, Callable[[Value, Value], Value]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.floordiv,
    "%": operator.mod,
    "&": operator.and_,
}


def _called(function: str, arguments: list[Tree], here: Here) -> Value:
    first = arguments[0]
    if function == "old" and here.before is not None:
        return value_of(first, here.before)
    # A key that is missing is not there, though it should be.
    if function == "has" and is_key(first) and first["name"] not in (here.context or {}):
        return False
    values = [value_of(part, here) for part in arguments]
    match function:
        case "has":
            return values[0] is not None
        case "size" | "empty":
            items = values[0].items if isinstance(values[0], Members) else values[0]
            return len(items) if function == "size" else not items
        case "set":
            return set_of(values[0])
        case "disjoint":
            return are_disjoint(values[0], values[1])
        case "ranks" | "hosts":
            named = (ids if function == "ranks" else hosts)(values[0])
            if named is None:
                raise Unreadable
            return named
        case "keys":
            return Members(tuple(values[0]), False)
        case "merge" | "update":
            return merged(values[0], values[1], deep=function == "merge")
        case _:
            raise Unsupported(f"the function {function}")


def merged(old: Mapping[str, Value], new: Mapping[str, Value], *, deep: bool) -> Value:
    """The object with another's keys put in; null removes a key; if `deep`, objects are merged."""
    result = dict(old)
    for key, value in new.items():
        if value is None:
            result.pop(key, None)
        elif deep and isinstance(value, dict):
            before = result.get(key)
            result[key] = merged(before if isinstance(before, dict) else {}, value, deep=True)
        else:
            result[key] = value
    return result


def as_number(value: Value) -> Value:
    """A number as it is computed with: an integer if it is whole."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


# Types


def first_value(variable: Mapping[str, Any]) -> Value:
    """What a variable holds before the first event."""
    start = variable.get("start")
    return _start_of(variable["type"]) if start is None else start


def _start_of(of: Mapping[str, Any]) -> Value:
    match of["kind"]:
        case "boolean":
            return False
        case "integer":
            return 0
        case "set" | "bag":
            return Members((), of["kind"] == "bag")
        case "list":
            return []
        case "object" | "map":
            return {}
        case _:
            return None


def accepts(of: Mapping[str, Any], value: Value) -> bool:
    """Whether a value of JSON is of a type. Raises Unsupported."""
    match of["kind"]:
        case "any":
            return True
        case "boolean":
            return isinstance(value, bool)
        case "integer":
            low, high = of["low"], of["high"]
            return type(value) is int and (
                (low is None or low <= value) and (high is None or value <= high)
            )
        case "number":
            return type(value) is int or (type(value) is float and value - value == 0)
        case "string":
            return isinstance(value, str)
        case "literal":
            return isinstance(value, str) and value == of["text"]
        case "path":
            return isinstance(value, str) and "" not in value.split(".")
        case "idset":
            return isinstance(value, str) and is_idset(value)
        case "hostlist":
            return isinstance(value, str) and is_hostlist(value)
        case "object":
            return isinstance(value, dict)
        case "list":
            return isinstance(value, list) and all(accepts(of["of"], item) for item in value)
        case "map":
            return isinstance(value, dict) and all(
                accepts(of["key"], key) and accepts(of["value"], item)
                for key, item in value.items()
            )
        case "record":
            return isinstance(value, dict) and not faulty_keys(of, value)
        case "optional":
            return accepts(of["of"], value)
        case "nonempty":
            return bool(value) and accepts(of["of"], value)
        case "union":
            return any(accepts(option, value) for option in of["options"])
        case kind:
            raise Unsupported(f"the type {kind}")


def faulty_keys(record: Mapping[str, Any], value: Mapping[str, Value]) -> frozenset[str]:
    """The fields of a record that are missing in an object, or of another type."""
    return frozenset(
        name
        for name, of in record["fields"]
        if not (accepts(of, value[name]) if name in value else of["kind"] == "optional")
    )


def is_idset(text: str) -> bool:
    """Whether a string is an idset of RFC 22: ascending ids and ranges, in brackets or not."""
    inner = text[1:-1] if text[:1] == "[" and text[-1:] == "]" else text
    last = -1
    for part in inner.split(",") if inner else ():
        ends = part.split("-")
        if len(ends) > 2 or any(
            not (end.isascii() and end.isdigit() and len(end) < 4000) or end != str(int(end))
            for end in ends
        ):
            return False
        low, high = int(ends[0]), int(ends[-1])
        if low <= last or (len(ends) == 2 and high <= low):
            return False
        last = high
    return True


def read_numbers(of: Mapping[str, Any], value: Value) -> Value:
    """The value as expressions read it: where the type says number, 1.0 is 1."""
    match of["kind"]:
        case "number":
            return as_number(value)
        case "optional" | "nonempty":
            return read_numbers(of["of"], value)
        case "list" if isinstance(value, list):
            return [read_numbers(of["of"], item) for item in value]
        case "map" if isinstance(value, dict):
            return {key: read_numbers(of["value"], item) for key, item in value.items()}
        case "record" if isinstance(value, dict):
            fields = dict(of["fields"])
            return {
                key: read_numbers(fields[key], item) if key in fields else item
                for key, item in value.items()
            }
        case "union":
            for option in of["options"]:
                if accepts(option, value):
                    return read_numbers(option, value)
            return value
        case _:
            return value
