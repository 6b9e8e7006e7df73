"""`check` for programs: one JSON object a line for each log."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from typing import Any

from flux_conform.cli.sources import skipped_text
from flux_conform.conformance.finding import UNREADABLE, Judgement, to_json
from flux_conform.conformance.machine import Machine
from flux_conform.conformance.told import Difference
from flux_conform.logs.found import Skipped, SourcedLog
from flux_conform.rfc.clauses import Links


class JsonOutput:
    """Writes JSON lines as logs are judged; what is no verdict goes to standard error.

    The lines are ASCII, so that they are JSON whatever the locale, and whatever a log holds.
    """

    def __init__(self) -> None:
        self._links: dict[str, Links] = {}

    def judged(
        self,
        log: SourcedLog,
        machine: Machine,
        judgement: Judgement,
        differs: Sequence[Difference] = (),
    ) -> None:
        """Print a log's judgement, and where it differs from what its source says."""
        name = machine.specification.name
        if name not in self._links:
            self._links[name] = Links(machine.specification)
        row: dict[str, Any] = to_json(log.name, name, judgement, self._links[name].of)
        if log.job is not None:
            row["job"] = {"id": log.job.number, "f58": log.job.f58}
        if log.lost:
            row["lost"] = list(log.lost)
        if differs:
            row["differs"] = {d.field: {"told": d.told, "log": d.replayed} for d in differs}
        print(json.dumps(row))

    def unreadable(self, log: str, error: str) -> None:
        """Print that a log could not be judged."""
        row = {"log": log, "verdict": UNREADABLE, "error": error}
        print(json.dumps(row))

    def skipped(self, skipped: Skipped) -> None:
        """Tell of what was left out of a source."""
        print(skipped_text(skipped), file=sys.stderr)

    def close(self) -> None:
        """Nothing is left to tell."""
