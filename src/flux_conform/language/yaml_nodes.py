"""YAML as a tree of nodes with positions, made from the events of PyYAML's parser.

This avoids YAML's traps: keys are never read as booleans (`on`), a duplicate key is a fault,
aliases are refused (they can expand a small file without bound), and the meaning of a plain scalar
is decided by the shape that reads it.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple, TypeAlias

import yaml

from flux_conform.inputs import note_read
from flux_conform.language.faults import Fault, SpecificationFaults, closest


class Mark(NamedTuple):
    """A position; line and column count from 1. `file` is None for the file that is being read."""

    line: int
    column: int
    file: str | None = None


class Scalar(NamedTuple):
    """A single value as text. `plain`: it has no quotes."""

    text: str
    plain: bool
    mark: Mark


class Sequence(NamedTuple):
    """A list."""

    items: tuple[Node, ...]
    mark: Mark


class Mapping(NamedTuple):
    """Keys and values in the order of the file; keys are unique."""

    pairs: tuple[tuple[Scalar, Node], ...]
    mark: Mark


Node: TypeAlias = Scalar | Sequence | Mapping


def nodes_of(node: Node) -> Iterator[Node]:
    """The node and all that it holds, keys included, outermost first."""
    yield node
    if isinstance(node, Sequence):
        for item in node.items:
            yield from nodes_of(item)
    elif isinstance(node, Mapping):
        for key, value in node.pairs:
            yield key
            yield from nodes_of(value)


def value_of(node: Node, key: str) -> Node | None:
    """The value of a key; None if the key is missing or the node is not a mapping."""
    pairs = node.pairs if isinstance(node, Mapping) else ()
    return next((value for name, value in pairs if name.text == key), None)


_MAX_DEPTH = 50
_MAX_BYTES = 1 << 20


class FaultList:
    """Collects the faults of a file, and of the files that it is based on.

    `texts` are the texts that were read, by file name.
    """

    def __init__(self, file: str) -> None:
        self.file = file
        self.faults: list[Fault] = []
        self.texts: dict[str, str] = {}

    def of(self, file: str) -> FaultList:
        """The same list, while another file is being read."""
        other = FaultList(file)
        other.faults, other.texts = self.faults, self.texts
        return other

    def error(self) -> SpecificationFaults:
        """The exception that holds all of them."""
        return SpecificationFaults(self.faults, self.texts)

    def add(
        self,
        mark: Mark,
        message: str,
        *,
        expected: str | None = None,
        name: str | None = None,
        among: tuple[str, ...] | list[str] = (),
    ) -> None:
        """Note a fault; `name` is the mistyped name and `among` what it could have been."""
        suggestion = closest(name, among) if name is not None else None
        if expected is None and among and suggestion is None:
            expected = "one of " + ", ".join(among)
        file = self.file if mark.file is None else mark.file
        if file != self.file:
            message += f" (as {self.file} changes it)"
        self.faults.append(Fault(file, mark.line, mark.column, message, expected, suggestion))


def read_text(path: str) -> str:
    """The text of a specification file. Raises SpecificationFaults if it cannot be read."""
    try:
        with open(path, "rb") as file:
            note_read(file)
            data = file.read(_MAX_BYTES + 1)
    except OSError as error:
        reason = error.strerror or str(error)
        raise SpecificationFaults([Fault(path, 1, 1, f"cannot be read: {reason}")]) from error
    if len(data) > _MAX_BYTES:
        raise SpecificationFaults([Fault(path, 1, 1, f"is larger than {_MAX_BYTES} bytes")])
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = data[: error.start]
        line = before.count(b"\n") + 1
        column = error.start - (before.rfind(b"\n") + 1) + 1
        raise SpecificationFaults(
            [Fault(path, line, column, "is not UTF-8 text", "a YAML file")]
        ) from error


def read_nodes(text: str, faults: FaultList) -> Node:
    """The tree of the one document in a YAML text.

    A duplicate key is noted, and its first value is used. Raises SpecificationFaults if the text
    gives no complete tree.
    """
    faults.texts[faults.file] = text
    return _faultless(text, faults.file) or _read(text, faults)


@lru_cache(maxsize=32)
def _faultless(text: str, file: str) -> Node | None:
    """The tree; None if there is any fault.

    The revisions of a specification are changes to one text, which would be read for each of them.
    """
    faults = FaultList(file)
    try:
        node = _read(text, faults)
    except SpecificationFaults:
        return None
    return None if faults.faults else node


def _read(text: str, faults: FaultList) -> Node:
    composer = _Composer(text, faults)
    try:
        node = composer.document()
    except yaml.YAMLError as error:
        _add_yaml_error(error, text, faults)
        node = None
    except (ValueError, OverflowError):
        # PyYAML lets these through, from numbers in directives and escapes.
        faults.add(composer.latest, "not YAML: a number beyond what Python holds, from here on")
        node = None
    if node is None and not faults.faults:
        faults.add(Mark(1, 1), "the file is empty", expected="a mapping")
    if node is None or composer.is_broken:
        raise faults.error()
    return node


def _add_yaml_error(error: yaml.YAMLError, text: str, faults: FaultList) -> None:
    mark = Mark(1, 1)
    if isinstance(error, yaml.MarkedYAMLError):
        place = error.problem_mark or error.context_mark
        if place is not None:
            mark = Mark(place.line + 1, place.column + 1)
        message = str(error.problem or error.context)
    else:
        position = getattr(error, "position", 0)
        mark = Mark(text.count("\n", 0, position) + 1, 1)
        message = str(getattr(error, "reason", error))
    lines = text.splitlines()
    line = lines[mark.line - 1] if mark.line <= len(lines) else ""
    indent = line[: len(line) - len(line.lstrip())]
    if "\t" in indent:
        mark = Mark(mark.line, indent.index("\t") + 1)
        faults.add(mark, "a tab cannot indent YAML", expected="spaces")
    else:
        faults.add(mark, f"not YAML: {message}")


class _Composer:
    def __init__(self, text: str, faults: FaultList) -> None:
        self.faults = faults
        self.events = yaml.parse(text, Loader=yaml.SafeLoader)
        self.depth = 0
        self.is_broken = False
        self.latest = Mark(1, 1)

    def broken(self, mark: Mark, message: str, expected: str) -> None:
        """Note a fault that leaves the tree incomplete."""
        self.is_broken = True
        self.faults.add(mark, message, expected=expected)

    def document(self) -> Node | None:
        node: Node | None = None
        documents = 0
        for event in self.events:
            if isinstance(event, yaml.DocumentStartEvent):
                documents += 1
                if documents > 1:
                    self.broken(self.mark(event), "a second document", "one in a file")
                    return node
                node = self.node(next(self.events))
        if isinstance(node, Scalar) and node.plain and not node.text:
            return None
        return node

    def node(self, event: yaml.Event) -> Node | None:
        mark = self.mark(event)
        if isinstance(event, yaml.AliasEvent):
            self.broken(mark, "an alias", "the value itself, written out")
            return None
        if isinstance(event, yaml.ScalarEvent):
            return Scalar(event.value, event.style is None, mark)
        self.depth += 1
        if self.depth > _MAX_DEPTH:
            # The rest of the file would only repeat this fault.
            self.faults.add(mark, f"nested more than {_MAX_DEPTH} deep")
            raise self.faults.error()
        inner = self.sequence if isinstance(event, yaml.SequenceStartEvent) else self.mapping
        node = inner(mark)
        self.depth -= 1
        return node

    def sequence(self, mark: Mark) -> Node:
        items = []
        while not isinstance(event := next(self.events), yaml.SequenceEndEvent):
            if (item := self.node(event)) is not None:
                items.append(item)
        return Sequence(tuple(items), mark)

    def mapping(self, mark: Mark) -> Node:
        pairs: dict[str, tuple[Scalar, Node]] = {}
        while not isinstance(event := next(self.events), yaml.MappingEndEvent):
            key = self.node(event)
            value = self.node(next(self.events))
            if key is None or value is None:
                continue
            if not isinstance(key, Scalar):
                self.broken(key.mark, "a key that is no name", "a name")
            elif key.text in pairs:
                first = pairs[key.text][0].mark.line
                self.faults.add(
                    key.mark,
                    f'the key "{key.text}" stands here twice (first in line {first})',
                    expected="it once",
                )
            else:
                pairs[key.text] = (key, value)
        return Mapping(tuple(pairs.values()), mark)

    def mark(self, event: yaml.Event) -> Mark:
        assert event.start_mark is not None  # each event of the parser has its place
        line, column = event.start_mark.line + 1, event.start_mark.column + 1
        self.latest = Mark(line, column, self.faults.file)
        return self.latest
