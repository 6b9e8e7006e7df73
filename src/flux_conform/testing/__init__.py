"""Assertions on eventlogs, for tests of programs that write them. They need no test framework.

    from flux_conform.testing import assert_conforms

    assert_conforms(manager.eventlog("f123"))

A log is bytes, text, a path, a list of events, or an object with an attribute `events` (see
`flux_conform.logs.given.log_of`); what is at a path may have any form that `flux-conform check`
reads, if it holds one log. A failed assertion raises EventlogError, an AssertionError with
the message that `flux-conform check` prints.
"""

from __future__ import annotations

from flux_conform.testing.assertions import (
    Assertions,
    assert_conforms,
    assert_state,
    assert_violates,
    check_eventlog,
    watched,
)
from flux_conform.testing.errors import EventlogError, VectorError
from flux_conform.testing.recorder import EventlogRecorder, Recording

__all__ = [
    "Assertions",
    "EventlogError",
    "EventlogRecorder",
    "Recording",
    "VectorError",
    "assert_conforms",
    "assert_state",
    "assert_violates",
    "check_eventlog",
    "watched",
]
