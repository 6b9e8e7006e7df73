"""Stands for a job manager of the reader's."""

from pathlib import Path
from typing import NamedTuple

REAL = Path(__file__).resolve().parents[4] / "examples" / "real"


class Job(NamedTuple):
    """A job that has a log."""

    log: bytes


def cancelled_job() -> Job:
    """A job that was cancelled while it ran."""
    return Job((REAL / "cancelled-while-running.eventlog").read_bytes())
