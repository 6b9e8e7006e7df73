"""Reads an expression of the language as plain data, by the grammar of docs/language.md."""

import json
import re

from plain.expressions import Expression

TOKEN = re.compile(
    r'\s*("(?:[^"\\]|\\.)*"|\d+|[A-Za-z_][\w.-]*(?<![.-])|[=!<>]=|[][(){}.,:<>+*/%&-])'
)

BINARY = (
    ("or",),
    ("and",),
    (),
    ("==", "!=", "<=", "<", ">=", ">", "in"),
    ("+", "-"),
    ("*", "/", "%", "&"),
)
"""From the loosest to the tightest; `not` stands where there is none, `implies` before them."""

WORDS = {"true": True, "false": False, "none": None}


def parsed(text: str) -> Expression:
    """The expression. Raises ValueError where the text is none, or is one not known here."""
    reader = _Reader(TOKEN.findall(text))
    found = reader.implication()
    if reader.left:
        raise ValueError(text)
    return found


class _Reader:
    def __init__(self, tokens: list[str]) -> None:
        self.left = tokens[::-1]

    def accept(self, *tokens: str) -> str | None:
        if self.left and self.left[-1] in tokens:
            return self.left.pop()
        return None

    def expect(self, token: str) -> None:
        if self.accept(token) is None:
            raise ValueError(f"{token} is missing before {self.left[::-1]}")

    def implication(self) -> Expression:
        one = self.binary(0)
        return ("implies", one, self.implication()) if self.accept("implies") else one

    def binary(self, level: int) -> Expression:
        if level == len(BINARY):
            return self.primary()
        if not BINARY[level]:
            return ("not", self.binary(level)) if self.accept("not") else self.binary(level + 1)
        one = self.binary(level + 1)
        while word := self.accept(*BINARY[level]):
            one = (word, one, self.binary(level + 1))
        return one

    def primary(self) -> Expression:
        token = self.left.pop()
        if token == "(":
            inner = self.implication()
            self.expect(")")
            return inner
        if token == "if":
            condition = self.implication()
            self.expect("then")
            then = self.implication()
            self.expect("else")
            return ("if", condition, then, self.implication())
        if token == "[":
            items = []
            while not self.accept("]"):
                items.append(self.implication()[1])
                self.accept(",")
            return ("list", *items)
        if token == ".":
            return ("key", self.left.pop())
        if token == "-":
            return ("const", -int(self.left.pop()))
        if token in WORDS:
            return ("const", WORDS[token])
        if token[0] == '"' or token.isdigit():
            return ("const", json.loads(token))
        if token in ("state", "event", "first") and self.left[-1:] != ["("]:
            return (token,)
        if self.accept("("):
            operand = self.implication()
            self.expect(")")
            named = token in ("seen", "visited")
            return (token, operand[1] if named else operand)
        return ("var", token)
