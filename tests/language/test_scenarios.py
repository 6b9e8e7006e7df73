"""Examples of contexts and scenarios are checked when loaded, and are logs that a checker reads."""

import json
from pathlib import Path

import pytest

from flux_conform.checking.finding import CONFORMS, INCOMPLETE
from flux_conform.checking.judge import Options, judge
from flux_conform.cli.main import main
from flux_conform.language import load, machines
from flux_conform.language.loader import load_changed
from flux_conform.language.scenarios import START, Scenario, scenario_lines, scenario_log
from flux_conform.language.specification import (
    EmptyContext,
    Specification,
    UndefinedContext,
)
from flux_conform.machine.step import Machine
from toys import FILE, faults_of, load_toy, turnstile, unmarked

STRICT = Options(notes=True, strict=True)

VALUE = "    context: {value: integer 1..50, visitor: optional string}\n"
EXAMPLE = "    example: {value: 5, visitor: Ada}\n"
WHO = """participants:
  visitor: {says: wants to pass}
  gate: {roles: [anybody, lock], says: keeps the log}
"""
STEPS = """scenarios:
  usual:
    title: A visitor passes
    says: One coin and one push.
    unfinished: true
    steps:
      - {at: 0, event: coin, along: [visitor, gate]}
      - {at: 0.5, request: step in, along: [gate, visitor]}
      - {at: 2, event: coin, along: [visitor, gate], context: {value: 50, visitor: null}}
      - {at: 2.25, event: push, along: visitor}
"""


def toy(*changes: tuple[str, str]) -> str:
    """The turnstile with an example and a scenario, and some of it replaced."""
    told = (VALUE, VALUE + EXAMPLE), ("\nreport:\n", f"\n{WHO}{STEPS}\nreport:\n")
    text = turnstile(*told)
    for old, new in changes:
        assert text.count(old) == 1
        text = text.replace(old, new)
    return text


def contexts(specification: Specification, scenario: str) -> list[str | None]:
    return [step.context for step in specification.scenario(scenario).steps]


def test_a_scenario_is_the_log_that_it_tells() -> None:
    """Requests are in no log; contexts are the examples with what differs."""
    usual = load_toy(toy()).scenario("usual")
    assert [json.loads(line) for line in scenario_log(usual, 100).splitlines()] == [
        {"timestamp": 100, "name": "coin", "context": {"value": 5, "visitor": "Ada"}},
        {"timestamp": 102, "name": "coin", "context": {"value": 50}},
        {"timestamp": 102.25, "name": "push"},
    ]
    assert usual.unfinished
    assert [step.request for step in usual.steps] == [None, "step in", None, None]
    assert [step.along for step in usual.steps][2:] == [("visitor", "gate"), ("visitor",)]
    assert json.loads(scenario_lines(usual)[0])["timestamp"] == START


# What is wrong, where (§), what is said, what was expected, and what was meant.
FAULTS = {
    "a value of another type": (
        (EXAMPLE, "    example: {value: §500}\n"),
        '"value" is 500 in the context of coin; expected integer 1..50',
    ),
    "a key that nobody knows": (
        (EXAMPLE, "    example: {value: 5, visiter: §Ada}\n"),
        'unknown key "visiter" in the context of coin; did you mean "visitor"?',
    ),
    "a key too few": (
        (EXAMPLE, "    example: §{visitor: Ada}\n"),
        'the key "value" is missing in the context of coin; expected integer 1..50',
    ),
    "a context where none may stand": (
        ("    context: empty\n", "    context: empty\n    example: {a: §1}\n"),
        "something stands in the context of push; expected nothing, as it is empty",
    ),
    "a word for an example": (
        (EXAMPLE, "    example: §none\n"),
        '"none" stands here; expected keys with values',
    ),
    "an unknown event": (
        ("event: push", "event: §pusch"),
        'unknown event "pusch"; did you mean "push"?',
    ),
    "an unknown participant": (
        ("along: visitor}", "along: §visitr}"),
        'unknown participant "visitr"; did you mean "visitor"?',
    ),
    "an unknown poster": (
        ("    by: visitor\n    says: somebody", "    by: [visitor, §locks]\n    says: somebody"),
        'unknown participant or role "locks"; did you mean "lock"?',
    ),
    "a way without who posts it": (
        ("along: visitor}", "along: §gate}"),
        "nobody on this way posts push; expected visitor",
    ),
    "a way that goes nowhere": (
        ("along: visitor}", "along: [visitor, §visitor]}"),
        'from "visitor" to itself',
    ),
    "a way of nobody": (("along: visitor}", "along: §[]}"), "a way of nobody"),
    "a request to nobody": (
        ("along: [gate, visitor]}", "along: §gate}"),
        "a request to nobody; expected who asks, and who is asked",
    ),
    "a request with a context": (
        ("along: [gate, visitor]}", "along: [gate, visitor], context: §{a: 1}}"),
        "a request has no context",
    ),
    "neither event nor request": (
        ("- {at: 2.25, event: push, along", "- §{at: 2.25, along"),
        "neither of the two; expected event: NAME, or request: what is asked",
    ),
    "times that go back": (
        ("at: 2.25", "at: §1"),
        "the step before it comes later, at 2; expected steps in the order of their times",
    ),
    "a time before the first": (("at: 2.25", "at: §-1"), '"-1" stands here; expected seconds'),
    "a step with a faulty context": (
        ("context: {value: 50, visitor: null}", "context: §{value: null}"),
        'the key "value" is missing in the context of coin',
    ),
    "no steps": ((STEPS.partition("steps:\n")[2], "        §[]\n"), "a scenario without steps"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_of_an_example_is_told_at_its_place(name: str) -> None:
    """It and no other, with what was expected there."""
    (old, new), message = FAULTS[name]
    text, place = unmarked(toy((old, new)))
    (fault,) = faults_of(text)
    assert (fault.file, fault.line, fault.column) == (FILE, place.line, place.column)
    assert str(fault).partition(": ")[2].startswith(message)


def test_an_example_of_a_faulty_context_is_not_told_too() -> None:
    """One fault is told once."""
    faults = faults_of(toy(("integer 1..50, visitor", "integr, visitor")))
    assert len(faults) == 1


# Changes


@pytest.fixture
def base(tmp_path: Path) -> str:
    """A file with the turnstile and its scenario."""
    path = tmp_path / "toy.yaml"
    path.write_text(toy(), encoding="utf-8")
    return str(path)


@pytest.mark.parametrize(
    ("change", "left"),
    [
        ("{title: New}", ["coin", None, "coin", "push"]),
        ("{events: {push: null}, transitions: []}", ["coin", None, "coin"]),
        ("{events: {coin: {context: {value: boolean}}}, rules: null}", None),
        ("{events: {coin: {by: lock}}, participants: {gate: null, lock: {says: x}}}", None),
    ],
)
def test_what_does_not_fit_a_change_is_left_out(
    base: str, change: str, left: list[str | None] | None
) -> None:
    """Steps go with their event; a scenario that would be another goes whole."""
    if "boolean" in change:
        change = change.replace(
            "rules: null", "definitions: null, report: null, properties: null, rules: null"
        )
    after = load_changed(base, change)
    found = [[step.event for step in scenario.steps] for scenario in after.scenarios]
    assert found == ([] if left is None else [left])


def test_a_change_is_held_to_its_own_examples(base: str) -> None:
    """What it says itself must fit, in the neighbour's context too."""
    after = load_changed(base, "{events: {coin: {example: {value: 7, visitor: null}}}}")
    assert after.event("coin").example == '{"value": 7}'
    assert contexts(after, "usual")[0] == '{"value": 7}'
    with pytest.raises(Exception, match='"value" is 70 in the context of coin'):
        load_changed(base, "{events: {coin: {example: {value: 70}}}}")


# The shipped machines


def log_in_form(specification: Specification, scenario: Scenario) -> bytes:
    """The log of a scenario, in the form of the machine's lines."""
    log = scenario_log(scenario)
    return log if specification.fields is None else specification.fields.log(log)


@pytest.mark.parametrize("name", machines())
def test_every_event_of_a_shipped_machine_has_an_example(name: str) -> None:
    """Unless it never bears a context."""
    bare = [event.context for event in load(name).events if event.example is None]
    assert all(isinstance(context, EmptyContext | UndefinedContext) for context in bare)


@pytest.mark.parametrize("name", machines())
def test_every_scenario_conforms_without_a_finding(name: str) -> None:
    """Not even a note is told of it, and it ends where it says; but for those of mistakes."""
    specification = load(name)
    assert specification.scenario("normal")
    for scenario in specification.scenarios:
        if not scenario.is_usual:
            continue
        judged = judge(Machine(specification), log_in_form(specification, scenario), STRICT)
        assert judged.findings == (), scenario.name
        ended = scenario.ends is None or scenario.ends in specification.ends
        complete = ended and not scenario.unfinished
        assert judged.verdict == (CONFORMS if complete else INCOMPLETE), scenario.name


@pytest.mark.parametrize("name", machines())
def test_a_scenario_of_mistakes_has_the_findings_that_its_steps_name(name: str) -> None:
    """The checker finds them at the lines of these steps, and nothing else."""
    specification = load(name)
    wrong = [scenario for scenario in specification.scenarios if not scenario.is_usual]
    assert len(wrong) > 5 or name != "job"
    for scenario in wrong:
        steps = [step for step in scenario.steps if step.event is not None]
        said = {
            (line, rule, level)
            for line, step in enumerate(steps, 1)
            for rule, level in step.breaks or ()
        }
        options = Options(notes=True, strict=True)
        judged = judge(Machine(specification), log_in_form(specification, scenario), options)
        found = {(each.line, each.rule, each.level) for each in judged.findings}
        assert found == said, scenario.name


def test_scenarios_show_every_participant_and_nearly_every_event() -> None:
    """Families and messages have no place in a life."""
    for name in machines():
        specification = load(name)
        steps = [step for scenario in specification.scenarios for step in scenario.steps]
        assert {each.name for each in specification.participants} == {
            each for step in steps for each in step.along
        }
        shown = {step.event for step in steps}
        missing = {event.name for event in specification.events if not event.is_family} - shown
        assert missing <= {"log"}


def test_the_cancelled_job_ends_as_real_ones_do(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """First the exception, then finish in CLEANUP; it is reported as cancelled."""
    path = tmp_path / "cancelled.eventlog"
    path.write_bytes(scenario_log(load("job").scenario("cancelled")))
    assert main(["replay", str(path), "--format", "json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["report"]["result"] == "CANCELED"
    names = [event["event"] for event in told["events"]]
    assert names[-5:] == ["exception", "finish", "release", "free", "clean"]
