"""State how an implementation's eventlogs conform, and what of the machine they exercise.

Logs come from any source that `flux-conform check` reads. Where their place in the source tells
of what kind they are, only those of the machine's kind are taken. Only logs that do not violate
count for what is exercised, and each once. A rule is exercised where its case came about: one that
was never put to the test is listed, with what it asks about. What counts is what a log of today's
generation can show; the statement says what is left out. It can be attached to a release: it names
the specification by its digest and is the same each time, for it bears no date but that of --date.
The exit code is 0 where no log violates, 1 where one does, where what is demanded is not exercised
or an exception is stale, 2 where a log could not be read.
"""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING

from flux_conform.cli.common import (
    EXIT_BAD,
    EXIT_GOOD,
    UsageError,
    load_machine,
    usage_errors,
    wants_colour,
)
from flux_conform.cli.log_options import (
    add_judging_options,
    add_log_options,
    judging_options,
    wanted_job,
)
from flux_conform.cli.reports import add_report_options, write_report
from flux_conform.text import Paint, finite_json, printable

if TYPE_CHECKING:
    import argparse

    from flux_conform.suite.excused import Excuse
    from flux_conform.suite.statement import Statement
    from flux_conform.suite.threshold import Threshold

# Also in flux_conform.suite.exercisable, which is too slow to import for help.
_PARTS = ("states", "events", "transitions", "pairs", "rules")
_INCLUDABLE = ("silent", "removed", "implied")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of the verb."""
    add_log_options(parser, "LOGS")
    add_report_options(parser, "statement")
    parser.add_argument("--subject", metavar="TEXT", default="", help="who wrote the logs")
    parser.add_argument("--date", metavar="YYYY-MM-DD", default="", help="of the statement")
    add_judging_options(parser)
    parser.add_argument(
        "--generation",
        metavar="NAME",
        help="count what logs of this generation exercise, and can; * is every generation "
        "(default: today's)",
    )
    parser.add_argument(
        "--with",
        dest="including",
        choices=_INCLUDABLE,
        action="append",
        default=[],
        help="also count what the source says nothing of, what happens to logs that are removed, "
        "or transitions that break an implied rule",
    )
    parser.add_argument(
        "--exceptions",
        metavar="FILE",
        help="what this writer never does, each with the reason; exit with 1 where it does",
    )
    parser.add_argument(
        "--fail-under",
        metavar="[PART=]N",
        action="append",
        default=[],
        help=f"exit with 1 where less than N percent is exercised, of all or of one of "
        f"{', '.join(_PARTS)}",
    )
    parser.add_argument(
        "--demand",
        choices=_PARTS,
        action="append",
        default=[],
        help="exit with 1 unless all of this is exercised; the same as --fail-under PART=100",
    )


def run(arguments: argparse.Namespace) -> int:
    """Read the logs, state what they show, and give the exit code."""
    from flux_conform.logs.source_items import Problem, Skipped
    from flux_conform.session.events import LogJudged
    from flux_conform.session.machines import Machines
    from flux_conform.session.session import Session
    from flux_conform.suite.excused import read_excuses
    from flux_conform.suite.exercisable import Exercisable, UnknownGeneration
    from flux_conform.suite.statement import Certifier

    if arguments.date and not re.fullmatch(r"\d{4}-\d\d-\d\d", arguments.date):
        raise UsageError(f'--date "{arguments.date}": write it as 2026-03-18')
    specification = load_machine(arguments)
    with usage_errors(UnknownGeneration, prefix="--generation: "):
        scope = Exercisable(specification, arguments.generation, arguments.including)
    thresholds = _thresholds(arguments)
    excuses: tuple[Excuse, ...] = ()
    if arguments.exceptions is not None:
        excuses = read_excuses(arguments.exceptions, scope)
    machines = Machines(specification, named="--{}".format)
    options = judging_options(arguments)
    certifier = Certifier(specification, options, scope)
    job = wanted_job(arguments)
    for event in Session(arguments.paths, machines, options, job=job).events():
        match event:
            case LogJudged():
                certifier.judged(event.name, event.data, event.judgement)
            case Problem(name, error):
                certifier.unreadable(name, error)
            case Skipped():
                print(event.says, file=sys.stderr)
    statement = certifier.statement(subject=arguments.subject, date=arguments.date, excuses=excuses)
    short = statement.missed(thresholds)
    _report(arguments, statement, short, of_rfc=specification.source.name is None)
    missed = [*statement.stale, *short]
    for message in missed:
        print(f"flux-conform certify: {printable(message)}", file=sys.stderr)
    return statement.exit_code or (EXIT_BAD if missed else EXIT_GOOD)


def _thresholds(arguments: argparse.Namespace) -> list[Threshold]:
    """What is demanded. Raises UsageError."""
    from flux_conform.suite.threshold import NoThreshold, Threshold, read_threshold

    with usage_errors(NoThreshold, prefix="--fail-under "):
        wanted = [read_threshold(given) for given in arguments.fail_under]
    return [*wanted, *(Threshold(part, 100) for part in arguments.demand)]


def _report(
    arguments: argparse.Namespace, statement: Statement, short: list[str], *, of_rfc: bool
) -> None:
    """Write the statement and the badge; `short` is what falls short of what is demanded."""
    match arguments.format:
        case "text":
            from flux_conform.suite.statement_text import statement_text

            paint = Paint(arguments.output is None and wants_colour())
            report = statement_text(statement, paint)
        case "json":
            from flux_conform.suite.statement import to_json

            report = finite_json(to_json(statement), indent=1) + "\n"
        case "junit":
            from flux_conform.suite.junit_reports import statement_junit

            report = statement_junit(statement)
        case _:
            from flux_conform.suite.statement_html import statement_html

            report = statement_html(statement)
    write_report(report, arguments.output, "--output")
    if arguments.badge is not None:
        from flux_conform.reports.badge import badge

        write_report(badge(*_badge(statement, short, of_rfc=of_rfc)), arguments.badge, "--badge")


def _badge(statement: Statement, short: list[str], *, of_rfc: bool) -> tuple[str, str, str]:
    from flux_conform.suite.statement_text import verdicts

    label = f"{'RFC conformance' if of_rfc else 'conformance'}: {statement.machine} logs"
    kinds = {0: "good", 1: "bad", 2: "broken"}
    told = verdicts(statement) + (", and less exercised than demanded" if short else "")
    return label, told, kinds[statement.exit_code or (EXIT_BAD if short else EXIT_GOOD)]
