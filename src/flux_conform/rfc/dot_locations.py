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


class _Token(NamedTuple):
    kind: str
    text: str
    line: int


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


class Locations:
    """The locations in a source that Graphviz accepts, parsed statement by statement.

    `graph` is the line of the first brace; `nodes` are the lines where nodes are first named.
    """

    def __init__(self, source: str) -> None:
        self.graph = 1
        self.nodes: dict[str, int] = {}
        self.clusters: dict[str, int] = {}
        self.edges: list[EdgeLocation] = []
        self.attributes: list[AttributeLocation] = []
        self._members: dict[str, list[str]] = {}
        self._tokens = list(_tokens(source))
        self._at = 0
        # The text before the first brace names the graph.
        while self._at < len(self._tokens) and not self._is("{"):
            self._at += 1
        if self._at < len(self._tokens):
            self.graph = self._tokens[self._at].line
            self._statements()

    def _statements(self) -> list[str]:
        """Parse the statements in braces, and return the names of the nodes in them."""
        self._at += 1
        inside: list[str] = []
        while self._at < len(self._tokens) and not self._is("}"):
            before = self._at
            inside += self._statement()
            if self._at == before:  # a character that starts no statement, such as a semicolon
                self._at += 1
        self._at += 1
        return inside

    def _statement(self) -> list[str]:
        token = self._tokens[self._at]
        if token.kind == "word" and token.text in ("graph", "node", "edge"):
            self._at += 1
            self._attribute_lists()
            return []
        if token.kind == "name" and self._is("=", 1):
            self._value(token)
            return []
        ends = [self._endpoint()]
        lines = []
        while self._at < len(self._tokens) and self._tokens[self._at].kind == "edge":
            lines.append(self._tokens[self._at].line)
            self._at += 1
            ends.append(self._endpoint())
        for line, tails, heads in zip(lines, ends, ends[1:], strict=False):
            self.edges += [EdgeLocation(tail, head, line) for tail in tails for head in heads]
        self._attribute_lists()
        return [name for end in ends for name in end]

    def _endpoint(self) -> list[str]:
        """Parse a node or a subgraph, and return the names of its nodes."""
        if self._at >= len(self._tokens):
            return []
        token = self._tokens[self._at]
        if (token.kind == "word" and token.text == "subgraph") or self._is("{"):
            return self._subgraph()
        if token.kind != "name":
            return []
        name = self._name()
        self.nodes.setdefault(name, token.line)
        while self._is(":"):  # a port, and a compass point
            self._at += 2
        return [name]

    def _subgraph(self) -> list[str]:
        name, line = "", self._tokens[self._at].line
        if not self._is("{"):
            self._at += 1
            if self._at < len(self._tokens) and self._tokens[self._at].kind == "name":
                name = self._name()
        self.clusters.setdefault(name, line)
        inside = self._statements() if self._is("{") else []
        known = self._members.setdefault(name, []) if name else []
        known += [node for node in dict.fromkeys(inside) if node not in known]
        return list(known)

    def _attribute_lists(self) -> None:
        while self._is("["):
            self._at += 1
            while self._at < len(self._tokens) and not self._is("]"):
                token = self._tokens[self._at]
                if token.kind == "name":
                    self._value(token)
                else:
                    self._at += 1
            self._at += 1

    def _value(self, name: _Token) -> None:
        """Parse an attribute, with its value if it has one."""
        self.attributes.append(AttributeLocation(name.text, name.line))
        self._at += 1
        if self._is("="):
            self._at += 1
            self._name()

    def _name(self) -> str:
        """Parse a name; strings are concatenated with `+`."""
        text = self._tokens[self._at].text if self._at < len(self._tokens) else ""
        self._at += 1
        while self._is("+"):
            text += self._tokens[self._at + 1].text if self._at + 1 < len(self._tokens) else ""
            self._at += 2
        return text

    def _is(self, mark: str, ahead: int = 0) -> bool:
        place = self._at + ahead
        return place < len(self._tokens) and self._tokens[place][:2] == ("mark", mark)
