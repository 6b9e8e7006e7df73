"""Judge eventlogs against a specification.

A log conforms, is incomplete (it conforms so far, and its job is still on its way), violates, or
is unreadable. Each finding names the clause, the line, the state before it, what was allowed
there, and the way out. Directories stand for the *.eventlog files below them, - for standard
input.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from flux_conform.cli import check_repair
from flux_conform.cli.common import (
    EXIT_BAD,
    EXIT_ERROR,
    EXIT_GOOD,
    UsageError,
    add_format_option,
    add_machine_option,
    load_machine,
)
from flux_conform.conformance.finding import VIOLATES, Judgement

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Iterator

    from flux_conform.cli.check_json import JsonOutput
    from flux_conform.cli.check_text import TextOutput
    from flux_conform.conformance.judges import Judge
    from flux_conform.conformance.machine import Machine
    from flux_conform.conformance.waivers import Waivers
    from flux_conform.logs.sources import LogSource


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of the verb."""
    parser.add_argument("paths", nargs="+", metavar="PATH", help="a file, a directory, or -")
    add_machine_option(parser)
    add_format_option(parser)
    parser.add_argument("--notes", action="store_true", help="tell of notes and waived findings")
    parser.add_argument(
        "--strict", action="store_true", help="let SHOULD and implied findings violate"
    )
    parser.add_argument(
        "--allow",
        metavar="NAME|FILE",
        action="append",
        default=[],
        help="waive the known deviations of an implementation, such as flux-core",
    )
    parser.add_argument(
        "--earlier",
        metavar="FILE",
        help="an earlier snapshot of the log, which it must only have grown from",
    )
    check_repair.add_argument(parser)
    parser.add_argument(
        "--all", action="store_true", help="tell findings in full that only follow from another"
    )


def run(arguments: argparse.Namespace) -> int:
    """Judge the logs, print what was found, and give the exit code."""
    from flux_conform.conformance.judge import Options
    from flux_conform.conformance.judges import Judge

    if arguments.paths.count("-") > 1:
        raise UsageError("standard input can be read once; give - once")
    specification = load_machine(arguments)
    options = Options(arguments.notes, arguments.strict, waivers(arguments.allow))
    judge = Judge(specification, options)
    output = _output(arguments, judge.machine)
    mended = check_repair.mender(arguments, judge)
    violates = errors = False
    for name, data, judgement in _judged(arguments, judge, output.skipped):
        if isinstance(judgement, str):
            errors = True
            output.unreadable(name, judgement)
        else:
            violates |= judgement.verdict == VIOLATES
            output.judged(name, specification.name, data, judgement, mended(name, data, judgement))
    output.close()
    return EXIT_ERROR if errors else EXIT_BAD if violates else EXIT_GOOD


def _output(arguments: argparse.Namespace, machine: Machine) -> JsonOutput | TextOutput:
    if arguments.format == "json":
        from flux_conform.cli.check_json import JsonOutput

        return JsonOutput(machine.specification)
    from flux_conform.cli.check_text import TextOutput

    return TextOutput(machine, show_all=arguments.all)


def _judged(
    arguments: argparse.Namespace,
    judge: Judge,
    skipped: Callable[[str, int], None],
) -> Iterator[tuple[str, bytes, Judgement | str]]:
    """Each log's name, bytes and judgement; in place of the judgement, why there is none."""
    from flux_conform.logs.eventlog import UnreadableLog
    from flux_conform.logs.sources import Missing, Skipped, find_logs

    earlier = _earlier(arguments)
    for source in find_logs(arguments.paths):
        if isinstance(source, Skipped):
            skipped(source.directory, source.files)
            continue
        if isinstance(source, Missing):
            yield source.name, b"", source.error
            continue
        data, error = _read(source)
        if error is None:
            try:
                yield source.name, data, judge.judge(data, earlier=earlier)
            except UnreadableLog as unreadable:
                error = str(unreadable)
        if error is not None:
            yield source.name, b"", error


def _read(source: LogSource) -> tuple[bytes, str | None]:
    try:
        return source.read(), None
    except OSError as error:
        return b"", error.strerror or str(error)


def _earlier(arguments: argparse.Namespace) -> bytes | None:
    if arguments.earlier is None:
        return None
    if len(arguments.paths) != 1 or os.path.isdir(arguments.paths[0]):
        raise UsageError("--earlier compares one log with its older snapshot; give one PATH")
    try:
        with open(arguments.earlier, "rb") as file:
            return file.read()
    except OSError as error:
        raise UsageError(f"{arguments.earlier}: {error.strerror or error}") from error


def waivers(names: list[str]) -> Waivers:
    """The deviations that `--allow` names. Raises UsageError where there are none of a name."""
    from flux_conform.conformance.waivers import UnknownDeviations, Waivers, load_deviations

    try:
        return Waivers(tuple(load_deviations(name) for name in names))
    except UnknownDeviations as error:
        raise UsageError(str(error)) from error
