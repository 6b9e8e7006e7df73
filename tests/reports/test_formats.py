"""The outcome of `check` for build servers and code hosts, and the summary of many logs."""

import json
import re
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path
from typing import Any, cast
from urllib.parse import unquote
from xml.etree import ElementTree as Tree

import pytest
from jsonschema import Draft202012Validator

from facts.cases import LIFE, lines
from flux_conform.checking.judge import Options, judge
from flux_conform.checking.source_differences import Difference
from flux_conform.cli.check_html import html_report
from flux_conform.language import load
from flux_conform.logs.jobid import JobId
from flux_conform.machine.step import Machine
from flux_conform.reports import sarif as sarif_module
from flux_conform.reports.finding_tables import TABLES, Sink, TableReport
from flux_conform.reports.github import GithubReport
from flux_conform.reports.interface import Write
from flux_conform.reports.junit import JunitReport
from flux_conform.reports.locations import file_of, region, text_of
from flux_conform.reports.sarif import SarifReport
from flux_conform.reports.summary_text import summary_lines
from flux_conform.session import summary as summary_module
from flux_conform.session.delivery import Report
from flux_conform.session.events import LogJudged
from flux_conform.session.summary import Summary
from reports.conftest import EVIL, NO_VALIDATE, SOUND, Run
from reports.schemas import SARIF

EVIL_FILE = "logs/d 100%25, <evil>: \u0192.eventlog"


# The summary


def test_a_summary_counts_by_rule_and_state_and_names_the_first(run: Run, folder: Path) -> None:
    """What only follows from another finding is counted apart; the levels go by gravity."""
    code, out, _ = run("check", "--summary", "--format", "json", "logs")
    told = json.loads(out)
    schema = json.loads(files("flux_conform.checking").joinpath("verdict.schema.json").read_text())
    Draft202012Validator(schema).validate(told)
    whole = told["summary"]
    assert (code, whole["logs"]) == (2, 6)
    assert whole["verdicts"] == {"conforms": 2, "incomplete": 1, "violates": 2, "unreadable": 1}
    (row,) = [row for row in whole["findings"] if row["rule"] == "rfc21/states/undefined"]
    assert (row["state"], row["level"], row["count"], row["logs"]) == ("NEW", "MUST", 1, 1)
    assert row["following"] > 0
    assert row["example"]["log"] == "logs/c-no-validate.eventlog"
    assert row["example"]["line"] == 2
    levels = [row["level"] for row in whole["findings"]]
    assert levels == sorted(levels, key=["MUST", "SHOULD", "implied", "note"].index)
    assert "implied" in levels


def test_the_summary_alone_is_short(run: Run, folder: Path) -> None:
    """As text it tells a line for each kind of finding, and no finding by itself."""
    code, out, _ = run("check", "--summary", "--times", "logs")
    assert code == 2
    assert "-->" not in out
    assert re.search(
        r"^ +1\+\d+  MUST     rfc21/states/undefined +NEW +1 log +2023-11-14"
        r"  logs/c-no-validate.eventlog:2$",
        out,
        re.M,
    )
    assert out.endswith("6 logs: 2 conform, 1 incomplete, 2 violate, 1 unreadable\n")
    # The sound one and the warned one left RUN; the one on its way is there.
    assert re.search(r"^  RUN +2 .* 1 +0$", out, re.M)


def test_names_that_logs_make_up_do_not_fill_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """Past a bound the kinds of findings are not told apart, but are still counted."""
    monkeypatch.setattr(summary_module, "MOST_ROWS", 3)
    machine = Machine(load("job"))
    summary = Summary()
    for number in range(5):
        log = lines(LIFE[0], LIFE[1]) + b'{"timestamp":9,"name":"debug.%d","context":1}\n' % number
        judgement = judge(machine, log)
        assert len(judgement.findings) == 1
        renamed = judgement.findings[0]._replace(rule=f"rfc21/debug.{number}/context")
        summary.judged(LogJudged("x", machine, log, judgement._replace(findings=(renamed,))))
    assert len(summary.rows()) == 3
    assert summary.untold == 2


def _judged(name: str, log: bytes) -> LogJudged:
    machine = Machine(load("job"))
    return LogJudged(name, machine, log, judge(machine, log))


def _at(day: int, *events: str) -> bytes:
    """Events on a day after 1970-01-01, a second apart."""
    return b"".join(
        json.dumps({"timestamp": day * 86400 + second, "name": event}).encode() + b"\n"
        for second, event in enumerate(events)
    )


def test_equal_findings_of_many_logs_are_one_with_the_first_day() -> None:
    """Whichever log comes first; each log counts once."""
    summary = Summary()
    for day in (7, 5, 6):
        summary.judged(_judged(f"log of day {day}", _at(day, "alloc", "alloc")))
    (row,) = [row for row in summary.rows() if row.rule == "rfc21/states/undefined"]
    assert (row.logs, row.day, row.log) == (3, "1970-01-06", "log of day 7")
    assert (row.found + row.following, len(row.shares)) == (6, 1)
    (told,) = [line for line in summary_lines(summary) if "rfc21/states/undefined" in line]
    assert re.search(r" 3 logs  1970-01-06  log of day 7:1$", told)


def test_a_consequence_is_of_those_who_posted_its_cause() -> None:
    """Without alloc a start by the execution service is wrong, and so is what follows."""
    summary = Summary()
    log = _judged("x", NO_VALIDATE)
    summary.judged(log)
    by = {share.by for row in summary.rows() for share in row.shares}
    assert by == {("job manager", "dependency plugin")}
    lines = list(summary_lines(summary))
    assert lines[0].startswith("findings by who may post the event, rule and state")
    assert lines[1] == "  job manager or dependency plugin"
    assert sum(line.startswith("  job manager") for line in lines) == 1


def test_a_summary_goes_on_as_it_was_saved() -> None:
    """Who and when among the rest; what an earlier version saved has neither."""
    summary = Summary()
    summary.judged(_judged("x", _at(3, "alloc", "finish")))
    summary.judged(_judged("y", lines(*LIFE)[:-9]))
    saved = json.loads(json.dumps(summary.as_json()))
    again = Summary.restored(saved)
    assert again.rows() == summary.rows()
    for row in saved["findings"]:
        del row["components"], row["first_day"]
    old = Summary.restored(saved)
    assert [row.rule for row in old.rows()] == [row.rule for row in summary.rows()]
    assert all(row.shares for row in old.rows())


# JUnit


def test_each_log_is_a_test_case(run: Run, folder: Path) -> None:
    """A violating log has failed, an unreadable one is an error; a warning is output, and a wait."""
    code, out, _ = run("check", "--format", "junit", "logs")
    assert code == 2
    suites = Tree.fromstring(out)
    (suite,) = suites
    assert [suites.get(key) for key in ("tests", "failures", "errors")] == ["6", "2", "1"]
    cases = {str(case.get("name")): case for case in suite.iter("testcase")}
    outcome = {name: [part.tag for part in case] for name, case in cases.items()}
    assert outcome == {
        "logs/a-sound.eventlog": [],
        "logs/b-going.eventlog": ["system-out"],
        "logs/c-no-validate.eventlog": ["failure"],
        EVIL_FILE: ["failure"],
        "logs/e-warned.eventlog": ["system-out"],
        "logs/f-deep.eventlog": ["error"],
    }
    assert "  waits for " in (cases["logs/b-going.eventlog"][0].text or "")
    failure = cases["logs/c-no-validate.eventlog"][0]
    assert str(failure.get("message")).startswith("line 2: rfc21/states/undefined: ")
    assert "logs/c-no-validate.eventlog:2" in (failure.text or "")
    told = [each.get("value") for each in suite.iter("property")]
    assert "6 logs: 2 conform, 1 incomplete, 2 violate, 1 unreadable" in told
    assert any(each and "logs: 1 skipped, files not named *.eventlog" in each for each in told)


# SARIF


def test_sarif_holds_what_code_scanning_asks_for(run: Run, folder: Path) -> None:
    """One result for each fault, with its rule, its level, its place and a fingerprint."""
    code, out, _ = run("check", "--format", "sarif", "--output", "found.sarif", "logs")
    assert (code, out) == (2, "")
    told = json.loads(Path("found.sarif").read_bytes().decode("ascii"))
    Draft202012Validator(SARIF).validate(told)
    (whole,) = told["runs"]
    rules = whole["tool"]["driver"]["rules"]
    for result in whole["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        uri = result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
        assert Path(unquote(uri)).is_file()
    by_rule = {result["ruleId"]: result for result in whole["results"]}
    undefined = by_rule["rfc21/states/undefined"]
    assert undefined["level"] == "error"
    assert len(undefined["relatedLocations"]) == undefined["properties"]["following"] > 0
    assert by_rule["rfc18/last-newline"]["level"] == "warning"
    assert rules[undefined["ruleIndex"]]["helpUri"].endswith("/spec_21.html")
    (invocation,) = whole["invocations"]
    assert invocation["executionSuccessful"] is False
    assert "f-deep" in json.dumps(invocation["toolExecutionNotifications"])
    assert whole["properties"]["summary"]["logs"] == 6


def test_a_waived_finding_is_suppressed() -> None:
    """It is a note with the reason in SARIF, a notice on GitHub, and told of on the page."""
    machine = Machine(load("job"))
    judgement = judge(machine, NO_VALIDATE)
    waived = judgement._replace(
        findings=(judgement.findings[0]._replace(waived_by="flux-core"),), verdict="conforms"
    )
    log = LogJudged("x", machine, NO_VALIDATE, waived)
    whole = json.loads(written(lambda write: SarifReport(write, "1", lambda _: None), log))
    (result,) = whole["runs"][0]["results"]
    assert (result["level"], "flux-core" in json.dumps(result["suppressions"])) == ("note", True)
    assert [each[0] for each in commands_of(written(GithubReport, log))] == ["notice"]
    assert "a known deviation of flux-core" in written(html_report, log)


def test_what_has_no_room_in_sarif_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Logs that could not be judged do not vanish, nor push out what was not judged of all."""
    monkeypatch.setattr(sarif_module, "_MOST_NOTIFIED", 2)
    machine = Machine(load("job"))
    log = LogJudged("x", machine, SOUND, judge(machine, SOUND), lost=("times are cut",))
    parts: list[str] = []
    report = SarifReport(parts.append, "1.0.0", lambda _: None)
    report.judged(log)
    for name in ("a", "b", "c", "d"):
        report.unreadable(name, "torn")
    report.close()
    told = json.loads("".join(parts))
    Draft202012Validator(SARIF).validate(told)
    notes = told["runs"][0]["invocations"][0]["toolExecutionNotifications"]
    texts = ["unreadable: torn"] * 2 + ["not judged in 1 log: times are cut"]
    assert [note["message"]["text"] for note in notes] == [
        *texts,
        "2 further notifications left out",
    ]


def test_a_fingerprint_outlives_a_log_that_grows(run: Run, tmp_path: Path) -> None:
    """It does not hang on the line's number, and equal findings of a log differ in it."""
    prints = []
    for data in (NO_VALIDATE[: NO_VALIDATE.index(b"\n", 400) + 1], NO_VALIDATE):
        path = tmp_path / "x.eventlog"
        path.write_bytes(data)
        _, out, _ = run("check", "--all", "--format", "sarif", path)
        (whole,) = json.loads(out)["runs"]
        prints.append(
            [r["partialFingerprints"]["primaryLocationLineHash"] for r in whole["results"]]
        )
    assert prints[0] == prints[1][: len(prints[0])]
    assert len(set(prints[1])) == len(prints[1])


def test_a_region_is_the_part_of_the_line_in_characters_and_in_bytes() -> None:
    """Characters beyond ASCII, and bytes that are no UTF-8, put neither count out of step."""
    machine = Machine(load("job"))
    data = (
        lines(*LIFE[:2])
        + '{"timestamp":2,"name":"depend","context":{"\u0192":"\u0192"},"x":"\u0192"}\n'.encode()
    )
    data += b'\xff\xc6\x92{"name":\n'
    log = LogJudged("-", machine, data, judge(machine, data, Options(notes=True)))
    seen: dict[str, Any] = {}
    for finding in log.judgement.findings:
        place = region(log, finding)
        part = data[place.byte : place.byte + place.length]
        chars = text_of(log, finding)[place.start - 1 : place.end - 1]
        assert chars.encode("utf-8", "surrogateescape") == part
        seen[finding.rule] = (place.line, part)
    assert seen["rfc18/keys"] == (3, '"x":"\u0192"'.encode())
    assert seen["rfc18/lines"] == (4, b'\xff\xc6\x92{"name":')
    assert file_of("-") == "standard-input"


# GitHub


def commands_of(out: str) -> list[tuple[str, dict[str, str], str]]:
    """What GitHub's runner makes of an output: a command, its properties and its message."""
    found = []
    stopped = ""
    for line in out.split("\n"):
        if stopped:
            stopped = "" if line == f"::{stopped}::" else stopped
            continue
        match = re.fullmatch(r"::([a-z-]+)(?: (.*?))?::(.*)", line)
        if match is None:
            continue
        if match[1] == "stop-commands":
            stopped = match[3]
            continue
        pairs = [pair.partition("=") for pair in match[2].split(",")]
        properties = {name: unescaped(value) for name, _, value in pairs}
        found.append((match[1], properties, unescaped(match[3])))
    assert not stopped
    return found


def unescaped(text: str) -> str:
    for code, char in (("%3A", ":"), ("%2C", ","), ("%0D", "\r"), ("%0A", "\n"), ("%25", "%")):
        text = text.replace(code, char)
    return text


def test_workflow_commands_say_level_place_and_rule(run: Run, folder: Path) -> None:
    """Whatever stands in names and logs, nothing of it is read as a command."""
    code, out, _ = run("check", "--format", "github", "logs")
    assert code == 2
    found = commands_of(out)
    names = {(name, told["file"], told["title"]) for name, told, _ in found}
    assert names == {
        ("error", "logs/c-no-validate.eventlog", "rfc21/states/undefined (MUST)"),
        ("error", EVIL_FILE, "rfc18/lines (MUST)"),
        ("warning", "logs/e-warned.eventlog", "rfc18/last-newline (implied)"),
        ("error", "logs/f-deep.eventlog", "unreadable"),
    } | {name for name in names if name[:2] == ("warning", EVIL_FILE)}
    ((_, told, message),) = [each for each in found if "c-no" in each[1]["file"]]
    assert told["line"] == "2"
    line = NO_VALIDATE.split(b"\n")[1].decode()
    assert line[int(told["col"]) - 1 : int(told["endColumn"]) - 1] == '"depend"'
    assert "more findings are consequences of this one" in message
    assert EVIL not in out
    assert "6 logs: 2 conform" in out


# Where it goes


@pytest.mark.parametrize("kind", ["text", "json", "junit", "sarif", "github"])
def test_a_report_goes_to_its_file_whole_or_not_at_all(run: Run, folder: Path, kind: str) -> None:
    """The exit code tells the verdict; what cannot be written is told, exit 2."""
    sound = folder / "a-sound.eventlog"
    assert run("check", "--format", kind, "-o", "new/report", sound) == (0, "", "")
    assert Path("new/report").stat().st_size > 0
    code, out, err = run("check", "--format", kind, "-o", folder, sound)
    assert (code, out) == (2, "")
    assert err.startswith(f"flux-conform check: -o {folder}: ")
    assert [path.name for path in Path("new").iterdir()] == ["report"]


def test_options_that_do_not_go_together_are_told(run: Run, folder: Path) -> None:
    """Each with what to give in its place."""
    for options, says in (
        (("--summary", "--format", "sarif"), "sarif holds the summary"),
        (("--times", "--format", "json"), "--format json --summary"),
        (("--partial", "--format", "html"), "--partial goes with --format text or json"),
        (("--follow", "--summary"), "--follow goes with --format text or json"),
        (("-o", "a.csv", "--table", "./a.csv"), "-o writes that file too"),
        (("-o", "a", "--repair", "a"), "-o writes that file too"),
    ):
        code, _, err = run("check", *options, "logs")
        assert code == 2
        assert says in err
    assert [path.name for path in folder.parent.iterdir()] == ["logs"]


def test_a_log_is_not_overwritten_by_what_is_told_of_it(run: Run, folder: Path) -> None:
    """As where the name of the file is forgotten: `-o *.eventlog`."""
    log = folder / "a-sound.eventlog"
    for options in ((log,), ("--partial", log), ("--previous", log, folder / "b-going.eventlog")):
        code, _, err = run("check", "-o", "logs/../logs/a-sound.eventlog", *options)
        assert (code, "would overwrite" in err) == (2, True)
    assert log.read_bytes() == SOUND


# What a source tells beside a log


def test_every_form_tells_what_a_source_lost_and_where_it_differs() -> None:
    """A log that says other times than its source is bad news in each of them."""
    machine = Machine(load("job"))
    differs = (Difference("t_here", 2.5, None),)
    says = "t_here is 2.5 in the source, never in the log"
    log = LogJudged(
        "old.db: \u0192A (9)",
        machine,
        SOUND,
        judge(machine, SOUND),
        job=JobId(9),
        lost=("times are cut to seconds",),
        differs=differs,
    )

    junit = Tree.fromstring(written(JunitReport, log))
    assert [case[0].get("message") for case in junit.iter("testcase")] == [says]
    ((name, place, message),) = commands_of(written(GithubReport, log))
    assert (name, place["file"], message) == ("error", "old.db: \u0192A (9)", says)
    sarif = json.loads(written(lambda write: SarifReport(write, "1.0.0", lambda _: None), log))
    Draft202012Validator(SARIF).validate(sarif)
    (run,) = sarif["runs"]
    notes = run["invocations"][0]["toolExecutionNotifications"]
    assert {note["message"]["text"] for note in notes} == {
        says,
        "not judged: times are cut to seconds",
    }
    page = written(html_report, log)
    assert says in page
    assert "not judged: times are cut to seconds" in page
    sinks: dict[str, list[Any]] = {name: [] for name in TABLES}
    table = TableReport(lambda name: cast("Sink", Rows(sinks[name])))
    table.judged(log)
    row = dict(zip([column.name for column in TABLES["logs"]], sinks["logs"][0], strict=True))
    assert (row["job"], row["job_id"], row["differs"]) == ("\u0192A", 9, [says])


def written(make: Callable[[Write], Report], log: LogJudged) -> str:
    """A report on one log."""
    parts: list[str] = []
    report = make(parts.append)
    report.judged(log)
    report.close()
    return "".join(parts)


class Rows:
    """Keeps the rows of a table."""

    def __init__(self, rows: list[Any]) -> None:
        self.add = rows.append


SITE = """
change: job
title: Job, and a site
rules:
  site/alloc/slowly: {level: policy, on: alloc, require: 'time - first(submit) >= 1 h', says: S.,
    breach: 'too soon: {since(submit)}', repair: r}
"""


def test_policies_stand_in_a_section_of_their_own(folder: Path, run: Run) -> None:
    """They are warnings, and make a log violating where one judges strictly."""
    Path("site.yaml").write_text(SITE)
    options = ("check", "--machine", "site.yaml")
    code, out, _ = run(*options, folder / "a-sound.eventlog", folder / "e-warned.eventlog")
    heading = out.index("policies, which RFC 21 does not ask for:")
    assert heading < out.index("policy[site/alloc/slowly]: too soon: ")
    assert code == 0
    assert run(*options, "--strict", folder / "a-sound.eventlog")[0] == 1
    _, out, _ = run(
        *options, "--summary", folder / "c-no-validate.eventlog", folder / "a-sound.eventlog"
    )
    lines_ = out.splitlines()
    heading = lines_.index("  policies, which the source does not ask for:")
    assert [" policy " in line for line in lines_[heading + 1 : heading + 3]] == [False, True]
    assert not any(" policy " in line for line in lines_[:heading])
    _, out, _ = run(*options, "--format", "sarif", folder / "a-sound.eventlog")
    (result,) = json.loads(out)["runs"][0]["results"]
    assert (result["level"], result["ruleId"]) == ("warning", "site/alloc/slowly")
    _, out, _ = run(*options, "--format", "github", folder / "a-sound.eventlog")
    assert "::warning " in out
    run(
        *options,
        "--format",
        "html",
        "-o",
        "page.html",
        folder / "a-sound.eventlog",
        folder / "c-no-validate.eventlog",
    )
    page = Path("page.html").read_text("utf-8")
    assert "<h3>policies, which the source does not ask for:</h3>" in page
