"""How a session's tests of vectors read the open questions: one reading of each, all along."""

from __future__ import annotations

import pickle
from typing import TYPE_CHECKING

import pytest

from flux_conform.suite.open_readings import (
    Constraint,
    Fit,
    consistent,
    demanded_readings,
    satisfying,
)
from flux_conform.suite.results import held
from flux_conform.text import printable

if TYPE_CHECKING:
    from collections.abc import Callable

    from flux_conform.suite.compare import Difference
    from flux_conform.suite.folder import Suite, Vector

NAME = "flux_conform_readings"


class SuiteReadings:
    """The answers to the contested vectors of a suite so far, and what they fit."""

    def __init__(self, suite: Suite, demanded: tuple[str, ...]) -> None:
        """`demanded` are readings, each as QUESTION=READING. Raises UnknownReading."""
        self.questions = suite.questions()
        self._demanded = demanded_readings(self.questions, demanded)
        self.met: list[Constraint] = []

    def judge(self, vector: Vector, fit: Fit) -> tuple[tuple[Difference, ...], str]:
        """The differences of an answer, and why it fails; "" where it fits what came before.

        An answer that fails is not kept.
        """
        constraint = (vector.contested, fit.fitting)
        readings = self._satisfying([*self.met, constraint])
        if readings is not None:
            self.met.append(constraint)
            return (), ""
        before = self._consistent()
        _, differences, why = held(vector, fit, before, self._demanded)
        return differences, why

    def lines(self) -> list[str]:
        """How the session reads each question."""
        found = consistent(
            [fitting for _, fitting in self.met],
            [rest for rest, _ in self.met],
            self.questions.readings,
            self._demanded,
        )
        return [str(read) for read in found.reads]

    def is_consistent(self) -> bool:
        """Whether one reading of each question fits all answers."""
        return self._satisfying(self.met) is not None

    def _options(self) -> dict[str, tuple[str, ...]]:
        return {**self.questions.readings} | {name: (by,) for name, by in self._demanded.items()}

    def _satisfying(self, constraints: list[Constraint]) -> dict[str, str] | None:
        return satisfying(constraints, self._options())

    def _consistent(self) -> dict[str, str]:
        own = {name: names[0] for name, names in self._options().items()}
        return own | (self._satisfying(self.met) or {})


class SessionReadings:
    """The readings of all suites of a session; a plugin, so that it can say them at the end."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._suites: dict[str, SuiteReadings] = {}

    def of(self, suite: Suite) -> SuiteReadings:
        """Return the readings of a suite. Raises UnknownReading."""
        if suite.machine not in self._suites:
            # A reading may be of another machine's suite.
            demanded = tuple(self._config.getoption("flux_reading"))
            known = suite.questions().readings
            own = tuple(text for text in demanded if text.partition("=")[0] in known)
            self._suites[suite.machine] = SuiteReadings(suite, own)
        return self._suites[suite.machine]

    def add(self, sent: bytes, load: Callable[[str], Suite]) -> None:
        """Add the answers of an xdist worker; `load` gives the suite of a machine."""
        for machine, met in pickle.loads(sent):
            self.of(load(machine)).met += met

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """In a worker, send the answers to the controller; else fail if they are inconsistent."""
        output = getattr(self._config, "workeroutput", None)
        if output is not None:
            rows = [(machine, suite.met) for machine, suite in self._suites.items()]
            output[NAME] = pickle.dumps(rows)
        elif self._inconsistent() and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Say how each question is read."""
        for machine, suite in self._suites.items():
            if suite.met:
                terminalreporter.section(f"open questions of the suite {machine}")
                for line in suite.lines():
                    terminalreporter.line(printable(line))
        for machine in self._inconsistent():
            terminalreporter.line(
                f"FAIL: no reading of each question of {machine} fits the answers of all workers; "
                "run without -n to see which vectors",
                red=True,
                bold=True,
            )

    def _inconsistent(self) -> list[str]:
        return [name for name, suite in self._suites.items() if not suite.is_consistent()]


def session_readings(config: pytest.Config) -> SessionReadings:
    """Return the readings of the session, which are made when they are first needed."""
    plugin = config.pluginmanager.get_plugin(NAME)
    if plugin is None:
        plugin = SessionReadings(config)
        config.pluginmanager.register(plugin, NAME)
    assert isinstance(plugin, SessionReadings)
    return plugin


def check_demanded(suites: list[Suite], demanded: tuple[str, ...]) -> None:
    """Hold the readings that are demanded against all suites. Raises UnknownReading."""
    for text in demanded:
        name = text.partition("=")[0]
        knowing = [suite for suite in suites if name in suite.questions().readings]
        for suite in knowing or suites:
            demanded_readings(suite.questions(), (text,))
