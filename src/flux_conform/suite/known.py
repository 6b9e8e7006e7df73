"""Known failures of an implementation: a YAML file of entries, each with a reason and a link.

YAML can hold comments, and a mistake in it has a line; JSON is YAML too. An entry excuses vectors,
by id or by rule; * stands for anything.

    known failures:
      - id: pairs/alloc-after-restart
        reason: the restart is not replayed yet
        link: https://example.org/issues/7
"""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import NamedTuple

from flux_conform.language.document import TEXT
from flux_conform.language.shapes import Field, Items, Record, Text
from flux_conform.language.yaml_nodes import FaultList, read_nodes, read_text
from flux_conform.suite.folder import Vector

# No other scheme: a page makes a link of it, and `javascript:` would run there.
_LINK = Text("a link such as https://…", r"https?://\S+")
_ENTRY = Record(
    "a known failure",
    {
        "id": Field(Text("the id of a vector"), "the vectors of this id; * stands for anything"),
        "rule": Field(Text("the id of a rule"), "the vectors that test this rule"),
        "reason": Field(TEXT, "why they fail", True),
        "link": Field(_LINK, "where to read on", True),
    },
)
_FILE = Record(
    "a file of known failures",
    {"known failures": Field(Items(_ENTRY), "each with its reason and link", True)},
)


class KnownFailure(NamedTuple):
    """An entry: a pattern of ids or of rules (the other is None), the reason, and a link."""

    id: str | None
    rule: str | None
    reason: str
    link: str
    line: int

    @property
    def pattern(self) -> str:
        """The pattern with its kind."""
        return f"id {self.id}" if self.id is not None else f"rule {self.rule}"

    def excuses(self, vector: Vector) -> bool:
        """Whether the vector is known to fail."""
        if self.id is not None:
            return fnmatchcase(vector.id, self.id)
        return any(fnmatchcase(clause, self.rule or "") for clause in vector.clauses)


def read_known(path: str) -> tuple[KnownFailure, ...]:
    """The entries of a file. Raises SpecificationFaults with every mistake in it."""
    text = read_text(path)
    faults = FaultList(path)
    root = _FILE.read(read_nodes(text, faults), faults)
    entries = []
    for item in root.value["known failures"].value if root and not faults.faults else ():
        fields = {name: located.value for name, located in item.value.items()}
        if ("id" in fields) == ("rule" in fields):
            faults.add(item.mark, "a known failure is told", expected="either by id or by rule")
            continue
        entries.append(KnownFailure(**{"id": None, "rule": None, **fields}, line=item.mark.line))
    if faults.faults:
        raise faults.error()
    return tuple(entries)
