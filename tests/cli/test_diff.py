"""The verb diff: its options, its two forms, and its exit codes."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from flux_conform.cli import diff
from flux_conform.language import Revision, UnknownMachine
from prove.machines import MODELS, shipped_text

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def changed(tmp_path: Path) -> Path:
    """A copy of the job model in which urgency 1 keeps from alloc, and urgency 0 does not."""
    text = shipped_text("job").replace("require: urgency != 0", "require: urgency != 1")
    return written(tmp_path / "changed.yaml", text)


def written(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    lines = path.with_name("eventlog.yaml")
    lines.write_bytes((MODELS / "eventlog.yaml").read_bytes())
    return path


def test_a_specification_and_itself(run: Run) -> None:
    """Nothing differs: exit 0."""
    code, out, err = run("diff", "job", "job")
    assert (code, err) == (0, "")
    assert "Nothing is written differently." in out
    assert out.count("proved for logs of any length") == 3


def test_a_difference_is_told_line_by_line(run: Run, changed: Path) -> None:
    """The log, the states on both sides, and why one refuses; exit 1."""
    code, out, err = run("diff", "job", changed)
    assert (code, err) == (1, "")
    assert "require: urgency != 0 → urgency != 1" in out
    assert "A accepts, B does not; the shortest log has 3 events:" in out
    assert "A refuses: MUST[rfc30/urgency/held]" in out
    assert "B refuses: MUST[rfc30/urgency/held]" in out


def test_json_has_all_that_the_text_has(run: Run, changed: Path) -> None:
    """The logs are lines of an eventlog; the steps give the states of both sides."""
    code, out, _ = run("diff", "--format", "json", "job", changed)
    value = json.loads(out)
    assert code == 1
    assert value["verdict"] == "different"
    assert value["structure"] == [
        {
            "kind": "rule",
            "how": "changed",
            "name": "rfc30/urgency/held",
            "detail": ["require: urgency != 0 → urgency != 1"],
        }
    ]
    answer = value["meaning"]["second-only"]
    assert [json.loads(line)["name"] for line in answer["log"]] == ["submit", "depend", "alloc"]
    assert answer["steps"][0] == {"event": "submit", "a": "DEPEND", "b": "DEPEND"}
    assert answer["steps"][-1] == {"event": "alloc", "a": None, "b": "PRIORITY"}
    assert [reason["rule"] for reason in answer["refused"]] == ["rfc30/urgency/held"]
    assert value["meaning"]["states"]["verdict"] == "none"


def test_the_logs_are_written_and_judged_as_told(run: Run, changed: Path, tmp_path: Path) -> None:
    """`check` accepts each with the one specification and not with the other."""
    folder = tmp_path / "logs"
    run("diff", "--logs", folder, "job", changed)
    assert sorted(path.name for path in folder.iterdir()) == [
        "first-only.eventlog",
        "second-only.eventlog",
    ]
    for name, codes in (("first-only", (0, 1)), ("second-only", (1, 0))):
        log = folder / f"{name}.eventlog"
        assert run("check", "--machine", "job", log)[0] == codes[0]
        assert run("check", "--machine", changed, log)[0] == codes[1]


def test_strict_lets_implied_rules_count(run: Run, tmp_path: Path) -> None:
    """A rule that is only implied makes no difference but a strict one."""
    text = shipped_text("job").replace("require: not seen(submit)\n", "require: true\n")
    other = written(tmp_path / "other.yaml", text)
    assert run("diff", "job", other)[0] == 0
    code, out, _ = run("diff", "--strict", "job", other)
    assert code == 1
    assert "implied[rfc21/submit/once]" in out


def test_what_is_undecided_exits_with_2(run: Run, tmp_path: Path) -> None:
    """Lines that only one side asks for: no proof, and it is said why."""
    text = shipped_text("job").replace("lines: eventlog", "lines: lenient")
    other = written(tmp_path / "other.yaml", text)
    lines = (MODELS / "eventlog.yaml").read_text(encoding="utf-8")
    assert "level: MUST" in lines
    (tmp_path / "lenient.yaml").write_text(lines.replace("level: MUST", "level: note", 1))
    code, out, _ = run("diff", "job", other)
    assert code == 2
    assert "unknown" in out
    assert "the rules of the log's lines differ" in out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["job"], "give two specifications"),
        (["job", "job", "job"], "give two specifications"),
        (["job", "jab"], 'no specification "jab"'),
        (["--history", "jab"], 'no specification "jab"'),
        (["job", "exec", "--history"], "leave out A B"),
        (["--history", "exec"], "no revisions but today's"),
    ],
)
def test_a_wrong_call_says_what_to_do(run: Run, arguments: list[str], message: str) -> None:
    """Exit 2, and nothing on standard output."""
    code, out, err = run("diff", *arguments)
    assert (code, out) == (2, "")
    assert message in err


def test_logs_that_cannot_be_written_are_a_wrong_call(run: Run, changed: Path) -> None:
    """The message names the place."""
    code, _, err = run("diff", "--logs", changed, "job", changed)
    assert code == 2
    assert str(changed) in err


@pytest.fixture
def revised(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A history of three revisions of the job model."""
    text = shipped_text("job")
    oldest = text.replace(
        "{on: alloc, from: SCHED, to: RUN,", "{on: alloc, from: SCHED, to: CLEANUP,"
    )
    files = [
        written(tmp_path / "one.yaml", oldest),
        written(
            tmp_path / "two.yaml", text.replace("require: urgency != 0", "require: urgency != 1")
        ),
        written(tmp_path / "three.yaml", text),
    ]

    def history(name: str) -> tuple[Revision, ...]:
        if name != "job":
            raise UnknownMachine(name, ("job",))
        dates = ("2001-01", "2002-02", "2003-03")
        return tuple(
            Revision(date, f"the work of {date}", str(file))
            for date, file in zip(dates, files, strict=True)
        )

    monkeypatch.setattr(diff, "history", history)


@pytest.mark.usefixtures("revised")
def test_a_history_tells_what_each_revision_changed(run: Run, tmp_path: Path) -> None:
    """One entry for each neighbouring pair, oldest first; exit 0 though there are differences."""
    code, out, err = run("diff", "--history", "--logs", tmp_path / "logs")
    assert (code, err) == (0, "")
    first, second = out.index("2002-02  the work of"), out.index("2003-03  the work of")
    assert "2001-01" not in out
    assert "read otherwise      submit, depend, priority, alloc" in out[first:second]
    assert "CLEANUP before, RUN now" in out[first:second]
    assert "now rfc30/urgency/held" in out[second:]
    assert (tmp_path / "logs" / "2003-03-first-only.eventlog").is_file()


@pytest.mark.usefixtures("revised")
def test_a_history_as_json(run: Run) -> None:
    """All revisions, and a comparison for each but the first."""
    code, out, _ = run("diff", "--history", "job", "--format", "json")
    value = json.loads(out)
    assert code == 0
    assert [revision["date"] for revision in value["revisions"]] == [
        "2001-01",
        "2002-02",
        "2003-03",
    ]
    assert [(entry["a"], entry["b"]) for entry in value["changes"]] == [
        ("2001-01", "2002-02"),
        ("2002-02", "2003-03"),
    ]
    assert value["changes"][0]["meaning"]["states"]["verdict"] == "different"
    assert value["changes"][1]["meaning"]["states"]["verdict"] == "none"
