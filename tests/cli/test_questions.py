"""The verb questions: its options, its two forms, and its exit codes."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from toys import turnstile

Run = Callable[..., tuple[int, str, str]]

SOUND = """
questions:
  - id: worth
    kind: contradiction
    about: [coin]
    readings:
      text: 5 at least
      other: {says: any coin will do, change: {rules: {rfc9999/coin/worth: null}}}
    chosen: text
    why: it says so
    log: [{coin: {value: 2}}]
  - id: metal
    readings: {text: nothing is said}
    chosen: text
    why: nobody looks
    no log: what a coin is made of is not logged
"""


@pytest.fixture
def toy(tmp_path: Path) -> Path:
    """A turnstile with two sound questions."""
    path = tmp_path / "toy.yaml"
    path.write_text(turnstile() + SOUND, encoding="utf-8")
    return path


def test_the_list_in_words(run: Run, toy: Path) -> None:
    """Readings, choice, log, and what each reading makes of it; exit 0."""
    code, out, err = run("questions", "--machine", toy)
    assert (code, err) == (0, "")
    lines = [" ".join(line.split()) for line in out.splitlines()]
    for line in (
        "other any coin will do",
        "chosen text: it says so",
        'log coin {"value":2}',
        "text SHOULD[rfc9999/coin/worth] in line 1",
        "other no such finding",
        "no log what a coin is made of is not logged",
        "turnstile: 2 questions, 0 silent pairs, 0 faults",
    ):
        assert line in lines


def test_a_fault_is_exit_1(run: Run, toy: Path) -> None:
    """And is said where the question stands, and at the end."""
    toy.write_text(toy.read_text().replace("{value: 2}", "{value: 7}"))
    code, out, _ = run("questions", "--machine", toy)
    assert code == 1
    assert out.count("its readings make the same of its log") == 2


def test_questions_are_chosen_by_id_and_by_kind(run: Run, toy: Path) -> None:
    """A kind is a gap where nothing else is said."""
    for arguments, ids in (
        (["metal"], ["metal"]),
        (["--kind", "gap"], ["metal"]),
        (["--kind", "contradiction"], ["worth"]),
        (["worth", "metal"], ["worth", "metal"]),
        (["--kind", "slip"], []),
    ):
        code, out, _ = run("questions", *arguments, "--machine", toy, "--format", "json")
        assert code == 0
        assert [each["id"] for each in json.loads(out)["questions"]] == ids


def test_an_unknown_question_is_exit_2(run: Run, toy: Path) -> None:
    """With the one that is meant, or those that there are."""
    code, out, err = run("questions", "wort", "--machine", toy)
    assert (code, out) == (2, "")
    assert 'no question "wort"; did you mean "worth"?' in err
    assert "known are worth, metal" in run("questions", "zzz", "--machine", toy)[2]
    assert run("questions", "--kind", "riddle", "--machine", toy)[0] == 2


def test_json_has_all_that_the_text_has(run: Run, toy: Path) -> None:
    """The change of a reading is JSON too."""
    code, out, _ = run("questions", "worth", "--machine", toy, "--format", "json")
    (asked,) = json.loads(out)["questions"]
    assert code == 0
    assert asked["readings"] == [
        {"by": "text", "says": "5 at least", "change": None, "chosen": True},
        {
            "by": "other",
            "says": "any coin will do",
            "change": {"rules": {"rfc9999/coin/worth": None}},
            "chosen": False,
        },
    ]
    assert (asked["origin"], asked["differs"], asked["fault"]) == ("model", ["findings"], None)
    assert [json.loads(line)["context"] for line in asked["log"]] == [{"value": 2}]
    (text, other) = asked["results"]
    assert (text["by"], other["by"]) == ("text", "other")
    assert [found["level"] for found in text["findings"]] == ["SHOULD"]
    assert other["findings"] == []


def test_a_machine_without_questions(run: Run, tmp_path: Path) -> None:
    """Nothing is open, and that is sound."""
    path = tmp_path / "toy.yaml"
    path.write_text(turnstile(), encoding="utf-8")
    code, out, _ = run("questions", "--machine", path)
    assert (code, out) == (0, "turnstile: 0 questions, 0 silent pairs, 0 faults\n")
    assert "no question" in run("questions", "any", "--machine", path)[2]


@pytest.mark.slow
def test_the_logs_of_the_job_model_are_judged_as_shown(run: Run, tmp_path: Path) -> None:
    """Every file, with what the list tells of it."""
    folder = tmp_path / "logs"
    code, out, _ = run("questions", "--logs", folder, "--format", "json")
    value = json.loads(out)
    assert (code, value["faults"]) == (0, [])
    told = {each["file"]: each["results"][0] for each in value["questions"] if each["log"]}
    shown = {name: (result["verdict"], result["state"]) for name, result in told.items()}
    shown |= {pair["file"]: ("incomplete", pair["state"]) for pair in value["silent"]}
    for each in value["questions"]:
        for claim in each["claims"]:
            shown |= {log["file"]: ("incomplete", log["state"]) for log in claim["logs"]}
    assert sorted(shown) == sorted(str(path) for path in folder.iterdir())
    _, out, _ = run("check", "--format", "json", *shown)
    judged = [json.loads(line) for line in out.splitlines()]
    assert {each["log"]: (each["verdict"], each["state"]) for each in judged} == shown


def test_logs_that_cannot_be_written_are_exit_2(run: Run, toy: Path, tmp_path: Path) -> None:
    """The error names the option."""
    code, _, err = run("questions", "--machine", toy, "--logs", toy)
    assert code == 2
    assert "--logs" in err


def test_every_line_of_the_logs_is_shown_on_demand(run: Run, toy: Path) -> None:
    """Else the events' names, with the keys that are out of the ordinary."""
    line = '{"timestamp":1700000000.0,"name":"coin","context":{"value":2}}'
    assert line not in run("questions", "--machine", toy)[1]
    assert line in run("questions", "--machine", toy, "--all")[1]
