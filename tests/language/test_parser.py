"""The parser of expressions and types: what binds tighter, what is refused and where."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flux_conform.language import expressions as x
from flux_conform.language import types as t
from flux_conform.language.parser import SyntaxFault, parse_expression, parse_type
from toys import unmarked


def tree(text: str) -> x.Node:
    return parse_expression(text).tree


def exact(value: Any) -> str:
    """Python says that True equals 1; the text of a value does not."""
    return repr(value)


@pytest.mark.parametrize(
    ("text", "grouped"),
    [
        ("a implies b implies c", "a implies (b implies c)"),
        ("a or b implies c", "(a or b) implies c"),
        ("a implies b or c", "a implies (b or c)"),
        ("a or b and c", "a or (b and c)"),
        ("a and b or c", "(a and b) or c"),
        ("a or b or c", "(a or b) or c"),
        ("a and b and c", "(a and b) and c"),
        ("not a and b", "(not a) and b"),
        ("not a or b", "(not a) or b"),
        ("not a implies b", "(not a) implies b"),
        ("not a == b", "not (a == b)"),
        ("not a in b", "not (a in b)"),
        ("not not a", "not (not a)"),
        ("a == b and c", "(a == b) and c"),
        ("a + b == c", "(a + b) == c"),
        ("a < b + c", "a < (b + c)"),
        ("a + b in c", "(a + b) in c"),
        ("a - b - c", "(a - b) - c"),
        ("a + b * 2", "a + (b * 2)"),
        ("a * 2 + b", "(a * 2) + b"),
        ("a / 2 * 3", "(a / 2) * 3"),
        ("a % 4 & 3", "(a % 4) & 3"),
        ("a - -1", "a - (-1)"),
        ("a.b.c", "(a.b).c"),
        ("not .a.b", "not ((.a).b)"),
        ("a implies if b then c else d", "a implies (if b then c else d)"),
        ("if a then b else c or d", "if a then b else (c or d)"),
        ("a else b", "if a == none then b else a"),
        ("a else b else c", "a else (b else c)"),
        ("a + b else c", "(a + b) else c"),
        ("a else b + c", "a else (b + c)"),
        ("a else b == c", "(a else b) == c"),
        ("a == b else c", "a == (b else c)"),
        ("not a else b", "not (a else b)"),
        ("a and b else c", "a and (b else c)"),
        ("if a then (b else c) else d else e", "if a then (b else c) else (d else e)"),
        ("if a then if b then c else d else e", "if a then (if b then c else d) else e"),
        ("if a then [b else c] else d", "if a then [(b else c)] else d"),
        ("if a then b else if c then d else e", "if a then b else (if c then d else e)"),
        ("a implies b == c implies d", "a implies ((b == c) implies d)"),
    ],
)
def test_what_binds_tighter(text: str, grouped: str) -> None:
    """Without parentheses it means the same as with all of them, and so it is shown."""
    assert exact(tree(text)) == exact(tree(grouped))
    assert x.show(tree(grouped)) == text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("12", x.Constant(12)),
        ("-12", x.Constant(-12)),
        ("true", x.Constant(True)),
        ("false", x.Constant(False)),
        ("none", x.Constant(None)),
        ('"a b"', x.Constant("a b")),
        (r'"say \"a\" \\ b"', x.Constant('say "a" \\ b')),
        ("urgency", x.Name("urgency")),
        (".urgency", x.Key("urgency")),
        ('."a key"', x.Key("a key")),
        (".", x.Key("")),
        ("a.b", x.Member(x.Name("a"), "b")),
        ('a."b c"', x.Member(x.Name("a"), "b c")),
        ("(.).b", x.Member(x.Key(""), "b")),
        ("[]", x.List(())),
        ("[1, a]", x.List((x.Constant(1), x.Name("a")))),
        ('{a: 1, "b c": 2}', x.Build((("a", x.Constant(1)), ("b c", x.Constant(2))))),
        ("f()", x.Call("f", ())),
        ("f(1, a)", x.Call("f", (x.Constant(1), x.Name("a")))),
        ("seen(flux-restart)", x.About("seen", "flux-restart")),
        ("seen( debug.* )", x.About("seen", "debug.*")),
        ('first("a (b)")', x.About("first", "a (b)")),
        ("entered(RUN)", x.About("entered", "RUN")),
        ("unseen(a)", x.Call("unseen", (x.Name("a"),))),
        ("first", x.Name("first")),
        ("a\n  + b", x.Binary("+", x.Name("a"), x.Name("b"))),
    ],
)
def test_every_form_gives_its_node(text: str, expected: x.Node) -> None:
    """Constants, names, keys, fields, lists, records, calls and questions about the log."""
    assert exact(tree(text)) == exact(expected)


SYNTAX_FAULTS = [
    ("§", "expected an expression, found the end of the text"),
    ("a and§", "expected an expression, found the end"),
    ("a and §)", 'expected an expression, found ")"'),
    ("(a or b§", 'expected ")", found the end'),
    ("a §b", 'expected the end, or an operator, found "b"'),
    ("a == b §== c", "comparisons do not chain"),
    ("a < b §in c", "comparisons do not chain"),
    ("a §= 1", 'equality is written "=="'),
    ("a == §'x'", "unexpected character"),
    ('a == §"x', "not closed"),
    ("a §$ b", "unexpected character"),
    ("if a then b§", 'expected "else"'),
    ("if a §else b", 'expected "then", found "else"'),
    ("a + §and", 'expected an expression, found "and"'),
    ("- §a", "an integer after the minus sign"),
    ("f(a §b)", 'expected ",", found "b"'),
    ("[1, §]", "expected an expression"),
    ("{§1: 2}", "the name of a field"),
    ("{a §2}", 'expected ":", found "2"'),
    ("{a: 1, §a: 2}", 'the field "a" stands here twice'),
    ("a.§.b", 'found ".b"'),
    ("§" + "9" * 101, "an integer of more than 100 digits"),
    ("a and (b or §then)", 'found "then"'),
]


@pytest.mark.parametrize(("marked", "message"), SYNTAX_FAULTS)
def test_a_syntax_fault_tells_its_offset(marked: str, message: str) -> None:
    """What is wrong is told at the very character, the end of the text included."""
    text, place = unmarked(marked)
    if marked == "a.§.b":  # two periods are one word, which begins at the first
        place = place._replace(offset=1)
        message = 'found ".."'
    with pytest.raises(SyntaxFault) as caught:
        parse_expression(text)
    assert message in caught.value.message
    assert caught.value.offset == place.offset


TYPE_FAULTS = [
    ("§", "expected a type, found the end"),
    ("§strin", 'unknown type "strin"'),
    ("list §string", 'expected "of"'),
    ("list of§", "expected a type"),
    ("map of string §string", 'expected "to"'),
    ("integer §5..1", "the range 5..1 holds nothing"),
    ("integer 1§", 'expected ".."'),
    ("string §string", "expected the end"),
    ("{a: string, §a: integer}", 'the field "a" stands here twice'),
    ("{a §string}", 'expected ":"'),
    ("(string§", 'expected ")"'),
    ("string |§", "expected a type"),
]


@pytest.mark.parametrize(("marked", "message"), TYPE_FAULTS)
def test_a_fault_in_a_type_tells_its_offset(marked: str, message: str) -> None:
    """Types are refused as exactly as expressions."""
    text, place = unmarked(marked)
    with pytest.raises(SyntaxFault) as caught:
        parse_type(text)
    assert message in caught.value.message
    assert caught.value.offset == place.offset


@pytest.mark.parametrize(
    "text",
    [
        "(" * 5000 + "a" + ")" * 5000,
        "[" * 5000,
        "not " * 5000 + "a",
        " and ".join(["a"] * 5000),
        " implies ".join(["a"] * 5000),
        " + ".join(["a"] * 5000),
        "a" + ".b" * 5000,
        "if a then " * 5000,
        "f(" * 5000,
        "{a: " * 5000,
    ],
    ids=lambda text: text[:9],
)
def test_an_expression_of_any_depth_is_read_or_refused(text: str) -> None:
    """Python's own limit on recursion is never met."""
    with pytest.raises(SyntaxFault, match="deep"):
        parse_expression(text)


@pytest.mark.parametrize("text", ["(" * 5000, "list of " * 5000, "{a: " * 5000, "optional " * 5000])
def test_a_type_of_any_depth_is_refused(text: str) -> None:
    """The same holds of types."""
    with pytest.raises(SyntaxFault, match="deep"):
        parse_type(text)


RESERVED = {"if", "then", "else", "implies", "or", "and", "not", "in", "true", "false", "none"}
words = st.from_regex(r"[A-Za-z_][A-Za-z0-9_]{0,5}", fullmatch=True).filter(
    lambda word: word not in RESERVED
)
functions = words.filter(lambda word: word not in x.ABOUT)
any_names = st.one_of(words, st.text(min_size=1, max_size=6))


def made(kind: Any, *parts: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Nodes or types of a class; `st.builds` would invent their `kind` too."""
    return st.tuples(*parts).map(lambda values: kind(*values))


leaves = st.one_of(
    made(x.Constant, st.integers(-(10**99), 10**99)),
    made(x.Constant, st.sampled_from([True, False, None])),
    made(x.Constant, st.text(max_size=8)),
    made(x.Name, words),
    made(x.Key, st.one_of(any_names, st.just(""))),
    made(x.About, st.sampled_from(x.ABOUT), any_names),
)
operators = st.sampled_from([name for names in x.PRECEDENCE for name in names if name != "not"])


def defaulted(parts: tuple[x.Node, x.Node]) -> x.Node:
    """The first where it is not none, else the second."""
    return x.If(x.Binary("==", parts[0], x.Constant(None)), parts[1], parts[0])


def larger(inner: st.SearchStrategy[x.Node]) -> st.SearchStrategy[x.Node]:
    fields = st.lists(st.tuples(any_names, inner), max_size=3, unique_by=lambda pair: pair[0])
    return st.one_of(
        made(x.Member, inner, any_names),
        made(x.Not, inner),
        made(x.Binary, operators, inner, inner),
        made(x.If, inner, inner, inner),
        st.tuples(inner, inner).map(defaulted),
        made(x.List, st.lists(inner, max_size=3).map(tuple)),
        made(x.Build, fields.map(tuple)),
        made(x.Call, functions, st.lists(inner, max_size=3).map(tuple)),
    )


@st.composite
def grown(
    draw: st.DrawFn,
    leaf: st.SearchStrategy[Any],
    larger: Callable[[st.SearchStrategy[Any]], st.SearchStrategy[Any]],
    depth: int,
) -> Any:
    """Values nested up to a depth.

    `st.recursive` spells out all the levels below in the repr of each, and Hypothesis warns of a
    repr of many kilobytes; here a level shows itself by its depth.
    """
    if depth == 0 or draw(st.booleans()):
        return draw(leaf)
    below = st.deferred(lambda: grown(leaf, larger, depth - 1))
    return draw(larger(below))


trees = grown(leaves, larger, 4)


@given(trees)
def test_an_expression_that_is_shown_reads_as_the_same(node: x.Node) -> None:
    """Whatever the tree, its text parses to it again."""
    assert exact(tree(x.show(node))) == exact(node)


def pairs_of_parentheses(text: str) -> Iterator[tuple[int, int]]:
    """Where grouping parentheses open and close; those of calls group nothing."""
    opened: list[int] = []
    for place, char in enumerate(text):
        if char == "(":
            opened.append(place)
        elif char == ")":
            start = opened.pop()
            if not re.search(r"\w$", text[:start]):
                yield start, place


@pytest.mark.slow
@given(trees.filter(lambda node: '"' not in x.show(node)))
def test_no_parentheses_are_shown_in_vain(node: x.Node) -> None:
    """Without any pair of them the text would mean something else, or nothing."""
    text = x.show(node)
    for start, end in pairs_of_parentheses(text):
        bare = text[:start] + text[start + 1 : end] + text[end + 1 :]
        try:
            other = tree(bare)
        except SyntaxFault:
            continue
        assert exact(other) != exact(node), bare


plain_types = st.one_of(
    st.sampled_from(
        [t.Boolean(), t.Integer(), t.Number(), t.String(), t.Idset(), t.Path(), t.Anything()]
    ),
    st.just(t.Object()),
    made(t.Literal, st.text(max_size=8)),
    made(t.Integer, st.integers(-99, 0) | st.none(), st.integers(0, 99) | st.none()),
)


def larger_type(inner: st.SearchStrategy[t.Type]) -> st.SearchStrategy[t.Type]:
    fields = st.lists(st.tuples(any_names, inner), max_size=3, unique_by=lambda pair: pair[0])
    return st.one_of(
        *(made(kind, inner) for kind in (t.ListOf, t.SetOf, t.BagOf, t.Optional, t.NonEmpty)),
        made(t.Record, fields.map(tuple)),
        made(t.MapOf, inner, inner),
        made(t.Union, st.lists(inner, min_size=2, max_size=3).map(tuple)),
    )


@given(grown(plain_types, larger_type, 3))
def test_a_type_that_is_shown_reads_as_the_same(type_: t.Type) -> None:
    """Whatever the type, its text parses to it again."""
    assert exact(parse_type(t.show(type_))) == exact(type_)
