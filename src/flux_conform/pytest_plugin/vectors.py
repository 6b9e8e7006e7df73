"""The vectors of a conformance suite as parameters of a test."""

from __future__ import annotations

import os
from functools import cache
from typing import TYPE_CHECKING, Any

import pytest

from flux_conform.artefacts import artefact
from flux_conform.suite.compare import Difference, compare
from flux_conform.suite.folder import NoSuite, Suite, Vector, load_suite
from flux_conform.suite.protocol import REPORTS, Answer, Garbled, read_answer
from flux_conform.suite.result_text import title, told
from flux_conform.suite.results import FAILED, Result
from flux_conform.suite.select import Filters, NothingChosen, choose
from flux_conform.testing import VectorError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pluggy import HookRelay

FIXTURE = "conformance_vector"


class ConformanceVector:
    """A log of the suite, and what a right reader makes of it.

    `vector` holds all that the suite says (docs/suite.md): `id`, `clauses`, `says`, `verdict`,
    `strict`, `states`, `job`, `findings`, `contested`.
    """

    def __init__(self, vector: Vector, fields: frozenset[str], hook: HookRelay) -> None:
        self.vector = vector
        self._fields = fields
        self._hook = hook

    @property
    def log(self) -> bytes:
        """The bytes of the log."""
        return self.vector.read_log()

    @property
    def states(self) -> tuple[str, ...]:
        """The states after each event, up to the first that violates."""
        return self.vector.states

    @property
    def verdict(self) -> str:
        """The verdict: conforms, incomplete or violates."""
        return self.vector.verdict

    def check(self, answer: Any = None) -> None:
        """Hold what a reader makes of the log against the suite.

        Without an answer the reader is called by the hook `pytest_flux_conform_read`, which says
        what an answer is. Raises VectorError where they differ; where the vector rests on an open
        question the test is an expected failure then. Raises TypeError for what is no answer.
        """
        __tracebackhide__ = True
        if answer is None:
            answer = self._read()
        differences = compare(self.vector, _answer(answer), self._fields)
        if differences and self.vector.contested:
            questions = ", ".join(self.vector.contested)
            pytest.xfail(f"rests on open questions, and is read otherwise: {questions}")
        if differences:
            raise _error(self.vector, differences)

    def _read(self) -> Any:
        """What the project's reader says."""
        __tracebackhide__ = True
        readers = self._hook.pytest_flux_conform_read
        try:
            answer = readers(log=self.log, vector=self.vector)
        except Exception as error:
            error.add_note("\n".join(["the reader was given", *_told(self.vector, ())]))
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


def _error(vector: Vector, differences: Sequence[Difference]) -> VectorError:
    head = f"{vector.id}: {title(Result(vector, FAILED, tuple(differences)))}"
    return VectorError("\n".join([head, "", *_told(vector, differences)]), vector, differences)


def _told(vector: Vector, differences: Sequence[Difference]) -> list[str]:
    """What a vector tests, its log, what differs, and what is right to find in it."""
    lines = told(Result(vector, FAILED, tuple(differences)))
    for finding in vector.findings:
        rule = f"{finding['level']}[{finding['rule']}]"
        lines.append(f"to be found in line {finding['line']}: {rule}")
    return lines


def parametrize(metafunc: pytest.Metafunc, machine: str, own: Filters, session: Filters) -> None:
    """Make a test for each vector of a machine's suite that the test and the session want.

    A test of another machine's suite than that which the session has in mind gets none. What
    nobody has is an error of collection.
    """
    slip = ""
    try:
        suite = load_suite_of(machine)
        vectors = choose(suite.vectors, own)
        if any(session):
            vectors = _wanted(suite, vectors, session)
    except (NoSuite, NothingChosen) as error:
        slip = f"flux-conform: {error}"
    if slip:  # and not above: pytest would tell of both
        pytest.fail(slip, pytrace=False)
    hook, fields = metafunc.config.hook, suite.job_fields
    metafunc.parametrize(
        FIXTURE,
        [
            pytest.param(
                ConformanceVector(vector, fields, hook),
                id=vector.id,
                marks=pytest.mark.conformance_vector,
            )
            for vector in vectors
        ],
    )


def _wanted(suite: Suite, vectors: tuple[Vector, ...], session: Filters) -> tuple[Vector, ...]:
    """Those that the session wants. Raises NothingChosen where no suite has any such."""
    if _have(vectors, session):
        return choose(vectors, session)
    if any(_have(load_suite_of(other).vectors, session) for other in suites()):
        return ()
    return choose(suite.vectors, session)  # which says what was meant, perhaps


def _have(vectors: Sequence[Vector], filters: Filters) -> bool:
    try:
        return bool(choose(vectors, filters))
    except NothingChosen:
        return False


def properties(vector: Vector) -> list[tuple[str, object]]:
    """What a report shall tell of a test that was given a vector."""
    return [
        ("flux_conform_vector", vector.id),
        *(("flux_conform_rule", clause) for clause in vector.clauses),
    ]


@cache
def load_suite_of(machine: str) -> Suite:
    """The suite of a packaged machine. Raises NoSuite."""
    if machine not in suites():
        raise NoSuite(f"there is no suite for {machine}, only for {', '.join(suites())}")
    return load_suite(artefact("conformance", machine))


def suites() -> list[str]:
    """The machines that have a suite."""
    folder = artefact("conformance")
    return [
        name for name in sorted(os.listdir(folder)) if os.path.isdir(os.path.join(folder, name))
    ]


def _answer(given: Any) -> Answer:
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
    strange = [key for key in row if key not in REPORTS]
    if strange or not reports:
        what = f"has the key {strange[0]!r}" if strange else "is empty"
        raise TypeError(f"the answer {what}; its keys are some of {', '.join(REPORTS)}")
    try:
        return read_answer(row, reports)
    except Garbled as error:
        raise TypeError(str(error)) from error
