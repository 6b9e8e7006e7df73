"""Specifications with what the proofs say of them: shipped ones, broken ones, small ones."""

from collections.abc import Callable
from functools import cache

from flux_conform.language.specification import Specification
from flux_conform.prove import prove
from flux_conform.prove.outcomes import Proofs
from prove.machines import edited, loaded, shipped_proofs, shipped_text
from prove.small import SMALL
from toys import load_toy, turnstile

CLEAN = "  - {on: clean, from: CLEANUP, to: INACTIVE, basis: [text, diagram]}\n"
DONE = "    require: empty(prologs) and empty(epilogs)\n"
TRAP = "    require: empty(prologs) and empty(epilogs) and not seen_fatal\n"

MACHINES: dict[str, Callable[[], Specification]] = {
    "job": lambda: loaded(shipped_text("job")),
    "exec": lambda: loaded(shipped_text("exec")),
    "turnstile": lambda: load_toy(turnstile()),
    "job without clean": lambda: edited("job", CLEAN, ""),
    "job that ends in a trap": lambda: edited("job", DONE, TRAP),
    **SMALL,
}
TABLE = (
    "one-initial-one-final",
    "every-state-reachable",
    "no-transition-dead",
    "guards-disjoint",
    "final-captive",
    "final-from-everywhere",
    "no-other-dead-end",
)
"""What is claimed of any machine's table."""
CASES = [("job", "v0"), *((name, None) for name in MACHINES)]


@cache
def machine_of(name: str) -> Specification:
    """The specification of that name."""
    return MACHINES[name]()


@cache
def proofs_of(name: str, generation: str | None) -> Proofs:
    """What the proofs say of it.

    Of a broken job, and of an older generation, only what is claimed of any machine is asked.
    """
    if generation is None and name in ("job", "exec"):
        return shipped_proofs(name)
    few = name.startswith("job")
    return prove(machine_of(name), generation=generation, properties=TABLE if few else None)
