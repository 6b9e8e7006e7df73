"""Format and destination of the output of `check`."""

from __future__ import annotations

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

from flux_conform import __version__
from flux_conform.cli.as_of import add_time_options, stuck_after, time_of
from flux_conform.cli.common import (
    UsageError,
    file_errors,
    output_paint,
    report_width,
    usage_errors,
)
from flux_conform.cli.terminal import guarded, note, write, write_utf8
from flux_conform.session.delivery import Report

if TYPE_CHECKING:
    import argparse

    from flux_conform.logs.source_items import Skipped
    from flux_conform.session.events import LogJudged
    from flux_conform.session.summary import Summary

_LINES = ("text", "json")
"""The formats that print lines; each can also print the summary alone."""


def add_output_options(parser: argparse.ArgumentParser) -> None:
    """Declare the options for the format and the destination of the output."""
    parser.add_argument(
        "--format",
        choices=FORMATS,
        default="text",
        help="for people (text, html), editors (concise: a line for each finding), programs "
        "(json), build servers (junit), code hosts (sarif, github)",
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
    parser.add_argument(
        "--baseline",
        metavar="FILE",
        help="compare with an earlier run, the output of --format json --digest: show what is new, "
        "what is gone, and logs that were rewritten; exit with 1 only for these (text, json)",
    )
    parser.add_argument(
        "--digest",
        action="store_true",
        help="add what a later --baseline needs of each log (json)",
    )
    add_time_options(parser)


def read_baseline(arguments: argparse.Namespace) -> None:
    """Put the earlier run into the arguments as `since`. Raises UsageError."""
    arguments.since = None
    plain = arguments.format in _LINES and not arguments.summary
    if arguments.digest and (arguments.format != "json" or not plain):
        raise UsageError("--digest goes with --format json, and without --summary")
    if arguments.baseline is None:
        return
    if not plain or arguments.times:
        raise UsageError(
            "--baseline goes with --format text or json, without --summary and --times"
        )
    from flux_conform.session.baseline import Baseline, UnreadableBaseline

    place = f"--baseline {arguments.baseline}"
    with usage_errors(UnreadableBaseline, prefix=f"{place}: "), file_errors(place):
        arguments.since = Baseline(arguments.baseline)


@contextmanager
def output(arguments: argparse.Namespace, *first: Report) -> Iterator[Report]:
    """The report that the options ask for; reports in `first` get each event before it.

    At the end of the block the report is closed and its files are in place. If the block fails, no
    file is written. Raises UsageError.
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
        several = _Several(reports, now=time_of(arguments), limit=stuck_after(arguments))
        yield several
        several.close()


@contextmanager
def plain_destination(arguments: argparse.Namespace, option: str) -> Iterator[None]:
    """The destination of an option that prints text or JSON alone. Raises UsageError."""
    further = arguments.summary or arguments.times or arguments.table is not None
    if arguments.format not in _LINES or further:
        raise UsageError(
            f"{option} goes with --format text or json, and without --summary, --times or --table"
        )
    with _destination(arguments):
        yield


def needs_sound_logs(arguments: argparse.Namespace) -> bool:
    """Whether the output needs the bytes of logs without findings, not only their judgements."""
    into_tables = arguments.times or arguments.table is not None
    if arguments.digest or arguments.baseline is not None:
        return True
    return into_tables or arguments.format == "html" or arguments.repair is not None


def _destination(arguments: argparse.Namespace) -> AbstractContextManager[None]:
    """Send standard output to the file of `--output`, if there is one. Raises UsageError."""
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
    compares = arguments.digest or arguments.since is not None
    version = __version__ if compares else None
    return JsonReport(write, note, version=version, baseline=arguments.since)


def _text(arguments: argparse.Namespace) -> Report:
    if arguments.since is not None:
        from flux_conform.reports.since_report import SinceReport

        return SinceReport(write, arguments.since, __version__)
    from flux_conform.reports.text_report import TextReport

    return TextReport(
        write,
        output_paint(),
        report_width(),
        show_all=arguments.all,
        summary_only=arguments.summary,
        times=arguments.times,
        now=time_of(arguments),
    )


def _junit(arguments: argparse.Namespace) -> Report:
    from flux_conform.reports.junit import JunitReport

    return JunitReport(write_utf8, show_all=arguments.all)


def _github(arguments: argparse.Namespace) -> Report:
    from flux_conform.reports.github import GithubReport

    return GithubReport(write_utf8, show_all=arguments.all)


def _sarif(arguments: argparse.Namespace) -> Report:
    from flux_conform import __version__
    from flux_conform.reports.sarif import SarifReport
    from flux_conform.rfc.clauses import rfc_address

    return SarifReport(
        write_utf8, __version__, lambda found: rfc_address(found.rfc), show_all=arguments.all
    )


def _html(arguments: argparse.Namespace) -> Report:
    from flux_conform.cli.check_html import html_report

    return html_report(write_utf8)


def _concise(arguments: argparse.Namespace) -> Report:
    from flux_conform.reports.concise import ConciseReport

    return ConciseReport(write, note, show_all=arguments.all)


_MAKERS: dict[str, Callable[[argparse.Namespace], Report]] = {
    "text": _text,
    "concise": _concise,
    "json": _json,
    "junit": _junit,
    "sarif": _sarif,
    "github": _github,
    "html": _html,
}
FORMATS = tuple(_MAKERS)
"""The names of the formats. A report is imported only if its format is chosen."""


class _Several(Report):
    """Passes each event to several reports.

    Logs that have waited longer than `limit` seconds by `now` are told as stuck.
    """

    def __init__(self, reports: list[Report], *, now: float | None, limit: float | None) -> None:
        self._reports = reports
        self._now = now
        self._limit = limit

    def goes_on(self, summary: Summary) -> None:
        for each in self._reports:
            each.goes_on(summary)

    def judged(self, log: LogJudged) -> None:
        judgement = log.judgement
        if judgement.waits and self._now is not None and self._limit is not None:
            from flux_conform.checking.awaiting import late

            stuck = (*judgement.stuck, *late(judgement.waits, self._now, self._limit))
            log = log._replace(judgement=judgement._replace(stuck=stuck))
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
