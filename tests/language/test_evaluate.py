"""What expressions mean at one moment of a log."""

import json
from typing import Any, TypeAlias

import pytest

from flux_conform.language.bag import Bag, start_value
from flux_conform.language.expressions import Definition, Expression
from flux_conform.language.parser import parse_expression, parse_type
from flux_conform.logs.eventlog import MAX_DEPTH
from flux_conform.machine.evaluate import Moment, Unreadable, compile_expression, merged

Object: TypeAlias = dict[str, Any]


def bag(*members: Any, distinct: bool = False) -> Bag:
    made = Bag(distinct=distinct)
    for member in members:
        made = made.add(member)
    return made


VALUES = {
    "yes": True,
    "no": False,
    "three": 3,
    "nothing": None,
    "worst": {"type": "cancel", "severity": 0},
    "bag": bag("a", "a", "b"),
    "set": bag("a", "b", distinct=True),
    "none_held": Bag(),
    "user": {"a": 1, "b": 2},
}
DEFINITIONS = {
    definition.name: definition
    for definition in (
        Definition("fatal", (), Expression("", parse_expression(".severity == 0").tree)),
        Definition("double", ("x",), Expression("", parse_expression("x * 2").tree)),
        Definition("mixed", ("three",), Expression("", parse_expression("three + real").tree)),
        Definition("real", (), Expression("", parse_expression("three").tree)),
        Definition("fatal_or", ("fatal",), Expression("", parse_expression("fatal or no").tree)),
    )
}


def value(text: str, context: Any = None, **more: Any) -> Any:
    """What an expression gives, with the variables above."""
    moment = Moment(
        values=VALUES,
        state=more.pop("state", "RUN"),
        event=more.pop("event", "start"),
        context=context,
        **more,
    )
    return compile_expression(parse_expression(text).tree, DEFINITIONS)(moment)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1 + 2 * 3", 7),
        ("7 - 2 - 1", 4),
        ("256 / 256", 1),
        ("255 / 256", 0),
        ("-1 / 2", -1),
        ("-1 % 128", 127),
        ("6 & 3", 2),
        ("1 == 1", True),
        ('"a" == "a"', True),
        ('"a" != "b"', True),
        ("1 < 2", True),
        ("2 <= 1", False),
        ("2 >= 2", True),
        ("2 > 2", False),
        ("three in [1, 3]", True),
        ("three in []", False),
        ("not yes", False),
        ("yes and no", False),
        ("yes or no", True),
        ("yes implies no", False),
        ("no implies no", True),
        ("if yes then 1 else 2", 1),
        ("if no then 1 else 2", 2),
        ('state == "RUN"', True),
        ('event == "start"', True),
        ("first", False),
        ("worst.severity", 0),
        ("{a: 1, b: three}.b", 3),
        ("[1, three]", [1, 3]),
    ],
)
def test_the_value_of_an_expression(text: str, expected: Any) -> None:
    """Integers divide as wait statuses want it: downwards, the rest never negative."""
    assert value(text) == expected
    assert type(value(text)) is type(expected)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("nothing == none", True),
        ("nothing != none", False),
        ("three == none", False),
        ("three != none", True),
        ("nothing == 0", False),
        ("nothing == false", False),
        ("nothing in [0, 1]", False),
        ("nothing in [none, 1]", True),
        *((f"nothing {sign} 1", False) for sign in ("<", "<=", ">", ">=")),
        *((f"1 {sign} nothing", False) for sign in ("<", "<=", ">", ">=")),
        *((f"nothing {sign} nothing", False) for sign in ("<", "<=", ">", ">=")),
        *((f"nothing {sign} 2", None) for sign in ("+", "-", "*", "/", "%", "&")),
        ("2 + nothing", None),
        ("2 - nothing", None),
        ("nothing + 1 + 1", None),
        ("nothing.type", None),
        ("nothing.type == none", True),
        ("worst.note", None),
        ("has(nothing)", False),
        ("has(three)", True),
    ],
)
def test_none_equals_only_none_orders_with_nothing_and_is_contagious(
    text: str, expected: Any
) -> None:
    """`none` is no zero and no false."""
    assert value(text) is expected


def test_a_key_that_is_absent_is_none() -> None:
    """Without a context, or in one that lacks it."""
    assert value(".a") is None
    assert value(".a", {}) is None
    assert value("has(.a)", {}) is False
    assert value("has(.a)", {"a": 0}) is True


def test_null_in_a_context_is_a_value() -> None:
    """A key whose value is null is there."""
    assert value("has(.a)", {"a": None}) is True


@pytest.mark.parametrize("text", [".a", "has(.a)", ".a == 1", "yes and .a == 1", "[.a]", "."])
def test_what_reads_a_faulty_key_cannot_be_told(text: str) -> None:
    """It raises Unreadable, whatever the key holds."""
    with pytest.raises(Unreadable):
        value(text, {"a": "x", "b": 1}, unreadable=frozenset({"a"}))


def test_a_key_that_is_missing_and_asked_for_cannot_be_told_but_is_not_there() -> None:
    """`has` tells that a required key is missing; its value cannot be told."""
    missing = frozenset({"a"})
    assert value("has(.a)", {}, unreadable=missing) is False
    with pytest.raises(Unreadable):
        value(".a", {}, unreadable=missing)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("no and .a == 1", False),
        ("yes or .a == 1", True),
        ("no implies .a == 1", True),
        ("if yes then 1 else .a", 1),
        ("if no then .a else 2", 2),
        (".b", 1),
    ],
)
def test_what_is_not_needed_is_not_read(text: str, expected: Any) -> None:
    """`and`, `or`, `implies` and `if` stop early, so a faulty key beyond does not matter."""
    assert value(text, {"a": "x", "b": 1}, unreadable=frozenset({"a"})) == expected


def test_the_whole_context_is_read() -> None:
    """`.` is the context; without one it cannot be told."""
    assert value(".", {"a": 1}) == {"a": 1}
    with pytest.raises(Unreadable):
        value(".")


@pytest.mark.parametrize(
    ("text", "members"),
    [
        ('bag + "a"', ["a", "a", "a", "b"]),
        ('bag - "a"', ["a", "b"]),
        ('bag - "c"', ["a", "a", "b"]),
        ('bag - "b" - "b"', ["a", "a"]),
        ('set + "a"', ["a", "b"]),
        ('set + "c"', ["a", "b", "c"]),
        ('set - "a"', ["b"]),
    ],
)
def test_bags_count_and_sets_do_not(text: str, members: list[str]) -> None:
    """Adding to a bag what it holds makes two; to a set, none more."""
    assert list(value(text)) == members


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('"a" in bag', True),
        ('"c" in bag', False),
        ('"a" in bag - "a"', True),
        ('"b" in bag - "b"', False),
        ("size(bag)", 3),
        ("size(set)", 2),
        ("empty(bag)", False),
        ("empty(none_held)", True),
        ('empty(none_held + "a")', False),
        ("size([1, 2])", 2),
        ("empty(user)", False),
        (".a in set", False),
    ],
)
def test_what_is_held_can_be_asked(text: str, expected: Any) -> None:
    """`in`, `size` and `empty` of bags, sets, lists and objects; no array is ever in a set."""
    assert value(text, {"a": ["a"]}) is expected


def test_an_effect_leaves_the_variable_before_it_alone() -> None:
    """Values never change in place."""
    before = VALUES["bag"]
    value('bag - "a" - "a" - "b"')
    assert list(before) == ["a", "a", "b"]


def test_merge_puts_keys_in_and_null_takes_them_out() -> None:
    """At any depth; the old object stays."""
    assert value("merge(user, .)", {"b": 3, "a": None, "c": {"d": None}}) == {"b": 3, "c": {}}
    assert value("user") == {"a": 1, "b": 2}
    assert value("merge(user, .)", {"absent": None}) == {"a": 1, "b": 2}


MERGES = [
    # What was, what comes, what is: objects merge, null removes, all else replaces.
    ({}, {"a": {"b": 1}}, {"a": {"b": 1}}),
    ({"a": {"b": 1}}, {"a": {"c": 2}}, {"a": {"b": 1, "c": 2}}),
    ({"a": {"b": 1}}, {"a": {"b": None}}, {"a": {}}),
    ({"a": {"b": 1}}, {"a": None}, {}),
    ({"a": {"b": 1}}, {"a": 2}, {"a": 2}),
    ({"a": {"b": 1}}, {"a": [{"b": None}]}, {"a": [{"b": None}]}),
    ({"a": [1]}, {"a": {"b": {"c": None, "d": 1}}}, {"a": {"b": {"d": 1}}}),
    ({"a": {"b": {"c": 1}}}, {"a": {"b": {}}}, {"a": {"b": {"c": 1}}}),
    ({"a": {"b": {"c": 1}, "d": 2}}, {"a": {"b": {"c": None}}}, {"a": {"b": {}, "d": 2}}),
    ({"a": {"b": False}}, {"a": {"b": 0}}, {"a": {"b": 0}}),
]


@pytest.mark.parametrize(("old", "new", "result"), MERGES)
def test_objects_are_merged_at_any_depth(old: Object, new: Object, result: Object) -> None:
    """As the report of a job has it; what was given is left as it was."""
    before, given = json.dumps(old), json.dumps(new)
    assert json.dumps(merged(old, new)) == json.dumps(result)
    assert (json.dumps(old), json.dumps(new)) == (before, given)


def test_update_leaves_what_is_within_as_it_stands() -> None:
    """Only keys at the top are put in and taken out."""
    assert value("update(user, .)", {"a": None, "c": {"d": None}}) == {"b": 2, "c": {"d": None}}
    assert value("update(user, .)", {"a": {"x": 1}}) == {"a": {"x": 1}, "b": 2}
    assert value("user") == {"a": 1, "b": 2}


def test_a_merge_as_deep_as_a_log_may_nest_needs_no_more_than_python_has() -> None:
    """No recursion gives out where the reader of logs takes a line."""
    deep: Object = {}
    for _ in range(MAX_DEPTH):
        deep = {"a": deep}
    assert merged(deep, deep) == deep


def test_the_log_so_far_can_be_asked() -> None:
    """`seen`, `first` and `entered` by name."""
    assert value("seen(start)", seen=frozenset({"start"})) is True
    assert value("seen(finish)", seen=frozenset({"start"})) is False
    assert value("first(start)", first_times={"start": 1.5}) == 1.5
    assert value("first(finish)", first_times={"start": 1.5}) is None
    assert value("entered(RUN)", entered_times={"RUN": 2.5}) == 2.5
    assert value("entered(SCHED)", entered_times={"RUN": 2.5}) is None


def test_definitions_are_put_in_with_their_arguments() -> None:
    """A definition reads the keys of the event at which it is used."""
    assert value("fatal", {"severity": 0}) is True
    assert value("double(double(three))") == 12


def test_a_parameter_is_no_variable_of_its_name_elsewhere() -> None:
    """`mixed(10)` reads its parameter `three`, and `real` inside it the variable."""
    assert value("mixed(10)") == 13
    assert value("fatal_or(yes)", {"severity": 7}) is True


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("boolean", False),
        ("integer", 0),
        ("integer 0..31", 0),
        ("set of string", Bag(distinct=True)),
        ("bag of string", Bag()),
        ("object", {}),
        ("list of string", []),
        ("optional integer", None),
        ("optional {a: string}", None),
    ],
)
def test_a_variable_starts_at_false_zero_empty_or_none(text: str, expected: Any) -> None:
    """By its type."""
    assert start_value(parse_type(text)) == expected
    assert type(start_value(parse_type(text))) is type(expected)


def test_a_set_starts_as_a_set() -> None:
    """And a bag as a bag."""
    assert len(start_value(parse_type("set of string")).add("a").add("a")) == 1
    assert len(start_value(parse_type("bag of string")).add("a").add("a")) == 2
