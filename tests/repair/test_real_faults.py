"""Faults planted in real logs are undone."""

import json
from pathlib import Path

import pytest

from flux_conform.language import load
from flux_conform.machine.step import Machine
from flux_conform.repair import Bounds, Mender

ROW = dict[str, object]


def log_of(rows: list[ROW]) -> bytes:
    return b"".join(json.dumps(row).encode() + b"\n" for row in rows)


def bare(rows: list[ROW]) -> list[tuple[object, object]]:
    return [(row["name"], row.get("context") or None) for row in rows]


def undone(mender: Mender, rows: list[ROW], faulty: list[ROW]) -> bool:
    """Whether some repair of least cost gives the log without the fault, but for times."""
    repairs = mender.mend(log_of(faulty)).repairs
    mended = [[json.loads(line) for line in each.data.splitlines()] for each in repairs]
    return bare(rows) in map(bare, mended)


@pytest.mark.parametrize("machine", ["job", "exec"])
def test_what_was_lost_doubled_or_swapped_is_put_right(corpus: Path, machine: str) -> None:
    """An event without a context that is lost, one logged twice, and neighbours that are swapped."""
    mender = Mender(Machine(load(machine)))
    planted = 0
    for path in sorted((corpus / machine).rglob("*.eventlog"))[5::97]:
        rows = [json.loads(line) for line in path.read_bytes().splitlines()]
        if mender.mend(log_of(rows)).cost != (0, 0, 0, 0):
            continue
        for n, row in enumerate(rows):
            swapped = [*rows[:n], *reversed(rows[n : n + 2]), *rows[n + 2 :]]
            lost = rows[:n] + rows[n + 1 :] if "context" not in row else swapped
            for faulty in (swapped, lost, [*rows[: n + 1], *rows[n:]]):
                if mender.mend(log_of(faulty)).cost != (0, 0, 0, 0):
                    planted += 1
                    assert undone(mender, rows, faulty), (path, n)
    assert planted >= 10


def test_a_fault_in_a_long_log_is_mended_where_it_is() -> None:
    """Work is local to the fault; that further places were left out is said."""
    memo = [{"timestamp": 10 + n, "name": "memo", "context": {"n": n}} for n in range(1500)]
    example = json.loads((load("job").event("submit").example) or "")
    begin: list[ROW] = [{"timestamp": 1, "name": "submit", "context": example}]
    end: list[ROW] = [{"timestamp": 5000, "name": "depend"}]
    soon: list[ROW] = [{"timestamp": 2, "name": "depend"}]
    (first,) = Mender(Machine(load("job"))).mend(log_of([*begin, *soon, *memo])).repairs
    assert json.loads(first.data.splitlines()[1])["name"] == "validate"
    mending = Mender(Machine(load("job"))).mend(log_of([*begin, *memo, *end]))
    (repair,) = mending.repairs
    assert [json.loads(line)["name"] for line in repair.data.splitlines()][-2:] == [
        *("validate", "depend"),
    ]
    assert not mending.exact
    near = Mender(Machine(load("job")), bounds=Bounds(back=1, near=1, reach=1))
    assert near.mend(log_of([*begin, *memo[:9], *end])).repairs
