"""That a log is stuck: what the proofs say of job, and tables that are not what was made."""

import json
from pathlib import Path
from typing import Any

import pytest

from checking.test_waits import FINISH, JOB, RELEASE, TO_RUN, TO_SCHED
from facts.cases import line, lines
from flux_conform.artefacts import ArtefactDamaged, artefact
from flux_conform.checking import dead_ends as module
from flux_conform.checking.dead_ends import dead_ends, read_table, table_text
from flux_conform.checking.finding import Stuck
from flux_conform.checking.judge import judge
from flux_conform.checking.judges import Judge
from flux_conform.cli.main import main
from flux_conform.language import load
from flux_conform.language.loader import load_changed
from flux_conform.machine.step import Machine

RACE = (*TO_SCHED, line("urgency", urgency=20, userid=1001), line("alloc"))
EARLY = (*TO_RUN, line("start"), RELEASE)
TABLE = Path(artefact("model", "dead-ends", "job.json"))
CANCEL = line("exception", type="cancel", severity=0, note="")


def stuck(*parts: str) -> list[tuple[str, str | None, int | None, tuple[str, ...]]]:
    return [
        (each.says, each.event, each.line, each.out) for each in judge(JOB, lines(*parts)).stuck
    ]


def test_the_hung_job_is_told_with_the_event_that_gets_it_out() -> None:
    """An alloc in PRIORITY; a later priority, a restart and a memo change nothing of it."""
    says = "INACTIVE is out of reach without exception"
    further = (line("priority", priority=20), line("flux-restart"), line("memo", x=1))
    for count in range(len(further) + 1):
        assert stuck(*RACE, *further[:count]) == [(says, "alloc", 6, ("exception",))]
    assert stuck(*RACE, *further, CANCEL) == []


def test_a_release_that_is_final_before_finish_is_told() -> None:
    says = "INACTIVE is out of reach without exception"
    assert stuck(*EARLY) == [(says, "release", 7, ("exception",))]
    assert stuck(*EARLY, CANCEL) == []


def test_no_part_of_a_real_log_is_stuck(corpus: Path) -> None:
    """Each seventh log, cut after each of its lines; but for what hung, none of them ever was."""
    for path in sorted((corpus / "job").rglob("*.eventlog"))[::7]:
        whole = path.read_bytes().splitlines(keepends=True)
        for count in range(1, len(whole) + 1):
            assert judge(JOB, b"".join(whole[:count])).stuck == (), (path, count)


def test_it_is_no_breach(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The exit code is that of the verdict; JSON has a field of its own, on either path."""
    path = tmp_path / "hung.eventlog"
    path.write_bytes(lines(*RACE))
    assert main(["check", str(path)]) == 0
    out = capsys.readouterr().out
    assert (
        "  stuck since alloc in line 6 (2023-11-14 22:13:21 UTC): INACTIVE is out of reach" in out
    )
    assert main(["check", "--strict", "--format", "json", str(path)]) == 0
    row = json.loads(capsys.readouterr().out)
    assert (row["verdict"], row["findings"]) == ("incomplete", [])
    assert [Stuck(**{**each, "out": tuple(each["out"])}) for each in row["stuck"]] == list(
        judge(JOB, lines(*RACE)).stuck
    )
    judging = Judge(load("job"))
    logs = [lines(*RACE), lines(*TO_SCHED)] * 150
    found = [each for _, _, each in judging.judge_all((str(n), log) for n, log in enumerate(logs))]
    assert found == [judge(JOB, log) for log in logs]


def test_a_job_that_goes_on_is_not_stuck() -> None:
    for log in (TO_SCHED, TO_RUN, (*TO_RUN, line("start"), FINISH, RELEASE)):
        assert stuck(*log) == []


def test_those_that_have_waited_longer_are_told_if_asked_for(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Longer than the time, by --as-of or by the clock; both with the event since which it is so."""
    path = tmp_path / "waiting.eventlog"
    path.write_bytes(lines(*TO_SCHED))  # in SCHED since 1700000000.75
    base = ["check", "--format", "json", str(path), "--as-of"]

    def told(*options: str) -> list[tuple[str, str, str, int]]:
        assert main([*base, *options]) == 0
        row = json.loads(capsys.readouterr().out)
        return [(e["claim"], e["says"], e["event"], e["line"]) for e in row.get("stuck", ())]

    says = "it has waited 30 min for resources"
    assert told("1700001801", "--stuck", "30min") == [("waits-resources", says, "priority", 4)]
    assert told("1700001800.75", "--stuck", "30min") == []
    assert told("2023-11-14T22:43:21Z", "--stuck", "0.5 h") == [
        ("waits-resources", says, "priority", 4)
    ]
    assert told("1700001801") == []
    assert main(["check", str(path), "--stuck", "1d"]) == 0
    assert "stuck since priority in line 4" in capsys.readouterr().out
    assert main(["check", "--summary", "--format", "json", str(path), "--stuck", "1d"]) == 0
    stuck = json.loads(capsys.readouterr().out)["summary"]["stuck"]
    assert [(each["what"], each["logs"]) for each in stuck["for"]] == [("waits-resources", 1)]


@pytest.mark.parametrize("given", ["30", "min", "1e9s", "1 week", ""])
def test_a_duration_that_is_none_is_refused(given: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "--stuck", given, "x"]) == 2
    assert f'--stuck "{given}": write it as 30s, 30min, 2h or 1d' in capsys.readouterr().err


def test_of_many_logs_a_stuck_one_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Where logs without findings are too many to be named one by one, too; and on the page."""
    for number in range(30):
        (tmp_path / f"{number:02}.eventlog").write_bytes(lines(*TO_SCHED))
    (tmp_path / "hung.eventlog").write_bytes(lines(*RACE))
    assert main(["check", str(tmp_path)]) == 0
    out = capsys.readouterr().out
    assert "stuck since alloc in line 6" in out
    assert "logs that are stuck, the longest first" in out
    assert "  resources (30 logs)" in out
    assert "00.eventlog: incomplete" not in out
    assert main(["check", "--format", "html", str(tmp_path)]) == 0
    page = capsys.readouterr().out
    assert "Logs that are stuck" in page
    assert page.count("hung.eventlog") == 2  # what it waits for, and that it is stuck


# Tables


def edited(**changes: Any) -> str:
    """The table of job with some of it changed by hand."""
    return json.dumps({**json.loads(TABLE.read_text()), **changes})


def test_a_table_that_was_edited_is_refused() -> None:
    """By its digest: an entry less, another condition, another machine's digest."""
    table = json.loads(TABLE.read_text())
    other = [{**row, "while": ['state == "SCHED"']} for row in table["dead_ends"]]
    for text in (
        edited(dead_ends=table["dead_ends"][1:]), edited(dead_ends=other), edited(specification="x"),
        edited(digest="x"), TABLE.read_text()[:-40], "[]", "{}",
    ):  # fmt: skip
        with pytest.raises(ArtefactDamaged, match="generate"):
            read_table(load("job"), text, "job.json")


def test_check_says_that_a_table_is_damaged(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It does not judge on without it. A log that has ended needs no table."""
    bad = tmp_path / "job.json"
    bad.write_text(edited(dead_ends=[]))
    monkeypatch.setattr(module, "artefact", lambda *_: str(bad))
    path = tmp_path / "hung.eventlog"
    path.write_bytes(lines(*RACE))
    assert main(["check", str(path)]) == 2
    captured = capsys.readouterr()
    assert "the table of dead ends is damaged: its digest is another" in captured.out + captured.err


def test_a_table_of_another_specification_is_not_used() -> None:
    """A change on job is another machine, and nothing is proved of it."""
    changed = load_changed("job", "{rules: {rfc21/alloc/once: null}}")
    assert read_table(changed, TABLE.read_text(), "job.json") == ()
    assert dead_ends(Machine(changed)) == ()


def test_the_table_is_what_the_certificates_say() -> None:
    """So `generate --check` tells a table that was made of others."""
    certificates = json.loads(Path(artefact("model", "certificates", "job.json")).read_text())
    assert table_text(load("job"), certificates) == TABLE.read_text()
    fewer = [item for item in certificates["properties"] if item["id"] != "ends-without-exception"]
    text = table_text(load("job"), {**certificates, "properties": fewer})
    assert json.loads(text)["dead_ends"] == []
