"""The errors of failed assertions: about an eventlog, or about a reader of eventlogs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flux_conform.checking.finding import Finding, Judgement
    from flux_conform.suite.compare import Difference
    from flux_conform.suite.folder import Vector


class EventlogError(AssertionError):
    """An eventlog does not meet an assertion.

    The message is for people. `log` is the name of the log, `data` its bytes, `judgement` the whole
    judgement (None if the log cannot be read), and `finding` the one that decides the failure, or
    None.
    """

    # Tracebacks then show the name that users import.
    __module__ = "flux_conform.testing"

    def __init__(
        self,
        message: str,
        log: str,
        data: bytes,
        judgement: Judgement | None,
        finding: Finding | None = None,
    ) -> None:
        super().__init__(message)
        self.log = log
        self.data = data
        self.judgement = judgement
        self.finding = finding


class VectorError(AssertionError):
    """A reader's answer to a vector of the suite is wrong.

    The message is for people. `vector` is the vector (see docs/suite.md), and `differences` are the
    differences from the expected answer; those at an event come first.
    """

    __module__ = "flux_conform.testing"

    def __init__(self, message: str, vector: Vector, differences: Sequence[Difference]) -> None:
        super().__init__(message)
        self.vector = vector
        self.differences = tuple(differences)
