"""What fails in a test: an eventlog, or a reader of one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flux_conform.checking.finding import Finding, Judgement
    from flux_conform.suite.compare import Difference
    from flux_conform.suite.folder import Vector


class EventlogError(AssertionError):
    """An eventlog is not as it should be.

    The message is for people. `log` names the log, `data` are its bytes, `judgement` is the whole
    judgement (None where the log cannot be read), and `finding` the one that decided, if one did.
    """

    # Tracebacks name it as users import it.
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
    """A reader makes something else of a vector of the suite than is right.

    The message is for people. `vector` is the vector (see docs/suite.md) and `differences` are
    what differs, what an event shows first.
    """

    __module__ = "flux_conform.testing"

    def __init__(self, message: str, vector: Vector, differences: Sequence[Difference]) -> None:
        super().__init__(message)
        self.vector = vector
        self.differences = tuple(differences)
