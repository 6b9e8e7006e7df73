"""The kinds of eventlogs, including those without a specification (`model/kinds`)."""

from __future__ import annotations

import json
import os
from functools import cache
from typing import NamedTuple

from flux_conform.artefacts import artefact
from flux_conform.language.compiled import fingerprint
from flux_conform.language.names import machines


class LogKind(NamedTuple):
    """A kind of eventlog. `first` and `events` are empty where a specification has them.

    `names` are parts of file names that identify the kind. `first` are the events with which
    every log of the kind begins, `events` the further ones.
    """

    name: str
    rfc: int
    says: str
    names: tuple[str, ...]
    first: tuple[str, ...] = ()
    events: tuple[str, ...] = ()


@cache
def log_kinds() -> tuple[LogKind, ...]:
    """The kinds in the file's order. Raises SpecificationFaults."""
    return _compiled() or read_kinds(_path(), machines())


def compiled_kinds_path() -> str:
    """The path of the compiled form of the list, which is quick to read."""
    return os.path.join(artefact("model"), "kinds", "eventlogs.json")


def compiled_kinds() -> str:
    """The text of the compiled form. Raises SpecificationFaults."""
    rows = [kind._asdict() for kind in read_kinds(_path(), machines())]
    return json.dumps({"made_from": _made_from(), "kinds": rows}, indent=1) + "\n"


def _path() -> str:
    return artefact("model", "kinds", "eventlogs.yaml")


def _made_from() -> str:
    with open(_path(), "rb") as file:
        return fingerprint(file.read())


def _compiled() -> tuple[LogKind, ...] | None:
    """The kinds in the compiled form; None where it is missing, or made from another text."""
    try:
        with open(compiled_kinds_path(), encoding="utf-8") as file:
            document = json.load(file)
    except FileNotFoundError:
        return None
    if document["made_from"] != _made_from():
        return None
    return tuple(
        LogKind._make(tuple(of) if isinstance(of, list) else of for of in row.values())
        for row in document["kinds"]
    )


def read_kinds(path: str, specified: tuple[str, ...]) -> tuple[LogKind, ...]:
    """The kinds in a YAML file; those `specified` have a specification of their own.

    Raises SpecificationFaults with every mistake in the file.
    """
    # PyYAML is slow to import, and the compiled form needs none.
    from flux_conform.language.document import KINDS
    from flux_conform.language.loading.fields import Fields
    from flux_conform.language.yaml_nodes import FaultList, read_nodes, read_text

    faults = FaultList(path)
    root = KINDS.read(read_nodes(read_text(path), faults), faults)
    if root is None or faults.faults:
        raise faults.error()
    found: dict[str, LogKind] = {}
    owners: dict[str, str] = {}
    for name, item in root.value["kinds"].value.items():
        fields = Fields(item.value)
        if name not in specified and "first" not in fields:
            faults.add(item.mark, f"the kind {name} has no first")
        for key in ("names", "first", "events"):
            if name in specified and key != "names" and key in fields:
                message = f"the {key} of {name} are in its specification"
                faults.add(fields[key].mark, message, expected="none here")
            if key in fields and not fields.listed(key):
                faults.add(fields[key].mark, "no name is given", expected="a list of names")
            given = set()
            for located in fields.listed(key):
                if located.value in given:
                    faults.add(located.mark, f'"{located.value}" is given twice')
                given.add(located.value)
                if key == "names" and owners.setdefault(located.value, name) != name:
                    faults.add(located.mark, f'the name "{located.value}" belongs to two kinds')
        lists = (fields.texts(key) for key in ("names", "first", "events"))
        found[name] = LogKind(name, fields["rfc"].value, fields["says"].value, *lists)
    for name in specified:
        if name not in found:
            message = f"the kind {name} is missing, which has a specification"
            faults.add(root.mark, message)
    if faults.faults:
        raise faults.error()
    return tuple(found.values())
