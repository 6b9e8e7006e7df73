"""A run of the suite as JUnit XML.

What is contested or known to fail is reported as skipped, for JUnit knows no other word.
"""

from __future__ import annotations

from flux_conform.reports.junit_xml import Case, junit
from flux_conform.suite.result_text import account, title
from flux_conform.suite.results import (
    CONTESTED,
    ERRORED,
    FAILED,
    KNOWN,
    SKIPPED,
    Result,
    SuiteRun,
)


def suite_junit(run: SuiteRun) -> str:
    """The XML of a run."""
    told = {
        "harness": f"{run.hello.name} {run.hello.version}",
        "suite": run.suite.version,
        "digest": run.suite.digest,
    }
    return junit(
        f"flux-conform.{run.suite.machine}",
        tuple(told.items()),
        [_case(run, result) for result in run.results],
    )


def _case(run: SuiteRun, result: Result) -> Case:
    group, _, name = result.vector.id.partition("/")
    case = Case(group, name, result.seconds)
    if result.outcome in (FAILED, ERRORED):
        return case._replace(
            outcome="failure" if result.outcome == FAILED else "error",
            message=title(result),
            text="\n".join(account(run, result)),
        )
    skipped = case._replace(outcome="skipped")
    if result.outcome == SKIPPED:
        return skipped._replace(message=result.why)
    if result.outcome == KNOWN and result.known is not None:
        return skipped._replace(message=f"known: {result.known.reason} ({result.known.link})")
    if result.outcome == CONTESTED:
        return skipped._replace(message=f"contested: {', '.join(result.vector.contested)}")
    return case
