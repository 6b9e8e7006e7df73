"""The work bench: searches, symbolic machines and invariants, made once and when asked for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property

from flux_conform.language.expressions import Node, expand, show
from flux_conform.language.specification import LEVELS, Specification
from flux_conform.machine.alphabet import first_bounds
from flux_conform.machine.bounds import Bounds
from flux_conform.machine.constants import Constants
from flux_conform.machine.slice import Slice, assumed, slice_of
from flux_conform.machine.space import Edge, Paths, Search
from flux_conform.machine.symbolic.groups import Untranslatable
from flux_conform.machine.symbolic.logic import Truth
from flux_conform.machine.symbolic.step import SymbolicMachine
from flux_conform.prove import spacer
from flux_conform.prove.invariant import Induction, Invariant
from flux_conform.prove.lemmas import Atom, Lemma, Seen, atoms, candidates, symbol
from flux_conform.prove.spacer import Bad
from flux_conform.prove.step_trials import StepTrials

QUIET, SPOKEN, ANY = "quiet", "spoken", "any"
"""Kinds of edges: those in which a checker finds nothing, those not silent, and all."""

SECOND_OPINION = 2
"""The effort from which Spacer is asked where no lemmas of ours suffice."""

ADMITS: dict[str, Callable[[Edge], bool]] = {
    QUIET: lambda edge: edge.quiet,
    SPOKEN: lambda edge: not edge.silent,
    ANY: lambda edge: True,
}


class Bench:
    """All that proofs about one generation share, at one size of the explicit instance.

    `effort` 0 is enough as a rule; higher ones try longer lemmas (1) and a larger instance (2).
    Z3 hears of what the rules assumed read, or with `whole` of what any rule reads.
    """

    def __init__(
        self,
        specification: Specification,
        generation: str,
        effort: int = 0,
        *,
        whole: bool = False,
    ) -> None:
        self.specification = specification
        self.generation = generation
        self.effort = effort
        self.whole = whole
        self._siblings: dict[str, Bench] = {}
        self._wholly: Bench | None = None
        self._searches: dict[tuple[str, frozenset[str]], Search] = {}
        self._trials: dict[int, StepTrials] = {}
        self._paths: dict[tuple[str, str], Paths] = {}
        self._machines: dict[tuple[str, bool], SymbolicMachine] = {}
        self._inductions: dict[tuple[str, bool, tuple[str, ...]], Induction[SymbolicMachine]] = {}
        self._invariants: dict[tuple[str, bool], Invariant] = {}

    def sibling(self, generation: str) -> Bench:
        """The bench for logs of another generation, of the same effort."""
        if generation == self.generation:
            return self
        if generation not in self._siblings:
            self._siblings[generation] = Bench(
                self.specification, generation, self.effort, whole=self.whole
            )
        return self._siblings[generation]

    def wholly(self) -> Bench:
        """The bench by which Z3 hears of what any rule reads, those included that may be broken."""
        if self.whole:
            return self
        if self._wholly is None:
            self._wholly = Bench(self.specification, self.generation, self.effort, whole=True)
            self._wholly._searches, self._wholly._paths = self._searches, self._paths
        return self._wholly

    def harder(self) -> Bench:
        """A bench of the next effort; what was explored already is kept where it is the same."""
        bench = Bench(self.specification, self.generation, self.effort + 1, whole=self.whole)
        if bench.bounds == self.bounds:
            bench._searches, bench._paths = self._searches, self._paths
        bench._machines, bench._inductions = self._machines, self._inductions
        return bench

    @property
    def width(self) -> int:
        """How many literals a lemma may have."""
        return 2 if self.effort == 0 else 3

    @cached_property
    def slice(self) -> Slice:
        """The slice with all rules, which the search needs."""
        return slice_of(self.specification, self.generation, LEVELS)

    @cached_property
    def constants(self) -> Constants:
        """The constants that matter."""
        return Constants(self.slice)

    @property
    def bounds(self) -> Bounds:
        """The size of the explicit instance."""
        # Most claims about sizes are proved from small instances, as their invariants are small.
        bounds = first_bounds(self.constants, claims=self.effort > 0)
        more = max(0, self.effort - 1)
        return bounds._replace(
            descriptions=bounds.descriptions + more, members=bounds.members + more
        )

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
            self._searches[key] = Search(
                self.slice,
                assumed(assuming),
                bounds=self.bounds,
                constants=self.constants,
                without=without,
            )
        search = self._searches[key]
        if limit is None:
            search.explore()
        else:
            search.explore(limit)
        return search

    def trials(self, search: Search) -> StepTrials:
        """Single steps tried at the configurations of a search."""
        if id(search) not in self._trials:
            self._trials[id(search)] = StepTrials(search)
        return self._trials[id(search)]

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
            told = LEVELS if self.whole else levels
            slice_ = slice_of(self.specification, self.generation, told)
            self._machines[key] = SymbolicMachine(slice_, levels, silent=silent)
        return self._machines[key]

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
        found = {atom.text: atom for atom in atoms(machine, self.constants)}
        for tree in self.claims():
            atom = Atom(show(tree), tree)
            try:
                symbol(atom, machine, machine.values_before)
            except Untranslatable:
                continue
            found.setdefault(atom.text, atom)
        return list(found.values())

    def claims(self) -> list[Node]:
        """What properties claim of configurations, definitions put in."""
        definitions = self.specification.definition_table
        return [
            expand(claim.claim.tree, definitions)
            for claim in self.specification.properties
            if claim.claim is not None and claim.kind in ("always", "recoverable")
        ]

    def invariant(self, assuming: str, silent: bool) -> Invariant:
        """What holds in every configuration that such runs come to. Raises Untranslatable."""
        key = (assuming, silent)
        if key not in self._invariants:
            among = self.atoms(assuming, silent)
            # Fewer runs suggest more lemmas than hold of these; Houdini drops what does not.
            strictest = self.strictest if self.effort == 0 else assuming
            reached = self.paths(strictest, run_kind(silent)).reached
            seen = Seen(self.search(strictest), among, reached)
            self._invariants[key] = self.induction(assuming, silent).houdini(
                candidates(among, seen, width=self.width)
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
