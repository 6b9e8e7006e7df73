"""The clauses of a machine: every rule that a log can break, with its id and the link to it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from flux_conform.language.specification import (
    AnyContext,
    Event,
    MachineFinding,
    Specification,
    UndefinedContext,
)
from flux_conform.language.type_text import words_of_context

NO_CONTEXT = "no-context"
_OF_CONTEXT = ("context", NO_CONTEXT)


class Clause(NamedTuple):
    """A rule of the text: what a finding names.

    `says` is the rule as a sentence. `on` are the events that it speaks of; none where it speaks
    of all, or of lines.
    """

    id: str
    level: str
    rfc: int
    section: str
    says: str
    on: tuple[str, ...] = ()


def clauses(specification: Specification) -> tuple[Clause, ...]:
    """Every clause of a machine: lines first, then what the machine finds, then its rules."""
    lines = (
        Clause(rule.id, rule.level, rule.rfc, rule.section, rule.says)
        for rule in specification.lines
    )
    rules = (
        Clause(
            rule.id,
            rule.level,
            rule.rfc,
            rule.section,
            rule.says,
            tuple(name for name in rule.on if any(e.name == name for e in specification.events)),
        )
        for rule in specification.rules
    )
    return (*lines, *_of_machine(specification), *_of_contexts(specification), *rules)


def _of_machine(specification: Specification) -> Iterator[Clause]:
    for finding in specification.findings:
        if finding.kind not in _OF_CONTEXT:
            yield Clause(finding.id, finding.level, finding.rfc, finding.section, finding.says)


def _of_contexts(specification: Specification) -> Iterator[Clause]:
    findings = {finding.kind: finding for finding in specification.findings}
    for event in specification.events:
        # A family's findings bear the names of its members, and nobody can list those.
        if event.is_family or isinstance(event.context, AnyContext):
            continue
        kind = NO_CONTEXT if isinstance(event.context, UndefinedContext) else "context"
        if kind in findings:
            yield _of_event(findings[kind], event)


def _of_event(finding: MachineFinding, event: Event) -> Clause:
    says = finding.says.replace("{event}", event.name)
    return Clause(
        finding.id.replace("{event}", event.name),
        finding.level,
        finding.rfc,
        finding.section or event.section,
        says.replace("{context}", words_of_context(event.context)),
        (event.name,),
    )


def rfc_address(number: int) -> str | None:
    """Where the RFC of that number can be read; None for 0, which stands for none."""
    if number == 0:
        return None
    return f"https://flux-framework.readthedocs.io/projects/flux-rfc/en/latest/spec_{number}.html"


def anchor(rule: str) -> str:
    """The anchor of a rule's id in a page: `rfc21/depend/outstanding` has hyphens for slashes."""
    return "-".join("".join(c if c.isalnum() else " " for c in rule.lower()).split())


class Links:
    """Where each clause of a machine stands in our own text of it."""

    def __init__(self, specification: Specification) -> None:
        text = specification.source.text
        self._page = f"{text}.html" if text is not None else None
        self._ids = {clause.id for clause in clauses(specification)} if text else set()

    def of(self, rule: str) -> str | None:
        """A link relative to the page's folder; None where no text holds the clause."""
        if self._page is None or rule not in self._ids:
            return None
        return f"{self._page}#{anchor(rule)}"
