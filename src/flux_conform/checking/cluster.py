"""The workers of a Dask cluster as a crew, for logs that one machine is too few for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import BrokenExecutor, CancelledError, Executor, Future
from contextlib import contextmanager
from typing import Any

from flux_conform.checking.spread import Crew


class NoCluster(Exception):
    """No cluster can be used at an address; the message says why."""


@contextmanager
def cluster(address: str) -> Iterator[Crew]:
    """The crew of the Dask scheduler at an address such as `tcp://HOST:8786`.

    Its workers need this package. Raises NoCluster where the scheduler cannot be reached, has
    no worker, or Dask is not installed.
    """
    try:
        from distributed import Client, KilledWorker
    except ImportError as error:
        raise NoCluster(
            "to use a Dask cluster needs Dask: pip install 'flux-conform[dask]'"
        ) from error
    try:
        client = Client(address, timeout=10, set_as_default=False)
    except (OSError, ValueError, TypeError) as error:
        raise NoCluster(f"no Dask scheduler answers at {address}: {error}") from error
    try:
        size = sum(client.nthreads().values())
        if not size:
            raise NoCluster(f"the Dask scheduler at {address} has no worker")
        # A task is given up as KilledWorker once several workers died of it.
        deaths = (BrokenExecutor, KilledWorker)
        yield Crew(lambda: _Tasks(client), size, deaths, is_own=False)
    finally:
        client.close()


class _Tasks(Executor):
    """The tasks of a Dask client as an executor.

    Dask has one of its own, which can lose what becomes of a task whose worker dies.
    """

    def __init__(self, client: Any) -> None:
        self._client = client

    def submit(self, call: Callable[..., Any], /, *given: Any, **named: Any) -> Future[Any]:
        """Have the cluster make a call."""
        future: Future[Any] = Future()
        future.set_running_or_notify_cancel()
        task = self._client.submit(call, *given, pure=False, **named)
        task.add_done_callback(lambda done: _pass_on(done, future))
        return future


def _pass_on(done: Any, future: Future[Any]) -> None:
    """Hand over what became of a task; one that was lost can be tried again."""
    from asyncio import CancelledError as Cancelled

    try:
        future.set_result(done.result())
    except (CancelledError, Cancelled) as error:
        lost = BrokenExecutor("the cluster lost the task")
        lost.__cause__ = error
        future.set_exception(lost)
    except BaseException as error:
        # Raised again where the result is asked for.
        future.set_exception(error)
