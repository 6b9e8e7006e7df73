"""Eventlogs as test items: which are collected, how they are told, what fails and what warns."""

import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

EXAMPLES = Path(__file__).parents[2] / "examples"
SUBMIT = (
    '{"timestamp":1,"name":"submit","context":{"userid":1,"urgency":16,"flags":0,"version":1}}\n'
)
VALIDATE = '{"timestamp":2,"name":"validate"}\n'
# A finish of an epilog that nobody started is a SHOULD.
SHOULD = (
    SUBMIT
    + VALIDATE
    + ('{"timestamp":3,"name":"epilog-finish","context":{"description":"e","status":0}}\n')
)


@pytest.fixture
def project(pytester):
    """A project with a test, a good log, one that violates, and a line of the ini file for them."""
    pytester.makeini("[pytest]\ntestpaths = tests\nflux_conform_logs = traces/**/*.eventlog\n")
    pytester.mkdir("tests")
    (pytester.path / "tests" / "test_one.py").write_text("def test_one():\n    pass\n")
    (pytester.path / "traces" / "deep").mkdir(parents=True)
    for name in ("free-during-epilog", "no-validate"):
        log = EXAMPLES / "broken" / f"{name}.eventlog"
        (pytester.path / "traces" / "deep" / log.name).write_bytes(log.read_bytes())
    (pytester.path / "traces" / "good.eventlog").write_text(SUBMIT)
    (pytester.path / "traces" / "readme.txt").write_text("no log")
    return pytester


def run(project, *arguments, plugins=()):
    """Run pytest as a project that turns every warning into an error does."""
    strict = ("--strict-markers", "--strict-config", "-p", "no:cacheprovider", "-W", "error")
    return project.runpytest_inprocess(*strict, *arguments, plugins=plugins)


def test_each_log_is_an_item_named_by_its_path(project):
    """Wherever the tests lie, and beside them."""
    result = run(project, "--collect-only", "-q")
    result.stdout.fnmatch_lines(
        [
            "tests/test_one.py::test_one",
            "traces/deep/free-during-epilog.eventlog::job",
            "traces/deep/no-validate.eventlog::job",
            "traces/good.eventlog::job",
        ],
        consecutive=True,
    )


def test_a_violating_log_fails_as_check_tells_it_at_the_line_of_the_log(project):
    result = run(project, "--junitxml=out.xml", "-o", "junit_family=xunit1")
    result.assert_outcomes(passed=2, failed=2)
    result.stdout.fnmatch_lines(
        [
            "*_ traces/deep/free-during-epilog.eventlog (job) _*",
            "traces/deep/free-during-epilog.eventlog: violates (18 events, ends in INACTIVE)",
            'MUST?rfc21/epilog-start/blocks-free?: still running: "test"',
            "  --> traces/deep/free-during-epilog.eventlog:16 (byte *), in CLEANUP",
            "  rule:    Every epilog is finished before free. (RFC 21, Epilog-start Event)",
            '  repair:  log free after an epilog-finish for each of "test"',
            "FAILED traces/deep/free-during-epilog.eventlog::job - MUST?rfc21/epilog-start*",
        ]
    )
    cases = {case.get("file"): case for case in ElementTree.parse("out.xml").iter("testcase")}
    case = cases["traces/deep/no-validate.eventlog"]
    told = [(each.get("name"), each.get("value")) for each in case.iter("property")]
    assert told == [("flux_conform_rule", "rfc21/states/undefined")]
    good = cases["traces/good.eventlog"].find("properties/property")
    assert (good.get("name"), good.get("value")) == ("flux_conform_verdict", "incomplete")


@pytest.mark.slow
def test_workers_of_xdist_see_the_same_logs_and_tell_of_them_alike(project):
    result = run(project, "-n", "2", "--flux-coverage", "--flux-coverage-json=c.json")
    result.assert_outcomes(passed=2, failed=2)
    result.stdout.fnmatch_lines(
        [
            "*coverage of the specification job*",
            "1 incomplete, 2 violate; 28 events",
            "FAILED traces/deep/no-validate.eventlog::job - MUST?rfc21/states/undefined?:*",
        ]
    )
    import json

    counted = json.loads((project.path / "c.json").read_text())
    events = {item["name"]: item["logs"] for item in counted["exercised"]["events"]["items"]}
    assert [name for name, logs in events.items() if logs] == [
        "submit"
    ]  # violating ones show nothing


def test_what_the_caller_names_runs_and_nothing_else(project):
    run(project, "tests").assert_outcomes(passed=1)
    run(project, "traces/good.eventlog").assert_outcomes(passed=1)
    run(project, "traces").assert_outcomes(passed=1, failed=2)
    run(project, "tests", "--flux-logs", "traces/good.eventlog").assert_outcomes(passed=2)
    run(project, "-m", "not eventlog").assert_outcomes(passed=1, deselected=3)


def test_what_should_hold_warns_and_fails_where_the_project_is_strict(project):
    (project.path / "traces" / "good.eventlog").write_text(SHOULD)
    result = project.runpytest_inprocess("traces/good.eventlog", "-W", "default")
    result.assert_outcomes(passed=1, warnings=1)
    result.stdout.fnmatch_lines(
        ["*traces/good.eventlog:3: EventlogWarning: SHOULD?rfc21/epilog-finish/matches?: *"]
    )
    result = run(project, "traces/good.eventlog", "--flux-strict")
    result.assert_outcomes(failed=1)
    result = run(project, "traces/good.eventlog")  # warnings are errors there
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        ["FAILED *good.eventlog::job - SHOULD?rfc21/epilog-finish/matches*"]
    )


def test_known_deviations_and_machines_are_named_in_the_ini_file(project):
    (project.path / "allowed.yaml").write_text(
        "implementation: mine\ntitle: known faults of mine\ndeviations:\n"
        "  - rule: rfc21/epilog-start/blocks-free\n    reason: it is so\n    link: https://example.org\n"
    )
    (project.path / "exec.log").write_text('{"timestamp":1,"name":"init"}\n')
    (project.path / "tox.ini").write_text(
        "[pytest]\nflux_conform_allow = allowed.yaml\n"
        "flux_conform_logs =\n  traces/deep/free*\n  exec=*.log\n"
    )
    result = run(project, "-v")
    result.assert_outcomes(passed=3)
    result.stdout.fnmatch_lines(
        [
            "exec.log::exec PASSED*",
            "traces/deep/free-during-epilog.eventlog::job PASSED*",
        ]
    )


def test_a_pattern_that_no_log_matches_is_warned_of(project):
    """A folder that has moved must not pass for one without faults."""
    (project.path / "tox.ini").write_text("[pytest]\nflux_conform_logs = trces/*.eventlog\n")
    result = project.runpytest_inprocess("-q", "-W", "default")
    result.assert_outcomes(passed=1, warnings=1)
    result.stdout.fnmatch_lines(["*flux_conform_logs: no eventlog matches trces/?.eventlog"])
    assert run(project, "-q").ret != 0  # warnings are errors there
    run(project, "tests").assert_outcomes(passed=1)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--flux-logs", "nowhere"], "--flux-logs nowhere: no eventlog is there"),
        (["--flux-machine", "jbo"], 'no specification "jbo"'),
        (["--flux-allow", "flux-cor"], 'no deviations "flux-cor"'),
        (["--flux-coverage-fail-under", "pears=3"], "the parts are states, events,"),
        (["--flux-coverage-fail-under", "101"], "a percentage from 0 to 100"),
    ],
)
def test_a_slip_on_the_command_line_is_told_in_a_line(project, arguments, says):
    result = run(project, *arguments)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert [line for line in result.stderr.lines if says in line and line.startswith("ERROR: ")]


def test_a_project_that_asks_for_nothing_sees_nothing():
    """Nor is anything loaded for it."""
    code = (
        "import sys, pytest\n"
        "before = set(sys.modules)\n"
        "import flux_conform.pytest_plugin\n"
        "print(*sorted(set(sys.modules) - before))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["flux_conform", "flux_conform.pytest_plugin"]


def test_logs_lie_untouched_where_no_one_asks_for_them(pytester):
    pytester.makepyfile("def test_one():\n    pass\n")
    (pytester.path / "a.eventlog").write_text("garbage")
    result = run(pytester)
    result.assert_outcomes(passed=1)
    assert "flux" not in "\n".join(line for line in result.stdout.lines if "plugins:" not in line)


def test_a_log_is_judged_by_the_machine_of_its_kind(project):
    """And a machine that is given judges all."""
    deep = project.path / "traces" / "deep"
    (deep / "e.eventlog").write_text('{"timestamp":1,"name":"init"}\n')
    (deep / "r.eventlog").write_text('{"timestamp":1,"name":"header"}\n')
    result = run(project, "-rs", str(deep / "e.eventlog"), str(deep / "r.eventlog"))
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(["*rfc24/header/context*"])
    (deep / "r.eventlog").write_text('{"jobs":[]}\n')
    result = run(project, "-rs", str(deep / "r.eventlog"))
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*unreadable: *this is JSON, but of something else*"])
    (deep / "r.eventlog").write_text('{"timestamp":1,"name":"header"}\n')
    result = run(project, "--flux-logs", "job=traces/deep/e.eventlog", "traces")
    result.assert_outcomes(passed=1, failed=4)
    result.stdout.fnmatch_lines(["*rfc21/submit/first*"])
