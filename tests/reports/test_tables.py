"""Tables of findings, logs and times in states, and the statistics of these times."""

import csv
import gc
import json
import random
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from pyarrow import parquet

from flux_conform.checking.transitions import course
from flux_conform.cli.check_table import tables
from flux_conform.language import load
from flux_conform.machine.step import Machine
from flux_conform.machine.taken import Stay, stays
from flux_conform.reports.times import ERROR, Sketch, TimesInStates
from reports.conftest import NO_VALIDATE, Run
from toys import PUSH, TURNSTILE, coin


def test_three_tables_open_with_the_right_types(run: Run, folder: Path) -> None:
    """Parquet and CSV hold the same rows; whatever logs hold, the texts are UTF-8."""
    for ending in ("parquet", "csv"):
        code, out, _ = run("check", "--summary", "--table", f"t/out.{ending}", "logs")
        assert (code, out.splitlines()[-1][:6]) == (2, "6 logs")
    assert len(list(Path("t").iterdir())) == 6

    findings = parquet.read_table("t/out.parquet").to_pylist()
    logs = parquet.read_table("t/out-logs.parquet").to_pylist()
    states = parquet.read_table("t/out-states.parquet").to_pylist()
    types = {field.name: str(field.type) for field in parquet.read_schema("t/out.parquet")}
    assert types["line"] == types["because"] == "int64"
    assert types["breaks"] == "bool"
    assert types["time"] == "timestamp[us, tz=UTC]"
    assert types["allowed"].startswith("list<")

    (first,) = [row for row in findings if row["log"].endswith("c-no-validate.eventlog")][:1]
    assert (first["rule"], first["line"], first["breaks"]) == ("rfc21/states/undefined", 2, True)
    line = json.loads(NO_VALIDATE.split(b"\n")[1])
    assert first["time"] == datetime.fromtimestamp(line["timestamp"], UTC)
    assert "validate" in first["allowed"]
    assert first["because"] is None
    assert [row["verdict"] for row in logs].count("violates") == 2
    assert [row["log"] for row in logs if row["error"]] == ["logs/f-deep.eventlog"]
    sound = [row for row in states if row["log"] == "logs/a-sound.eventlog"]
    (whole,) = [row for row in logs if row["log"] == "logs/a-sound.eventlog"]
    assert sum(row["seconds"] for row in sound) == pytest.approx(whole["seconds"])
    assert [row["state"] for row in sound if row["ends_here"]] == [whole["state"]]

    for name, rows in (("out", findings), ("out-logs", logs), ("out-states", states)):
        with open(f"t/{name}.csv", encoding="utf-8", newline="") as file:
            assert list(csv.DictReader(file)) == [plain(row) for row in rows]


def plain(row: dict[str, Any]) -> dict[str, str]:
    """A row as CSV tells it."""

    def cell(value: Any) -> str:
        match value:
            case None:
                return ""
            case bool():
                return str(value).lower()
            case datetime():
                return value.isoformat(timespec="microseconds").replace("+00:00", "Z")
            case list():
                return "; ".join(value)
        return str(value)

    return {name: cell(value) for name, value in row.items()}


def test_tables_are_there_whole_or_not_at_all(
    run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without pyarrow, with a wrong ending or where nothing can be written: exit 2, and why."""
    code, _, err = run("check", "--table", "t.xlsx", "logs")
    assert (code, "ends in .csv or .parquet" in err) == (2, True)
    code, _, err = run("check", "--table", folder / "a-sound.eventlog" / "t.csv", "logs")
    assert (code, err.startswith("flux-conform check: --table ")) == (2, True)
    monkeypatch.setitem(__import__("sys").modules, "pyarrow", None)
    code, _, err = run("check", "--table", "t.parquet", "logs")
    assert code == 2
    assert "pip install 'flux-conform[table]'" in err
    assert [path.name for path in folder.parent.iterdir()] == ["logs"]


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_what_is_not_the_tables_fault_is_not_told_of_them(folder: Path, ending: str) -> None:
    """A reader of standard output who went away; and tables begun are left without a word."""

    def fill() -> None:
        with tables(f"t.{ending}") as report:
            report.unreadable("x", "y")
            raise BrokenPipeError

    with pytest.raises(BrokenPipeError):
        fill()
    gc.collect()
    assert [path.name for path in folder.parent.iterdir()] == ["logs"]


def test_quantiles_are_exact_to_their_bound() -> None:
    """In memory that does not grow with the numbers, whatever they are like."""
    chance = random.Random(7)
    for numbers in (
        [chance.lognormvariate(0, 4) for _ in range(3000)],
        [0.0] * 50 + [chance.random() for _ in range(51)],
        [1e-12, 5.0, 1e30],
        [3.25],
    ):
        sketch = Sketch()
        for number in numbers:
            sketch.add(number)
        ranked = sorted(numbers)
        for part in (0.01, 0.5, 0.95, 1.0):
            exact = ranked[max(1, -int(-part * len(ranked) // 1)) - 1]
            assert sketch.quantile(part) == pytest.approx(exact, rel=ERROR * 1.0001, abs=1e-9) or (
                exact > 1e18
            )
        assert (sketch.count, sketch.largest) == (len(numbers), ranked[-1])


def test_a_stay_ends_with_the_event_that_leaves_the_state() -> None:
    """Visits add up, a missing time makes the sum unknown, the last state is still open."""
    machine = Machine(load(str(TURNSTILE)))
    initial, other = machine.specification.initial.name, "Unlocked"
    log = b"".join(
        b'{"timestamp":%d,%s' % (time, event.split(b",", 1)[1])
        for time, event in ((1, coin(1)), (4, PUSH), (9, coin(1)), (19, PUSH))
    )
    passed = course(machine, log)
    assert stays(initial, passed) == {initial: Stay(3, 5.0), other: Stay(2, 13.0)}
    times = TimesInStates()
    times.add(machine.specification, passed)
    rows = {row.state: row for row in times.rows()}
    assert (rows[other].logs, rows[other].longest, rows[other].there) == (1, 13.0, 0)
    assert (rows[initial].logs, rows[initial].median, rows[initial].there) == (0, None, 1)

    faulty = course(machine, log.replace(b":9,", b":-9,"))
    assert stays(initial, faulty)[other].seconds is None
    times.add(machine.specification, faulty)
    assert {row.state: row.unknown for row in times.rows()} == {initial: 0, other: 1}
