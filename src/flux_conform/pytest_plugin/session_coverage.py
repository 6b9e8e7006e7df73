"""What of the specification the logs of a session exercise, told at its end."""

from __future__ import annotations

import os
import pickle
from typing import TYPE_CHECKING, Any

import pytest

from flux_conform.files import write_whole
from flux_conform.language import Specification
from flux_conform.language.compiled import digest
from flux_conform.suite.coverage import PARTS
from flux_conform.suite.statement import Certifier, Statement, to_json
from flux_conform.suite.statement_html import statement_html
from flux_conform.suite.statement_text import exercised, verdicts
from flux_conform.testing import watched
from flux_conform.text import finite_json, printable

if TYPE_CHECKING:
    from flux_conform.pytest_plugin.settings import Settings

_KEY = "flux_conform_coverage"

_NAMED = 10
"""So many of a part that are not exercised are named on the terminal."""


class SpecificationCoverage:
    """Counts the logs that a session judges; under xdist, those of all workers."""

    def __init__(self, config: pytest.Config, settings: Settings) -> None:
        self._config = config
        self._assertions = settings.assertions()
        self._demands = [_Demand(given) for given in config.getoption("flux_coverage_fail_under")]
        self._certifiers: dict[str, tuple[Specification, Certifier]] = {}
        """By the digest of the specification: revisions of one bear the same name."""
        self._digests: dict[int, tuple[Specification, str]] = {}
        self._lacking: list[str] = []
        self._watching = watched(self._seen)
        self._watching.__enter__()

    def close(self) -> None:
        """Count no more."""
        self._watching.__exit__(None, None, None)

    def _seen(self, specification: Specification, name: str, log: bytes) -> None:
        self._certifier(specification).add(name, log)

    def _certifier(self, specification: Specification) -> Certifier:
        key = self._digest(specification)
        if key not in self._certifiers:
            made = Certifier(specification, self._assertions.options)
            self._certifiers[key] = (specification, made)
        return self._certifiers[key][1]

    def _digest(self, specification: Specification) -> str:
        # The specification is kept, so that no other gets its id.
        if id(specification) not in self._digests:
            self._digests[id(specification)] = (specification, digest(specification))
        return self._digests[id(specification)][1]

    def _statements(self) -> list[Statement]:
        """What the logs show of each machine, first of the session's own, be there logs or none."""
        self._certifier(self._assertions.specification)
        own = self._digest(self._assertions.specification)
        made = sorted(self._certifiers.items(), key=lambda item: item[0] != own)
        return [each.statement(subject=self._config.rootpath.name) for _, (_, each) in made]

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        """Add the numbers of a worker of xdist."""
        counted = getattr(node, "workeroutput", {}).get(_KEY)
        for specification, numbers in pickle.loads(counted) if counted is not None else ():
            self._certifier(specification).merge(numbers)

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Hand the numbers over from a worker; else write them and see whether they suffice."""
        output = getattr(self._config, "workeroutput", None)
        if output is not None:
            rows = [(each, certifier.counted()) for each, certifier in self._certifiers.values()]
            output[_KEY] = pickle.dumps(rows)
            return
        statements = self._statements()
        taken: set[str] = set()
        for number, statement in enumerate(statements):
            last = "" if number == 0 else f"-{statement.machine}"
            last = last if last not in taken else f"{last}-{statement.digest[:8]}"
            taken.add(last)
            _write(self._config.getoption("flux_coverage_json"), last, _json(statement))
            _write(self._config.getoption("flux_coverage_html"), last, statement_html(statement))
        self._lacking = [told for each in self._demands for told in each.lacking(statements[0])]
        if self._lacking and session.exitstatus in (
            pytest.ExitCode.OK,
            pytest.ExitCode.NO_TESTS_COLLECTED,
        ):
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Print what is exercised."""
        for statement in self._statements():
            terminalreporter.section(f"coverage of the specification {statement.machine}")
            if statement.logs:
                terminalreporter.line(f"{verdicts(statement)}; {statement.events:,} events")
            else:
                terminalreporter.line("no log was judged", yellow=True)
            if statement.logs:
                for line in exercised(statement, "--flux-coverage-json FILE", _NAMED):
                    terminalreporter.line(printable(line))
        for told in self._lacking:
            terminalreporter.line(printable(told), red=True, bold=True)


class _Demand:
    """What must be exercised: so many percent of all, or of a part (PART=N)."""

    def __init__(self, given: str) -> None:
        part, equals, number = given.rpartition("=")
        try:
            self.percent = float(number)
        except ValueError:
            self.percent = -1
        if not 0 <= self.percent <= 100 or (equals and part not in PARTS):
            raise pytest.UsageError(
                f"--flux-coverage-fail-under {given}: give a percentage from 0 to 100, or one of "
                f"a part as in {PARTS[2]}=90; the parts are {', '.join(PARTS)}"
            )
        self.part = part

    def lacking(self, statement: Statement) -> list[str]:
        """In words what is lacking, if so."""
        parts = [self.part] if self.part else list(PARTS)
        items = [item for part in parts for item in statement.parts[part]]
        done = sum(item.logs > 0 for item in items)
        percent = 100 * done / len(items) if items else 100.0
        if percent >= self.percent:
            return []
        what = self.part or "all parts together"
        return [
            f"FAIL: the logs exercise {percent:.1f} % of {what} ({done} of {len(items)}), "
            f"and {self.percent:g} % are required"
        ]


def _json(statement: Statement) -> str:
    return finite_json(to_json(statement), indent=1) + "\n"


def _write(path: str | None, last: str, text: str) -> None:
    """Write a report; that of a further machine has its name before the ending."""
    if path is not None:
        root, ending = os.path.splitext(path)
        write_whole(f"{root}{last}{ending}", text.encode("utf-8", "backslashreplace"))
