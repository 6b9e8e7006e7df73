"""Who may post the event of a finding, and what came just before it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from facts.cases import LIFE, line, lines
from flux_conform.checking.finding import Finding
from flux_conform.checking.findings_text import FindingFormatter
from flux_conform.checking.judge import Options, judge
from flux_conform.checking.posted import After, Posted, posted, posted_in_words
from flux_conform.language import load
from flux_conform.logs.lines import Lines
from flux_conform.machine.step import Machine
from toys import load_toy

JOB = Machine(load("job"))


def findings(machine: Machine, log: bytes) -> Iterator[tuple[Finding, Posted, str | None]]:
    line_of = Lines(log)
    for found in judge(machine, log, Options(notes=True)).findings:
        where = posted(machine, found, line_of)
        yield found, where, posted_in_words(machine, found, where)


def test_the_specification_says_who_posts_and_the_log_what_came_before() -> None:
    """RFC 21: the job manager logs alloc for the scheduler. Lines are a quarter second apart."""
    (found, where, words), *_ = findings(JOB, lines(LIFE[0], line("alloc")))
    assert (found.event, found.line) == ("alloc", 2)
    assert where == Posted(("scheduler", "job manager"), After("submit", 1, 0.25))
    assert words == "by scheduler or job manager, 250 ms after submit (line 1)"
    assert where.to_json()["after"] == {"event": "submit", "line": 1, "seconds": 0.25}


def test_lines_without_an_event_are_passed_over() -> None:
    """The event before stands further back; what holds no event is posted by nobody."""
    blank, alloc = list(findings(JOB, lines(LIFE[0], b"{}", line("alloc"))))[:2]
    assert blank[0].event is None
    assert blank[1] == Posted((), After("submit", 1, None))
    assert blank[2] is None
    assert alloc[1].after == After("submit", 1, 0.5)


@pytest.mark.parametrize(
    ("times", "seconds", "age"),
    [
        (("5", "3"), -2, ""),
        (('"5"', "3"), None, ""),
        (("1", "9" * 400), None, ""),
        (("1.1", "1.6"), 0.5, "500 ms "),
    ],
)
def test_an_age_is_told_where_times_tell_it(
    times: tuple[str, str], seconds: float | None, age: str
) -> None:
    """Not where they go back, are missing, or are beyond all numbers."""
    log = b"".join(f'{{"timestamp":{time},"name":"clean"}}\n'.encode() for time in times)
    last = [each for each in findings(JOB, log) if each[0].line == 2][-1]
    assert last[1].after == After("clean", 1, seconds)
    assert (last[2] or "").endswith(f", {age}after clean (line 1)")


def test_an_event_that_is_not_listed_is_posted_by_anybody() -> None:
    """So the text names nobody; JSON has what the specification says."""
    found = next(each for each in findings(JOB, lines(line("made-up"))) if each[0].line == 1)
    assert found[1] == Posted(("any component",), None)
    assert found[2] is None


DOOR = Path(__file__).parents[1] / "door.yaml"
MESSAGES = b"""{"type":"open","ts":1,"who":"a"}\n{"type":"open","ts":3.5,"who":"b"}\n"""


def test_a_specification_that_names_nobody_has_no_such_line() -> None:
    """As that of the door, whose messages name their parts otherwise."""
    machine = Machine(load(DOOR))
    ((found, where, words),) = findings(machine, MESSAGES)
    assert (found.line, where, words) == (2, Posted((), After("open", 1, 2.5)), None)
    text = "\n".join(
        FindingFormatter(machine).findings("x", MESSAGES, judge(machine, MESSAGES), {})
    )
    assert "posted:" not in text
    assert "rule:" in text


def test_a_specification_that_names_somebody_has_the_line() -> None:
    """The same door, opened by guests."""
    named = DOOR.read_text(encoding="utf-8").replace("open: {context", "open: {by: guest, context")
    machine = Machine(load_toy(named))
    text = "\n".join(
        FindingFormatter(machine).findings("x", MESSAGES, judge(machine, MESSAGES), {})
    )
    assert "  posted:  by guest, 2.50 s after open (line 1)\n" in text
