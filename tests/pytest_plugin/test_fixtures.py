"""The fixtures and assertions: what they take, what they tell, and what they count."""

import gzip
import json
from types import SimpleNamespace

import pytest

# Loaded here, as pytester forgets what is first loaded while it runs a project.
import flux_conform.language.loader  # noqa: F401
from flux_conform.language import kinds
from flux_conform.testing import (
    Assertions,
    EventlogError,
    assert_conforms,
    assert_state,
    assert_violates,
    check_eventlog,
)

SUBMIT = {
    "timestamp": 1,
    "name": "submit",
    "context": {"userid": 1, "urgency": 16, "flags": 0, "version": 1},
}
WHOLE = [
    SUBMIT,
    {"timestamp": 2, "name": "validate"},
    {"timestamp": 3, "name": "exception", "context": {"type": "cancel", "severity": 0, "note": ""}},
    {"timestamp": 4, "name": "clean"},
]
TEXT = "".join(json.dumps(event) + "\n" for event in WHOLE)


class Event:
    """An event as an object."""

    def __init__(self, event):
        self.name, self.timestamp = event["name"], event["timestamp"]
        self.context = event.get("context")


def test_a_log_is_taken_in_any_form(tmp_path):
    path = tmp_path / "log"
    path.write_text(TEXT)
    objects = [Event(event) for event in WHOLE]
    forms = [
        *(TEXT, TEXT.encode(), bytearray(TEXT.encode()), path, str(path), WHOLE, iter(WHOLE)),
        *(SimpleNamespace(events=WHOLE), SimpleNamespace(events=lambda: objects), objects),
    ]
    judgements = {assert_conforms(form) for form in forms}
    assert {(each.state, each.events) for each in judgements} == {("INACTIVE", 4)}


def test_what_is_at_a_path_is_read_as_check_reads_it(tmp_path):
    """Compressed, or as a command printed it; what holds no log is named."""
    packed, printed = tmp_path / "log.eventlog.gz", tmp_path / "log.txt"
    packed.write_bytes(gzip.compress(TEXT.encode()))
    words = "1.000000 submit userid=1 urgency=16 flags=0 version=1\n2.000000 validate\n"
    printed.write_text(words)
    assert assert_conforms(packed).events == 4
    assert check_eventlog(printed, model="job").state == "DEPEND"
    two = tmp_path / "two"
    two.mkdir()
    for name in ("a", "b"):
        (two / f"{name}.eventlog").write_text(TEXT)
    with pytest.raises(EventlogError, match="holds several logs"):
        check_eventlog(two)
    with pytest.raises(FileNotFoundError):
        check_eventlog(tmp_path / "nowhere")


def test_a_log_at_a_path_may_end_within_a_line(tmp_path):
    """It is as much a log as its bytes are, also where that line is its first."""
    path = tmp_path / "log.eventlog"
    for text in (TEXT[:-9], '{"timestamp":1,"na'):
        path.write_text(text)
        with pytest.raises(EventlogError) as of_path:
            check_eventlog(path, name="log")
        with pytest.raises(EventlogError) as of_bytes:
            check_eventlog(text.encode(), name="log")
        assert str(of_path.value) == str(of_bytes.value)
        assert of_path.value.judgement == of_bytes.value.judgement


@pytest.mark.parametrize("thing", [None, 7, {"name": "submit"}, [3], [{"name": {1, 2}}], object()])
def test_what_is_no_log_is_told_by_its_type(thing):
    with pytest.raises(TypeError, match=r"is no eventlog|event 1"):
        check_eventlog(thing)


def test_a_log_that_violates_is_told_as_check_tells_it():
    with pytest.raises(EventlogError) as caught:
        check_eventlog([SUBMIT, {"timestamp": 2, "name": "depend"}], name="mine")
    lines = str(caught.value).splitlines()
    assert lines[0] == "mine: violates (2 events, ends in NEW)"
    assert lines[2].startswith("MUST[rfc21/states/undefined]: ")
    start = len(json.dumps(SUBMIT, separators=(",", ":"))) + 1
    assert lines[3] == f"  --> mine:2 (byte {start}), in NEW"
    assert caught.value.finding.rule == "rfc21/states/undefined"
    assert caught.value.judgement.verdict == "violates"


def test_a_log_that_has_not_ended_is_sound_and_does_not_conform():
    assert check_eventlog([SUBMIT]).verdict == "incomplete"
    with pytest.raises(EventlogError, match="stops in NEW and not in INACTIVE"):
        assert_conforms([SUBMIT])


def test_a_rule_that_should_be_broken_is_looked_for_at_every_level():
    doubled = [SUBMIT, {**SUBMIT, "timestamp": 2}]
    assert_violates(doubled, "rfc21/submit/once")
    with pytest.raises(EventlogError, match=r"rfc21/submit/once should be broken"):
        assert_violates(WHOLE, "rfc21/submit/once")
    with pytest.raises(EventlogError, match="something should violate"):
        assert_violates(doubled)  # an implied rule alone
    with pytest.raises(ValueError, match='did you mean "rfc21/submit/once"'):
        assert_violates(WHOLE, "rfc21/submit/onse")


def test_a_state_may_be_virtual():
    assert_state(WHOLE[:2], "PENDING")
    assert_state(WHOLE, "INACTIVE")
    with pytest.raises(EventlogError, match="it should end in RUN"):
        assert_state(WHOLE, "RUN")
    with pytest.raises(ValueError, match='did you mean "INACTIVE"'):
        assert_state(WHOLE, "INACTIV")


def test_what_cannot_be_read_is_no_log_that_conforms():
    with pytest.raises(EventlogError, match="unreadable"):
        check_eventlog(b"[" * 300 + b"\n")
    with pytest.raises(FileNotFoundError):
        check_eventlog("no-such-file")


def test_strict_and_allowed_are_options_of_each_call():
    early = [
        *WHOLE[:2],
        {"timestamp": 3, "name": "start"},
    ]
    check_eventlog(early)
    with pytest.raises(EventlogError, match="rfc21/start/after-alloc"):
        check_eventlog(early, strict=True)
    with pytest.raises(EventlogError, match="rfc50/init/first"):
        check_eventlog(WHOLE, model="exec")


FILE = """
import pytest

SUBMIT = HERE

def test_the_model(job_model):
    assert job_model.state("RUN").letter == "R"

@pytest.mark.flux_conform(machine="exec")
def test_another_model(job_model, check_eventlog):
    assert job_model.name == "exec"
    check_eventlog([{"timestamp": 1, "name": "init"}])

def test_checked(check_eventlog, assert_state, assert_conforms, assert_violates):
    assert_state([SUBMIT], "NEW")
    assert_violates([SUBMIT, SUBMIT | {"timestamp": 0.5}], "rfc18/time-order")
    with pytest.raises(AssertionError, match="stops in NEW"):
        assert_conforms([SUBMIT])
    check_eventlog([SUBMIT, {"timestamp": 2, "name": "depend"}])

def test_recorded(eventlog_recorder):
    log = eventlog_recorder("f7")
    log.append("submit", SUBMIT["context"], timestamp=1)
    log.append({"timestamp": 2, "name": "validate"})
    log.write('{"timestamp": 3, "name": "memo", "context": {"a": 1}}\\n')
    with eventlog_recorder("as a file") as file:
        print('{"timestamp": 1, "name": "submit", "context": {}}'.replace("{}", CONTEXT), file=file, flush=True)
        file.writelines([b'{"timestamp": 2, "name": "validate"}\\n'])
    with pytest.raises(ValueError, match="name the new one otherwise"):
        eventlog_recorder("f7")
    eventlog_recorder.add([SUBMIT])
    assert len(eventlog_recorder) == 3

def test_failed_first(eventlog_recorder):
    eventlog_recorder().append("validate")
    assert not "this is the one thing to be told"

def test_recorded_wrong(eventlog_recorder):
    eventlog_recorder().append("validate")

@pytest.mark.flux_conform(machin="exec")
def test_slip(check_eventlog):
    pass
""".replace("HERE", repr(SUBMIT)).replace("CONTEXT", repr(json.dumps(SUBMIT["context"])))


def test_fixtures_judge_with_the_settings_of_the_session_and_the_test(pytester):
    pytester.makepyfile(FILE)
    result = pytester.runpytest_inprocess(
        *("--strict-markers", "-p", "no:cacheprovider", "-W", "error", "--flux-record=kept"),
        *("--flux-coverage", "--flux-coverage-html=c.html", "--flux-coverage-json=c.json"),
        *("--flux-coverage-fail-under=99", "--flux-coverage-fail-under=states=10"),
    )
    result.assert_outcomes(passed=4, failed=2, errors=2)
    result.stdout.fnmatch_lines(
        [
            "log 1: violates (1 event, ends in *)",
            "MUST?rfc21/submit/first?: the log begins with validate",
            "*::test_slip: the marker flux_conform has an unknown setting, machin; it takes machine*",
            'E *MUST?rfc21/states/undefined?: "depend" is not defined in NEW',
            "*coverage of the specification job*",
            "4 incomplete, 3 violate; 12 events",
            "*coverage of the specification exec*",
            "FAIL: the logs exercise * % of all parts together (* of *), and 99 % are required",
        ]
    )
    assert "10 % are required" not in result.stdout.str()
    kept = {path.name.split("-f7")[-1] for path in (pytester.path / "kept").iterdir()}
    assert ".eventlog" in kept
    assert len(kept) == 5
    counted = json.loads((pytester.path / "c.json").read_text())
    assert counted["machine"] == "job"
    assert json.loads((pytester.path / "c-exec.json").read_text())["machine"] == "exec"
    assert "<!DOCTYPE html>" in (pytester.path / "c.html").read_text()


def test_coverage_that_is_enough_lets_the_session_pass(pytester):
    pytester.makepyfile(f"def test_one(check_eventlog):\n    check_eventlog({TEXT!r})\n")
    run = pytester.runpytest_inprocess
    assert run("--flux-coverage-fail-under=transitions=10").ret == 0
    result = run("--flux-coverage-fail-under=transitions=25", "-q")
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines(["FAIL: the logs exercise 20.0 % of transitions (3 of 15)*"])


@pytest.mark.parametrize(
    ("ini", "options", "code", "says"),
    [
        # From the ini file, and only where coverage is measured.
        ("flux_conform_coverage_fail_under = states=90", (), 0, ""),
        (
            "flux_conform_coverage_fail_under = states=90",
            ("--flux-coverage",),
            1,
            "FAIL: the logs exercise 57.1 % of states (4 of 7), and 90 % are required",
        ),
        # The command line replaces it.
        (
            "flux_conform_coverage_fail_under = states=90",
            ("--flux-coverage-fail-under=states=50",),
            0,
            "",
        ),
        (
            "flux_conform_coverage_generation = v0",
            ("--flux-coverage",),
            0,
            "  1 log of other generations than v0 (--flux-coverage-generation '[*]' counts them)",
        ),
        ("", ("--flux-coverage", "--flux-coverage-generation=*"), 0, "states *4 of *7 exercised"),
        (
            "flux_conform_coverage_with = removed",
            ("--flux-coverage",),
            0,
            "states *4 of *8 exercised",
        ),
        (
            "flux_conform_coverage_exceptions = good.yaml",
            ("--flux-coverage-fail-under=states=60",),
            0,
            "states *4 of *7 exercised, 1 excused",
        ),
        (
            "flux_conform_coverage_exceptions = stale.yaml",
            ("--flux-coverage",),
            1,
            "FAIL: *stale.yaml:2: NEW is exercised, though the exceptions say never: x",
        ),
    ],
)
def test_the_ini_file_says_what_coverage_counts_and_demands(pytester, ini, options, code, says):
    """As `flux-conform certify` does by its options."""
    pytester.makeini(f"[pytest]\n{ini}\n")
    for name, state in (("good", "RUN"), ("stale", "NEW")):
        (pytester.path / f"{name}.yaml").write_text(
            f"never exercised:\n  - {{state: {state}, reason: x}}\n"
        )
    pytester.makepyfile(f"def test_one(check_eventlog):\n    check_eventlog({TEXT!r})\n")
    result = pytester.runpytest_inprocess(*options, "-q")
    assert result.ret == code
    result.stdout.fnmatch_lines([says or "1 passed*"])


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (("--flux-coverage-generation=v9",), "*--flux-coverage-generation: job has no generation*"),
        (("--flux-coverage-with=all",), "*give some of silent, removed, implied*"),
        (("--flux-coverage-exceptions=none.yaml",), "*none.yaml:1:1: cannot be read*"),
    ],
)
def test_mistakes_in_what_coverage_counts_are_told_before_any_test(pytester, options, says):
    pytester.makepyfile("def test_one():\n    pass\n")
    result = pytester.runpytest_inprocess("--flux-coverage", *options)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([says])


def test_revisions_of_one_machine_are_counted_apart(pytester):
    """They bear the same name, and do not ask the same."""
    pytester.makepyfile(
        f"""
        import pytest
        from flux_conform.testing import check_eventlog

        def test_today():
            check_eventlog({TEXT!r})

        def test_others():
            for model in ("job@2023-07", "job@2022-07"):
                check_eventlog({TEXT!r}, model=model)
        """
    )
    result = pytester.runpytest_inprocess("--flux-coverage-json=c.json", "-q")
    result.assert_outcomes(passed=2)
    counted = [json.loads(path.read_text()) for path in pytester.path.glob("c*.json")]
    assert [each["logs"] for each in counted] == [1, 1, 1]
    assert len({each["digest"] for each in counted}) == 3


def test_a_log_is_judged_by_its_kind_where_no_machine_is_named(tmp_path, monkeypatch):
    """In any form; what no machine judges is said, and never taken for a job's."""
    init = {"timestamp": 1, "name": "init"}
    assert check_eventlog([init]).state == "INIT"
    path = tmp_path / "a.eventlog"
    path.write_text('{"timestamp":1,"name":"init"}\n{"timestamp":2,"name":"done"}\n')
    assert assert_conforms(path).state == "DONE"
    assert assert_state([init], "INIT").events == 1
    assert assert_violates([init, init], "rfc50/init/once").events == 2
    assert assert_violates([init], "rfc21/submit/first").state == "NEW"
    with pytest.raises(EventlogError, match="rfc21/submit/first"):
        check_eventlog([init], model="job")
    other = kinds.LogKind("mine", 99, "a log of mine", ("mine",), ("begin",))
    known = kinds.log_kinds()
    monkeypatch.setattr(kinds, "log_kinds", lambda: (*known, other))
    with pytest.raises(EventlogError, match="no specification is for mine logs"):
        Assertions().check_eventlog([{"timestamp": 1, "name": "begin"}])


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("1.500000 submit urgency=16\n", "this is the text that flux job eventlog prints; give"),
        ("0.000s: job.submit {}\n", "this is what `flux job attach` prints"),
        ('{"jobs":[]}\n', "this is JSON, but of something else"),
        ("\x1b]0;evil\n", "no line is an event"),
    ],
)
def test_what_is_no_eventlog_is_named_before_its_lines_are(text, says):
    """As `check` names it; it still violates, for the program should write eventlogs."""
    with pytest.raises(EventlogError) as caught:
        assert_conforms(text.encode())
    head, what, *_ = str(caught.value).split("\n")
    assert head == "log: violates (0 events, ends in NEW)"
    assert says in what
    assert "\x1b" not in what


def test_an_eventlog_with_a_broken_line_is_not_called_anything_else():
    """One event is enough to know what it is."""
    log = b'garbage\n{"timestamp":1,"name":"init"}\n'
    with pytest.raises(EventlogError) as caught:
        assert_conforms(log)
    assert str(caught.value).split("\n")[1] == ""
