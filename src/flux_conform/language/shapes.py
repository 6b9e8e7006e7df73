"""Shapes of YAML values: each reads a node into a `Located` value, and writes its JSON Schema.

What does not fit is noted as a fault.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from collections.abc import Mapping as MappingOf
from typing import Any, NamedTuple, Protocol

from flux_conform.language.yaml_nodes import (
    FaultList,
    Mapping,
    Mark,
    Node,
    Scalar,
    Sequence,
    nodes_of,
)

Schema = dict[str, Any]


class Located(NamedTuple):
    """A value and the node it was read from.

    The value is a str, int or bool, a list of Located, or a dict from names to Located.
    """

    value: Any
    node: Node

    @property
    def mark(self) -> Mark:
        """The place of the value."""
        return self.node.mark


class Shape(Protocol):
    """What is allowed in one place of the file."""

    def read(self, node: Node, faults: FaultList) -> Located | None:
        """The value, or None if the node does not fit (and a fault was noted)."""

    def schema(self) -> Schema:
        """The same as a JSON Schema."""

    @property
    def words(self) -> str:
        """What is expected, in words."""


SchemaOf = Callable[[Shape], Schema]


def _schema(shape: Shape) -> Schema:
    return shape.schema()


class Text(NamedTuple):
    """A text; `pattern` is a regular expression that the whole of it matches.

    Blanks and line breaks count as one blank, but for those in quotes of an expression (`code`).
    """

    words: str = "a text"
    pattern: str | None = None
    code: bool = False

    def read(self, node: Node, faults: FaultList) -> Located | None:
        if not isinstance(node, Scalar) or not node.text.strip():
            return _unfit(node, self.words, faults)
        if odd := _hidden(node.text):
            faults.add(node.mark, f"a control character, {odd[0]!a}", expected="text that shows")
            return None
        if self.pattern is not None and re.fullmatch(self.pattern, node.text) is None:
            faults.add(node.mark, f'"{node.text}" does not fit', expected=self.words)
            return None
        if not self.code:
            return Located(" ".join(node.text.split()), node)
        text = _BLANKS.sub(lambda found: found[1] or " ", node.text.strip())
        return Located(text, node)

    def schema(self) -> Schema:
        # An editor reads YAML's plain `true` or `5` as such, so a text may look like one.
        if self.pattern is None:
            return {"type": ["string", "number", "boolean"], "description": self.words}
        return {"type": "string", "pattern": f"^(?:{self.pattern})$", "description": self.words}


_BLANKS = re.compile(r'("(?:[^"\\]|\\.)*")|\s+', re.DOTALL)


class Choice(NamedTuple):
    """One of a few words."""

    among: tuple[str, ...]

    @property
    def words(self) -> str:
        return "one of " + ", ".join(self.among)

    def read(self, node: Node, faults: FaultList) -> Located | None:
        if not isinstance(node, Scalar):
            return _unfit(node, self.words, faults)
        if node.text not in self.among:
            faults.add(node.mark, f'unknown word "{node.text}"', name=node.text, among=self.among)
            return None
        return Located(node.text, node)

    def schema(self) -> Schema:
        return {"enum": list(self.among)}


class Value(NamedTuple):
    """A single value whose text matches a pattern, such as a number; `make` reads the text.

    `plain`: it must not be quoted.
    """

    words: str
    pattern: str
    make: Callable[[str], Any]
    json: Schema
    plain: bool = False

    def read(self, node: Node, faults: FaultList) -> Located | None:
        if (
            not isinstance(node, Scalar)
            or re.fullmatch(self.pattern, node.text) is None
            or (self.plain and not node.plain)
        ):
            return _unfit(node, self.words, faults)
        return Located(self.make(node.text), node)

    def schema(self) -> Schema:
        return self.json


FLAG = Value("true or false", "true|false", "true".__eq__, {"type": "boolean"}, plain=True)
COUNT = Value("an integer", "[0-9]{1,9}", int, {"type": "integer", "minimum": 0})
SECONDS = Value(
    "seconds, such as 0 or 2.5",
    r"[0-9]{1,9}(?:\.[0-9]{1,6})?",
    float,
    {"type": "number", "minimum": 0},
)


class Items(NamedTuple):
    """A list. `single`: one item may be written without brackets."""

    of: Shape
    single: bool = False

    @property
    def words(self) -> str:
        return f"{self.of.words}, or a list" if self.single else "a list"

    def read(self, node: Node, faults: FaultList) -> Located | None:
        if not isinstance(node, Sequence):
            if not self.single:
                return _unfit(node, self.words, faults)
            only = self.of.read(node, faults)
            return None if only is None else Located([only], node)
        read = [self.of.read(item, faults) for item in node.items]
        return Located([item for item in read if item is not None], node)

    def schema(self) -> Schema:
        array = {"type": "array", "items": self.of.schema()}
        return {"anyOf": [self.of.schema(), array]} if self.single else array


class Table(NamedTuple):
    """A mapping from free names to values of one shape."""

    of: Shape
    pattern: str = r".+"
    words: str = "a mapping from names"

    def read(self, node: Node, faults: FaultList) -> Located | None:
        if not isinstance(node, Mapping):
            return _unfit(node, self.words, faults)
        values = {}
        for key, value in node.pairs:
            if re.fullmatch(self.pattern, key.text) is None:
                faults.add(key.mark, f'"{key.text}" is no name that can stand here')
            elif (read := self.of.read(value, faults)) is not None:
                values[key.text] = read
        return Located(values, node)

    def schema(self) -> Schema:
        return self.schema_with(_schema)

    def schema_with(self, inner: SchemaOf) -> Schema:
        """The schema with those of the values made by `inner`."""
        values = {f"^(?:{self.pattern})$": inner(self.of)}
        return {"type": "object", "patternProperties": values, "additionalProperties": False}


class Field(NamedTuple):
    """A key of a Record."""

    shape: Shape
    says: str
    required: bool = False


class Record(NamedTuple):
    """A mapping with known keys."""

    name: str
    fields: MappingOf[str, Field]

    @property
    def words(self) -> str:
        return f"{self.name} with keys"

    def read(self, node: Node, faults: FaultList) -> Located | None:
        if not isinstance(node, Mapping):
            return _unfit(node, self.words, faults)
        values = {}
        present = {key.text for key, _ in node.pairs}
        for key, value in node.pairs:
            field = self.fields.get(key.text)
            if field is None:
                message = f'unknown key "{key.text}" of {self.name}'
                faults.add(key.mark, message, name=key.text, among=tuple(self.fields))
            elif (read := field.shape.read(value, faults)) is not None:
                values[key.text] = read
        for name, field in self.fields.items():
            if field.required and name not in present:
                expected = f"{name}: {field.shape.words}"
                faults.add(node.mark, f'{self.name} lacks its key "{name}"', expected=expected)
        return Located(values, node)

    def schema(self) -> Schema:
        required = [name for name, field in self.fields.items() if field.required]
        return self.schema_with(_schema) | ({"required": required} if required else {})

    def schema_with(self, inner: SchemaOf) -> Schema:
        """The schema with those of the values made by `inner`, and without required keys."""
        properties = {
            name: {**inner(field.shape), "description": field.says}
            for name, field in self.fields.items()
        }
        return {"type": "object", "properties": properties, "additionalProperties": False}


class Either(NamedTuple):
    """A scalar of one shape, or a mapping of another."""

    scalar: Shape
    mapping: Shape

    @property
    def words(self) -> str:
        return f"{self.scalar.words}, or {self.mapping.words}"

    def read(self, node: Node, faults: FaultList) -> Located | None:
        if isinstance(node, Sequence):
            return _unfit(node, self.words, faults)
        return (self.scalar if isinstance(node, Scalar) else self.mapping).read(node, faults)

    def schema(self) -> Schema:
        return {"anyOf": [self.scalar.schema(), self.mapping.schema()]}


class Tree(NamedTuple):
    """Any value, taken whole, as a JSON text.

    A plain scalar is what JSON would make of it, any other a string. `of` is the name of its
    schema under `$defs`, if it has one; `mapping`: it must be a mapping.
    """

    words: str
    of: str | None = None
    mapping: bool = False

    def read(self, node: Node, faults: FaultList) -> Located | None:
        if self.mapping and not isinstance(node, Mapping):
            return _unfit(node, self.words, faults)
        odd = [each for each in nodes_of(node) if isinstance(each, Scalar) and _hidden(each.text)]
        if odd:
            faults.add(odd[0].mark, "a control character", expected="text that shows")
            return None
        return Located(_json(node), node)

    def schema(self) -> Schema:
        return {} if self.of is None else {"$ref": f"#/$defs/{self.of}"}


_JSON_WORD = re.compile(r"true|false|-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")


def _json(node: Node) -> str:
    if isinstance(node, Sequence):
        return f"[{', '.join(map(_json, node.items))}]"
    if isinstance(node, Mapping):
        pairs = (f"{_quoted(key.text)}: {_json(value)}" for key, value in node.pairs)
        return f"{{{', '.join(pairs)}}}"
    if node.plain and node.text in ("null", "~"):
        return "null"
    return node.text if node.plain and _JSON_WORD.fullmatch(node.text) else _quoted(node.text)


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _hidden(text: str) -> list[str]:
    """The control characters in a text."""
    if text.isprintable():
        return []
    return [char for char in text if not char.isprintable() and char not in "\n\t"]


def _unfit(node: Node, expected: str, faults: FaultList) -> Located | None:
    found = {"Scalar": "a single value", "Sequence": "a list", "Mapping": "a mapping"}
    what = found[type(node).__name__]
    if isinstance(node, Scalar):
        what = f'"{node.text}"' if node.text else "nothing"
    faults.add(node.mark, f"{what} stands here", expected=expected)
    return None
