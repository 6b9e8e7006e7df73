"""`check --baseline`: only what is new since an earlier run, what is gone, and what was rewritten."""

import json
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from flux_conform import __version__

SCHEMA = json.loads(files("flux_conform.checking").joinpath("verdict.schema.json").read_text())
LIFE = [
    {"timestamp": 1, "name": "submit", "context": {"urgency": 16, "userid": 1, "flags": 0, "version": 1}},
    {"timestamp": 2, "name": "validate"},
    {"timestamp": 3, "name": "depend"},
    {"timestamp": 4, "name": "priority", "context": {"priority": 16}},
]  # fmt: skip
START = {"timestamp": 6, "name": "start"}
FINISH = {"timestamp": 5, "name": "finish", "context": {"status": 0}}


def lines(*events: dict[str, Any]) -> str:
    return "".join(json.dumps(event) + "\n" for event in events)


@pytest.fixture
def logs(tmp_path: Path) -> Path:
    folder = tmp_path / "logs"
    folder.mkdir()
    for name in ("a", "b", "c", "d"):
        (folder / f"{name}.eventlog").write_text(lines(*LIFE))
    (folder / "b.eventlog").write_text(lines(*LIFE, FINISH))
    return folder


@pytest.fixture
def last(run, logs: Path, tmp_path: Path) -> Path:
    """The JSON of a run over these logs."""
    path = tmp_path / "last.json"
    code, out, _ = run("check", "--format", "json", "--digest", logs)
    assert code == 1
    path.write_text(out)
    return path


def changed(logs: Path) -> None:
    """A log that grew well, one mended, one with a new fault, one rewritten, one gone, one new."""
    (logs / "a.eventlog").write_text(lines(*LIFE, {"timestamp": 5, "name": "alloc"}, START))
    (logs / "b.eventlog").write_text(lines(*LIFE))
    (logs / "c.eventlog").write_text(lines({**LIFE[0], "timestamp": 0.5}, *LIFE[1:]))
    (logs / "d.eventlog").unlink()
    (logs / "e.eventlog").write_text(lines(*LIFE, FINISH))
    (logs / "f.eventlog").write_text(lines(*LIFE))


def test_a_run_that_is_as_it_was_shows_nothing_and_ends_well(run, logs: Path, last: Path) -> None:
    """Though a log violates, as it did."""
    code, out, err = run("check", "--baseline", last, logs)
    expected = "4 logs: 0 new, 0 grown, 0 rewritten, 0 gone; findings: 0 new, 0 gone\n"
    assert (code, out, err) == (0, expected, "")


def test_what_is_new_gone_and_rewritten_is_shown_alone(run, logs: Path, last: Path) -> None:
    changed(logs)
    code, out, _ = run("check", "--baseline", last, logs)
    assert code == 1
    assert [line.replace(f"{logs}/", "") for line in out.splitlines()] == [
        "rewritten  b.eventlog: no longer begins with the log of then",
        "gone       b.eventlog:5: rfc21/states/undefined",
        "rewritten  c.eventlog: no longer begins with the log of then",
        'new        e.eventlog:5: MUST[rfc21/states/undefined]: "finish" is not defined in SCHED',
        "gone       d.eventlog: this log did not come again",
        "5 logs: 2 new, 1 grown, 2 rewritten, 1 gone; findings: 1 new, 1 gone",
    ]


def test_json_is_the_next_baseline(run, logs: Path, last: Path, tmp_path: Path) -> None:
    """Each line fits the schema; the last one sums up."""
    changed(logs)
    code, out, _ = run("check", "--format", "json", "--baseline", last, logs)
    rows = [json.loads(line) for line in out.splitlines()]
    for row in rows:
        Draft202012Validator(SCHEMA).validate(row)
    since = {Path(row["log"]).stem: row["since"] for row in rows[:-2]}
    assert since["a"] == {"was": "incomplete", "new": [], "gone": [], "rewritten": False}
    assert since["b"]["gone"] == [{"rule": "rfc21/states/undefined", "line": 5}]
    assert since["c"]["rewritten"]
    assert since["e"] == {"was": None, "new": [0], "gone": [], "rewritten": None}
    assert rows[-1] == {"whole": {"logs": 5, "version": __version__}}
    told = rows[-2]["baseline"]
    assert (code, told["worse"]) == (1, True)
    assert [Path(name).stem for name in told["gone"]] == ["d"]
    assert told["counts"]["grown logs"] == 1
    path = tmp_path / "next.json"
    path.write_text(out)
    assert run("check", "--baseline", path, logs)[0] == 0


def test_a_warning_that_is_new_counts_where_it_is_strict(run, logs: Path, last: Path) -> None:
    """As it does without a baseline."""
    alone = {"timestamp": 5, "name": "alloc"}
    late = {
        "timestamp": 6,
        "name": "exception",
        "context": {"type": "x", "severity": 0, "userid": 1},
    }
    (logs / "a.eventlog").write_text(lines(*LIFE, alone, late, {"timestamp": 7, "name": "free"}))
    (logs / "b.eventlog").unlink()
    (logs / "c.eventlog").unlink()
    codes = [run("check", *more, logs)[0] for more in ([], ["--strict"])]
    compared = [run("check", "--baseline", last, *more, logs)[0] for more in ([], ["--strict"])]
    assert compared == codes


def test_times_that_moved_are_told(run, tmp_path: Path) -> None:
    """Of states that enough logs have left, by their medians."""
    folder = tmp_path / "many"
    folder.mkdir()

    def write(wait: float) -> None:
        for number in range(1, 14):
            events = [
                {**each, "timestamp": 1 + wait * (place > 2)} for place, each in enumerate(LIFE)
            ]
            (folder / f"{number}.eventlog").write_text(lines(*events))

    write(10)
    path = tmp_path / "last.json"
    path.write_text(run("check", "--format", "json", "--digest", folder)[1])
    write(14)
    assert "\ntimes " not in run("check", "--baseline", path, folder)[1]
    write(40)
    out = run("check", "--baseline", path, folder)[1]
    assert "times      job: 40.0 s in PRIORITY, where it was 10.0 s (medians)" in out


def test_the_same_is_found_by_several_processes(run, logs: Path, last: Path) -> None:
    changed(logs)
    asked = ("check", "--format", "json", "--baseline", last, logs)
    one, two = run(*asked)[1], run(*asked, "--jobs", "2")[1]
    assert sorted(one.splitlines()) == sorted(two.splitlines())


def test_a_baseline_without_digests_says_what_is_not_known(run, logs: Path, tmp_path: Path) -> None:
    path = tmp_path / "plain.json"
    path.write_text(run("check", "--format", "json", logs)[1])
    changed(logs)
    out = run("check", "--baseline", path, logs)[1]
    assert "whether logs were rewritten is not known" in out
    assert "0 rewritten" in out


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("", "it holds no log"),
        ('{"summary": {}}\n', "it holds no log"),
        ("a.eventlog: conforms\n", "line 1 is no line of check --format json"),
        ("[]\n", "line 1 is no line"),
        ('{"log": "a", "verdict": "conforms", "findings": []}', "line 1 is no line"),
        ('{"log": "a", "verdict": "conforms", "findings": [{}]}\n', "line 1 is no line"),
        (
            '{"log": "a", "verdict": "conforms", "findings": [], "digest": {}}\n',
            "line 1 is no line",
        ),
        ('{"log": "a", "verdict": "x", "findings": []}\n' * 2, "line 2: this log came before"),
    ],
)
def test_what_is_no_earlier_run_is_refused(
    run, logs: Path, tmp_path: Path, content: str, says: str
) -> None:
    path = tmp_path / "last.json"
    path.write_text(content)
    code, out, err = run("check", "--baseline", path, logs)
    assert (code, out) == (2, "")
    assert err.startswith(f"flux-conform check: --baseline {path}: ")
    assert says in err


@pytest.mark.parametrize(
    ("lines", "more", "says"),
    [
        (slice(4), b'{"who', "line 5 is no line"),
        (slice(4), b"", "it is cut off"),
        (slice(1), b"", "it is cut off"),
        (slice(1, None), b"", "says that 4 logs came before it"),
    ],
)
def test_a_run_that_is_not_there_as_a_whole_is_noticed(
    run, logs: Path, last: Path, lines: slice, more: bytes, says: str
) -> None:
    """Or logs that it does not have would be taken for new ones."""
    written = last.read_bytes().splitlines(keepends=True)
    assert len(written) == 5
    last.write_bytes(b"".join(written[lines]) + more)
    code, out, err = run("check", "--baseline", last, logs)
    assert (code, out) == (2, "")
    assert says in err


def test_runs_over_several_sources_make_one_baseline(run, logs: Path, tmp_path: Path) -> None:
    """Written one after the other; another version of the tool is named."""
    path = tmp_path / "last.json"
    asked = ("check", "--format", "json", "--digest")
    outs = [run(*asked, log)[1] for log in sorted(logs.iterdir())]
    path.write_text("".join(outs).replace(f'"{__version__}"', '"0.0.9"', 1))
    code, out, _ = run("check", "--baseline", path, logs)
    assert code == 0
    assert f"flux-conform 0.0.9 judged then, and {__version__} now" in out
    assert out.endswith("4 logs: 0 new, 0 grown, 0 rewritten, 0 gone; findings: 0 new, 0 gone\n")


@pytest.mark.parametrize(
    "more", [["--summary"], ["--times"], ["--format", "html"], ["--partial"], ["--follow"]]
)
def test_options_that_show_something_else_are_refused(
    run, logs: Path, last: Path, more: list[str]
) -> None:
    code, _, err = run("check", "--baseline", last, *more, logs)
    assert code == 2
    assert "--baseline" in err
    assert run("check", "--digest", logs)[0] == 2
