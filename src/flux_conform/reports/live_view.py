"""A view of what is followed, for a terminal: the states with what is in them, and findings above.

It is drawn by rich, which is in the extra `watch`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from heapq import nsmallest
from types import TracebackType
from typing import TYPE_CHECKING, TextIO

from rich import box
from rich.console import Console, Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from flux_conform.checking.finding import VIOLATES
from flux_conform.checking.waits_text import seconds, waited
from flux_conform.reports.live_report import LiveText
from flux_conform.session.summary import verdicts_in_words
from flux_conform.text import Paint, duration, printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from flux_conform.language.specification import Specification
    from flux_conform.session.live import LogEnded
    from flux_conform.session.tally import Tally, Waiting

Diagram = Callable[["Specification", "Tally"], str]

_PER_SECOND = 4
_TABLE_WIDTH = 68
"""Columns that the table needs beside a diagram."""

_AROUND = 6
"""Lines above and below the states."""

_LONGEST = 3
"""Number of jobs named that have waited longest."""


class LiveView(LiveText):
    """Findings as they come, and below them the view; a context that draws while it is open.

    Of logs that end only those are named that violate, or of which something was not judged.
    """

    def __init__(
        self,
        name: str,
        tally: Tally,
        stream: TextIO,
        paint: Paint,
        width: int,
        diagram: Diagram | None = None,
    ) -> None:
        """`diagram` draws the machine with what is in its states, where there is room for it."""
        super().__init__(self._write_above, paint, width)
        self._name = name
        self._tally = tally
        self._diagram = diagram
        self._console = Console(file=stream, highlight=False, markup=False, emoji=False)
        self._live = Live(
            console=self._console,
            get_renderable=self._view,
            refresh_per_second=_PER_SECOND,
            redirect_stdout=False,
            redirect_stderr=False,
            vertical_overflow="crop",
        )

    @property
    def is_possible(self) -> bool:
        """Whether the stream is a terminal that can draw."""
        return self._console.is_terminal and not self._console.is_dumb_terminal

    def __enter__(self) -> LiveView:
        self._live.start(refresh=True)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._live.stop()

    def ended(self, log: LogEnded) -> None:
        """Write the verdict, where it is not good."""
        if log.judgement.verdict == VIOLATES or log.lost or not self._live.is_started:
            super().ended(log)

    def _write_above(self, text: str) -> None:
        """Write a line above the view."""
        self._console.print(Text.from_ansi(text.removesuffix("\n")), soft_wrap=True)

    def _view(self) -> Group:
        with self._tally.lock:
            return Group(*(part for part in self._parts() if part is not None))

    def _parts(self) -> Iterable[Table | Group | Text | None]:
        tally = self._tally
        yield self._beside(_states(tally))
        alive, ended = len(tally.alive), tally.verdicts.total()
        parts = [
            f"{alive:,} alive",
            f"{ended:,} ended{f': {verdicts_in_words(tally.verdicts)}' if ended else ''}",
            f"{tally.events:,} events",
        ]
        findings = sum(tally.findings.values())
        line = Text(f"{printable(self._name)}: {'; '.join(parts)}")
        for count, one, style in (
            (findings, "finding", "red"),
            (tally.stuck, "stuck", "yellow"),
            (tally.problems, "unreadable", "red"),
        ):
            if count:
                plural = "s" if one == "finding" and count != 1 else ""
                line.append("; ").append(f"{count:,} {one}{plural}", style)
        yield line
        for job, waiting in nsmallest(_LONGEST, tally.alive.items(), key=_since):
            yield self._wait(str(job if job is not None else self._name), waiting)

    def _beside(self, table: Table) -> Table | Group:
        """The table, and the diagram beside it or below it if the terminal has the room."""
        if self._diagram is None or len(self._tally.machines) != 1:
            return table
        (machine,) = self._tally.machines.values()
        drawn = Text(self._diagram(machine, self._tally), no_wrap=True)
        lines = drawn.plain.splitlines()
        width, height = max(map(len, lines), default=0), len(lines)
        room = self._console.size
        if height + _AROUND > room.height:
            return table
        if width + _TABLE_WIDTH <= room.width:
            both = Table.grid(padding=(0, 2))
            both.add_column(width=width)
            both.add_column(ratio=1)
            both.add_row(drawn, table)
            return both
        if width <= room.width and height + _AROUND + 2 * len(self._tally.order) <= room.height:
            return Group(drawn, table)
        return table

    def _wait(self, name: str, waiting: Waiting) -> Text | None:
        if not waiting.waits:
            return None
        longest = min(waiting.waits, key=lambda wait: _or_last(seconds(wait.since)))
        time = waited(longest, self._tally.newest)
        since = "" if time is None else f" for {duration(time)}"
        says = f"{printable(name)} waits{since}: {printable(longest.says)}"
        line = Text(says, "dim", overflow="ellipsis", no_wrap=True)
        if waiting.is_stuck:
            line.append(", stuck", "yellow")
        return line


def _or_last(time: float | None) -> float:
    return float("inf") if time is None else time


def _since(pair: tuple[object, Waiting]) -> float:
    return min((_or_last(seconds(wait.since)) for wait in pair[1].waits), default=float("inf"))


def _states(tally: Tally) -> Table:
    """The states in their order: what is in them, how long logs stay, and where they go on to."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, expand=True)
    table.add_column("state", no_wrap=True)
    table.add_column("now", justify="right", no_wrap=True)
    table.add_column("stay", justify="right", no_wrap=True)
    table.add_column("goes on to", ratio=1)
    table.add_column("waits for", ratio=1)
    onward: dict[str, Counter[str]] = {}
    for (source, target), count in tally.transitions.items():
        onward.setdefault(source, Counter())[target] += count
    waits: dict[str, Counter[str]] = {}
    for waiting in tally.alive.values():
        waits.setdefault(waiting.state, Counter()).update({each.what for each in waiting.waits})
    for state in tally.order:
        now, times = tally.states[state], tally.times.get(state)
        table.add_row(
            Text(state, "bold" if now else "dim"),
            Text(f"{now:,}" if now else "", "bold"),
            duration(times.sum / times.count) if times is not None else "",
            Text(_counts(onward.get(state, {}))),
            Text(_counts(waits.get(state, {}))),
        )
    return table


def _counts(counts: Mapping[str, int]) -> str:
    ordered = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
    return ", ".join(f"{name} {count:,}" for name, count in ordered)
