"""The fields of a specification file: tables, lists and names, and the positions of their text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property

from flux_conform.language.authority import SITE, may_stand
from flux_conform.language.shapes import Located
from flux_conform.language.types import Type
from flux_conform.language.yaml_nodes import FaultList, Mark, Scalar
from flux_conform.language.yaml_nodes import Mapping as MappingNode


class Fields(dict[str, Located]):
    """The fields of an entry of the file, by their names."""

    def text(self, name: str, default: str = "") -> str:
        """The text of a field."""
        return str(self[name].value) if name in self else default

    def texts(self, name: str) -> tuple[str, ...]:
        """The texts of a list."""
        return tuple(item.value for item in self.listed(name))

    def flag(self, name: str, default: bool = False) -> bool:
        """Whether a flag is set."""
        return bool(self[name].value) if name in self else default

    def listed(self, name: str) -> list[Located]:
        """The items of a list; none where the field is missing."""
        return list(self[name].value) if name in self else []

    def table(self, name: str) -> Mapping[str, Located]:
        """The entries of a table that could be read; none where the field is missing."""
        return dict(self[name].value) if name in self else {}


def by_id(items: list[Located], what: str, faults: FaultList) -> Iterator[tuple[str, Located]]:
    """The items of a list with their ids; notes where an id is used a second time."""
    used = set()
    for item in items:
        name = Fields(item.value).text("id")
        if name in used and name:
            faults.add(item.value["id"].mark, f'the {what} "{name}" stands here twice')
        used.add(name)
        yield name, item


def _or(names: Sequence[str]) -> str:
    return " or ".join(filter(None, [", ".join(names[:-1]), names[-1]]))


class SpecificationFile:
    """The fields at the top of a file, and the faults found in it so far."""

    def __init__(self, fields: Mapping[str, Located], faults: FaultList) -> None:
        self.fields = Fields(fields)
        self.faults = faults
        self.named_types: dict[str, Type] = {}
        self._lines = {file: text.splitlines() for file, text in faults.texts.items()}

    def names(self, name: str) -> list[str]:
        """The keys of a table, including those of faulty entries: they are not unknown names."""
        node = self.fields[name].node if name in self.fields else None
        return [key.text for key, _ in node.pairs] if isinstance(node, MappingNode) else []

    @cached_property
    def state_names(self) -> list[str]:
        """The names of the states."""
        return self.names("states")

    @cached_property
    def event_names(self) -> list[str]:
        """The names of the events and families."""
        return self.names("events")

    @cached_property
    def source_name(self) -> str | None:
        """The name of a source that is no RFC."""
        return Fields(self.fields.table("source")).text("name") or None

    def owned(self, rule: Located | None) -> None:
        """Note the id of a rule that begins with the name of another source."""
        if rule is not None and not may_stand(str(rule.value), self.source_name):
            name = str(rule.value).partition("/")[0]
            allowed = ["rfc and a number", *filter(None, [self.source_name]), SITE]
            message = f'"{name}" is not the source of this specification'
            self.faults.add(rule.mark, message, expected=f"an id that begins with {_or(allowed)}")

    @cached_property
    def question_ids(self) -> list[str]:
        """The ids of the open questions."""
        listed = self.fields.listed("questions")
        return [str(item.value["id"].value) for item in listed if "id" in item.value]

    def known(self, located: Located | None, what: str, names: Sequence[str]) -> str | None:
        """The name if it is one of these; any other is noted."""
        if located is None:
            return None
        name = str(located.value)
        if name in names:
            return name
        self.faults.add(located.mark, f'unknown {what} "{name}"', name=name, among=list(names))
        return None

    def all_known(
        self, located: Sequence[Located], what: str, names: Sequence[str]
    ) -> tuple[str, ...]:
        """Those of the names that are known; the others are noted."""
        found = [self.known(item, what, names) for item in located]
        return tuple(name for name in found if name is not None)

    def place(self, located: Located, offset: int) -> Mark:
        """The position in the file of a character of the value; of its start where that is unclear.

        YAML may fold lines and change blanks, so only other characters are counted.
        """
        node, mark = located.node, located.mark
        if not isinstance(node, Scalar):
            return mark
        line, column = mark.line - 1, mark.column - 1
        lines = self._lines.get(mark.file or self.faults.file, [])
        if not node.plain:
            block = lines[line][column : column + 1] in ("|", ">")
            line, column = (line + 1, 0) if block else (line, column + 1)
        at_end = offset >= len(located.value)
        wanted = "".join(located.value[: offset + 1].split())
        for number, char in enumerate(wanted, 1):
            while line < len(lines) and not lines[line][column:].strip():
                line, column = line + 1, 0
            if line >= len(lines):
                return mark
            text = lines[line]
            while text[column].isspace():
                column += 1
            if text[column] != char:
                return mark
            if number < len(wanted) or at_end:
                column += 1
        return Mark(line + 1, column + 1, mark.file)
