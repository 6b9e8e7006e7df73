"""An expression means the same in Python and in Z3, whatever its values."""

import json

import pytest
import z3
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from flux_conform.language.expressions import (
    About,
    Binary,
    Build,
    Call,
    Constant,
    If,
    Key,
    List,
    Member,
    Name,
    Not,
    walk,
)
from flux_conform.language.parser import parse_expression
from flux_conform.machine.evaluate import Moment, compile_expression
from flux_conform.machine.fold import fold
from flux_conform.machine.slice import slice_of
from flux_conform.machine.symbolic.expression_terms import translate
from flux_conform.machine.symbolic.logic import boolean
from flux_conform.machine.symbolic.members import Untranslatable
from flux_conform.machine.symbolic.step import SymbolicMachine
from flux_conform.machine.symbolic.symbols import Flag, constant
from prove.machines import machine

SPECIFICATION = machine(
    states="""
        A: {initial: true, says: x}
        B: {says: x}
    """,
    variables="""
        flag: boolean
        number: integer
        maybe: optional integer
        word: optional string
    """,
    events="""
        go:
          says: x
          context: {n: integer, m: optional integer, s: string, o: optional string, b: boolean}
          elsewhere: stays
          effect: {flag: .b, number: .n, maybe: .m, word: .s}
    """,
    transitions="- {on: go, from: A, to: B}",
    rules="""
        - {id: rfc99/go/reads, level: MUST, on: go, section: S, says: S., breach: b, repair: r, require: 'flag or number == 0 or has(maybe) or word == "red" or .o == "blue" or .n == 0 or .b or seen(go) or .s == "red" or has(.m)'}
    """,
)
SLICE = slice_of(SPECIFICATION, SPECIFICATION.today.name)
MACHINE = SymbolicMachine(SLICE, ("MUST",), silent=True)

WORDS = ("red", "blue", "green")
small = st.integers(-9, 9)
positive = st.sampled_from([1, 2, 3, 5, 128])

booleans, integers, texts = st.deferred(lambda: _booleans()), None, None


def _integers():
    leaves = st.one_of(
        small.map(Constant),
        st.sampled_from([Name("number"), Name("maybe"), Key("n"), Key("m")]),
    )

    def grow(inner):
        return st.one_of(
            st.builds(Binary, st.sampled_from("+-"), inner, inner),
            st.builds(Binary, st.just("*"), inner, small.map(Constant)),
            st.builds(Binary, st.sampled_from("/%&"), inner, positive.map(Constant)),
            st.builds(If, booleans, inner, inner),
            st.builds(lambda a, b: Member(Build((("x", a), ("y", b))), "y"), inner, inner),
        )

    return st.recursive(leaves, grow, max_leaves=5)


def _texts():
    return st.one_of(
        st.sampled_from(WORDS).map(Constant),
        st.sampled_from([Name("word"), Key("s"), Key("o"), Name("state")]),
    )


def _booleans():
    numbers, words = _integers(), _texts()
    leaves = st.one_of(
        st.booleans().map(Constant),
        st.sampled_from([Name("flag"), Key("b"), Name("first"), About("seen", "go")]),
        st.builds(Binary, st.sampled_from(["==", "!=", "<", "<=", ">", ">="]), numbers, numbers),
        st.builds(Binary, st.sampled_from(["==", "!="]), words, words),
        st.builds(
            lambda a, b: Binary("in", a, List(tuple(b))), numbers, st.lists(numbers, max_size=3)
        ),
        st.builds(lambda a, b: Binary("in", a, List(tuple(b))), words, st.lists(words, max_size=3)),
        st.sampled_from([Name("maybe"), Name("word"), Key("m"), Key("o"), Key("n")]).map(
            lambda part: Call("has", (part,))
        ),
        st.builds(
            lambda side: Binary("==", side, Constant(None)),
            st.sampled_from([Name("maybe"), Name("word"), Key("m"), Key("o")]),
        ),
    )

    def grow(inner):
        return st.one_of(
            st.builds(Not, inner),
            st.builds(Binary, st.sampled_from(["and", "or", "implies"]), inner, inner),
            st.builds(If, inner, inner, inner),
        )

    return st.recursive(leaves, grow, max_leaves=6)


values = st.fixed_dictionaries(
    {
        "flag": st.booleans(),
        "number": small,
        "maybe": st.none() | small,
        "word": st.none() | st.sampled_from(WORDS),
    }
)
contexts = st.fixed_dictionaries(
    {"n": small, "s": st.sampled_from((*WORDS, "odd")), "b": st.booleans()},
    optional={"m": small, "o": st.sampled_from(WORDS)},
)


def scene_and_facts(moment, *, known):
    """A scene with fresh keys, and what Z3 is told so that it is the moment."""
    step = MACHINE.step("go")
    facts = [
        step.scene.state == MACHINE.codes.of(moment.state),
        boolean(step.scene.started) == (not moment.first),
        MACHINE.components["seen(go)"].before == ("go" in moment.seen),
    ]
    for name, value in moment.values.items():
        facts += pinned(step.scene.variable(name), value)
    keys = {}
    for name, symbol in step.scene.keys.items():
        if known:
            keys[name] = constant(moment.context.get(name), MACHINE.codes)
        else:
            facts += pinned(symbol, moment.context.get(name))
    return (step.scene._replace(keys=keys) if known else step.scene), facts


def pinned(symbol, value):
    """That a symbol has a value."""
    if symbol.kind == "optional":
        has = boolean(symbol.has) == (value is not None)
        return [has] if value is None else [has, *pinned(symbol.of, value)]
    if symbol.kind == "string":
        return [symbol.code == MACHINE.codes.of(value)]
    if symbol.kind == "boolean":
        return [boolean(symbol.truth) == value]
    return [symbol.number == value]


@pytest.mark.slow
@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(_booleans(), values, contexts, st.booleans(), st.sampled_from("AB"), st.booleans())
def test_python_and_z3_agree(tree, variables, context, first, state, known):
    moment = Moment(
        values=variables,
        state=state,
        seen=frozenset() if first else frozenset({"go"}),
        event="go",
        context=context,
        first=first,
    )
    expected = compile_expression(tree, {})(moment)
    scene, facts = scene_and_facts(moment, known=known)
    result = translate(tree, scene)
    assert isinstance(result, Flag)
    solver = z3.Solver()
    solver.add(facts)
    assert solver.check() == z3.sat
    assert solver.check(boolean(result.truth)) == (z3.sat if expected else z3.unsat)
    assert solver.check(z3.Not(boolean(result.truth))) == (z3.unsat if expected else z3.sat)


@pytest.mark.slow
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(_booleans(), values, contexts, st.booleans(), st.sets(st.sampled_from("nmsob")))
def test_an_expression_with_known_keys_put_in_means_the_same(
    tree, variables, context, first, known
):
    moment = Moment(values=variables, state="A", event="go", context=context, first=first)
    folded = fold(tree, "go", {k: v for k, v in context.items() if k in known}, frozenset(known))
    assert compile_expression(folded, {})(moment) == compile_expression(tree, {})(moment)


@pytest.mark.parametrize("operator", ["and", "or", "implies"])
@pytest.mark.parametrize("left", [Key("b"), Name("flag"), Not(Key("b")), Not(Name("flag"))])
@pytest.mark.parametrize("right", [Key("b"), Name("flag"), Not(Key("b")), Not(Name("flag"))])
@pytest.mark.parametrize("key", [True, False])
@pytest.mark.parametrize("flag", [True, False])
def test_a_known_side_of_an_operator_decides_as_it_does_in_full(operator, left, right, key, flag):
    tree = Binary(operator, left, right)
    moment = Moment(values={"flag": flag}, state="A", event="go", context={"b": key})
    folded = fold(tree, "go", {"b": key}, frozenset({"b"}))
    assert not any(isinstance(part, Key) for part in walk(folded))
    assert compile_expression(folded, {})(moment) == compile_expression(tree, {})(moment)


@pytest.mark.parametrize(
    "text",
    ["size(.) > 1", "empty(merge(., .))"],
)
def test_what_cannot_be_translated_is_refused_and_not_guessed(text):
    with pytest.raises(Untranslatable):
        translate(parse_expression(text).tree, MACHINE.step("go").scene)


CONSTANTS = (True, False, 1, 0, "1", "true", "", None)


@pytest.mark.parametrize("left", CONSTANTS, ids=repr)
@pytest.mark.parametrize("right", CONSTANTS, ids=repr)
def test_constants_are_equal_in_z3_where_their_texts_are(left, right):
    """True is not 1 there either."""
    scene = MACHINE.step("go").scene
    tree = Binary("==", Constant(left), Constant(right))
    assert translate(tree, scene) == Flag(json.dumps(left) == json.dumps(right))
    assert translate(Binary("in", Constant(left), List((Constant(right),))), scene) == Flag(
        json.dumps(left) == json.dumps(right)
    )
