"""Eventlogs as `flux job eventlog` prints them, and what they lose."""

import json
from collections.abc import Callable
from decimal import Decimal
from importlib.resources import files
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from flux_conform.logs.copied_lines import read_lines
from flux_conform.logs.source_items import SourceError

Run = Callable[..., tuple[int, str, str]]


def events(data: bytes) -> list[Any]:
    return [json.loads(line) for line in data.splitlines()]


def without_times(data: bytes) -> list[Any]:
    return [{key: value for key, value in e.items() if key != "timestamp"} for e in events(data)]


def test_every_form_gives_the_log_that_was_printed(corpus: Path) -> None:
    """But for its times, which are as exact as the form is."""
    folder = corpus / "artefacts" / "text"
    seen = set()
    for path in sorted(folder.glob("*.txt")):
        form = path.name.split(".")[-2]
        if form == "json":
            continue
        seen.add(form)
        original = (folder / path.name.replace(f".{form}.", ".json.")).read_bytes()
        data, lost = read_lines(path.read_bytes())
        assert without_times(data) == without_times(original)
        assert len(lost) == 2
        times = [e["timestamp"] for e in events(data)]
        exact = [e["timestamp"] for e in events(original)]
        start, first = (times[0], exact[0]) if form in ("offset", "human") else (0, 0)
        for time, true in zip(times, exact, strict=True):
            assert abs((time - start) - (true - first)) < 2e-6
    assert seen == {"raw", "iso", "offset", "human"}


def times_of(*lines: str) -> list[Decimal]:
    data, _ = read_lines("\n".join(lines).encode())
    return [json.loads(line, parse_float=Decimal)["timestamp"] for line in data.splitlines()]


def test_a_minute_of_the_human_form_begins_anew() -> None:
    """Offsets count from the latest date, and after December comes another year's January."""
    times = times_of(
        "[Dec31 23:59] a",
        "[ +10.500000] b",
        "[Jan01 00:00] c",
        "[  +0.000001] d",
        "[Jan 2 00:00] e",
    )
    steps = [after - before for before, after in pairwise(times)]
    assert steps == [Decimal("10.5"), Decimal("49.5"), Decimal("0.000001"), Decimal("86399.999999")]


def test_zones_of_the_iso_form_are_heeded() -> None:
    """The same instant, said in two zones."""
    first, second = times_of("2026-01-01T00:00:00.000001Z a", "2026-01-01T01:30:00.000001+0130 a")
    assert first == second == Decimal("1767225600.000001")


def test_colours_are_no_part_of_the_log() -> None:
    """`--color=always` puts them around the time, the name, keys and values."""
    line = (
        b"\x1b[1m\x1b[32m[Nov14 21:02]\x1b[0m \x1b[33mx\x1b[0m "
        b'\x1b[34mk\x1b[0m=\x1b[35m"a = \\"b\\" \\u001b[0m"\x1b[0m \x1b[34mn\x1b[0m=\x1b[37m1.50\x1b[0m'
    )
    data, _ = read_lines(line)
    (event,) = events(data)
    assert event["context"] == {"k": 'a = "b" \x1b[0m', "n": 1.5}
    assert b'"n":1.50' in data


@pytest.mark.parametrize(
    "lines",
    [
        ["0.000000 a", "1.5 b"], ["0.000000 a", ""  , "0.000000 b"], ["0.000000 a k"],
        ["0.000000 a k=nothing"], ["0.000000 a k=1x=2"], ["0.000000  "], ["[  +1.000000] a"],
        ["[Foo01 00:00] a"], ["[Feb30 00:00] a"], ["2026-13-01T00:00:00.000000Z a"],
        ["0.000000 a", "[Jan01 00:00] b"], ["[Jan01 00:00] a", "1.000000 b"],
        ["0.000000 a k=" + "[" * 100_000],
    ],
)  # fmt: skip
def test_a_line_of_another_form_is_named(lines: list[str]) -> None:
    """A log of which a line was lost would be judged wrongly, so none of it is."""
    says = "^no line is an event" if len(lines) == 1 else "^line 2 is not as"
    with pytest.raises(SourceError, match=says):
        read_lines("\n".join(lines).encode())


def test_what_is_lost_is_said_beside_the_verdict(run: Run, tmp_path: Path) -> None:
    """In text and in JSON, where the job is named too."""
    path = tmp_path / "ƒKCaBeX.txt"
    path.write_text("0.000000 submit urgency=16 userid=1 flags=0 version=1\n1.000000 validate\n")
    code, out, _ = run("check", path)
    assert code == 0
    assert "incomplete (2 events, ends in DEPEND)" in out
    assert "not judged: times are offsets from the first event" in out
    _, out, err = run("replay", path)
    assert f"{path}: note: times are offsets from the first event" in err
    row = json.loads(run("check", "--format", "json", path)[1])
    schema = files("flux_conform.checking").joinpath("verdict.schema.json").read_text()
    assert Draft202012Validator(json.loads(schema)).is_valid(row)
    assert row["job"] == {"id": 11945377792, "f58": "ƒKCaBeX"}
    assert len(row["lost"]) == 2
