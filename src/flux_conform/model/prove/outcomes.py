"""What a proof says of a property, as immutable values."""

from __future__ import annotations

from typing import NamedTuple

from flux_conform.model.prove.argument import Argument
from flux_conform.model.prove.certificate import Certificate
from flux_conform.model.prove.runs import Run

PROVED, REFUTED, UNKNOWN = "proved", "refuted", "unknown"


class Witness(NamedTuple):
    """A run that shows something: a telling name for its file, what it shows, and the run."""

    name: str
    purpose: str
    run: Run


class Shown(NamedTuple):
    """What the proof of one property shows, before it is put beside the property.

    `arguments` are the inductions that it rests on.
    """

    verdict: str
    summary: str
    detail: tuple[str, ...] = ()
    witnesses: tuple[Witness, ...] = ()
    counterexample: Run | None = None
    invariant: tuple[str, ...] = ()
    measure: str | None = None
    arguments: tuple[Argument, ...] = ()


class Outcome(NamedTuple):
    """The verdict on one property.

    `summary` says in a line what was shown; `detail` tells it case by case. `counterexample` is
    the run that refutes the property, where a run can. `invariant` are the lemmas that the proof
    (or what is refuted) rests on, as expressions; `measure` what some event can always lower.
    `uses` are the ids of the rules that the inductions assume, and no others; `certificate` is
    what a verifier needs to check them, None where there is nothing but a log, or none at all.
    """

    id: str
    verdict: str
    says: str
    section: str
    assuming: str
    silent: bool
    summary: str
    detail: tuple[str, ...] = ()
    witnesses: tuple[Witness, ...] = ()
    counterexample: Run | None = None
    invariant: tuple[str, ...] = ()
    measure: str | None = None
    seconds: float = 0.0
    uses: tuple[str, ...] = ()
    certificate: Certificate | None = None


class Proofs(NamedTuple):
    """The outcomes of a machine's properties, for one generation of its logs."""

    machine: str
    generation: str
    outcomes: tuple[Outcome, ...]

    @property
    def verdict(self) -> str:
        """Refuted if one property is, else unknown if one is, else proved."""
        verdicts = {outcome.verdict for outcome in self.outcomes}
        return next((v for v in (REFUTED, UNKNOWN) if v in verdicts), PROVED)
