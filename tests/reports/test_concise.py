"""`check --format concise`: a line for each finding, where an editor looks for it."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest

Run = Callable[..., tuple[int, str, str]]
LINE = re.compile(r"(?P<file>[^:]+):(?P<line>\d+):(?P<column>\d+): (?P<rule>\S+) (?P<message>.+)")


def test_each_finding_is_a_line_with_its_place(run: Run) -> None:
    """The same findings as in JSON; the column is that of the part which is marked in SARIF."""
    folder = "examples/broken"
    code, out, err = run("check", "--all", "--format", "concise", folder)
    assert (code, err) == (1, "")
    *lines, last = out.splitlines()
    assert last.startswith("7 logs: ")
    found = [match.groupdict() for line in lines if (match := LINE.fullmatch(line))]
    assert len(found) == len(lines)
    _, told, _ = run("check", "--all", "--format", "json", folder)
    rows = [json.loads(line) for line in told.splitlines()]
    expected = [(r["log"], f["line"], f["rule"]) for r in rows for f in r["findings"]]
    assert [(f["file"], int(f["line"]), f["rule"]) for f in found] == expected
    _, sarif, _ = run("check", "--all", "--format", "sarif", folder)
    regions = [
        each["locations"][0]["physicalLocation"]["region"]
        for each in json.loads(sarif)["runs"][0]["results"]
        if each["ruleId"] in {f["rule"] for f in found}
    ]
    assert {(int(f["line"]), int(f["column"])) for f in found} == {
        (region["startLine"], region["startColumn"]) for region in regions
    }


def test_what_follows_is_folded_and_good_logs_are_not_named(run: Run) -> None:
    out = run("check", "--format", "concise", "examples/broken/no-validate.eventlog")[1]
    (line,) = out.splitlines()
    assert line.startswith("examples/broken/no-validate.eventlog:2:")
    assert line.endswith("(9 more findings are consequences of this one)")
    assert run("check", "--format", "concise", "examples/real/succeeded.eventlog") == (0, "", "")


@pytest.mark.parametrize(
    ("lacking", "rule"),
    [
        ("alloc", "start/after-alloc"),
        ("start", "finish/after-start"),
        ("finish", "free/in-cleanup"),
        ("release", "free/after-release"),
        ("free", "clean/resources-freed"),
    ],
)
def test_an_event_that_is_missing_is_one_finding(
    run: Run, tmp_path: Path, lacking: str, rule: str
) -> None:
    """In a whole log, and in one of which the ends may be missing."""
    lines = Path("examples/real/succeeded.eventlog").read_text().splitlines(keepends=True)
    log = tmp_path / "x.eventlog"
    log.write_text("".join(line for line in lines if json.loads(line)["name"] != lacking))
    (line,) = run("check", "--format", "concise", log)[1].splitlines()
    assert f": rfc21/{rule} " in line
    out = run("check", "--partial", log)[1]
    assert re.findall(r"^\w+\[(.+?)\]", out, re.MULTILINE) in ([f"rfc21/{rule}"], [])


def test_what_cannot_be_read_is_a_line_too(run: Run, tmp_path: Path) -> None:
    (tmp_path / "a\x1b.eventlog").write_bytes(b"\xff\xfe" * 40)
    code, out, _ = run("check", "--format", "concise", tmp_path, tmp_path / "no-such.eventlog")
    assert code == 2
    assert "\x1b" not in out
    assert re.search(r"no-such\.eventlog: unreadable .*No such file", out)
