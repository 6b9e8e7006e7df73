"""Equality is the language's: true is not 1, and 1 is 1.0 only where a type says number.

What is expected is worked out from the texts of JSON, in which these values are told apart.
"""

import json
from fractions import Fraction
from typing import Any, TypeAlias

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from flux_conform.checking.fast import FastPath
from flux_conform.checking.incremental import LiveLog
from flux_conform.checking.judge import Options, judge
from flux_conform.checking.sound_lines import SoundLines
from flux_conform.checking.window import judge_window
from flux_conform.diff.checker import checker
from flux_conform.diff.meaning import meaning
from flux_conform.language.bag import Bag
from flux_conform.language.compiled import decode, encode
from flux_conform.language.equality import distinct, reading, same, value_key
from flux_conform.language.expressions import Binary, Constant, Name, Not
from flux_conform.language.parser import parse_expression, parse_type
from flux_conform.language.types import accepts
from flux_conform.machine.evaluate import Moment, compile_expression, merged
from flux_conform.machine.fold import fold
from flux_conform.machine.interning import Table
from flux_conform.machine.partly_known import UNKNOWN, Facts, Partly, evaluate
from flux_conform.machine.step import Machine
from flux_conform.prove import prove
from flux_conform.repair.persistent_bag import PersistentBag
from flux_conform.strategies import broken_by
from toys import event, load_toy

PLAIN = (True, 1, 1.0, "1", None, 0, False, 0.0, -0.0, "true", "", 2**53 + 1, float(2**53))
NESTED = ([], {}, [1], [True], [1.0], [[1]], {"a": 1}, {"a": True}, {"a": 1.0}, {"a": {"b": 0}})
MIXED = (*PLAIN, *NESTED)
each_value = pytest.mark.parametrize("value", MIXED, ids=repr)
values = st.sampled_from(MIXED)


def written(value: Any) -> str:
    """A value as JSON writes it. Of floating-point zeros there is one, with or without a sign."""
    return json.dumps(value, sort_keys=True).replace("-0.0", "0.0")


def equal(one: Any, other: Any) -> bool:
    return written(one) == written(other)


def test_the_mixture_holds_what_python_takes_for_equal() -> None:
    """Without such pairs nothing here would show anything."""
    pairs = [(a, b) for a in MIXED for b in MIXED if a == b and not equal(a, b)]
    assert {(repr(a), repr(b)) for a, b in pairs} >= {
        *(("True", "1"), ("1", "1.0"), ("False", "0"), ("0", "-0.0")),
        *(("[1]", "[True]"), ("{'a': 1}", "{'a': 1.0}")),
    }


@given(values, values)
def test_values_are_equal_where_their_texts_are(one: Any, other: Any) -> None:
    """And then share what tells values apart in tables, which can be hashed."""
    assert same(one, other) == equal(one, other)
    assert (value_key(one) == value_key(other)) == equal(one, other)
    if equal(one, other):
        assert hash(value_key(one)) == hash(value_key(other))


@given(st.lists(values, max_size=8))
def test_values_are_listed_once_and_numbered_apart(found: list[Any]) -> None:
    """In the order in which they come."""
    texts = list(dict.fromkeys(map(written, found)))
    assert [written(value) for value in distinct(found)] == texts
    table = Table()
    assert [texts[table.number(value)] for value in found] == list(map(written, found))


# Expressions

TEXTS = {
    "a == b": equal,
    "a != b": lambda a, b: not equal(a, b),
    "a in [b, c]": lambda a, b: equal(a, b) or equal(a, "c"),
    "{f: a} == {f: b}": equal,
    "[a, b] == [b, a]": equal,
    "a == 1": lambda a, b: written(a) == "1",
    "1 == a": lambda a, b: written(a) == "1",
    "a == true": lambda a, b: written(a) == "true",
    "a != false": lambda a, b: written(a) != "false",
    'a == "1"': lambda a, b: written(a) == '"1"',
    "a == none": lambda a, b: written(a) == "null",
    "a in [0, 1]": lambda a, b: written(a) in ("0", "1"),
    "a in [true, false]": lambda a, b: written(a) in ("true", "false"),
    'a in ["1", ""]': lambda a, b: written(a) in ('"1"', '""'),
}


@given(values, values, st.sampled_from(list(TEXTS)))
def test_every_evaluator_compares_alike(a: Any, b: Any, text: str) -> None:
    """Values of variables, of keys, put in beforehand, and those of which only some is known."""
    tree = parse_expression(text).tree
    expected = TEXTS[text](a, b)
    variables = {"a": a, "b": b, "c": "c"}
    moment = Moment(values=variables, state="S", event="e")
    assert compile_expression(tree, {})(moment) is expected
    assert evaluate(tree, Facts(values=variables, state="S", seen={})) is expected
    keys = parse_expression(text.replace("a", ".a").replace("b", ".b").replace("c]", '"c"]'))
    if not any(word in text for word in ("false", "{")):
        context = {"a": a, "b": b}
        folded = fold(keys.tree, "e", context, frozenset("ab"))
        assert same(folded, Constant(expected)) or folded == Constant(expected)
    unknown = evaluate(tree, Facts(values={"a": a, "c": "c"}, state="S", seen={}))
    assert unknown is UNKNOWN or unknown is expected


@pytest.mark.parametrize("kind", [Bag, PersistentBag])
@given(st.lists(st.tuples(st.booleans(), values), max_size=8), values)
def test_members_are_told_apart(
    kind: type[Bag], changes: list[tuple[bool, Any]], asked: Any
) -> None:
    """In bags and sets, and in the bags of a search."""
    bag, members, counts = kind(), kind(distinct=True), dict[str, int]()
    for adds, value in changes:
        bag, members = (
            (held.add(value) if adds else held.remove(value)) for held in (bag, members)
        )
        counts[written(value)] = max(0, counts.get(written(value), 0) + (1 if adds else -1))
    assert {written(value): count for value, count in bag.items()} == {
        text: count for text, count in counts.items() if count
    }
    assert (asked in bag) == bool(counts.get(written(asked)))
    assert len(bag) == sum(counts.values())
    in_set = dict[str, None]()
    for adds, value in changes:
        in_set.pop(written(value), None)
        if adds:
            in_set[written(value)] = None
    assert {written(value) for value in members} == set(in_set)
    assert (asked in members) == (written(asked) in in_set)


@given(st.lists(st.tuples(st.booleans(), values), max_size=8), values)
def test_members_of_which_some_are_known(changes: list[tuple[bool, Any]], asked: Any) -> None:
    """A set is sure of what was put in last, and of what was taken out last."""
    held: Partly = Partly(True, {}, frozenset())
    last: dict[str, bool] = {}
    for adds, value in changes:
        held = held.add(value) if adds else held.remove(value)
        last[written(value)] = adds
    assert held.holds(asked) is last.get(written(asked), UNKNOWN)


def test_trees_are_told_apart() -> None:
    """They are keys of memos; the compiled form gives each back as it was."""
    one, true = parse_expression("x == 1").tree, parse_expression("x == true").tree
    assert one != true
    assert len({one, true, Constant(0), Constant(False), Constant(None)}) == 5
    assert Constant(1) == Constant(1)
    assert Constant(1) != 1
    assert Binary("==", Name("x"), Constant(True)) == true
    assert Not(one) != Not(true)


def test_a_merge_replaces_a_value_by_another_that_python_calls_equal() -> None:
    """What is kept is what came last."""
    assert written(merged({"a": 1, "b": {"c": 0}}, {"a": True, "b": {"c": False}})) == (
        '{"a": true, "b": {"c": false}}'
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [("half * 2 == 1", True), ("half + half == 1", True), ("1 - half - half == 0", True),
     ("half * 2 in [1]", True), ("half + half != 1", False)],
)  # fmt: skip
def test_what_is_computed_of_numbers_is_compared_as_a_number(text: str, expected: bool) -> None:
    """One half twice is one."""
    moment = Moment(values={"half": 0.5}, state="S", event="e")
    assert compile_expression(parse_expression(text).tree, {})(moment) is expected


# Machines

MACHINE = """
machine: sight
title: What was seen
source: {rfc: 0}
lines: eventlog
states: {LOOKING: {initial: true}}
variables:
  held: set of number
  bag: bag of number
  last: optional any
  number: optional number
findings:
  undefined: {id: rfc0/states/undefined, level: MUST, section: S, says: s}
  silent: {id: rfc0/states/silent, level: note, section: S, says: s}
  context: {id: "rfc0/{event}/context", level: MUST, says: s}
  no-context: {id: "rfc0/{event}/no-context", level: implied, says: s}
events:
  see:
    context: {x: any, m: number, n: optional number}
    elsewhere: stays
    effect: {held: held + .m, bag: bag + .m, last: .x, number: .n}
  lose:
    context: {m: number}
    elsewhere: stays
    effect: {held: held - .m, bag: bag - .m}
  unlisted: {context: any, elsewhere: stays}
transitions: []
rules:
RULES
"""
RULES = {
    "rfc0/see/one": ".x != 1",
    "rfc0/see/true": ".x != true",
    "rfc0/see/text": '.x != "1"',
    "rfc0/see/among": "not (.x in [0, 7])",
    "rfc0/see/last": ".x != last",
    "rfc0/see/held": "not (.x in held)",
    "rfc0/see/bag": "not (.m in bag)",
    "rfc0/see/number-one": ".n != 1",
    "rfc0/see/number-last": "has(.n) implies .n != number",
}


def machine(*names: str) -> Machine:
    rules = "".join(
        f"  - {{id: {name}, level: MUST, on: see, require: '{require}', section: S, says: s, "
        "breach: b, repair: r}\n"
        for name, require in RULES.items()
        if not names or name in names
    )
    return Machine(load_toy(MACHINE.replace("RULES\n", rules)))


WHOLE = machine()
SIGHT = machine("rfc0/see/one", "rfc0/see/true", "rfc0/see/text")
NUMBERS = (1, 1.0, 0, -0.0, 0.0, 1.5, 2**53 + 1, float(2**53))
Seen: TypeAlias = tuple[str, Any, Any, Any]
"""An event's name, and the keys x, m and n; None leaves n out."""


def as_number(value: int | float) -> str:
    """The text of what a type calls a number: an integer's where it is a whole one."""
    number = Fraction(value)
    return str(number.numerator) if number.denominator == 1 else written(value)


def expected_findings(events: list[Seen]) -> list[tuple[str, int]]:
    """What the rules ask, worked out from the texts of the values."""
    found = []
    held: set[str] = set()
    bag: list[str] = []
    last, number = "null", None
    for line, (name, x, m, n) in enumerate(events, 1):
        text, what = written(x), as_number(m)
        if name == "lose":
            held.discard(what)
            if what in bag:
                bag.remove(what)
            continue
        broken = {
            "one": text == "1",
            "true": text == "true",
            "text": text == '"1"',
            "among": text in ("0", "7"),
            "last": text == last,
            "held": text in held,
            "bag": what in bag,
            "number-one": n is not None and as_number(n) == "1",
            "number-last": n is not None
            and number is not None
            and as_number(n) == as_number(number),
        }
        found += [(f"rfc0/see/{rule}", line) for rule, is_broken in broken.items() if is_broken]
        held.add(what)
        bag.append(what)
        last, number = text, n
    return sorted(found, key=lambda item: (item[1], item[0]))


def log_of(events: list[Seen]) -> bytes:
    return b"".join(
        event(name, {"x": x, "m": m} if n is None else {"x": x, "m": m, "n": n})
        for name, x, m, n in events
    )


steps = st.tuples(
    st.sampled_from(("see", "see", "lose")),
    values,
    st.sampled_from(NUMBERS),
    st.none() | st.sampled_from(NUMBERS),
)


@given(st.lists(steps, min_size=1, max_size=6))
def test_every_judge_compares_alike(events: list[Seen]) -> None:
    """The careful path, the fast one, that which skips sound lines, that of logs that grow."""
    data, expected = log_of(events), expected_findings(events)
    careful = judge(WHOLE, data)
    assert [(found.rule, found.line) for found in careful.findings] == expected
    fast = FastPath(WHOLE)
    assert fast.judge(data) in (None, careful)
    assert judge(WHOLE, data, sound=SoundLines(WHOLE, fast)) == careful
    live = LiveLog(WHOLE, Options())
    told = [found for line in data.splitlines() for found in live.read(line)]
    assert [(found.rule, found.line) for found in told] == expected
    window = judge_window(WHOLE, data, Options())
    assert {(found.rule, found.line) for found in window.findings} <= set(expected)


@given(st.lists(steps, min_size=1, max_size=4))
def test_a_window_is_sure_of_what_it_shows_itself(events: list[Seen]) -> None:
    """What a rule asks of a key alone is known whatever came before."""
    alone = ("rfc0/see/one", "rfc0/see/true", "rfc0/see/text", "rfc0/see/among")
    sight = machine(*alone)
    expected = [found for found in expected_findings(events) if found[0] in alone]
    window = judge_window(sight, log_of(events), Options())
    assert [(found.rule, found.line) for found in window.findings] == expected


def test_values_that_python_calls_equal_are_no_step_for_another() -> None:
    """What is remembered of one log is not taken for the next."""
    sight = machine("rfc0/see/one")
    fast = FastPath(sight)
    for value in (True, 1, 1.0, True, 1):
        log = event("see", {"x": value, "m": 0})
        found = [finding.rule for finding in judge(sight, log).findings]
        assert found == (["rfc0/see/one"] if written(value) == "1" else [])
        assert fast.judge(log) in (None, judge(sight, log))


CONSTANTS = """
  - {id: rfc0/see/again, level: MUST, on: ask, require: last != .x, section: S, says: s, breach: b, repair: r}
"""  # fmt: skip


def test_what_events_leave_behind_is_told_apart() -> None:
    """Where two events give a variable values that Python calls equal, no memo mixes them up."""
    events = """  one: {context: any, elsewhere: stays, effect: {last: "1"}}
  yes: {context: any, elsewhere: stays, effect: {last: "true"}}
  ask: {context: any, elsewhere: stays}
  unlisted:"""
    text = MACHINE.replace("  unlisted:", events).replace("RULES\n", CONSTANTS)
    sight = Machine(load_toy(text.replace("last != .x", "last != 1")))
    fast = FastPath(sight)
    sound = SoundLines(sight, fast)
    for names, breaks in ((("yes", "ask"), False), (("one", "ask"), True), (("yes", "ask"), False)):
        log = b"".join(map(event, names))
        careful = judge(sight, log)
        assert bool(careful.findings) is breaks
        assert fast.judge(log) in (None, careful)
        assert judge(sight, log * 2, sound=sound) == judge(sight, log * 2)


@pytest.mark.parametrize(
    ("text", "value", "read"),
    [
        ("number", 1.0, 1),
        ("optional number", -0.0, 0),
        ("list of number", [1.0, 1.5], [1, 1.5]),
        ("{a: number, b: any}", {"a": 2.0, "b": 2.0, "c": 2.0}, {"a": 2, "b": 2.0, "c": 2.0}),
        ("map of string to number", {"a": 2.0}, {"a": 2}),
        ("number | list of number", [3.0], [3]),
        ("string | number", "3.0", "3.0"),
        ("any", 1.0, 1.0),
        ("object", {"a": 1.0}, {"a": 1.0}),
        ("list of any", [1.0], [1.0]),
    ],
)
def test_a_number_is_read_as_one_wherever_its_type_says_so(
    text: str, value: Any, read: Any
) -> None:
    """And nowhere else."""
    of = parse_type(text)
    found = reading(of)
    assert accepts(of, value)
    assert written(value if found is None else found(value)) == written(read)


def test_the_compiled_form_tells_constants_apart() -> None:
    """For whoever reads it in another language, JSON does."""
    specification = WHOLE.specification
    assert decode(json.loads(json.dumps(encode(specification)))) == specification
    texts = {json.dumps(encode(rule.require.tree)["right"]["value"])  # type: ignore[arg-type]
             for rule in specification.rules if rule.id.endswith(("/one", "/true", "/text"))}  # fmt: skip
    assert texts == {"1", "true", '"1"'}


# What searches for logs


def test_rules_on_values_that_python_calls_equal_are_told_apart_by_logs() -> None:
    """A comparison of two machines finds a log in each direction, and the checker agrees."""
    one, true = machine("rfc0/see/one").specification, machine("rfc0/see/true").specification
    found = meaning(one, true, judge=checker(False))
    told = {
        answer.direction: [json.loads(event.line)["context"]["x"] for event in run.events]
        for answer in found.answers
        if answer.witness is not None and (run := answer.witness.run)
    }
    assert {direction: list(map(written, seen)) for direction, seen in told.items()} == {
        "first-only": ["true"],
        "second-only": ["1"],
    }


def test_the_prover_breaks_each_of_them_alone() -> None:
    """The constants that rules compare with are all tried."""
    proofs = prove(SIGHT.specification)
    broken = {
        use.id: [json.loads(event.line)["context"]["x"] for event in use.broken.events]
        for use in (proofs.exercise.rules if proofs.exercise is not None else ())
        if use.broken is not None and use.alone
    }
    assert {rule: written(seen[-1]) for rule, seen in broken.items()} == {
        "rfc0/see/one": "1",
        "rfc0/see/true": "true",
        "rfc0/see/text": '"1"',
    }


@pytest.mark.parametrize(
    ("rule", "text"),
    [("rfc0/see/one", "1"), ("rfc0/see/true", "true"), ("rfc0/see/text", '"1"')],
)
@settings(max_examples=10, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_strategies_break_the_rule_that_is_asked_for(
    rule: str, text: str, data: st.DataObject
) -> None:
    """And no other."""
    log = data.draw(broken_by(rule, model=SIGHT.specification)).data
    found = [finding for finding in judge(SIGHT, log).findings if finding.level == "MUST"]
    assert {finding.rule for finding in found} == {rule}
    for finding in found:
        row = json.loads(log.splitlines()[finding.line - 1])
        assert written(row["context"]["x"]) == text
