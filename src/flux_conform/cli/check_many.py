"""`check` on many processors: its options, and the judgements however the work is spread."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flux_conform.cli.common import UsageError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterable, Iterator

    from flux_conform.conformance.judge import Options
    from flux_conform.conformance.judges import Judged, Source
    from flux_conform.model.specification import Specification


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument(
        "--jobs",
        metavar="N",
        type=int,
        default=1,
        help="judge in N processes; 0 is one for each processor (default: 1)",
    )
    parser.add_argument(
        "--dask",
        metavar="ADDRESS",
        help="judge on the Dask cluster of the scheduler at this address, such as tcp://HOST:8786",
    )


def is_spread(arguments: argparse.Namespace) -> bool:
    """Whether work is to be spread. Raises UsageError where the options make no sense."""
    if arguments.jobs < 0:
        raise UsageError("--jobs takes a number of processes, or 0 for one for each processor")
    if arguments.dask is not None and arguments.jobs != 1:
        raise UsageError("--dask uses the workers of a cluster, and --jobs processes; give one")
    return arguments.dask is not None or arguments.jobs != 1


def judged(
    arguments: argparse.Namespace,
    sources: Iterable[Source],
    specification: Specification,
    options: Options,
) -> Iterator[Judged]:
    """The judgements on logs in their order. Raises UsageError where there is no cluster.

    A cluster need not see the files of this machine: they are read here, and sent to it.
    """
    if arguments.dask is not None:
        from flux_conform.conformance.cluster import NoCluster, cluster
        from flux_conform.conformance.spread import judge_many

        try:
            with cluster(arguments.dask) as crew:
                yield from judge_many(_read_here(sources), specification, options, crew)
        except NoCluster as error:
            raise UsageError(f"--dask {arguments.dask}: {error}") from error
    elif is_spread(arguments):
        from flux_conform.conformance.spread import judge_many, processes

        crew = processes(arguments.jobs)
        yield from judge_many(sources, specification, options, crew)
    else:
        from flux_conform.conformance.judges import Judge, judge_here

        yield from judge_here(sources, Judge(specification, options))


def _read_here(sources: Iterable[Source]) -> Iterator[Source]:
    from flux_conform.logs.eventlog import UnreadableLog
    from flux_conform.logs.remote import UnreachablePlace, is_address, read_place

    for name, given in sources:
        if isinstance(given, str) and not is_address(given):
            try:
                yield name, read_place(given)
            except UnreachablePlace as error:
                yield name, UnreadableLog(str(error))
        else:
            yield name, given
