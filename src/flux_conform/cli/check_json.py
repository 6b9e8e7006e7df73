"""`check` for programs: one JSON object a line for each log."""

from __future__ import annotations

import json
import sys

from flux_conform.cli.check_repair import Mended
from flux_conform.conformance.finding import UNREADABLE, Judgement, to_json
from flux_conform.model.specification import Specification
from flux_conform.rfc.clauses import Links


class JsonOutput:
    """Writes JSON lines as logs are judged; what is no verdict goes to standard error.

    The lines are ASCII, so that they are JSON whatever the locale, and whatever a log holds.
    """

    def __init__(self, specification: Specification) -> None:
        self.links = Links(specification)

    def judged(
        self,
        log: str,
        machine: str,
        data: bytes,
        judgement: Judgement,
        mended: Mended | None = None,
    ) -> None:
        """Print a log's judgement, and how it was mended."""
        row = to_json(log, machine, judgement, self.links.of)
        if mended is not None:
            row["repairs"] = mended.to_json()
        print(json.dumps(row))

    def unreadable(self, log: str, error: str) -> None:
        """Print that a log could not be judged."""
        row = {"log": log, "verdict": UNREADABLE, "error": error}
        print(json.dumps(row))

    def skipped(self, directory: str, files: int) -> None:
        """Tell of files that are no eventlogs by their names."""
        print(f"{directory}: {files} skipped, no *.eventlog files", file=sys.stderr)

    def close(self) -> None:
        """Nothing is left to tell."""
