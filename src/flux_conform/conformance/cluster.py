"""The workers of a Dask cluster as a crew, for logs that one machine is too few for."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import BrokenExecutor
from contextlib import contextmanager

from flux_conform.conformance.spread import Crew


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
        yield Crew(client.get_executor, size, (BrokenExecutor, KilledWorker), is_own=False)
    finally:
        client.close()
