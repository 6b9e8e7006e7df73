"""Searches, symbolic machines and invariants for proofs, each made once, when first needed."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from functools import cached_property
from typing import NamedTuple

from flux_conform.language.expressions import Expression, Node, expand, show
from flux_conform.language.specification import LEVELS, Property, Specification
from flux_conform.machine.alphabet import first_bounds
from flux_conform.machine.bounds import CONFIGURATIONS, Bounds
from flux_conform.machine.constants import Constants
from flux_conform.machine.slice import Slice, assumed, read_alone, slice_of
from flux_conform.machine.space import Edge, Paths, Search
from flux_conform.machine.symbolic.groups import Untranslatable
from flux_conform.machine.symbolic.logic import Truth
from flux_conform.machine.symbolic.step import SymbolicMachine
from flux_conform.machine.tried_steps import TriedSteps
from flux_conform.prove import spacer
from flux_conform.prove.invariant import Induction, Invariant
from flux_conform.prove.lemmas import (
    Atom,
    Fact,
    Formula,
    Lemma,
    Samples,
    Within,
    atoms,
    candidates,
    symbol,
)
from flux_conform.prove.spacer import Bad
from flux_conform.prove.sparing import idle_events

QUIET, SPOKEN, ANY = "quiet", "spoken", "any"
"""Kinds of edges: those in which a checker finds nothing, those not silent, and all."""

SECOND_OPINION = 2
"""The effort from which Spacer is asked where no lemmas of ours suffice."""

DEPTH = 25
"""Runs of so many events are sought in symbols where nothing else decides."""

FEW_CONTEXTS = 24
"""Of an event, where variables that decide no step take values from it: all contexts matter."""

ADMITS: dict[str, Callable[[Edge], bool]] = {
    QUIET: lambda edge: edge.quiet,
    SPOKEN: lambda edge: not edge.silent,
    ANY: lambda edge: True,
}


class Limits(NamedTuple):
    """How far is searched: so many configurations are met, and runs of so many events are sought.

    The latter only where a claim is not decided otherwise.
    """

    configurations: int = CONFIGURATIONS
    depth: int = DEPTH


class Prover:
    """What all proofs about one generation share, at one size of the explicit instance.

    `effort` 0 is enough as a rule; higher ones try longer lemmas, and on the way of runs what only
    claims ask (1), and a larger instance (2).
    Symbolic machines are sliced to what the rules assumed read, or with `whole` to what any reads.
    `also` are variables that decide no step, and that the properties in question read.
    """

    def __init__(
        self,
        specification: Specification,
        generation: str,
        effort: int = 0,
        *,
        whole: bool = False,
        also: Collection[str] = (),
        limits: Limits | None = None,
        left_out: frozenset[str] = frozenset(),
    ) -> None:
        self.left_out = left_out
        self.limits = limits or Limits()
        self.specification = specification
        self.generation = generation
        self.effort = effort
        self.whole = whole
        self.also = tuple(sorted(also))
        self._others: dict[str, Prover] = {generation: self}
        self._trees: dict[int, tuple[Expression, Node]] = {}
        self._searches: dict[tuple[str, frozenset[str]], Search] = {}
        self._paths: dict[tuple[str, str], Paths] = {}
        self._empty: dict[str, Search] = {}
        self._machines: dict[tuple[str, bool], SymbolicMachine] = {}
        self._inductions: dict[tuple[str, bool, tuple[str, ...]], Induction[SymbolicMachine]] = {}
        self._invariants: dict[tuple[str, bool], Invariant] = {}

    def of_generation(self, generation: str) -> Prover:
        """The prover for logs of a generation, of the same effort."""
        if generation not in self._others:
            self._others[generation] = self._like(generation=generation)
        return self._others[generation]

    def of_each_generation(self) -> list[Prover]:
        """The provers for logs of each generation, this one first."""
        names = [self.generation, *(each.name for each in self.specification.generations)]
        return [self.of_generation(name) for name in dict.fromkeys(names)]

    @cached_property
    def with_every_rule(self) -> Prover:
        """The prover whose symbolic machines cover what any rule reads, also those not assumed."""
        if self.whole:
            return self
        prover = self._like(whole=True)
        prover.tried, prover._searches, prover._paths = self.tried, self._searches, self._paths
        return prover

    def harder(self) -> Prover:
        """A prover of the next effort; what was explored already is kept where it is the same."""
        prover = self._like(effort=self.effort + 1)
        if prover.bounds == self.bounds and (self.effort > 0 or self.tried.is_whole):
            prover.tried, prover._searches, prover._paths = self.tried, self._searches, self._paths
        prover._machines, prover._inductions = self._machines, self._inductions
        return prover

    def sparing(self, claim: Property) -> Prover | None:
        """A prover whose searches leave out what only rules notice; None where there is none.

        Its runs are runs, and its proofs hold for all of them; but where its searches end, others
        may go on.
        """
        trees = [self.tree(each) for each in (claim.claim, claim.when) if each is not None]
        left_out = idle_events(self.slice, trees, assumed(claim.assuming))
        if not left_out:
            return None
        prover = self._like()
        prover.left_out = left_out
        prover._machines, prover._inductions = self._machines, self._inductions
        return prover

    def _like(
        self, generation: str | None = None, effort: int | None = None, whole: bool | None = None
    ) -> Prover:
        """A prover that differs in this alone."""
        return Prover(
            self.specification,
            self.generation if generation is None else generation,
            self.effort if effort is None else effort,
            whole=self.whole if whole is None else whole,
            also=self.also,
            limits=self.limits,
            left_out=self.left_out,
        )

    def tree(self, expression: Expression) -> Node:
        """An expression of the specification with its definitions expanded, always the same."""
        if id(expression) not in self._trees:
            tree = expand(expression.tree, self.specification.definition_table)
            self._trees[id(expression)] = expression, tree
        return self._trees[id(expression)][1]

    @property
    def width(self) -> int:
        """How many literals a lemma may have."""
        return 2 if self.effort == 0 else 3

    @cached_property
    def slice(self) -> Slice:
        """The slice with all rules, which the search needs."""
        return slice_of(self.specification, self.generation, LEVELS, also=self.also)

    @cached_property
    def constants(self) -> Constants:
        """The constants that matter."""
        return Constants(self.slice)

    @property
    def bounds(self) -> Bounds:
        """The size of the explicit instance."""
        # Most claims about sizes are proved from small instances, as their invariants are small.
        bounds = first_bounds(self.constants, claims=self.effort > 0)
        if self.also:
            bounds = bounds._replace(contexts=FEW_CONTEXTS)
        more = max(0, self.effort - 1)
        return bounds._replace(
            descriptions=bounds.descriptions + more,
            members=bounds.members + more,
            configurations=self.limits.configurations,
        )

    @cached_property
    def tried(self) -> TriedSteps:
        """The steps of the explicit instance, which all searches share."""
        # Contexts that only claims tell apart make many configurations, and few logs need them
        # before their last event. What is not decided without them is tried with them.
        moves = Constants(self.slice, on_the_way=True) if self.effort == 0 else None
        return TriedSteps(self.slice, self.bounds, self.constants, moves, self.left_out)

    @cached_property
    def strictest(self) -> str:
        """The strongest assumption of any property: its instance is the smallest."""
        asked = [claim.assuming for claim in self.specification.properties]
        return max(asked, key=lambda level: len(assumed(level)), default="nothing")

    def search(
        self, assuming: str, limit: int | None = None, without: frozenset[str] = frozenset()
    ) -> Search:
        """The explicit instance for runs that obey `assuming`, silent steps among them.

        They need not obey the rules that are named in `without`. It is explored whole, or as far
        as the limit.
        """
        key = (assuming, without)
        if key not in self._searches:
            self._searches[key] = Search(self.tried, assumed(assuming), without=without)
        search = self._searches[key]
        if limit is None:
            search.explore()
        else:
            search.explore(limit)
        return search

    def empty_search(self, assuming: str) -> Search:
        """A search for such runs of which nothing is explored, for those that others lead."""
        if assuming not in self._empty:
            self._empty[assuming] = Search(self.tried, assumed(assuming))
        return self._empty[assuming]

    def paths(self, assuming: str, kind: str) -> Paths:
        """The shortest logs of a search: over QUIET edges, over SPOKEN ones, or over ANY."""
        key = (assuming, kind)
        if key not in self._paths:
            self._paths[key] = self.search(assuming).paths(ADMITS[kind])
        return self._paths[key]

    def machine(self, assuming: str, silent: bool) -> SymbolicMachine:
        """The symbolic machine for such runs. Raises Untranslatable."""
        key = (assuming, silent)
        if key not in self._machines:
            levels = assumed(assuming)
            read = LEVELS if self.whole else levels
            slice_ = slice_of(self.specification, self.generation, read, also=self.also)
            self._machines[key] = SymbolicMachine(slice_, levels, silent=silent, free=True)
        return self._machines[key]

    def free_expressions(self, assuming: str, silent: bool) -> Mapping[Node, str]:
        """What is any value to the proofs about such runs, with the reasons."""
        machine = self._machines.get((assuming, silent))
        return {} if machine is None else machine.known_free

    def induction(
        self, assuming: str, silent: bool, without: tuple[str, ...] = ()
    ) -> Induction[SymbolicMachine]:
        """The inductive reasoning about such runs, which take none of the events `without`.

        Raises Untranslatable.
        """
        key = (assuming, silent, without)
        if key not in self._inductions:
            self._inductions[key] = Induction(self.machine(assuming, silent), without)
        return self._inductions[key]

    def atoms(self, assuming: str, silent: bool) -> list[Atom]:
        """The atoms of lemmas: those of the model, and the properties' claims."""
        machine = self.machine(assuming, silent)
        found = {
            atom.text: atom
            for atom in atoms(machine, self.constants)
            if isinstance(atom.condition, Within | Fact | Formula) or machine.knows(atom.condition)
        }
        alone = read_alone(self.specification)
        for claim in self.specification.properties:
            if claim.claim is None or claim.kind not in ("always", "recoverable", "reports"):
                continue
            if not alone[claim.id] <= set(self.also):
                continue  # its variables are not among those that are looked at
            tree = self.tree(claim.claim)
            atom = Atom(show(tree), tree)
            try:
                symbol(atom, machine, machine.values_before)
            except Untranslatable:
                continue
            found.setdefault(atom.text, atom)
        return list(found.values())

    def invariant(self, assuming: str, silent: bool) -> Invariant:
        """What holds in every configuration that such runs come to. Raises Untranslatable."""
        key = (assuming, silent)
        if key not in self._invariants:
            among = self.atoms(assuming, silent)
            # Fewer runs suggest more lemmas than hold of these; Houdini drops what does not.
            strictest = self.strictest if self.effort == 0 else assuming
            reached = self.paths(strictest, run_kind(silent)).reached
            samples = Samples(self.search(strictest), among, reached)
            self._invariants[key] = self.induction(assuming, silent).houdini(
                candidates(among, samples, width=self.width)
            )
        return self._invariants[key]

    def excluded(
        self, assuming: str, silent: bool, wrong: Sequence[Truth]
    ) -> tuple[Invariant, tuple[Lemma, ...], tuple[int, ...]] | None:
        """Why no configuration of such runs is one where all of `wrong` hold; None if unknown.

        It is the invariant, with the lemmas and the places in `wrong` that exclude each other.
        """
        induction = self.induction(assuming, silent)
        reasons = induction.refutes(self.invariant(assuming, silent), wrong)
        if reasons is None and self.strengthen(assuming, silent, [Bad(None, wrong)]):
            reasons = induction.refutes(self.invariant(assuming, silent), wrong)
        return None if reasons is None else (self.invariant(assuming, silent), *reasons)

    def strengthen(self, assuming: str, silent: bool, bad: Sequence[Bad]) -> bool:
        """Ask Spacer for lemmas that exclude what is bad, where our own do not suffice.

        Its lemmas join the invariant as far as they are inductive. False where none is new.
        """
        if self.effort < SECOND_OPINION:
            return False
        ours = self.invariant(assuming, silent)
        found = spacer.lemmas(self.machine(assuming, silent), bad)
        if not found:
            return False
        stronger = self.induction(assuming, silent).houdini([*ours.lemmas, *found])
        self._invariants[assuming, silent] = stronger
        return len(stronger.lemmas) > len(ours.lemmas)


def run_kind(silent: bool) -> str:
    """The kind of the edges that runs with silent steps, or without, may take."""
    return ANY if silent else SPOKEN
