"""What all tests share: the corpus, system programs, and no silent skips where all must be there.

Some tests need a program or a corpus that not every machine has. They skip there and say what
they lack. With FLUX_CONFORM_REQUIRE_TOOLS=1 nothing may be lacking: asking for it in vain fails
the test, and any skip, whatever its cause, fails the run.
"""

import gc
import os
import shutil
import signal
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

import pytest

pytest_plugins = ["pytester"]

ALL_REQUIRED = os.environ.get("FLUX_CONFORM_REQUIRE_TOOLS", "") not in ("", "0")


def lacking(what: str) -> NoReturn:
    """Skip the test that runs, or fail it where nothing may be lacking."""
    if ALL_REQUIRED:
        pytest.fail(f"{what} (FLUX_CONFORM_REQUIRE_TOOLS is set)", pytrace=False)
    pytest.skip(what)


@pytest.fixture(scope="session")
def corpus() -> Path:
    """The directory of the corpus of real eventlogs."""
    name = os.environ.get("FLUX_CONFORM_CORPUS")
    if not name:
        lacking("set FLUX_CONFORM_CORPUS to the corpus of real eventlogs")
    path = Path(name)
    if not path.is_dir():  # somebody means to run these tests, so never a skip
        pytest.fail(f"FLUX_CONFORM_CORPUS is no directory: {name}", pytrace=False)
    return path.resolve()


@pytest.fixture(scope="session")
def require_tool() -> Callable[[str], str]:
    """A function that takes the name of a system program and returns its path."""

    def find(name: str) -> str:
        return shutil.which(name) or lacking(f"needs the program {name!r}, which is not on PATH")

    return find


class NoSkips:
    """Fails a run in which a test, or a whole module of tests, was skipped."""

    def __init__(self) -> None:
        self.skipped: dict[str, str] = {}

    # Under xdist these two are called in the controlling process too, which decides the outcome.
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self._note(report)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        self._note(report)

    def _note(self, report: pytest.TestReport | pytest.CollectReport) -> None:
        if report.skipped and not hasattr(report, "wasxfail"):
            place = report.longrepr
            reason = place[2] if isinstance(place, tuple) else str(place)
            self.skipped[report.nodeid] = reason.removeprefix("Skipped: ")

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        if self.skipped and session.exitstatus in (
            pytest.ExitCode.OK,
            pytest.ExitCode.NO_TESTS_COLLECTED,
        ):
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        if not self.skipped:
            return
        terminalreporter.section("skipped, but FLUX_CONFORM_REQUIRE_TOOLS is set", red=True)
        for nodeid, reason in sorted(self.skipped.items()):
            terminalreporter.line(f"{nodeid}: {reason}")


def pytest_collection_finish() -> None:
    # Thousands of tests that were collected stay, and need not be looked through again and again.
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)


def pytest_configure(config: pytest.Config) -> None:
    # What starts the tests may have told them to ignore these, as `nohup` and a shell's `&` do; the
    # tests of what a signal does need what a terminal gives.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
    if config.pluginmanager.hasplugin("hypothesispytest"):
        from hypothesis import HealthCheck, settings

        # A machine that is busy with other things is no fault of the code. Where all must be there,
        # as in CI, the same examples are drawn each time: what fails there fails here too.
        settings.register_profile(
            "unhurried",
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow],
            derandomize=ALL_REQUIRED,
        )
        settings.load_profile("unhurried")
    if ALL_REQUIRED:
        config.pluginmanager.register(NoSkips(), "no-skips")
