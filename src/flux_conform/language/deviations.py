"""Reads a file of known deviations (see `flux_conform.checking.waivers`)."""

from __future__ import annotations

from flux_conform.language import types as t
from flux_conform.language.document import SHORT_NAME, TEXT, TYPE
from flux_conform.language.faults import SpecificationFaults
from flux_conform.language.names import UnknownMachine
from flux_conform.language.parser import SyntaxFault, parse_type
from flux_conform.language.shapes import FLAG, Field, Items, Located, Record, Table, Text, Tree
from flux_conform.language.specification import Specification
from flux_conform.language.yaml_nodes import FaultList, read_nodes, read_text

DEVIATION = Record(
    "a deviation",
    {
        "rule": Field(Text("the id of a rule"), "the rule that is broken", True),
        "reason": Field(TEXT, "why it is broken", True),
        "link": Field(TEXT, "where to read about it", True),
        "context": Field(Table(TYPE), "only where the context is of this type"),
        "by reading": Field(FLAG, "only where the implementation's reading does not find it"),
    },
)
DEVIATIONS = Record(
    "a file of deviations",
    {
        "implementation": Field(SHORT_NAME, "its name", True),
        "title": Field(TEXT, "its title", True),
        "deviations": Field(Items(DEVIATION), "what is known to differ", True),
        "readings": Field(
            Table(Tree("a change on the specification", mapping=True)),
            "how it reads a log itself, as a change on each specification that it reads otherwise",
        ),
    },
)

Row = tuple[str, str, str, t.Type | None, bool]
Readings = tuple[tuple[str, str], ...]


def read_deviations(path: str, *, check: bool) -> tuple[str, str, list[Row], Readings]:
    """The implementation's name and title, a row for each deviation, and its readings.

    A row is (rule, reason, link, context, by reading). `check` tries whether the readings fit
    their specifications, which takes a while. Raises SpecificationFaults.
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
            by_reading = fields.get("by reading", False)
            if by_reading and "readings" not in root.value:
                mark = item.value["by reading"].mark
                faults.add(mark, "no reading is given", expected="a key readings of the file")
            rows.append((fields["rule"], fields["reason"], fields["link"], context, by_reading))
        if check:
            _check_readings(root.value, faults)
    if root is None or faults.faults:
        raise faults.error()
    given = root.value["readings"].value if "readings" in root.value else {}
    readings = tuple((name, change.value) for name, change in given.items())
    return root.value["implementation"].value, root.value["title"].value, rows, readings


def read_as(specification: Specification, change: str, file: str) -> Specification | None:
    """A specification with the change of a reading; `file` names that in faults.

    A reading is a change on a packaged specification, whose rules a site may add to. For any other
    specification the result is None: whether a finding is a known deviation is then undecidable.
    Raises SpecificationFaults.
    """
    from flux_conform.language.changes.site_rules import shipped_base
    from flux_conform.language.loader import load_changed

    if shipped_base(specification) is None:
        return None
    return load_changed(specification.name, change, file)


def _check_readings(fields: dict[str, Located], faults: FaultList) -> None:
    from flux_conform.language.loader import load_changed

    readings = fields["readings"].value if "readings" in fields else {}
    for name, change in readings.items():
        try:
            load_changed(name, change.value)
        except UnknownMachine as error:
            faults.add(change.mark, str(error))
        except SpecificationFaults as error:
            for fault in error.faults:
                faults.add(change.mark, f"the reading of {name} does not fit: {fault.message}")
