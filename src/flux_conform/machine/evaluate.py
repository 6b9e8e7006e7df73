"""What an expression means: its value at one moment of a log.

A tree is compiled once into nested closures; nothing is ever handed to `eval`.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from typing import TypeAlias

from flux_conform.language.bag import Bag
from flux_conform.language.durations import seconds
from flux_conform.language.equality import same, whole
from flux_conform.language.expressions import (
    TIMES,
    About,
    Binary,
    Build,
    Call,
    Constant,
    Definition,
    Duration,
    If,
    Key,
    List,
    Member,
    Name,
    Node,
    Not,
    expand,
)
from flux_conform.language.listed_members import TooManyMembers
from flux_conform.machine.event_times import duration_since, event_time, time_of
from flux_conform.machine.merging import merged, updated
from flux_conform.machine.moment import Moment as Moment
from flux_conform.machine.moment import Unreadable as Unreadable
from flux_conform.machine.moment import Value as Value
from flux_conform.machine.sets import (
    LISTED,
    are_disjoint,
    common,
    equal,
    is_set,
    is_within,
    set_of,
    united,
    without,
)

Evaluator: TypeAlias = Callable[[Moment], Value]


def compile_expression(tree: Node, definitions: Mapping[str, Definition]) -> Evaluator:
    """A function from a moment to the expression's value. It raises Unreadable, nothing else."""
    return _compile(expand(tree, dict(definitions)))


def _compile(node: Node) -> Evaluator:
    match node:
        case Constant(value=value):
            return lambda moment: value
        case Duration(amount=amount, unit=unit):
            length = seconds(amount, unit)
            return lambda moment: length
        case Name(name="state"):
            return lambda moment: moment.state
        case Name(name="event"):
            return lambda moment: moment.event
        case Name(name="first"):
            return lambda moment: moment.first
        case Name(name="time"):
            return event_time
        case Name(name=name):
            return lambda moment: (
                moment.values[name] if name in moment.values else moment.report[name]
            )
        case Key(name=""):
            return _whole_context
        case Key(name=name):
            return _key(name)
        case Member(record=record, field=field):
            return _member(_compile(record), field)
        case Not(operand=operand):
            inner = _compile(operand)
            return lambda moment: not inner(moment)
        case Binary():
            return _binary(node)
        case If(condition=condition, then=then, otherwise=otherwise):
            test, yes, no = _compile(condition), _compile(then), _compile(otherwise)
            return lambda moment: yes(moment) if test(moment) else no(moment)
        case List(items=items):
            parts = [_compile(item) for item in items]
            return lambda moment: [part(moment) for part in parts]
        case Build(fields=fields):
            made = [(name, _compile(value)) for name, value in fields]
            return lambda moment: {name: part(moment) for name, part in made}
        case Call():
            return _call(node)
        case About(function="seen", name=name):
            return lambda moment: name in moment.seen
        case About(function="visited", name=name):
            return lambda moment: name in moment.entered_times
        case About(function="first", name=name):
            return time_of(name, 0)
        case About(function="last", name=name):
            return time_of(name, 1)
        case About(function="since", name=name):
            return duration_since(name)
        case About(name=name):
            return lambda moment: moment.entered_times.get(name)


def _whole_context(moment: Moment) -> Value:
    if moment.unreadable or moment.context is None:
        raise Unreadable
    return moment.context


def _key(name: str) -> Evaluator:
    def read(moment: Moment) -> Value:
        if name in moment.unreadable:
            raise Unreadable
        return None if moment.context is None else moment.context.get(name)

    return read


def _has_key(name: str) -> Evaluator:
    def has(moment: Moment) -> Value:
        present = moment.context is not None and name in moment.context
        if present and name in moment.unreadable:
            raise Unreadable
        return present

    return has


def _member(record: Evaluator, field: str) -> Evaluator:
    def read(moment: Moment) -> Value:
        value = record(moment)
        return None if value is None else value.get(field)

    return read


def _binary(node: Binary) -> Evaluator:
    left, right = _compile(node.left), _compile(node.right)
    match node.operator:
        case "and":
            return lambda moment: left(moment) and right(moment)
        case "or":
            return lambda moment: left(moment) or right(moment)
        case "implies":
            return lambda moment: not left(moment) or right(moment)
        case "==":
            return _equality(node, left, right)
        case "!=":
            equal = _equality(node, left, right)
            return lambda moment: not equal(moment)
        case "in":
            return _membership(node, left, right)
        case "<=":
            return _at_most(left, right)
        case "<" | ">" | ">=" as sign:
            return _ordered(_ORDERS[sign], left, right)
        case "+":
            return lambda moment: _plus(left(moment), right(moment))
        case "-":
            return lambda moment: _minus(left(moment), right(moment))
        case "&" if not isinstance(node.right, Constant):
            return _arithmetic(_both, left, right)
        case sign:
            return _arithmetic(_ARITHMETIC[sign], left, right)


def _equality(node: Binary, left: Evaluator, right: Evaluator) -> Evaluator:
    # Most comparisons are with a constant, and take no more than Python's own then.
    if isinstance(node.left, Constant):
        return _equal_to(node.left.value, right, node.right)
    if isinstance(node.right, Constant):
        return _equal_to(node.right.value, left, node.left)
    alike = _alike(node.left, node.right)
    return lambda moment: alike(left(moment), right(moment), moment)


def _equal_to(value: Value, other: Evaluator, node: Node) -> Evaluator:
    kind = type(value)
    if kind is str:
        return lambda moment: other(moment) == value
    if value is None or kind is bool:
        return lambda moment: other(moment) is value
    alike = _alike(node)

    def equal(moment: Moment) -> Value:
        found = other(moment)
        # Objects and lists hold values, of which Python would compare the kinds its own way.
        return found == value if type(found) is kind is int else alike(found, value, moment)

    return equal


def _membership(node: Binary, left: Evaluator, right: Evaluator) -> Evaluator:
    items = node.right.items if isinstance(node.right, List) else ()
    texts = tuple(item.value for item in items if isinstance(item, Constant))
    if items and len(texts) == len(items) and all(type(text) is str for text in texts):
        return lambda moment: left(moment) in texts
    alike = _alike(node.left, *items)

    def within(moment: Moment) -> Value:
        member, held = left(moment), right(moment)
        if isinstance(held, Bag):
            return member in held
        return any(alike(member, item, moment) for item in held)

    return within


def _alike(*nodes: Node) -> Callable[[Value, Value, Moment], bool]:
    """Whether two values are equal, one of which may be a time, which is always a number."""
    if any(isinstance(node, About) and node.function in TIMES for node in nodes):
        return lambda one, other, moment: same(whole(one), whole(other))
    names = [node.name for node in nodes if isinstance(node, Name)]

    def alike(one: Value, other: Value, moment: Moment) -> bool:
        # A field of the report can be a time, and a variable none.
        if type(one) is not type(other) and any(name in moment.report for name in names):
            return same(whole(one), whole(other))
        return equal(one, other)

    return alike if names else lambda one, other, moment: equal(one, other)


_ORDERS: dict[str, Callable[[Value, Value], bool]] = {
    "<": operator.lt,
    ">": operator.gt,
    ">=": operator.ge,
}
# The loader admits positive divisors only, where all roundings agree with Z3's. A search for values
# may try others.
_ARITHMETIC: dict[str, Callable[[Value, Value], Value]] = {
    "*": operator.mul,
    "/": lambda one, other: one // other if other > 0 else None,
    "%": lambda one, other: one % other if other > 0 else None,
    "&": operator.and_,
}


def _ordered(order: Callable[[Value, Value], bool], left: Evaluator, right: Evaluator) -> Evaluator:
    def compare(moment: Moment) -> Value:
        a, b = left(moment), right(moment)
        return a is not None and b is not None and order(a, b)

    return compare


def _both(one: Value, other: Value) -> Value:
    return common(one, other) if is_set(one) else one & other


def _at_most(left: Evaluator, right: Evaluator) -> Evaluator:
    def compare(moment: Moment) -> Value:
        a, b = left(moment), right(moment)
        if is_set(a):
            return is_within(a, b)
        return a is not None and b is not None and a <= b

    return compare


def _arithmetic(
    compute: Callable[[Value, Value], Value], left: Evaluator, right: Evaluator
) -> Evaluator:
    def value(moment: Moment) -> Value:
        a, b = left(moment), right(moment)
        return None if a is None or b is None else whole(compute(a, b))

    return value


def _plus(left: Value, right: Value) -> Value:
    if isinstance(left, Bag):
        return united(left, right)
    if isinstance(right, Bag):
        return right  # added to {}
    return None if left is None or right is None else whole(left + right)


def _minus(left: Value, right: Value) -> Value:
    if isinstance(left, Bag):
        return without(left, right)
    if isinstance(right, Bag):
        return left  # taken from {}
    return None if left is None or right is None else whole(left - right)


def _call(node: Call) -> Evaluator:
    if node.function == "has" and isinstance(node.arguments[0], Key):
        return _has_key(node.arguments[0].name)
    arguments = [_compile(argument) for argument in node.arguments]
    only = arguments[0]
    match node.function:
        case "has":
            return lambda moment: only(moment) is not None
        case "old":
            return lambda moment: only(moment.before)
        case "empty":
            return lambda moment: len(only(moment)) == 0
        case "size":
            return lambda moment: len(only(moment))
        case "set":
            return lambda moment: set_of(only(moment))
        case "disjoint":
            one = arguments[1]
            return lambda moment: are_disjoint(only(moment), one(moment))
        case "ranks" | "hosts" | "keys":
            return _listed(LISTED[node.function], only)
        case "merge":
            other = arguments[1]
            return lambda moment: merged(only(moment), other(moment))
        case "update":
            other = arguments[1]
            return lambda moment: updated(only(moment), other(moment))
    raise AssertionError(node.function)


def _listed(members: Callable[[Value], Value], borne: Evaluator) -> Evaluator:
    def read(moment: Moment) -> Value:
        try:
            return members(borne(moment))
        except TooManyMembers:
            raise Unreadable from None

    return read
