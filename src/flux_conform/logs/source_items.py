"""The items that a source yields: logs, what was skipped, and what could not be read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple, Protocol, TypeAlias

from flux_conform.logs.jobid import JobId
from flux_conform.text import printable

if TYPE_CHECKING:
    from flux_conform.logs.eventlog_keys import JobDirectory
    from flux_conform.logs.kind import Kinds
    from flux_conform.logs.meter import Meter

MAX_LOG_BYTES = 64 << 20
"""Maximum size of a log in bytes; a longer log is not read."""

MAX_LOG_LINES = 1 << 20
"""Maximum number of lines of a log; for lines of the usual length, the byte limit applies first."""

NO_INPUT = "there was no input; the command that writes to this pipe may have failed"
NO_LOG = "it holds no eventlog"
NO_LOG_OF_JOB = "there is no log of this job"
NOT_OURS = "neither a content store nor a job archive"
"""The message for an unrelated database."""

ColumnValue: TypeAlias = float | str | None
"""The value of a column, as a source records it."""

_NOTHING_RECORDED: Mapping[str, ColumnValue] = MappingProxyType({})


class WholeJournal(Protocol):
    """The journal from which logs were assembled.

    `is_filtered` says that an allow or deny list removed entries.
    """

    is_filtered: bool

    @property
    def names(self) -> frozenset[str]:
        """The names of all events in the readable logs."""

    def logs(self) -> Iterator[SourcedLog]:
        """Yield the readable logs again."""


class SourcedLog(NamedTuple):
    """A log, and what its source says about it.

    `name` is for people: the path, or the source and the job in it. `kind` is "job", "exec",
    "resource" and so on (see eventlog_keys.EventlogKey), or None if the location does not determine
    it. `lost` lists, one sentence each, what the source does not keep and so cannot be checked.
    `gaps` are the offsets in `data` before which events may be missing. `recorded` holds what other
    columns of the source say, keyed by the names of the report's fields: times in seconds since
    1970, numbers and texts; None means never. `journal` is the journal that the log was assembled
    from, or None. If `is_unread`, `data` is empty and the log is at the path `name`. `whole` is the
    place where all logs of its job lie, or "" if the source does not keep them together or the
    filter selects no `documents`. If `is_document`, it is no log but another value of the job, and
    `kind` is its key.
    """

    name: str
    data: bytes
    job: JobId | None = None
    kind: str | None = None
    lost: tuple[str, ...] = ()
    recorded: Mapping[str, ColumnValue] = _NOTHING_RECORDED
    gaps: tuple[int, ...] = ()
    journal: WholeJournal | None = None
    is_unread: bool = False
    whole: str = ""
    is_document: bool = False


class Problem(NamedTuple):
    """A path, a log or a part of a source that cannot be read, and the reason."""

    name: str
    error: str


class Skipped(NamedTuple):
    """How much of a source was skipped, and what it is."""

    name: str
    number: int
    what: str

    @property
    def says(self) -> str:
        """A printable sentence that says this."""
        return f"{printable(self.name)}: {self.number:,} skipped, {printable(self.what)}"


SourceItem = SourcedLog | Problem | Skipped


_MOST_KINDS = 20
"""How many kinds of eventlogs that are left out are counted each by itself."""


def leave_out_kind(left_out: Counter[str], kind: str) -> None:
    """Count an eventlog of a kind that is not selected; any key can name a kind of its own."""
    what = f"{kind} eventlogs"
    if what not in left_out and len(left_out) >= _MOST_KINDS:
        what = "eventlogs of further kinds"
    left_out[what] += 1


class SourceError(Exception):
    """A source that cannot be read further; the message says why."""


class LogFilter(NamedTuple):
    """Selects the logs to read; no data of other logs are kept.

    `kind` says whether logs of a kind are selected; logs of unknown kind always are. Logs of other
    kinds are counted as skipped, logs of jobs other than `job` are not. `meter` counts the bytes
    read. If `unread`, files below directories whose names mark them as eventlogs are not opened:
    the checker reads them, and may find that they are something else. `documents` are the keys
    below a job's directory whose values are read as well.
    """

    kind: Callable[[str], bool] = lambda _: True
    job: JobId | None = None
    meter: Meter | None = None
    unread: bool = False
    kinds: Kinds | None = None
    documents: frozenset[str] = frozenset()

    def is_document(self, directory: JobDirectory | None) -> bool:
        """Return whether a key, split at its job's directory, is a document to be read."""
        return directory is not None and directory.rest in self.documents

    @property
    def plain(self) -> Callable[[bytes], bytes] | None:
        """What puts a line into the form of eventlogs, where the logs are in another."""
        return None if self.kinds is None else self.kinds.preferred.plain

    def has_job(self, job: JobId | None) -> bool:
        """Return whether the logs of a job are selected."""
        return self.job is None or self.job == job

    def sourced(
        self,
        name: str,
        data: bytes,
        job: JobId | None,
        kind: str | None,
        lost: tuple[str, ...] = (),
    ) -> SourcedLog:
        """Return a log; if its location does not determine the kind, its content does."""
        if kind is None and self.kinds is not None:
            kind = self.kinds.of(data, name)
        return SourcedLog(name, data, job, kind, lost)


ALL = LogFilter()


def too_long(data: bytes) -> str | None:
    """Return why the log with these bytes is too long to check, or None if it is not."""
    if len(data) > MAX_LOG_BYTES:
        return f"it has {len(data):,} bytes; {MAX_LOG_BYTES:,} are read of one log"
    lines = data.count(b"\n")
    if lines > MAX_LOG_LINES:
        return f"it has {lines:,} lines; {MAX_LOG_LINES:,} are read of one log"
    return None


def log_name(
    source: str, job: JobId | None, kind: str | None, else_: str, found_in: str = ""
) -> str:
    """Return the name of a log within a source; `else_` names it if no job does.

    `found_in` is the directory of the job, if it is not the usual one.
    """
    if job is None:
        return f"{source}: {else_}"
    which = "" if kind in (None, "job") else f" {kind}"
    return f"{source}: {job}{which}" + (f" in {found_in}" if found_in else "")
