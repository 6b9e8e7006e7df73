"""Open questions: readings as changes, logs on which they differ, silent pairs and dead ends."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from flux_conform.cli.questions import checker
from flux_conform.language import load
from flux_conform.language.loader import load_changed, load_file, load_neighbour
from flux_conform.language.open_questions import QUESTION_KINDS, LogEvent
from flux_conform.language.specification import Specification
from flux_conform.questions import Answers, answers
from flux_conform.questions.answers import MODEL, SEARCH, OpenQuestion, ReadingResult
from toys import faults_of, turnstile

List = Callable[..., Answers]


def listed(path: Path) -> Answers:
    """The list of a file."""
    base = load_neighbour(str(path))
    return answers(
        load_file(str(path)),
        changed=lambda change, name: load_changed(base, change, name),
        judge=checker(),
    )


@pytest.fixture
def toy(tmp_path: Path) -> List:
    """A function that gives the list of a turnstile with one question, or with other changes."""

    def list_of(question: str, *changes: tuple[str, str]) -> Answers:
        path = tmp_path / "toy.yaml"
        path.write_text(turnstile(*changes) + question, encoding="utf-8")
        return listed(path)

    return list_of


def question(*lines: str, chosen: str = "text") -> str:
    """A question about the coin with two readings; the second is what the lines add to it."""
    rest = "".join(f"\n    {line}" for line in lines)
    return f"""
questions:
  - id: worth
    about: [coin]
    chosen: {chosen}
    why: it says so{rest}
"""


WORTHLESS = (
    "readings: {text: 5 at least, other: {says: any, change: {rules: {rfc9999/coin/worth: null}}}}"
)
RENAMED = "readings: {text: 5 at least, other: {says: so too, change: {title: Gate}}}"


def only(found: Answers) -> OpenQuestion:
    (opened,) = found.questions
    return opened


def test_a_given_log_is_judged_under_each_reading(toy: List) -> None:
    """The chosen one first; keys that are given stand beside the ordinary ones."""
    found = toy(question(WORTHLESS, "log: [{coin: {value: 2, visitor: Ann}}, push]"))
    opened = only(found)
    assert found.faults == ()
    assert opened.origin == MODEL
    assert opened.log is not None
    assert [json.loads(line) for line in opened.log.lines] == [
        {"timestamp": 1700000000.0, "name": "coin", "context": {"value": 2, "visitor": "Ann"}},
        {"timestamp": 1700000000.25, "name": "push"},
    ]
    assert [result.by for result in opened.results] == ["text", "other"]
    assert opened.differing == ("findings",)
    assert [len(result.checked.findings) for result in opened.results] == [1, 0]


def test_a_log_that_is_not_given_is_looked_for(toy: List) -> None:
    """What is only implied counts where nothing binding differs."""
    opened = only(toy(question(WORTHLESS)))
    assert (opened.origin, opened.fault) == (SEARCH, None)
    assert opened.log is not None
    assert opened.log.names == ("coin",)
    assert opened.differing == ("findings",)


def test_readings_that_make_the_same_of_their_log_are_a_fault(toy: List) -> None:
    """However the log was come by."""
    given = toy(question(WORTHLESS, "log: [coin, push]"))
    assert given.faults == ("worth: its readings make the same of its log",)
    sought = toy(question(RENAMED))
    assert sought.faults == (
        "worth: its readings accept the same logs and find the same states, which is proved",
    )


def test_a_question_says_what_tells_its_readings_apart_or_why_nothing_does(toy: List) -> None:
    """One that has words alone and no reason is at fault."""
    words = "readings: {text: 5 at least, other: any}"
    assert "no reading is written as a change" in str(only(toy(question(words))).fault)
    assert only(toy(question(words, "no log: coins look alike"))).fault is None
    assert "no reading" in str(only(toy(question(words, "log: [coin]"))).fault)


def test_a_reason_for_no_log_is_not_believed_where_there_is_one(toy: List) -> None:
    """A change that some log shows is no secret; one that none shows is."""
    fault = only(toy(question(WORTHLESS, "no log: coins look alike"))).fault
    assert fault == "no log is said to tell its readings apart, and this one does"
    assert only(toy(question(RENAMED, "no log: it is a title"))).fault is None


def test_a_log_or_the_reason_why_there_is_none() -> None:
    """Both are a fault of the file, and so is a log whose items name several events."""
    both = question(WORTHLESS, "log: [coin]", "no log: coins look alike")
    (fault,) = faults_of(turnstile() + both)
    assert fault.message == "a log and the reason why there is none"
    (fault,) = faults_of(turnstile() + question(WORTHLESS, "log: [{coin: {}, push: {}}]"))
    assert fault.message == "one event stands here"
    (fault,) = faults_of(turnstile() + question("readings: {text: {says: a, change: [b]}}"))
    assert fault.expected == "a change on this specification"


def test_a_change_that_does_not_fit_is_the_fault_of_its_question(toy: List) -> None:
    """The fault says which reading, and what is wrong."""
    wrong = WORTHLESS.replace("coin/worth: null", "coin/wort: null")
    fault = str(only(toy(question(wrong))).fault)
    assert fault.startswith('"other" does not fit: question worth, reading other:1:')
    assert 'no "rfc9999/coin/wort" to remove' in fault


def test_the_reading_chosen_is_no_change(toy: List) -> None:
    """The specification follows it."""
    fault = only(toy(question(WORTHLESS, chosen="other"))).fault
    assert str(fault).startswith('the reading chosen, "other", is written as a change; make the')


def test_events_of_a_log_are_listed(toy: List) -> None:
    """A slip of the pen would pass for an event that no list has."""
    fault = only(toy(question(WORTHLESS, "log: [coins]"))).fault
    assert fault == 'its log holds an event "coins" that is not listed; is "coin" meant?'


def test_null_leaves_a_key_out_of_a_log(toy: List) -> None:
    """Here the one that the event must bear."""
    other = "{says: any, change: {events: {coin: {context: {value: optional integer}}}}}"
    opened = only(
        toy(question(f"readings: {{text: a, other: {other}}}", "log: [coin: {value: null}]"))
    )
    assert opened.fault is None
    assert opened.log is not None
    assert json.loads(opened.log.lines[0]).get("context") == {}
    assert [result.checked.verdict for result in opened.results] == ["violates", "conforms"]


PUSH_IS_SILENT = (
    "context: empty\n    elsewhere: undefined",
    "context: empty\n    elsewhere: silent",
)


def test_a_silent_pair_without_a_question_is_a_fault(toy: List) -> None:
    """It is listed with a log that ends with it."""
    found = toy("", PUSH_IS_SILENT)
    (pair,) = found.pairs
    assert (pair.state, pair.event, pair.questions) == ("Locked", "push", ())
    assert pair.log is not None
    assert pair.log.names == ("push",)
    assert found.faults == ("nothing is said of push in Locked, and no question asks about it",)


def test_a_silent_pair_is_owned_by_a_question(toy: List) -> None:
    """That of its event, or of its transition."""
    ask = question("readings: {text: nothing is said}", "no log: it is a toy")
    of_event = (PUSH_IS_SILENT[0], PUSH_IS_SILENT[1] + "\n    question: worth")
    row = "  - {on: push, from: Locked, silent: true, question: worth}\n"
    last = "  - {on: push, from: Unlocked, to: Locked, basis: text}\n"
    for change in (of_event, (last, last + row)):
        found = toy(ask, change)
        assert [pair.questions for pair in found.pairs] == [("worth",)]
        assert found.faults == ()


def test_a_change_within_a_change_stands_as_it_is(tmp_path: Path) -> None:
    """Its nulls remove nothing of the question, but of what the reading would change."""
    base = tmp_path / "toy.yaml"
    base.write_text(turnstile() + question(WORTHLESS), encoding="utf-8")
    change = "{says: any, change: {rules: {rfc9999/coin/once: null}}}"
    after = load_changed(str(base), f"{{questions: {{worth: {{readings: {{other: {change}}}}}}}}}")
    (asked,) = after.questions
    assert asked.readings[1].change == '{"rules": {"rfc9999/coin/once": null}}'
    assert asked.readings[0].says == "5 at least"


def test_values_of_a_log_are_those_of_json(tmp_path: Path) -> None:
    """Plain words are what JSON makes of them, quoted ones are texts."""
    path = tmp_path / "toy.yaml"
    log = (
        'log: [coin: {value: 2, a: 1.5, b: true, c: "true", d: null, e: [x], f: {g: "7"}, h: 007}]'
    )
    path.write_text(turnstile() + question(WORTHLESS, log), encoding="utf-8")
    (asked,) = load_file(str(path)).questions
    (event,) = asked.log
    assert event == LogEvent("coin", event.keys)
    assert {key: json.loads(text) for key, text in event.keys} == {
        "value": 2,
        "a": 1.5,
        "b": True,
        "c": "true",
        "d": None,
        "e": ["x"],
        "f": {"g": "7"},
        "h": "007",
    }


# The shipped models


@pytest.fixture(scope="module")
def job() -> Answers:
    """The list of the job model."""
    base = load_neighbour("job")
    return answers(
        load("job"),
        changed=lambda change, name: load_changed(base, change, name),
        judge=checker(),
    )


# What RFC 21 contradicts or leaves open, in the order in which the collection of its facts has it.
OPEN = {
    "active": "ACTIVE with NEW and without it",
    "exception-new": "a fatal exception in NEW",
    "diagram-only": "the three edges from SCHED to PRIORITY",
    "alloc-race": "an alloc in flight when SCHED is left",
    "running-without-run": "RUNNING has the CLEANUP of jobs that never ran",
    "timelimit": "timelimit against timeout",
    "flags-bits": "debug is 1 or 2",
    "expiration": "an integer against a floating-point number",
    "finish-form": "wait(2) form against shell form",
    "dependency-again": "a removed dependency that is added again",
    "dependency-must": "a must in lower case",
    "requests-unseen": "requests that no log shows",
    "result-severity": "an exception of any severity names the result",
    "free-housekeeping": "housekeeping before the scheduler",
    "annotations-nesting": "flat or nested annotations",
    "note-required": "a key that became required within a version",
    "rfc18-example": "the example of RFC 18",
    "diagram-source": "the slips of the drawing's source",
    "invalidate-log": "the log that holds invalidate is removed",
    "second-submit": "another submit is ignored, taken or refused",
    "big-integers": "integers beyond 64 bits",
    "removed-twice": "a dependency that is removed twice",
    "unended-line": "a last line without its newline is read or dropped",
    "memo-depth": "memos are merged at the top or at any depth",
    "urgency-after-alloc": "the urgency of a job that has resources",
}


@pytest.mark.slow
def test_every_known_contradiction_has_its_question(job: Answers) -> None:
    """And all of them are sound; two more belong to silence and to a dead end."""
    ids = {opened.question.id for opened in job.questions}
    assert ids == {*OPEN, "restart-elsewhere", "early-release"}
    assert job.faults == ()
    assert {opened.question.kind for opened in job.questions} == set(QUESTION_KINDS)


def test_only_what_no_log_can_show_has_no_log(job: Answers) -> None:
    """Bits that mean nothing here, requests, what others do, a drawing, and a byte at the end."""
    without = {opened.question.id for opened in job.questions if opened.log is None}
    assert without == {
        *("flags-bits", "requests-unseen", "free-housekeeping", "diagram-source"),
        "unended-line",
    }
    for opened in job.questions:
        assert (opened.log is None) == bool(opened.question.no_log)


class Expected(NamedTuple):
    """What a reading makes of a log: verdict, state, the rules broken, and fields reported."""

    verdict: str
    state: str
    rules: frozenset[str] = frozenset()
    report: tuple[tuple[str, Any], ...] = ()


def expected(verdict: str, state: str, *rules: str, **report: Any) -> Expected:
    ids = (rule if rule.startswith("rfc30/") else f"rfc21/{rule}" for rule in rules)
    return Expected(verdict, state, frozenset(ids), tuple(report.items()))


JUDGED = {
    "active": {
        "Virtual States": expected("incomplete", "NEW"),
        "Background": expected("incomplete", "NEW"),
    },
    "exception-new": {
        "text": expected("incomplete", "CLEANUP", "exception/new"),
        "diagram": expected("incomplete", "NEW", "exception/new"),
        "reference": expected("violates", "NEW", "states/undefined"),
    },
    "diagram-only": {
        "diagram": expected("incomplete", "PRIORITY", "states/silent"),
        "text": expected("incomplete", "RUN"),
    },
    "alloc-race": {
        "text": expected("incomplete", "PRIORITY", "states/silent"),
        "diagram": expected("violates", "PRIORITY", "states/undefined"),
        "reference": expected("incomplete", "PRIORITY"),
    },
    "early-release": {
        "text": expected("incomplete", "CLEANUP", "release/final-last"),
        "order": expected("incomplete", "CLEANUP"),
        "real logs": expected(
            "incomplete", "CLEANUP", "release/after-finish", "release/final-last"
        ),
    },
    "timelimit": {
        "reference": expected("conforms", "INACTIVE", result="FAILED"),
        "text": expected("conforms", "INACTIVE", result="TIMEOUT"),
    },
    "expiration": {
        "text": expected("violates", "RUN", "resource-update/context"),
        "reference": expected("incomplete", "RUN"),
    },
    "finish-form": {
        "both": expected("incomplete", "CLEANUP"),
        "text": expected("incomplete", "CLEANUP"),
        "reference": expected("violates", "CLEANUP", "finish/wait-status"),
    },
    "dependency-again": {
        "text": expected("violates", "PRIORITY", "depend/outstanding"),
        "reference": expected("incomplete", "PRIORITY"),
    },
    "dependency-must": {
        "meaning": expected("violates", "PRIORITY", "depend/outstanding"),
        "text": expected("incomplete", "PRIORITY", "depend/outstanding"),
    },
    "result-severity": {
        "reference": expected("conforms", "INACTIVE", result="CANCELED"),
        "text": expected("conforms", "INACTIVE", result="FAILED"),
    },
    "annotations-nesting": {
        "either": expected("incomplete", "RUN"),
        "example": expected("violates", "RUN", "alloc/context"),
        "reference": expected("incomplete", "RUN"),
    },
    "note-required": {
        "text": expected("violates", "NEW", "exception/context"),
        "older logs": expected("incomplete", "NEW"),
    },
    "invalidate-log": {
        "a log may end with it": expected("conforms", "REMOVED"),
        "text": expected("violates", "NEW", "states/undefined"),
    },
    "second-submit": {
        "text": expected("incomplete", "DEPEND", "submit/once"),
        "reference": expected("violates", "DEPEND", "states/undefined"),
    },
    "big-integers": {
        "text": expected("incomplete", "CLEANUP", waitstatus=2**63),
        "readers": expected("violates", "CLEANUP", "finish/context", waitstatus=None),
    },
    "removed-twice": {
        "text": expected("incomplete", "DEPEND", "dependency-remove/outstanding"),
        "reference": expected("violates", "DEPEND", "dependency-remove/outstanding"),
    },
    "memo-depth": {
        "reference": expected("incomplete", "NEW", annotations={"user": {"a": {"b": 1, "c": 2}}}),
        "text": expected("incomplete", "NEW", annotations={"user": {"a": {"c": 2, "d": None}}}),
    },
    "urgency-after-alloc": {
        "RFC 30": expected("incomplete", "RUN", "rfc30/urgency/pending"),
        "RFC 21": expected("incomplete", "RUN"),
        "reference": expected("violates", "RUN", "rfc30/urgency/pending"),
    },
}


def made(result: ReadingResult, like: Expected) -> Expected:
    """What a result has of the parts that are expected."""
    return Expected(
        result.checked.verdict,
        result.checked.state,
        frozenset(found.rule for found in result.checked.findings),
        tuple((field, result.checked.report[field]) for field, _ in like.report),
    )


@pytest.mark.parametrize("name", JUDGED)
def test_each_reading_judges_the_log_as_its_words_say(name: str, job: Answers) -> None:
    """The verdicts, states and rules are written by hand from what is known of RFC 21."""
    (opened,) = (each for each in job.questions if each.question.id == name)
    assert {result.by for result in opened.results} == set(JUDGED[name])
    for result in opened.results:
        like = JUDGED[name][result.by]
        assert made(result, like) == like, result.by


def test_what_counts_as_active_and_running(job: Answers) -> None:
    """Two questions are about what the virtual states cover."""
    virtual = {
        opened.question.id: {result.by: set(result.virtual) for result in opened.results}
        for opened in job.questions
    }
    assert virtual["active"] == {"Virtual States": set(), "Background": {"ACTIVE"}}
    assert virtual["running-without-run"] == {
        "definition": {"RUNNING", "ACTIVE"},
        "meaning": {"ACTIVE"},
    }


def test_the_silent_pairs_of_a_job(job: Answers) -> None:
    """An alloc in flight, and a restart outside SCHED; each log ends with its pair."""
    assert {(pair.event, pair.state): pair.questions for pair in job.pairs} == {
        ("alloc", "PRIORITY"): ("alloc-race",),
        ("alloc", "CLEANUP"): ("alloc-race",),
        **{
            ("flux-restart", state): ("restart-elsewhere",)
            for state in ("NEW", "DEPEND", "PRIORITY", "RUN", "CLEANUP")
        },
    }
    judge = checker()
    specification = load("job")
    for pair in job.pairs:
        assert pair.log is not None
        told = judge(specification, pair.log.data)
        assert (told.verdict, told.state) == ("incomplete", pair.state)
        assert [(found.rule, found.line) for found in told.findings] == [
            ("rfc21/states/silent", len(pair.log.lines))
        ]


def test_the_dead_ends_stand_under_their_questions(job: Answers) -> None:
    """Each with the event that closes the way, and no rule broken."""
    ends = {
        opened.question.id: [
            (claim.claim, end.log.names[-1], end.state)
            for claim in opened.claims
            for end in claim.refutations
        ]
        for opened in job.questions
        if any(claim.refutations for claim in opened.claims)
    }
    assert ends == {
        "alloc-race": [("ends-without-exception", "alloc", "PRIORITY")],
        "early-release": [("ends-without-exception", "release", "RUN")],
        "running-without-run": [("running-has-allocation", "exception", "CLEANUP")],
    }


def test_in_real_logs_finish_comes_before_the_final_release(corpus: Path) -> None:
    """As the question says; where there is no finish, a fatal exception came before."""
    both = without = 0
    for path in (corpus / "job").rglob("*.eventlog"):
        rows = [json.loads(line) for line in path.read_bytes().splitlines()]
        names = [row["name"] for row in rows]
        final = [n for n, r in enumerate(rows) if r["name"] == "release" and r["context"]["final"]]
        if final and "finish" in names:
            both += 1
            assert names.index("finish") < final[0], path
        elif final:
            without += 1
            fatal = [r["name"] == "exception" and r["context"]["severity"] == 0 for r in rows]
            assert any(fatal[: final[0]]), path
    assert both > 600
    assert without > 0


def test_the_exec_model_asks_about_its_names_alone() -> None:
    """Nothing else of it is open."""
    found = answers(load("exec"), changed=no_change, judge=checker())
    assert [opened.question.id for opened in found.questions] == ["state-names"]
    assert (found.pairs, found.faults) == ((), ())


def no_change(change: str, name: str) -> Specification:
    """For a list that needs none."""
    raise AssertionError(name)
