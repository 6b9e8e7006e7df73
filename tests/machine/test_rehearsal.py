"""Scenarios are judged when a file is loaded: what breaks a rule, or does not end, must say so."""

import json
from pathlib import Path

import pytest

from flux_conform.cli.main import main
from flux_conform.language import load, machines
from flux_conform.language.compiled import decode, encode
from flux_conform.language.faults import SpecificationFaults
from flux_conform.machine.rehearsal import load_rehearsed, rehearse
from flux_conform.session.calls import check
from prove.machines import FINDINGS, rule

SCENARIO = """\
scenarios:
  usual:
    title: T
    says: S
    KEYS
    steps:
      - {at: 0, event: go, along: [x]}
      - {at: 1, event: END, along: [x]}
"""
HEAD = f"""\
machine: toy
title: A toy
source: {{rfc: 99}}
lines: eventlog
{FINDINGS}
states:
  A: {{initial: true}}
  B: {{}}
  Z: {{final: true}}
participants:
  x: {{says: does it all}}
events:
  go: {{by: x, context: empty, elsewhere: stays}}
  end: {{by: x, context: empty, elsewhere: undefined}}
  odd: {{by: x, context: empty, elsewhere: silent}}
  unlisted: {{context: any, elsewhere: stays}}
transitions:
  - {{on: go, from: A, to: B}}
  - {{on: end, from: B, to: Z}}
rules:
  {rule("go/once", "go", 'state == "A"')}"""


def written(folder: Path, end: str = "end", keys: str = "unfinished: false") -> Path:
    """A machine with one scenario, which ends so."""
    path = folder / "toy.yaml"
    scenario = SCENARIO.replace("END", end).replace("KEYS", keys)
    path.write_text(HEAD + scenario, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("end", "keys"),
    [
        ("end", "unfinished: false"),
        ("end", "ends: Z"),
        ("odd", "unfinished: true"),
        ("odd", "ends: B"),
        ("go", "{unfinished: true, breaks: rfc99/go/once}"),
        ("go", "{ends: B, breaks: [rfc99/go/once]}"),
    ],
)
def test_a_scenario_that_is_as_it_says_is_no_fault(tmp_path: Path, end: str, keys: str) -> None:
    keys = keys.strip("{}").replace(", breaks", "\n    breaks")
    path = written(tmp_path, end, keys)
    specification = load_rehearsed(path)
    assert list(rehearse(specification)) == []
    assert decode(json.loads(json.dumps(encode(specification)))) == specification


@pytest.mark.parametrize(
    ("end", "keys", "line", "message"),
    [
        ("go", "ends: B", 34, "go breaks rfc99/go/once here"),
        ("odd", "unfinished: false", 31, "the scenario ends in B"),
        ("end", "unfinished: true", 31, "the scenario ends in Z"),
        ("end", "ends: B", 31, "the scenario ends in Z"),
        ("end", "breaks: rfc99/go/once", 31, "does not break rfc99/go/once"),
        ("end", "breaks: rfc99/go/onse", 31, 'unknown rule "rfc99/go/onse"'),
        ("end", "ends: C", 31, 'unknown state "C"'),
    ],
)
def test_a_scenario_that_is_otherwise_is_a_fault_at_its_place(
    tmp_path: Path, end: str, keys: str, line: int, message: str
) -> None:
    path = written(tmp_path, end, keys)
    text = path.read_text(encoding="utf-8").splitlines()
    offset = text.index("scenarios:") - 26
    with pytest.raises(SpecificationFaults, match=message) as raised:
        load_rehearsed(path)
    (fault,) = raised.value.faults
    assert fault.line == line + offset
    assert fault.column > 1


def test_a_scenario_that_ends_too_early_is_told_without_a_key(tmp_path: Path) -> None:
    path = written(tmp_path, "odd", "ends: B")
    path.write_text(path.read_text(encoding="utf-8").replace("    ends: B\n", ""), encoding="utf-8")
    with pytest.raises(SpecificationFaults, match="ends in B"):
        load_rehearsed(path)


def test_an_event_that_is_undefined_breaks_the_rule_that_the_machine_finds(tmp_path: Path) -> None:
    path = written(tmp_path, "end", "ends: Z")
    text = path.read_text(encoding="utf-8")
    wrong = text.replace("at: 0, event: go", "at: 0, event: end").replace("ends: Z", "ends: A")
    path.write_text(wrong, encoding="utf-8")
    with pytest.raises(SpecificationFaults, match="end breaks rfc99/states/undefined here"):
        load_rehearsed(path)
    path.write_text(
        wrong.replace("ends: A", "ends: A\n    breaks: rfc99/states/undefined"), encoding="utf-8"
    )
    assert load_rehearsed(path).scenarios[0].breaks == ("rfc99/states/undefined",)


def test_a_change_may_make_another_of_a_scenario_that_it_inherits(tmp_path: Path) -> None:
    written(tmp_path, "end", "ends: Z")
    change = tmp_path / "changed.yaml"
    change.write_text(
        "change: toy.yaml\nrules: {rfc99/go/never: {level: MUST, on: go, require: 'false', "
        "section: S, says: S., breach: b, repair: r}}\n",
        encoding="utf-8",
    )
    assert list(rehearse(load(change)))
    assert load_rehearsed(change).name == "toy"


def test_verbs_and_calls_that_load_a_file_tell_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = written(tmp_path, "go", "ends: B")
    assert main(["model", "check", str(path)]) != 0
    assert "breaks rfc99/go/once here" in capsys.readouterr().err
    with pytest.raises(SpecificationFaults, match="breaks rfc99/go/once here"):
        check(b'{"timestamp":1.0,"name":"go"}\n', machine=path)


@pytest.mark.parametrize("name", machines())
def test_the_shipped_machines_say_what_their_scenarios_do(name: str) -> None:
    assert load_rehearsed(name, compiled=False) == load(name)
    assert main(["model", "check", name]) == 0


def test_prove_shows_the_scenarios_below_the_claims(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = written(tmp_path, "go", "ends: B")
    text = path.read_text(encoding="utf-8")
    path.write_text(
        f"{text}properties:\n  - {{id: all, reachable: each state, section: S, says: S.}}\n",
        encoding="utf-8",
    )
    assert main(["prove", "--machine", str(path)]) == 1
    out = capsys.readouterr().out
    assert "scenarios that are not as they say" in out
    assert "breaks rfc99/go/once here" in out
    assert main(["prove", "--machine", str(path), "--format", "json"]) == 1
    (fault,) = json.loads(capsys.readouterr().out)["scenarios"]
    assert "breaks rfc99/go/once here" in fault["message"]
    assert fault["line"] > 1


def test_other_verbs_warn_of_scenarios(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = written(tmp_path, "go", "ends: B")
    for words in (["draw", "states", "--machine", str(path)], ["diff", str(path), str(path)]):
        assert main(words) == 0
        assert "1 mistake in scenarios" in capsys.readouterr().err, words


STEP = "at: 1, event: {}, along: [x], breaks: {{{}}}"


def with_step(folder: Path, event: str, breaks: str, keys: str) -> Path:
    """A machine with a scenario whose second step says what it breaks."""
    path = written(folder, "end", keys)
    text = path.read_text(encoding="utf-8")
    new = text.replace("at: 1, event: end, along: [x]", STEP.format(event, breaks))
    assert new != text
    path.write_text(new, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("event", "breaks"),
    [
        ("go", "rfc99/go/once: MUST"),
        ("odd", "rfc99/states/silent: note"),
        ("unlisted", ""),
        ("go, context: {a: 1}", "rfc99/go/once: MUST, rfc99/go/context: MUST"),
    ],
)
def test_a_step_says_what_it_breaks_and_how_binding_that_is(
    tmp_path: Path, event: str, breaks: str
) -> None:
    """Notes too, and contexts that do not fit; an event that nothing lists is `unlisted`."""
    path = with_step(tmp_path, event, breaks, "unfinished: true")
    specification = load_rehearsed(path)
    (scenario,) = specification.scenarios
    assert not scenario.is_usual
    assert decode(json.loads(json.dumps(encode(specification)))) == specification


@pytest.mark.parametrize(
    ("event", "breaks", "message"),
    [
        ("go", "", "go breaks rfc99/go/once here, and the step does not say so"),
        ("go", "rfc99/go/once: SHOULD", "go breaks rfc99/go/once here, which is MUST"),
        ("odd", "", "odd breaks rfc99/states/silent here, and the step does not say so"),
        ("unlisted", "rfc99/go/once: MUST", "unlisted does not break rfc99/go/once here"),
        ("go", "rfc99/go/onse: MUST", 'unknown rule "rfc99/go/onse"'),
        ("go, context: {a: 1}", "rfc99/go/once: MUST", "something stands in the context of go"),
    ],
)
def test_a_step_that_breaks_something_else_is_a_fault_at_its_place(
    tmp_path: Path, event: str, breaks: str, message: str
) -> None:
    path = with_step(tmp_path, event, breaks, "unfinished: true")
    (line,) = (n for n, text in enumerate(path.read_text().splitlines(), 1) if "at: 1" in text)
    with pytest.raises(SpecificationFaults, match=message) as raised:
        load_rehearsed(path)
    assert {fault.line for fault in raised.value.faults} == {line}


def test_a_request_breaks_no_rule(tmp_path: Path) -> None:
    path = with_step(tmp_path, "odd", "", "unfinished: true")
    text = path.read_text(encoding="utf-8").replace("event: odd", "request: a favour")
    path.write_text(text, encoding="utf-8")
    with pytest.raises(SpecificationFaults, match="a request breaks no rule"):
        load_rehearsed(path)


REPORT = """\
report:
  since: entered(B)
  began: first(go)
  over: state == "Z"
"""


@pytest.mark.parametrize(
    ("reports", "message"),
    [
        ("{over: true}", None),
        ("{began: 1767225600.0, since: 1767225600.0}", None),
        ("{over: false}", "over is true at the end of the scenario"),
        ("{over: null}", "over is true at the end of the scenario"),
        ("{ower: true}", 'unknown field of the report "ower"'),
    ],
)
def test_a_scenario_says_what_is_reported_at_its_end(
    tmp_path: Path, reports: str, message: str | None
) -> None:
    path = written(tmp_path, "end", f"reports: {reports}")
    text = path.read_text(encoding="utf-8").replace("scenarios:\n", f"{REPORT}scenarios:\n")
    path.write_text(text, encoding="utf-8")
    if message is None:
        specification = load_rehearsed(path)
        assert specification.scenarios[0].reports
        assert decode(json.loads(json.dumps(encode(specification)))) == specification
        return
    with pytest.raises(SpecificationFaults, match=message) as raised:
        load_rehearsed(path)
    (fault,) = raised.value.faults
    assert "reports" in text.splitlines()[fault.line - 1]
