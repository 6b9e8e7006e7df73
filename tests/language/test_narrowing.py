"""What the type checker infers of numbers and of what may be none holds of every value there is."""

import itertools
import operator
from collections.abc import Callable

import pytest

from flux_conform.language import types as t
from flux_conform.language.expressions import Definition, Expression
from flux_conform.language.intervals import computed, hull
from flux_conform.language.naming_scope import Scope
from flux_conform.language.parser import parse_expression, parse_type
from flux_conform.language.type_relations import show
from flux_conform.language.typecheck import check
from flux_conform.machine.evaluate import Moment, compile_expression

ENDS = (-5, -3, -1, 0, 1, 2, 6)
RANGES = [pair for pair in itertools.product(ENDS, ENDS) if pair[0] <= pair[1]]
POSITIVE = [pair for pair in RANGES if pair[0] > 0]
FAR = 40
"""So far from all ends that a range without an end shows there."""


def members(low: int | None, high: int | None) -> range:
    return range(-FAR if low is None else low, (FAR if high is None else high) + 1)


def results(sign: Callable[[int, int], int], left: range, right: range) -> set[int]:
    return {sign(a, b) for a in left for b in right}


@pytest.mark.parametrize("sign", [operator.add, operator.sub], ids=["+", "-"])
def test_sums_lie_between_the_least_and_the_greatest_that_there_is(
    sign: Callable[[int, int], int],
) -> None:
    written = {operator.add: "+", operator.sub: "-"}[sign]
    for left, right in itertools.product(RANGES, RANGES):
        found = results(sign, members(*left), members(*right))
        inferred = computed(written, t.Integer(*left), t.Integer(*right))
        assert (inferred.low, inferred.high) == (min(found), max(found))


def test_a_quotient_lies_between_the_least_and_the_greatest_that_there_is() -> None:
    for left, right in itertools.product(RANGES, POSITIVE):
        found = results(operator.floordiv, members(*left), members(*right))
        inferred = computed("/", t.Integer(*left), t.Integer(*right))
        assert (inferred.low, inferred.high) == (min(found), max(found))


@pytest.mark.parametrize(("written", "sign"), [("%", operator.mod), ("&", operator.and_)])
def test_remainders_and_common_bits_lie_within_what_is_inferred(
    written: str, sign: Callable[[int, int], int]
) -> None:
    for left, right in itertools.product(RANGES, POSITIVE):
        found = results(sign, members(*left), members(*right))
        inferred = computed(written, t.Integer(*left), t.Integer(*right))
        assert found <= {*members(inferred.low, inferred.high)}


@pytest.mark.parametrize("factor", [-3, -1, 0, 1, 4])
def test_a_product_with_one_number_lies_between_the_least_and_the_greatest(factor: int) -> None:
    for low, high in RANGES:
        found = {number * factor for number in members(low, high)}
        for sides in (((low, high), (factor, factor)), ((factor, factor), (low, high))):
            inferred = computed("*", *(t.Integer(*side) for side in sides))
            assert (inferred.low, inferred.high) == (min(found), max(found))


@pytest.mark.parametrize("written", ["+", "-", "/", "%", "&", "*"])
def test_a_range_without_an_end_stays_on_the_safe_side(written: str) -> None:
    sides = {"+": operator.add, "-": operator.sub, "/": operator.floordiv, "%": operator.mod}
    signs = sides | {"&": operator.and_, "*": operator.mul}
    rights = {"*": [(3, 3), (-2, -2)], "+": RANGES, "-": RANGES}.get(
        written, [*POSITIVE, (2, None)]
    )
    for left, right in itertools.product([(None, 2), (-3, None), (None, None)], rights):
        inferred = computed(written, t.Integer(*left), t.Integer(*right))
        found = results(signs[written], members(*left), members(*right))
        assert inferred.low is None or inferred.low <= min(found)
        assert inferred.high is None or max(found) <= inferred.high


def test_the_hull_holds_both() -> None:
    for left, right in itertools.product([*RANGES, (None, 1), (0, None)], repeat=2):
        found = hull(t.Integer(*left), t.Integer(*right))
        assert {*members(*left), *members(*right)} <= {*members(found.low, found.high)}


# Narrowing

TYPES = {
    "x": "optional integer",
    "n": "integer 0..9",
    "some": "optional boolean",
    "held": "set of string",
    "name": "optional string",
    "result": "optional {code: integer 0..255, why: optional string}",
}
DEFINITIONS = {
    name: Definition(name, parameters, Expression(body, parse_expression(body).tree))
    for name, parameters, body in (
        ("known", (), "has(x)"),
        ("big", (), "known and x > 3"),
        ("above", ("x",), "x + 1"),
        ("few", (), "n < 3"),
        ("same", (), "n"),
        ("when_few", ("n",), "if few then n else 0"),
        ("when_less", ("n",), "if n < 3 then same else 0"),
        ("when_given", ("few", "n"), "if few then n else 0"),
    )
}
SCOPE = Scope(
    {name: parse_type(text) for name, text in TYPES.items()},
    DEFINITIONS,
    ("A", "B"),
    ("go",),
    {"k": parse_type("optional integer 0..5"), "on": parse_type("optional boolean")},
)


def type_of(text: str) -> str:
    kind, faults = check(parse_expression(text).tree, SCOPE)
    assert faults == []
    return show(kind)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("if has(x) then x else 0", "integer"),
        ("if not has(x) then 0 else x", "integer"),
        ("if x == none then 0 else x", "integer"),
        ("if x != none then x else 0", "integer"),
        ("if known then x else 0", "integer"),
        ("if big then x else 7", "integer 4.."),
        ("if has(x) and n > 2 then x else 0", "integer"),
        ("if not (has(x) implies n == 0) then x else 0", "integer"),
        ("if x == 4 then x else 0", "integer 0..4"),
        ("if x in [1, 2] then x else 0", "integer"),
        ("if x > 0 then x else 1", "integer 1.."),
        ("if 0 < x then x else 1", "integer 1.."),
        ("if x > 0 or n > 3 then x else 1", "optional integer"),
        ("if n < 9 then n + 1 else n", "integer 1..9"),
        ("if n >= 9 then n else n + 1", "integer 1..9"),
        ("if not (n == 4) then n else 4", "integer 0..9"),
        ("has(some) and some", "boolean"),
        ("has(some) implies not some", "boolean"),
        ("not has(some) or some", "boolean"),
        ("has(.on) and .on", "boolean"),
        ("if has(name) then held + name else held", "set of string"),
        ("if has(result) then result.code else 256", "integer 0..256"),
        ("if has(result) and has(result.why) then held + result.why else held", "set of string"),
        ("has(x) and has(x)", "boolean"),
        ("has(x) and x == none", "boolean"),
        ("has(x) and above(n) > 0", "boolean"),
        ("x else 0", "integer"),
        ("x else x else 0", "integer"),
        ("x else x", "optional integer"),
        ("x else 0 > 3", "boolean"),
        ("x + 1 else 0", "integer"),
        ("n + (.k else 0)", "integer 0..14"),
        ("(some else false) and true", "boolean"),
        ("result.code else 0", "integer 0..255"),
        ("100 / (n + 1)", "integer 10..100"),
        ("if n > 0 then 100 % n else 0", "integer 0..8"),
        ("n - n", "integer -9..9"),
        ("if few then n else 0", "integer 0..2"),
        ("when_few(n)", "integer 0..9"),
        ("when_less(1)", "integer 0..9"),
        ("when_given(true, n)", "integer 0..9"),
    ],
)
def test_what_a_condition_tells_narrows_the_type_behind_it(text: str, kind: str) -> None:
    assert type_of(text) == kind


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("if has(x) then held else held + §name", "set of string cannot take optional string"),
        ("has(x) and §some", "but this may be none; ask has(…) first"),
        ("has(some) or §some", "but this may be none; ask has(…) first"),
        ("has(.k) implies 1 / §.k > 0", 'what stands right of "/" is a positive integer'),
        ("1 / §n > 0", 'what stands right of "/" is a positive integer'),
        ("1 / §x > 0", 'what stands right of "/" is a positive integer'),
        ("§n else 3", 'what stands left of "else" is integer 0..9, and never none'),
        ('§x else "a"', 'both sides of an "else" have one type'),
        ("1 + §(1 else 2)", 'what stands left of "else" is integer 1..1, and never none'),
    ],
)
def test_a_condition_tells_nothing_elsewhere(text: str, message: str) -> None:
    offset, text = text.index("§"), text.replace("§", "")
    parsed = parse_expression(text)
    _, faults = check(parsed.tree, SCOPE)
    assert len(faults) == 1
    assert message in faults[0].message
    assert parsed.offsets[id(faults[0].node)] in (offset, offset + 1)


CONDITIONS = [
    *("has(x)", "x == none", "x != none", "x == 2", "x != 2", "x < 2", "x <= 2", "x > 2", "x >= 2"),
    *("2 < x", "2 >= x", "x in [1, 3]", "n > 4", "n == 0", "known", "big"),
]
JOINED = [
    *CONDITIONS,
    *(f"not ({one})" for one in CONDITIONS),
    *(
        f"({one}) {word} ({other})"
        for one, other in itertools.permutations(CONDITIONS, 2)
        for word in ("and", "or", "implies")
    ),
]


def test_no_value_of_a_branch_lies_outside_of_the_narrowed_type() -> None:
    """The checker's type against the values, for conditions of each form."""
    for condition in JOINED:
        for branches in ("x else none", "none else x", "n else none", "none else n"):
            text = f"if {condition} then {branches}"
            kind, faults = check(parse_expression(text).tree, SCOPE)
            assert faults == []
            evaluate = compile_expression(parse_expression(text).tree, DEFINITIONS)
            for x, n in itertools.product((None, *range(-2, 7)), range(10)):
                value = evaluate(Moment(values={"x": x, "n": n}, state="A"))
                if value is not None:
                    assert not isinstance(kind, t.Optional) or t.accepts(kind.of, value)
                    assert t.accepts(kind, value), (text, show(kind), value)


def test_what_is_none_takes_the_default() -> None:
    """As an `if` that asks for it would."""
    for text in ("x else 5", "x + 1 else n", "(x else n) > 2", "x else (if n > 2 then 1 else 0)"):
        asked = {
            "x else 5": "if has(x) then x else 5",
            "x + 1 else n": "if has(x) then x + 1 else n",
            "(x else n) > 2": "if has(x) then x > 2 else n > 2",
            "x else (if n > 2 then 1 else 0)": "if has(x) then x else (if n > 2 then 1 else 0)",
        }[text]
        one, other = (compile_expression(parse_expression(t).tree, {}) for t in (text, asked))
        for x, n in itertools.product((None, *range(-2, 7)), range(10)):
            moment = Moment(values={"x": x, "n": n}, state="A")
            assert one(moment) == other(moment)
