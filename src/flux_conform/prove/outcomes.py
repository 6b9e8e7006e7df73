"""What a proof says of a property, as immutable values."""

from __future__ import annotations

from typing import NamedTuple

from flux_conform.prove.argument import Argument
from flux_conform.prove.certificate import Certificate
from flux_conform.prove.witnesses import Run

PROVED, REFUTED, UNKNOWN = "proved", "refuted", "unknown"


class Witness(NamedTuple):
    """A run that shows something: a name for its file, what it shows, and the run."""

    name: str
    purpose: str
    run: Run


class Shown(NamedTuple):
    """What the proof of one property shows, without the property itself.

    `arguments` are the inductions that it rests on, `runs` lead to where further ones begin.
    """

    verdict: str
    summary: str
    detail: tuple[str, ...] = ()
    witnesses: tuple[Witness, ...] = ()
    counterexample: Run | None = None
    invariant: tuple[str, ...] = ()
    measure: str | None = None
    vacuous: bool = False
    arguments: tuple[Argument, ...] = ()
    runs: tuple[Run, ...] = ()


class Need(NamedTuple):
    """A rule that a proof uses, and a run that refutes the claim without it; None if not known."""

    rule: str
    run: Run | None


class Outcome(NamedTuple):
    """The verdict on one property.

    `summary` says in a line what was shown; `detail` says it case by case. `counterexample` is
    the run that refutes the property, where a run can. `invariant` are the lemmas that the proof
    (or what is refuted) rests on, as expressions; `measure` what some event can always lower.
    `expect` is the verdict that the model says is right. `premise` is a run in which what the
    claim presupposes holds; where there is none, the claim is `vacuous`.
    `needs` shows it refuted without each rule that its proof uses, and `restates` names the rule
    that it only says again.
    `uses` are the ids of the rules that the inductions assume, and no others; `certificate` is
    what a verifier needs to check them, None where there is nothing but a log, or none at all.
    `because` says why a property is not decided: what the proofs do not know, and limits met.
    """

    id: str
    verdict: str
    says: str = ""
    section: str = ""
    assuming: str = "implied"
    silent: bool = True
    summary: str = ""
    detail: tuple[str, ...] = ()
    witnesses: tuple[Witness, ...] = ()
    counterexample: Run | None = None
    invariant: tuple[str, ...] = ()
    measure: str | None = None
    seconds: float = 0.0
    expect: str = PROVED
    premise: Run | None = None
    vacuous: bool = False
    questions: tuple[str, ...] = ()
    uses: tuple[str, ...] = ()
    needs: tuple[Need, ...] = ()
    restates: str = ""
    certificate: Certificate | None = None
    because: tuple[str, ...] = ()

    @property
    def is_right(self) -> bool:
        """The verdict is the one expected, and not of nothing."""
        return self.verdict == self.expect and not self.vacuous


class RuleUse(NamedTuple):
    """What becomes of one rule in runs that obey all others.

    `obeyed` is a shortest run whose last event obeys the rule non-trivially (what stands left of
    its `implies` holds), `broken` one whose last event breaks it, and no other rule where `alone`.
    `follows` are the rules from which it follows, where it cannot be broken alone; `conflicts`
    those that never let it apply. Both are proved, for runs of any length.
    """

    id: str
    level: str
    generation: str
    obeyed: Run | None
    broken: Run | None
    alone: bool
    follows: tuple[str, ...] | None
    conflicts: tuple[str, ...] | None
    declared: str

    @property
    def verdict(self) -> str:
        """independent, redundant, conflict, empty or unknown."""
        if self.conflicts is not None:
            return "conflict" if self.conflicts else "empty"
        if self.follows is not None:
            return "redundant"
        return "independent" if self.obeyed is not None and self.alone else "unknown"

    @property
    def is_good(self) -> bool:
        """It is independent, or the model says that it follows from others, and it does."""
        return self.verdict == ("redundant" if self.declared else "independent")


class GuardUse(NamedTuple):
    """A guarded transition: a run that takes it, and one where its guard keeps it from matching."""

    transition: str
    generation: str
    taken: Run | None
    passed: Run | None

    @property
    def is_good(self) -> bool:
        """There is a run for either."""
        return self.taken is not None and self.passed is not None


class Exercise(NamedTuple):
    """What the runs of a machine make of its rules and guards."""

    rules: tuple[RuleUse, ...]
    guards: tuple[GuardUse, ...]
    finished: bool = True
    """False where the time limit came before anything was known."""

    @property
    def verdict(self) -> str:
        """good, bad where a rule or guard is empty, redundant or in conflict, or unknown."""
        if any(not rule.is_good and rule.verdict != "unknown" for rule in self.rules):
            return "bad"
        unknown = not self.finished or any(rule.verdict == "unknown" for rule in self.rules)
        return "unknown" if unknown or not all(g.is_good for g in self.guards) else "good"


class Proofs(NamedTuple):
    """The outcomes of a machine's properties, for one generation of its logs."""

    machine: str
    generation: str
    outcomes: tuple[Outcome, ...]
    exercise: Exercise | None = None

    @property
    def verdict(self) -> str:
        """Proved if all is as the model says; else refuted, or unknown if nothing worse is.

        A claim of nothing, a rule that asks nothing and rules in conflict count as refuted.
        """
        wrong = [outcome for outcome in self.outcomes if not outcome.is_right]
        exercise = "good" if self.exercise is None else self.exercise.verdict
        if exercise == "bad" or any(outcome.verdict != UNKNOWN for outcome in wrong):
            return REFUTED
        return UNKNOWN if wrong or exercise == "unknown" else PROVED
