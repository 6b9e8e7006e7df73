"""Where the outcome of `check` goes, and in which form."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import (
    AbstractContextManager,
    ExitStack,
    contextmanager,
    nullcontext,
    redirect_stdout,
)
from io import TextIOWrapper
from typing import TYPE_CHECKING

from flux_conform.cli.common import UsageError, file_errors, output_paint, report_width
from flux_conform.cli.terminal import guarded, note, write
from flux_conform.session.delivery import Report
from flux_conform.text import escape_controls

if TYPE_CHECKING:
    import argparse

    from flux_conform.logs.source_items import Skipped
    from flux_conform.session.events import LogJudged
    from flux_conform.session.summary import Summary

_LINES = ("text", "json")
"""The formats that can be told to give the summary alone."""


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
        "-o", "--output", metavar="FILE", help="write to FILE instead of standard output"
    )
    parser.add_argument(
        "--summary",
        action="store_true",
        help="show only the counts: verdicts, and findings by rule and state (text, json)",
    )
    parser.add_argument(
        "--times",
        action="store_true",
        help="also show the time spent in each state (text, json with --summary)",
    )
    parser.add_argument(
        "--table",
        metavar="FILE",
        help="also write tables of findings, logs and times in states: .parquet or .csv",
    )


@contextmanager
def output(arguments: argparse.Namespace, *first: Report) -> Iterator[Report]:
    """The report that the options ask for. It is closed, and its files are there, at the end.

    What is given as `first` takes logs before it.

    Where judging ends otherwise, no file is written. Raises UsageError.
    """
    name: str = arguments.format
    if arguments.summary and name not in _LINES:
        raise UsageError(f"--summary goes with --format text or json; {name} holds the summary")
    if arguments.times and not (name == "text" or (name == "json" and arguments.summary)):
        hint = "; html holds the times" if name == "html" else " or --format json --summary"
        raise UsageError(f"--times goes with --format text{hint}")
    with ExitStack() as stack:
        reports = [*first]
        if arguments.table is not None:
            from flux_conform.cli.check_table import tables

            reports.append(stack.enter_context(tables(arguments.table)))
        stack.enter_context(_destination(arguments))
        reports.append(_MAKERS[arguments.format](arguments))
        several = _Several(reports)
        yield several
        several.close()


@contextmanager
def plain_destination(arguments: argparse.Namespace, option: str) -> Iterator[None]:
    """Where `option` has `check` print, which is text or JSON without a sum. Raises UsageError."""
    further = arguments.summary or arguments.times or arguments.table is not None
    if arguments.format not in _LINES or further:
        raise UsageError(
            f"{option} goes with --format text or json, and without --summary, --times or --table"
        )
    with _destination(arguments):
        yield


def needs_sound_logs(arguments: argparse.Namespace) -> bool:
    """Whether what is asked for takes more of a log without findings than its judgement."""
    into_tables = arguments.times or arguments.table is not None
    return into_tables or arguments.format == "html" or arguments.repair is not None


def _destination(arguments: argparse.Namespace) -> AbstractContextManager[None]:
    """Standard output, or the file that is named. Raises UsageError."""
    path: str | None = arguments.output
    if path is None or path == "-":
        return nullcontext()
    return _into_file(path)


@contextmanager
def _into_file(path: str) -> Iterator[None]:
    from flux_conform.files import whole_file

    with file_errors(f"-o {path}"), whole_file(path) as file:
        text = TextIOWrapper(file, "utf-8", errors="backslashreplace", newline="")
        with redirect_stdout(guarded(text)):
            yield
        text.flush()
        text.detach()


def _json(arguments: argparse.Namespace) -> Report:
    from flux_conform.reports.json_report import JsonReport, JsonSummary

    if arguments.summary:
        return JsonSummary(write, note, times=arguments.times)
    return JsonReport(write, note)


def _text(arguments: argparse.Namespace) -> Report:
    from flux_conform.reports.text_report import TextReport

    return TextReport(
        write,
        output_paint(),
        report_width(),
        show_all=arguments.all,
        summary_only=arguments.summary,
        times=arguments.times,
    )


def _junit(arguments: argparse.Namespace) -> Report:
    from flux_conform.reports.junit import JunitReport

    return JunitReport(put, show_all=arguments.all)


def _github(arguments: argparse.Namespace) -> Report:
    from flux_conform.reports.github import GithubReport

    return GithubReport(put, show_all=arguments.all)


def _sarif(arguments: argparse.Namespace) -> Report:
    from flux_conform import __version__
    from flux_conform.reports.sarif import SarifReport
    from flux_conform.rfc.clauses import rfc_address

    return SarifReport(
        put, __version__, lambda found: rfc_address(found.rfc), show_all=arguments.all
    )


def _html(arguments: argparse.Namespace) -> Report:
    from flux_conform.cli.check_html import html_report

    return html_report(put)


_MAKERS: dict[str, Callable[[argparse.Namespace], Report]] = {
    "text": _text,
    "json": _json,
    "junit": _junit,
    "sarif": _sarif,
    "github": _github,
    "html": _html,
}
FORMATS = tuple(_MAKERS)
"""The names of the formats. Each loads its report only when it is asked for."""


def put(text: str) -> None:
    """Write to standard output in UTF-8, whatever the locale says; nothing harmful passes."""
    text = escape_controls(text)
    buffer = getattr(sys.stdout, "buffer", None)
    if buffer is None:
        sys.stdout.write(text)
    else:
        sys.stdout.flush()
        buffer.write(text.encode("utf-8", "backslashreplace"))


class _Several(Report):
    """Hands each event to several reports."""

    def __init__(self, reports: list[Report]) -> None:
        self._reports = reports

    def goes_on(self, summary: Summary) -> None:
        for each in self._reports:
            each.goes_on(summary)

    def judged(self, log: LogJudged) -> None:
        for each in self._reports:
            each.judged(log)

    def unreadable(self, name: str, error: str) -> None:
        for each in self._reports:
            each.unreadable(name, error)

    def skipped(self, skipped: Skipped) -> None:
        for each in self._reports:
            each.skipped(skipped)

    def close(self) -> None:
        for each in self._reports:
            each.close()
