"""What a specification says: types, expressions, the loader, and the proofs.

`load` gives a specification by its name or its file.
"""

from __future__ import annotations

import os

from flux_conform.artefacts import artefact
from flux_conform.model.compiled import fingerprint, loads
from flux_conform.model.specification import Specification

__all__ = ["Specification", "UnknownMachine", "load", "machines", "sources_of"]


class UnknownMachine(LookupError):
    """No specification of that name comes with the package, and no file has the name."""

    def __init__(self, name: str, known: tuple[str, ...]) -> None:
        super().__init__(name, known)
        self.name = name
        self.known = known

    def __str__(self) -> str:
        return (
            f'no specification "{self.name}": it is neither one of '
            f"{', '.join(self.known)} nor a file"
        )


def machines() -> tuple[str, ...]:
    """The names of the specifications that come with the package."""
    folder = artefact("model")
    found = []
    for name in sorted(os.listdir(folder)):
        if name.endswith(".yaml"):
            with open(os.path.join(folder, name), "rb") as file:
                if b"\nmachine: " in file.read(8192):
                    found.append(name.removesuffix(".yaml"))
    return tuple(found)


def load(machine: str) -> Specification:
    """The specification of that name, or in that file.

    A name is one of `machines()`; a file is told by a path separator, the ending `.yaml`, or by
    being there. Raises UnknownMachine, or SpecificationFaults with every mistake in the file.
    """
    if is_file(machine):
        return _loaded(machine)
    specification = _compiled(machine)
    if specification is not None:
        return specification
    if machine in machines():
        return _loaded(sources_of(machine)[0])
    if os.path.isfile(machine):
        return _loaded(machine)
    raise UnknownMachine(machine, machines())


def is_file(machine: str) -> bool:
    """Whether a name that a caller gives can only be a file's."""
    return os.sep in machine or machine.endswith((".yaml", ".yml"))


def _loaded(path: str) -> Specification:
    from flux_conform.model.loader import load_file

    return load_file(path)


def sources_of(machine: str) -> tuple[str, str]:
    """The paths of the texts behind a packaged specification: its own, and its lines'."""
    folder = artefact("model")
    return os.path.join(folder, f"{machine}.yaml"), os.path.join(folder, "eventlog.yaml")


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
