"""The results of a run of the suite, as values and as JSON."""

from __future__ import annotations

import shlex
from collections import Counter, defaultdict
from collections.abc import Container, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from flux_conform.suite.causes import cause_of_error, cause_of_failure
from flux_conform.suite.compare import Difference
from flux_conform.suite.folder import Questions, Suite, Vector
from flux_conform.suite.known import KnownFailure
from flux_conform.suite.making.testable import sentence
from flux_conform.suite.open_readings import Consistent, Fit, Read, consistent
from flux_conform.suite.protocol import Hello

PASSED, FAILED, KNOWN, ERRORED = "passed", "failed", "known", "errored"
SKIPPED = "skipped"

OUTCOMES = (PASSED, FAILED, KNOWN, ERRORED, SKIPPED)
"""`known`: the vector failed or errored, and a file of known failures says why."""


class Result(NamedTuple):
    """The result of one vector.

    `why` says why it errored or was skipped, or why it is known to fail; of a contested vector that
    failed, how it reads the open questions. `errors` is the end of what the harness wrote to
    standard error before it broke down. `whole` says that the log was rejected whole, so that no
    states were compared. `fit` is how the answer to a contested vector fits.
    """

    vector: Vector
    outcome: str
    differences: tuple[Difference, ...] = ()
    why: str = ""
    errors: str = ""
    seconds: float = 0.0
    known: KnownFailure | None = None
    whole: bool = False
    fit: Fit | None = None

    def excused(self, known: Iterable[KnownFailure]) -> Result:
        """The result, as known if an entry excuses that it failed or errored."""
        excusing = (each for each in known if each.excuses(self.vector, self.differences))
        entry = next(excusing, None)
        if entry is None or self.outcome not in (FAILED, ERRORED):
            return self
        return self._replace(outcome=KNOWN, known=entry, why=self.why or entry.reason)


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
    about the harness. `known` are the entries of the file of known failures. `reads` says how the
    run reads the open questions that its vectors rest on.
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
    reads: tuple[Read, ...] = ()

    def contested(self) -> list[Result]:
        """The results of the vectors that rest on open questions and were answered."""
        return [result for result in self.results if result.fit is not None]

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
            if result.fit is not None and result.fit.fitting:
                says = result.why
            elif result.differences:
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
        read = {each.question: each for each in self.reads}
        given = [
            f"--reading={name}={read[name].reading}"
            for name in vector.contested
            if name in read and not read[name].demanded
        ]
        return shlex.join((*start, *given, "--id", vector.id, "--", *self.command))

    @property
    def all_skipped(self) -> bool:
        """Whether the harness skipped every vector, so that nothing is known of it."""
        return all(result.outcome == SKIPPED for result in self.results)

    @property
    def exit_code(self) -> int:
        """0: all passed but what is known; 1: some failed; 2: some errored.

        2 as well where the harness skipped everything.
        """
        counts = self.counts()
        if counts[ERRORED] or len(self.results) < self.chosen or self.all_skipped:
            return 2
        return 1 if counts[FAILED] or self.mended() else 0


def settled(
    results: Sequence[Result],
    questions: Questions,
    demanded: Mapping[str, str],
    known: Sequence[KnownFailure],
) -> tuple[tuple[Result, ...], tuple[Read, ...]]:
    """The results under one reading of each open question, and how the run reads them.

    A vector that fits only another reading fails.
    """
    answered = [result for result in results if result.fit is not None]
    choice = consistent(
        [result.fit.fitting for result in answered if result.fit is not None],
        [result.vector.contested for result in answered],
        questions.readings,
        demanded,
    )
    return tuple(_settled(result, choice, known) for result in results), choice.reads


def _settled(result: Result, choice: Consistent, known: Sequence[KnownFailure]) -> Result:
    if result.fit is None:
        return result
    demanded = {read.question for read in choice.reads if read.demanded}
    outcome, differences, why = held(result.vector, result.fit, choice.readings, demanded)
    settled = result._replace(outcome=outcome, differences=differences, why=why, known=None)
    return settled.excused(known)


def held(
    vector: Vector, fit: Fit, readings: Mapping[str, str], demanded: Container[str] = ()
) -> tuple[str, tuple[Difference, ...], str]:
    """The outcome of a contested vector under given readings: differences, and what they mean."""
    combination = tuple((name, readings[name]) for name in vector.contested)
    if combination in fit.fitting:
        return PASSED, (), ""
    if not fit.fitting:
        nearest = fit.nearest
        told = " and ".join(f"`{name}` as {by}" for name, by in nearest)
        return FAILED, fit.differences[nearest], f"fits no reading; the nearest reads {told}"
    # Of those that fit, the one with the fewest other readings.
    nearest = min(sorted(fit.fitting), key=lambda other: len(set(other) - set(combination)))
    others = [(name, by) for name, by in nearest if readings[name] != by]
    fits = " and ".join(f"`{name}` as {by}" for name, by in others)
    reads = " and ".join(
        f"{'it is to be read as' if name in demanded else 'the run reads it as'} {readings[name]}"
        for name, _ in others
    )
    return FAILED, fit.differences.get(combination, ()), f"fits {fits}, but {reads}"


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
        "contested": len(run.contested()),
        "readings": [each._asdict() for each in run.reads],
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
        "fits": [] if result.fit is None else sorted(map(dict, result.fit.fitting), key=str),
        "differences": [difference._asdict() for difference in result.differences],
        "why": result.why,
        "known": None if known is None else {"reason": known.reason, "link": known.link},
        "errors": result.errors,
        "path": vector.path,
        "run": run.paste(vector),
    }
