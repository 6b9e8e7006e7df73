"""Reads the settings of a session from its command line and ini file, when they are needed."""

from __future__ import annotations

import glob
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING, Any

import pytest

from flux_conform.language import is_file
from flux_conform.project_settings import BadConfiguration, Configuration, find_configuration

if TYPE_CHECKING:
    from flux_conform.testing import Assertions

MARKER = "flux_conform"

_ENDING = ".eventlog"


class Settings:
    """The settings of a session; the marker `flux_conform` overrides them for a test."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._assertions: dict[tuple[str | None, bool, tuple[str, ...]], Assertions] = {}

    @property
    def machine(self) -> str | None:
        """The name or file of the specification; None if the kind of each log decides."""
        named = self._config.getoption("flux_machine") or self._ini("machine")
        return named or next(iter(self._shared("machine")), None)

    @property
    def machine_of_vectors(self) -> str:
        """The machine whose suite a test gets by default."""
        return self.machine or self.assertions().specification.name

    @property
    def strict(self) -> bool:
        """Whether findings of the levels SHOULD and implied count."""
        given = self._config.getoption("flux_strict") or self._ini("strict")
        with _usage_errors():
            return bool(given or (self._project is not None and self._project.flag("strict")))

    @property
    def allow(self) -> tuple[str, ...]:
        """The known deviations that are allowed."""
        given = (*self._ini("allow"), *self._config.getoption("flux_allow"))
        return given or self._shared("allow")

    @cached_property
    def _project(self) -> Configuration | None:
        """The settings for all verbs of the command line, which hold where pytest's own are not."""
        with _usage_errors():
            return find_configuration(str(self._config.rootpath))

    def _shared(self, key: str) -> tuple[str, ...]:
        """A setting for all verbs; files are beside the file of settings."""
        if self._project is None:
            return ()
        with _usage_errors():
            texts = self._project.texts(key)
        beside = (os.path.abspath(self._project.beside(text)) for text in texts)
        return tuple(
            path if key == "rules" or is_file(text) else text
            for path, text in zip(beside, texts, strict=True)
        )

    @property
    def coverage_generation(self) -> str | None:
        """The generation whose coverage is measured; None for today's."""
        option: str | None = self._config.getoption("flux_coverage_generation")
        return option or self._ini("coverage_generation") or None

    @property
    def coverage_with(self) -> tuple[str, ...]:
        """What is counted in coverage that is left out otherwise."""
        return (*self._ini("coverage_with"), *self._config.getoption("flux_coverage_with"))

    @property
    def coverage_exceptions(self) -> str | None:
        """The path of the file of what the project never exercises; None if there is none."""
        option: str | None = self._config.getoption("flux_coverage_exceptions")
        if option is not None:
            return os.path.join(self._config.invocation_params.dir, option)
        named: str = self._ini("coverage_exceptions")
        return os.path.join(self._base, named) if named else None

    @property
    def coverage_fail_under(self) -> tuple[str, ...]:
        """The thresholds of coverage; those of the command line replace those of the ini file."""
        given: list[str] = self._config.getoption("flux_coverage_fail_under")
        return tuple(given or self._ini("coverage_fail_under"))

    def assertions(
        self,
        machine: str | None = None,
        strict: bool | None = None,
        allow: Sequence[str] | None = None,
    ) -> Assertions:
        """Return the assertions with these settings; None stands for the session's setting.

        Raises pytest.UsageError if the specification or deviations cannot be loaded.
        """
        from flux_conform.checking.waivers import UnknownDeviations
        from flux_conform.language import UnknownMachine
        from flux_conform.language.faults import SpecificationFaults
        from flux_conform.testing import Assertions

        named = self.machine if machine is None else machine
        key = (
            None if named is None else self._path(named),
            self.strict if strict is None else strict,
            tuple(map(self._path, self.allow if allow is None else allow)),
        )
        if key not in self._assertions:
            try:
                self._assertions[key] = Assertions(
                    key[0], strict=key[1], allow=key[2], rules=self._shared("rules")
                )
            except (UnknownMachine, UnknownDeviations, SpecificationFaults) as error:
                raise pytest.UsageError(f"flux-conform: {error}") from None
        return self._assertions[key]

    def of_test(self, node: pytest.Item) -> Assertions:
        """Return the assertions for a test, with the settings of its marker.

        Raises pytest.UsageError.
        """
        marker = node.get_closest_marker(MARKER)
        return self.assertions(**({} if marker is None else _marker_settings(marker, node)))

    @cached_property
    def logs(self) -> dict[str, str | None]:
        """The eventlogs that become tests: absolute paths, each with its machine or None.

        Raises pytest.UsageError if a path of the command line does not exist.
        """
        found: dict[str, str | None] = {}
        for machine, pattern in self.patterns:
            for path in self._matching(pattern):
                found.setdefault(os.path.abspath(path), machine)
        return {**found, **self.given_logs}

    @cached_property
    def given_logs(self) -> dict[str, str | None]:
        """The eventlogs that the command line names, as in `logs`.

        Raises pytest.UsageError if a path does not exist.
        """
        found: dict[str, str | None] = {}
        for given in self._config.getoption("flux_logs"):
            machine, path = _split(given)
            full = os.path.join(self._config.invocation_params.dir, path)
            paths = list(_below(full)) if os.path.isdir(full) else sorted(glob.glob(full))
            if not paths and os.path.isfile(full):  # a name with brackets is no pattern
                paths = [full]
            if not paths:
                raise pytest.UsageError(f"--flux-logs {given}: no eventlog is there")
            found.update((os.path.abspath(path), machine) for path in paths)
        return found

    @property
    def patterns(self) -> list[tuple[str | None, str]]:
        """The patterns of the ini file, each with its machine or None."""
        return [_split(line) for line in self._ini("logs")]

    @property
    def unmatched_patterns(self) -> list[str]:
        """The patterns of the ini file that no file matches."""
        return [pattern for _, pattern in self.patterns if not any(self._matching(pattern))]

    def _matching(self, pattern: str) -> Iterator[str]:
        for path in sorted(glob.glob(os.path.join(self._base, pattern), recursive=True)):
            if os.path.isfile(path):
                yield path
            elif os.path.isdir(path):
                yield from _below(path)

    @property
    def _base(self) -> str:
        ini = self._config.inipath
        return str(ini.parent if ini is not None else self._config.rootpath)

    def _path(self, name: str) -> str:
        """Resolve a file name relative to the ini file's folder, wherever pytest is started."""
        path = os.path.join(self._base, name)
        is_file = os.sep in name or name.endswith((".yaml", ".yml"))
        return path if is_file and os.path.exists(path) else name

    def _ini(self, name: str) -> Any:
        return self._config.getini(f"flux_conform_{name}")


@contextmanager
def _usage_errors() -> Iterator[None]:
    """Raises pytest.UsageError for settings that cannot be used."""
    try:
        yield
    except (BadConfiguration, OSError) as error:
        raise pytest.UsageError(f"flux-conform: {error}") from error


def _split(line: str) -> tuple[str | None, str]:
    """Split MACHINE=PATTERN; the machine of a pattern alone is None."""
    machine, equals, pattern = line.partition("=")
    return (machine, pattern) if equals and os.sep not in machine else (None, line)


def _below(directory: str) -> Iterator[str]:
    """Yield the eventlogs below a directory, in a stable order."""
    for folder, folders, files in os.walk(directory):
        folders.sort()
        yield from (os.path.join(folder, name) for name in sorted(files) if name.endswith(_ENDING))


def _marker_settings(marker: pytest.Mark, node: pytest.Item) -> dict[str, Any]:
    """Return the settings of a marker, except those that choose vectors.

    Raises pytest.UsageError for unknown settings.
    """
    known = ("machine", "strict", "allow", "rule", "state")
    unknown = [name for name in marker.kwargs if name not in known]
    if marker.args or unknown:
        what = f"an unknown setting, {unknown[0]}" if unknown else "a setting without a name"
        raise pytest.UsageError(
            f"{node.nodeid}: the marker {MARKER} has {what}; it takes {', '.join(known)}"
        )
    return {name: marker.kwargs[name] for name in known[:3] if name in marker.kwargs}
