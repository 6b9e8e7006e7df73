"""Write a small log without names, and a paragraph, for a bug report.

Of a log that violates, each rule that it breaks has a section: what was seen, by which rule, who
may post the event, and the smallest part of the log in which the finding stays. Userids, names,
texts and times are replaced, unless the finding rests on them; then the section says so.

LOG is whatever `flux-conform check` reads; of one with many logs, --job takes those of one job. The
exit code is 0 if no log violates, 1 if one does, and 2 if something could not be read.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from flux_conform.checking.finding import VIOLATES
from flux_conform.cli.common import UsageError, add_machine_option, exit_code, file_errors
from flux_conform.cli.log_options import (
    add_job_option,
    add_judging_options,
    add_rules_option,
    judging_options,
    machines_of,
    wanted_job,
)
from flux_conform.cli.terminal import note, write_utf8
from flux_conform.logs.sources import STANDARD_INPUT
from flux_conform.text import printable

if TYPE_CHECKING:
    import argparse

    from flux_conform.checking.judge import Options
    from flux_conform.session.events import LogJudged
    from flux_conform.session.reportable import Reported

_FILE = "fault.eventlog"
"""The name of a log in a report, where no file is written."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of the verb."""
    parser.add_argument(
        "paths",
        nargs=1,
        metavar="LOG",
        help="an eventlog, or a source of some; - is standard input",
    )
    add_machine_option(parser, by_kind=True)
    add_job_option(parser)
    parser.add_argument(
        "--rule", metavar="ID", help="report only the finding of this rule, of whatever level"
    )
    parser.add_argument(
        "-o", "--output", metavar="FILE", help="also write the small log to FILE; FILE-2 the next"
    )
    parser.add_argument(
        "--format",
        choices=("text", "markdown", "json"),
        default="text",
        help="for mail, for an issue, or for programs",
    )
    add_judging_options(parser)
    add_rules_option(parser)


def run(arguments: argparse.Namespace) -> int:
    """Write the report, and give the exit code."""
    from flux_conform.session.reportable import reported, why_not

    if arguments.output == STANDARD_INPUT:
        raise UsageError("-o - would mix the log with the report, which holds it; name a file")
    options = judging_options(arguments, notes=arguments.rule is not None)
    logs, has_errors = _judged(arguments, options)
    found = [each for log in logs for each in reported(log, options, arguments.rule)]
    if logs and arguments.rule is not None and not found:
        raise UsageError(f"--rule: {'; '.join(why_not(log, arguments.rule) for log in logs)}")
    if found or arguments.format == "json":
        _write(arguments, found)
    else:
        write_utf8("".join(map(_nothing, logs)))
    return exit_code(errors=has_errors, bad=any(log.judgement.verdict == VIOLATES for log in logs))


def _judged(arguments: argparse.Namespace, options: Options) -> tuple[list[LogJudged], bool]:
    """The logs of one job, and whether something could not be read.

    Raises UsageError where there are logs of several.
    """
    from flux_conform.logs.source_items import Problem, Skipped
    from flux_conform.session.events import LogJudged
    from flux_conform.session.session import Session

    job = wanted_job(arguments)
    logs: list[LogJudged] = []
    has_errors = False
    for event in Session(arguments.paths, machines_of(arguments), options, job=job).events():
        if isinstance(event, LogJudged):
            logs.append(event)
            for why in event.lost:
                note(f"{printable(event.name)}: not judged: {printable(why)}\n")
            if job is None and len(logs) > 1:
                raise UsageError(
                    "a report is about one job, and here are more logs; name one with --job ID"
                )
        elif isinstance(event, Problem):
            has_errors = True
            note(f"{printable(event.name)}: unreadable: {printable(event.error)}\n")
        elif isinstance(event, Skipped):
            note(f"{event.says}\n")
    return logs, has_errors


def _nothing(log: LogJudged) -> str:
    """What is said of a log that has nothing to report."""
    lesser = dict.fromkeys(each.rule for each in log.judgement.findings if each.because is None)
    also = f" (lesser findings: {', '.join(lesser)}; report one with --rule)" if lesser else ""
    verdict = log.judgement.verdict
    return f"{printable(log.name)}: {verdict}; there is nothing to report{printable(also)}\n"


def _write(arguments: argparse.Namespace, found: list[Reported]) -> None:
    """Write the logs, if they are wanted, and the report. Raises UsageError."""
    from flux_conform import __version__
    from flux_conform.files import write_whole
    from flux_conform.reports.fault_report import (
        Section,
        fault_json,
        fault_markdown,
        fault_text,
    )

    forms = {"text": fault_text, "markdown": fault_markdown, "json": fault_json}
    sections = []
    for number, each in enumerate(found, 1):
        path = _numbered(arguments.output or _FILE, number)
        if arguments.output is not None:
            with file_errors(f"-o {path}"):
                write_whole(path, each.data)
        sections.append(Section(each, os.path.basename(path), _options(arguments)))
    write_utf8(forms[arguments.format](sections, __version__))


def _numbered(path: str, number: int) -> str:
    stem, ending = os.path.splitext(path)
    return path if number == 1 else f"{stem}-{number}{ending}"


def _options(arguments: argparse.Namespace) -> tuple[str, ...]:
    """The options of this call with which `check` judges as it did; files by their names alone."""
    words: list[str] = []
    if arguments.machine is not None:
        words += ["--machine", os.path.basename(arguments.machine)]
    for option in ("rules", "allow"):
        for name in getattr(arguments, option):
            words += [f"--{option}", os.path.basename(name)]
    return (*words, "--strict") if arguments.strict else tuple(words)
