"""This package's checker as a harness: its answers to the lines of the protocol."""

from __future__ import annotations

from typing import Any

from flux_conform import __version__
from flux_conform.checking.finding import VIOLATES, counts
from flux_conform.checking.judge import judge
from flux_conform.checking.replay import replay
from flux_conform.language.specification import Specification
from flux_conform.logs.eventlog import UnreadableLog
from flux_conform.machine.step import Machine
from flux_conform.suite.protocol import PROTOCOL, log_of, read_request
from flux_conform.text import finite_json

_HELLO = {
    "op": "hello",
    "protocol": PROTOCOL,
    "name": "flux-conform",
    "version": __version__,
    "reports": ["verdict", "strict", "states", "job", "findings"],
}


class Checker:
    """Answers the requests of the protocol."""

    def __init__(self, specification: Specification) -> None:
        self._machine = Machine(specification, report=True)

    def answer(self, line: bytes) -> bytes | None:
        """The line that answers a request; None for a request to stop. Raises Garbled."""
        request = read_request(line)
        if request["op"] == "stop":
            return None
        row = _HELLO if request["op"] == "hello" else self._replayed(request)
        return finite_json(row, default=repr).encode("ascii") + b"\n"

    def _replayed(self, request: dict[str, Any]) -> dict[str, Any]:
        log = log_of(request)
        try:
            judgement = judge(self._machine, log)
            told = replay(self._machine, log)
        except UnreadableLog as error:
            return {"seq": request["seq"], "error": str(error)}
        strict = any(counts(finding, strict=True) for finding in judgement.findings)
        return {
            "seq": request["seq"],
            "verdict": judgement.verdict,
            "strict": VIOLATES if strict else judgement.verdict,
            "states": [event.state for event in told.events],
            "job": told.report,
            "findings": [{"rule": f.rule, "line": f.line} for f in judgement.findings],
        }
