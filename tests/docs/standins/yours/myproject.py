"""Stands for a project of the reader's that replays logs."""

from my_monitor import MACHINE

from flux_conform.checking.replay import replay as replayed


class Replay:
    """What a log leads to."""

    def __init__(self, log: bytes) -> None:
        self.states = [event.state for event in replayed(MACHINE, log).events]


def replay(log: bytes) -> Replay:
    """Replay a log."""
    return Replay(log)
