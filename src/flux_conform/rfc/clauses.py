"""The clauses of a machine: every rule that a log can break, with its id and its link."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from flux_conform.language.authority import authority_of
from flux_conform.language.format_rules import LineRule
from flux_conform.language.levels import POLICY
from flux_conform.language.specification import (
    AnyContext,
    Event,
    MachineFinding,
    Rule,
    Specification,
    UndefinedContext,
)
from flux_conform.language.type_text import words_of_context

NO_CONTEXT = "no-context"
_OF_CONTEXT = ("context", NO_CONTEXT)


class Clause(NamedTuple):
    """A rule that a finding names.

    `says` is the rule as a sentence. `on` are the events it applies to; empty if it applies to all
    events, or to lines.
    """

    id: str
    level: str
    rfc: int
    section: str
    says: str
    on: tuple[str, ...] = ()

    @property
    def authority(self) -> str:
        """Who asks it, in words."""
        return authority_of(self.id)


def clauses(specification: Specification) -> tuple[Clause, ...]:
    """Return every clause of a machine: line rules, then built-in checks, then its own rules."""
    findings = {finding.kind: finding for finding in specification.findings}
    known = {event.name for event in specification.events}
    return (
        *map(_clause, specification.lines),
        *(_clause(each) for each in specification.findings if each.kind not in _OF_CONTEXT),
        *_of_contexts(findings, specification.events),
        *(
            _clause(rule)._replace(on=tuple(name for name in rule.on if name in known))
            for rule in specification.rules
        ),
    )


def _clause(rule: Rule | LineRule | MachineFinding) -> Clause:
    return Clause(rule.id, rule.level, rule.rfc, rule.section, rule.says)


def _of_contexts(
    findings: Mapping[str, MachineFinding], events: Iterable[Event]
) -> Iterator[Clause]:
    for event in events:
        # The findings of a family contain the names of its members, which cannot be listed.
        if event.is_family or isinstance(event.context, AnyContext):
            continue
        kind = NO_CONTEXT if isinstance(event.context, UndefinedContext) else "context"
        if kind in findings:
            finding = findings[kind]
            says = finding.says.replace("{event}", event.name)
            yield Clause(
                finding.id.replace("{event}", event.name),
                finding.level,
                finding.rfc,
                finding.section or event.section,
                says.replace("{context}", words_of_context(event.context)),
                (event.name,),
            )


def rfc_address(number: int) -> str | None:
    """Return the address of the RFC with that number; None for 0, which means no RFC."""
    if number == 0:
        return None
    return f"https://flux-framework.readthedocs.io/projects/flux-rfc/en/latest/spec_{number}.html"


def anchor(rule: str) -> str:
    """Return the anchor of a rule: `rfc21-depend-outstanding` for `rfc21/depend/outstanding`."""
    return "-".join("".join(c if c.isalnum() else " " for c in rule.lower()).split())


class Links:
    """Links from rules to their clauses in this project's text of the machine.

    With rules of a site, the text is that of the specification to which they were added.
    """

    def __init__(self, specification: Specification) -> None:
        told = specification
        if any(rule.level == POLICY for rule in specification.rules):
            from flux_conform.language.changes.site_rules import shipped_base  # few have them

            told = shipped_base(specification) or specification
        text = told.source.text
        self._page = f"{text}.html" if text is not None else None
        self._ids = {clause.id for clause in clauses(told)} if text else set()

    def of(self, rule: str) -> str | None:
        """Return a link relative to the page's folder; None if no text contains the clause."""
        if self._page is None or rule not in self._ids:
            return None
        return f"{self._page}#{anchor(rule)}"
