"""What a specification says: types, expressions, and the loader.

`load` gives a specification by its name or its file.
"""

from __future__ import annotations

import os
from typing import TypeAlias

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
    "Model",
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


Model: TypeAlias = str | os.PathLike[str] | Specification
"""How a caller gives a specification: by name, as a file, or as a value."""


def load(model: Model) -> Specification:
    """The specification of that name, or in that file; a specification is returned as it is.

    A name is one of `machines()`, or `NAME@DATE` for one of its revisions (`history`); a file is
    recognized by a path separator, the suffix `.yaml`, or because it exists; a Path is always one.
    Raises UnknownMachine, SpecificationFaults with every mistake in the file, or TypeError for
    what is no specification.
    """
    if isinstance(model, Specification):
        return model
    if isinstance(model, os.PathLike):
        file = os.fspath(model)
    elif isinstance(model, str):
        if not is_file(model) and (specification := _compiled(model)) is not None:
            return specification
        file = path_of(model)
    else:
        raise TypeError(
            f"a value of the type {type(model).__name__} is no specification; give a name such as "
            '"job", the path of a YAML file, or what flux_conform.load returns'
        )
    from flux_conform.language.loader import load_file

    return load_file(file)


def made_from(machine: str) -> str:
    """The fingerprint of a packaged specification's texts."""
    texts = []
    for path in sources_of(machine):
        with open(path, "rb") as file:
            texts.append(file.read())
    return fingerprint(*texts)


def compiled_path(machine: str) -> str:
    """The path of the compiled form of a packaged specification."""
    return os.path.join(artefact("model"), "compiled", f"{machine}.json")


def _compiled(machine: str) -> Specification | None:
    try:
        with open(compiled_path(machine), encoding="utf-8") as file:
            text = file.read()
    except FileNotFoundError:
        return None
    return loads(text, made_from=made_from(machine))
