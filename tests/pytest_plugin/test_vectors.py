"""Vectors of the suite as parameters: the hook, what an answer is, and how a difference is told."""

import pytest

# Loaded here, as pytester forgets what is first loaded while it runs a project.
import flux_conform.language.loader  # noqa: F401
from flux_conform.language import machines

READER = """
import json

def pytest_flux_conform_read(log, vector):
    state, states = "NEW", []
    table = {"validate": "DEPEND", "depend": "PRIORITY"%s}
    for line in log.splitlines():
        state = table.get(json.loads(line)["name"], state)
        states.append(state)
    return states
"""
TEST = "def test_vector(conformance_vector):\n    conformance_vector.check()\n"
RULE = ["--flux-rule", "rfc21/depend/outstanding"]


def test_the_hook_gives_each_log_to_the_project_s_reader(pytester):
    pytester.makeconftest(READER % "")
    pytester.makepyfile(TEST)
    options = ["-p", "no:cacheprovider", "-W", "error", "--strict-markers", "--junitxml=out.xml"]
    result = pytester.runpytest_inprocess(*RULE, *options)
    assert result.parseoutcomes()["passed"] > 50
    assert result.parseoutcomes()["failed"] == 1
    result.stdout.fnmatch_lines(
        [
            "E * rules/rfc21-depend-outstanding-obeyed-to-the-end: the state after the event in "
            "line 6: expected CLEANUP, got PRIORITY",
            "E *tests: rfc21/depend/outstanding",
            'E *>    6  {"timestamp":*,"name":"exception",*',
            "E *expected: CLEANUP",
            "E *got:      PRIORITY",
        ]
    )
    text = (pytester.path / "out.xml").read_text()
    assert 'name="flux_conform_rule" value="rfc21/depend/outstanding"' in text
    assert 'value="rules/rfc21-depend-outstanding-obeyed-to-the-end"' in text


def test_a_reader_that_breaks_down_is_told_with_the_log_that_it_got(pytester):
    """And one that forgets to answer is not taken for none."""
    pytester.makeconftest("def pytest_flux_conform_read(log):\n    return log[10 ** 9]\n")
    pytester.makepyfile(TEST)
    options = ["--flux-rule", "rfc21/depend/outstanding", "--flux-state", "DEPEND", "-W", "error"]
    result = pytester.runpytest_inprocess(*options)
    result.stdout.fnmatch_lines(
        [
            "*IndexError: *",
            "E *the reader was given",
            'E *4  {"timestamp":*',
            "E *to be found in line *: MUST?rfc21/depend/outstanding?",
        ]
    )
    pytester.makeconftest("def pytest_flux_conform_read(log):\n    pass\n")
    result = pytester.runpytest_inprocess(*options)
    result.stdout.fnmatch_lines(["pytest_flux_conform_read gave None, and so no answer"])


def test_an_answer_to_an_open_question_that_no_reading_expects_fails(pytester):
    pytester.makeconftest(READER % ', "priority": "SCHED", "urgency": "INACTIVE"')
    pytester.makepyfile(TEST)
    only = "sequences/SCHED-urgency-PRIORITY-priority"
    result = pytester.runpytest_inprocess("-k", only, "-W", "error")
    result.stdout.fnmatch_lines(
        ["E *fits no reading; the nearest reads `diagram-only` as *", "E *got: *INACTIVE"]
    )
    assert set(result.parseoutcomes()) == {"failed", "deselected"}


@pytest.mark.slow
def test_answers_may_be_given_by_the_test_and_are_looked_at(pytester):
    pytester.makepyfile(
        """
        import pytest
        rule = pytest.mark.flux_conform(rule="rfc21/depend/outstanding", state="DEPEND")

        @rule
        def test_right(conformance_vector):
            conformance_vector.check(conformance_vector.verdict != "violates")
            conformance_vector.check({"states": list(conformance_vector.states)})
            assert conformance_vector.log

        @rule
        @pytest.mark.parametrize("answer", [3, {}, {"state": []}, {"accepts": 1}, {"states": "NEW"}])
        def test_no_answer(conformance_vector, answer):
            with pytest.raises(TypeError, match="answer|accepts|states"):
                conformance_vector.check(answer)

        @rule
        def test_nobody_reads(conformance_vector):
            conformance_vector.check()

        @pytest.mark.flux_conform(machine="exec", state="INIT")
        def test_another_suite(conformance_vector):
            assert "rfc50" in str(conformance_vector.vector.clauses)
        """
    )
    result = pytester.runpytest_inprocess("-W", "error")
    outcomes = result.parseoutcomes()
    assert outcomes["passed"] > 10
    result.stdout.fnmatch_lines(
        ["nothing reads the log: give what your reader says to check(), or say in conftest.py *"]
    )
    assert set(outcomes) == {"passed", "failed"}
    only = pytester.runpytest_inprocess("--flux-rule", "rfc50/init/first", "-k", "right or suite")
    assert set(only.parseoutcomes()) == {"skipped", "deselected"}  # no step from INIT tests it


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--flux-rule", "rfc21/depend/outstandin"], 'did you mean "rfc21/depend/outstanding"'),
        (["--flux-state", "RUNING"], 'did you mean "RUN"'),
        (
            ["--flux-machine", "job@2022-07"],
            f"there is no suite for job@2022-07, only for {', '.join(machines())}",
        ),
    ],
)
def test_a_slip_is_an_error_of_collection_in_a_line(pytester, arguments, says):
    pytester.makepyfile(TEST)
    result = pytester.runpytest_inprocess(*arguments)
    result.assert_outcomes(errors=1)
    told = [line for line in result.stdout.lines if line.startswith("flux-conform: ")]
    assert len(told) == 1
    assert says in told[0]


@pytest.mark.slow
def test_vectors_are_left_out_by_group_id_or_rule(pytester):
    """What is excluded of another machine's suite leaves this one whole."""
    pytester.makepyfile(
        """
        def test_vector(conformance_vector):
            vector = conformance_vector.vector
            assert vector.group == "rules"
            assert "rfc21/submit/context" not in vector.clauses
            assert vector.generation == "v1"
        """
    )
    chosen = ["--flux-group", "rules", "--flux-generation", "v1", "--flux-exclude"]
    result = pytester.runpytest_inprocess(*chosen, "rfc21/submit/context", "-W", "error")
    passed = result.parseoutcomes()["passed"]
    assert set(result.parseoutcomes()) == {"passed"}
    more = pytester.runpytest_inprocess(*chosen, "rfc50/init/first", "-W", "error").parseoutcomes()
    assert sum(more.values()) > passed
    assert more["failed"] == sum(more.values()) - passed
    smoke = pytester.runpytest_inprocess(*chosen, "rfc21/submit/context", "--flux-tier", "smoke")
    assert set(smoke.parseoutcomes()) == {"passed"}
    assert smoke.parseoutcomes()["passed"] < passed / 2
    slip = pytester.runpytest_inprocess(*chosen, "rfc21/submit/contex")
    slip.assert_outcomes(errors=1)
    slip.stdout.fnmatch_lines(["flux-conform: *did you mean*rfc21/submit/context*"])


READS = """
import json
from flux_conform.language.loader import load_changed
from flux_conform.machine.step import Machine
from flux_conform.suite.making.observe import Observer, read_log

READERS = {name: Observer(load_changed("job", change)) for name, change in %r.items()}

def pytest_flux_conform_read(log, vector):
    name = "other" if vector.id.endswith("%s") else "one"
    return list(READERS[name].observe(read_log(log, READERS[name].machine.specification)).states)
"""
TEXT = "transitions: [{on: [urgency, jobspec-update, flux-restart], from: SCHED, remove: true}]"
NOTHING = "title: A job"
SCHED = ["--flux-state", "SCHED", "-p", "no:cacheprovider"]


@pytest.mark.slow
def test_a_reader_may_read_an_open_question_otherwise(pytester):
    """And the session says how it reads each question."""
    pytester.makeconftest(READS % ({"one": TEXT, "other": TEXT}, "no such id"))
    pytester.makepyfile(TEST)
    result = pytester.runpytest_inprocess(*SCHED)
    assert set(result.parseoutcomes()) == {"passed"}
    result.stdout.fnmatch_lines(
        ["*open questions of the suite job*", "reads `diagram-only` as: text (*"]
    )
    result = pytester.runpytest_inprocess(*SCHED, "--flux-reading", "diagram-only=diagram")
    assert result.parseoutcomes()["failed"] >= 3
    result.stdout.fnmatch_lines(["E *fits `diagram-only` as text, but it is to be read as diagram"])


def test_a_reader_that_mixes_readings_fails(pytester):
    """The test whose answer fits another reading than those before it says so."""
    pytester.makeconftest(READS % ({"one": NOTHING, "other": TEXT}, "SCHED-jobspec-update"))
    pytester.makepyfile(TEST)
    result = pytester.runpytest_inprocess(*SCHED)
    assert result.parseoutcomes()["failed"] >= 1
    result.stdout.fnmatch_lines(
        ["E *Error: *: fits `diagram-only` as *, but the run reads it as *", "E *got: *"]
    )


def test_what_workers_read_is_put_together(pytester):
    """Each may be consistent, and both together are not."""
    pytester.makeconftest(
        """
import pickle

def pytest_configure(config):
    if hasattr(config, "workeroutput"):
        return
    from flux_conform.pytest_plugin.vector_readings import session_readings
    from flux_conform.pytest_plugin.vectors import load_suite_of
    for reading in ("diagram", "text"):
        met = [(("diagram-only",), frozenset({(("diagram-only", reading),)}))]
        session_readings(config).add(pickle.dumps([("job", met)]), load_suite_of)
"""
    )
    pytester.makepyfile("def test_nothing(): pass")
    result = pytester.runpytest_inprocess("-p", "no:cacheprovider")
    assert result.ret == 1
    result.stdout.fnmatch_lines(
        ["FAIL: no reading of each question of job fits the answers of all*"]
    )


def test_a_reading_that_there_is_not_is_a_collection_error(pytester):
    """Which lists the right ones."""
    pytester.makeconftest(READER % "")
    pytester.makepyfile(TEST)
    result = pytester.runpytest_inprocess(*SCHED, "--flux-reading", "diagram-only=txt")
    result.stdout.fnmatch_lines(
        ['*"txt" is no reading of diagram-only; its readings are "diagram", "text"']
    )
    result = pytester.runpytest_inprocess(*SCHED, "--flux-reading", "dia=txt")
    result.stdout.fnmatch_lines(['*no vector of this suite rests on a question "dia"*'])
