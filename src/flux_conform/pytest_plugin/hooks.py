"""What a project tells the plugin: hooks for its conftest.py."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from flux_conform.suite.folder import Vector


@pytest.hookspec(firstresult=True)
def pytest_flux_conform_read(log: bytes, vector: Vector) -> Any:
    """Give a log of the conformance suite to the project's reader, and say what it makes of it.

    The result is a list of the states after each event, or a bool that tells whether the reader
    accepts the log, or a dict with some of the keys `states`, `accepts`, `verdict`, `strict` and
    `job`, as in the harness protocol (docs/suite.md). What `vector` expects is none of the
    reader's business; its `id` and `clauses` may help to name a log.
    """
