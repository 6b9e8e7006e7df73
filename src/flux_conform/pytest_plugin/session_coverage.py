"""Measures and reports which parts of the specification the logs of a session exercise."""

from __future__ import annotations

import os
import pickle
from typing import TYPE_CHECKING, Any

import pytest

from flux_conform.files import write_whole
from flux_conform.language import Specification
from flux_conform.language.compiled import digest
from flux_conform.language.faults import SpecificationFaults
from flux_conform.suite.excused import Excuse, read_excuses
from flux_conform.suite.exercisable import INCLUDABLE, Exercisable, UnknownGeneration
from flux_conform.suite.statement import Certifier, Statement, to_json
from flux_conform.suite.statement_html import statement_html
from flux_conform.suite.statement_text import exercised, verdicts
from flux_conform.suite.threshold import NoThreshold, Threshold, read_threshold
from flux_conform.testing import watched
from flux_conform.text import finite_json, printable

if TYPE_CHECKING:
    from collections.abc import Iterable

    from flux_conform.pytest_plugin.settings import Settings

_KEY = "flux_conform_coverage"

_ALL = "--flux-coverage-json FILE"

_NAMED = 10
"""Maximum number of unexercised items of a part that the terminal report names."""


class SpecificationCoverage:
    """Collects the coverage of the logs that a session checks; under xdist, of all workers."""

    def __init__(self, config: pytest.Config, settings: Settings) -> None:
        self._config = config
        self._assertions = settings.assertions()
        self._thresholds = _thresholds(settings.coverage_fail_under)
        self._scope = _scope(settings, self._assertions.specification)
        self._excuses = _excuses(settings, self._scope)
        self._certifiers: dict[str, tuple[Specification, Certifier]] = {}
        """By the digest of the specification: revisions of one have the same name."""
        self._digests: dict[int, tuple[Specification, str]] = {}
        self._failures: list[str] = []
        self._watching = watched(self._seen)
        self._watching.__enter__()

    def close(self) -> None:
        """Stop collecting."""
        self._watching.__exit__(None, None, None)

    def _seen(self, specification: Specification, name: str, log: bytes) -> None:
        self._certifier(specification).add(name, log)

    def _certifier(self, specification: Specification) -> Certifier:
        key = self._digest(specification)
        if key not in self._certifiers:
            own = specification == self._assertions.specification
            scope = self._scope if own else None
            made = Certifier(specification, self._assertions.options, scope)
            self._certifiers[key] = (specification, made)
        return self._certifiers[key][1]

    def _digest(self, specification: Specification) -> str:
        # Keeping the specification alive ensures that no other object gets its id.
        if id(specification) not in self._digests:
            self._digests[id(specification)] = (specification, digest(specification))
        return self._digests[id(specification)][1]

    def _statements(self) -> list[Statement]:
        """Return the coverage of each machine; the session's own comes first, even without logs."""
        self._certifier(self._assertions.specification)
        own = self._digest(self._assertions.specification)
        made = sorted(self._certifiers.items(), key=lambda item: item[0] != own)
        return [
            each.statement(
                subject=self._config.rootpath.name, excuses=self._excuses if key == own else ()
            )
            for key, (_, each) in made
        ]

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        """Add the coverage of an xdist worker."""
        counted = getattr(node, "workeroutput", {}).get(_KEY)
        for specification, numbers in pickle.loads(counted) if counted is not None else ():
            self._certifier(specification).merge(numbers)

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """In a worker, send the coverage to the controller; else write and judge it."""
        output = getattr(self._config, "workeroutput", None)
        if output is not None:
            rows = [(each, certifier.counted()) for each, certifier in self._certifiers.values()]
            output[_KEY] = pickle.dumps(rows)
            return
        statements = self._statements()
        used: set[str] = set()
        for number, statement in enumerate(statements):
            suffix = "" if number == 0 else f"-{statement.machine}"
            suffix = suffix if suffix not in used else f"{suffix}-{statement.digest[:8]}"
            used.add(suffix)
            _write(self._config.getoption("flux_coverage_json"), suffix, _json(statement))
            _write(self._config.getoption("flux_coverage_html"), suffix, statement_html(statement))
        missed = [*statements[0].stale, *statements[0].missed(self._thresholds)]
        self._failures = [f"FAIL: {message}" for message in missed]
        if self._failures and session.exitstatus in (
            pytest.ExitCode.OK,
            pytest.ExitCode.NO_TESTS_COLLECTED,
        ):
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Print the coverage, and the thresholds that are missed."""
        for statement in self._statements():
            terminalreporter.section(f"coverage of the specification {statement.machine}")
            if statement.logs:
                terminalreporter.line(f"{verdicts(statement)}; {statement.events:,} events")
            else:
                terminalreporter.line("no log was judged", yellow=True)
            if statement.logs:
                for line in exercised(statement, _ALL, "--flux-coverage-", _NAMED):
                    terminalreporter.line(printable(line))
        for line in self._failures:
            terminalreporter.line(printable(line), red=True, bold=True)


def _thresholds(given: Iterable[str]) -> list[Threshold]:
    """Raises pytest.UsageError."""
    try:
        return [read_threshold(each) for each in given]
    except NoThreshold as error:
        raise pytest.UsageError(f"--flux-coverage-fail-under {error}") from None


def _scope(settings: Settings, specification: Specification) -> Exercisable:
    """Raises pytest.UsageError."""
    unknown = [name for name in settings.coverage_with if name not in INCLUDABLE]
    if unknown:
        raise pytest.UsageError(
            f"--flux-coverage-with {unknown[0]}: give some of {', '.join(INCLUDABLE)}"
        )
    try:
        return Exercisable(specification, settings.coverage_generation, settings.coverage_with)
    except UnknownGeneration as error:
        raise pytest.UsageError(f"--flux-coverage-generation: {error}") from None


def _excuses(settings: Settings, scope: Exercisable) -> tuple[Excuse, ...]:
    """Raises pytest.UsageError."""
    path = settings.coverage_exceptions
    if path is None:
        return ()
    try:
        return read_excuses(path, scope)
    except SpecificationFaults as error:
        raise pytest.UsageError(f"--flux-coverage-exceptions: {error}") from None


def _json(statement: Statement) -> str:
    return finite_json(to_json(statement), indent=1) + "\n"


def _write(path: str | None, suffix: str, text: str) -> None:
    """Write a report, with a suffix between the path and its extension; without a path, nothing."""
    if path is not None:
        root, extension = os.path.splitext(path)
        write_whole(f"{root}{suffix}{extension}", text.encode("utf-8", "backslashreplace"))
