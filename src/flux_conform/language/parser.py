"""The one parser of the specification language's expressions and types.

expr    := 'if' expr 'then' expr 'else' expr | expr 'else' expr
         | operators over primary, see PRECEDENCE
primary := integer | integer UNIT | "text" | true | false | none | NAME | .KEY | ."KEY"
         | primary.FIELD | '[' expr, … ']' | '{' FIELD: expr, … '}' | FN '(' expr, … ')'
         | LANE '[' expr, … ']'
         | seen(EVENT) | since(EVENT) | first(EVENT) | last(EVENT) | entered(STATE) | '(' expr ')'
type    := ['optional' | 'nonempty'] type | 'list of' type | 'set of' type | 'bag of' type
         | 'map of' type 'to' type | '{' FIELD: type, … '}' | "text" | type '|' type
         | 'integer' [LOW..HIGH] | boolean | number | string | idset | hostlist | path
         | object | any
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache
from typing import NamedTuple, TypeVar

from flux_conform.language import expressions as x
from flux_conform.language import types as t
from flux_conform.language.durations import UNITS
from flux_conform.language.lanes import INDEX
from flux_conform.language.tokens import SyntaxFault as SyntaxFault
from flux_conform.language.tokens import Token, tokens


class Parsed(NamedTuple):
    """A tree, and where in the text each of its nodes begins, by the node's identity."""

    tree: x.Node
    offsets: dict[int, int]


# A specification and its neighbours say the same expressions.
@lru_cache(maxsize=4096)
def parse_expression(text: str) -> Parsed:
    """The tree of an expression. Raises SyntaxFault."""
    parser = _Parser(text)
    tree = parser.expression()
    parser.expect_end()
    return Parsed(tree, parser.offsets)


def parse_type(text: str, named: Mapping[str, t.Type] | None = None) -> t.Type:
    """The type that the text writes, which may use types that have names. Raises SyntaxFault."""
    parser = _Parser(text)
    parser.named_types = {} if named is None else named
    type_ = parser.type()
    parser.expect_end()
    return type_


_CONSTANTS = {"true": True, "false": False, "none": None}
_RESERVED = {"if", "then", "else", *_CONSTANTS, *x.LEVELS}
# Each level of brackets costs the parser up to ten frames of Python's thousand.
_MAX_BRACKETS = 50
_MAX_DIGITS = 100


def _unquoted(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text[1:-1]) if text.startswith('"') else text


_Item = TypeVar("_Item")


class _Parser:
    def __init__(self, text: str) -> None:
        self.tokens = tokens(text)
        self.position = 0
        self.depth = 0
        self.in_if = False
        self.named_types: Mapping[str, t.Type] = {}
        self.offsets: dict[int, int] = {}
        self.depths: dict[int, int] = {}

    @property
    def next(self) -> Token:
        return self.tokens[self.position]

    def take(self) -> Token:
        token = self.next
        self.position += 1
        return token

    def accept(self, text: str) -> bool:
        token = self.next
        if token.text == text and token.kind in ("word", "mark", "range"):
            self.position += 1
            return True
        return False

    def expect(self, text: str) -> None:
        if not self.accept(text):
            raise self.unexpected(f'"{text}"')

    def expect_end(self) -> None:
        if self.next.kind != "end":
            raise self.unexpected("the end, or an operator")

    def unexpected(self, wanted: str) -> SyntaxFault:
        token = self.next
        found = f'"{token.text}"' if token.kind != "end" else "the end of the text"
        if token.kind == "string":
            found = token.text
        return SyntaxFault(f"expected {wanted}, found {found}", token.offset)

    def at(self, offset: int, node: x.Node) -> x.Node:
        self.offsets[id(node)] = offset
        depth = 1 + max((self.depths[id(child)] for child in x.children(node)), default=0)
        if depth > x.MAX_DEPTH:
            raise SyntaxFault(f"nested more than {x.MAX_DEPTH} deep", offset)
        self.depths[id(node)] = depth
        return node

    @contextmanager
    def deeper(self, offset: int) -> Iterator[None]:
        """One level of brackets further down."""
        self.depth += 1
        if self.depth > _MAX_BRACKETS:
            raise SyntaxFault(f"nested more than {_MAX_BRACKETS} deep", offset)
        yield
        self.depth -= 1

    @contextmanager
    def up_to(self, end: str) -> Iterator[None]:
        """What stands before this word or bracket; an `else` in an `if` is that of the `if`."""
        outer, self.in_if = self.in_if, end in ("then", "else")
        yield
        self.in_if = outer
        self.expect(end)

    def listed(self, close: str, item: Callable[[], _Item]) -> tuple[_Item, ...]:
        """Items between commas, up to the closing bracket."""
        items: list[_Item] = []
        outer, self.in_if = self.in_if, False
        while not self.accept(close):
            if items:
                self.expect(",")
            items.append(item())
        self.in_if = outer
        return tuple(items)

    def fields(self, value: Callable[[], _Item]) -> tuple[tuple[str, _Item], ...]:
        """Names with values, up to the closing brace; no name twice."""
        taken: set[str] = set()

        def field() -> tuple[str, _Item]:
            token = self.next
            if token.kind not in ("word", "string"):
                raise self.unexpected("the name of a field")
            name = _unquoted(self.take().text)
            if name in taken:
                raise SyntaxFault(f'the field "{name}" stands here twice', token.offset)
            taken.add(name)
            self.expect(":")
            return name, value()

        return self.listed("}", field)

    # Expressions

    def expression(self) -> x.Node:
        start = self.next.offset
        with self.deeper(start):
            if not self.accept("if"):
                return self.operators(0)
            with self.up_to("then"):
                condition = self.expression()
            with self.up_to("else"):
                then = self.expression()
            return self.at(start, x.If(condition, then, self.expression()))

    def operators(self, loosest: int) -> x.Node:
        """Operands, with operators between them from this level of PRECEDENCE on."""
        start = self.next.offset
        if loosest <= x.LEVELS["not"] and self.accept("not"):
            with self.deeper(start):
                node = self.at(start, x.Not(self.operators(x.LEVELS["not"])))
        else:
            node = self.postfix()
        while (level := self.level()) >= loosest:
            operator = self.take().text
            if operator == "else":
                node = self.default(start, node)
                continue
            # `implies` groups to the right, and its right side may be a whole `if`.
            right = self.expression() if operator == "implies" else self.operators(level + 1)
            node = self.at(start, x.Binary(operator, node, right))
            if operator in x.COMPARISONS and self.level() == level:
                message = 'comparisons do not chain; join them with "and"'
                raise SyntaxFault(message, self.next.offset)
        return node

    def level(self) -> int:
        """The level of the binary operator that comes next; -1 where none does."""
        is_binary = self.next.kind in ("word", "mark") and self.next.text != "not"
        if self.next.text == "else" and not self.in_if:
            return x.ELSE_LEVEL
        return x.LEVELS.get(self.next.text, -1) if is_binary else -1

    def default(self, start: int, value: x.Node) -> x.Node:
        """`value else …`, which groups to the right."""
        none = self.at(start, x.Constant(None))
        condition = self.at(start, x.Binary("==", value, none))
        return self.at(start, x.If(condition, self.operators(x.ELSE_LEVEL), value))

    def postfix(self) -> x.Node:
        start = self.next.offset
        node = self.primary()
        while self.next.kind == "key":
            node = self.at(start, x.Member(node, _unquoted(self.take().text[1:])))
        return node

    def primary(self) -> x.Node:
        if self.accept("("):
            with self.up_to(")"):
                return self.expression()
        return self.at(self.next.offset, self.operand())

    def operand(self) -> x.Node:
        kind = self.next.kind
        if kind == "integer":
            number = self.integer()
            if self.next.kind == "word" and self.next.text in UNITS:
                return x.Duration(number, self.take().text)
            return x.Constant(number)
        if kind == "string":
            return x.Constant(_unquoted(self.take().text))
        if kind == "key":
            return x.Key(_unquoted(self.take().text[1:]))
        if kind == "about":
            function, _, name = self.take().text.partition("(")
            return x.About(function.strip(), _unquoted(name[:-1].strip()))
        if kind == "word" and self.next.text in _CONSTANTS:
            return x.Constant(_CONSTANTS[self.take().text])
        if kind == "word" and self.next.text not in _RESERVED:
            return self.named()
        if self.accept("."):
            return x.Key("")
        if self.accept("-"):
            if self.next.kind != "integer":
                raise self.unexpected("an integer after the minus sign")
            return x.Constant(-self.integer())
        if self.accept("["):
            return x.List(self.listed("]", self.expression))
        if self.accept("{"):
            return x.Build(self.fields(self.expression))
        raise self.unexpected("an expression")

    def named(self) -> x.Node:
        """A name, a call, or the state of a lane: `LANE[KEY]`."""
        start, name = self.next.offset, self.take().text
        if self.accept("("):
            return x.Call(name, self.listed(")", self.expression))
        offset = self.next.offset
        if not self.accept("["):
            return x.Name(name)
        items = self.listed("]", self.expression)
        key = items[0] if len(items) == 1 else self.at(offset, x.List(items))
        return x.Call(INDEX, (self.at(start, x.Name(name)), key))

    def integer(self) -> int:
        token = self.take()
        if len(token.text) > _MAX_DIGITS:
            raise SyntaxFault(f"an integer of more than {_MAX_DIGITS} digits", token.offset)
        return int(token.text)

    # Types

    def type(self) -> t.Type:
        options = [self.single_type()]
        while self.accept("|"):
            options.append(self.single_type())
        return options[0] if len(options) == 1 else t.Union(tuple(options))

    def single_type(self) -> t.Type:
        with self.deeper(self.next.offset):
            return self.type_inside()

    def type_inside(self) -> t.Type:
        token = self.next
        if token.kind == "string":
            return t.Literal(_unquoted(self.take().text))
        if self.accept("("):
            type_ = self.type()
            self.expect(")")
            return type_
        if self.accept("{"):
            return t.Record(self.fields(self.type))
        if token.kind != "word":
            raise self.unexpected("a type")
        name = self.take().text
        if name in _PREFIXES:
            return _PREFIXES[name](self.type() if name == "optional" else self.single_type())
        if name in _COLLECTIONS:
            self.expect("of")
            return _COLLECTIONS[name](self.single_type())
        if name == "map":
            self.expect("of")
            key = self.single_type()
            self.expect("to")
            return t.MapOf(key, self.single_type())
        if name == "integer":
            return self.integer_type()
        if name in _SIMPLE:
            return _SIMPLE[name]
        if name in self.named_types:
            return self.named_types[name]
        known = (*sorted(TYPE_WORDS), *self.named_types)
        raise SyntaxFault(f'unknown type "{name}"; known are {", ".join(known)}', token.offset)

    def integer_type(self) -> t.Type:
        if self.next.kind not in ("integer", "range") and self.next.text != "-":
            return t.Integer()
        start = self.next.offset
        low = None if self.next.kind == "range" else self.bound()
        self.expect("..")
        high = self.bound() if self.next.kind == "integer" or self.next.text == "-" else None
        if low is not None and high is not None and low > high:
            raise SyntaxFault(f"the range {low}..{high} holds nothing", start)
        return t.Integer(low, high)

    def bound(self) -> int:
        sign = -1 if self.accept("-") else 1
        if self.next.kind != "integer":
            raise self.unexpected("an integer")
        return sign * self.integer()


_SIMPLE: dict[str, t.Type] = {
    "boolean": t.Boolean(),
    "number": t.Number(),
    "string": t.String(),
    "idset": t.Idset(),
    "hostlist": t.Hostlist(),
    "path": t.Path(),
    "object": t.Object(),
    "any": t.Anything(),
}
_PREFIXES: dict[str, Callable[[t.Type], t.Type]] = {
    "optional": t.Optional,
    "nonempty": t.NonEmpty,
}
_COLLECTIONS: dict[str, Callable[[t.Type], t.Type]] = {
    "list": t.ListOf,
    "set": t.SetOf,
    "bag": t.BagOf,
}
TYPE_WORDS = (*_SIMPLE, *_PREFIXES, *_COLLECTIONS, "map", "integer")
"""The words with which types of the language begin."""
