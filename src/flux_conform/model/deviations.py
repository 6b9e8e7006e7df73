"""Reads a file of known deviations (see `flux_conform.conformance.waivers`)."""

from __future__ import annotations

from flux_conform.model import types as t
from flux_conform.model.language import TEXT, TYPE
from flux_conform.model.parser import SyntaxFault, parse_type
from flux_conform.model.shapes import Field, Items, Record, Table, Text
from flux_conform.model.yaml_nodes import FaultList, read_nodes, read_text

DEVIATION = Record(
    "a deviation",
    {
        "rule": Field(Text("the id of a rule"), "the rule that is broken", True),
        "reason": Field(TEXT, "why it is broken", True),
        "link": Field(TEXT, "where to read about it", True),
        "context": Field(Table(TYPE), "only where the context is of this type"),
    },
)
DEVIATIONS = Record(
    "a file of deviations",
    {
        "implementation": Field(Text("a short name", "[a-z][a-z0-9-]*"), "its name", True),
        "title": Field(TEXT, "its title", True),
        "deviations": Field(Items(DEVIATION), "what is known to differ", True),
    },
)

Row = tuple[str, str, str, t.Type | None]


def read_deviations(path: str) -> tuple[str, str, list[Row]]:
    """The implementation's name and title, and a row (rule, reason, link, context) for each.

    Raises SpecificationFaults.
    """
    text = read_text(path)
    faults = FaultList(path)
    root = DEVIATIONS.read(read_nodes(text, faults), faults)
    rows: list[Row] = []
    if root is not None and not faults.faults:
        for item in root.value["deviations"].value:
            fields = {name: value.value for name, value in item.value.items()}
            keys = []
            for name, located in fields.get("context", {}).items():
                try:
                    keys.append((name, parse_type(located.value)))
                except SyntaxFault as fault:
                    faults.add(located.mark, f"no type: {fault.message}")
            context = t.Record(tuple(keys)) if keys else None
            rows.append((fields["rule"], fields["reason"], fields["link"], context))
    if root is None or faults.faults:
        raise faults.error()
    return root.value["implementation"].value, root.value["title"].value, rows
