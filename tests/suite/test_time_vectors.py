"""The suite of a machine with policies that ask for times tells readers that take times otherwise."""

from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from flux_conform.language import load
from flux_conform.language.expressions import Expression
from flux_conform.language.parser import parse_expression
from flux_conform.language.specification import Specification
from flux_conform.logs.eventlog import read_entries
from flux_conform.suite.making.all_vectors import generate
from flux_conform.suite.making.observe import Observer, read_log
from flux_conform.suite.making.vector import Vector

DOOR = Path(__file__).parents[1] / "timed_door.yaml"


@cache
def door() -> Specification:
    return load(DOOR)


@cache
def vectors() -> tuple[Vector, ...]:
    return generate(door(), str(DOOR)).vectors


def otherwise(*changes: tuple[str, str]) -> Specification:
    """The door with other policies."""
    rules = []
    for rule in door().rules:
        text = rule.require.text
        for old, new in changes:
            text = text.replace(old, new)
        rules.append(rule._replace(require=Expression(text, parse_expression(text).tree)))
    assert tuple(rules) != door().rules
    return door()._replace(rules=tuple(rules))


def told_by(reads: Callable[[Vector], str]) -> list[str]:
    """The vectors whose strict verdict a reader does not give."""
    return [each.draft.name for each in vectors() if reads(each) != each.expected.strict]


@pytest.mark.parametrize(
    "change",
    [
        ("<= 10 min", "< 10 min"),
        (">= 1 h", "> 1 h"),
        ("<= 10 min", "<= 600001 ms"),
        (">= 1 h", ">= 3599999 ms"),
        ("since(open)", "time - first(open)"),
        ("seen(open) implies ", "has(since(shut)) or "),
    ],
    ids=" for ".join,
)
def test_a_reader_with_another_bound_is_told(change: tuple[str, str]) -> None:
    observer = Observer(otherwise(change))

    def reads(vector: Vector) -> str:
        return observer.observe(read_log(vector.draft.log, door())).strict

    assert told_by(reads) != []


def test_a_reader_of_the_specification_itself_passes() -> None:
    observer = Observer(door())
    assert told_by(lambda v: observer.observe(read_log(v.draft.log, door())).strict) == []


def rounded(log: bytes, digits: int) -> bytes:
    """The log with times of fewer digits."""
    for entry in read_entries(log):
        if entry.event is not None and entry.event.timestamp is not None:
            stamp = str(entry.event.timestamp).encode()
            log = log.replace(stamp, str(round(entry.event.timestamp, digits)).encode())
    return log


def test_a_reader_that_rounds_times_is_told() -> None:
    observer = Observer(door())
    for digits in (0, 3, 5):
        of_times = [
            each for each in vectors() if each.draft.name.endswith(("-at", "-above", "-below"))
        ]
        missed = [
            each.draft.name
            for each in of_times
            if observer.observe(read_log(rounded(each.draft.log, digits), door())).strict
            != each.expected.strict
        ]
        assert missed != []


def test_each_policy_is_met_exactly_at_its_bound() -> None:
    """At it, and a millionth of a second on either side; after one such event, and after two."""
    names = {each.draft.name: each.expected.strict for each in vectors()}
    for policy, holds, breaks in (
        ("door-shut-soon-shut-1", "below", "above"),
        ("door-shut-soon-shut-2", "below", "above"),
        ("door-open-rarely-open-1", "above", "below"),
    ):
        assert names[f"{policy}-at"] != "violates"
        assert names[f"{policy}-{holds}"] != "violates"
        assert names[f"{policy}-{breaks}"] == "violates"
