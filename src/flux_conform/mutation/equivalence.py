"""Whether a surviving mutant is equivalent to its specification: a log that kills it, or a proof.

The mutant is compared with the specification twice: counting rules of level MUST, and strictly.
Each comparison finds a shortest log that only one of the two accepts, or that both accept with
different states; or it proves, for logs of any length, that there is none.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

from flux_conform.diff.checker import checker
from flux_conform.diff.meaning import DIFFERENT, NONE, meaning
from flux_conform.diff.product import FIRST_ONLY, SECOND_ONLY
from flux_conform.diff.product import STATES as OTHER_STATES
from flux_conform.language.expressions import expand
from flux_conform.language.specification import ANY_EVENT, UNDEFINED, Specification, Variable
from flux_conform.machine.fold import reads, reads_through
from flux_conform.mutation.mutants import Mutant
from flux_conform.mutation.powers import STATES, VERDICT


class Decided(NamedTuple):
    """Logs that may kill a mutant, and the powers under which it is proved equivalent."""

    logs: tuple[bytes, ...]
    equivalent: tuple[str, ...]


def decide(specification: Specification, mutant: Mutant) -> Decided:
    """Compare a mutant with its specification."""
    same_lines = _same_lines(specification, mutant)
    other = mutant.specification
    if same_lines:
        other = other._replace(lines=specification.lines)
    answers = [
        (strict, answer)
        for strict in (False, True)
        for answer in meaning(specification, other, judge=checker(strict), strict=strict).answers
    ]
    logs = [
        answer.witness.run.log
        for _, answer in answers
        if answer.verdict == DIFFERENT and answer.witness is not None
    ]
    none = {(strict, a.direction) for strict, a in answers if a.verdict == NONE}
    accepted = {(s, way) for s in (False, True) for way in (FIRST_ONLY, SECOND_ONLY)} <= none
    accepted = accepted and same_lines
    same_states = accepted and (False, OTHER_STATES) in none
    ends_alike = all(map(_ends_show, (specification, mutant.specification)))
    equivalent = []
    if same_states or (accepted and ends_alike):
        equivalent.append(VERDICT)
    if same_states and _same_job(specification, mutant):
        equivalent.append(STATES)
    return Decided(tuple(dict.fromkeys(logs)), tuple(equivalent))


def _ends_show(specification: Specification) -> bool:
    """Whether the set of accepted logs determines which of them are complete.

    It does if no event is accepted after the end, and before it some event always is: then a log
    is complete exactly if none of its continuations is accepted.
    """
    levels = {finding.kind: finding.level for finding in specification.findings}
    ends = [state for state in specification.states if state.final or state.removed]
    if any(state.open for state in ends):
        return False
    if any(levels["captive" if state.final else "removed"] != "MUST" for state in ends):
        return False
    if any(row.source in {state.name for state in ends} for row in specification.transitions):
        return False
    rules = [rule for rule in specification.rules if ANY_EVENT in rule.on]
    if any(set(reads(rule.require.tree)) != {"first"} for rule in rules):
        return False
    free = [
        event
        for event in specification.events
        if event.elsewhere != UNDEFINED
        and not any(event.name in rule.on for rule in specification.rules)
    ]
    undefined = {row.event for row in specification.transitions if row.outcome == UNDEFINED}
    return any(event.name not in undefined for event in free)


def _same_lines(specification: Specification, mutant: Mutant) -> bool:
    """Whether both have the same rules of lines that count and that one log can break."""

    def counted(of: Specification) -> set[tuple[str, bool]]:
        return {
            (line.check, line.level == "MUST")
            for line in of.lines
            if line.level != "note" and line.check != "append-only"
        }

    return counted(specification) == counted(mutant.specification)


def _same_job(specification: Specification, mutant: Mutant) -> bool:
    """Whether the reported job is the same, provided that states and acceptance are.

    It is if the change affects nothing that the report reads.
    """
    other = mutant.specification
    if other.report != specification.report:
        return False
    reported = _reported(specification) | _reported(other)
    if _types(specification, reported) != _types(other, reported):
        return False
    if other.definitions != specification.definitions:
        return not _uses_definitions(specification, reported)
    return not any(
        dict(one.effects).get(name) != dict(two.effects).get(name)
        for one, two in zip(specification.events, other.events, strict=True)
        for name in reported
    )


def _types(specification: Specification, variables: Collection[str]) -> list[Variable]:
    return [each for each in specification.variables if each.name in variables]


def _reported(specification: Specification) -> set[str]:
    """The variables that the report reads, directly or through effects."""
    table = specification.definition_table
    effects = [
        (name, expand(effect.tree, table))
        for event in specification.events
        for name, effect in event.effects
    ]
    report = (expand(expression.tree, table) for _, expression in specification.report)
    return reads_through(report, effects)


def _uses_definitions(specification: Specification, variables: Collection[str]) -> bool:
    table = specification.definition_table
    trees = [expression.tree for _, expression in specification.report]
    trees += [
        effect.tree
        for event in specification.events
        for name, effect in event.effects
        if name in variables
    ]
    return any(expand(tree, table) != tree for tree in trees)
