"""Runs of the suite, and statements on writers, as JUnit XML."""

from __future__ import annotations

from flux_conform.checking.finding import UNREADABLE, VIOLATES
from flux_conform.reports.junit_xml import Case, junit
from flux_conform.suite.result_text import account, title
from flux_conform.suite.results import (
    ERRORED,
    FAILED,
    KNOWN,
    SKIPPED,
    Result,
    SuiteRun,
)
from flux_conform.suite.statement import Statement
from flux_conform.text import printable


def suite_junit(run: SuiteRun) -> str:
    """The XML of a run. Known failures are skipped, as JUnit has no more outcomes."""
    properties = (
        ("harness", f"{run.hello.name} {run.hello.version}"),
        ("suite", run.suite.version),
        ("digest", run.suite.digest),
        *((("part", run.part),) if run.part else ()),
        *((f"reads {read.question}", read.names) for read in run.reads),
    )
    cases = [_case(run, result) for result in run.results]
    return junit(f"flux-conform.{run.suite.machine}", properties, cases)


def _case(run: SuiteRun, result: Result) -> Case:
    group, _, name = result.vector.id.partition("/")
    case = Case(group, name, result.seconds)
    if result.outcome in (FAILED, ERRORED):
        return case._replace(
            outcome="failure" if result.outcome == FAILED else "error",
            message=title(result),
            text="\n".join(account(run, result)),
        )
    if result.outcome == SKIPPED:
        message = result.why
    elif result.outcome == KNOWN and result.known is not None:
        message = f"known: {result.known.reason} ({result.known.link})"
    else:
        return case
    return case._replace(outcome="skipped", message=message)


def statement_junit(statement: Statement) -> str:
    """The XML of a statement: a case for each verdict, and for each thing to exercise.

    What no log exercises is skipped, a rule that is broken is a failure, and so is an exception
    that is stale.
    """
    properties = {
        "subject": statement.subject,
        "date": statement.date,
        "digest": statement.digest,
        "judged by": statement.tool,
        "generation": statement.generation,
        "logs": str(statement.logs),
        "events": str(statement.events),
    }
    excused = statement.excused
    cases = [_verdict(statement, VIOLATES, "failure"), _verdict(statement, UNREADABLE, "error")]
    for part, items in statement.parts.items():
        for item in items:
            case = Case(part, item.name)
            if item.broken and item.level == "MUST":
                case = case._replace(outcome="failure", message=f"broken in {item.broken} logs")
            elif not item.logs:
                why = excused.get((part, item.name))
                message = "no log exercises it" if why is None else f"excused: {why}"
                case = case._replace(outcome="skipped", message=message)
            cases.append(case)
    for excuse in statement.excuses:
        case = Case("exceptions", f"{excuse.part[:-1]} {excuse.pattern}")
        if excuse.stale:
            case = case._replace(outcome="failure", message="; ".join(excuse.stale))
        cases.append(case)
    told = tuple((name, value) for name, value in properties.items() if value)
    return junit(f"flux-conform.{statement.machine}", told, cases)


def _verdict(statement: Statement, verdict: str, outcome: str) -> Case:
    number = statement.verdicts[verdict]
    case = Case("verdicts", f"no log is {verdict}" if outcome == "error" else "no log violates")
    if not number:
        return case
    told = [
        printable(f"{bad.log}: {bad.rule} {bad.message}")
        + (f" (line {bad.line})" if bad.line else "")
        for bad in statement.bad
        if bad.verdict == verdict
    ]
    return case._replace(
        outcome=outcome, message=f"{number} of {statement.logs} logs", text="\n".join(told)
    )
