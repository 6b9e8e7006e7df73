"""Expressions of a compiled specification as SMT-LIB terms, over what a certificate keeps.

It shares no code with the prover's translation. A term stands beside another that says whether the
expression can be read at all: a key that is missing or of a wrong type cannot.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from flux_conform.verify.counted_members import Counting
from flux_conform.verify.definitions import Tree, Unsupported, is_key
from flux_conform.verify.event_sets import LISTED, key_label, label_of
from flux_conform.verify.set_values import (
    as_set,
    is_set,
    member_of,
    set_at,
    size_of,
    some_set,
    two_sets,
)
from flux_conform.verify.smt_terms import (
    FALSE,
    TRUE,
    all_of,
    any_of,
    choice,
    equality,
    negation,
    total,
)


class Value(NamedTuple):
    """A value in terms. It is none unless `there`.

    `of` is a term of a boolean, integer or string (its code); a mapping of a record's fields; a
    tuple of a list's items, that are written as `trees`; a collection, or a set that the event
    bears; or None of what nothing is known.
    """

    kind: str
    of: Any
    there: str = TRUE
    trees: tuple[Tree, ...] = ()


NONE = Value("none", None, FALSE)


class BorneKey(NamedTuple):
    """A key that an event bears: its value, whether it cannot be read, whether it is there."""

    value: Value
    faulty: str = FALSE
    present: str = TRUE


class Scene(NamedTuple):
    """What expressions can read, in terms. `keys` are those of the event, "" the whole context.

    `before` is the scene at the event, where this is the one after it; the event has no effect on
    the variables that are `unchanged`.
    """

    state: str
    first: str
    event: str
    code: Callable[[str], str]
    symbol: Callable[[str], str]
    variable: Callable[[str], Value]
    counting: Counting
    keys: Mapping[str, BorneKey] = {}
    before: Scene | None = None
    unchanged: frozenset[str] = frozenset()


class DerivedStep(NamedTuple):
    """What the specification says of an event: as in a certificate, and the sorts of inputs.

    `rows` are the conditions of its transitions by their numbers. `guarded` are components that
    count only where a term holds after the step.
    """

    scene: Scene
    inputs: Mapping[str, str]
    possible: str
    rules: Mapping[str, str]
    allowed: str
    rows: Mapping[int, str]
    after: Mapping[str, str]
    guarded: Mapping[str, str]
    scene_after: Scene


def holds(tree: Tree | None, scene: Scene) -> str:
    """Return the term: a condition can be read, and holds. No condition holds."""
    if tree is None:
        return TRUE
    truth, readable = condition_of(tree, scene)
    return all_of([readable, truth])


def condition_of(tree: Tree, scene: Scene) -> tuple[str, str]:
    """Return the term of a condition, and that it can be read. Raises Unsupported."""
    value, readable = translate(tree, scene)
    if value.kind != "bool":
        raise Unsupported("a condition that is no boolean")
    # What is none does not hold.
    return all_of([value.there, str(value.of)]), readable


def translate(tree: Tree, scene: Scene) -> tuple[Value, str]:
    """Return an expression in terms, and that it can be read. Raises Unsupported."""
    match tree["kind"]:
        case "constant":
            return constant(tree["value"], scene), TRUE
        case "name":
            return _named(tree["name"], scene), TRUE
        case "key":
            if tree["name"] not in scene.keys:
                raise Unsupported(f"the key {tree['name']!r}, which the certificate does not bear")
            key = scene.keys[tree["name"]]
            whole = set_at(key_label(tree["name"]), scene.counting)
            return (Value("borne", whole) if whole else key.value), negation(key.faulty)
        case "member":
            record, readable = translate(tree["record"], scene)
            return _field(record, tree["field"]), readable
        case "not":
            truth, readable = condition_of(tree["operand"], scene)
            return Value("bool", negation(truth)), readable
        case "binary":
            return _binary(tree["operator"], tree["left"], tree["right"], scene)
        case "if":
            truth, asked = condition_of(tree["condition"], scene)
            (then, one), (otherwise, two) = (
                translate(tree[part], scene) for part in ("then", "otherwise")
            )
            return either(truth, then, otherwise, scene), all_of([asked, choice(truth, one, two)])
        case "list":
            items = [translate(item, scene) for item in tree["items"]]
            values = tuple(value for value, _ in items)
            return Value("list", values, trees=tuple(tree["items"])), all_of(ok for _, ok in items)
        case "build":
            fields = {name: translate(part, scene) for name, part in tree["fields"]}
            parts = {name: value for name, (value, _) in fields.items()}
            return Value("record", parts), all_of(ok for _, ok in fields.values())
        case "call" if tree["function"] in ("set", "disjoint", *LISTED):
            return _of_sets(tree["function"], tree["arguments"], tree, scene)
        case "call":
            return _called(tree["function"], tree["arguments"], scene)
        case "about" if tree["function"] in ("seen", "visited"):
            return Value("bool", scene.symbol(f"{tree['function']}({tree['name']})")), TRUE
        case kind:
            raise Unsupported(f"an expression of the kind {tree.get('function', kind)}")


def constant(value: Any, scene: Scene) -> Value:
    """Return a constant in terms."""
    if value is None:
        return NONE
    if isinstance(value, bool):
        return Value("bool", TRUE if value else FALSE)
    if isinstance(value, int):
        return Value("int", number(value))
    return Value("text", scene.code(value))


def number(value: int) -> str:
    """Write an integer as SMT-LIB does."""
    return str(value) if value >= 0 else f"(- {-value})"


def either(condition: str, then: Value, otherwise: Value, scene: Scene) -> Value:
    """Return one value where the condition holds, else the other."""
    if condition in (TRUE, FALSE):
        return then if condition == TRUE else otherwise
    there = choice(condition, then.there, otherwise.there)
    if "none" in (then.kind, otherwise.kind):
        return (otherwise if then.kind == "none" else then)._replace(there=there)
    if {then.kind, otherwise.kind} & {"members", "borne"}:
        one, two = two_sets(then, otherwise, scene.counting)
        return Value("members", scene.counting.either(condition, one, two))
    if then.kind != otherwise.kind:
        return Value("unknown", None, there)
    match then.kind:
        case "bool" | "int" | "text":
            return Value(then.kind, choice(condition, then.of, otherwise.of), there)
        case "record" if then.of.keys() == otherwise.of.keys():
            pairs = {name: (then.of[name], otherwise.of[name]) for name in then.of}
            fields = {name: either(condition, *pair, scene) for name, pair in pairs.items()}
            return Value("record", fields, there)
        case _:
            return Value("unknown", None, there)


def equal(one: Value, two: Value, scene: Scene) -> str:
    """Return the term: two values are equal; none equals only none. Raises Unsupported."""
    neither = all_of([negation(one.there), negation(two.there)])
    if {one.kind, two.kind} == {"none", "unknown"}:
        raise Unsupported("a comparison of none with a value that may be null")
    if "none" in (one.kind, two.kind):
        return neither
    both = all_of([one.there, two.there])
    if "unknown" in (one.kind, two.kind):
        raise Unsupported("a comparison of values that the certificate does not know")
    if {one.kind, two.kind} & {"members", "borne"}:
        return scene.counting.equal(*two_sets(one, two, scene.counting))
    if one.kind != two.kind:
        return neither
    match one.kind:
        case "bool" | "int" | "text":
            alike = equality(one.of, two.of)
        case "record":
            if one.of.keys() != two.of.keys():
                return neither
            alike = all_of(equal(one.of[name], two.of[name], scene) for name in one.of)
        case kind:
            raise Unsupported(f"a comparison of values of the kind {kind}")
    return any_of([neither, all_of([both, alike])])


def _named(name: str, scene: Scene) -> Value:
    match name:
        case "state":
            return Value("text", scene.state)
        case "event":
            return Value("text", scene.event)
        case "first":
            return Value("bool", scene.first)
        case _:
            return scene.variable(name)


def _field(record: Value, field: str) -> Value:
    if record.kind == "none":
        return NONE
    if record.kind != "record":
        raise Unsupported(f"the field {field} of a value that the certificate does not know")
    part: Value = record.of.get(field, NONE)
    return part._replace(there=all_of([record.there, part.there]))


def _binary(sign: str, left: Tree, right: Tree, scene: Scene) -> tuple[Value, str]:
    if sign in ("and", "or", "implies"):
        return _joined(sign, left, right, scene)
    if sign == "==" and _is_kept(left, right, scene):
        return Value("bool", TRUE), TRUE
    one, can_one = translate(left, scene)
    two, can_two = translate(right, scene)
    readable = all_of([can_one, can_two])
    if sign in ("==", "!="):
        alike = equal(one, two, scene)
        return Value("bool", alike if sign == "==" else negation(alike)), readable
    if sign == "in":
        return Value("bool", _inside(one, left, two, scene)), readable
    kinds = {one.kind, two.kind}
    if sign in ("+", "-", "&", "<=") and kinds & {"members", "borne"}:
        if sign in "+-" and not is_set(two):
            whole = some_set(one)
            return Value("members", scene.counting.changed(whole, sign, member_of(right))), readable
        pair = two_sets(one, two, scene.counting)
        if sign == "<=":
            missing = scene.counting.met("-", *pair)
            return Value("bool", scene.counting.is_empty(missing)), readable
        return Value("members", scene.counting.met(sign, *pair)), readable
    return _computed(sign, one, two), readable


def _is_kept(one: Tree, two: Tree, scene: Scene) -> bool:
    """Whether a variable is compared with its old value that the event leaves alone."""
    if one["kind"] != "name" or two["kind"] != "call" or two["function"] != "old":
        return False
    return one["name"] in scene.unchanged and two["arguments"] == [one]


def _joined(sign: str, left: Tree, right: Tree, scene: Scene) -> tuple[Value, str]:
    one, can_one = condition_of(left, scene)
    decided = one if sign == "or" else negation(one)
    if decided == TRUE:
        return Value("bool", FALSE if sign == "and" else TRUE), can_one
    two, can_two = condition_of(right, scene)
    truth = all_of([one, two]) if sign == "and" else any_of([decided, two])
    return Value("bool", truth), all_of([can_one, any_of([decided, can_two])])


def _inside(member: Value, tree: Tree, whole: Value, scene: Scene) -> str:
    if whole.kind in ("members", "borne"):
        held = scene.counting.holds(some_set(whole), member_of(tree))
        return all_of([member.there, held])
    if whole.kind != "list":
        raise Unsupported("membership in what the certificate does not know")
    return any_of(equal(member, item, scene) for item in whole.of)


def _computed(sign: str, one: Value, two: Value) -> Value:
    there = all_of([one.there, two.there])
    order = sign in ("<", "<=", ">", ">=")
    if there == FALSE:
        return Value("bool", FALSE) if order else NONE
    if {one.kind, two.kind} != {"int"}:
        raise Unsupported("arithmetic on what is no integer")
    if order:
        return Value("bool", all_of([there, f"({sign} {one.of} {two.of})"]))
    return Value("int", _number(sign, one.of, two.of), there)


def _number(sign: str, one: str, two: str) -> str:
    match sign:
        case "+" | "-" | "*":
            return f"({sign} {one} {two})"
        case "/" | "%":
            return f"({'div' if sign == '/' else 'mod'} {one} {two})"
        case "&" if two.isdigit():
            mask = int(two)
            bits = [1 << place for place in range(mask.bit_length()) if mask >> place & 1]
            return total(f"(* {bit} (mod (div {one} {bit}) 2))" for bit in bits)
    raise Unsupported(f"the operator {sign}")


def _called(function: str, arguments: Sequence[Tree], scene: Scene) -> tuple[Value, str]:
    first = arguments[0]
    if function == "old" and scene.before is not None:
        return translate(first, scene.before)
    if function == "has" and is_key(first) and first["name"] in scene.keys:
        key = scene.keys[first["name"]]
        present = all_of([key.present, key.value.there])
        # A key that is missing can be asked for, though it should be there.
        return Value("bool", present), negation(all_of([key.faulty, key.present]))
    values = [translate(part, scene) for part in arguments]
    readable = all_of(can for _, can in values)
    whole = values[0][0]
    if function == "has":
        return Value("bool", whole.there), readable
    if function in ("size", "empty") and whole.kind in ("members", "list", "borne", "record"):
        size = size_of(whole, scene.counting)
        if function == "size":
            return Value("int", size), readable
        return Value("bool", equality(size, "0")), readable
    return Value("unknown", None), readable


def _of_sets(
    function: str, arguments: Sequence[Tree], tree: Tree, scene: Scene
) -> tuple[Value, str]:
    """What the functions of sets give."""
    values = [translate(part, scene) for part in arguments]
    readable = all_of(can for _, can in values)
    first = values[0][0]
    if function == "disjoint":
        pair = two_sets(first, values[1][0], scene.counting)
        return Value("bool", scene.counting.is_empty(scene.counting.met("&", *pair))), readable
    if function == "set":
        return as_set(first), readable
    label = label_of(tree)
    whole = None if label is None else set_at(label, scene.counting)
    if whole is None:
        raise Unsupported(f"the set {label}, which the certificate does not count")
    return Value("borne", whole), readable
