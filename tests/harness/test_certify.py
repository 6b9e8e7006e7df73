"""`flux-conform certify`: what is stated of a writer's logs."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from facts.cases import LIFE, V0, exception, lines
from flux_conform.cli.certify import _PARTS
from flux_conform.cli.main import main
from flux_conform.suite.coverage import PARTS
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
    assert (rules["rfc9999/coin/worth"]["logs"], rules["rfc9999/coin/worth"]["broken"]) == (2, 1)
    assert (rules["rfc9999/coin/once"]["logs"], rules["rfc9999/coin/once"]["broken"]) == (2, 1)
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
    assert statement["logs"] == 803
    assert statement["verdicts"]["violates"] == 1
    wanting = {name for name, count in numbers(statement, "states").items() if not count}
    assert wanting == {"REMOVED"}


def test_the_parts_are_named_alike() -> None:
    """In help, which loads nothing, and where they are counted."""
    assert _PARTS == PARTS


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
    verdicts = {"conforms": 0, "incomplete": 0, "inconclusive": 2, "violates": 0, "unreadable": 0}
    assert statement["verdicts"] == verdicts
    assert set(numbers(statement, "states").values()) == {0}
    page = run(journal, "--format", "html")[1]
    assert "<b>2</b> inconclusive" in page


def test_a_log_of_another_kind_is_named_and_not_judged(run: Run, tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_text('{"timestamp":1,"name":"init"}\n{"timestamp":2,"name":"shell.init"}\n')
    code, out, _ = run(log)
    assert code == 2
    assert "this is an exec eventlog, and the machine job knows none of its first events" in out
