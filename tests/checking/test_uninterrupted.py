"""Ctrl-C does not come while msgspec makes a decoder, which can end the process."""

import signal
from typing import Any

import msgspec
import pytest

from flux_conform.checking.fast import FastPath
from flux_conform.language import load
from flux_conform.machine.step import Machine


def test_ctrl_c_comes_when_the_decoder_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is not lost, and the decoder is whole before it is heard."""
    make, made = msgspec.json.Decoder, []

    def interrupted(of: Any) -> Any:
        signal.raise_signal(signal.SIGINT)
        made.append(make(of))
        return made[-1]

    monkeypatch.setattr(msgspec.json, "Decoder", interrupted)
    with pytest.raises(KeyboardInterrupt):
        FastPath(Machine(load("job")))
    assert len(made) == 1
