"""Journals that do not hold all: lost lines, filters, and backlogs that come again."""

import json
from collections.abc import Callable, Iterable, Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

Run = Callable[..., tuple[int, str, str]]
Event = dict[str, Any]
Entry = dict[str, Any]

SENTINEL: Entry = {"id": -1, "events": []}

RECONNECT = """
{"id": -1, "events": []}
{"id": 7, "events": [{"timestamp": 1760000000.1, "name": "submit", "context": {"userid": 1, "urgency": 16, "flags": 0, "version": 1}}]}
{"id": 7, "events": [{"timestamp": 1760000000.2, "name": "validate"}]}
{"id": 7, "events": [{"timestamp": 1760000000.3, "name": "depend"}]}
{"id": 7, "events": [{"timestamp": 1760000000.4, "name": "priority", "context": {"priority": 16}}]}
{"id": 7, "events": [{"timestamp": 1760000000.5, "name": "alloc"}]}
{"id": 7, "events": [{"timestamp": 1760000000.6, "name": "start"}]}
{"id": 7, "events": [{"timestamp": 1760000000.1, "name": "submit", "context": {"userid": 1, "urgency": 16, "flags": 0, "version": 1}}, {"timestamp": 1760000000.2, "name": "validate"}, {"timestamp": 1760000000.3, "name": "depend"}, {"timestamp": 1760000000.4, "name": "priority", "context": {"priority": 16}}, {"timestamp": 1760000000.5, "name": "alloc"}, {"timestamp": 1760000000.6, "name": "start"}]}
{"id": -1, "events": []}
{"id": 7, "events": [{"timestamp": 1760000009, "name": "finish", "context": {"status": 0}}]}
{"id": 7, "events": [{"timestamp": 1760000009.1, "name": "release", "context": {"ranks": "all", "final": true}}]}
{"id": 7, "events": [{"timestamp": 1760000009.2, "name": "free"}]}
{"id": 7, "events": [{"timestamp": 1760000009.3, "name": "clean"}]}
"""


def life(start: float = 1760000000.0) -> list[Event]:
    """The events of a job that succeeds."""
    submit = {"userid": 1, "urgency": 16, "flags": 0, "version": 1}
    steps: list[tuple[str, dict[str, Any] | None]] = [
        ("submit", submit), ("validate", None), ("depend", None), ("priority", {"priority": 16}),
        ("alloc", None), ("start", None), ("finish", {"status": 0}),
        ("release", {"ranks": "all", "final": True}), ("free", None), ("clean", None),
    ]  # fmt: skip
    return [
        {"timestamp": start + at / 8, "name": name}
        | ({} if context is None else {"context": context})
        for at, (name, context) in enumerate(steps)
    ]


def live(jobs: dict[int, list[Event]]) -> list[Entry]:
    """A journal that was followed from the start of an instance."""
    mixed = sorted(
        ((event["timestamp"], job, event) for job, events in jobs.items() for event in events),
        key=lambda each: each[:2],
    )
    return [SENTINEL, *({"id": job, "events": [event]} for _, job, event in mixed)]


def late(jobs: dict[int, list[Event]]) -> list[Entry]:
    """The journal as a consumer gets it that comes late."""
    return [*({"id": job, "events": events} for job, events in jobs.items()), SENTINEL]


def filtered(entries: Iterable[Entry], passes: Callable[[str], bool]) -> Iterator[Entry]:
    """The journal as the job manager filters it: of the past, entries without events are left."""
    entries = list(entries)
    end_of_past = entries.index(SENTINEL)
    for place, entry in enumerate(entries):
        events = [event for event in entry["events"] if passes(event["name"])]
        if events or place <= end_of_past:
            yield {**entry, "events": events}


def written(path: Path, entries: Iterable[Entry | bytes]) -> Path:
    lines = (each if isinstance(each, bytes) else json.dumps(each).encode() for each in entries)
    path.write_bytes(b"".join(line + b"\n" for line in lines))
    return path


@pytest.fixture
def check(run: Run, tmp_path: Path) -> Callable[..., tuple[int, dict[int, Any], list[Any]]]:
    """Checks a journal: the exit code, the rows of its jobs by number, and the other rows."""
    schema = files("flux_conform.checking").joinpath("verdict.schema.json").read_text()
    validator = Draft202012Validator(json.loads(schema))

    def check(
        entries: Iterable[Entry | bytes], *options: str
    ) -> tuple[int, dict[int, Any], list[Any]]:
        path = written(tmp_path / "journal.ndjson", entries)
        code, out, _ = run("check", "--format", "json", *options, path)
        rows = [json.loads(line) for line in out.splitlines()]
        for row in rows:
            validator.validate(row)
        jobs = {row["job"]["id"]: row for row in rows if "job" in row}
        return code, jobs, [row for row in rows if "job" not in row]

    return check


Check = Callable[..., tuple[int, dict[int, Any], list[Any]]]

# BacklogFilter that come again


def test_a_backlog_that_comes_again_after_a_reconnect_is_taken_once(check: Check) -> None:
    """The consumer got a second sentinel, and all of the past before it once more."""
    code, jobs, others = check(RECONNECT.strip().encode().splitlines())
    assert (code, jobs[7]["verdict"], jobs[7]["events"], others) == (0, "conforms", 10, [])


def test_what_a_consumer_missed_comes_with_the_backlog(check: Check) -> None:
    """What it got in between stays, also what is never stored, and each event comes once."""
    events = life()
    note = {"timestamp": 1760000000.3, "name": "annotations", "context": {"annotations": {}}}
    entries = [
        SENTINEL,
        *({"id": 3, "events": [event]} for event in (*events[:3], note)),
        {"id": 3, "events": events[:9]},
        SENTINEL,
        {"id": 3, "events": events[9:]},
    ]
    code, jobs, _ = check(entries)
    assert (code, jobs[3]["verdict"], jobs[3]["events"]) == (0, "conforms", 11)


def test_a_first_connection_may_break_before_its_sentinel(check: Check) -> None:
    """Then the backlog begins twice, and ends once."""
    past = late({3: life(), 4: life()[:5]})
    code, jobs, _ = check([past[0], *past])
    assert (code, jobs[3]["events"], jobs[4]["events"]) == (0, 10, 5)


def test_a_backlog_fills_the_gap_that_a_lost_line_left(check: Check) -> None:
    """It holds all that came before."""
    events = life()
    entries = [*live({3: events[:4]})[:3], b'{"id": 3, "events": [', *late({3: events})]
    code, jobs, others = check(entries)
    assert (code, jobs[3]["verdict"], jobs[3]["events"]) == (2, "conforms", 10)
    assert [row["verdict"] for row in others] == ["unreadable"]


def test_an_event_that_a_log_holds_twice_is_no_backlog(check: Check) -> None:
    """Within one entry, or after the last sentinel, it is the log's own."""
    events = life()
    for entries in (
        late({3: [events[0], *events]}),
        [SENTINEL, *live({3: events})[1:3], {"id": 3, "events": [events[0]]}],
    ):
        _, jobs, _ = check(entries)
        assert "rfc21/submit/once" in {found["rule"] for found in jobs[3]["findings"]}


# Lines that are lost


def test_a_line_that_cannot_be_read_never_makes_its_job_violate(check: Check) -> None:
    """The job may have done anything in between; another job is judged as ever."""
    events = life()
    entries: list[Entry | bytes] = list(live({3: events, 4: life(1760000100.0)}))
    entries[2] = b'{"id": 3, "events": [{"timestamp": 1, "name": '
    code, jobs, others = check(entries)
    assert code == 2
    assert (jobs[3]["verdict"], jobs[3]["findings"]) == ("inconclusive", [])
    assert jobs[3]["lost"] == ["lines of the journal could not be read, so the log may lack events"]
    assert jobs[4]["verdict"] == "conforms"
    assert "lost" not in jobs[4]
    assert [row["verdict"] for row in others] == ["unreadable"]


def test_a_line_that_names_no_job_may_have_been_of_any(check: Check) -> None:
    """Of a job that had ended before, nothing can be missing that shows."""
    entries: list[Entry | bytes] = list(live({3: life(), 4: life(1760000100.0)}))
    entries[12] = b"\xff\x00 torn"
    code, jobs, _ = check(entries)
    assert code == 2
    assert (jobs[3]["verdict"], jobs[4]["verdict"]) == ("conforms", "inconclusive")


def test_what_no_missing_event_explains_violates_all_the_same(check: Check) -> None:
    """A context that is wrong is wrong whatever came before, and so is what was before the gap."""
    events = life()
    events[6] = {"timestamp": 1760000000.75, "name": "finish", "context": {"status": "zero"}}
    entries: list[Entry | bytes] = list(live({3: events}))
    entries[4] = b'{"id": 3, "eve'
    _, jobs, _ = check(entries)
    assert jobs[3]["verdict"] == "violates"
    assert [found["rule"] for found in jobs[3]["findings"]] == ["rfc21/finish/context"]
    early = life()
    del early[1]
    entries = list(live({3: early, 4: life(1760000100.0)}))
    entries[6] = b'{"id": 3, "eve'
    assert check(entries)[1][3]["verdict"] == "violates"


def test_findings_that_are_not_listed_are_counted_though_events_are_missing(check: Check) -> None:
    """Three hundred events after the end of a job whose journal has lost a line."""
    clean = {"timestamp": 1760000010, "name": "clean"}
    entries: list[Entry | bytes] = [SENTINEL, {"id": 7, "events": life()}, b'{"id": 7, "events": [']
    _, jobs, _ = check([*entries, *({"id": 7, "events": [clean]} for _ in range(300))])
    (counted,) = jobs[7]["counted"]
    # What was lost may have been anything, so that the first of them breaks nothing for sure.
    assert (len(jobs[7]["findings"]), counted["count"]) == (100, 199)


def test_a_job_of_which_no_line_can_be_read_is_unreadable(check: Check) -> None:
    """It is named."""
    code, jobs, others = check([SENTINEL, b'{"id": 9, "events": ?}', *live({3: life()})[1:]])
    assert code == 2
    assert jobs[3]["verdict"] == "conforms"
    assert any("ƒA (9)" in row["log"] for row in others)


def test_a_journal_that_begins_late_gives_windows(check: Check) -> None:
    """A log that begins with its first event is whole there."""
    broken = life()
    del broken[1]
    entries = [*({"id": 3, "events": [event]} for event in life()[4:]), {"id": 4, "events": broken}]
    code, jobs, _ = check([*entries, {"id": 5, "events": life()}])
    assert code == 1
    assert jobs[5]["verdict"] == "conforms"
    assert (jobs[3]["verdict"], jobs[3]["begins"]) == ("inconclusive", False)
    assert jobs[4]["verdict"] == "violates"


@pytest.mark.parametrize(
    "event",
    [
        rb'{"timestamp":2,"name":"memo","context":{"a":"\ud800"}}',
        rb'{"timestamp":2,"name":"memo","context":{"a":1' + b"0" * 5000 + b"}}",
        rb'{"timestamp":2,"name":"memo","context":{"a":' + b"[" * 190 + b"]" * 190 + b"}}",
    ],
)  # fmt: skip
def test_an_entry_may_hold_what_a_log_may_hold(check: Check, event: bytes) -> None:
    """Lone surrogates, numbers of any length, and what nests as deep as is read."""
    entries = live({3: life(1.0)})[:3]
    more = b'{"id": 3, "events": [ ' + event + b' ] , "R": {}}'
    code, jobs, others = check([*entries, more, *live({3: life(1.0)})[3:]])
    assert (code, jobs[3]["verdict"], jobs[3]["events"], others) == (0, "conforms", 11, [])


# Filters


FILTERS: dict[str, Callable[[str], bool]] = {
    "allow submit, start, finish and clean": {"submit", "start", "finish", "clean"}.__contains__,
    "allow start and finish": {"start", "finish"}.__contains__,
    "deny submit": "submit".__ne__,
    "deny validate": "validate".__ne__,
    "deny priority": "priority".__ne__,
    "deny alloc": "alloc".__ne__,
    "deny finish": "finish".__ne__,
}


@pytest.mark.parametrize("form", [late, live])
@pytest.mark.parametrize("jobs", [1, 3])
@pytest.mark.parametrize("filter_", FILTERS)
def test_a_filtered_journal_is_told_as_such_and_its_logs_do_not_violate(
    check: Check,
    form: Callable[[dict[int, list[Event]]], list[Entry]],
    jobs: int,
    filter_: str,
) -> None:
    """All jobs lack what the filter left out."""
    whole = form({number: life(1760000000.0 + number) for number in range(jobs)})
    for options in ((), ("--partial",)):
        code, found, others = check(filtered(whole, FILTERS[filter_]), *options)
        rows = [*found.values(), *(row for row in others if row["verdict"] != "skipped")]
        assert code == 0
        assert len(rows) == jobs
        assert "violates" not in {row["verdict"] for row in rows}
        if not options:
            assert {row["verdict"] for row in rows} == {"inconclusive"}
            assert all("filtered" in " ".join(row["lost"]) for row in rows)


def test_a_filter_that_a_journal_does_not_show_changes_nothing(check: Check) -> None:
    """Events that logs can do without."""
    jobs = {number: life(1760000000.0 + number) for number in range(3)}
    jobs[1].insert(5, {"timestamp": 1760000001.55, "name": "memo", "context": {"a": 1}})
    code, found, others = check(filtered(live(jobs), "memo".__ne__))
    assert (code, {row["verdict"] for row in found.values()}, others) == (0, {"conforms"}, [])


@pytest.mark.parametrize("filter_", ["submit", "alloc", "exception"])
def test_the_journals_of_an_instance_can_be_filtered(
    check: Check, corpus: Path, filter_: str
) -> None:
    """What violated before still does, for a float as an expiration has no excuse."""
    for name, bad in (("journal.ndjson", set()), ("journal-live.ndjson", BAD)):
        lines = (corpus / "artefacts" / name).read_bytes().splitlines()
        entries = [json.loads(line) for line in lines if line]
        _, found, _ = check(filtered(entries, filter_.__ne__))
        assert {job for job, row in found.items() if row["verdict"] == "violates"} == bad


BAD = {573579460608, 611865067520, 669142482944}


def test_one_log_that_lacks_an_event_is_at_fault_among_sound_ones(check: Check) -> None:
    """A filter would have hit them all; the reader hears of the doubt."""
    jobs = {number: life(1760000000.0 + number) for number in range(3)}
    held = {"timestamp": 1760000001.4, "name": "urgency", "context": {"urgency": 0, "userid": 1}}
    released = {**held, "timestamp": 1760000001.5, "context": {"urgency": 16, "userid": 1}}
    jobs[1][4:4] = [
        held,
        {"timestamp": 1760000001.45, "name": "priority", "context": {"priority": 0}},
    ]
    code, found, _ = check(live(jobs))
    assert (code, found[1]["verdict"]) == (1, "violates")
    assert (found[0]["verdict"], found[2]["verdict"]) == ("conforms", "conforms")
    del jobs[1][4:6]
    assert released not in jobs[1]
    del jobs[1][6]  # its finish, which the others have
    code, found, _ = check(live(jobs))
    assert (code, found[1]["verdict"]) == (1, "violates")


def test_an_event_that_one_log_has_was_not_filtered_however_it_is_written(check: Check) -> None:
    """A lone surrogate is read in an eventlog, so that its event counts."""
    jobs = {number: life(1760000000.0 + number) for number in range(3)}
    jobs[2][1]["context"] = {"x": "\ud800"}
    for number in range(2):
        del jobs[number][1]  # its validate
    code, found, _ = check(live(jobs))
    assert (code, found[0]["verdict"], found[1]["verdict"]) == (1, "violates", "violates")


def test_every_report_says_what_is_inconclusive(run: Run, tmp_path: Path) -> None:
    """And why, with the sum of such logs."""
    path = written(
        tmp_path / "journal.ndjson",
        filtered(live({1: life(), 2: life(1760000500.0)}), "validate".__ne__),
    )
    code, out, _ = run("check", path)
    assert code == 0
    assert "inconclusive (9 events, ends in INACTIVE)" in out
    assert "2 logs: 2 inconclusive" in out
    says = "no log of the journal has validate, which its logs need, so it seems to be filtered"
    assert says in " ".join(out.split())
    _, out, _ = run("check", "--summary", "--format", "json", path)
    told = json.loads(out)["summary"]
    assert told["verdicts"]["inconclusive"] == 2
    assert [says in text for text in told["lost"]] == [True]
    for form in ("junit", "sarif", "github", "html"):
        code, out, _ = run("check", "--format", form, path)
        assert (code, says in " ".join(out.split()), "inconclusive" in out) == (0, True, True)
