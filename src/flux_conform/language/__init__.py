"""What a specification says: types, expressions, and the loader.

`load` gives a specification by its name or its file.
"""

from __future__ import annotations

import os

from flux_conform.artefacts import artefact
from flux_conform.language.compiled import fingerprint, loads
from flux_conform.language.names import (
    Revision,
    UnknownMachine,
    UnknownRevision,
    history,
    is_file,
    machines,
    path_of,
    sources_of,
)
from flux_conform.language.specification import Specification

__all__ = [
    "Revision",
    "Specification",
    "UnknownMachine",
    "UnknownRevision",
    "history",
    "is_file",
    "load",
    "machines",
    "sources_of",
]


def load(machine: str) -> Specification:
    """The specification of that name, or in that file.

    A name is one of `machines()`, or `NAME@DATE` for one of its revisions (`history`); a file is
    told by a path separator, the ending `.yaml`, or by being there. Raises UnknownMachine, or
    SpecificationFaults with every mistake in the file.
    """
    if not is_file(machine):
        specification = _compiled(machine)
        if specification is not None:
            return specification
    from flux_conform.language.loader import load_file

    return load_file(path_of(machine))


def made_from(machine: str) -> str:
    """The fingerprint of a packaged specification's texts."""
    texts = []
    for path in sources_of(machine):
        with open(path, "rb") as file:
            texts.append(file.read())
    return fingerprint(*texts)


def compiled_path(machine: str) -> str:
    """Where the compiled form of a packaged specification lies."""
    return os.path.join(artefact("model"), "compiled", f"{machine}.json")


def _compiled(machine: str) -> Specification | None:
    try:
        with open(compiled_path(machine), encoding="utf-8") as file:
            text = file.read()
    except FileNotFoundError:
        return None
    return loads(text, made_from=made_from(machine))
