"""What many logs wait for: counted, the longest kept, and the same after an interruption."""

import json

from flux_conform.checking.finding import WaitsFor
from flux_conform.language.bag import Bag
from flux_conform.reports.summary_text import waiting_lines
from flux_conform.session.summary import Summary
from flux_conform.session.waiting_logs import MOST_LONGEST, WaitingLogs
from flux_conform.text import utc


def wait(what: str, since: float | None, until: float | None = 100.0) -> WaitsFor:
    return WaitsFor(what, f"a {what}", None, "x", 1, since, until)


def test_those_that_have_waited_longest_are_kept_in_order() -> None:
    """Of equal ones by name; a time that is not known comes last, and a log counts once."""
    waiting = WaitingLogs()
    for number in (3, 9, 1, 7, 5, 2, 8):
        waiting.add("job", f"log{number}", [wait("prolog", number), wait("prolog", number + 0.5)])
    waiting.add("job", "other", [wait("start", None), wait("epilog", 0.5, 200.0)])
    rows = waiting.rows()
    assert [(row.what, row.logs) for row in rows] == [("epilog", 1), ("prolog", 7), ("start", 1)]
    longest = [(each.log, each.since) for each in rows[1].longest]
    assert longest == [("log1", 1), ("log1", 1.5), ("log2", 2), ("log2", 2.5), ("log3", 3)]
    assert len(longest) == MOST_LONGEST
    assert waiting.newest == 200.0


def test_what_is_saved_is_restored() -> None:
    summary = Summary()
    summary.waiting.add("job", "a", [wait("prolog", 1.25), wait("start", None, None)])
    summary.stuck.add("job", "b", [wait("way", 2)])
    saved = json.loads(json.dumps(summary.as_json()))
    assert Summary.restored(saved).as_json() == summary.as_json()


def test_the_list_counts_up_to_the_time_that_is_given_or_the_latest_of_any_log() -> None:
    summary = Summary()
    summary.waiting.add("job", "a", [wait("prolog", 40.0)])
    summary.waiting.add("job", "b", [wait("start", None, None)])
    assert list(waiting_lines(summary)) == [
        "what logs wait for, the longest first (by 1970-01-01 00:01:40 UTC):",
        "  prolog (1 log)",
        "           1 min  a: a prolog",
        "  start (1 log)",
        "               ?  b: a start",
    ]
    assert list(waiting_lines(summary, 50.0))[2] == "          10.0 s  a: a prolog"


def test_a_time_is_told_as_people_read_it() -> None:
    assert utc(0) == "1970-01-01 00:00:00 UTC"
    assert utc(1795347193.2783878, digits=3) == "2026-11-22 11:33:13.278 UTC"
    assert [utc(time) for time in (1e18, float("inf"))] == [
        "1e+18 s after 1970",
        "inf s after 1970",
    ]


def test_a_bag_says_what_has_changed_since_an_older_one() -> None:
    """For the next version of it, for one further on, for the same, and for another one."""
    empty = Bag()
    one = empty.add("a")
    two = one.add("a")
    three = two.add("b").remove("a")
    assert one.changes(empty) == [("a", 0, 1)]
    assert two.changes(one) == [("a", 1, 2)]
    assert sorted(three.changes(empty)) == [("a", 0, 1), ("b", 0, 1)]
    assert empty.changes(three) == [("a", 1, 0), ("b", 1, 0)]
    assert two.changes(two) == []
    assert sorted(Bag.of(["b", "c"]).changes(Bag.of(["a", "b"]))) == [("a", 1, 0), ("c", 0, 1)]
