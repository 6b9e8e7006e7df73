"""A dump of the key-value store, as `flux dump` makes it: a tar archive whose names are keys.

An archive of a directory with eventlogs in it, or with an unpacked dump, is read as that is.
"""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Callable, Iterator
from typing import TypeAlias

from flux_conform.logs.found import (
    MAX_LOG_BYTES,
    Found,
    Problem,
    Skipped,
    SourcedLog,
    SourceError,
    Wanted,
    log_name,
    too_long,
)
from flux_conform.logs.job_directories import JobDirectories
from flux_conform.logs.jobid import JobId
from flux_conform.logs.places import found_in, is_eventlog_name, is_key, place_of_key, place_of_path
from flux_conform.logs.stream import Stream
from flux_conform.logs.tar import Archive, Damage, Member

_NAMED = 20
"""Of the places that are damaged, the number that are named each; the others are counted."""

ReadFile: TypeAlias = Callable[[Stream, str, JobId | None], Iterator[Found]]
"""Reads what a file holds: its bytes, its name, and the job that its name tells."""


def read_archive(
    stream: Stream, name: str, wanted: Wanted, read_file: ReadFile | None = None
) -> Iterator[Found]:
    """The logs of an archive in its order, and then what was left out.

    Members that are eventlogs by their names alone are read by `read_file`.
    """
    reader = _Reader(Archive(stream), name, wanted, read_file)
    try:
        yield from reader.members()
    except SourceError as error:  # what came before it counts all the same
        yield Problem(name, str(error))
    else:
        yield from reader.jobs.without_log(name, wanted)
    for what, count in sorted(reader.left_out.items()):
        yield Skipped(name, count, what)


class _Reader:
    """The members of an archive as they are read."""

    def __init__(
        self, archive: Archive, name: str, wanted: Wanted, read_file: ReadFile | None
    ) -> None:
        self._archive = archive
        self._name = name
        self._wanted = wanted
        self._read_file = read_file
        self.jobs = JobDirectories()
        self.left_out: Counter[str] = Counter()

    def members(self) -> Iterator[Found]:
        """What the members are."""
        damaged = 0
        for member in self._archive:
            if not isinstance(member, Damage):
                yield from self._member(member)
                continue
            damaged += 1
            if damaged <= _NAMED:
                where = f"from byte {member.offset:,} on to the next member"
                yield Problem(self._name, f"damaged {where}")
        if damaged > _NAMED:
            yield Problem(self._name, f"damaged at {damaged - _NAMED:,} further places")

    def _member(self, member: Member) -> Iterator[Found]:
        """The logs that a member is or holds."""
        if member.name is None:
            yield Problem(self._name, "a member's name is longer than is read")
            return
        if not member.is_file:
            self.left_out["members that are no plain files"] += 1
            return
        self.jobs.see(member.name)
        place = place_of_path(member.name) or place_of_key(member.name)
        is_file = place is None and self._read_file is not None and is_eventlog_name(member.name)
        if place is None and not is_file:
            self.left_out["other keys than eventlogs"] += 1
        elif not is_key(member.name):
            self.left_out["members whose names are no keys"] += 1
        elif place is None:
            yield from self._file(member)
        elif self._wanted.has_job(place.job):
            if not self._wanted.kind(place.kind):
                self.left_out[f"{place.kind} eventlogs"] += 1
                return
            own = log_name(self._name, place.job, place.kind, member.name, found_in(member.name))
            yield self._log(own, member, place.job, place.kind)

    def _file(self, member: Member) -> Iterator[Found]:
        """What a member holds that is an eventlog by its name, in whatever form."""
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
                    self.left_out[f"{kind} eventlogs"] += 1
        except SourceError as error:  # that of this member alone
            yield Problem(own, str(error))

    def _log(
        self, own: str, member: Member, job: JobId | None, kind: str | None
    ) -> SourcedLog | Problem:
        if member.size > MAX_LOG_BYTES:
            limit = f"{MAX_LOG_BYTES:,} are read of one log"
            return Problem(own, f"it has {member.size:,} bytes; {limit}")
        data = self._archive.read(member.size)
        why = too_long(data)
        return SourcedLog(own, data, job, kind) if why is None else Problem(own, why)
