"""Stands for a monitor of the reader's, which follows the events of a log."""

from typing import Any

from flux_conform.conformance.judges import Judge
from flux_conform.conformance.machine import Machine
from flux_conform.conformance.replay import replay
from flux_conform.model import load

JUDGE = Judge(load("job"))
MACHINE = Machine(load("job"), report=True)


def judge(log: bytes) -> dict[str, Any]:
    """The verdict on a log, and the state after each event."""
    return {
        "verdict": JUDGE.judge(log).verdict,
        "states": [event.state for event in replay(MACHINE, log).events],
    }
