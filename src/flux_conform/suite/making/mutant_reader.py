"""A reader that reads logs as a mutant says."""

from __future__ import annotations

from flux_conform.mutation.mutants import Mutant
from flux_conform.mutation.normal_texts import as_read
from flux_conform.suite.making.observe import Observation, Observer, ReadLine, ReadLog


class MutantReader:
    """Reads many logs as a mutant does."""

    def __init__(self, mutant: Mutant) -> None:
        self._mutant = mutant
        self._observer = Observer(mutant.specification)

    def observe(self, log: ReadLog) -> Observation:
        """What the mutant observes of a log."""
        if self._mutant.form is not None:
            log = tuple(map(self._read, log))
        return self._observer.observe(log)

    def _read(self, line: ReadLine) -> ReadLine:
        events = self._mutant.events
        if line.name is None:
            return line
        if events is not None and self._observer.machine.event(line.name).name not in events:
            return line
        name, context = as_read(self._mutant, line.name, line.context)
        return line._replace(name=name, context=context)
