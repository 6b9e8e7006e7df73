"""A machine with several ends: a log may end in each, and go on from one that is not captive."""

import itertools
import json

import pytest

from flux_conform.checking.finding import CONFORMS, INCOMPLETE, VIOLATES
from flux_conform.checking.incremental import LiveLog
from flux_conform.checking.judge import judge
from flux_conform.diagrams import render
from flux_conform.language.compiled import decode, encode
from flux_conform.language.specification import Specification
from flux_conform.language.warnings import warnings_of
from flux_conform.machine.step import Machine
from flux_conform.prove import prove
from flux_conform.prove.certificate import document
from flux_conform.verify import verify
from prove.machines import case, case_text
from toys import event, faults_of

LIFT = case("lift")
TABLE = {
    ("NEW", "go"): "MOVING",
    ("RESTING", "go"): "MOVING",
    ("MOVING", "stop"): "RESTING",
    ("NEW", "scrap"): "SCRAPPED",
    ("RESTING", "scrap"): "SCRAPPED",
    ("MOVING", "crash"): "CRASHED",
}
CONTEXTS = {"stop": {"floor": 3}}


def expected(names: tuple[str, ...]) -> tuple[str, str]:
    """The verdict and the state, by the table alone."""
    state, broken = "NEW", False
    for name in names:
        if (state, name) in TABLE:
            state = TABLE[state, name]
        elif name != "other" or state in ("SCRAPPED", "CRASHED"):
            broken = True
    if broken:
        return VIOLATES, state
    return CONFORMS if state in ("RESTING", "SCRAPPED", "CRASHED") else INCOMPLETE, state


def test_a_growing_log_is_over_in_a_captive_state_alone() -> None:
    live = LiveLog(LIFT)
    found = []
    for name in ("go", "stop", "scrap"):
        live.read(event(name, CONTEXTS.get(name, {})).rstrip(b"\n"))
        found.append((live.verdict, live.state, live.is_over))
    assert found == [
        (INCOMPLETE, "MOVING", False),
        (CONFORMS, "RESTING", False),
        (CONFORMS, "SCRAPPED", True),
    ]


@pytest.mark.parametrize("length", [1, 2, 3, 4])
def test_a_log_is_complete_in_each_final_state_and_goes_on_from_those_not_captive(
    length: int,
) -> None:
    machine = Machine(LIFT)
    for names in itertools.product(("go", "stop", "scrap", "crash", "other"), repeat=length):
        found = judge(machine, b"".join(event(name, CONTEXTS.get(name, {})) for name in names))
        assert (found.verdict, found.state) == expected(names), names


@pytest.mark.parametrize(("last", "state"), [("scrap", "SCRAPPED"), ("crash", "CRASHED")])
def test_the_finding_names_the_state_that_nothing_may_follow(last: str, state: str) -> None:
    names = ("go", "stop", last) if last == "scrap" else ("go", last)
    log = b"".join(event(name, CONTEXTS.get(name, {})) for name in (*names, "other"))
    (finding,) = judge(Machine(LIFT), log).findings
    assert finding.rule == "rfc99/states/captive"
    assert finding.message == f'"other" follows the event that led to {state}, a final state'


def test_its_claims_are_decided_and_each_certificate_is_verified() -> None:
    """`single` asks for one end alone, and `closed` of the captive ones."""
    proofs = prove(LIFT, certified=True)
    assert [(found.id, found.is_right) for found in proofs.outcomes if not found.is_right] == []
    assert len(proofs.outcomes) == len(LIFT.properties)
    certificates = [found.certificate for found in proofs.outcomes if found.certificate]
    model = json.loads(json.dumps(encode(LIFT)))
    for result in verify(json.loads(json.dumps(document(certificates))), model):
        assert result.verified, result.line


def test_a_certificate_that_holds_one_end_for_all_is_refused() -> None:
    """With it one could show a way out that ends elsewhere."""
    (found,) = [each for each in prove(LIFT, certified=True).outcomes if each.id == "leave"]
    assert found.certificate is not None
    file = json.loads(json.dumps(document([found.certificate])))
    model = json.loads(json.dumps(encode(LIFT)))
    assert [result.verified for result in verify(file, model)] == [True]
    shown = json.dumps(file)
    three = '["RESTING", "SCRAPPED", "CRASHED"]'
    assert three in shown
    forged = json.loads(shown.replace(three, '"RESTING"'))
    assert [result.verified for result in verify(forged, model)] == [False]


def test_the_form_of_a_captive_end_is_what_it_was() -> None:
    states = {state["name"]: state for state in encode(LIFT)["states"]}
    assert states["RESTING"]["open"] is True
    assert "open" not in states["SCRAPPED"]
    assert decode(json.loads(json.dumps(encode(LIFT)))) == LIFT


def test_each_end_has_a_double_border() -> None:
    text = render(LIFT, "text")
    for name in ("RESTING", "SCRAPPED", "CRASHED"):
        assert f"║ {name} ║" in text
    assert "│ MOVING ├" in text


def test_only_a_captive_end_is_warned_of_where_something_follows() -> None:
    assert list(warnings_of(LIFT)) == []
    captive = tuple(state._replace(open=False) for state in LIFT.states)
    assert '"go" has an outcome in RESTING, a final state' in list(
        warnings_of(LIFT._replace(states=captive))
    )


def test_a_state_is_final_in_one_way_or_the_other() -> None:
    def ends(says: str) -> Specification:
        text = json.dumps({"captive": False}) if says == "open" else says
        return case("lift", ("{captive: false}", text))

    assert ends("true").state("RESTING").captive
    assert not ends("false").state("RESTING").final
    assert ends("{captive: true}").state("RESTING").captive
    assert ends("{}").state("RESTING").captive
    assert ends("open").state("RESTING").open


def test_what_else_stands_there_is_a_fault() -> None:
    text = case_text("lift")
    (fault, *_) = faults_of(text.replace("{captive: false}", "{captured: false}"))
    assert 'unknown key "captured" of a final state; did you mean "captive"?' in str(fault)
    (fault, *_) = faults_of(
        text.replace("NEW: {initial: true}", "NEW: {initial: true, final: true}")
    )
    assert '"NEW" is both initial and final' in str(fault)
