"""Worker processes that end with this process, whatever ends it.

Each has its own pipe. In `concurrent.futures` all share one, so that a process that is killed while
it writes leaves the others waiting for a lock, and the reader waiting for the rest of a message.
"""

from __future__ import annotations

import os
import pickle
import signal
import sys
import threading
from collections.abc import Callable
from concurrent.futures import BrokenExecutor, Executor, Future
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from multiprocessing.connection import Connection
    from multiprocessing.context import BaseContext
    from multiprocessing.process import BaseProcess


class _Worker(NamedTuple):
    process: BaseProcess
    pipe: Connection


class _Task(NamedTuple):
    future: Future[Any]
    call: tuple[Callable[..., Any], tuple[Any, ...], dict[str, Any]]


class Workers(Executor):
    """As many processes as can be started, up to a number.

    If one dies, all are ended, and every unfinished task raises BrokenExecutor.
    """

    def __init__(self, count: int, context: BaseContext) -> None:
        """Raises OSError where not even one can be started."""
        self._tasks: SimpleQueue[_Task | None] = SimpleQueue()
        self._lock = threading.Lock()
        self._is_over = False
        self._workers: list[_Worker] = []
        try:
            for _ in range(count):
                self._workers.append(_started(context))
        except OSError:  # such as a limit of open files
            if not self._workers:
                raise
        # Started after all processes: a fork while threads run may find locks held for ever.
        self._threads = [
            threading.Thread(target=self._serve, args=(worker,), daemon=True)
            for worker in self._workers
        ]
        for thread in self._threads:
            thread.start()

    def submit(self, fn: Callable[..., Any], /, *arguments: Any, **options: Any) -> Future[Any]:
        """See Executor; raises BrokenExecutor once a process died, or after `shutdown`."""
        with self._lock:
            if self._is_over:
                raise BrokenExecutor("the processes have ended")
            future: Future[Any] = Future()
            self._tasks.put(_Task(future, (fn, arguments, options)))
            return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """End the processes. Unfinished work is lost, unless it is waited for and not cancelled."""
        if wait and not cancel_futures and not self._is_over:
            for _ in self._threads:
                self._tasks.put(None)
            for thread in self._threads:
                thread.join()
        self._end()
        for thread in self._threads:
            thread.join()
        for worker in self._workers:
            worker.process.join()
            worker.process.close()
            worker.pipe.close()
        self._workers.clear()

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self.shutdown(cancel_futures=kind is not None)

    def _end(self) -> None:
        with self._lock:
            self._is_over = True
            for worker in self._workers:
                worker.process.kill()
        while True:
            try:
                task = self._tasks.get_nowait()
            except Empty:
                break
            if task is not None and task.future.set_running_or_notify_cancel():
                task.future.set_exception(BrokenExecutor("the processes have ended"))
        for _ in self._threads:
            self._tasks.put(None)

    def _serve(self, worker: _Worker) -> None:
        """Hand tasks to one process, one after another."""
        while (task := self._tasks.get()) is not None:
            if not task.future.set_running_or_notify_cancel():
                continue
            try:
                worker.pipe.send_bytes(pickle.dumps(task.call))
                is_good, result = pickle.loads(worker.pipe.recv_bytes())
            except (EOFError, OSError):
                task.future.set_exception(BrokenExecutor("a process died"))
                self._end()
                return
            except Exception as error:  # it cannot be packed or unpacked, or memory is short
                task.future.set_exception(error)
                self._end()
                return
            if is_good:
                task.future.set_result(result)
            else:
                task.future.set_exception(result)


def _started(context: Any) -> _Worker:
    ours, theirs = context.Pipe()
    # Ctrl-C is blocked until the process ignores it.
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        process = context.Process(target=_work, args=(theirs, os.getpid()), daemon=True)
        process.start()
    except BaseException:
        ours.close()
        raise
    finally:
        theirs.close()
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
    return _Worker(process, ours)


# What runs in a worker


def _work(pipe: Connection, parent: int) -> None:
    _begin(parent)
    while True:
        try:
            call, arguments, options = pickle.loads(pipe.recv_bytes())
        except EOFError:
            return
        try:
            answer = pickle.dumps((True, call(*arguments, **options)))
        except Exception as error:
            answer = _failure(error)
        pipe.send_bytes(answer)


def _failure(error: Exception) -> bytes:
    try:
        return pickle.dumps((False, error))
    except Exception:
        return pickle.dumps((False, RuntimeError(f"{type(error).__name__}: {error}")))


def _begin(parent: int) -> None:
    """End with the parent, leave Ctrl-C to it, and leave the memory shared with it untouched."""
    import gc

    # Otherwise garbage collection would copy all memory that a fork shares.
    gc.freeze()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    _end_with(parent)


_PR_SET_PDEATHSIG = 1


def _end_with(parent: int) -> None:
    """Have this process killed when its parent ends, whatever ends it."""
    if sys.platform == "linux":
        import ctypes

        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    else:
        threading.Thread(target=_watch, daemon=True).start()
    if os.getppid() != parent:  # it ended before
        os._exit(1)


def _watch() -> None:
    from multiprocessing import parent_process
    from multiprocessing.connection import wait

    parent = parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)
