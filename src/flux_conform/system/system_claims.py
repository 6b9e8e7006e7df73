"""Decides the claims of a system on the explored graph of its product."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from time import perf_counter
from typing import NamedTuple

from flux_conform.language.levels import LEVELS
from flux_conform.system.fairness import Unending, ready
from flux_conform.system.participants import System, SystemClaim
from flux_conform.system.system_product import Product, Taken

PROVED, REFUTED, UNKNOWN = "proved", "refuted", "unknown"


class Decided(NamedTuple):
    """A claim with its verdict, a summary, the run that refutes it, and what the run repeats."""

    claim: SystemClaim
    verdict: str
    summary: str
    run: tuple[Taken, ...] = ()
    cycle: tuple[Taken, ...] = ()
    seconds: float = 0.0

    @property
    def is_as_expected(self) -> bool:
        """Whether the verdict is the one that the file expects."""
        return self.verdict == self.claim.expect


class Decisions(NamedTuple):
    """All claims of a system, decided; how large the product is, and how long it took to explore.

    `unwritten` are the rows of the log's machine, EVENT in STATE, that no run takes.
    """

    system: System
    claims: tuple[Decided, ...]
    configurations: int
    steps: int
    seconds: float
    unwritten: tuple[str, ...]


def decide(system: System, limit: int = 500_000) -> Decisions:
    """Explore the product and decide each claim of the system. Raises OutOfTime."""
    began = perf_counter()
    product = Product(system, limit)
    explored = perf_counter() - began
    decided = []
    for claim in system.claims:
        began = perf_counter()
        found = _DECIDERS[claim.kind](product, claim)
        if found.verdict == PROVED and product.left_out:
            found = found._replace(verdict=UNKNOWN, summary=product.left_out)
        decided.append(found._replace(seconds=perf_counter() - began))
    return Decisions(
        system,
        tuple(decided),
        len(product.nodes),
        sum(map(len, product.edges)),
        explored,
        _unwritten(product),
    )


def _expects(product: Product, claim: SystemClaim) -> Decided:
    for node in _left(product):
        if (message := product.unexpected(node)) is not None:
            receiver = product.system.messages[message].receiver
            summary = f'{receiver} has no place for "{message}"'
            return Decided(claim, REFUTED, summary, tuple(product.way(node)))
    return Decided(claim, PROVED, "each message has its place")


def _waits(product: Product, claim: SystemClaim) -> Decided:
    for node in _left(product):
        if node in product.cut:
            continue  # a step that is left out can be taken there
        if not ready(product, node) and not product.is_over(node):
            summary = f"the job stays in {product.state(node)} for ever"
            return Decided(claim, REFUTED, summary, tuple(product.way(node)))
    return Decided(claim, PROVED, "somebody can go on until the log is over")


def _leads(product: Product, claim: SystemClaim) -> Decided:
    if product.left_out:
        return Decided(claim, UNKNOWN, product.left_out)
    unending = Unending(product, claim.goal)
    found = unending.fair_run()
    if found is not None:
        last = (*found.stem, *found.cycle)[-1:]
        state = product.state(last[0].target if last else 0)
        what = "goes round for ever" if found.cycle else "stays for ever"
        return Decided(claim, REFUTED, f"the log {what} in {state}", found.stem, found.cycle)
    needed = [name for name in product.system.participants if unending.fair_run([name]) is not None]
    summary = f"by the fairness of {', '.join(needed)}" if needed else "by nobody's fairness"
    return Decided(claim, PROVED, summary)


def _conforms(product: Product, claim: SystemClaim) -> Decided:
    counted = LEVELS[: LEVELS.index(claim.level) + 1]
    found: dict[str, Taken] = {}
    for edges in product.edges:
        for edge in edges:
            for event in edge.events:
                for rule, level in event.breaks:
                    if level in counted:
                        name = f"{rule} ({level}) by {event.posted[0]} in {event.before}"
                        found.setdefault(name, edge)
    if not found:
        return Decided(claim, PROVED, "no run writes a log that breaks such a rule")
    first = next(iter(found.values()))
    run = (*product.way(first.source), first)
    return Decided(claim, REFUTED, "; ".join(found), run)


def _never(product: Product, claim: SystemClaim) -> Decided:
    for node in _left(product):
        if product.holds(claim.condition, node):
            summary = f"it holds after {len(product.way(node))} steps"
            return Decided(claim, REFUTED, summary, tuple(product.way(node)))
    return Decided(claim, PROVED, "it holds nowhere")


_DECIDERS: dict[str, Callable[[Product, SystemClaim], Decided]] = {
    "expects": _expects,
    "waits": _waits,
    "leads to": _leads,
    "conforms": _conforms,
    "never": _never,
}


def _left(product: Product) -> Iterator[int]:
    """The configurations whose steps are known, the nearest first."""
    return iter(range(len(product.edges)))


def _unwritten(product: Product) -> tuple[str, ...]:
    written = {
        (event.posted[0], event.before)
        for edges in product.edges
        for edge in edges
        for event in edge.events
        if event.has_effect
    }
    machine = product.machine.specification
    rows = {
        (row.event, row.source): None
        for row in machine.transitions
        if row.generation in (None, machine.today.name)
    }
    return tuple(f"{event} in {state}" for event, state in rows if (event, state) not in written)
