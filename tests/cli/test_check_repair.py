"""`flux-conform check --repair`: mended logs, and what is said of them."""

import json
import re
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path

from jsonschema import Draft202012Validator

from dumps import END, KEY, OTHER_KEY, member
from facts.cases import LIFE, added, exception, finish, lines, removed

SCHEMA = json.loads(files("flux_conform.checking").joinpath("verdict.schema.json").read_text())
NO_VALIDATE = lines(LIFE[0], *LIFE[2:])
TIED = lines(*LIFE[:2], added("a"), added("b"), removed("b"), *LIFE[2:])
Run = Callable[..., tuple[int, str, str]]


def test_one_log_is_mended_into_a_file(run: Run, tmp_path: Path) -> None:
    """The changes are told with their cost and the ties; what is written conforms."""
    log, out = tmp_path / "a.eventlog", tmp_path / "new" / "b"
    log.write_bytes(NO_VALIDATE)
    code, text, err = run("check", "--repair", out, log)
    assert (code, err) == (1, "")
    assert "mended:  insert validate after line 1 (cost 1)\n" in text
    assert f"written: {out}" in text
    assert run("check", out)[0] == 0
    log.write_bytes(TIED)
    code, text, _ = run("check", "--repair", out, log)
    words = " ".join(text.split())
    assert "(cost 1); 1 other repair of the same cost or: insert dependency-remove" in words


def test_several_logs_are_mended_into_a_directory(run: Run, tmp_path: Path) -> None:
    """Under the names that they have below the one given; only those that violate."""
    logs, out = tmp_path / "logs", tmp_path / "out"
    (logs / "deep").mkdir(parents=True)
    (logs / "deep" / "a.eventlog").write_bytes(NO_VALIDATE)
    (logs / "b.eventlog").write_bytes(lines(*LIFE))
    (logs / "c.eventlog").write_bytes(b"{}\n" * 9)
    code, text, _ = run("check", "--format", "json", "--repair", out, logs)
    rows = {Path(row["log"]).name[0]: row for row in map(json.loads, text.splitlines())}
    assert code == 1
    assert [str(path.relative_to(out)) for path in out.rglob("*.eventlog")] == ["deep/a.eventlog"]
    for row in rows.values():
        assert not list(Draft202012Validator(SCHEMA).iter_errors(row))
    assert "repairs" not in rows["b"]
    assert (rows["c"]["repairs"]["cost"], rows["c"]["repairs"]["written"]) == (None, None)
    assert rows["a"]["repairs"] == {
        "cost": 1,
        "ways": [
            {
                "says": "insert validate after line 1",
                "changes": [
                    {"change": "insert", "line": 1, "event": "validate", "context": None,
                     "free": []},
                ],
            },
        ],
        "more": 0,
        "tried": 1,
        "exact": True,
        "written": str(out / "deep" / "a.eventlog"),
    }  # fmt: skip


def test_logs_of_one_name_do_not_overwrite_each_other(run: Run, tmp_path: Path) -> None:
    """And a log for which nothing is found is told of, and not written."""
    log, hopeless, out = tmp_path / "a.eventlog", tmp_path / "b.eventlog", tmp_path / "out"
    log.write_bytes(NO_VALIDATE)
    hopeless.write_bytes(b"{}\n" * 9)
    _, text, _ = run("check", "--repair", out, log, log, hopeless)
    assert sorted(path.name for path in out.iterdir()) == ["a-2.eventlog", "a.eventlog"]
    assert "mended:  no repair found with up to 4 changes\n" in text


def test_nothing_that_is_to_be_judged_is_overwritten(run: Run, tmp_path: Path) -> None:
    """Neither the archive that a log is in, nor another log that has not been read yet."""
    archive = tmp_path / "dump.tar"
    archive.write_bytes(member(f"{KEY}/eventlog", NO_VALIDATE) + END)
    (tmp_path / "in").mkdir()
    first, second = tmp_path / "in" / "a.eventlog", tmp_path / "a.eventlog"
    for path in (first, second):
        path.write_bytes(NO_VALIDATE)
    for out, paths, kept in (
        (archive, (archive,), archive),
        (tmp_path, (first, second), second),
        (tmp_path / "in", (second, tmp_path / "in"), first),
    ):
        before = kept.read_bytes()
        code, _, err = run("check", "--repair", out, *paths)
        assert (code, "would overwrite" in err, kept.read_bytes() == before) == (2, True, True)


def test_an_out_that_ends_like_a_directory_is_one(run: Run, tmp_path: Path) -> None:
    """For one log too, and where it is not there yet."""
    log = tmp_path / "a.eventlog"
    log.write_bytes(NO_VALIDATE)
    assert run("check", "--repair", f"{tmp_path}/new/", log)[0] == 1
    assert (tmp_path / "new" / "a.eventlog").is_file()


def test_a_file_for_several_logs_of_one_source_is_refused_with_the_way_out(
    run: Run, tmp_path: Path
) -> None:
    """What ends like a directory is one."""
    source = tmp_path / "dump.tar"
    source.write_bytes(
        b"".join(member(f"{key}/eventlog", NO_VALIDATE) for key in (KEY, OTHER_KEY)) + END
    )
    out = tmp_path / "mended"
    code, _, err = run("check", "--repair", out, source)
    assert (code, err.rstrip().endswith(f"for a directory, write {out}/")) == (2, True)


def test_what_cannot_be_written_is_the_callers_fault(run: Run, tmp_path: Path) -> None:
    """The log itself is never overwritten, and a snapshot cannot be mended."""
    log = tmp_path / "a.eventlog"
    log.write_bytes(NO_VALIDATE)
    for options, says in (
        (("--repair", log), "overwrite"),
        (("--repair", tmp_path / "x", "--previous", log), "--previous"),
        (("--repair", log, log), "would overwrite"),
    ):
        code, _, err = run("check", *options, log)
        assert code == 2
        assert says in err
    assert log.read_bytes() == NO_VALIDATE


def test_a_dash_is_standard_output_for_the_mended_log_alone(run: Run, tmp_path: Path) -> None:
    """What is said of it goes to standard error, or to a file; a sound log goes through as it is."""
    log = tmp_path / "a.eventlog"
    log.write_bytes(NO_VALIDATE)
    code, out, err = run("check", "--repair", "-", log)
    assert code == 1
    assert [json.loads(each)["name"] for each in out.splitlines()][:3] == [
        *("submit", "validate", "depend")
    ]
    assert "mended:  insert validate after line 1 (cost 1)\n" in err
    assert "written: standard output\n" in err
    report = tmp_path / "report.json"
    assert run("check", "--format", "json", "-o", report, "--repair", "-", log) == (1, out, "")
    row = json.loads(report.read_text())
    assert (row["repairs"]["written"], row["repairs"]["exact"]) == ("-", True)
    assert not list(Draft202012Validator(SCHEMA).iter_errors(row))
    log.write_bytes(lines(*LIFE))
    code, out, err = run("check", "--repair", "-", log)
    assert (code, out.encode(), "conforms" in err) == (0, lines(*LIFE), True)


def test_standard_output_takes_one_log(run: Run, tmp_path: Path) -> None:
    """More are a wrong call, and then nothing is written there; so are two things in one stream."""
    log, source = tmp_path / "a.eventlog", tmp_path / "dump.tar"
    log.write_bytes(NO_VALIDATE)
    source.write_bytes(
        b"".join(member(f"{key}/eventlog", NO_VALIDATE) for key in (KEY, OTHER_KEY)) + END
    )
    for arguments, says in (
        ((log, log), "--repair DIR/"),
        ((tmp_path,), "--repair DIR/"),
        ((source,), "name one with --job"),
        (("-o", "-", log), "both write to standard output"),
    ):
        code, out, err = run("check", "--repair", "-", *arguments)
        assert (code, out, says in err) == (2, "", True), err


def test_a_tie_is_told_as_one_and_copies_as_one_change(run: Run, tmp_path: Path) -> None:
    """In JSON no repair is called exact that another costs as little as."""
    log, out = tmp_path / "a.eventlog", tmp_path / "out"
    log.write_bytes(
        lines(*LIFE[:6], exception(0, "exec", wait_status=139), finish(36608), *LIFE[7:])
    )
    _, text, _ = run("check", "--format", "json", "--repair", out, log)
    found = json.loads(text)["repairs"]
    assert [way["changes"][0]["value"] for way in found["ways"]] == [35584, 139]
    assert (found["cost"], found["exact"]) == (1, False)
    _, text, _ = run("replay", out)
    assert re.search(r"returncode +139\n", text)
    log.write_bytes(lines(*LIFE, *LIFE))
    _, text, _ = run("check", "--format", "json", "--repair", out, log)
    row = json.loads(text)
    assert not list(Draft202012Validator(SCHEMA).iter_errors(row))
    (way,) = row["repairs"]["ways"]
    assert way["changes"] == [
        {"change": "drop-copies", "line": 11, "lines": list(range(11, 21))},
    ]
    assert way["says"] == "drop lines 11 to 20, which repeat earlier lines"
    assert out.read_bytes() == lines(*LIFE)


def test_the_page_shows_what_the_command_prints(run: Run, tmp_path: Path) -> None:
    """The changes of its example, with the ties."""
    root = Path(__file__).parents[2]
    page = (root / "docs" / "repair.md").read_text(encoding="utf-8")
    shown = page[page.index("  mended:") : page.index("  written:")]
    log = root / "examples" / "broken" / "dependency-left.eventlog"
    assert shown in run("check", "--repair", tmp_path / "mended.eventlog", log)[1]


def test_of_a_log_that_may_lack_events_is_said_that_it_is_not_mended(
    run: Run, tmp_path: Path
) -> None:
    """A line of the journal is cut, and behind it a context is wrong, which no gap explains."""
    events = [json.loads(line.replace("@", f"{at}.0")) for at, line in enumerate(LIFE, 1)]
    events[5]["context"] = {"priority": "high"}
    events[5]["name"] = "priority"
    rows = [{"id": -1, "events": []}, *({"id": 7, "events": [event]} for event in events)]
    text = [json.dumps(row) for row in rows]
    text[4] = text[4][:-6]
    journal = tmp_path / "journal.ndjson"
    journal.write_text("".join(f"{line}\n" for line in text))
    for out in ("-", str(tmp_path / "mended.eventlog")):
        code, _, err = run("check", "--repair", out, str(journal))
        assert code == 2
        assert "ƒ8 (7): not mended, for it may lack events; take the stored log" in err
    assert not (tmp_path / "mended.eventlog").exists()
