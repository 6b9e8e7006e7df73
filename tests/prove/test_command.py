"""`flux-conform prove` as it is called: tables, JSON, exit codes, files."""

import json

import pytest

from flux_conform.cli.main import main
from flux_conform.language import load
from flux_conform.prove.outcomes import PROVED, REFUTED
from prove.machines import MODELS, shipped_text
from toys import turnstile

CLEAN = "  - {on: clean, from: CLEANUP, to: INACTIVE, basis: [text, diagram]}\n"


@pytest.fixture
def broken(tmp_path):
    """A file: the job's machine without its transition on clean."""
    for name in ("eventlog",):
        (tmp_path / f"{name}.yaml").write_text((MODELS / f"{name}.yaml").read_text())
    text = shipped_text("job")
    assert text.count(CLEAN) == 1
    path = tmp_path / "broken.yaml"
    path.write_text(text.replace(CLEAN, ""))
    return str(path)


def test_a_proved_machine_is_a_table_and_exit_0(capsys):
    assert main(["prove", "--machine", "exec"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "exec, logs of generation today"
    assert "5 states, each with its shortest log" in lines[3]
    claims = [claim.expect for claim in load("exec").properties]
    proved, refuted = claims.count(PROVED), claims.count(REFUTED)
    assert lines[-1] == f"{proved} proved, {refuted} refuted as expected"


def test_a_refuted_machine_shows_the_log_with_its_states_and_exits_1(broken, capsys):
    assert main(["prove", "--machine", broken, "--property", "no-other-dead-end"]) == 1
    out = capsys.readouterr().out
    assert "a run can come to CLEANUP and never leave it" in out
    rows = [line.split()[:2] for line in out.splitlines() if '{"timestamp"' in line]
    assert rows == [["1", "NEW"], ["2", "DEPEND"], ["3", "CLEANUP"]]
    assert "\x1b[" not in out


def test_json_has_what_a_program_needs(broken, capsys):
    asked = ["--property", "every-state-reachable", "--property", "no-other-dead-end"]
    assert main(["prove", "--machine", broken, "--format", "json", *asked]) == 1
    value = json.loads(capsys.readouterr().out)
    assert (value["machine"], value["generation"], value["verdict"]) == ("job", "v1", "refuted")
    table = {item["id"]: item for item in value["properties"]}
    assert set(table) == {"every-state-reachable", "no-other-dead-end"}
    end = table["no-other-dead-end"]
    assert end["verdict"] == "refuted"
    assert [json.loads(line)["name"] for line in end["counterexample"]] == [
        "submit",
        "validate",
        "exception",
    ]
    assert end["states"] == ["NEW", "DEPEND", "CLEANUP"]
    assert set(end) >= {
        "says",
        "section",
        "assuming",
        "silent",
        "detail",
        "invariant",
        "measure",
        "witnesses",
        "seconds",
    }
    states = table["every-state-reachable"]
    assert states["counterexample"] is None
    assert states["witnesses"][0]["name"] == "reach-NEW"
    assert states["witnesses"][0]["log"].endswith("\n")


def test_a_measure_is_told_where_one_was_found(capsys):
    assert main(["prove", "--format", "json", "--property", "final-from-everywhere"]) == 0
    (item,) = json.loads(capsys.readouterr().out)["properties"]
    assert "size(prologs)" in item["measure"]
    assert item["invariant"]


def test_witnesses_are_written_one_log_a_file(tmp_path, capsys):
    directory = tmp_path / "new" / "logs"
    arguments = ["--property", "every-state-reachable", "--property", "no-transition-dead"]
    assert main(["prove", *arguments, "--witnesses", str(directory), "--format", "json"]) == 0
    value = json.loads(capsys.readouterr().out)
    files = {path.name for path in directory.iterdir()}
    assert {"reach-SCHED.eventlog", "take-depend-DEPEND-PRIORITY.eventlog"} <= files
    named = {w["file"] for item in value["properties"] for w in item["witnesses"] if w["file"]}
    assert {path.rpartition("/")[2] for path in named} == files
    assert main(["check", "--notes", "--strict", str(directory)]) == 0
    assert "rfc21" not in capsys.readouterr().out


def test_a_counterexample_is_written_and_the_story_says_where(broken, tmp_path, capsys):
    asked = ["--property", "no-other-dead-end"]
    code = main(["prove", "--machine", broken, *asked, "--witnesses", str(tmp_path / "w")])
    assert code == 1
    path = tmp_path / "w" / "counterexample-no-other-dead-end.eventlog"
    assert str(path) in capsys.readouterr().out
    assert path.read_text().count("\n") == 3


def test_all_tells_what_was_shown_of_proved_properties_too(capsys):
    assert main(["prove", "--machine", "exec", "--property", "every-state-reachable"]) == 0
    assert "INIT: 1 event: init" not in capsys.readouterr().out
    assert main(["prove", "--machine", "exec", "--property", "every-state-reachable", "--all"]) == 0
    assert "INIT: 1 event: init" in capsys.readouterr().out


def test_an_unknown_property_is_a_wrong_call_with_a_hint(capsys):
    assert main(["prove", "--property", "guards-disjont"]) == 2
    assert 'did you mean "guards-disjoint"?' in capsys.readouterr().err


def test_a_specification_that_cannot_be_read_exits_2(tmp_path, capsys):
    path = tmp_path / "bad.yaml"
    path.write_text("machine: [\n")
    assert main(["prove", "--machine", str(path)]) == 2


def test_a_property_that_stays_undecided_exits_2(tmp_path, capsys):
    (tmp_path / "eventlog.yaml").write_text((MODELS / "eventlog.yaml").read_text())
    text = shipped_text("exec")
    old = "  - id: rfc50/init/once\n"
    assert text.count(old) == 1
    rule = """\
  - {id: rfc50/log/size, level: MUST, on: done, require: size(past) < 3, section: S, says: S., breach: b, repair: r}
"""
    text = text.replace(old, rule + old).replace(
        "events:\n", "variables: {past: object}\n\nevents:\n", 1
    )
    path = tmp_path / "odd.yaml"
    path.write_text(text)
    arguments = ["prove", "--machine", str(path), "--property", "final-from-everywhere"]
    assert main(arguments) == 2
    assert "the variable past is object" in capsys.readouterr().out


def test_a_machine_without_claims_is_told_so(tmp_path, capsys):
    """Nothing is called proved where nothing was asked; its rules are exercised all the same."""
    quiet = tmp_path / "quiet.yaml"
    quiet.write_text(shipped_text("exec").partition("waits:")[0])
    (tmp_path / "eventlog.yaml").write_text((MODELS / "eventlog.yaml").read_text())
    assert main(["prove", "--machine", str(quiet), "--quick"]) == 2
    assert "claims no properties" in capsys.readouterr().err
    assert main(["prove", "--machine", str(quiet)]) == 0
    told = capsys.readouterr().out
    assert "no property is claimed" in told
    assert "proved" not in told
    assert "broken alone by another" in told


def test_a_rule_that_asks_nothing_is_told_without_any_claim(tmp_path, capsys):
    """It follows from another, so that it is redundant; that ends with exit code 1."""
    rule = "  - {id: rfc9999/coin/again, level: MUST, on: coin, require: 'worth(4)', says: X., "
    text = turnstile(("rules:\n", f"rules:\n{rule}breach: x, repair: y}}\n"))
    (tmp_path / "gate.yaml").write_text(text.partition("properties:")[0])
    (tmp_path / "eventlog.yaml").write_text((MODELS / "eventlog.yaml").read_text())
    assert main(["prove", "--machine", str(tmp_path / "gate.yaml")]) == 1
    assert "rfc9999/coin/again" in capsys.readouterr().out
