"""What a source gives: logs, what was left out, and what could not be read."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple, Protocol

from flux_conform.logs.jobid import JobId
from flux_conform.text import printable

if TYPE_CHECKING:
    from flux_conform.logs.kind import Kinds
    from flux_conform.logs.meter import Meter

MAX_LOG_BYTES = 64 << 20
"""A longer log is not read."""

MAX_LOG_LINES = 1 << 20
"""Nor is one of more lines; at the usual length of a line, the limit of bytes comes first."""

NO_INPUT = "there was no input; the command that writes to this pipe may have failed"
NO_LOG = "it holds no eventlog"
NO_LOG_OF_JOB = "there is no log of this job"
NOT_OURS = "neither a content store nor a job archive"
"""What is said of a database that is something else."""

_NOTHING_TOLD: Mapping[str, float | str | None] = MappingProxyType({})


class WholeJournal(Protocol):
    """The journal from which logs were put together.

    `is_filtered` says that an allow or deny list left something out.
    """

    is_filtered: bool

    @property
    def names(self) -> frozenset[str]:
        """The names of all events in the logs that can be read."""

    def logs(self) -> Iterator[SourcedLog]:
        """The logs that can be read, once more."""


class SourcedLog(NamedTuple):
    """A log, and what its source says of it.

    `name` is for people: the path, or the source and the job in it. `kind` is None where the
    place does not tell what eventlog it is, else "job", "exec", "resource" and so on (see
    places.Place). `lost` says, a sentence each, what the source does not keep and so cannot be
    judged. `gaps` are the offsets in `data` before which events may be missing. `told` is what the
    source gives in other columns, by the names of the report's fields: times in seconds since
    1970, numbers and texts; None is never. A log of a `journal` may hold events that are in the
    journal alone. One that `is_unread` has no data yet: it lies at the path that is its name.
    """

    name: str
    data: bytes
    job: JobId | None = None
    kind: str | None = None
    lost: tuple[str, ...] = ()
    told: Mapping[str, float | str | None] = _NOTHING_TOLD
    gaps: tuple[int, ...] = ()
    journal: WholeJournal | None = None
    is_unread: bool = False


class Problem(NamedTuple):
    """A path, a log or a part of a source that cannot be read, and why."""

    name: str
    error: str


class Skipped(NamedTuple):
    """How much of a source was left out, and what it is."""

    name: str
    number: int
    what: str

    @property
    def says(self) -> str:
        """It in a sentence that can be printed."""
        return f"{printable(self.name)}: {self.number:,} skipped, {printable(self.what)}"


Found = SourcedLog | Problem | Skipped


class SourceError(Exception):
    """A source that cannot be read on; the message says why."""


class Wanted(NamedTuple):
    """Which logs are asked for; of the others no byte is kept.

    `kind` tells whether logs of a kind are; logs of no known kind always are. Those of other
    kinds are counted as skipped, those of other jobs than `job` are not. A `meter` counts what is
    read. With `unread`, files below directories that are eventlogs by their names are left to be
    read by who judges them, and may turn out to be something else.
    """

    kind: Callable[[str], bool] = lambda _: True
    job: JobId | None = None
    meter: Meter | None = None
    unread: bool = False
    kinds: Kinds | None = None

    def has_job(self, job: JobId | None) -> bool:
        """Whether the logs of a job are asked for."""
        return self.job is None or self.job == job

    def sourced(
        self,
        name: str,
        data: bytes,
        job: JobId | None,
        kind: str | None,
        lost: tuple[str, ...] = (),
    ) -> SourcedLog:
        """A log that was found; its kind is looked for where its place does not tell it."""
        if kind is None and self.kinds is not None:
            kind = self.kinds.of(data, name)
        return SourcedLog(name, data, job, kind, lost)


ALL = Wanted()


def too_long(data: bytes) -> str | None:
    """Why a log is not judged whose bytes these are; None where it is short enough."""
    if len(data) > MAX_LOG_BYTES:
        return f"it has {len(data):,} bytes; {MAX_LOG_BYTES:,} are read of one log"
    lines = data.count(b"\n")
    if lines > MAX_LOG_LINES:
        return f"it has {lines:,} lines; {MAX_LOG_LINES:,} are read of one log"
    return None


def log_name(
    source: str, job: JobId | None, kind: str | None, else_: str, found_in: str = ""
) -> str:
    """The name of a log within a source; `else_` names it where no job does.

    `found_in` is the directory in which the job is, where that is not the usual one.
    """
    if job is None:
        return f"{source}: {else_}"
    which = "" if kind in (None, "job") else f" {kind}"
    return f"{source}: {job}{which}" + (f" in {found_in}" if found_in else "")
