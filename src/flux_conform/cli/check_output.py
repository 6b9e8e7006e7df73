"""Where the outcome of `check` goes, and in which form."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, redirect_stdout
from io import TextIOWrapper
from typing import TYPE_CHECKING, Protocol

from flux_conform.cli.common import UsageError

if TYPE_CHECKING:
    import argparse

    from flux_conform.conformance.finding import Judgement
    from flux_conform.conformance.machine import Machine
    from flux_conform.conformance.reports.judged import Report

FORMATS = ("text", "json", "junit", "sarif", "github", "html")
_LINES = ("text", "json")
"""The formats that can be told to give the summary alone."""


class Output(Protocol):
    """Takes logs as they are judged, and what is no verdict."""

    def judged(self, log: str, machine: str, data: bytes, judgement: Judgement) -> None:
        """Take a log's judgement."""

    def unreadable(self, log: str, error: str) -> None:
        """Take a log that could not be judged, and why."""

    def skipped(self, directory: str, files: int) -> None:
        """Take how many files of a directory are no eventlogs by their names."""

    def close(self) -> None:
        """Tell what is left to tell."""


def add_output_options(parser: argparse.ArgumentParser) -> None:
    """Declare the options that say in which form the outcome is told, and where."""
    parser.add_argument(
        "--format",
        choices=FORMATS,
        default="text",
        help="for people (text, html), programs (json), build servers (junit), code hosts "
        "(sarif, github)",
    )
    parser.add_argument(
        "-o", "--output", metavar="FILE", help="write there, and not to standard output"
    )
    parser.add_argument(
        "--summary",
        action="store_true",
        help="tell the summary alone: findings by rule and state (text, json)",
    )
    parser.add_argument(
        "--times",
        action="store_true",
        help="tell too how long logs stay in each state (text, json with --summary)",
    )
    parser.add_argument(
        "--table",
        metavar="FILE",
        help="write findings, logs and times in states as tables too: .parquet or .csv",
    )


@contextmanager
def output(arguments: argparse.Namespace, machine: Machine) -> Iterator[Output]:
    """The output that the options ask for. It is closed, and its files are there, at the end.

    Where judging ends otherwise, no file is written. Raises UsageError.
    """
    name: str = arguments.format
    if arguments.summary and name not in _LINES:
        raise UsageError(f"--summary goes with --format text or json; {name} holds the summary")
    if arguments.times and not (name == "text" or (name == "json" and arguments.summary)):
        hint = "; html holds the times" if name == "html" else " or --format json --summary"
        raise UsageError(f"--times goes with --format text{hint}")
    with ExitStack() as stack:
        outputs: list[Output] = []
        if arguments.table is not None:
            from flux_conform.cli.check_table import tables

            report = stack.enter_context(tables(arguments.table))
            outputs.append(_Reporting(report, machine, strict=arguments.strict))
        if arguments.output is not None and arguments.output != "-":
            stack.enter_context(_into_file(arguments.output))
        outputs.append(_formatted(arguments, machine))
        several = _Several(outputs)
        yield several
        several.close()


@contextmanager
def destination_of_windows(arguments: argparse.Namespace) -> Iterator[None]:
    """Where `--partial` prints, which is told as text or JSON alone. Raises UsageError."""
    further = arguments.summary or arguments.times or arguments.table is not None
    if arguments.format not in _LINES or further:
        raise UsageError(
            "--partial goes with --format text or json, and without --summary, --times or --table"
        )
    with ExitStack() as stack:
        if arguments.output is not None and arguments.output != "-":
            stack.enter_context(_into_file(arguments.output))
        yield


@contextmanager
def _into_file(path: str) -> Iterator[None]:
    from flux_conform.cli.files import whole_file

    try:
        with whole_file(path) as file:
            text = TextIOWrapper(file, "utf-8", errors="backslashreplace", newline="")
            with redirect_stdout(text):
                yield
            text.flush()
            text.detach()
    except OSError as error:
        raise UsageError(f"-o {path}: {error.strerror or error}") from error


def _formatted(arguments: argparse.Namespace, machine: Machine) -> Output:
    name: str = arguments.format
    if name == "json":
        from flux_conform.cli.check_json import JsonOutput, JsonSummary

        if arguments.summary:
            return JsonSummary(machine, times=arguments.times)
        return JsonOutput(machine.specification)
    if name == "text":
        from flux_conform.cli.check_text import TextOutput

        return TextOutput(
            machine,
            show_all=arguments.all,
            summary_only=arguments.summary,
            times=arguments.times,
        )
    return _Reporting(_report(arguments, machine), machine, strict=arguments.strict)


def _report(arguments: argparse.Namespace, machine: Machine) -> Report:
    name: str = arguments.format
    show_all: bool = arguments.all
    if name == "junit":
        from flux_conform.conformance.reports.junit import JunitReport

        return JunitReport(put, machine.specification.name, show_all=show_all)
    if name == "github":
        from flux_conform.conformance.reports.github import GithubReport

        return GithubReport(put, show_all=show_all)
    if name == "sarif":
        from flux_conform import __version__
        from flux_conform.conformance.reports.sarif import SarifReport
        from flux_conform.rfc.clauses import rfc_address

        return SarifReport(
            put, __version__, lambda found: rfc_address(found.rfc), show_all=show_all
        )
    from flux_conform.cli.check_html import html_report

    return html_report(put)


def put(text: str) -> None:
    """Write to standard output in UTF-8, whatever the locale says."""
    buffer = getattr(sys.stdout, "buffer", None)
    if buffer is None:
        sys.stdout.write(text)
    else:
        sys.stdout.flush()
        buffer.write(text.encode("utf-8", "backslashreplace"))


class _Reporting:
    """Hands judged logs to a report."""

    def __init__(self, report: Report, machine: Machine, *, strict: bool) -> None:
        self._report = report
        self._machine = machine
        self._strict = strict

    def judged(self, log: str, machine: str, data: bytes, judgement: Judgement) -> None:
        from flux_conform.conformance.reports.judged import JudgedLog

        self._report.judged(JudgedLog(log, self._machine, data, judgement, self._strict))

    def unreadable(self, log: str, error: str) -> None:
        self._report.unreadable(log, error)

    def skipped(self, directory: str, files: int) -> None:
        self._report.skipped(f"{directory}: {files:,} skipped, no *.eventlog files")

    def close(self) -> None:
        self._report.close()


class _Several:
    """Hands all to each of several outputs."""

    def __init__(self, outputs: list[Output]) -> None:
        self._outputs = outputs

    def judged(self, log: str, machine: str, data: bytes, judgement: Judgement) -> None:
        for each in self._outputs:
            each.judged(log, machine, data, judgement)

    def unreadable(self, log: str, error: str) -> None:
        for each in self._outputs:
            each.unreadable(log, error)

    def skipped(self, directory: str, files: int) -> None:
        for each in self._outputs:
            each.skipped(directory, files)

    def close(self) -> None:
        for each in self._outputs:
            each.close()
