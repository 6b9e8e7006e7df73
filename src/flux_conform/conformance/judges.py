"""Judges many logs: the careful path at first, and the fast path once it pays to build it."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from flux_conform.conformance.finding import Judgement
from flux_conform.conformance.judge import Options, judge
from flux_conform.conformance.machine import Machine
from flux_conform.logs.eventlog import UnreadableLog
from flux_conform.logs.remote import UnreachablePlace, read_place

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from flux_conform.conformance.fast import FastPath
    from flux_conform.conformance.soundlines import SoundLines
    from flux_conform.model.specification import Specification

Given: TypeAlias = bytes | str | UnreadableLog
"""What is given of a log: its bytes, or its place, or why it cannot be read."""

Source: TypeAlias = tuple[str, Given]
"""A log's name, and what is given of it."""

_WORTH_IT = 64 << 10
"""Bytes of logs from which on building the fast path costs less than it saves."""

_BATCH_LOGS, _BATCH_BYTES = 64, 256 << 10
"""How much is judged at a time: what fits the caches of a core."""

_DEFAULTS = Options()


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
        names = [name for name, _ in batch]
        logs = [data for _, data in batch]
        fast = self._fast_path(size)
        if fast is None:
            return zip(names, logs, map(self._judge_carefully, logs), strict=True)
        judgements: list[Judgement | UnreadableLog] = [
            judgement or self._judge_carefully(data)
            for data, judgement in zip(logs, fast.judge_batch(logs), strict=True)
        ]
        return zip(names, logs, judgements, strict=True)

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


def judge_here(sources: Iterable[Source], judge: Judge) -> Iterator[Judged]:
    """The judgements on logs, in the order of the sources, by this process alone.

    Where a log cannot be read, that stands in place of its judgement.
    """
    failed: dict[int, UnreadableLog] = {}

    def logs() -> Iterator[tuple[str, bytes]]:
        for number, (name, given) in enumerate(sources):
            data = b""
            if isinstance(given, bytes):
                data = given
            elif isinstance(given, UnreadableLog):
                failed[number] = given
            else:
                try:
                    data = read_place(given)
                except UnreachablePlace as error:
                    failed[number] = UnreadableLog(str(error))
            yield name, data

    for number, (name, data, judgement) in enumerate(judge.judge_all(logs())):
        yield name, data, failed.pop(number, judgement)
