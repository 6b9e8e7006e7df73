"""`check --repair OUT`: mends the logs that violate, tells how, and writes them.

Of one log OUT is a file (or a directory to put it into); of several it is a directory, and each
mended log has the name that it has below the directory that was given. Where OUT is "-" the one log
goes to standard output, as it is where it does not violate, and what is said of it elsewhere.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, redirect_stdout
from typing import TYPE_CHECKING

from flux_conform.checking.finding import VIOLATES, Judgement
from flux_conform.cli.common import UsageError
from flux_conform.logs.places import JOB
from flux_conform.text import printable

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Sequence

    from flux_conform.checking.judge import Options
    from flux_conform.logs.found import SourcedLog
    from flux_conform.machine.step import Machine
    from flux_conform.repair import Mender
    from flux_conform.repair.mended import RepairReport

STANDARD_OUTPUT = "-"

STANDARD_INPUT = "stdin.eventlog"
"""The name of what came from standard input, in a directory of mended logs."""

_LACKS = "not mended, for it may lack events; take the stored log"


def add_argument(parser: argparse.ArgumentParser) -> None:
    """Add `--repair OUT`."""
    parser.add_argument(
        "--repair",
        metavar="OUT",
        help="find the smallest changes that mend a violating log, and write the mended log to "
        "OUT; for several logs OUT is a directory; with - the log goes to standard output and "
        "the report to standard error",
    )


class Held:
    """The one log that goes to standard output, kept until all that is said of it was said."""

    def __init__(self) -> None:
        self.data: bytes | None = None
        self._count = 0

    def put(self, data: bytes | None) -> None:
        """A log that was judged; None where nothing is to be written. Raises UsageError."""
        self._count += 1
        if self._count > 1:
            raise UsageError(
                "--repair -: standard output takes one log, and here are more; name one with "
                "--job, or write them to a directory: --repair DIR/"
            )
        self.data = data


@contextmanager
def standard_output(arguments: argparse.Namespace) -> Iterator[Held | None]:
    """Where `--repair -` asks for it, keep standard output for the mended log alone.

    What is printed meanwhile goes to standard error. Raises UsageError.
    """
    if arguments.repair != STANDARD_OUTPUT:
        yield None
        return
    if arguments.output == STANDARD_OUTPUT:
        raise UsageError(
            "--repair - and -o - both write to standard output; name a file for one of them"
        )
    if len(arguments.paths) > 1 or os.path.isdir(arguments.paths[0]):
        raise UsageError(
            "--repair -: standard output takes one log; for several write --repair DIR/"
        )
    out, held = sys.stdout, Held()
    with nullcontext() if arguments.output is not None else redirect_stdout(sys.stderr):
        yield held
    if held.data is not None:
        out.flush()
        out.buffer.write(held.data)
        out.flush()


def mender(
    arguments: argparse.Namespace, options: Options, held: Held | None
) -> Callable[[SourcedLog, Machine, Judgement, bool], RepairReport | None]:
    """A function that mends a log and writes it; one that does nothing where nothing asks for it.

    Its last argument says whether the log lacks events. Such a log is not mended, for what happened
    in it is not known, and this is said on standard error.

    What is `held` goes to standard output. Raises UsageError where the options do not go
    together; so does the function where a file cannot be written.
    """
    if arguments.repair is None:
        return lambda log, machine, judgement, lacks: None
    if arguments.previous is not None:
        raise UsageError("--repair mends a log by itself; leave --previous out")
    from flux_conform.repair import Mender
    from flux_conform.repair.mended import RepairReport

    menders: dict[str, Mender] = {}
    places = _Places(arguments.repair, arguments.paths) if held is None else None

    def mended(
        log: SourcedLog, machine: Machine, judgement: Judgement, lacks: bool
    ) -> RepairReport | None:
        if judgement.verdict != VIOLATES:
            if held is not None:
                held.put(log.data)
            return None
        if lacks:
            print(f"{printable(log.name)}: {_LACKS}", file=sys.stderr)
            if held is not None:
                held.put(None)
            return None
        name = machine.specification.name
        if name not in menders:
            menders[name] = Mender(machine, options)
        found = menders[name].mend(log.data)
        data = found.repairs[0].data if found.repairs else None
        if held is not None:
            held.put(data)
        if data is None:
            return RepairReport(found, None)
        return RepairReport(found, STANDARD_OUTPUT if places is None else places.write(log, data))

    return mended


class _Places:
    """Where mended logs go."""

    def __init__(self, out: str, paths: Sequence[str]) -> None:
        self.out = out
        self.paths = paths
        several = len(paths) > 1 or os.path.isdir(paths[0])
        self.is_folder = several or os.path.isdir(out) or out.endswith(os.sep)
        if several and os.path.exists(out) and not os.path.isdir(out):
            raise UsageError(f"--repair {out}: several logs need a directory, and this is a file")
        self._taken: set[str] = set()

    def write(self, log: SourcedLog, data: bytes) -> str:
        """Write a mended log; the path."""
        from flux_conform.cli.files import write_whole

        path = self._path(log)
        try:
            write_whole(path, data)
        except OSError as error:
            raise UsageError(f"--repair {path}: {error.strerror or error}") from error
        return path

    def _path(self, log: SourcedLog) -> str:
        if not self.is_folder:
            if self._taken:
                raise UsageError(
                    f"--repair {self.out}: there are several logs; for a directory, write "
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
