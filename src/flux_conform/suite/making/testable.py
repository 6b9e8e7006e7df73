"""The clauses of a specification, and why a suite cannot test some of them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from flux_conform.language.specification import (
    SILENT,
    UNDEFINED,
    AnyContext,
    Specification,
    UndefinedContext,
)

TWO_LOGS = "it compares two snapshots of a log, and a vector is one log"


class Clause(NamedTuple):
    """A clause: rule id, level, source and sentence; `untestable` says why no log can break it."""

    id: str
    level: str
    rfc: int
    section: str
    says: str
    untestable: str = ""


def sentence(says: str) -> str:
    """The sentence of a clause, "" for the one on contexts: it is about each event's own."""
    return "" if "{context}" in says else says


def clauses_of(specification: Specification) -> tuple[Clause, ...]:
    """All clauses, sorted by their ids; the finding on contexts is one for each event."""
    found = {clause.id: clause for clause in _clauses(specification)}
    return tuple(found[name] for name in sorted(found))


def _clauses(specification: Specification) -> Iterator[Clause]:
    for line in specification.lines:
        why = TWO_LOGS if line.check == "append-only" else ""
        yield Clause(line.id, line.level, line.rfc, line.section, line.says, why)
    for rule in specification.rules:
        why = f"other rules forbid it before: {rule.follows}" if rule.follows else ""
        yield Clause(rule.id, rule.level, rule.rfc, rule.section, rule.says, why)
    ends = {
        "captive": bool(specification.captive),
        "removed": specification.removed is not None,
    }
    outcomes = {event.elsewhere for event in specification.events}
    outcomes |= {row.outcome for row in specification.transitions}
    for finding in specification.findings:
        if "{event}" not in finding.id:
            if ends.get(finding.kind, True):
                of = (finding.level, finding.rfc, finding.section, finding.says)
                why = f"no event of this machine is {finding.kind} anywhere"
                occurs = finding.kind not in (SILENT, UNDEFINED) or finding.kind in outcomes
                yield Clause(finding.id, *of, "" if occurs else why)
            continue
        for event in specification.events:
            undefined = isinstance(event.context, UndefinedContext)
            if isinstance(event.context, AnyContext) or event.is_family:
                continue
            if undefined == (finding.kind == "no-context"):
                says = finding.says.replace("{event}", event.name)
                name = finding.id.replace("{event}", event.name)
                section = finding.section or event.section
                yield Clause(name, finding.level, finding.rfc, section, says)
