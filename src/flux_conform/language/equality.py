"""When two values of the language are equal, and the keys by which tables hold them.

Python takes true for 1 and 1.0 for 1. The language does not: values of different kinds are never
equal, and a number written with a point or an exponent is of another kind than an integer. Only
where a type says `number` are 1 and 1.0 the same value; the value of such a key is read as a
number, that is as an integer if it is whole.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Any, TypeAlias, TypeVar

from flux_conform.language import types as t

Value: TypeAlias = Any

_Item = TypeVar("_Item")


def same(one: Value, other: Value) -> bool:
    """Whether two values are equal: of one kind, and with equal parts."""
    kind = type(one)
    if kind is not type(other):
        return False
    if kind is list:
        return len(one) == len(other) and all(map(same, one, other))
    if kind is dict:
        return len(one) == len(other) and all(
            key in other and same(value, other[key]) for key, value in one.items()
        )
    return bool(one == other)


def value_key(value: Value) -> object:
    """A hashable key that is equal for two values if and only if they are equal.

    A string is its own key, and the key of nothing else.
    """
    kind = type(value)
    if kind is str:
        return value
    if kind is list:
        return (list, *map(value_key, value))
    if kind is dict:
        return dict, tuple((name, value_key(value[name])) for name in sorted(value))
    # 0.0 and -0.0 are equal, and need the same key.
    return kind, value + 0.0 if kind is float else value


def distinct(values: Iterable[_Item]) -> list[_Item]:
    """The values without those that equal an earlier one."""
    found: dict[object, _Item] = {}
    for value in values:
        found.setdefault(value_key(value), value)
    return list(found.values())


def whole(number: Value) -> Value:
    """A number in the form in which it is compared: an integer if it is whole."""
    return int(number) if type(number) is float and number.is_integer() else number


# What is read of a context

Reading: TypeAlias = Callable[[Any], Any]


def reading(of: t.Type) -> Reading | None:
    """The function that reads a value of the type; None where values are read as they are."""
    match of:
        case t.Number():
            return whole
        case t.Optional(of=inner) | t.NonEmpty(of=inner):
            return reading(inner)
        case t.ListOf(of=inner):
            read = reading(inner)
            return None if read is None else partial(_of_list, read)
        case t.MapOf(value=inner):
            read = reading(inner)
            return None if read is None else partial(_of_map, read)
        case t.Record(fields=fields):
            found = {name: read for name, kind in fields if (read := reading(kind)) is not None}
            return partial(_of_record, found) if found else None
        case t.Union(options=options):
            readings = [(option, reading(option)) for option in options]
            return partial(_of_union, readings) if any(read for _, read in readings) else None
        case _:
            return None


# Each takes a value of any kind; a faulty one is returned as it is.


def _of_list(read: Reading, value: Value) -> Value:
    return list(map(read, value)) if type(value) is list else value


def _of_map(read: Reading, value: Value) -> Value:
    return {name: read(item) for name, item in value.items()} if type(value) is dict else value


def _of_record(fields: Mapping[str, Reading], value: Value) -> Value:
    if type(value) is not dict:
        return value
    return {name: fields[name](item) if name in fields else item for name, item in value.items()}


def _of_union(options: Sequence[tuple[t.Type, Reading | None]], value: Value) -> Value:
    read = next((read for option, read in options if t.accepts(option, value)), None)
    return value if read is None else read(value)
