"""What is computed with sets, against Python's own sets."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flux_conform.language.bag import Bag
from flux_conform.language.listed_members import MOST_MEMBERS, hosts_of, ids_of, is_hostlist
from flux_conform.language.parser import parse_expression
from flux_conform.language.types import Hostlist, accepts
from flux_conform.machine.evaluate import Moment, Unreadable, compile_expression
from flux_conform.machine.sets import ranks
from sets.plain_sets import KEYS, NAMES, conditions, idset, set_expressions, sets

environments = st.fixed_dictionaries(dict.fromkeys((*NAMES, *KEYS), sets))


def value(text, environment):
    """What an expression comes to, where variables and idsets hold these."""
    moment = Moment(
        values={name: Bag.of(sorted(environment[name])) for name in NAMES},
        state="A",
        context={key: idset(environment[key]) for key in KEYS},
    )
    return compile_expression(parse_expression(text).tree, {})(moment)


def evaluated(text, **context):
    return compile_expression(parse_expression(text).tree, {})(
        Moment(values={}, state="A", context=context)
    )


@settings(max_examples=500, deadline=None)
@given(set_expressions(), environments)
def test_a_set_holds_what_pythons_set_holds(expression, environment):
    text, expected = expression
    found = value(text, environment)
    assert {*found} == {*expected(environment)}
    assert len(found) == len(expected(environment))


@pytest.mark.slow
@settings(max_examples=500, deadline=None)
@given(conditions(), environments)
def test_a_condition_on_sets_holds_where_it_does_in_python(condition, environment):
    text, expected = condition
    assert value(text, environment) is expected(environment)


NONE_HELD = dict.fromkeys((*NAMES, *KEYS), frozenset())


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a + {}", {1, 2}),
        ("a - {}", {1, 2}),
        ("a & {}", set()),
        ("{} & a", set()),
        ("{} + a", {1, 2}),
        ("if 1 in a then {} else a", set()),
        ("(if 1 in a then {} else a) + b", {3}),
    ],
)
def test_braces_without_fields_are_the_empty_set(text, expected):
    assert {*value(text, {**NONE_HELD, "a": {1, 2}, "b": {3}})} == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a == {}", False),
        ("{} == c", True),
        ("a - a == {}", True),
        ("a != {}", True),
        ("{} <= a", True),
        ("a <= {}", False),
        ("{} <= {}", True),
        ("disjoint(a, {})", True),
        ("size({}) == 0", True),
    ],
)
def test_braces_without_fields_are_compared_as_the_empty_set(text, expected):
    assert value(text, {**NONE_HELD, "a": {1, 2}}) is expected


@given(set_expressions(), environments)
def test_computing_leaves_the_variables_as_they_were(expression, environment):
    a = Bag.of(sorted(environment["a"]))
    moment = Moment(
        values={**{name: Bag.of(sorted(environment[name])) for name in NAMES}, "a": a},
        state="A",
        context={key: idset(environment[key]) for key in KEYS},
    )
    compile_expression(parse_expression(expression[0]).tree, {})(moment)
    assert {*a} == environment["a"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ()),
        ("vm", ("vm",)),
        ("fluke[3,5-7]", ("fluke3", "fluke5", "fluke6", "fluke7")),
        ("fluke[08-10]", ("fluke08", "fluke09", "fluke10")),
        ("a,b,a", ("a", "b", "a")),
        ("r[0-1]n[2-3]-eth", ("r0n2-eth", "r0n3-eth", "r1n2-eth", "r1n3-eth")),
    ],
)
def test_a_hostlist_names_hosts_in_order_and_as_often_as_it_says(text, expected):
    assert is_hostlist(text)
    assert hosts_of(text) == expected


@pytest.mark.parametrize(
    "text", ["a,,b", ",", "a[", "a]", "a[]", "a[1-]", "a[3-1]", "a b", "a[1 - 2]", "a[[1]]", "a[x]"]
)
def test_what_is_no_hostlist_is_not_of_the_type(text):
    assert not accepts(Hostlist(), text)


def test_a_long_hostlist_is_read_in_time_that_grows_with_its_length():
    """A line may name millions of hosts; to search for a bracket at each comma would take hours."""
    begun = time.monotonic()
    assert is_hostlist(",".join(["a"] * 300_000))
    assert not is_hostlist("a[" + "1," * 300_000)
    assert not is_hostlist("a," * 300_000 + "]")
    assert time.monotonic() - begun < 10


def test_what_is_remembered_of_long_texts_is_little():
    """A short text may stand for 65,536 members, and take megabytes."""
    for read in (ids_of, hosts_of, ranks):
        assert read.cache_parameters()["maxsize"] * MOST_MEMBERS <= 1 << 20


def test_hosts_are_counted_as_often_as_they_stand_there_and_a_set_has_each_once():
    assert evaluated("size(hosts(.n))", n="a,a") == 2
    assert evaluated("size(set(hosts(.n)))", n="a,a") == 1


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('[.a, .b] in set([["x", "y"]])', True),
        ('[.b, .a] in set([["x", "y"]])', False),
        ("[1, 2] <= [2, 1, 3]", True),
        ("disjoint([1], [2, 3])", True),
        ("disjoint([1, 3], [2, 3])", False),
        ("size([1, 1] & [1])", 1),
        ('{x: .a} in set([{x: "x"}])', True),
        ('hosts(.n) <= ["x0", "x1", "x2"]', True),
    ],
)
def test_lists_count_as_sets_and_tuples_as_members(text, expected):
    assert evaluated(text, a="x", b="y", n="x[0-1]") == expected


def test_an_idset_that_is_too_large_is_not_read():
    """In no time, and without its members in memory."""
    assert evaluated("size(ranks(.i))", i=f"0-{MOST_MEMBERS - 1}") == MOST_MEMBERS
    for text in (f"0-{MOST_MEMBERS}", "0-99999999999999", "0-40000,50000-99999"):
        with pytest.raises(Unreadable):
            evaluated("size(ranks(.i))", i=text)
    for text in ("a[0-99999999]", "a[0-999][0-999]", f"a[0-{MOST_MEMBERS - 1}],b"):
        with pytest.raises(Unreadable):
            evaluated("size(hosts(.i))", i=text)
