"""Judges many logs: the careful path at first, and the fast path once it pays to build it."""

from __future__ import annotations

from functools import cached_property
from operator import attrgetter
from typing import TYPE_CHECKING, TypeAlias, TypeVar

from flux_conform.checking.awaiting import replayed_standing, waiting_states
from flux_conform.checking.finding import Judgement
from flux_conform.checking.judge import Options, judge
from flux_conform.checking.known_kinds import kinds_for, machine_of
from flux_conform.logs.limits import UnreadableLog, within_limits
from flux_conform.logs.remote import OtherForm, UnreachablePlace, read_log
from flux_conform.machine.step import Machine

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from flux_conform.checking.fast import FastPath
    from flux_conform.checking.sound_lines import SoundLines
    from flux_conform.language import Model
    from flux_conform.logs.given import Given as AnyLog
    from flux_conform.logs.kind import Kinds

Given: TypeAlias = bytes | str | UnreadableLog
"""A log's bytes, or its place, or why it cannot be read."""

Source: TypeAlias = tuple[str, Given]
"""A log's name, and the log."""


_WORTH_IT = 64 << 10
"""Number of bytes of logs from which on building the fast path costs less than it saves."""

_BATCH_LOGS, _BATCH_BYTES = 128, 256 << 10
"""Size of a batch: what fits the caches of a core."""

_DEFAULTS = Options()

_STATE = attrgetter("state")

LaneSource: TypeAlias = tuple[str, str, Given]
"""A log with its lane: the name of its judge, if logs of several machines are mixed."""

ONLY = ""
"""The lane, if there is only one."""

Judged: TypeAlias = tuple[str, bytes, Judgement | UnreadableLog]
"""A log's name, its bytes, and its judgement, or why there is none."""


class Judge:
    """Judges one log after another against a specification, always as `judge` does.

    The specification is given as for `load`, and raises what `load` raises; a log is given as for
    `log_of`, which is fastest for the bytes of its file.
    """

    def __init__(self, model: Model, options: Options = _DEFAULTS) -> None:
        self.machine = Machine(model)
        self.options = options
        self._fast: FastPath | None = None
        self._sound: SoundLines | None = None
        self._waiting = waiting_states(self.machine.specification)
        self._bytes = 0

    @cached_property
    def kinds(self) -> Kinds:
        """The kinds of logs, with this specification's kind as the preferred one."""
        return kinds_for(self.machine.specification, is_given=False)

    def judge(self, data: AnyLog, *, earlier: bytes | None = None) -> Judgement:
        """Return the judgement on a log. Raises UnreadableLog; see `judge` for `earlier`."""
        if not isinstance(data, bytes):
            from flux_conform.logs.given import log_of

            data = log_of(data).data
        if earlier is not None:
            return judge(self.machine, data, self.options, earlier=earlier)
        fast = self._fast_path(len(data))
        try:
            judgement = fast.judge(data) if fast is not None else None
        except MemoryError:
            judgement = None
        if judgement is None:
            return judge(self.machine, data, self.options, sound=self._sound)
        return self._with_waits(judgement, data)

    def judge_all(self, logs: Iterable[tuple[str, bytes]]) -> Iterator[Judged]:
        """Yield the judgements on named logs, in their order.

        Logs are judged in batches, which is faster than one after another; one batch is held in
        memory at a time.
        """
        for names, batch in _batches(logs):
            yield from zip(names, batch, self.judge_batch(batch), strict=True)

    def judge_batch(self, logs: Sequence[bytes]) -> list[Judgement | UnreadableLog]:
        """Return the judgements on logs, or why there is none."""
        fast = self._fast_path(sum(map(len, logs)))
        if fast is None:
            return list(map(self._judge_carefully, logs))
        try:
            found = fast.judge_batch(logs)
        except MemoryError:
            # One of them takes too much memory; judged one by one, it is clear which.
            found = [None] * len(logs)
        if not self._waiting.isdisjoint(map(_STATE, filter(None, found))):
            pairs = zip(found, logs, strict=True)
            found = [each and self._with_waits(each, data) for each, data in pairs]
        if all(found):
            return found  # type: ignore[return-value]  # None is not in it
        return [
            judgement or self._judge_carefully(data)
            for judgement, data in zip(found, logs, strict=True)
        ]

    def _with_waits(self, judgement: Judgement, data: bytes) -> Judgement:
        """The judgement of the fast path, with what the log waits for."""
        if judgement.state not in self._waiting:
            return judgement
        waits, stuck = replayed_standing(self.machine, data)
        return judgement._replace(waits=waits, stuck=stuck)

    def _judge_carefully(self, data: bytes) -> Judgement | UnreadableLog:
        try:
            return judge(self.machine, data, self.options, sound=self._sound)
        except UnreadableLog as error:
            return error

    def _fast_path(self, size: int) -> FastPath | None:
        """Return the fast path, once there were enough bytes; it gives no notes."""
        if self.options.notes or self.machine.plain is not self.machine:
            return None
        self._bytes += size
        if self._fast is None and self._bytes > _WORTH_IT:
            from flux_conform.checking.fast import FastPath
            from flux_conform.checking.sound_lines import SoundLines

            self._fast = FastPath(self.machine)
            self._sound = SoundLines(self.machine, self._fast)
        return self._fast


def judge_lanes(sources: Iterable[LaneSource], judges: Mapping[str, Judge]) -> Iterator[Judged]:
    """Yield the judgements on logs in order, each by the judge of its lane, in this process.

    If a log cannot be read, the error takes the place of its judgement.
    """
    read = (((lane, name), _read(given, judges[lane])) for lane, name, given in sources)
    for places, batch in _batches(read):
        lanes = [lane for lane, _ in places]
        names = [name for _, name in places]
        yield from zip(names, *_judge_mixed(lanes, batch, judges), strict=True)


def _judge_mixed(
    lanes: Sequence[str], batch: Sequence[bytes | UnreadableLog], judges: Mapping[str, Judge]
) -> tuple[Sequence[bytes], Sequence[Judgement | UnreadableLog]]:
    """Return the bytes of logs, and their judgements."""
    logs = [data for data in batch if isinstance(data, bytes)]
    if len(logs) == len(batch) and lanes.count(lanes[0]) == len(lanes):
        return logs, judges[lanes[0]].judge_batch(logs)
    of_lane: dict[str, list[bytes]] = {}
    for lane, data in zip(lanes, batch, strict=True):
        if isinstance(data, bytes):
            of_lane.setdefault(lane, []).append(data)
    done = {lane: iter(judges[lane].judge_batch(these)) for lane, these in of_lane.items()}
    judged = [
        next(done[lane]) if isinstance(data, bytes) else data
        for lane, data in zip(lanes, batch, strict=True)
    ]
    return [data if isinstance(data, bytes) else b"" for data in batch], judged


_Name = TypeVar("_Name")
_Data = TypeVar("_Data", bound=bytes | UnreadableLog)


def _batches(logs: Iterable[tuple[_Name, _Data]]) -> Iterator[tuple[list[_Name], list[_Data]]]:
    """Yield the logs that are judged together, separate from their names."""
    names: list[_Name] = []
    batch: list[_Data] = []
    size = 0
    for name, data in logs:
        names.append(name)
        batch.append(data)
        size += len(data) if isinstance(data, bytes) else 0
        if size >= _BATCH_BYTES or len(batch) == _BATCH_LOGS:
            yield names, batch
            names, batch, size = [], [], 0
    if batch:
        yield names, batch


def _read(given: Given, judge: Judge) -> bytes | UnreadableLog:
    if not isinstance(given, str):
        return given
    try:
        data = within_limits(read_log)(given, judge.kinds.preferred.plain)
    except OtherForm as error:
        return OtherForm(str(error))  # without its cause
    except UnreachablePlace as error:
        return UnreadableLog(str(error))
    except UnreadableLog as error:
        return error
    # Only the name of a file was known when its judge was chosen.
    kind = judge.kinds.of(data, given)
    named = kind if kind is None else machine_of(kind)
    if named not in (None, judge.machine.specification.name) or judge.kinds.knows_none(data):
        return OtherForm("it is evidently of another kind")
    return data
