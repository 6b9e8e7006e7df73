"""`check` on many processors: its options, and the judgements however the work is spread."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flux_conform.cli.check_output import needs_sound_logs
from flux_conform.cli.common import UsageError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterable, Iterator

    from flux_conform.checking.judge import Options
    from flux_conform.checking.judges import Judge, Judged, LaneSource
    from flux_conform.session.machines import Machines


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument(
        "--jobs",
        metavar="N",
        type=int,
        default=1,
        help="use N processes; 0 is one for each processor (default: 1)",
    )
    parser.add_argument(
        "--dask",
        metavar="ADDRESS",
        help="use the Dask cluster of the scheduler at ADDRESS, such as tcp://HOST:8786",
    )


def is_spread(arguments: argparse.Namespace) -> bool:
    """Whether work is to be spread. Raises UsageError where the options make no sense."""
    if arguments.jobs < 0:
        raise UsageError("--jobs takes a number of processes, or 0 for one for each processor")
    if arguments.dask is not None and arguments.jobs != 1:
        raise UsageError("--dask uses the workers of a cluster, and --jobs processes; give one")
    return arguments.dask is not None or arguments.jobs != 1


def leaves_reading(arguments: argparse.Namespace) -> bool:
    """Whether who judges a file reads it, for nothing else asks for what a sound log holds.

    A cluster may not see the files, and names of logs within a file come when it is read.
    """
    is_here = arguments.dask is None and arguments.jobs != 1
    by_name = arguments.job is not None or arguments.resume is not None
    return is_here and not by_name and not needs_sound_logs(arguments)


def judged(
    arguments: argparse.Namespace,
    sources: Iterable[LaneSource],
    machines: Machines,
    options: Options,
) -> Iterator[Judged]:
    """The judgements on logs in their order, each in the lane that bears its machine's name.

    Raises UsageError where there is no cluster.
    """
    if arguments.dask is not None:
        from flux_conform.checking.cluster import NoCluster, cluster
        from flux_conform.checking.spread import judge_many_lanes

        specifications = {name: machines.of(name) for name in machines.names}
        try:
            with cluster(arguments.dask) as crew:
                yield from judge_many_lanes(sources, specifications, options, crew)
        except NoCluster as error:
            raise UsageError(f"--dask {arguments.dask}: {error}") from error
    elif is_spread(arguments):
        from flux_conform.checking.spread import judge_many_lanes, processes

        specifications = {name: machines.of(name) for name in machines.names}
        crew = processes(arguments.jobs)
        yield from judge_many_lanes(sources, specifications, options, crew)
    else:
        from flux_conform.checking.judges import judge_lanes

        yield from judge_lanes(sources, Judges(machines, options))


class Judges(dict[str, "Judge"]):
    """The judges by the names of their machines, each made when its first log comes."""

    def __init__(self, machines: Machines, options: Options) -> None:
        super().__init__()
        self._machines = machines
        self._options = options

    def __missing__(self, name: str) -> Judge:
        from flux_conform.checking.judges import Judge

        judge = self[name] = Judge(self._machines.of(name), self._options)
        return judge
