"""Stands for a monitor of the reader's, which follows the events of a log."""

from typing import Any

from flux_conform.checking.judges import Judge
from flux_conform.checking.replay import replay
from flux_conform.language import load
from flux_conform.machine.step import Machine

JUDGE = Judge(load("job"))
MACHINE = Machine(load("job"), report=True)


def judge(log: bytes) -> dict[str, Any]:
    """The verdict on a log, and the state after each event."""
    return {
        "verdict": JUDGE.judge(log).verdict,
        "states": [event.state for event in replay(MACHINE, log).events],
    }
