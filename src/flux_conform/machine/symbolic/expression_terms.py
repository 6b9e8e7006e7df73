"""Expressions as Z3 terms: the same meaning as `flux_conform.machine.evaluate` gives them."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

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
from flux_conform.machine.symbolic.combined_sets import (
    COMBINED,
    is_written_out,
    literal,
    told,
    two_sets,
    written_out,
)
from flux_conform.machine.symbolic.free_values import FreeValues
from flux_conform.machine.symbolic.groups import Untranslatable
from flux_conform.machine.symbolic.logic import (
    Truth,
    Whole,
    conj,
    disj,
    neg,
    pick,
    same,
    total,
)
from flux_conform.machine.symbolic.member_terms import BagTerm, BorneSet, SetTerm
from flux_conform.machine.symbolic.members import Collections
from flux_conform.machine.symbolic.symbols import (
    NONE,
    Codes,
    Count,
    Fields,
    Flag,
    Items,
    Maybe,
    Opaque,
    Symbol,
    Text,
    constant,
    lifted,
)


class Fault(NamedTuple):
    """Of a key that may be faulty: whether it cannot be read, and whether it is there at all."""

    unreadable: Truth
    present: Truth


SOUND = Fault(False, True)


class Scene(NamedTuple):
    """All that an expression can ask: a configuration and an event, in symbols.

    `faults` are the keys that may be faulty; the whole context is the key of no name. `before` is
    the scene at the event, where this is the one after it. `free` are the values of conditions
    that cannot be translated, where these are any.
    """

    codes: Codes
    state: Whole
    started: Truth
    event: Whole
    came: Callable[[About], Truth]
    variable: Callable[[str], Symbol]
    keys: Mapping[str, Symbol]
    collections: Collections
    faults: Mapping[str, Fault] = {}
    before: Scene | None = None
    free: FreeValues | None = None


def truth(node: Node, scene: Scene) -> Truth:
    """A condition in symbols. Raises Untranslatable, unless the scene has free values."""
    try:
        value = lifted(translate(node, scene))
        if not isinstance(value.of, Flag):
            raise Untranslatable(f"a condition is no boolean: {told(value.of)}")
    except Untranslatable as error:
        if scene.free is None:
            raise
        return scene.free.truth(node, str(error))
    # It is read only where it is there: the type checker sees to that.
    return conj([value.has, value.of.truth])


def translate(node: Node, scene: Scene) -> Symbol:
    """An expression in symbols. Raises Untranslatable."""
    match node:
        case Constant(value=value):
            return constant(value, scene.codes)
        case Name(name="state"):
            return Text(scene.state)
        case Name(name="event"):
            return Text(scene.event)
        case Name(name="first"):
            return Flag(neg(scene.started))
        case Name(name=name):
            return scene.variable(name)
        case Key(name=""):
            return Opaque("the whole context is one object")
        case Key(name=name):
            return scene.collections.borne_set(node) or scene.keys[name]
        case Member(record=record, field=field):
            return _field(translate(record, scene), field)
        case Not(operand=operand):
            return Flag(neg(truth(operand, scene)))
        case Binary():
            return _binary(node, scene)
        case If(condition=condition, then=then, otherwise=otherwise):
            test = truth(condition, scene)
            if isinstance(test, bool):
                return translate(then if test else otherwise, scene)
            return either(test, translate(then, scene), translate(otherwise, scene), scene)
        case List(items=items):
            return Items(tuple(translate(item, scene) for item in items), items)
        case Build(fields=fields):
            return Fields(tuple((name, translate(value, scene)) for name, value in fields))
        case Call(function="has", arguments=(Key(name=name),)) if name in scene.faults:
            return Flag(scene.faults[name].present)
        case Call(function="old", arguments=(operand,)) if scene.before is not None:
            return translate(operand, scene.before)
        case Call(function="ranks" | "hosts" | "keys"):
            return scene.collections.borne_set(node) or Opaque("a set that nothing asks for")
        case Call(function="set", arguments=(Key() | Call() as operand,)):
            listed = translate(operand, scene)
            return listed._replace(length=None) if isinstance(listed, BorneSet) else listed
        case Call(function="set", arguments=(operand,)):
            if is_written_out(node):
                return written_out(node, scene.codes)
            whole = translate(operand, scene)
            return whole._replace(kind="set") if isinstance(whole, Items) else whole
        case Call(function="disjoint", arguments=(left, right)):
            if is_written_out(node):
                return written_out(node, scene.codes)
            return Flag(_without_common(left, right, scene))
        case Call(function=function, arguments=arguments):
            return _call(function, arguments, scene)
        case Duration():
            raise Untranslatable("a duration, and proofs know no times")
        case About(function="seen" | "visited"):
            return Flag(scene.came(node))
        case About(function=function):
            raise Untranslatable(f"{function}(…) is a time, and proofs know none")


def either(condition: Truth, then: Symbol, otherwise: Symbol, scene: Scene) -> Symbol:
    """`then` where the condition holds, else `otherwise`."""
    match (then, otherwise):
        case (Flag(truth=a), Flag(truth=b)):
            return Flag(pick(condition, a, b))
        case (Count(number=a), Count(number=b)):
            return Count(pick(condition, a, b))
        case (Text(code=a), Text(code=b)):
            return Text(pick(condition, a, b))
        case (SetTerm() | BagTerm(), SetTerm() | BagTerm()):
            return scene.collections.either(condition, then, otherwise)
        case (SetTerm() | BagTerm() | BorneSet(), _) | (_, SetTerm() | BagTerm() | BorneSet()):
            return scene.collections.either(
                condition, *two_sets(then, otherwise, scene.collections)
            )
        case (Fields(fields=a), Fields(fields=b)):
            pairs = zip(a, b, strict=True)
            return Fields(
                tuple((name, either(condition, x, y, scene)) for (name, x), (_, y) in pairs)
            )
        case (Maybe(), _) | (_, Maybe()):
            left, right = lifted(then), lifted(otherwise)
            has = pick(condition, left.has, right.has)
            if left.of is None or right.of is None:
                return Maybe(has, right.of if left.of is None else left.of)
            return Maybe(has, either(condition, left.of, right.of, scene))
        case _:
            return Opaque(f"an if of {told(then)} and {told(otherwise)}")


def equal(left: Symbol, right: Symbol, scene: Scene) -> Truth:
    """Whether two values are equal; none equals only none."""
    match (left, right):
        case (
            (Flag(truth=a), Flag(truth=b))
            | (Count(number=a), Count(number=b))
            | (Text(code=a), Text(code=b))
        ):
            return same(a, b)
        case (SetTerm() | BagTerm(), SetTerm() | BagTerm()):
            return scene.collections.equal(left, right)
        case (SetTerm() | BagTerm() | BorneSet(), _) | (_, SetTerm() | BagTerm() | BorneSet()):
            one, two = two_sets(left, right, scene.collections)
            return scene.collections.equal(one, two)
        case (Fields(fields=a), Fields(fields=b)):
            table = dict(b)
            if set(table) != {name for name, _ in a}:
                return False
            return conj(equal(value, table[name], scene) for name, value in a)
        case (Maybe(), _) | (_, Maybe()):
            one, two = lifted(left), lifted(right)
            for value in (one.of, two.of):
                if isinstance(value, Opaque) and value.null:
                    raise Untranslatable(value.why)
            neither = conj([neg(one.has), neg(two.has)])
            if one.of is None or two.of is None:
                return neither
            both = conj([one.has, two.has])
            if both is False:
                return neither
            return disj([neither, conj([both, equal(one.of, two.of, scene)])])
        case (Opaque(why=why), _) | (_, Opaque(why=why)):
            raise Untranslatable(why)
        case (Flag() | Count() | Text() | Fields() | Items(), Flag() | Count() | Text()):
            return False  # values of different kinds are never equal
        case (Flag() | Count() | Text(), Fields() | Items()):
            return False
        case _:
            raise Untranslatable(f"{told(left)} is compared with {told(right)}")


def _field(record: Symbol, field: str) -> Symbol:
    match record:
        case Fields(fields=fields):
            return dict(fields).get(field, NONE)
        case Maybe(of=None):
            return NONE
        case Maybe(has=has, of=Fields(fields=fields)):
            inner = lifted(dict(fields).get(field, NONE))
            return Maybe(conj([has, inner.has]), inner.of)
        case _:
            raise Untranslatable(f"the field {field} of {told(record)}")


def _binary(node: Binary, scene: Scene) -> Symbol:
    name = node.operator
    if name in ("and", "or", "implies"):
        # What stands right is not translated where the left decides, as it is not evaluated.
        left = truth(node.left, scene)
        if name == "and":
            return Flag(False if left is False else conj([left, truth(node.right, scene)]))
        if name == "implies":
            left = neg(left)
        return Flag(True if left is True else disj([left, truth(node.right, scene)]))
    if name == "in":
        return Flag(_inside(node, scene))
    if name in COMBINED and is_written_out(node):
        return written_out(node, scene.codes)
    one = translate(node.left, scene)
    two = translate(node.right, scene)
    if name in COMBINED and any(
        isinstance(side, SetTerm | BagTerm | BorneSet) for side in (one, two)
    ):
        is_empty = isinstance(two, Fields) and not two.fields
        is_set = is_empty or isinstance(two, SetTerm | BagTerm | BorneSet) or two.kind == "set"
        if isinstance(one, BorneSet) and one.terms and not is_set:
            one = one.terms[0]
        if name in ("+", "-") and isinstance(one, SetTerm | BagTerm) and not is_set:
            change = scene.collections.added if name == "+" else scene.collections.removed
            return change(one, literal(node.right))
        first, second = two_sets(one, two, scene.collections)
        combined = scene.collections.joined(first, second, COMBINED[name])
        return Flag(scene.collections.is_empty(combined)) if name == "<=" else combined
    if name in ("==", "!="):
        result = equal(one, two, scene)
        return Flag(result if name == "==" else neg(result))
    return _arithmetic(name, one, two)


def _without_common(left: Node, right: Node, scene: Scene) -> Truth:
    one, two = two_sets(translate(left, scene), translate(right, scene), scene.collections)
    return scene.collections.is_empty(scene.collections.joined(one, two, lambda a, b: conj([a, b])))


def _inside(node: Binary, scene: Scene) -> Truth:
    whole = translate(node.right, scene)
    member = translate(node.left, scene)
    match whole:
        case SetTerm() | BagTerm():
            has = lifted(member).has
            held = has is not False and scene.collections.holds(whole, literal(node.left))
            return conj([has, held])
        case BorneSet(terms=terms):
            has = lifted(member).has
            for term in terms:
                return conj([has, scene.collections.holds(term, literal(node.left))])
            raise Untranslatable(f"membership in {told(whole)}")
        case Items(items=items):
            return disj(equal(member, item, scene) for item in items)
        case _:
            raise Untranslatable(f"membership in {told(whole)}")


_ORDERS: dict[str, Callable[[Any, Any], Truth]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def _number(value: Symbol | None) -> Whole:
    if not isinstance(value, Count):
        raise Untranslatable(f"arithmetic on {told(value)}")
    return value.number


def _arithmetic(name: str, one: Symbol, two: Symbol) -> Symbol:
    """Order or compute; an order does not hold, and a result is none, where a number is none."""
    left, right = lifted(one), lifted(two)
    has = conj([left.has, right.has])
    if has is False:
        return Flag(False) if name in _ORDERS else NONE
    numbers = _number(left.of), _number(right.of)
    if name in _ORDERS:
        return Flag(conj([has, _ORDERS[name](*numbers)]))
    number = Count(_computed(name, *numbers))
    return number if has is True else Maybe(has, number)


def _computed(name: str, a: Whole, b: Whole) -> Whole:
    match name:
        case "+":
            return total([a, b])
        case "-":
            return a - b
        case "*":
            return a * b
        case "/":
            # The divisor is positive; there Z3's and Python's rounding agree.
            return a // b if isinstance(a, int) and isinstance(b, int) else a / b
        case "%":
            return a % b
        case "&":
            if isinstance(a, int):
                return a & b
            bits = [1 << place for place in range(b.bit_length()) if b >> place & 1]
            return total([(a if bit == 1 else a / bit) % 2 * bit for bit in bits])
    raise AssertionError(name)


def _call(function: str, arguments: tuple[Node, ...], scene: Scene) -> Symbol:
    value = translate(arguments[0], scene)
    match function:
        case "has":
            return Flag(lifted(value).has)
        case "empty" | "size":
            if isinstance(value, Items) and value.kind == "set":
                fixed = [isinstance(node, Constant) for node in value.nodes[1:]]
                if not all(fixed):
                    raise Untranslatable("the size of a set of what may be equal")
            if isinstance(value, Items):
                size: Whole = len(value.items)
            elif isinstance(value, SetTerm | BagTerm):
                size = scene.collections.size(value)
            elif isinstance(value, BorneSet):
                size = value.length
                if size is None:
                    size = scene.collections.size(value.terms[0])
            elif isinstance(value, Fields) and not value.fields:
                size = 0
            else:
                raise Untranslatable(told(value))
            return Count(size) if function == "size" else Flag(same(size, 0))
        case _:
            return Opaque(f"{function}(…) of objects")
