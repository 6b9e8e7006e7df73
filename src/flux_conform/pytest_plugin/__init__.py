"""The pytest plugin: eventlogs as tests, fixtures, suite vectors, coverage of the specification.

pytest loads the plugin in every project that has the package installed. So it does nothing unless
a project uses it, and it imports the package's modules only when they are needed. See
docs/pytest.md.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Generator, Iterator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from flux_conform.checking.finding import Judgement
    from flux_conform.language import Specification
    from flux_conform.pytest_plugin.log_items import EventlogFile
    from flux_conform.pytest_plugin.settings import Settings
    from flux_conform.suite.select import Filters
    from flux_conform.testing import Assertions, EventlogRecorder

_SETTINGS = pytest.StashKey["Settings"]()
"""The settings of the session, on its config."""

_FAILED = pytest.StashKey[bool]()
"""Whether a test has failed, on its item."""

_MARKERS = (
    "eventlog: a test that is an eventlog (flux-conform)",
    "conformance_vector: a test of a vector of the conformance suite (flux-conform)",
    "flux_conform(machine, strict, allow, rule, state, group, generation, exclude): how the "
    "fixtures of flux-conform judge here, and which vectors are taken",
)

_CHOICES = {
    "rule": "take those that test this rule",
    "state": "take those that test this state",
    "group": "take this group",
    "generation": "take those whose logs are of this generation",
    "exclude": "leave out this group, id or rule",
}
"""How vectors are chosen, by options and by arguments of the marker."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare the options of the command line and of the ini file."""
    group = parser.getgroup("flux-conform", "eventlogs of Flux jobs")
    group.addoption(
        "--flux-logs",
        metavar="[MACHINE=]PATH",
        action="append",
        default=[],
        help="make a test of each eventlog there: a file, a pattern, a directory of *.eventlog",
    )
    group.addoption(
        "--flux-machine",
        metavar="NAME|FILE",
        help="the specification, in place of the ini file's flux_conform_machine",
    )
    group.addoption(
        "--flux-strict", action="store_true", help="let SHOULD and implied findings violate"
    )
    group.addoption(
        "--flux-allow",
        metavar="NAME|FILE",
        action="append",
        default=[],
        help="allow the known deviations of an implementation, such as flux-core",
    )
    group.addoption(
        "--flux-tier",
        choices=("smoke", "full"),
        default="full",
        help="of the suite's vectors take a tier (default: full)",
    )
    for name, says in _CHOICES.items():
        group.addoption(
            f"--flux-{name}",
            metavar=name.upper(),
            action="append",
            default=[],
            help=f"of the suite's vectors {says}; * is anything",
        )
    group.addoption(
        "--flux-reading",
        metavar="QUESTION=READING",
        action="append",
        default=[],
        help="demand that an open question is read so by the answers to the suite's vectors",
    )
    group.addoption(
        "--flux-record", metavar="DIR", help="keep the logs that eventlog_recorder gathers there"
    )
    group.addoption(
        "--flux-coverage",
        action="store_true",
        help="tell at the end what of the specification the logs exercised",
    )
    group.addoption(
        "--flux-coverage-fail-under",
        metavar="[PART=]N",
        action="append",
        default=[],
        help="fail where they exercised less than N percent of it, or of a part of it",
    )
    group.addoption(
        "--flux-coverage-generation",
        metavar="NAME",
        help="count what logs of this generation exercise, and can; * is every generation",
    )
    group.addoption(
        "--flux-coverage-with",
        metavar="WHAT",
        action="append",
        default=[],
        help="also count what is silent, removed or implied, as flux-conform certify does",
    )
    group.addoption(
        "--flux-coverage-exceptions",
        metavar="FILE",
        help="what this project never exercises, each with the reason; fail where it does",
    )
    for kind in ("json", "html"):
        group.addoption(
            f"--flux-coverage-{kind}", metavar="FILE", help=f"write that coverage as {kind.upper()}"
        )
    parser.addini(
        "flux_conform_logs",
        "eventlogs that are tests: a pattern a line, from the ini file's directory, ** for any "
        "directories; MACHINE=PATTERN where they are of another machine",
        type="linelist",
        default=[],
    )
    parser.addini(
        "flux_conform_machine", "the specification; by default, that of a log's kind", default=""
    )
    parser.addini("flux_conform_strict", "SHOULD and implied count", type="bool", default=False)
    parser.addini("flux_conform_allow", "known deviations", type="args", default=[])
    parser.addini(
        "flux_conform_coverage_fail_under",
        "where coverage is measured: the percentages that are required, PART=N or N",
        type="args",
        default=[],
    )
    parser.addini(
        "flux_conform_coverage_generation", "whose coverage is measured; * is every one", default=""
    )
    parser.addini(
        "flux_conform_coverage_with",
        "what coverage counts too: silent, removed, implied",
        type="args",
        default=[],
    )
    parser.addini(
        "flux_conform_coverage_exceptions",
        "a file of what the project never exercises, from the ini file's directory",
        default="",
    )


def pytest_addhooks(pluginmanager: pytest.PytestPluginManager) -> None:
    """Declare the hooks that a project can implement."""
    from flux_conform.pytest_plugin import hooks

    pluginmanager.add_hookspecs(hooks)


def pytest_configure(config: pytest.Config) -> None:
    """Declare the markers, add the eventlogs to the session, and start measuring coverage."""
    for marker in _MARKERS:
        config.addinivalue_line("markers", marker)
    options = config.option
    if options.flux_machine or options.flux_allow:
        _settings(config).assertions()  # report a mistake in the options once, before any test
    if options.flux_logs or config.getini("flux_conform_logs"):
        _add_logs(config)
    if (
        options.flux_coverage
        or options.flux_coverage_fail_under
        or options.flux_coverage_json
        or options.flux_coverage_html
    ):
        from flux_conform.pytest_plugin.session_coverage import SpecificationCoverage

        coverage = SpecificationCoverage(config, _settings(config))
        config.pluginmanager.register(coverage, "flux_conform_coverage")
        config.add_cleanup(coverage.close)


def _add_logs(config: pytest.Config) -> None:
    """Add eventlogs to the paths that pytest collects, unless it visits them already.

    If the command line names tests, only the eventlogs of the command line are added.
    """
    settings = _settings(config)
    named = config.args_source is pytest.Config.ArgsSource.ARGS
    visited = [] if named else [os.path.abspath(path.split("::")[0]) for path in config.args]
    added = settings.given_logs if named else settings.logs
    for machine in set(settings.logs.values()):
        settings.assertions(machine)  # report an unknown machine before any test
    for path in added:
        if not any(path == other or path.startswith(other + os.sep) for other in visited):
            config.args.append(path)


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> EventlogFile | None:
    """Collect a file that is one of the configured eventlogs."""
    config = parent.config
    if not config.option.flux_logs and not config.getini("flux_conform_logs"):
        return None
    settings = _settings(config)
    path = os.path.abspath(file_path)
    if path not in settings.logs:
        return None
    from flux_conform.pytest_plugin.log_items import EventlogFile
    from flux_conform.text import printable

    # pytest prints the id of a test without escaping it.
    given = os.path.relpath(path, config.rootpath).replace(os.sep, "/")
    own_id: dict[str, Any] = {} if given.isprintable() else {"nodeid": printable(given)}
    file: EventlogFile = EventlogFile.from_parent(parent, path=file_path, **own_id)
    file.assertions = settings.assertions(settings.logs[path])
    return file


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Parametrize a test that uses the fixture `conformance_vector` with the suite's vectors."""
    if "conformance_vector" not in metafunc.fixturenames:
        return
    from flux_conform.pytest_plugin.vectors import parametrize
    from flux_conform.suite.select import Filters

    config = metafunc.config
    marker = metafunc.definition.get_closest_marker("flux_conform")
    own = {} if marker is None else marker.kwargs
    parametrize(
        metafunc,
        str(own.get("machine") or _settings(config).machine_of_vectors),
        Filters(**{name: _listed(own.get(name)) for name in _CHOICES}),
        _choices_of(config),
    )


def _choices_of(config: pytest.Config) -> Filters:
    """Return what the options choose of the vectors."""
    from flux_conform.suite.select import Filters

    tier = config.getoption("flux_tier")
    return Filters(
        **{name: tuple(config.getoption(f"flux_{name}")) for name in _CHOICES},
        tier=() if tier == "full" else (tier,),
    )


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Add the id and rules of a vector to the reports of its test."""
    callspec = getattr(item, "callspec", None)
    vector = callspec.params.get("conformance_vector") if callspec is not None else None
    if vector is not None:
        from flux_conform.pytest_plugin.vectors import properties

        item.user_properties += properties(vector.vector)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Add how the vectors were read in an xdist worker."""
    sent = getattr(node, "workeroutput", {}).get("flux_conform_readings")
    if sent is not None:
        from flux_conform.pytest_plugin.vector_readings import session_readings
        from flux_conform.pytest_plugin.vectors import load_suite_of

        session_readings(node.config).add(sent, load_suite_of)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Record that a test has failed, for the fixture `eventlog_recorder`."""
    report = yield
    if report.failed:
        item.stash[_FAILED] = True
    return report


def pytest_collection(session: pytest.Session) -> None:
    """Warn about patterns that match no eventlog: a folder may have moved."""
    config = session.config
    named = config.args_source is pytest.Config.ArgsSource.ARGS
    if named or not config.getini("flux_conform_logs"):
        return
    for pattern in _settings(config).unmatched_patterns:
        import warnings

        from flux_conform.pytest_plugin.log_items import EventlogWarning

        warning = EventlogWarning(f"flux_conform_logs: no eventlog matches {pattern}")
        warnings.warn_explicit(warning, None, str(config.inipath), 1)


def _listed(given: object) -> tuple[str, ...]:
    """Return the values of a marker's argument, which is absent, a text or several texts."""
    if isinstance(given, str):
        return (given,)
    return tuple(map(str, given)) if isinstance(given, list | tuple) else ()


def _settings(config: pytest.Config) -> Settings:
    if _SETTINGS not in config.stash:
        from flux_conform.pytest_plugin.settings import Settings

        config.stash[_SETTINGS] = Settings(config)
    return config.stash[_SETTINGS]


@pytest.fixture
def flux_conform_assertions(request: pytest.FixtureRequest) -> Assertions:
    """The assertions of `flux_conform.testing` with the settings of the session and the test."""
    mistake = ""
    try:
        return _settings(request.config).of_test(request.node)
    except pytest.UsageError as error:
        mistake = str(error)
    # Outside the except block: pytest would print the chained exception too.
    pytest.fail(mistake, pytrace=False)


@pytest.fixture
def job_model(flux_conform_assertions: Assertions) -> Specification:
    """The specification that logs are checked against: states, events, transitions, rules."""
    return flux_conform_assertions.specification


@pytest.fixture
def check_eventlog(flux_conform_assertions: Assertions) -> Callable[..., Judgement]:
    """A function that checks a log, which must not violate; see `flux_conform.testing`."""
    return flux_conform_assertions.check_eventlog


@pytest.fixture
def assert_conforms(flux_conform_assertions: Assertions) -> Callable[..., Judgement]:
    """A function that checks a log, which must conform and have ended."""
    return flux_conform_assertions.assert_conforms


@pytest.fixture
def assert_violates(flux_conform_assertions: Assertions) -> Callable[..., Judgement]:
    """A function that checks a log, which must break a given rule."""
    return flux_conform_assertions.assert_violates


@pytest.fixture
def assert_state(flux_conform_assertions: Assertions) -> Callable[..., Judgement]:
    """A function that checks a log, which must end in a given state."""
    return flux_conform_assertions.assert_state


@pytest.fixture
def eventlog_recorder(
    request: pytest.FixtureRequest, flux_conform_assertions: Assertions
) -> Iterator[EventlogRecorder]:
    """Records the logs of a test; they are checked when it ends, and saved with --flux-record."""
    from flux_conform.testing import EventlogRecorder

    recorder = EventlogRecorder(
        flux_conform_assertions, request.node.nodeid, request.config.option.flux_record
    )
    yield recorder
    message = recorder.close()
    # The logs of a failed test may be incomplete, and the failure is reported already.
    if message and not request.node.stash.get(_FAILED, False):
        # A traceback would point to this fixture, which is not at fault.
        pytest.fail(message, pytrace=False)
