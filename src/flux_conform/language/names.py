"""Names of specifications: a packaged one, one of its revisions, or a file."""

from __future__ import annotations

import os
from typing import NamedTuple

from flux_conform.artefacts import ArtefactMissing, artefact


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


class UnknownRevision(UnknownMachine):
    """The specification has no revision of that date; `known` holds the dates that there are."""

    def __init__(self, name: str, date: str, known: tuple[str, ...]) -> None:
        super().__init__(name, known)
        self.args = (name, date, known)
        self.date = date

    def __str__(self) -> str:
        return (
            f'no revision "{self.date}" of {self.name}; there are {", ".join(self.known)} '
            "(the beginning of a date will do where it tells one)"
        )


class Revision(NamedTuple):
    """A specification as it was from a date on.

    `title` says what changed on that date, `file` is the path of the specification.
    """

    date: str
    title: str
    file: str


def is_file(machine: str) -> bool:
    """Whether a name can only be that of a file."""
    return os.sep in machine or machine.endswith((".yaml", ".yml"))


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


def sources_of(machine: str) -> tuple[str, str]:
    """The paths of the texts behind a packaged specification: its own, and its lines'."""
    folder = artefact("model")
    return os.path.join(folder, f"{machine}.yaml"), os.path.join(folder, "eventlog.yaml")


def path_of_job_logs() -> str:
    """The file of the specification for the logs of one job together, which no source has."""
    return os.path.join(artefact("model"), "joint", "job-logs.yaml")


def path_of(machine: str) -> str:
    """The file of the specification that a caller names: a packaged one, a revision, or a file.

    A revision is written NAME@DATE. Raises UnknownMachine.
    """
    if is_file(machine):
        return machine
    name, at, date = machine.partition("@")
    if name in machines():
        return revision_of(name, date).file if at else sources_of(name)[0]
    if os.path.isfile(machine):
        return machine
    raise UnknownMachine(machine, machines())


def history(name: str) -> tuple[Revision, ...]:
    """The revisions of a packaged specification, oldest first; the last is that of today.

    The files are in the folder `model/history`, each named after the date from which its text
    held. Raises UnknownMachine, or SpecificationFaults if one of them is not YAML.
    """
    if name not in machines():
        raise UnknownMachine(name, machines())
    try:
        folder = artefact("model", "history")
        files = sorted(file for file in os.listdir(folder) if file.endswith(".yaml"))
    except ArtefactMissing:
        folder, files = "", []
    found = []
    for file in files:
        heads = _heads(os.path.join(folder, file))
        if heads.get("machine") == name:
            date = file.removesuffix(".yaml")
            found.append(Revision(date, _title(heads), os.path.join(folder, file)))
    today = sources_of(name)[0]
    heads = _heads(today)
    return (*found, Revision(heads.get("date", "today"), _title(heads), today))


def revision_of(name: str, date: str) -> Revision:
    """The revision of that date, or the one whose date begins so. Raises UnknownMachine."""
    revisions = history(name)
    among = [each for each in revisions if each.date == date] or [
        each for each in revisions if date and each.date.startswith(date)
    ]
    if len(among) != 1:
        raise UnknownRevision(name, date, tuple(each.date for each in revisions))
    return among[0]


def _title(heads: dict[str, str]) -> str:
    return heads.get("says") or heads.get("title", "")


def _heads(path: str) -> dict[str, str]:
    """The texts at the top of a specification's file, and the date of its source."""
    from flux_conform.language.yaml_nodes import FaultList, Mapping, Scalar, read_nodes, read_text

    tree = read_nodes(read_text(path), FaultList(path))
    heads: dict[str, str] = {}
    for key, value in tree.pairs if isinstance(tree, Mapping) else ():
        pairs = value.pairs if key.text == "source" and isinstance(value, Mapping) else ()
        for name, of in ((key, value), *pairs):
            if isinstance(of, Scalar):
                heads[name.text] = of.text
    return heads
