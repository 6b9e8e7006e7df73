"""What others call a job after each event: the fields that a mapping adds to a job's report."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from flux_conform.artefacts import artefact
from flux_conform.checking.replay import reports
from flux_conform.language import UnknownMachine, is_file, load
from flux_conform.language.faults import suggestion
from flux_conform.language.loader import load_file
from flux_conform.machine.step import Machine


class UnknownNames(ValueError):
    """There are no names of that name, or a file adds none; the message says so."""


class OtherNames:
    """A mapping: a change on a specification that adds fields to its report."""

    def __init__(self, name: str) -> None:
        """`name` is that of a file in model/mappings without its ending, or a path.

        Raises UnknownNames, and SpecificationFaults where the file is faulty.
        """
        path = name
        if not is_file(name):
            folder = Path(artefact("model", "mappings"))
            known = sorted(each.stem for each in folder.glob("*.yaml"))
            if name not in known:
                raise UnknownNames(f'no names of "{name}"{suggestion(name, known)}')
            path = str(folder / f"{name}.yaml")
        specification = load_file(path)
        try:
            base = {field for field, _ in load(specification.name).report}
        except UnknownMachine:
            base = set()
        self.machine = Machine(specification, report=True)
        """Of the jobs that have such names."""
        self.fields = [field for field, _ in specification.report if field not in base]
        if not self.fields:
            raise UnknownNames(f"{path}: it adds no field to the report")

    def after_each(self, data: bytes) -> list[dict[str, Any]]:
        """The fields after each event of a log. Raises UnreadableLog."""
        return [
            {field: report[field] for field in self.fields}
            for _, _, report in reports(self.machine, data)
        ]
