"""`flux-conform certify`: what is stated of a writer's logs."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from facts.cases import (
    ALLOC,
    ALLOCATED,
    DEPEND,
    DEPENDED,
    FATAL,
    FINISHED,
    FROM_ALLOC,
    FROM_START,
    INVALIDATE,
    LIFE,
    PRIORITY,
    RELEASE,
    SUBMIT,
    V0,
    VALIDATED,
    added,
    began,
    ended,
    exception,
    lines,
    removed,
    urgency,
)
from flux_conform.cli.certify import _INCLUDABLE, _PARTS
from flux_conform.cli.main import main
from flux_conform.language import load
from flux_conform.machine.step import Machine
from flux_conform.suite.coverage import Coverage
from flux_conform.suite.exercisable import INCLUDABLE, PARTS, Exercisable
from toys import PUSH, TURNSTILE, coin

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(capfdbinary: pytest.CaptureFixture[bytes]) -> Run:
    """A function that runs `certify` and gives the exit code and both outputs."""

    def run(*arguments: object) -> tuple[int, str, str]:
        code = main(["certify", *map(str, arguments)])
        out, err = capfdbinary.readouterr()
        return code, out.decode(), err.decode()

    return run


def logs(folder: Path, *contents: bytes) -> Path:
    for number, content in enumerate(contents):
        (folder / f"{number}.eventlog").write_bytes(content)
    return folder


def told(run: Run, *arguments: object) -> dict[str, Any]:
    row: dict[str, Any] = json.loads(run(*arguments, "--format", "json")[1])
    return row


def numbers(statement: dict[str, Any], part: str) -> dict[str, int]:
    return {item["name"]: item["logs"] for item in statement["exercised"][part]["items"]}


def test_what_logs_exercise_of_a_toy_is_counted_by_logs(run: Run, tmp_path: Path) -> None:
    """States, events, transitions, pairs of them whatever stays between, and rules."""
    folder = logs(tmp_path, coin() + PUSH + coin(), coin() + coin(3), b"")
    statement = told(run, folder, "--machine", TURNSTILE)
    assert statement["verdicts"] == {"conforms": 2, "incomplete": 0, "violates": 1, "unreadable": 0}
    assert statement["events"] == 5
    assert numbers(statement, "states") == {"Locked": 2, "Unlocked": 2}
    assert numbers(statement, "events") == {"coin": 2, "push": 1, "unlisted": 0}
    assert numbers(statement, "transitions") == {
        "Locked coin → Unlocked": 2,
        "Unlocked push → Locked": 1,
    }
    assert numbers(statement, "pairs") == {
        "Locked coin → Unlocked, then Unlocked push → Locked": 1,
        "Unlocked push → Locked, then Locked coin → Unlocked": 1,
    }
    rules = {item["name"]: item for item in statement["exercised"]["rules"]["items"]}
    assert (rules["rfc9999/coin/worth"]["logs"], rules["rfc9999/coin/worth"]["broken"]) == (1, 1)
    assert (rules["rfc9999/coin/once"]["logs"], rules["rfc9999/coin/once"]["broken"]) == (1, 1)
    assert (rules["rfc18/not-empty"]["logs"], rules["rfc18/not-empty"]["broken"]) == (2, 1)
    assert (rules["rfc18/context"]["logs"], rules["rfc9999/push/context"]["logs"]) == (2, 1)
    assert rules["rfc18/time-order"]["logs"] == 2
    assert "rfc18/append-only" not in rules


def test_a_rule_is_exercised_where_it_asks_something(run: Run, tmp_path: Path) -> None:
    """What stands left of its `implies` must hold."""
    rule = "rfc21/exception/wait-status-type"
    plain = told(run, logs(tmp_path, lines(*LIFE[:2], exception(1, "x"))))
    assert numbers(plain, "rules")[rule] == 0
    asked = told(run, logs(tmp_path, lines(*LIFE[:2], exception(1, "exec", wait_status=9))))
    assert numbers(asked, "rules")[rule] == 1


def test_logs_that_violate_exercise_nothing(run: Run, tmp_path: Path) -> None:
    """They are told, with the rule that they break; and the exit code is 1."""
    code, out, _ = run(logs(tmp_path, lines(LIFE[0], *LIFE[2:])), "--format", "json")
    statement = json.loads(out)
    assert code == 1
    assert set(numbers(statement, "states").values()) == {0}
    (bad,) = statement["bad"]
    assert (bad["verdict"], bad["rule"], bad["line"]) == ("violates", "rfc21/states/undefined", 2)


@pytest.mark.parametrize(
    ("content", "options", "code", "sum_"),
    [
        (lines(*LIFE), (), 0, "None of 1 logs violates: 1 conform; 10 events"),
        (lines(*LIFE)[:-1], ("--strict",), 1, "1 of 1 logs in violation"),
        (b"[" * 1000, (), 2, "1 of 1 logs could not be read"),
        (lines(*LIFE), ("--demand", "transitions"), 1, "None of 1 logs violates"),
        (lines(*LIFE), ("--date", "today"), 2, ""),
    ],
)
def test_the_exit_code_tells_of_the_logs(
    run: Run, tmp_path: Path, content: bytes, options: tuple[str, ...], code: int, sum_: str
) -> None:
    """0 none violates, 1 one does or a demand is not met, 2 one is unreadable or a wrong call."""
    found, out, _ = run(logs(tmp_path, content), *options)
    assert found == code
    assert sum_ in out


def test_the_statement_is_the_same_each_time_and_in_each_form(run: Run, tmp_path: Path) -> None:
    """It names the specification by its digest, the tool, the subject, and the date if told."""
    folder = tmp_path / "logs"
    folder.mkdir()
    logs(folder, lines(*LIFE), lines(V0), lines(*LIFE[:3]))
    options = ("--subject", "core <1>", "--date", "2026-03-18", "--badge", tmp_path / "badge.svg")
    statement = told(run, folder, *options)
    assert statement == told(run, folder, *options)
    assert (statement["subject"], statement["date"]) == ("core <1>", "2026-03-18")
    page = run(folder, *options, "--format", "html")[1]
    assert statement["digest"] in page
    assert "<script" not in page
    assert "core &lt;1&gt;: job eventlogs" in page
    root = ElementTree.fromstring(run(folder, *options, "--format", "junit")[1])
    things = sum(len(part["items"]) for part in statement["exercised"].values())
    assert (root.get("tests"), root.get("failures")) == (str(things + 2), "0")
    badge = ElementTree.parse(tmp_path / "badge.svg").getroot()
    assert badge.attrib["aria-label"].endswith("1 conform, 2 incomplete")


def test_the_corpus_exercises_what_real_jobs_do(run: Run, corpus: Path) -> None:
    """Of the transitions only those that nobody's job takes are wanting."""
    statement = told(run, corpus / "job", "--allow", "flux-core")
    assert statement["logs"] + statement["copies"] == 803
    assert statement["verdicts"]["violates"] == 1
    assert 0 not in numbers(statement, "states").values()
    wanting = {name for name, count in numbers(statement, "transitions").items() if not count}
    assert wanting == {"PRIORITY exception where fatal → CLEANUP"}
    (vacuous,) = [i for i in statement["exercised"]["rules"]["items"] if not i["logs"]]
    # Each real expiration is a floating-point number.
    assert (vacuous["name"], vacuous["tolerated"]) == ("rfc21/resource-update/context", 4)


def test_the_parts_are_named_alike() -> None:
    """In help, which loads nothing, and where they are counted."""
    assert _PARTS == PARTS
    assert _INCLUDABLE == INCLUDABLE


def test_nothing_in_a_log_or_its_name_moves_the_cursor(run: Run, tmp_path: Path) -> None:
    """What a terminal would obey is escaped, whatever stands before it."""
    (tmp_path / "\x1b[2J.eventlog").write_bytes(b'{"timestamp":1,"name":"\\u001b[2J"}\n')
    code, out, _ = run("--machine", "exec", "--subject", "\x1b[31m", tmp_path)
    assert code == 1
    assert "\x1b" not in out
    assert r"\x1b[2J.eventlog, line 1" in out


def test_logs_of_a_filtered_journal_are_judged_as_check_judges_them(
    run: Run, tmp_path: Path
) -> None:
    """What they lack may be the filter's doing: they do not violate, and exercise nothing."""
    events = [json.loads(line) for line in lines(*LIFE).splitlines()]
    left = [event for event in events if event["name"] != "validate"]
    rows = [*({"id": job, "events": left} for job in (7, 8)), {"id": -1, "events": []}]
    journal = tmp_path / "journal.json"
    journal.write_text("".join(json.dumps(row) + "\n" for row in rows))
    assert run(journal)[0] == 0
    statement = told(run, journal)
    verdicts = {"conforms": 0, "incomplete": 0, "inconclusive": 1, "violates": 0, "unreadable": 0}
    assert statement["verdicts"] == verdicts
    assert statement["copies"] == 1
    assert set(numbers(statement, "states").values()) == {0}
    page = run(journal, "--format", "html")[1]
    assert "<b>1</b> inconclusive" in page


def test_a_log_of_another_kind_is_named_and_not_judged(run: Run, tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_text('{"timestamp":1,"name":"init"}\n{"timestamp":2,"name":"shell.init"}\n')
    code, out, _ = run(log)
    assert code == 2
    assert "this is an exec eventlog, and the machine job knows none of its first events" in out


# What looks like exercising a rule, and is not


def rule_numbers(run: Run, folder: Path, *contents: bytes) -> dict[str, int]:
    return numbers(told(run, logs(folder, *contents)), "rules")


@pytest.mark.parametrize(
    ("rule", "looks", "does"),
    [
        ("rfc21/prolog-start/blocks-start", LIFE, (*ALLOCATED, began("prolog"), ended("prolog"),
                                                   *FROM_START)),
        ("rfc21/depend/outstanding", DEPENDED,
         (*VALIDATED, added("x"), removed("x"), DEPEND)),
        ("rfc21/epilog-start/blocks-free", LIFE,
         (*FINISHED, began("epilog"), ended("epilog"), RELEASE, *LIFE[8:])),
        ("rfc21/clean/resources-freed", (*VALIDATED, FATAL, LIFE[-1]), LIFE),
        ("rfc21/clean/perilog-done",
         (*ALLOCATED, began("prolog"), ended("prolog"), *FROM_START),
         (*ALLOCATED, began("prolog"), ended("prolog"), *FROM_START[:2], began("epilog"),
          ended("epilog"), *LIFE[7:])),
        ("rfc30/urgency/held", LIFE, (*DEPENDED, urgency(0), urgency(16), PRIORITY, *FROM_ALLOC)),
        ("rfc30/urgency/pending", (*DEPENDED, urgency(9)), (*DEPENDED, urgency(9), PRIORITY, ALLOC)),
        ("rfc21/release/final-last", LIFE[:7], LIFE[:8]),
        ("rfc21/finish/wait-status", LIFE,
         (*LIFE[:6], exception(0, wait_status=256), FINISHED[-1].replace('"status":0', '"status":1'),
          *LIFE[7:])),
        # A name in another case is another event; a string is no integer.
        ("rfc21/exception/wait-status-type", (SUBMIT, exception(1).replace("exception", "Exception")),
         (SUBMIT, exception(1, wait_status=9))),
        # Only an event that may be undefined somewhere asks whether it is.
        ("rfc21/states/undefined", (SUBMIT,), VALIDATED),
    ],
)  # fmt: skip
def test_a_log_that_only_looks_like_it_does_not_put_a_rule_to_the_test(
    run: Run, tmp_path: Path, rule: str, looks: tuple[str, ...], does: tuple[str, ...]
) -> None:
    assert rule_numbers(run, tmp_path, lines(*looks))[rule] == 0
    assert rule_numbers(run, tmp_path, lines(*does))[rule] == 1


def test_a_rule_never_put_to_the_test_says_what_it_asks_about(run: Run, tmp_path: Path) -> None:
    out = run(logs(tmp_path, lines(*LIFE)))[1]
    never = out.partition("rules never put to the test:\n")[2]
    assert (
        "  rfc21/depend/outstanding  MUST: asked nothing in 1 log; asks only in a log with "
        "not empty(dependencies) at another time\n"
    ) in never
    assert "  rfc21/memo/context  MUST\n" in never


def test_the_same_log_twice_counts_once(run: Run, tmp_path: Path) -> None:
    statement = told(run, logs(tmp_path, lines(*LIFE), lines(*LIFE), lines(*LIFE[:4])))
    assert (statement["logs"], statement["copies"], statement["events"]) == (2, 1, 14)
    assert numbers(statement, "states")["RUN"] == 1
    assert "1 log given before, byte for byte" in run(tmp_path)[1]


def test_a_violating_log_given_twice_is_named_once(run: Run, tmp_path: Path) -> None:
    bad = lines(LIFE[0], *LIFE[2:])
    statement = told(run, logs(tmp_path, bad, bad))
    assert (len(statement["bad"]), statement["logs"], statement["copies"]) == (1, 1, 1)


def test_a_rule_is_not_judged_where_its_event_is_undefined() -> None:
    """Nor after the end: the machine judges no rule there, so none is put to the test."""
    specification = load("job")
    coverage = Coverage(Machine(specification), Exercisable(specification))
    assert "rfc21/depend/outstanding" in coverage.shown(lines(*DEPENDED)).judged
    assert "rfc21/depend/outstanding" not in coverage.shown(lines(SUBMIT, DEPEND)).judged
    late = coverage.shown(lines(*LIFE, urgency(9)))
    assert "rfc30/urgency/pending" not in late.judged


# What counts


def test_what_counts_is_what_a_writer_of_today_can_do(run: Run, tmp_path: Path) -> None:
    """Logs of other generations exercise nothing, and the rest says why it does not count."""
    old = lines(V0, *LIFE[2:])
    folder = logs(tmp_path, old, lines(SUBMIT, INVALIDATE), lines(*DEPENDED, ALLOC))
    today = told(run, folder)
    assert (today["generation"], today["of_other_generations"]) == ("v1", 1)
    assert numbers(today, "states") == {
        "NEW": 2,
        "DEPEND": 1,
        "PRIORITY": 1,
        "SCHED": 0,
        "RUN": 0,
        "CLEANUP": 0,
        "INACTIVE": 0,
    }
    transitions = numbers(today, "transitions")
    assert [name for name in transitions if "silent" in name or "v0" in name] == []
    left_out = {(each["part"], each["reason"]): each["names"] for each in today["left_out"]}
    assert left_out == {
        ("transitions", "generation"): ["NEW submit → DEPEND (v0)", "DEPEND validate stays (v0)"],
        ("pairs", "generation"): [
            "NEW submit → DEPEND (v0), then DEPEND depend → PRIORITY",
            "NEW submit → DEPEND (v0), then DEPEND exception where fatal → CLEANUP",
        ],
        ("transitions", "silent"): ["PRIORITY alloc silent", "CLEANUP alloc silent"],
        ("states", "removed"): ["REMOVED"],
        ("events", "removed"): ["invalidate"],
        ("transitions", "removed"): ["NEW invalidate → REMOVED"],
        ("rules", "removed"): ["rfc21/invalidate/last", "rfc21/invalidate/no-context"],
        ("transitions", "implied"): ["NEW exception where fatal → CLEANUP"],
        ("pairs", "implied"): [
            "NEW exception where fatal → CLEANUP, then CLEANUP clean → INACTIVE"
        ],
        ("rules", "never"): ["rfc18/append-only"],
    }
    more = told(run, folder, "--with", "silent", "--with", "removed", "--generation", "*")
    assert more["of_other_generations"] == 0
    counted = numbers(more, "transitions")
    assert counted["PRIORITY alloc silent"] == 1
    assert counted["NEW invalidate → REMOVED"] == 1
    assert counted["NEW submit → DEPEND (v0)"] == 1
    assert numbers(more, "states")["REMOVED"] == 1
    assert {each["reason"] for each in more["left_out"]} == {"implied", "never"}
    older = told(run, folder, "--generation", "v0")
    assert numbers(older, "states")["INACTIVE"] == 1
    assert "NEW validate → DEPEND" in {n for e in older["left_out"] for n in e["names"]} | set(
        numbers(older, "transitions")
    )


def test_the_statement_says_in_numbers_what_it_leaves_out(run: Run, tmp_path: Path) -> None:
    out = run(logs(tmp_path, lines(V0, *LIFE[2:]), lines(*LIFE)))[1]
    assert "\nlogs of generation v1\n" in out
    assert "  1 log of other generations than v1 (--generation '*' counts them)\n" in out
    assert "  2 transitions, 2 pairs of other generations\n" in out
    assert ("  2 transitions of which the source says nothing (--with silent counts them)\n") in out
    page = run(tmp_path, "--format", "html")[1]
    assert "2 transitions of which the source says nothing (--with silent counts them)" in page


def test_a_generation_that_is_none_is_a_wrong_call(run: Run, tmp_path: Path) -> None:
    code, _, err = run(logs(tmp_path, lines(*LIFE)), "--generation", "v9")
    assert code == 2
    assert '--generation: job has no generation "v9"; known are v1, v0, and * for all' in err


# Thresholds and exceptions


@pytest.mark.parametrize(
    ("options", "code", "says"),
    [
        (("--fail-under", "states=100"), 1, "71.4 % of states (5 of 7), and 100 % are required"),
        (("--fail-under", "states=71.4"), 0, ""),
        (("--fail-under", "states=71.5"), 1, "71.4 % of states (5 of 7), and 71.5 % are"),
        (("--fail-under", "99"), 1, " % of all parts together ("),
        (("--fail-under", "1", "--fail-under", "states=80"), 1, "of states"),
        (("--demand", "states"), 1, "71.4 % of states (5 of 7), and 100 % are required"),
        (("--fail-under", "0"), 0, ""),
        (("--fail-under", "pears=3"), 2, "the parts are states, events, transitions, pairs, rules"),
        (("--fail-under", "101"), 2, "give a percentage from 0 to 100"),
        (("--fail-under", "nan"), 2, "give a percentage from 0 to 100"),
    ],
)
def test_a_threshold_decides_the_exit_code(
    run: Run, tmp_path: Path, options: tuple[str, ...], code: int, says: str
) -> None:
    """0 where it is met, 1 where not, 2 where it is none."""
    found, _, err = run(logs(tmp_path, lines(*ALLOCATED)), *options)
    assert found == code
    assert says in err
    assert bool(err) == bool(says)


def exceptions(folder: Path, *entries: str) -> Path:
    file = folder / "never.yaml"
    rows = "".join(f"  - {{{entry}}}\n" for entry in entries)
    file.write_text(f"never exercised:\n{rows}", encoding="utf-8")
    return file


def test_what_is_excused_is_not_demanded_and_is_told(run: Run, tmp_path: Path) -> None:
    folder = tmp_path / "logs"
    folder.mkdir()
    logs(folder, lines(*ALLOCATED))
    file = exceptions(
        tmp_path,
        "state: CLEANUP, reason: it never ends",
        'state: "INACT*", reason: it never ends',
        'rule: "rfc21/epilog-*", reason: there are no epilogs',
    )
    options = ("--exceptions", file, "--fail-under", "states=100")
    code, out, err = run(folder, *options)
    assert (code, err) == (0, "")
    assert "states           5 of    7 exercised, 2 excused\n" in out
    assert "  state INACT* (1): it never ends\n" in out
    assert "  rule rfc21/epilog-* (5): there are no epilogs\n" in out
    statement = told(run, folder, *options)
    (ended_,) = [i for i in statement["exercised"]["states"]["items"] if i["name"] == "INACTIVE"]
    assert ended_ == {"name": "INACTIVE", "logs": 0, "excused": "it never ends"}
    assert "there are no epilogs" in run(folder, *options, "--format", "html")[1]
    root = ElementTree.fromstring(run(folder, *options, "--format", "junit")[1])
    skipped = {case.get("name"): case.find("skipped") for case in root.iter("testcase")}
    why = skipped["INACTIVE"]
    assert why is not None
    assert why.get("message") == "excused: it never ends"


@pytest.mark.parametrize(
    ("entry", "code", "says"),
    [
        # Stale: the logs do it.
        ("state: RUN, reason: x", 1, "never.yaml:2: RUN is exercised, though the exceptions say"),
        ('rule: "*", reason: x', 1, "rfc18/not-empty is exercised"),
        ('transition: "*", reason: x', 1, "NEW validate → DEPEND is exercised"),
        # A wrong file.
        ("state: RUM, reason: x", 2, 'there is no state "RUM"; expected a state as reports name'),
        ("state: REMOVED, reason: x", 2, 'the state "REMOVED" does not count anyway'),
        ("state: RUN", 2, "reason"),
        ("reason: x", 2, "it must name one thing"),
        ("state: RUN, event: alloc, reason: x", 2, "it must name one thing"),
        ("states: RUN, reason: x", 2, "states"),
    ],
)
def test_an_exception_that_is_not_so_is_an_error(
    run: Run, tmp_path: Path, entry: str, code: int, says: str
) -> None:
    folder = tmp_path / "logs"
    folder.mkdir()
    file = exceptions(tmp_path, entry)
    found, _, err = run(logs(folder, lines(*ALLOCATED)), "--exceptions", file)
    assert found == code
    assert says in err


def test_an_exception_of_what_logs_break_is_stale(run: Run, tmp_path: Path) -> None:
    """Who breaks a rule cannot say that it is never put to the test."""
    folder = tmp_path / "logs"
    folder.mkdir()
    file = exceptions(tmp_path, "rule: rfc21/exception/wait-status-nonzero, reason: never")
    options = ("--exceptions", file)
    assert run(logs(folder, lines(SUBMIT, exception(1))), *options)[0] == 0
    code, _, err = run(logs(folder, lines(SUBMIT, exception(1, wait_status=0))), *options)
    assert code == 1
    assert "rfc21/exception/wait-status-nonzero is broken, though" in err


def test_a_stale_exception_spoils_the_badge_and_the_page(run: Run, tmp_path: Path) -> None:
    folder = tmp_path / "logs"
    folder.mkdir()
    logs(folder, lines(*ALLOCATED))
    badges = {}
    for state in ("RUN", "CLEANUP"):
        badge = tmp_path / f"{state}.svg"
        file = exceptions(tmp_path, f"state: {state}, reason: it is so")
        page = run(folder, "--exceptions", file, "--badge", badge, "--format", "html")[1]
        assert ("RUN is exercised, though" in page) == (state == "RUN")
        badges[state] = badge.read_text()
    assert badges["RUN"] != badges["CLEANUP"]


def test_a_threshold_that_is_missed_spoils_the_badge(run: Run, tmp_path: Path) -> None:
    """The exit code is 1, and a green badge would say something else."""
    folder, badge = tmp_path / "logs", tmp_path / "badge.svg"
    folder.mkdir()
    logs(folder, lines(*ALLOCATED))
    badges = {}
    for least, wanted in ((0, 0), (100, 1)):
        code = run(folder, "--fail-under", least, "--badge", badge)[0]
        assert code == wanted
        badges[least] = badge.read_text()
    assert "less exercised than demanded" in badges[100]
    assert "less exercised than demanded" not in badges[0]
    colours = [re.findall('fill="(#[0-9a-f]{6})"', each)[0] for each in badges.values()]
    assert colours[0] != colours[1]


def test_exceptions_of_everything_leave_no_threshold_to_pass(run: Run, tmp_path: Path) -> None:
    """A writer whose logs all violate exercises nothing; to excuse that is no way round."""
    folder = tmp_path / "logs"
    folder.mkdir()
    logs(folder, lines(V0, *LIFE[2:]))
    parts = ("state", "event", "transition", "pair", "rule")
    file = exceptions(tmp_path, *(f'{part}: "*", reason: all' for part in parts))
    assert run(folder, "--exceptions", file)[0] == 0
    for wanted in ("50", "rules=1", "transitions=100"):
        code, _, err = run(folder, "--exceptions", file, "--fail-under", wanted)
        assert code == 1
        assert "nothing is left of" in err


def test_a_missing_file_of_exceptions_is_a_wrong_call(run: Run, tmp_path: Path) -> None:
    code, _, err = run(logs(tmp_path, lines(*LIFE)), "--exceptions", tmp_path / "none.yaml")
    assert code == 2
    assert "none.yaml:1:1: cannot be read: No such file or directory" in err
