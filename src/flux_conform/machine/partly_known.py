"""What an expression means where only some of its variables are known.

Every value that an expression could have is covered: what is said to be known is so whatever the
rest is. A truth value that depends on the rest is UNKNOWN, as Kleene's logic has it.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Any, NamedTuple, TypeAlias

from flux_conform.language.bag import Bag
from flux_conform.language.equality import same
from flux_conform.language.expressions import (
    About,
    Binary,
    Build,
    Call,
    Constant,
    Duration,
    If,
    Key,
    List,
    Member,
    Name,
    Node,
    Not,
)
from flux_conform.machine.evaluate import Evaluator, Moment, Unreadable, compile_expression
from flux_conform.machine.partly_known_sets import (
    SET_OPERATIONS,
    UNKNOWN,
    Partly,
    Unknown,
    as_set,
    combined,
    disjoint,
    is_known,
    negated,
)

_NO_VALUES: Mapping[str, Any] = MappingProxyType({})

Value: TypeAlias = Any
"""A value of `flux_conform.machine.evaluate`, or Partly, or UNKNOWN."""


class Facts(NamedTuple):
    """What is known at an event: as `flux_conform.machine.evaluate.Moment`, with unknown values.

    `seen` says of events whether they came; those that it does not name may have.
    """

    values: Mapping[str, Value]
    state: str
    seen: Mapping[str, bool]
    event: str = ""
    context: Mapping[str, Any] | None = None
    unreadable: frozenset[str] = frozenset()


def evaluate(node: Node, facts: Facts) -> Value:
    """The value of an expression in which definitions are put in. Raises Unreadable."""
    match node:
        case Name(name="state"):
            return facts.state
        case Name(name="first"):
            return False  # a window's first event follows others
        case Name(name="event"):
            return facts.event
        case Name(name=name):
            return facts.values.get(name, UNKNOWN)
        case About(function="seen", name=name):
            return facts.seen.get(name, UNKNOWN)
        case About():
            return UNKNOWN
        case Not(operand=operand):
            return negated(evaluate(operand, facts))
        case Binary():
            return _binary(node, facts)
        case If(condition=condition, then=then, otherwise=otherwise):
            test = evaluate(condition, facts)
            if test is UNKNOWN:
                return _either(then, otherwise, facts)
            return evaluate(then if test else otherwise, facts)
        case Call():
            return _call(node, facts)
        case Member(record=record, field=field):
            value = evaluate(record, facts)
            if value is UNKNOWN or value is None:
                return value
            return value.get(field)
        case List(items=items):
            return [evaluate(item, facts) for item in items]
        case Build(fields=fields):
            return {name: evaluate(value, facts) for name, value in fields}
        case Constant(value=value):
            return value
        case Duration():
            return _exact(compile_expression(node, {}), facts)
        case Key(name=name):
            return _exact(_key(name), facts)


def learn(node: Node, truth: bool, facts: Facts) -> Facts:
    """The facts, and what follows for single variables from an expression's being true or not."""
    match node:
        case Not(operand=operand):
            return learn(operand, not truth, facts)
        case Binary(operator="and", left=left, right=right) if truth:
            return learn(right, True, learn(left, True, facts))
        case Binary(operator="or", left=left, right=right) if not truth:
            return learn(right, False, learn(left, False, facts))
        case Binary(operator="implies", left=left, right=right):
            if not truth:
                return learn(right, False, learn(left, True, facts))
            return _one_of(Not(left), right, facts)
        case Binary(operator="or", left=left, right=right):
            return _one_of(left, right, facts)
        case About(function="seen", name=name):
            return facts._replace(seen={**facts.seen, name: truth})
        case Name(name=name) if facts.values.get(name) is UNKNOWN:
            return _with(facts, name, truth)
        case Call(function="empty", arguments=(Name(name=name),)) if truth:
            held = facts.values.get(name)
            if isinstance(held, Partly):
                return _with(facts, name, Bag(distinct=held.distinct))
        case Binary(operator="<=", left=left, right=Name(name=name)) if truth:
            held, members = facts.values.get(name), _quiet(left, facts)
            if isinstance(held, Partly) and isinstance(members, Bag):
                return _with(facts, name, held.union(members))
        case Call(function="disjoint", arguments=(one, other)) if truth:
            for side, rest in ((one, other), (other, one)):
                held = facts.values.get(side.name) if isinstance(side, Name) else None
                members = _quiet(rest, facts)
                if isinstance(side, Name) and isinstance(held, Partly) and isinstance(members, Bag):
                    return _with(facts, side.name, held.difference(members))
        case Binary(operator="in", left=left, right=Name(name=name)):
            held, member = facts.values.get(name), _quiet(left, facts)
            if isinstance(held, Partly) and is_known(member):
                return _with(facts, name, held.holding(member) if truth else held.lacking(member))
    return facts


def _one_of(one: Node, other: Node, facts: Facts) -> Facts:
    """What follows where one of two at least holds: something only if the other one does not."""
    if _quiet(one, facts) is False:
        return learn(other, True, facts)
    if _quiet(other, facts) is False:
        return learn(one, True, facts)
    return facts


def _with(facts: Facts, name: str, value: Value) -> Facts:
    return facts._replace(values={**facts.values, name: value})


def _quiet(node: Node, facts: Facts) -> Value:
    try:
        return evaluate(node, facts)
    except Unreadable:
        return UNKNOWN


def _either(one: Node, other: Node, facts: Facts) -> Value:
    """The value of both where they have the same, told without the condition."""
    first, second = _quiet(one, facts), _quiet(other, facts)
    is_known = not isinstance(first, Unknown | Partly | list | dict)
    return first if is_known and same(first, second) else UNKNOWN


def _binary(node: Binary, facts: Facts) -> Value:
    sign = node.operator
    if sign in ("and", "or", "implies"):
        left = evaluate(node.left, facts)
        if sign == "implies":
            left = negated(left)
        decides = sign != "and"  # what the left side must be for the right not to matter
        if left is not UNKNOWN and bool(left) is decides:
            return decides
        right = _quiet(node.right, facts) if left is UNKNOWN else evaluate(node.right, facts)
        if right is not UNKNOWN and bool(right) is decides:
            return decides
        return UNKNOWN if left is UNKNOWN else right
    left, right = evaluate(node.left, facts), evaluate(node.right, facts)
    if sign in SET_OPERATIONS and Partly in (type(left), type(right)):
        computed = combined(sign, left, right)
        if computed is not None:
            return computed
    if isinstance(left, Partly) and sign in "+-":
        if not is_known(right):
            return Partly(left.distinct, left.sure if sign == "+" else {}, frozenset())
        return left.add(right) if sign == "+" else left.remove(right)
    if sign == "in" and isinstance(right, Partly):
        return right.holds(left) if is_known(left) else UNKNOWN
    if not is_known(left) or not is_known(right):
        return UNKNOWN
    return _exact(_operation(sign), facts, {"left": left, "right": right})


def _call(node: Call, facts: Facts) -> Value:
    if node.function == "has" and isinstance(node.arguments[0], Key):
        return _exact(compile_expression(node, {}), facts)
    values = [evaluate(argument, facts) for argument in node.arguments]
    if isinstance(values[0], Partly) and node.function == "set":
        return values[0]
    if node.function == "disjoint":
        one, other = (as_set(value, node.function) for value in values)
        if isinstance(one, Partly | Bag) and isinstance(other, Partly | Bag):
            return disjoint(one, other)
        return UNKNOWN
    if isinstance(values[0], Partly) and node.function == "empty":
        return False if values[0].sure else UNKNOWN
    if not all(map(is_known, values)):
        return UNKNOWN
    call = Call(node.function, tuple(map(Constant, values)))
    return _exact(compile_expression(call, {}), facts)


def _exact(evaluator: Evaluator, facts: Facts, values: Mapping[str, Value] = _NO_VALUES) -> Value:
    """The value as the evaluator has it: all that is asked for is known."""
    return evaluator(
        Moment(
            values=values,
            state=facts.state,
            event=facts.event,
            context=facts.context,
            unreadable=facts.unreadable,
        )
    )


# Each past asks for these after each event.
@lru_cache(maxsize=256)
def _key(name: str) -> Evaluator:
    return compile_expression(Key(name), {})


@lru_cache(maxsize=32)
def _operation(sign: str) -> Evaluator:
    """An operation on the values `left` and `right`."""
    return compile_expression(Binary(sign, Name("left"), Name("right")), {})
