"""Judges many logs on many processors, with any `concurrent.futures.Executor`.

Logs are sent in chunks, and the judgements are yielded in order; they are the same as in one
process. Each chunk carries the packed specification, which is unpacked once in each process. If a
process dies, its chunks are retried one by one in new processes and then bisected, to isolate the
log that kills it; a log that does so again is unreadable.
"""

from __future__ import annotations

import hashlib
import os
import pickle
import zlib
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import BrokenExecutor, Executor, Future
from typing import Any, NamedTuple, TypeAlias

from flux_conform.checking.finding import Judgement
from flux_conform.checking.judge import Options
from flux_conform.checking.judges import ONLY, Given, Judge, Judged, LaneSource, Source, judge_lanes
from flux_conform.language import Model, Specification, load
from flux_conform.logs.eventlog import UnreadableLog

_CHUNK_BYTES = 1 << 20
_CHUNK_LOGS = 2048
_CHUNK_PLACES = 1024
"""Maximum size of a chunk: large enough that sending it takes little time beside judging it."""

_READ_BYTES = 8 << 20
"""Bytes read from places per task; whoever stops the work waits for the task to finish."""

_SHARE = 8
"""A chunk holds at most this fraction of the places so far, so that even few are distributed."""

_LIVES = 2
"""Number of processes that a log may kill, alone, before it counts as unreadable."""

_DEFAULTS = Options()


class Crew(NamedTuple):
    """The executor of the work.

    `start` returns an executor, a new one if the last one broke; `size` is the number of tasks that
    it runs at a time. `deaths` are its errors that mean that a process died. If `is_own`, the
    executor is shut down after the work.
    """

    start: Callable[[], Executor]
    size: int
    deaths: tuple[type[BaseException], ...] = (BrokenExecutor,)
    is_own: bool = True


def processes(count: int = 0) -> Crew:
    """Return a crew of processes of this machine; 0 means one for each available processor."""
    size = count or processors()

    def start() -> Executor:
        import multiprocessing
        import threading

        from flux_conform.checking.workers import Workers

        # A fork is fast, but safe only in a process with a single thread.
        alone = threading.active_count() == 1 and "fork" in multiprocessing.get_all_start_methods()
        if alone:
            # Modules loaded before a fork are not loaded again in each process.
            import flux_conform.checking.sound_lines  # noqa: F401
        context = multiprocessing.get_context("fork" if alone else "spawn")
        try:
            return Workers(size, context)
        except OSError:  # no process can be started, so the work is done here
            return _Here()

    return Crew(start, size)


class _Here(Executor):
    """Runs tasks immediately, in this process."""

    def submit(self, fn: Callable[..., Any], /, *arguments: Any, **options: Any) -> Future[Any]:
        """See Executor; the returned future is done."""
        future: Future[Any] = Future()
        try:
            future.set_result(fn(*arguments, **options))
        except Exception as error:
            future.set_exception(error)
        return future


def given(executor: Executor) -> Crew:
    """Return a crew for the caller's executor; if it breaks, processes of this machine go on."""
    size = getattr(executor, "_max_workers", None) or processors()
    left = [executor]
    return Crew(lambda: left.pop() if left else processes(size).start(), size, is_own=False)


def processors() -> int:
    """Return the number of processors that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def judge_many(
    sources: Iterable[Source],
    specification: Model,
    options: Options = _DEFAULTS,
    executor: Executor | Crew | None = None,
    *,
    chunk_bytes: int = _CHUNK_BYTES,
) -> Iterator[Judged]:
    """Yield the judgements on logs, in the order of the sources.

    An executor that is given is left open; without one, there are as many processes as processors.
    If a log was read at its place, its bytes are returned only if it has findings; a place that
    holds no single plain eventlog is an OtherForm. A few chunks per worker are held in memory, each
    of `chunk_bytes` or one log more. Exceptions of judging are raised here.
    """
    lanes = ((ONLY, name, given) for name, given in sources)
    return judge_many_lanes(
        lanes, {ONLY: load(specification)}, options, executor, chunk_bytes=chunk_bytes
    )


def judge_many_lanes(
    sources: Iterable[LaneSource],
    specifications: Mapping[str, Specification],
    options: Options = _DEFAULTS,
    executor: Executor | Crew | None = None,
    *,
    chunk_bytes: int = _CHUNK_BYTES,
) -> Iterator[Judged]:
    """Yield the judgements as `judge_many`, each by the specification of the log's lane."""
    crew = executor if isinstance(executor, Crew) else given(executor) if executor else processes()
    setups = {lane: _setup(each, options) for lane, each in specifications.items()}
    work = _Work(crew, setups)
    try:
        yield from work.judge(_chunks(sources, chunk_bytes))
    finally:
        work.close()


def _setup(specification: Specification, options: Options) -> _Setup:
    packed = zlib.compress(pickle.dumps((specification, options)), 1)
    return _Setup(hashlib.sha256(packed).hexdigest(), packed)


class _Setup(NamedTuple):
    """The packed specification and options, and their digest."""

    digest: str
    packed: bytes


_Chunk: TypeAlias = list[LaneSource]
_Result: TypeAlias = "tuple[list[Judgement | UnreadableLog], dict[int, bytes]]"
"""The judgements on a chunk, and the bytes of logs that the worker read and that have findings.

If much was read, they cover only its first logs; the others are sent again.
"""


def _chunks(sources: Iterable[LaneSource], most: int) -> Iterator[_Chunk]:
    chunk: _Chunk = []
    size = places = before = 0
    for source in sources:
        chunk.append(source)
        given = source[2]
        if isinstance(given, bytes):
            size += len(given)
        else:
            places += 1
        is_share = places > before // _SHARE or places >= _CHUNK_PLACES
        if size >= most or is_share or len(chunk) >= _CHUNK_LOGS:
            yield chunk
            before += places
            chunk, size, places = [], 0, 0
    if chunk:
        yield chunk


class _Work:
    """The chunks that a crew works on, in order."""

    def __init__(self, crew: Crew, setups: Mapping[str, _Setup]) -> None:
        self._crew = crew
        self._setups = setups
        self._executor: Executor | None = None
        self._is_own = False
        self._out: deque[tuple[_Chunk, Future[_Result]]] = deque()

    def judge(self, chunks: Iterable[_Chunk]) -> Iterator[Judged]:
        for chunk in chunks:
            self._out.append((chunk, self._submit(chunk)))
            while len(self._out) > 2 * self._crew.size:
                yield from self._next()
        while self._out:
            yield from self._next()

    def close(self) -> None:
        for _, future in self._out:
            future.cancel()
        self._out.clear()
        self._let_go()

    def _next(self) -> Iterator[Judged]:
        chunk, future = self._out.popleft()
        try:
            judgements, read = future.result()
        except self._crew.deaths as death:
            judgements, read = self._try_again(chunk, death)
        if rest := chunk[len(judgements) :]:
            chunk = chunk[: len(judgements)]
            self._send_rest(rest, len(judgements))
        names = [name for _, name, _ in chunk]
        data = [
            given if isinstance(given, bytes) else read.get(number, b"")
            for number, (_, _, given) in enumerate(chunk)
        ]
        return zip(names, data, judgements, strict=True)

    def _send_rest(self, rest: _Chunk, part: int) -> None:
        """Send the rest of a chunk, of which `part` logs were enough for one task.

        It is sent in one part for each worker, and what remains then as a last part.
        """
        most = part * self._crew.size
        pieces = [rest[start : start + part] for start in range(0, min(most, len(rest)), part)]
        if rest[most:]:
            pieces.append(rest[most:])
        sent = [(piece, self._submit(piece)) for piece in pieces]
        self._out.extendleft(reversed(sent))

    def _submit(self, chunk: _Chunk) -> Future[_Result]:
        if self._executor is None:
            self._executor = self._crew.start()
        try:
            lanes = {lane: self._setups[lane] for lane in {lane for lane, _, _ in chunk}}
            sent = [(lane, given) for lane, _, given in chunk]
            return self._executor.submit(_judge_chunk, lanes, sent)
        except self._crew.deaths as death:
            # It broke in the meantime; treat this as if it broke while working on this chunk.
            return _failed(death)

    def _try_again(self, chunk: _Chunk, death: BaseException) -> _Result:
        """Return the result of a chunk that was being judged when a process died.

        Any of the chunks that were being judged may be the cause. The others wait until this one is
        done, so that each is tried alone.
        """
        if isinstance(death, BrokenExecutor):
            self._settle()
        tries = 0
        while True:
            if isinstance(death, BrokenExecutor):
                self._let_go()
            try:
                return self._submit(chunk).result()
            except self._crew.deaths as another:
                death = another
            tries += 1
            if len(chunk) > 1:
                middle = len(chunk) // 2
                first, read = self._try_again(chunk[:middle], death)
                if len(first) < middle:
                    return first, read
                second, read_too = self._try_again(chunk[middle:], death)
                moved = {number + middle: data for number, data in read_too.items()}
                return first + second, {**read, **moved}
            if tries == _LIVES:
                said = UnreadableLog(f"each of {tries} processes that judged it alone died")
                return [said], {}

    def _settle(self) -> None:
        """Wait until all workers are idle; the results are examined later, in order."""
        for _, future in self._out:
            if not future.cancel():
                future.exception()
        dead = _failed(BrokenExecutor("not begun when a process died"))
        self._out = deque(
            (chunk, dead if future.cancelled() else future) for chunk, future in self._out
        )

    def _let_go(self) -> None:
        if self._executor is not None and (self._crew.is_own or self._is_own):
            self._executor.shutdown(cancel_futures=True)
        if self._executor is not None:
            # The executors that replace a given one are our own.
            self._is_own = True
        self._executor = None


def _failed(death: BaseException) -> Future[_Result]:
    future: Future[_Result] = Future()
    future.set_exception(death)
    return future


# What runs in a worker


_judges: dict[str, Judge] = {}
"""The latest judges of this process, by the digests of their setups."""

_KEPT = 8


def _judge_of(setup: _Setup) -> Judge:
    judge = _judges.get(setup.digest)
    if judge is None:
        if len(_judges) >= _KEPT:
            _judges.clear()
        judge = _judges[setup.digest] = Judge(*pickle.loads(zlib.decompress(setup.packed)))
    return judge


def _judge_chunk(setups: Mapping[str, _Setup], chunk: list[tuple[str, Given]]) -> _Result:
    judges = {lane: _judge_of(setup) for lane, setup in setups.items()}
    judgements: list[Judgement | UnreadableLog] = []
    read: dict[int, bytes] = {}
    size = total = 0
    sources = ((lane, "", given) for lane, given in chunk)
    for number, (_, data, judgement) in enumerate(judge_lanes(sources, judges)):
        judgements.append(judgement)
        if isinstance(chunk[number][1], bytes):
            continue
        total += len(data)
        if isinstance(judgement, Judgement) and judgement.findings:
            read[number] = data
            size += len(data)
        if size >= _CHUNK_BYTES or total >= _READ_BYTES:
            break
    return judgements, read
