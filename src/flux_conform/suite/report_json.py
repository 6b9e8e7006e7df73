"""A run of the suite as JSON."""

from __future__ import annotations

from typing import Any

from flux_conform.suite.results import PASSED, Result, SuiteRun


def to_json(run: SuiteRun) -> dict[str, Any]:
    """The whole run; of vectors that passed, the ids alone."""
    return {
        "machine": run.suite.machine,
        "suite": run.suite.version,
        "digest": run.suite.digest,
        "harness": run.hello._asdict(),
        "command": list(run.command),
        "chosen": run.chosen,
        "counts": run.counts(),
        "exit_code": run.exit_code,
        "seconds": round(run.seconds, 3),
        "clauses": [
            {"id": clause.id, "says": clause.says, **clause.counts} for clause in run.clauses()
        ],
        "known_failures": {
            "mended": [entry._asdict() for entry in run.mended()],
            "unused": [entry._asdict() for entry in run.unused()],
        },
        "strange_fields": list(run.strange),
        "remarks": list(run.remarks),
        "passed": [result.vector.id for result in run.of(PASSED)],
        "results": [_result(run, r) for r in run.results if r.outcome != PASSED],
    }


def _result(run: SuiteRun, result: Result) -> dict[str, Any]:
    vector = result.vector
    known = result.known
    return {
        "id": vector.id,
        "outcome": result.outcome,
        "purpose": vector.purpose,
        "says": vector.says,
        "clauses": list(vector.clauses),
        "contested": list(vector.contested),
        "differences": [difference._asdict() for difference in result.differences],
        "why": result.why,
        "known": None if known is None else {"reason": known.reason, "link": known.link},
        "errors": result.errors,
        "path": vector.path,
        "run": run.paste(vector),
    }
