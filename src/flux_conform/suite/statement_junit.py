"""A statement on a writer as JUnit XML: a case for the logs, and one for each thing to exercise."""

from __future__ import annotations

from flux_conform.checking.finding import UNREADABLE, VIOLATES
from flux_conform.reports.junit_xml import Case, junit
from flux_conform.suite.statement import Statement
from flux_conform.text import printable


def statement_junit(statement: Statement) -> str:
    """The XML. What no log exercises is reported as skipped, a rule that is broken as a failure."""
    properties = {
        "subject": statement.subject,
        "date": statement.date,
        "digest": statement.digest,
        "judged by": statement.tool,
        "logs": str(statement.logs),
        "events": str(statement.events),
    }
    cases = [_verdict(statement, VIOLATES, "failure"), _verdict(statement, UNREADABLE, "error")]
    for part, items in statement.parts.items():
        for item in items:
            case = Case(part, item.name)
            if item.broken and item.level == "MUST":
                case = case._replace(outcome="failure", message=f"broken in {item.broken} logs")
            elif not item.logs:
                case = case._replace(outcome="skipped", message="no log exercises it")
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
