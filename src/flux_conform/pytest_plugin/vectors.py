"""Parametrizes tests with the vectors of a conformance suite."""

from __future__ import annotations

import os
from functools import cache
from typing import TYPE_CHECKING, Any

import pytest

from flux_conform.artefacts import artefact
from flux_conform.pytest_plugin.vector_readings import (
    SuiteReadings,
    check_demanded,
    session_readings,
)
from flux_conform.suite.compare import Difference, compare
from flux_conform.suite.folder import NoSuite, Suite, Vector, load_suite
from flux_conform.suite.open_readings import UnknownReading, fit
from flux_conform.suite.protocol import REPORTS, Answer, Garbled, read_answer
from flux_conform.suite.result_text import title, told
from flux_conform.suite.results import FAILED, Result
from flux_conform.suite.select import Filters, NothingChosen, choose, fits_some, without
from flux_conform.testing import VectorError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pluggy import HookRelay

FIXTURE = "conformance_vector"


class ConformanceVector:
    """A log of the suite with its expected reading; the value of the fixture `conformance_vector`.

    `vector` has all fields of the suite (docs/suite.md): `id`, `clauses`, `says`, `verdict`,
    `strict`, `states`, `job`, `findings`, `contested`.
    """

    def __init__(
        self, vector: Vector, fields: frozenset[str], hook: HookRelay, readings: SuiteReadings
    ) -> None:
        self.vector = vector
        self._fields = fields
        self._hook = hook
        self._readings = readings

    @property
    def log(self) -> bytes:
        """The bytes of the log."""
        return self.vector.read_log()

    @property
    def states(self) -> tuple[str, ...]:
        """The state after each event, up to the first event that violates."""
        return self.vector.states

    @property
    def verdict(self) -> str:
        """The verdict: conforms, incomplete or violates."""
        return self.vector.verdict

    def check(self, answer: Any = None) -> None:
        """Compare a reader's answer with the suite.

        Without an answer, the hook `pytest_flux_conform_read` calls the reader; see there for the
        form of an answer. Raises VectorError if they differ. If the vector rests on open questions
        of the RFC, the answer must fit a reading of them, and the same one as the answers before.
        Raises TypeError if the answer has another form.
        """
        __tracebackhide__ = True
        if answer is None:
            answer = self._read()
        given, why = _answer(answer), ""
        if self.vector.contested:
            how = fit(self._readings.questions, self.vector, given, self._fields)
            differences, why = self._readings.judge(self.vector, how)
        else:
            differences = compare(self.vector, given, self._fields)
        if differences or why:
            raise _error(self.vector, differences, why)

    def _read(self) -> Any:
        """Return the answer of the project's reader."""
        __tracebackhide__ = True
        readers = self._hook.pytest_flux_conform_read
        try:
            answer = readers(log=self.log, vector=self.vector)
        except Exception as error:
            error.add_note("\n".join(["the reader was given", *_description(self.vector, ())]))
            raise
        if answer is None:
            what = "pytest_flux_conform_read gave None, and so no answer"
            if not readers.get_hookimpls():
                what = (
                    "nothing reads the log: give what your reader says to check(), or say in "
                    "conftest.py how it is called, with a function pytest_flux_conform_read(log)"
                )
            pytest.fail(what, pytrace=False)
        return answer

    def __repr__(self) -> str:
        return f"<ConformanceVector {self.vector.id}>"


def _error(vector: Vector, differences: Sequence[Difference], why: str = "") -> VectorError:
    head = f"{vector.id}: {why or title(Result(vector, FAILED, tuple(differences)))}"
    lines = [head, "", *_description(vector, differences, why)]
    return VectorError("\n".join(lines), vector, differences)


def _description(vector: Vector, differences: Sequence[Difference], why: str = "") -> list[str]:
    """Describe a vector: its purpose, its log, the differences, and the expected findings."""
    lines = told(Result(vector, FAILED, tuple(differences), why))
    for finding in vector.findings:
        rule = f"{finding['level']}[{finding['rule']}]"
        lines.append(f"to be found in line {finding['line']}: {rule}")
    return lines


def parametrize(metafunc: pytest.Metafunc, machine: str, own: Filters, session: Filters) -> None:
    """Parametrize a test with the vectors of a machine's suite that the filters select.

    `own` are the filters of the test's marker, `session` those of the command line. If the
    session's filters match only vectors of another machine's suite, the test gets none. Filters
    that match no vector of any suite are a collection error.
    """
    mistake = ""
    config = metafunc.config
    try:
        suite = load_suite_of(machine)
        check_demanded([load_suite_of(each) for each in suites()], config.getoption("flux_reading"))
        readings = session_readings(config).of(suite)
        vectors = choose(suite.vectors, own)
        if any(session):
            vectors = _selected(suite, vectors, session)
    except (NoSuite, NothingChosen, UnknownReading) as error:
        mistake = f"flux-conform: {error}"
    if mistake:  # outside the except block: pytest would print the chained exception too
        pytest.fail(mistake, pytrace=False)
    hook, fields = config.hook, suite.job_fields
    metafunc.parametrize(
        FIXTURE,
        [
            pytest.param(
                ConformanceVector(vector, fields, hook, readings),
                id=vector.id,
                marks=pytest.mark.conformance_vector,
            )
            for vector in vectors
        ],
    )


def _selected(suite: Suite, vectors: tuple[Vector, ...], session: Filters) -> tuple[Vector, ...]:
    """Return the vectors that the session's filters select.

    Raises NothingChosen if the filters match no vector of any suite.
    """
    wanted, unwanted = session._replace(exclude=()), Filters(exclude=session.exclude)
    for pattern in unwanted.exclude:
        if not any(fits_some(load_suite_of(other).vectors, pattern) for other in suites()):
            choose(suite.vectors, Filters(exclude=(pattern,)))  # raises, with a suggestion
    if any(wanted) and not _matches_any(vectors, wanted):
        if any(_matches_any(load_suite_of(other).vectors, wanted) for other in suites()):
            return ()
        return choose(suite.vectors, wanted)  # raises, with a suggestion
    return without(choose(vectors, wanted), session.exclude)


def _matches_any(vectors: Sequence[Vector], filters: Filters) -> bool:
    try:
        return bool(choose(vectors, filters))
    except NothingChosen:
        return False


def properties(vector: Vector) -> list[tuple[str, object]]:
    """Return the properties that a report shows for the test of a vector."""
    return [
        ("flux_conform_vector", vector.id),
        *(("flux_conform_rule", clause) for clause in vector.clauses),
    ]


@cache
def load_suite_of(machine: str) -> Suite:
    """Return the suite of a packaged machine. Raises NoSuite."""
    if machine not in suites():
        raise NoSuite(f"there is no suite for {machine}, only for {', '.join(suites())}")
    return load_suite(artefact("conformance", machine))


def suites() -> list[str]:
    """Return the names of the machines that have a suite."""
    folder = artefact("conformance")
    return [
        name for name in sorted(os.listdir(folder)) if os.path.isdir(os.path.join(folder, name))
    ]


def _answer(given: Any) -> Answer:
    """Read an answer in any of its forms. Raises TypeError."""
    row: Mapping[str, Any]
    if isinstance(given, bool):
        row = {"accepts": given}
    elif isinstance(given, list | tuple):
        row = {"states": [str(state) for state in given]}
    elif isinstance(given, dict):
        row = given
    else:
        raise TypeError(
            f"an answer is a list of states, a bool or a dict, and this is {given!r}; "
            "see pytest_flux_conform_read"
        )
    reports = tuple(name for name in REPORTS if name in row)
    unknown = [key for key in row if key not in REPORTS]
    if unknown or not reports:
        what = f"has the key {unknown[0]!r}" if unknown else "is empty"
        raise TypeError(f"the answer {what}; its keys are some of {', '.join(REPORTS)}")
    try:
        return read_answer(row, reports)
    except Garbled as error:
        raise TypeError(str(error)) from error
