"""Reader for tar archives: a `flux dump` of the key-value store, or a directory of eventlogs.

In a dump, the member names are the keys. An archive may also hold eventlog files, or a dump that
was unpacked.
"""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Callable, Iterator
from typing import TypeAlias

from flux_conform.logs.eventlog_keys import (
    JOB,
    directory_of_path,
    found_in,
    is_eventlog_name,
    is_key,
    parse_key,
    parse_path,
)
from flux_conform.logs.job_directories import JobDirectories
from flux_conform.logs.jobid import JobId
from flux_conform.logs.source_items import (
    MAX_LOG_BYTES,
    LogFilter,
    Problem,
    Skipped,
    SourcedLog,
    SourceError,
    SourceItem,
    leave_out_kind,
    log_name,
    too_long,
)
from flux_conform.logs.stream import Stream
from flux_conform.logs.tar import Archive, Damage, Member

_MAX_REPORTED = 20
"""Maximum number of damaged stretches reported one by one; the rest are counted."""

ReadFile: TypeAlias = Callable[[Stream, str, JobId | None], Iterator[SourceItem]]
"""Reads a file from its byte stream, its name, and the job that the name identifies."""


def read_archive(
    stream: Stream, name: str, wanted: LogFilter, read_file: ReadFile | None = None
) -> Iterator[SourceItem]:
    """Yield the logs of an archive in archive order, then what was skipped.

    Members that only their names identify as eventlogs are read by `read_file`.
    """
    reader = _Reader(Archive(stream), name, wanted, read_file)
    try:
        yield from reader.members()
    except SourceError as error:  # keep the logs that precede the error
        yield Problem(name, str(error))
    else:
        yield from reader.jobs.without_log(name, wanted)
    for what, count in sorted(reader.left_out.items()):
        yield Skipped(name, count, what)


class _Reader:
    """Reads the members of one archive."""

    def __init__(
        self, archive: Archive, name: str, wanted: LogFilter, read_file: ReadFile | None
    ) -> None:
        self._archive = archive
        self._name = name
        self._wanted = wanted
        self._read_file = read_file
        self.jobs = JobDirectories()
        self.left_out: Counter[str] = Counter()

    def members(self) -> Iterator[SourceItem]:
        """Yield what each member holds."""
        damaged = 0
        for member in self._archive:
            if not isinstance(member, Damage):
                yield from self._member(member)
                continue
            damaged += 1
            if damaged <= _MAX_REPORTED:
                where = f"from byte {member.offset:,} on to the next member"
                yield Problem(self._name, f"damaged {where}")
        if damaged > _MAX_REPORTED:
            yield Problem(self._name, f"damaged at {damaged - _MAX_REPORTED:,} further places")

    def _member(self, member: Member) -> Iterator[SourceItem]:
        """Yield the logs that a member is or holds."""
        if member.name is None:
            yield Problem(self._name, "a member's name is longer than is read")
            return
        if not member.is_file:
            self.left_out["members that are no plain files"] += 1
            return
        self.jobs.add(member.name)
        eventlog = parse_path(member.name) or parse_key(member.name)
        is_file = eventlog is None and self._read_file is not None and is_eventlog_name(member.name)
        if eventlog is None and not is_file:
            self.left_out["other keys than eventlogs"] += 1
            yield from self._document(member)
        elif not is_key(member.name):
            self.left_out["members whose names are no keys"] += 1
        elif eventlog is None:
            yield from self._file(member)
        elif self._wanted.has_job(eventlog.job):
            if not self._wanted.kind(eventlog.kind):
                leave_out_kind(self.left_out, eventlog.kind)
                return
            own = log_name(
                self._name, eventlog.job, eventlog.kind, member.name, found_in(member.name)
            )
            whole = self._whole(member.name)
            yield self._log(own, member, eventlog.job, eventlog.kind, whole)

    def _whole(self, key: str) -> str:
        """Return the name of the job that a key is of; "" if logs are not to be put together."""
        found = directory_of_path(key) if self._wanted.documents else None
        if found is None or found[1].job is None:
            return ""
        directory = found[1]
        return log_name(self._name, directory.job, JOB, key, directory.found_in)

    def _document(self, member: Member) -> Iterator[SourcedLog]:
        """Read a member that is a document of a job, if such documents are selected."""
        if not self._wanted.documents or member.name is None or member.size > MAX_LOG_BYTES:
            return
        found = directory_of_path(member.name)
        if found is None or not self._wanted.is_document(found[1]):
            return
        directory = found[1]
        if self._wanted.has_job(directory.job):
            own, whole = f"{self._name}: {member.name}", self._whole(member.name)
            data = self._archive.read(member.size)
            yield SourcedLog(
                own, data, directory.job, directory.rest, whole=whole, is_document=True
            )

    def _file(self, member: Member) -> Iterator[SourceItem]:
        """Read a member whose name says it is an eventlog, in any supported form."""
        assert member.name is not None
        assert self._read_file is not None
        own = f"{self._name}: {member.name}"
        job = JobId.from_name(member.name.rpartition("/")[2])
        if member.size > MAX_LOG_BYTES:
            yield self._log(own, member, job, None)
            return
        data = io.BytesIO(self._archive.read(member.size))
        try:
            for found in self._read_file(Stream(data), own, job):
                kind = found.kind if isinstance(found, SourcedLog) else None
                if kind is None or self._wanted.kind(kind):
                    yield found
                else:
                    leave_out_kind(self.left_out, kind)
        except SourceError as error:  # only this member is unreadable
            yield Problem(own, str(error))

    def _log(
        self, own: str, member: Member, job: JobId | None, kind: str | None, whole: str = ""
    ) -> SourcedLog | Problem:
        if member.size > MAX_LOG_BYTES:
            limit = f"{MAX_LOG_BYTES:,} are read of one log"
            return Problem(own, f"it has {member.size:,} bytes; {limit}")
        data = self._archive.read(member.size)
        why = too_long(data)
        if why is not None:
            return Problem(own, why)
        return SourcedLog(own, data, job, kind, whole=whole)
