"""Run the conformance suite against a program that speaks the harness protocol.

A smoke step first tells whether the program works as a harness at all. Then each vector is
answered, within a time limit; a crash, a hang or garbage is an error of the harness, costs one
vector, and the program is started anew. Options that choose vectors can be repeated; * stands
for anything. Where the RFCs leave a question open, an answer passes if one reading of it expects
the answer, and a run must keep to one reading; --reading demands one. The exit code is 0 where all
passed, 1 where some failed or a known failure passes again, 2 where the harness does not work,
broke down or skipped everything.

    flux-conform suite run --jobs 4 --rule 'rfc21/exception/*' -- ./my-harness --fast
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from flux_conform.cli.common import UsageError, usage_errors
from flux_conform.cli.reports import add_report_options, write_report
from flux_conform.cli.suite.tier_option import add_tier_option
from flux_conform.text import finite_json

if TYPE_CHECKING:
    import argparse

    from flux_conform.cli.suite.suite_text import TextReport
    from flux_conform.suite.folder import Suite
    from flux_conform.suite.results import SuiteRun
    from flux_conform.suite.run import Runner
    from flux_conform.suite.select import Filters

_KINDS = {
    "group": ("NAME", "the vectors of a group"),
    "id": ("ID", "a vector by its id"),
    "rule": ("ID", "the vectors that test a clause"),
    "state": ("STATE", "those about a step from this state"),
    "event": ("EVENT", "those about a step by this event"),
    "purpose": ("NAME", "those made for a purpose"),
    "generation": ("NAME", "those whose logs are of a generation"),
    "exclude": ("NAME", "leave out a group, an id or the vectors that test a clause"),
}
_LONGEST = 3600.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of the verb."""
    parser.add_argument(
        "command", nargs="+", metavar="COMMAND", help="the harness and its arguments, after --"
    )
    parser.add_argument(
        "--machine", metavar="NAME", default="job", help="a shipped suite (default: job)"
    )
    parser.add_argument("--suite", metavar="DIR", help="another suite, as `suite export` wrote it")
    for kind, (metavar, says) in _KINDS.items():
        parser.add_argument(f"--{kind}", metavar=metavar, action="append", default=[], help=says)
    add_tier_option(parser)
    parser.add_argument(
        "--jobs", metavar="N", type=int, default=1, help="harnesses at once (default: 1)"
    )
    parser.add_argument(
        "--timeout",
        metavar="S",
        type=float,
        default=10.0,
        help="seconds for an answer, and for the start (default: 10)",
    )
    parser.add_argument(
        "--known", metavar="FILE", help="a YAML file of failures that are known, see docs/suite.md"
    )
    parser.add_argument(
        "--reading",
        metavar="QUESTION=READING",
        action="append",
        default=[],
        help="demand that an open question is read so",
    )
    parser.add_argument(
        "--all", action="store_true", help="show every cause of failures, and list all its vectors"
    )
    add_report_options(parser, "report")


def run(arguments: argparse.Namespace) -> int:
    """Run what was chosen, report, and give the exit code."""
    from flux_conform.cli.suite.suite_text import TextReport
    from flux_conform.suite.folder import NoSuite
    from flux_conform.suite.harness import Limits
    from flux_conform.suite.known import read_known
    from flux_conform.suite.open_readings import UnknownReading, demanded_readings
    from flux_conform.suite.run import Plan, Runner
    from flux_conform.suite.select import NothingChosen, choose
    from flux_conform.suite.smoke import NoHarness, smoke

    _judge_numbers(arguments)
    with usage_errors(NoSuite, NothingChosen, UnknownReading):
        suite = _suite(arguments)
        readings = demanded_readings(suite.questions(), arguments.reading)
        vectors = choose(suite.vectors, _filters(arguments))
    known = read_known(arguments.known) if arguments.known is not None else ()
    command = tuple(arguments.command)
    limits = Limits(answer=arguments.timeout, ready=arguments.timeout)
    try:
        with usage_errors(NoSuite):
            works = smoke(suite, command, limits)
    except NoHarness as error:
        told, *also = str(error).split("\n")
        raise UsageError(f"the harness does not work: {told}", also) from error
    options = _options(arguments)
    plan = Plan(
        suite, vectors, command, works.hello, limits, arguments.jobs, known, options, readings
    )
    text = TextReport(every=arguments.all)
    text.begins(plan, works.remarks)
    runner = Runner(plan, text.told)
    try:
        with usage_errors(NoSuite):
            done = runner.run()
    except KeyboardInterrupt:
        _interrupted(runner, text)
        raise
    text.ends()
    _report(arguments, done, text)
    return done.exit_code


def _suite(arguments: argparse.Namespace) -> Suite:
    from flux_conform.artefacts import ArtefactMissing, artefact
    from flux_conform.suite.folder import load_suite

    if arguments.suite is not None:
        return load_suite(arguments.suite)
    try:
        return load_suite(artefact("conformance", arguments.machine))
    except ArtefactMissing as error:
        raise UsageError(
            f'no suite of "{arguments.machine}" comes with the package; name the folder of one '
            "with --suite, or make one with `flux-conform suite export`"
        ) from error


def _options(arguments: argparse.Namespace) -> tuple[str, ...]:
    readings = [f"--reading={text}" for text in arguments.reading]
    if arguments.suite is not None:
        return ("--suite", arguments.suite, *readings)
    return (*(() if arguments.machine == "job" else ("--machine", arguments.machine)), *readings)


def _filters(arguments: argparse.Namespace) -> Filters:
    from flux_conform.suite.select import Filters

    filters = Filters(**{kind: tuple(getattr(arguments, kind)) for kind in _KINDS})
    return filters if arguments.tier == "full" else filters._replace(tier=(arguments.tier,))


def _covers(arguments: argparse.Namespace, suite: Suite) -> str:
    """The part of a whole suite that is run: what the folder holds, and what is chosen of it."""
    return ", ".join(filter(None, (suite.chosen, str(_filters(arguments)))))


def _judge_numbers(arguments: argparse.Namespace) -> None:
    if not 1 <= arguments.jobs <= 256:
        raise UsageError(f"--jobs {arguments.jobs}: give a number from 1 to 256")
    if not 0 < arguments.timeout <= _LONGEST:
        raise UsageError(f"--timeout {arguments.timeout:g}: give seconds, above 0 and up to 3600")


def _report(arguments: argparse.Namespace, done: SuiteRun, text: TextReport) -> None:
    from flux_conform.reports.badge import badge

    match arguments.format:
        case "text":
            report = text.report(done, colour=arguments.output is None)
        case "json":
            from flux_conform.suite.results import to_json

            covers = _covers(arguments, done.suite)
            report = finite_json({**to_json(done), "covers": covers}, indent=1) + "\n"
        case "junit":
            from flux_conform.suite.junit_reports import suite_junit

            report = suite_junit(done)
        case _:
            from flux_conform.suite.report_html import suite_html

            report = suite_html(done)
    write_report(report, arguments.output, "--output")
    if arguments.badge is not None:
        message = text.badge(done, _covers(arguments, done.suite))
        write_report(badge(*message), arguments.badge, "--badge")
    if arguments.format != "text" or arguments.output is not None:
        print(text.summary(done), file=sys.stderr)


def _interrupted(runner: Runner, text: TextReport) -> None:
    text.ends()
    done = runner.so_far()
    print(
        f"ended after {len(done.results):,} of {done.chosen:,} vectors; no report was written",
        file=sys.stderr,
    )
    print(text.summary(done), file=sys.stderr)
