"""The names that drawn logs give to what comes and goes: alike where they shall be, and only there.

Names are drawn at random, so that two are seldom alike. Here they all are.
"""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flux_conform.checking.judge import Options, judge
from flux_conform.language.specification import Specification
from flux_conform.machine.step import Machine
from flux_conform.strategies import Eventlog, eventlogs, log_builder
from flux_conform.strategies.reachability import reachability_of
from flux_conform.suite.making.telling_events import Logged
from prove.machines import machine, rule


def cloakroom(example: str = "fez") -> Specification:
    """Hats come and go, each once alone; coats do, any number of the same name."""
    garment = "{{says: x, context: {{name: string}}, elsewhere: stays, effect: {{{}}}{}}}"
    shown = f", example: {{name: {example}}}"
    return machine(
        states="""
            OPEN: {initial: true, says: x}
            SHUT: {final: true, says: x}
        """,
        variables="hats: set of string\nhad: set of string\ncoats: bag of string",
        events=f"""
            hat-in: {garment.format("hats: hats + .name, had: had + .name", shown)}
            hat-out: {garment.format("hats: hats - .name", shown)}
            coat-in: {garment.format("coats: coats + .name", "")}
            coat-out: {garment.format("coats: coats - .name", "")}
            note.*: {{says: x, context: empty, elsewhere: stays}}
            note.example-2: {{says: x, context: empty, elsewhere: undefined}}
            shut: {{says: x, context: empty, elsewhere: undefined}}
        """,
        transitions="- {on: shut, from: OPEN, to: SHUT}",
        rules=(
            rule("hat-in/once", "hat-in", "not (.name in had)")
            + rule("hat-in/bare", "hat-in", '.name != "none"')
            + rule("hat-out/there", "hat-out", ".name in hats")
            + rule("coat-out/there", "coat-out", ".name in coats")
            + rule("shut/empty", "shut", "empty(hats) and empty(coats)")
        ),
        properties="- {id: ends, single: initial and final, says: Ends.}",
    )


def drawn(strategy: Any, examples: int = 150) -> list[Eventlog]:
    """Some logs of a strategy."""
    logs: list[Eventlog] = []

    @settings(max_examples=examples, database=None, derandomize=True, deadline=None)
    @given(strategy)
    def collect(log: Eventlog) -> None:
        logs.append(log)

    collect()
    return logs


def names_of(log: Eventlog, event: str) -> list[str]:
    return [each["context"]["name"] for each in log.events if each["name"] == event]


@pytest.fixture(params=["fez", "none", "example", "example-2", "x"])
def always(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """The one name that is drawn."""
    monkeypatch.setattr(log_builder, "names", lambda usual: st.just(request.param))
    name: str = request.param
    return name


def test_logs_break_nothing_though_the_same_name_is_drawn_again_and_again(always: str) -> None:
    """It is numbered; what came before, and a word that a rule speaks of, is no new name."""
    specification = cloakroom()
    hats = set()
    for log in drawn(eventlogs(specification, verdict="conforms")):
        assert not judge(Machine(specification), log.data, Options(strict=True)).findings
        came = names_of(log, "hat-in")
        assert len(set(came)) == len(came)
        hats |= set(came)
    assert len(hats) >= 2
    assert (always in hats) == (always not in ("none", "example-2"))


@pytest.mark.parametrize("always", ["x"], indirect=True)
def test_only_what_comes_to_the_same_collections_must_have_another_name(always: str) -> None:
    """A hat and a coat can be called alike."""
    logs = drawn(eventlogs(cloakroom(), verdict="conforms"))
    assert any(
        always in names_of(log, "hat-in") and always in names_of(log, "coat-in") for log in logs
    )


def test_what_an_example_calls_like_a_made_up_name_is_called_otherwise() -> None:
    """For plans would take it for one of their own. It was looked for without an end."""
    logs = drawn(eventlogs(cloakroom(example="example-2"), verdict="conforms"))
    hats = {name for log in logs for name in names_of(log, "hat-in")}
    assert hats
    assert "example-2" not in hats


@pytest.mark.parametrize("always", ["x"], indirect=True)
def test_two_names_of_a_plan_stay_two_and_one_stays_one(always: str) -> None:
    """Though the first is gone when the second comes, so that no collection holds it."""
    specification = cloakroom()
    reach = reachability_of(specification, specification.today.name)
    event = specification.event("coat-in")

    @settings(max_examples=1, database=None, derandomize=True)
    @given(st.data())
    def named(data: st.DataObject) -> None:
        drawing = log_builder.LogBuilder(data.draw, reach, 10)
        contexts = [
            drawing._named(event, Logged("coat-in", f'{{"name": "{name}"}}'), new=True)
            for name in ("example", "example-2", "example")
        ]
        assert contexts == [{"name": always}, {"name": f"{always} 2"}, {"name": always}]

    named()


@pytest.mark.parametrize(("suffix", "name"), [(".x", "note.example.x"), ("-2", "note.example")])
def test_an_event_of_a_family_has_many_names_and_none_of_an_event_outside_it(
    monkeypatch: pytest.MonkeyPatch, suffix: str, name: str
) -> None:
    """What `note.example-2` is, is said by itself; the other event has its usual name then."""
    monkeypatch.setattr(log_builder, "_SUFFIXES", st.just(suffix))
    logs = drawn(eventlogs(cloakroom(), verdict="conforms"))
    assert {each["name"] for log in logs for each in log.events if each["name"][:5] == "note."} == {
        name
    }
