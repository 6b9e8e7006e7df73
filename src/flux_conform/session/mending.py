"""Mends the logs that violate, and writes them to files.

Of one log that is a file (or a directory to put it into); of several it is a directory, and each
mended log has the name that it has below the directory that was given.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from flux_conform.checking.finding import VIOLATES, Judgement
from flux_conform.files import write_whole
from flux_conform.logs.eventlog_keys import JOB
from flux_conform.repair import Mender
from flux_conform.repair.repair_report import RepairReport
from flux_conform.session import SessionError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from flux_conform.checking.judge import Options
    from flux_conform.logs.source_items import SourcedLog
    from flux_conform.machine.step import Machine
    from flux_conform.session import Named

STANDARD_INPUT = "stdin.eventlog"
"""The name of what came from standard input, in a directory of mended logs."""


class Mending:
    """Mends one log after another, and writes it to `files`; None keeps it in the events alone."""

    def __init__(self, options: Options, files: Files | None) -> None:
        self._options = options
        self._files = files
        self._menders: dict[str, Mender] = {}

    def mended(
        self, log: SourcedLog, machine: Machine, judgement: Judgement
    ) -> RepairReport | None:
        """How a log is mended; None where it does not violate. Raises SessionError."""
        if judgement.verdict != VIOLATES:
            return None
        name = machine.specification.name
        if name not in self._menders:
            self._menders[name] = Mender(machine, self._options)
        found = self._menders[name].mend(log.data)
        if not found.repairs:
            return RepairReport(found, None)
        data = found.repairs[0].data
        return RepairReport(found, "-" if self._files is None else self._files.write(log, data))


class Files:
    """Mended logs go to a file, or into a directory."""

    def __init__(self, out: str, paths: Sequence[str], named: Named) -> None:
        """Raises SessionError where several logs have but a file to go to."""
        self.out = out
        self.paths = paths
        self._named = named("repair")
        several = len(paths) > 1 or os.path.isdir(paths[0])
        self.is_folder = several or os.path.isdir(out) or out.endswith(os.sep)
        if several and os.path.exists(out) and not os.path.isdir(out):
            raise SessionError(
                f"{self._named} {out}: several logs need a directory, and this is a file"
            )
        self._taken: set[str] = set()

    def write(self, log: SourcedLog, data: bytes) -> str:
        """Write a mended log; the path. Raises SessionError."""
        path = self._path(log)
        try:
            write_whole(path, data)
        except OSError as error:
            raise SessionError(f"{self._named} {path}: {error.strerror or error}") from error
        return path

    def _path(self, log: SourcedLog) -> str:
        if not self.is_folder:
            if self._taken:
                raise SessionError(
                    f"{self._named} {self.out}: there are several logs; for a directory, write "
                    f"{self.out}{os.sep}"
                )
            self._taken.add(self.out)
            return self.out
        path = os.path.join(self.out, self._below(log))
        stem, ending = os.path.splitext(path)
        number = 1
        while path in self._taken:
            number += 1
            path = f"{stem}-{number}{ending}"
        self._taken.add(path)
        return path

    def _below(self, log: SourcedLog) -> str:
        """The name below the directory that was given; never a way out of OUT.

        Logs within an archive, a journal or a database are named by their jobs.
        """
        name = log.name
        if name == "-":
            return STANDARD_INPUT
        for given in self.paths:
            if os.path.isdir(given) and name.startswith(os.path.join(given, "")):
                parts = os.path.relpath(name, given).split(os.sep)
                return os.path.join(*(part for part in parts if part not in ("", ".", "..")))
        if name not in self.paths and log.job is not None:
            kind = "" if log.kind in (None, JOB) else f"-{log.kind}"
            return f"{log.job.f58}{kind}.eventlog"
        return os.path.basename(name) or STANDARD_INPUT
