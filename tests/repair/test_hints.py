"""The hint of a finding and the search for a repair say the same of a log with one fault."""

import json
import re
from pathlib import Path

import pytest

from flux_conform.checking.finding import Finding
from flux_conform.checking.judge import judge
from flux_conform.checking.nearest_repair import repair_of_undefined
from flux_conform.language import load
from flux_conform.machine.step import Machine
from flux_conform.repair import Change, Drop, Insert, Mender, Move, Set, Unset

JOB = Machine(load("job"))
JOBS = Mender(JOB)
Row = dict[str, object]


def log_of(rows: list[Row]) -> bytes:
    return b"".join(json.dumps(row).encode() + b"\n" for row in rows)


def names(hint: str, *words: str) -> bool:
    return any(word in hint for word in words)


def covers(found: Finding, change: Change, rows: list[Row]) -> bool:
    """Whether a hint names what a change does: the event, the key, or that the line goes."""
    hint = found.repair
    match change:
        case Insert(event=event):
            return event in hint
        case Drop(line=line):
            return line != found.line or names(hint, "remove this", "leave")
        case Move(line=line, event=event) if line == found.line:
            return names(hint, "log it earlier", "before", "keep the log open", "after")
        case Move(line=line, to=to, event=event):
            # Of neighbours that change places either could be called the one that moves.
            passed = [str(row["name"]) for row in rows[to : line - 1]]
            return event in hint or (len(passed) == 1 and passed[0] in hint)
        case Set(line=line, path=path) | Unset(line=line, path=path):
            return path[-1] in hint or (line != found.line and str(rows[line - 1]["name"]) in hint)
        case _:
            return False


def planted(rows: list[Row], n: int) -> list[list[Row]]:
    """An event lost, doubled, swapped with the next, late by three; a value of no type."""
    row = rows[n]
    faulty = [
        rows[:n] + rows[n + 1 :],
        [*rows[: n + 1], row, *rows[n + 1 :]],
        [*rows[:n], *reversed(rows[n : n + 2]), *rows[n + 2 :]],
        [*rows[:n], *rows[n + 1 : n + 4], row, *rows[n + 4 :]],
    ]
    context = row.get("context")
    if isinstance(context, dict):
        faulty += [
            [*rows[:n], {**row, "context": {**context, key: 1.5}}, *rows[n + 1 :]]
            for key in context
        ]
    return faulty


def first_grave(log: bytes) -> Finding | None:
    """The finding that a repair must mend first."""
    findings = judge(JOB, log).findings
    return next((f for f in findings if f.level == "MUST" and f.because is None), None)


def test_a_hint_with_a_guarded_event_names_one_after_which_the_line_is_defined() -> None:
    """In the table of the specification, for every state and event that is not defined there."""
    today = JOB.specification.today.name

    def defined(state: str, event: str) -> bool:
        return any(kind in ("moves", "stays") for _, kind in JOB.outcome(state, event, today))

    hinted = 0
    for state in (each.name for each in JOB.specification.machine_states):
        for event in (each.name for each in JOB.specification.events):
            before = JOB.initial._replace(state=state, generation=today)
            hint = repair_of_undefined(JOB, before, event)
            for named in re.findall(r'or log "([^"]+)" \[', hint):
                rows = JOB.specification.transitions
                hinted += 1
                assert any(
                    row.source == state and row.event == named and row.target is not None
                    and row.when is not None and defined(row.target, event)
                    for row in rows
                ), (state, event, hint)  # fmt: skip
    assert hinted > 5


def test_a_hint_names_what_the_search_does(corpus: Path) -> None:
    """For planted faults that one change mends, and for what real logs violate."""
    compared = 0
    for path in sorted((corpus / "job").rglob("*.eventlog"))[3::60]:
        rows = [json.loads(each) for each in path.read_bytes().splitlines()]
        for n in range(len(rows)):
            for faulty in planted(rows, n):
                found = first_grave(log_of(faulty))
                if found is None:
                    continue
                repairs = JOBS.mend(log_of(faulty)).repairs
                if len(repairs[0].changes) != 1:
                    continue
                compared += 1
                changes = [repair.changes[0] for repair in repairs]
                assert any(covers(found, each, faulty) for each in changes), (found, changes)
    assert compared > 150


@pytest.mark.parametrize(
    "name",
    [
        *(f"A1-main/{job}" for job in (573579460608, 611865067520, 669142482944)),
        "T-t0014-job-kvslookup.0/9177137152",
        "D-warn-dump-nosubmit/8069840896",
    ],
)
def test_a_hint_at_a_real_violation_names_what_the_search_does(corpus: Path, name: str) -> None:
    log = (corpus / "job" / f"{name}.eventlog").read_bytes()
    rows = [json.loads(each) for each in log.splitlines()]
    found = first_grave(log)
    assert found is not None
    assert covers(found, JOBS.mend(log).repairs[0].changes[0], rows)
