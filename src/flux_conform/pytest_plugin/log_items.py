"""Collects eventlogs as test items."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterable
from typing import TYPE_CHECKING

import pytest

from flux_conform.text import printable

if TYPE_CHECKING:
    from _pytest._code.code import TerminalRepr

    from flux_conform.checking.finding import Finding
    from flux_conform.testing import Assertions

MARKER = "eventlog"


class EventlogWarning(pytest.PytestWarning):
    """A finding in an eventlog that does not make it violate."""


class EventlogFile(pytest.File):
    """A file that holds one eventlog."""

    assertions: Assertions

    def collect(self) -> Iterable[pytest.Item]:
        """Yield the one item; its name is the kind of the log, which is that of its machine."""
        from flux_conform.testing import EventlogError

        try:
            name = self.assertions.kind_of(self.path)
        except (EventlogError, OSError):
            name = self.assertions.specification.name  # the test reports the error
        item: EventlogItem = EventlogItem.from_parent(self, name=name)
        item.add_marker(MARKER)
        yield item


class EventlogItem(pytest.Item):
    """The test of one eventlog."""

    parent: EventlogFile

    def runtest(self) -> None:
        """Check the log: it fails if it violates, and warns of all other findings."""
        from flux_conform.checking.finding import counts
        from flux_conform.language import machines
        from flux_conform.testing import EventlogError

        assertions = self.parent.assertions
        if self.name not in (assertions.specification.name, *machines()):
            pytest.skip(f"no machine judges {self.name} eventlogs")
        found: tuple[Finding, ...] = ()
        try:
            judgement = assertions.check_eventlog(self.path, name=self._shown)
            self.user_properties.append(("flux_conform_verdict", judgement.verdict))
            found = judgement.findings
        except EventlogError as error:
            found = error.judgement.findings if error.judgement is not None else ()
            raise
        finally:
            rules = dict.fromkeys(f.rule for f in found if f.because is None)
            self.user_properties += [("flux_conform_rule", rule) for rule in rules]
            for finding in found:
                if finding.because is None and not counts(finding, strict=assertions.strict):
                    text = f"{finding.level}[{finding.rule}]: {finding.message}; {finding.repair}"
                    warning = EventlogWarning(printable(text))
                    warnings.warn_explicit(warning, None, printable(str(self.path)), finding.line)

    def repr_failure(
        self, excinfo: pytest.ExceptionInfo[BaseException], style: object = None
    ) -> str | TerminalRepr:
        """Return the findings as `check` prints them, located at the line of the log."""
        from flux_conform.testing import EventlogError

        error = excinfo.value
        if not isinstance(error, EventlogError | EventlogWarning | OSError):
            return super().repr_failure(excinfo)
        shown = excinfo.getrepr(style="value")
        crash = shown.reprcrash  # the location and message in pytest's short summary
        if crash is not None:
            finding = error.finding if isinstance(error, EventlogError) else None
            crash.path = printable(str(self.path))
            crash.lineno = finding.line if finding else 1
            message = str(error).split("\n", 1)[0]
            if finding is not None:
                message = f"{finding.level}[{finding.rule}]: {finding.message}"
            crash.message = printable(message)
        return shown

    def reportinfo(self) -> tuple[os.PathLike[str] | str, int | None, str]:
        """Return the location of the item: the first line of its file."""
        return printable(str(self.path)), 0, f"{self._shown} ({self.name})"

    @property
    def _shown(self) -> str:
        return printable(os.path.relpath(self.path, self.config.invocation_params.dir))
