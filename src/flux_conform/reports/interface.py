"""What a report is: it takes logs that were judged, one after another."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol, TypeAlias, runtime_checkable

from flux_conform.checking.finding import Finding

if TYPE_CHECKING:
    from flux_conform.logs.found import Skipped
    from flux_conform.session.log_judged import LogJudged
    from flux_conform.session.summary import Summary


Write: TypeAlias = Callable[[str], None]
"""Takes the next piece of a report's text."""

Link: TypeAlias = Callable[[Finding], str | None]
"""Where the text of the rule that a finding breaks can be read, as an absolute address, or None."""


class Report(Protocol):
    """Takes logs as they are judged, and is whole when it is closed."""

    def judged(self, log: LogJudged) -> None:
        """Take a log that was judged."""

    def unreadable(self, name: str, error: str) -> None:
        """Take the name of a log that could not be judged, and why."""

    def skipped(self, skipped: Skipped) -> None:
        """Take what was left out."""

    def close(self) -> None:
        """Write what is left to write."""


@runtime_checkable
class Continued(Report, Protocol):
    """A report that can go on from one that was interrupted."""

    def goes_on(self, summary: Summary) -> None:
        """Go on from what was judged before, told by its summary."""
