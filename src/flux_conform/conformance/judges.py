"""Judges many logs: the careful path at first, and the fast path once it pays to build it."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from flux_conform.conformance.finding import Judgement
from flux_conform.conformance.judge import Options, judge
from flux_conform.conformance.machine import Machine
from flux_conform.logs.eventlog import UnreadableLog
from flux_conform.logs.remote import NoPlainLog, UnreachablePlace, read_log

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from flux_conform.conformance.fast import FastPath
    from flux_conform.conformance.soundlines import SoundLines
    from flux_conform.model.specification import Specification

Given: TypeAlias = bytes | str | UnreadableLog
"""What is given of a log: its bytes, or its place, or why it cannot be read."""

Source: TypeAlias = tuple[str, Given]
"""A log's name, and what is given of it."""


class OtherForm(UnreadableLog):
    """What lies at a place is not one plain eventlog: `read_sources` may find logs in it."""


_WORTH_IT = 64 << 10
"""Bytes of logs from which on building the fast path costs less than it saves."""

_BATCH_LOGS, _BATCH_BYTES = 64, 256 << 10
"""How much is judged at a time: what fits the caches of a core."""

_DEFAULTS = Options()

LaneSource: TypeAlias = tuple[str, str, Given]
"""A log with its lane: the name of what judges it, where logs of several machines are mixed."""

ONLY = ""
"""The lane where there is but one."""

Judged: TypeAlias = tuple[str, bytes, Judgement | UnreadableLog]
"""A log's name, its bytes, and its judgement, or why there is none."""


class Judge:
    """Judges one log after another against a specification, always as `judge` does."""

    def __init__(self, specification: Specification, options: Options = _DEFAULTS) -> None:
        self.machine = Machine(specification)
        self.options = options
        self._fast: FastPath | None = None
        self._sound: SoundLines | None = None
        self._bytes = 0

    def judge(self, data: bytes, *, earlier: bytes | None = None) -> Judgement:
        """The judgement on a log. Raises UnreadableLog; see `judge` for `earlier`."""
        if earlier is not None:
            return judge(self.machine, data, self.options, earlier=earlier)
        fast = self._fast_path(len(data))
        judgement = fast.judge(data) if fast is not None else None
        return judgement or judge(self.machine, data, self.options, sound=self._sound)

    def judge_all(self, logs: Iterable[tuple[str, bytes]]) -> Iterator[Judged]:
        """The judgements on named logs, in their order.

        Logs are taken and judged in batches, which is faster than one after another; what is
        held at a time is one batch.
        """
        batch: list[tuple[str, bytes]] = []
        size = 0
        for log in logs:
            batch.append(log)
            size += len(log[1])
            if size >= _BATCH_BYTES or len(batch) == _BATCH_LOGS:
                yield from self._judge_batch(batch, size)
                batch, size = [], 0
        yield from self._judge_batch(batch, size)

    def _judge_batch(self, batch: list[tuple[str, bytes]], size: int) -> Iterator[Judged]:
        if not batch:
            return iter(())
        names, logs = zip(*batch, strict=True)
        fast = self._fast_path(size)
        if fast is None:
            return zip(names, logs, map(self._judge_carefully, logs), strict=True)
        judgements: list[Judgement | UnreadableLog | None] = [*fast.judge_batch(logs)]
        while None in judgements:
            number = judgements.index(None)
            judgements[number] = self._judge_carefully(logs[number])
        # None is left.
        return zip(names, logs, judgements, strict=True)  # type: ignore[arg-type]

    def _judge_carefully(self, data: bytes) -> Judgement | UnreadableLog:
        try:
            return judge(self.machine, data, self.options, sound=self._sound)
        except UnreadableLog as error:
            return error

    def _fast_path(self, size: int) -> FastPath | None:
        """The fast path, once there were so many bytes that it is worth it; it sees no notes."""
        if self.options.notes:
            return None
        self._bytes += size
        if self._fast is None and self._bytes > _WORTH_IT:
            from flux_conform.conformance.fast import FastPath
            from flux_conform.conformance.soundlines import SoundLines

            self._fast = FastPath(self.machine)
            self._sound = SoundLines(self.machine, self._fast)
        return self._fast


def judge_lanes(sources: Iterable[LaneSource], judges: Mapping[str, Judge]) -> Iterator[Judged]:
    """The judgements on logs in their order, each by the judge of its lane, by this process alone.

    Where a log cannot be read, that stands in place of its judgement.
    """
    batch: list[tuple[str, str, bytes | UnreadableLog]] = []
    size = 0
    for lane, name, given in sources:
        data = _read(given)
        batch.append((lane, name, data))
        size += len(data) if isinstance(data, bytes) else 0
        if size >= _BATCH_BYTES or len(batch) == _BATCH_LOGS:
            yield from _judge_mixed(batch, judges)
            batch, size = [], 0
    yield from _judge_mixed(batch, judges)


def _judge_mixed(
    batch: list[tuple[str, str, bytes | UnreadableLog]], judges: Mapping[str, Judge]
) -> Iterator[Judged]:
    lanes: dict[str, list[tuple[str, bytes]]] = {}
    for lane, name, data in batch:
        if isinstance(data, bytes):
            lanes.setdefault(lane, []).append((name, data))
    done = {lane: judges[lane].judge_all(logs) for lane, logs in lanes.items()}
    for lane, name, data in batch:
        if isinstance(data, bytes):
            yield next(done[lane])
        else:
            yield name, b"", data


def _read(given: Given) -> bytes | UnreadableLog:
    if not isinstance(given, str):
        return given
    try:
        return read_log(given)
    except NoPlainLog as error:
        return OtherForm(str(error))
    except UnreachablePlace as error:
        return UnreadableLog(str(error))
