"""The summary of many logs, and their times in states, as text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from flux_conform.checking.findings_text import LEVEL_STYLE, policies_heading
from flux_conform.language.levels import LEVELS, POLICY
from flux_conform.reports.times import TimeInState
from flux_conform.session.summary import Row, Share, Summary
from flux_conform.session.waiting_logs import WaitingLogs
from flux_conform.text import Paint, duration, printable, several, utc

_MOST = 40
_WIDEST = 60

_PLAIN = Paint(False)


def summary_lines(summary: Summary, paint: Paint = _PLAIN) -> Iterator[str]:
    """What was found, by who posts the event, rule and state, and the sum of the verdicts."""
    rows = [(row, share) for row in summary.rows() for share in row.shares]
    shown = rows[:_MOST]
    if shown:
        names_somebody = any(share.by for _, share in rows)
        who = "who may post the event, " if names_somebody else ""
        yield f"findings by {who}rule and state, each with the first day and log:"
        yield from _table(shown, paint, mixed=len({row.machine for row, _ in rows}) > 1)
        left = rows[_MOST:]
        if left:
            more = sum(share.found + share.following for _, share in left)
            yield f"  {more:>7,}  more, in {len(left):,} more kinds (all: --format json --summary)"
    if summary.untold:
        yield f"  {summary.untold:>7,}  more, of too many kinds to tell apart"
    if any(share.following for _, share in shown):
        yield "  (+N: consequences of other findings)"
    yield summary.sentence()
    if len(summary.machines) > 1:
        counts = (f"{count:,} by {name}" for name, count in sorted(summary.machines.items()))
        yield f"judged {', '.join(counts)}"


def _table(shown: Sequence[tuple[Row, Share]], paint: Paint, *, mixed: bool) -> Iterator[str]:
    """The rows below who may post the event: those with the gravest first, policies at the end."""
    cells = {pair: _cells(*pair, mixed) for pair in shown}
    widths = [min(_WIDEST, max(map(len, column))) for column in zip(*cells.values(), strict=True)]
    level_width = max(map(len, LEVELS))
    names_somebody = any(share.by for _, share in shown)
    for are_policies in (False, True):
        groups: dict[tuple[str, ...], list[tuple[Row, Share]]] = {}
        for row, share in shown:
            if (row.level == POLICY) == are_policies:
                groups.setdefault(share.by, []).append((row, share))
        if are_policies and groups:
            yield f"  {policies_heading()}"
        for by, pairs in groups.items():
            if names_somebody:
                yield f"  {printable(' or '.join(by)) or 'nobody is named'}"
            for row, share in pairs:
                count, rule, state, logs, day, first = cells[row, share]
                gap = " " * (level_width - len(row.level))
                yield (
                    f"  {count:>{max(7, widths[0])}}  {paint(row.level, LEVEL_STYLE[row.level])}"
                    f"{gap}  {rule:<{widths[1]}}  {state:<{widths[2]}}  {logs:>{widths[3]}}  "
                    f"{day:<{widths[4]}}  {first}"
                )


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


def _cells(row: Row, share: Share, mixed: bool) -> tuple[str, str, str, str, str, str]:
    following = f"+{share.following:,}" if share.following else ""
    rule = f"{row.machine}: {row.rule}" if mixed else row.rule
    return (
        f"{share.found:,}{following}",
        printable(rule),
        row.state,
        several(share.logs, "log"),
        share.day or "?",
        f"{printable(share.log)}:{share.line}",
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
