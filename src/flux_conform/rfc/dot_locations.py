"""Source locations in DOT: the lines of nodes, edges and attributes.

Graphviz interprets the source, but its output has no line numbers. This module finds them with the
grammar of the language, including comments, chains of edges, and subgraphs as endpoints. It expects
a source that Graphviz accepts and rejects nothing; a location that it does not find is merely
missing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

_TOKEN = re.compile(
    r"""
    (?P<skip>\s+|//[^\n]*|/\*.*?\*/|(?:(?<=\n)|\A)\#[^\n]*|\\\n)
    |(?P<edge>->|--)
    |(?P<string>"(?:[^"\\]|\\.)*")
    |(?P<word>-?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)|[\w\x80-\U0010ffff]+)
    |(?P<mark>.)
    """,
    re.VERBOSE | re.DOTALL,
)
_WORDS = ("graph", "digraph", "node", "edge", "subgraph", "strict")


class EdgeLocation(NamedTuple):
    """An edge between two nodes, and the line of its arrow."""

    tail: str
    head: str
    line: int


class AttributeLocation(NamedTuple):
    """An attribute, and the line where it is set."""

    name: str
    line: int


class Locations(NamedTuple):
    """The locations in a source; `nodes` are the lines where nodes are first named."""

    graph: int
    nodes: dict[str, int]
    clusters: dict[str, int]
    edges: tuple[EdgeLocation, ...]
    attributes: tuple[AttributeLocation, ...]


class _Token(NamedTuple):
    kind: str
    text: str
    line: int


def locations_of(source: str) -> Locations:
    """Return the locations in a source that Graphviz accepts."""
    parser = _Parser(list(_tokens(source)))
    parser.graph()
    return Locations(
        parser.start, parser.nodes, parser.clusters, tuple(parser.edges), tuple(parser.attributes)
    )


def _tokens(source: str) -> Iterator[_Token]:
    position, line = 0, 1
    while position < len(source):
        if source[position] == "<":
            end = _end_of_html(source, position)
            kind, text = "name", source[position + 1 : end - 1]
        else:
            match = _TOKEN.match(source, position)
            assert match is not None  # the last alternative matches any character
            assert match.lastgroup is not None
            end, kind, text = match.end(), match.lastgroup, match[0]
            if kind == "string":
                kind, text = "name", text[1:-1].replace('\\"', '"').replace("\\\n", "")
            elif kind == "word" and text.lower() not in _WORDS:
                kind = "name"
        if kind != "skip":
            yield _Token(kind, text.lower() if kind == "word" else text, line)
        line += source.count("\n", position, end)
        position = end


def _end_of_html(source: str, start: int) -> int:
    depth = 0
    for position in range(start, len(source)):
        depth += {"<": 1, ">": -1}.get(source[position], 0)
        if depth == 0:
            return position + 1
    return len(source)


class _Parser:
    """A parser for the tokens, statement by statement."""

    def __init__(self, tokens: list[_Token]) -> None:
        self.tokens = tokens
        self.at = 0
        self.start = 1
        self.nodes: dict[str, int] = {}
        self.clusters: dict[str, int] = {}
        self.members: dict[str, list[str]] = {}
        self.edges: list[EdgeLocation] = []
        self.attributes: list[AttributeLocation] = []

    def graph(self) -> None:
        """Parse the whole source; the text before the first brace names the graph."""
        while self.at < len(self.tokens) and not self._is("{"):
            self.at += 1
        if self.at < len(self.tokens):
            self.start = self.tokens[self.at].line
            self._statements()

    def _statements(self) -> list[str]:
        """Parse the statements in braces, and return the names of the nodes in them."""
        self.at += 1
        inside: list[str] = []
        while self.at < len(self.tokens) and not self._is("}"):
            before = self.at
            inside += self._statement()
            if self.at == before:  # a character that starts no statement, such as a semicolon
                self.at += 1
        self.at += 1
        return inside

    def _statement(self) -> list[str]:
        token = self.tokens[self.at]
        if token.kind == "word" and token.text in ("graph", "node", "edge"):
            self.at += 1
            self._attribute_lists()
            return []
        if token.kind == "name" and self._is("=", 1):
            self._value(token)
            return []
        ends = [self._endpoint()]
        lines = []
        while self.at < len(self.tokens) and self.tokens[self.at].kind == "edge":
            lines.append(self.tokens[self.at].line)
            self.at += 1
            ends.append(self._endpoint())
        for line, tails, heads in zip(lines, ends, ends[1:], strict=False):
            self.edges += [EdgeLocation(tail, head, line) for tail in tails for head in heads]
        self._attribute_lists()
        return [name for end in ends for name in end]

    def _endpoint(self) -> list[str]:
        """Parse a node or a subgraph, and return the names of its nodes."""
        if self.at >= len(self.tokens):
            return []
        token = self.tokens[self.at]
        if (token.kind == "word" and token.text == "subgraph") or self._is("{"):
            return self._subgraph()
        if token.kind != "name":
            return []
        name = self._name()
        self.nodes.setdefault(name, token.line)
        while self._is(":"):  # a port, and a compass point
            self.at += 2
        return [name]

    def _subgraph(self) -> list[str]:
        name, line = "", self.tokens[self.at].line
        if not self._is("{"):
            self.at += 1
            if self.at < len(self.tokens) and self.tokens[self.at].kind == "name":
                name = self._name()
        self.clusters.setdefault(name, line)
        inside = self._statements() if self._is("{") else []
        known = self.members.setdefault(name, []) if name else []
        known += [node for node in dict.fromkeys(inside) if node not in known]
        return list(known)

    def _attribute_lists(self) -> None:
        while self._is("["):
            self.at += 1
            while self.at < len(self.tokens) and not self._is("]"):
                token = self.tokens[self.at]
                if token.kind == "name":
                    self._value(token)
                else:
                    self.at += 1
            self.at += 1

    def _value(self, name: _Token) -> None:
        """Parse an attribute, with its value if it has one."""
        self.attributes.append(AttributeLocation(name.text, name.line))
        self.at += 1
        if self._is("="):
            self.at += 1
            self._name()

    def _name(self) -> str:
        """Parse a name; strings are concatenated with `+`."""
        text = self.tokens[self.at].text if self.at < len(self.tokens) else ""
        self.at += 1
        while self._is("+"):
            text += self.tokens[self.at + 1].text if self.at + 1 < len(self.tokens) else ""
            self.at += 2
        return text

    def _is(self, mark: str, ahead: int = 0) -> bool:
        place = self.at + ahead
        return place < len(self.tokens) and self.tokens[place][:2] == ("mark", mark)
