"""The kinds of eventlogs, those without a specification among them (`model/kinds`)."""

from __future__ import annotations

import json
import os
from functools import cache

from flux_conform.artefacts import artefact
from flux_conform.language.compiled import fingerprint
from flux_conform.language.log_kind import LogKind
from flux_conform.language.names import machines


@cache
def log_kinds() -> tuple[LogKind, ...]:
    """The kinds in the file's order. Raises SpecificationFaults."""
    return _compiled() or _read()


def compiled_kinds_path() -> str:
    """The path of the compiled form of the list, which is quick to read."""
    return os.path.join(artefact("model"), "kinds", "eventlogs.json")


def compiled_kinds() -> str:
    """The text of the compiled form. Raises SpecificationFaults."""
    rows = [kind._asdict() for kind in _read()]
    return json.dumps({"made_from": _made_from(), "kinds": rows}, indent=1) + "\n"


def _path() -> str:
    return artefact("model", "kinds", "eventlogs.yaml")


def _made_from() -> str:
    with open(_path(), "rb") as file:
        return fingerprint(file.read())


def _read() -> tuple[LogKind, ...]:
    from flux_conform.language.kinds_yaml import read_kinds

    return read_kinds(_path(), machines())


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
        LogKind(
            row["name"],
            row["rfc"],
            row["says"],
            tuple(row["names"]),
            tuple(row["first"]),
            tuple(row["events"]),
        )
        for row in document["kinds"]
    )
