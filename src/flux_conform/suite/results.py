"""The results of a run of the suite, as values and as JSON."""

from __future__ import annotations

import shlex
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from flux_conform.suite.causes import cause_of_error, cause_of_failure
from flux_conform.suite.compare import Difference
from flux_conform.suite.folder import Suite, Vector
from flux_conform.suite.known import KnownFailure
from flux_conform.suite.making.testable import sentence
from flux_conform.suite.protocol import Hello

PASSED, FAILED, KNOWN, ERRORED = "passed", "failed", "known", "errored"
SKIPPED, CONTESTED = "skipped", "contested"

OUTCOMES = (PASSED, FAILED, KNOWN, ERRORED, SKIPPED, CONTESTED)
"""`known`: the vector failed or errored, and a file of known failures says why."""


class Result(NamedTuple):
    """The result of one vector.

    `why` says why it errored or was skipped, or why it is known to fail. Differences at a contested
    vector mean that the harness reads the open question another way. `errors` is the end of what
    the harness wrote to standard error before it broke down. `whole` says that the log was rejected
    whole, so that no states were compared.
    """

    vector: Vector
    outcome: str
    differences: tuple[Difference, ...] = ()
    why: str = ""
    errors: str = ""
    seconds: float = 0.0
    known: KnownFailure | None = None
    whole: bool = False


class Clause(NamedTuple):
    """The results of the vectors of one clause. `says` is its sentence, "" if it has none."""

    id: str
    says: str
    counts: Mapping[str, int]


class Cause(NamedTuple):
    """What vectors have in common that failed, or errored; the one with the shortest log first."""

    outcome: str
    says: str
    results: tuple[Result, ...]


class SuiteRun(NamedTuple):
    """A run: the suite, the harness and its command, and the results in the suite's order.

    `options` are the options of the command line that choose the suite. `chosen` is the number of
    vectors that were to be run; fewer results mean that the run was ended early. `strange` are
    fields of jobs that the harness reported and the suite does not know, `remarks` further messages
    about the harness. `known` are the entries of the file of known failures.
    """

    suite: Suite
    hello: Hello
    command: tuple[str, ...]
    options: tuple[str, ...]
    results: tuple[Result, ...]
    chosen: int
    seconds: float
    known: tuple[KnownFailure, ...] = ()
    strange: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()

    @property
    def part(self) -> str:
        """Which part of the suite was to be run, in numbers; "" if it was all of it."""
        whole = len(self.suite.vectors)
        return "" if self.chosen == whole else f"{self.chosen:,} of {whole:,} vectors of the suite"

    def counts(self) -> dict[str, int]:
        """The number of vectors for each outcome."""
        return count(self.results)

    def of(self, *outcomes: str) -> list[Result]:
        """The results of these outcomes."""
        return [result for result in self.results if result.outcome in outcomes]

    def rejected_whole(self) -> int:
        """The number of logs that violate and were rejected without a state."""
        return sum(result.whole for result in self.results)

    def causes(self) -> list[Cause]:
        """The failures by their causes: the errors first, then what most vectors have in common."""
        groups: dict[tuple[str, str], list[Result]] = defaultdict(list)
        for result in self.of(ERRORED, FAILED):
            if result.differences:
                says = cause_of_failure(result.vector, result.differences)
            else:
                says = cause_of_error(result.why)
            groups[result.outcome, says].append(result)
        found = [
            Cause(outcome, says, tuple(sorted(results, key=lambda each: each.vector.events)))
            for (outcome, says), results in groups.items()
        ]
        return sorted(found, key=lambda cause: (cause.outcome != ERRORED, -len(cause.results)))

    def clauses(self) -> list[Clause]:
        """The results of each clause that a vector tests, by id."""
        by_clause = defaultdict(list)
        for result in self.results:
            for clause in result.vector.clauses:
                by_clause[clause].append(result)
        said = clause_texts(self.suite)
        return [Clause(id, said.get(id, ""), count(by_clause[id])) for id in sorted(by_clause)]

    def mended(self) -> list[KnownFailure]:
        """The entries of which some vector passed and none failed."""
        found = []
        for entry in self.known:
            outcomes = {result.outcome for result in self.results if entry.excuses(result.vector)}
            if PASSED in outcomes and KNOWN not in outcomes:
                found.append(entry)
        return found

    def unused(self) -> list[KnownFailure]:
        """The entries that match no vector of the whole suite."""
        vectors = self.suite.vectors
        return [entry for entry in self.known if not any(map(entry.excuses, vectors))]

    def paste(self, vector: Vector) -> str:
        """A shell command that runs just this vector."""
        start = ("flux-conform", "suite", "run", *self.options)
        return shlex.join((*start, "--id", vector.id, "--", *self.command))

    @property
    def all_skipped(self) -> bool:
        """Whether the harness skipped every vector, so that nothing is known of it."""
        return all(result.outcome == SKIPPED for result in self.results)

    @property
    def exit_code(self) -> int:
        """0: all passed but what is known or contested; 1: some failed; 2: some errored.

        2 as well where the harness skipped everything.
        """
        counts = self.counts()
        if counts[ERRORED] or len(self.results) < self.chosen or self.all_skipped:
            return 2
        return 1 if counts[FAILED] or self.mended() else 0


def count(results: Iterable[Result]) -> dict[str, int]:
    """The number of results for each outcome, 0 included."""
    found = Counter(result.outcome for result in results)
    return {outcome: found[outcome] for outcome in OUTCOMES}


def clause_texts(suite: Suite) -> dict[str, str]:
    """The sentences of the clauses in the manifest, by id."""
    return {str(row["id"]): sentence(str(row.get("says", ""))) for row in suite.clauses}


def to_json(run: SuiteRun) -> dict[str, Any]:
    """The whole run; of vectors that passed, the ids alone."""
    return {
        "machine": run.suite.machine,
        "suite": run.suite.version,
        "digest": run.suite.digest,
        "harness": run.hello._asdict(),
        "command": list(run.command),
        "chosen": run.chosen,
        "counts": run.counts(),
        "exit_code": run.exit_code,
        "seconds": round(run.seconds, 3),
        "clauses": [
            {"id": clause.id, "says": clause.says, **clause.counts} for clause in run.clauses()
        ],
        "causes": [
            {
                "outcome": cause.outcome,
                "says": cause.says,
                "vectors": [result.vector.id for result in cause.results],
            }
            for cause in run.causes()
        ],
        "known_failures": {
            "mended": [entry._asdict() for entry in run.mended()],
            "unused": [entry._asdict() for entry in run.unused()],
        },
        "rejected_whole": run.rejected_whole(),
        "strange_fields": list(run.strange),
        "remarks": list(run.remarks),
        "passed": [result.vector.id for result in run.of(PASSED)],
        "results": [_result(run, r) for r in run.results if r.outcome != PASSED],
    }


def _result(run: SuiteRun, result: Result) -> dict[str, Any]:
    vector = result.vector
    known = result.known
    return {
        "id": vector.id,
        "outcome": result.outcome,
        "purpose": vector.purpose,
        "says": vector.says,
        "clauses": list(vector.clauses),
        "contested": list(vector.contested),
        "differences": [difference._asdict() for difference in result.differences],
        "why": result.why,
        "known": None if known is None else {"reason": known.reason, "link": known.link},
        "errors": result.errors,
        "path": vector.path,
        "run": run.paste(vector),
    }
