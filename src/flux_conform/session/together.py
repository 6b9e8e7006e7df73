"""Puts the logs of one job together while the logs of sources pass."""

from __future__ import annotations

import json
from itertools import chain
from typing import TYPE_CHECKING

from flux_conform.language import load
from flux_conform.language.loading.holding import Holding, load_holding
from flux_conform.language.names import path_of_job_logs
from flux_conform.logs.eventlog_keys import JOB
from flux_conform.logs.jobid import JobId
from flux_conform.logs.limits import UnreadableLog
from flux_conform.logs.source_items import (
    MAX_LOG_BYTES,
    Problem,
    Skipped,
    SourcedLog,
    SourceItem,
    too_long,
)
from flux_conform.logs.spool import Spool
from flux_conform.session import SessionError
from flux_conform.session.overlaps import Overlap, held_by, overlaps, read_held

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_ALONE = "eventlogs of jobs whose source keeps nothing else of them"
_NOT_COMPARED = "jobs whose cores are not compared with others, for what they hold is not known"
_FURTHER = "further jobs that hold the same cores at one time"
_ANY = 1 << 60
_OVERLAP = "overlap"
"""The key of what is found of jobs that hold the same cores."""

_MOST_OVERLAPS = 10_000
"""Maximum number of jobs for which it is kept."""

_NO_PRIMARY = "jobs without an eventlog of their own"


class Together:
    """Yields, after all logs, the timeline of each job whose source keeps its logs together.

    The specification that judges it names what is put together (see model/joint/job-logs.yaml).
    The logs of a job do not lie together in a dump. So all are kept till the end: 32 MiB in memory,
    and the rest in a temporary file.
    """

    def __init__(self) -> None:
        self.specification = load(path_of_job_logs())
        self.holding = load_holding()
        names = [event.name for event in self.specification.events]
        self._heads = tuple(name for name in names if "/" in name)
        self._kinds = {JOB, *(name.removesuffix(".*") for name in names if name.endswith(".*"))}
        self.documents = (
            frozenset(head.partition("/")[0] for head in self._heads) - self._kinds - {_OVERLAP}
        )
        """The keys of the documents that are read with the logs."""

    @property
    def kind(self) -> str:
        """The kind of timelines, which is the name of what judges them."""
        return self.specification.name

    def passing(self, found: Iterable[SourceItem]) -> Iterator[SourceItem]:
        """Yield what was found, without the documents, then the timelines.

        Last it yields how much is judged by itself alone. Raises SessionError if there is no room
        for the temporary file.
        """
        try:
            yield from self._passing(found)
        except OSError as error:
            raise SessionError(f"{self.kind}: {error}") from error

    def timelines(self, found: Iterable[SourceItem]) -> Iterator[SourceItem]:
        """Yield the timelines alone, and what is no log. Raises SessionError as `passing` does."""
        for item in self.passing(found):
            if not isinstance(item, SourcedLog) or item.kind == self.kind:
                yield item

    def _passing(self, found: Iterable[SourceItem]) -> Iterator[SourceItem]:
        spool = Spool()
        alone = 0
        for item in found:
            if isinstance(item, SourcedLog):
                if item.whole and item.job is not None:
                    if item.is_document or item.kind in self._kinds:
                        spool.add(item.job.number, _frame(item))
                elif item.kind in (None, JOB):
                    alone += 1
                if item.is_document:
                    continue
            yield item
        compared = _Compared(self.holding)
        for number, kept in spool.logs(2 * MAX_LOG_BYTES):
            for place, (logs, documents) in _parts(kept or b"").items():
                compared.add(place, JobId(number), logs, documents)
        compared.find()
        without = 0
        for number, kept in spool.logs(2 * MAX_LOG_BYTES):
            job = JobId(number)
            if kept is None:
                why = f"its logs have more than {2 * MAX_LOG_BYTES:,} bytes, which are put together"
                yield Problem(f"{job} together", why)
                continue
            for place, (logs, documents) in _parts(kept).items():
                if JOB not in logs:
                    without += 1
                else:
                    if place in compared.found:
                        overlap = compared.found[place]
                        told = {"job": overlap.other, "cores": overlap.cores}
                        documents[_OVERLAP] = json.dumps(told).encode("ascii")
                    yield self._timeline(place, job, logs, documents)
        counts = (
            (alone, _ALONE),
            (without, _NO_PRIMARY),
            (compared.unknown, _NOT_COMPARED),
            (compared.further, _FURTHER),
        )
        for number, what in counts:
            if number:
                yield Skipped("logs of one job together", number, what)

    def _timeline(
        self, place: str, job: JobId, logs: dict[str, bytes], documents: dict[str, bytes]
    ) -> SourcedLog | Problem:
        from flux_conform.logs.timeline import timeline

        name = f"{place} together"
        try:
            heads = self._heads
            if _OVERLAP not in documents:
                heads = tuple(head for head in heads if head != f"{_OVERLAP}/")
            made = timeline(logs, documents, heads)
        except UnreadableLog as error:
            return Problem(name, str(error))
        why = too_long(made.data)
        if why is not None or not made.data:
            return Problem(name, why or made.lost[0])
        return SourcedLog(name, made.data, job, self.kind, made.lost)


class _Compared:
    """Which jobs hold the cores of others, by the places where their logs lie."""

    def __init__(self, holding: Holding) -> None:
        self._holding = holding
        self._held = Spool()
        self.found: dict[str, Overlap] = {}
        """Of each job the first that holds some of its cores."""
        self.unknown = 0
        self.further = 0

    def add(
        self, place: str, job: JobId, logs: dict[str, bytes], documents: dict[str, bytes]
    ) -> None:
        """Take the logs of a job."""
        if JOB not in logs:
            return
        source, is_named, _ = place.partition(f": {job}")
        instance = source if is_named else place.rpartition("job/")[0]
        document = documents.get(self._holding.document)
        try:
            held = held_by(self._holding, place, instance, logs[JOB], document)
        except UnreadableLog:
            return  # its timeline is a Problem
        if isinstance(held, str):
            self.unknown += 1
        elif held is not None:
            self._held.add(held.order, held.line())

    def find(self) -> None:
        """Compare all jobs, in the order in which they begin to hold something."""
        groups = (read_held(lines) for _, lines in self._held.logs(_ANY) if lines)
        for overlap in overlaps(chain.from_iterable(groups)):
            if len(self.found) < _MOST_OVERLAPS:
                self.found.setdefault(overlap.who, overlap)
            else:
                self.further += 1


def _frame(item: SourcedLog) -> bytes:
    """A log or a document as it is kept: a line about it, and its bytes."""
    head = [item.whole, item.kind, item.is_document, len(item.data)]
    return json.dumps(head).encode("ascii") + b"\n" + item.data


def _parts(kept: bytes) -> dict[str, tuple[dict[str, bytes], dict[str, bytes]]]:
    """The logs and the documents of a job, by the place where they lie together."""
    found: dict[str, tuple[dict[str, bytes], dict[str, bytes]]] = {}
    at = 0
    while at < len(kept):
        end = kept.index(b"\n", at)
        place, kind, is_document, size = json.loads(kept[at:end])
        at = end + 1 + size
        found.setdefault(place, ({}, {}))[is_document][kind] = kept[end + 1 : at]
    return found
