"""What takes the events of a session, and how they get there."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

from flux_conform.logs.limits import UnreadableLog, within_limits
from flux_conform.logs.source_items import Problem, Skipped
from flux_conform.session.events import Finished, LogJudged
from flux_conform.session.summary import Resumed, Summary

if TYPE_CHECKING:
    from flux_conform.session.session import Session


class Report:
    """Takes the events of a session, and is whole when it is closed.

    A subclass overrides the methods that it has a use for.
    """

    def goes_on(self, summary: Summary) -> None:
        """Take what was found before, where interrupted work goes on."""

    def judged(self, log: LogJudged) -> None:
        """Take a log that was judged."""

    def unreadable(self, name: str, error: str) -> None:
        """Take the name of a log or a source that could not be read, and why."""

    def skipped(self, skipped: Skipped) -> None:
        """Take what was left out."""

    def close(self) -> None:
        """Write what is left to write."""


def deliver(session: Session, report: Report) -> Finished:
    """Give a report all that becomes of the logs; the last event. The report is not closed.

    A log that the report cannot deal with, for memory is not enough say, is unreadable.
    """
    judged = within_limits(report.judged)
    with closing(session.events()) as events:
        for event in events:
            match event:
                case LogJudged():
                    try:
                        judged(event)
                    except UnreadableLog as error:
                        session.refuse(str(error))
                case Problem(name, error):
                    report.unreadable(name, error)
                case Skipped():
                    report.skipped(event)
                case Resumed(summary):
                    report.goes_on(summary)
                case Finished():
                    return event
    raise AssertionError("a session ends with Finished")
