"""The summary of many logs, and their times in states, as text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from flux_conform.checking.findings_text import LEVEL_STYLE, policies_heading
from flux_conform.language.levels import LEVELS, POLICY
from flux_conform.reports.times import TimeInState
from flux_conform.session.summary import Row, Summary
from flux_conform.session.waiting_logs import WaitingLogs
from flux_conform.text import Paint, duration, printable, several, utc

_MOST = 40
_WIDEST = 60

_PLAIN = Paint(False)


def summary_lines(summary: Summary, paint: Paint = _PLAIN) -> Iterator[str]:
    """What was found, by rule and state, and the sum of the verdicts."""
    rows = summary.rows()
    shown = rows[:_MOST]
    if shown:
        yield "findings by rule and state, each with the first:"
        several = len({row.machine for row in rows}) > 1
        table = [_cells(row, several) for row in shown]
        widths = [min(_WIDEST, max(len(cells[place]) for cells in table)) for place in range(3)]
        level_width = max(map(len, LEVELS))
        is_policy = False
        for row, (count, rule, state, first) in zip(shown, table, strict=True):
            if row.level == POLICY and not is_policy:
                is_policy = True
                yield f"  {policies_heading()}"
            level = paint(row.level, LEVEL_STYLE[row.level]) + " " * (level_width - len(row.level))
            yield (
                f"  {count:>{max(7, widths[0])}}  {level}  {rule:<{widths[1]}}  "
                f"{state:<{widths[2]}}  {first}"
            )
        left = rows[_MOST:]
        if left:
            more = sum(row.found + row.following for row in left)
            yield f"  {more:>7,}  more, in {len(left):,} more kinds (all: --format json --summary)"
    if summary.untold:
        yield f"  {summary.untold:>7,}  more, of too many kinds to tell apart"
    if any(row.following for row in shown):
        yield "  (+N: consequences of other findings)"
    yield summary.sentence()
    if len(summary.machines) > 1:
        counts = (f"{count:,} by {name}" for name, count in sorted(summary.machines.items()))
        yield f"judged {', '.join(counts)}"


def waiting_lines(summary: Summary, now: float | None = None) -> Iterator[str]:
    """What logs wait for, the longest wait first, and which are stuck.

    How long is told up to `now`, or to the latest time of any of them.
    """
    by = summary.waiting.newest if now is None else now
    yield from _lines_of(summary.waiting, f"what logs wait for, the longest first{_by(by)}:", by)
    yield from _lines_of(summary.stuck, f"logs that are stuck, the longest first{_by(by)}:", by)


def _lines_of(waiting: WaitingLogs, head: str, by: float | None) -> Iterator[str]:
    rows = waiting.rows()
    if rows:
        yield head
    mixed = len({row.machine for row in rows}) > 1
    for row in rows:
        machine = f"{row.machine}: " if mixed else ""
        yield f"  {machine}{row.what} ({several(row.logs, 'log')})"
        for each in row.longest:
            known = by is not None and each.since is not None
            time = duration(by - each.since) if known else "?"  # type: ignore[operator]
            yield f"    {time:>12}  {printable(each.log)}: {printable(each.says)}"


def _by(time: float | None) -> str:
    return "" if time is None else f" (by {utc(time)})"


def _cells(row: Row, several: bool) -> tuple[str, str, str, str]:
    following = f"+{row.following:,}" if row.following else ""
    rule = f"{row.machine}: {row.rule}" if several else row.rule
    return (
        f"{row.found:,}{following}",
        printable(rule),
        row.state,
        f"{printable(row.log)}:{row.line}",
    )


_HEAD = ("state", "logs", "median", "95 %", "longest", "still there", "unknown")


def times_lines(rows: Sequence[TimeInState]) -> Iterator[str]:
    """How long logs stay in each state."""
    if not rows:
        return
    several = len({row.machine for row in rows}) > 1
    table = [_HEAD, *(row.cells(several) for row in rows)]
    widths = [max(len(cells[place]) for cells in table) for place in range(len(_HEAD))]
    yield "time in each state (visits of a log added up; median and 95 % to one part in 100):"
    for cells in table:
        yield f"  {_line(cells, widths)}".rstrip()


def _line(cells: Iterable[str], widths: Sequence[int]) -> str:
    first, *rest = zip(cells, widths, strict=True)
    return "  ".join((first[0].ljust(first[1]), *(cell.rjust(width) for cell, width in rest)))
