"""What the verbs that read logs share: the option --job, and which machine is whose."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flux_conform.cli.common import UsageError, load_machine
from flux_conform.logs.found import Found, Problem, Skipped, SourcedLog, Wanted
from flux_conform.logs.jobid import JobId, NoJobId
from flux_conform.logs.places import JOB
from flux_conform.logs.sources import STANDARD_INPUT, read_sources
from flux_conform.model import load, machines

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator, Sequence

    from flux_conform.logs.meter import Meter
    from flux_conform.model.specification import Specification

PATHS = "eventlogs, directories, dumps, journals, databases; - is standard input"


def add_job_option(parser: argparse.ArgumentParser) -> None:
    """Add `--job ID`."""
    parser.add_argument(
        "--job", metavar="ID", help="of all logs that are found, take those of this job alone"
    )


def wanted_job(arguments: argparse.Namespace) -> JobId | None:
    """The job that `--job` names. Raises UsageError."""
    if arguments.job is None:
        return None
    try:
        return JobId.parse(arguments.job)
    except NoJobId as error:
        raise UsageError(f"--job: {error}") from error


def wanted_of(specification: Specification, job: JobId | None = None) -> Wanted:
    """The logs of one machine."""
    return Wanted(lambda kind: kind == specification.name, job)


def read_logs(paths: Sequence[str], wanted: Wanted) -> Iterator[Found]:
    """What is at the paths. Raises UsageError where they cannot all be read."""
    if paths.count(STANDARD_INPUT) > 1:
        raise UsageError("standard input can be read once; give - once")
    return read_sources(paths, wanted)


def skipped_text(skipped: Skipped) -> str:
    """The sentence on what was left out of a source."""
    return skipped.says


class Machines:
    """The specifications that judge logs: the one of `--machine`, else one for each kind of log."""

    def __init__(self, arguments: argparse.Namespace) -> None:
        """Raises what `load_machine` raises."""
        self._given = load_machine(arguments) if arguments.machine is not None else None
        self._loaded: dict[str, Specification] = {}

    def read(
        self,
        paths: Sequence[str],
        job: JobId | None,
        meter: Meter | None = None,
        *,
        unread: bool = False,
    ) -> Iterator[Found]:
        """What is at the paths; each log has a machine. Raises UsageError as `read_logs` does."""
        if self._given is not None:
            wanted = wanted_of(self._given, job)._replace(meter=meter, unread=unread)
            yield from read_logs(paths, wanted)
            return
        kinds = frozenset(machines())
        for found in read_logs(paths, Wanted(kinds.__contains__, job, meter, unread)):
            # A file that is named by itself comes whatever its kind.
            if isinstance(found, SourcedLog) and (found.kind or JOB) not in kinds:
                why = f"no machine judges {found.kind} eventlogs; name one by --machine"
                yield Problem(found.name, why)
            else:
                yield found

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the machines that may be needed."""
        return (self._given.name,) if self._given is not None else tuple(machines())

    def name_of(self, kind: str | None) -> str:
        """The name of the machine that judges logs of a kind."""
        return self._given.name if self._given is not None else kind or JOB

    def of(self, kind: str | None) -> Specification:
        """The specification for logs of a kind; None is a kind that nothing tells."""
        if self._given is not None:
            return self._given
        name = kind or JOB
        if name not in self._loaded:
            self._loaded[name] = load(name)
        return self._loaded[name]
