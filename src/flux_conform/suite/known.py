"""Known failures of an implementation: a YAML file of entries, each with a reason and a link.

YAML can hold comments, and a mistake in it has a line; JSON is YAML too. An entry excuses vectors,
by id, by rule or by finding; * stands for anything. By finding, a failure is excused that shows
where the log breaks the rule or after it, and none that shows before.

    known failures:
      - id: pairs/alloc-after-restart
        reason: the restart is not replayed yet
        link: https://example.org/issues/7
"""

from __future__ import annotations

from collections.abc import Sequence
from fnmatch import fnmatchcase
from typing import NamedTuple

from flux_conform.language.document import TEXT
from flux_conform.language.shapes import COUNT, Field, Items, Record, Text
from flux_conform.language.yaml_nodes import FaultList, read_nodes, read_text
from flux_conform.suite.compare import Difference
from flux_conform.suite.folder import Vector

# No other scheme: a page makes a link of it, and `javascript:` would run there.
_LINK = Text("a link such as https://…", r"https?://\S+")
_ENTRY = Record(
    "a known failure",
    {
        "id": Field(Text("the id of a vector"), "the vectors of this id; * stands for anything"),
        "rule": Field(Text("the id of a rule"), "the vectors that test this rule"),
        "finding": Field(
            Text("the id of a rule"), "the vectors that break this rule, where they fail there"
        ),
        "line": Field(COUNT, "with a finding: on this line alone"),
        "reason": Field(TEXT, "why they fail", True),
        "link": Field(_LINK, "where to read on", True),
    },
)
_FILE = Record(
    "a file of known failures",
    {"known failures": Field(Items(_ENTRY), "each with its reason and link", True)},
)


class KnownFailure(NamedTuple):
    """An entry: a pattern of ids, of rules or of findings, the reason, and a link.

    The others of the three are None. `on` is the line of the finding, None for any.
    """

    id: str | None
    rule: str | None
    finding: str | None
    on: int | None
    reason: str
    link: str
    line: int

    @property
    def pattern(self) -> str:
        """The pattern with its kind."""
        if self.finding is not None:
            at = "" if self.on is None else f" in line {self.on}"
            return f"finding {self.finding}{at}"
        return f"id {self.id}" if self.id is not None else f"rule {self.rule}"

    def excuses(self, vector: Vector, differences: Sequence[Difference] = ()) -> bool:
        """Whether the vector is known to fail, and so."""
        if self.id is not None:
            return fnmatchcase(vector.id, self.id)
        if self.finding is not None:
            lines = [
                found["line"]
                for found in vector.findings
                if fnmatchcase(str(found.get("rule")), self.finding)
                and self.on in (None, found["line"])
            ]
            # What shows before the finding has another cause.
            shown = [each.line for each in differences if each.line is not None]
            return bool(lines) and min(lines) <= min(shown, default=max(lines))
        return any(fnmatchcase(clause, self.rule or "") for clause in vector.clauses)


def read_known(path: str) -> tuple[KnownFailure, ...]:
    """The entries of a file. Raises SpecificationFaults with every mistake in it."""
    text = read_text(path)
    faults = FaultList(path)
    root = _FILE.read(read_nodes(text, faults), faults)
    entries = []
    for item in root.value["known failures"].value if root and not faults.faults else ():
        fields = {name: located.value for name, located in item.value.items()}
        on = fields.pop("line", None)
        if len({"id", "rule", "finding"} & set(fields)) != 1:
            told = "either by id or by rule or by finding"
            faults.add(item.mark, "a known failure is told", expected=told)
            continue
        if on is not None and "finding" not in fields:
            faults.add(item.mark, "a line belongs to a finding", expected="no line")
            continue
        of = {"id": None, "rule": None, "finding": None, **fields}
        entries.append(KnownFailure(**of, on=on, line=item.mark.line))
    if faults.faults:
        raise faults.error()
    return tuple(entries)
