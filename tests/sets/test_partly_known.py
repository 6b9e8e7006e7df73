"""Of sets that are partly known, what is said is so for every set that they could be."""

from hypothesis import given, settings
from hypothesis import strategies as st

from flux_conform.language.bag import Bag
from flux_conform.language.parser import parse_expression
from flux_conform.machine.partly_known import Facts, evaluate, learn
from flux_conform.machine.partly_known_sets import UNKNOWN, Partly
from sets.plain_sets import KEYS, MEMBERS, NAMES, conditions, idset, set_expressions, sets

environments = st.fixed_dictionaries(dict.fromkeys((*NAMES, *KEYS), sets))
known = st.fixed_dictionaries(dict.fromkeys(NAMES, sets))


def partly(held, told):
    """What is known of a set where some numbers are told of it."""
    whole = Partly(True, {}, frozenset())
    whole = whole.union(Bag.of(sorted(held & told)))
    return whole.difference(Bag.of(sorted(told - held)))


def facts_of(environment, told):
    values = {name: partly(environment[name], told[name]) for name in NAMES}
    return Facts(values, "A", {}, "go", {key: idset(environment[key]) for key in KEYS})


def fits(found, expected):
    """Whether what is known of a set is true of this one."""
    if found is UNKNOWN:
        return True
    if isinstance(found, Bag):
        return {*found} == expected
    if isinstance(found, dict):
        return not expected
    return {*found.members} <= expected and not any(
        found.holds(number) is False for number in expected
    )


@settings(max_examples=500, deadline=None)
@given(conditions(), environments, known)
def test_a_condition_that_is_known_is_so(condition, environment, told):
    text, expected = condition
    found = evaluate(parse_expression(text).tree, facts_of(environment, told))
    assert found is UNKNOWN or found is expected(environment)


@settings(max_examples=500, deadline=None)
@given(set_expressions(), environments, known)
def test_what_is_known_of_a_set_that_is_computed_is_so(expression, environment, told):
    text, expected = expression
    found = evaluate(parse_expression(text).tree, facts_of(environment, told))
    assert fits(found, expected(environment))


@settings(max_examples=500, deadline=None)
@given(conditions(), environments, known)
def test_what_a_condition_teaches_is_so(condition, environment, told):
    text, expected = condition
    tree = parse_expression(text).tree
    facts = learn(tree, expected(environment), facts_of(environment, told))
    for name in NAMES:
        assert fits(facts.values[name], environment[name])


def test_conditions_on_sets_teach_members():
    """Else nothing would be learnt, and the tests above would hold all the same."""
    nothing = dict.fromkeys(NAMES, frozenset())
    told = facts_of({**nothing, "p": frozenset({1, 2}), "q": frozenset()}, nothing)
    within = learn(parse_expression("ranks(.p) <= a").tree, True, told)
    assert [within.values["a"].holds(number) for number in (1, 2, 3)] == [True, True, UNKNOWN]
    apart = learn(parse_expression("disjoint(a, ranks(.p))").tree, True, told)
    assert [apart.values["a"].holds(number) for number in (1, 2, 3)] == [False, False, UNKNOWN]


def test_a_set_of_which_all_is_told_decides_what_is_asked_of_an_idset():
    environment = dict.fromkeys(NAMES, frozenset({1, 2}))
    told = dict.fromkeys(NAMES, frozenset(MEMBERS))
    facts = facts_of({**environment, "p": frozenset({1, 3}), "q": frozenset({2})}, told)
    for text, expected in (
        ("ranks(.p) <= a", False),
        ("ranks(.q) <= a", True),
        ("disjoint(a, ranks(.p))", False),
        ("disjoint(a - ranks(.p), ranks(.p))", True),
        ("empty(ranks(.p) - a)", False),
    ):
        assert evaluate(parse_expression(text).tree, facts) is expected
