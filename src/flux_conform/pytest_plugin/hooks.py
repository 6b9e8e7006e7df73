"""The hooks that a project can implement in its conftest.py."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from flux_conform.suite.folder import Vector


@pytest.hookspec(firstresult=True)
def pytest_flux_conform_read(log: bytes, vector: Vector) -> Any:
    """Read a log of the conformance suite with the project's reader, and return its answer.

    The answer is a list of the states after each event, or a bool that says whether the reader
    accepts the log, or a dict with some of the keys `states`, `accepts`, `verdict`, `strict`,
    `job` and `findings`, as in the harness protocol (docs/suite.md). The reader must not use what
    `vector` expects; its `id` and `clauses` can serve to name the log.
    """
