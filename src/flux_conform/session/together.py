"""Puts the logs of one job together while the logs of sources pass."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from flux_conform.language import load
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
from flux_conform.session import SessionError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_ALONE = "eventlogs of jobs whose source keeps nothing else of them"
_NO_PRIMARY = "jobs without an eventlog of their own"


class Together:
    """Yields, after all logs, the timeline of each job whose source keeps its logs together.

    The specification that judges it names what is put together (see model/joint/job-logs.yaml).
    The logs of a job do not lie together in a dump. So all are kept till the end: 32 MiB in memory,
    and the rest in a temporary file.
    """

    def __init__(self) -> None:
        self.specification = load(path_of_job_logs())
        names = [event.name for event in self.specification.events]
        self._heads = tuple(name for name in names if "/" in name)
        self._kinds = {JOB, *(name.removesuffix(".*") for name in names if name.endswith(".*"))}
        self.documents = frozenset(head.partition("/")[0] for head in self._heads) - self._kinds
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
        from flux_conform.logs.spool import Spool

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
                    yield self._timeline(place, job, logs, documents)
        for number, what in ((alone, _ALONE), (without, _NO_PRIMARY)):
            if number:
                yield Skipped("logs of one job together", number, what)

    def _timeline(
        self, place: str, job: JobId, logs: dict[str, bytes], documents: dict[str, bytes]
    ) -> SourcedLog | Problem:
        from flux_conform.logs.timeline import timeline

        name = f"{place} together"
        try:
            made = timeline(logs, documents, self._heads)
        except UnreadableLog as error:
            return Problem(name, str(error))
        why = too_long(made.data)
        if why is not None or not made.data:
            return Problem(name, why or made.lost[0])
        return SourcedLog(name, made.data, job, self.kind, made.lost)


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
