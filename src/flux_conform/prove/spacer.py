"""A second opinion where no lemmas of ours imply a claim: Spacer, Z3's engine for Horn clauses.

Spacer is asked whether a configuration where the claim fails is reachable. Where it says no, it
gives a formula that no run leaves. The formula is not trusted: its parts become lemmas like any
others, which Houdini proves inductive and which stand in the certificate.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import z3

from flux_conform.interruptible import interruptible
from flux_conform.machine.deadline import hurry, milliseconds
from flux_conform.machine.symbolic.logic import Truth, boolean, conj, term_of
from flux_conform.machine.symbolic.step import SymbolicMachine, SymbolicStep
from flux_conform.prove.lemmas import Atom, Formula, Lemma, Literal
from flux_conform.prove.smt import constants

TIMEOUT = 10_000
"""Milliseconds that Spacer may take for one claim."""


class Bad(NamedTuple):
    """What no run may reach: a configuration, or a step taken, in which all of these hold."""

    step: SymbolicStep | None
    wrong: Sequence[Truth]


class _Horn(z3.Fixedpoint):  # type: ignore[misc]
    """Horn clauses, which can be interrupted as a solver can."""

    def interrupt(self) -> None:
        self.ctx.interrupt()


def lemmas(machine: SymbolicMachine, bad: Iterable[Bad]) -> list[Lemma]:
    """Lemmas that Spacer suggests, which should exclude all that is bad; none where it does not.

    It gives none where what is bad is reachable, and where it gives up.
    """
    components = list(machine.components.values())
    before = [item.before for item in components]
    horn = _Horn()
    horn.set("engine", "spacer")
    reached = z3.Function("reached", *(term.sort() for term in before), z3.BoolSort())
    failure = z3.Function("failed", z3.BoolSort())
    failed = failure()
    horn.register_relation(reached, failure)
    declared = {failed.get_id()}

    def rule(head: Any, body: Sequence[Any]) -> None:
        for key, term in constants([head, *body]).items():
            if key not in declared:
                declared.add(key)
                horn.declare_var(term)
        horn.rule(head, list(body))

    rule(reached(*before), machine.start())
    for step in machine.steps:
        if step.legal is not False:
            after = [term_of(step.after.get(item.name, item.before)) for item in components]
            rule(reached(*after), [reached(*before), boolean(step.legal)])
    for each in bad:
        legal = [] if each.step is None else [boolean(each.step.legal)]
        rule(failed, [reached(*before), *legal, boolean(conj(each.wrong))])
    hurry()
    horn.set("timeout", milliseconds(TIMEOUT))
    try:
        with interruptible(horn):
            answer = horn.query(failed)
    except z3.Z3Exception:
        answer = z3.unknown  # its time was up in the midst of something
    if answer != z3.unsat:
        hurry()
        return []
    found = z3.substitute_vars(horn.get_cover_delta(-1, reached), *before)
    return [_lemma(part) for part in _parts(found)]


def _parts(formula: Any) -> list[Any]:
    """The conjuncts of a formula."""
    if z3.is_and(formula):
        return [part for child in formula.children() for part in _parts(child)]
    return [] if z3.is_true(formula) else [formula]


def _lemma(formula: Any) -> Lemma:
    text = " ".join(formula.sexpr().split())
    return Lemma((Literal(Atom(text, Formula(formula)), True),))
