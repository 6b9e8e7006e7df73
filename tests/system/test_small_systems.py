"""Systems small enough to know by heart, and the faults of their files."""

from pathlib import Path

import pytest

from flux_conform.language.faults import SpecificationFaults
from flux_conform.system.system_claims import Decided, decide
from flux_conform.system.system_file import load_system
from toys import TURNSTILE, unmarked

# A visitor pays and is let through by a gate, which logs it: one message each way.
GATE = f"""\
system: gate
title: A visitor and a gate
joins: {TURNSTILE}
capacity: 1
messages:
  pay:  {{from: visitor, to: gate, says: here is a coin}}
  pass: {{from: gate, to: visitor, says: go on}}
participants:
  visitor:
    says: wants to pass
    has: {{at: [outside, waiting, inside]}}
    steps:
      pays:   {{says: pays, when: {{at: outside}}, sends: pay, set: {{at: waiting}}}}
      passes: {{says: passes, gets: pass, when: {{at: waiting}}, set: {{at: inside}}}}
  gate:
    says: lets visitors pass
    steps:
      opens: {{says: opens, gets: pay, posts: {{coin: {{value: 10}}}}, sends: pass}}
claims:
  places: {{says: p, expects: every message}}
  opened: {{says: o, leads to: Unlocked}}
  paid twice: {{says: n, never: {{queued: {{pay: 2}}}}}}
  conforms: {{says: c, conforms: note}}
"""


def decided(tmp_path: Path, text: str) -> dict[str, Decided]:
    path = tmp_path / "gate.yaml"
    path.write_text(text, encoding="utf-8")
    return {each.claim.name: each for each in decide(load_system(str(path))).claims}


def test_all_claims_of_the_gate_hold(tmp_path: Path) -> None:
    """Its one run has three steps."""
    found = decided(tmp_path, GATE)
    assert {name: each.verdict for name, each in found.items()} == dict.fromkeys(found, "proved")
    assert found["opened"].summary == "by the fairness of visitor, gate"


CHANGES = {
    "a visitor who is gone": ("gets: pass, when: {at: waiting}", "gets: pass, when: {at: inside}"),
    "an unfair gate": ("{says: opens,", "{says: opens, fair: false,"),
    "a gate that opens for nothing": ("gets: pay, posts: {coin: {value: 10}}", "gets: pay"),
    "a coin of no worth": ("{value: 10}", "{value: ten}"),
    "a coin that is no coin": ("posts: {coin: {value: 10}}", "posts: push"),
}
NOTICED = {
    "a visitor who is gone": {"places"},
    "an unfair gate": {"opened"},
    "a gate that opens for nothing": {"opened"},
    "a coin of no worth": {"conforms"},
    "a coin that is no coin": {"opened", "conforms"},
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_is_noticed_by_the_claim_that_should(change: str, tmp_path: Path) -> None:
    old, new = CHANGES[change]
    assert old in GATE
    found = decided(tmp_path, GATE.replace(old, new))
    assert {name for name, each in found.items() if each.verdict == "refuted"} == NOTICED[change]


def test_a_run_that_goes_round_is_a_way_and_a_cycle(tmp_path: Path) -> None:
    """The visitor looks about for ever, which is fair to the visitor, and the gate waits."""
    text = GATE.replace(
        "      pays: ", "      looks:  {says: looks, when: {at: outside}}\n      pays: "
    )
    found = decided(tmp_path, text)["opened"]
    assert found.verdict == "refuted"
    assert found.run == ()
    assert [taken.step.name for taken in found.cycle] == ["looks"]


def test_where_more_messages_are_on_their_way_than_may_be_nothing_is_proved(tmp_path: Path) -> None:
    """Nor is anybody said to wait for ever who could send them; what is refuted stays so."""
    text = GATE.replace("sends: pass}", "sends: [pass, pass]}")
    found = decided(tmp_path, text)
    assert {each.verdict for each in found.values()} == {"unknown"}
    says = {each.summary for each in found.values()}
    assert says == {"more than 1 messages go from gate to visitor"}


def test_nobody_is_said_to_wait_where_a_step_is_left_out(tmp_path: Path) -> None:
    """A log of job ends, so that whoever has nothing to do before that would wait for ever."""
    text = GATE.replace(f"joins: {TURNSTILE}", "joins: job")
    text = text.replace("posts: {coin: {value: 10}}, ", "").replace(
        "sends: pay,", "sends: [pay, pay],"
    )
    text = text.split("claims:")[0] + "claims:\n  goes on: {says: w, waits: nobody}\n"
    assert decided(tmp_path, text)["goes on"].verdict == "unknown"
    one = text.replace("sends: [pay, pay],", "sends: pay,")
    assert decided(tmp_path, one)["goes on"].verdict == "refuted"


def test_a_search_that_ends_at_its_limit_proves_nothing(tmp_path: Path) -> None:
    path = tmp_path / "gate.yaml"
    path.write_text(GATE, encoding="utf-8")
    found = decide(load_system(str(path)), limit=1)
    assert {each.verdict for each in found.claims} == {"unknown"}


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("sends: pay,", "sends: §pax,", 'unknown message "pax"; did you mean "pay"?'),
        ("sends: pay,", "sends: §pass,", 'not visitor but gate sends "pass"'),
        ("gets: pay,", "gets: §pass,", 'not gate but visitor gets "pass"'),
        ("set: {at: waiting}", "set: {at: §wait}", 'unknown value "wait"'),
        ("set: {at: waiting}", "set: {to: §waiting}", 'unknown variable "to"'),
        ("posts: {coin:", "posts: §{coins:", 'unknown event "coins"'),
        ("leads to: Unlocked", "leads to: §Unlock", 'unknown state "Unlock"'),
        ("gets: pay,", "gets: pay, if: §coin > 1,", "coins"),
        ("gets: pay,", "gets: pay, if: §coins,", "a condition is boolean, but this is integer"),
        ("gets: pay,", "gets: pay, uses: §luck,", 'unknown budget "luck"'),
        ("gets: pay,", "gets: pay, clears: [§[gate, wall]],", "no messages go between these"),
        ("{from: gate,", "{from: §gat,", 'unknown participant "gat"'),
        ("says: opens,", "says: opens, §sayz: x,", 'unknown key "sayz"'),
        ("{says: p, ", "§{says: p, conforms: note, ", "a claim is of one kind, and this is of 2"),
    ],
)
def test_a_mistake_is_told_with_line_and_column(
    old: str, new: str, message: str, tmp_path: Path
) -> None:
    assert old in GATE
    text, place = unmarked(GATE.replace(old, new, 1))
    path = tmp_path / "gate.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(SpecificationFaults) as caught:
        load_system(str(path))
    found = [fault for fault in caught.value.faults if message in str(fault)]
    assert [(fault.line, fault.column) for fault in found] == [(place.line, place.column)]


def test_systems_that_mend_each_other_are_refused(tmp_path: Path) -> None:
    for one, other in (("a", "b"), ("b", "a")):
        text = f"system: {one}\ntitle: t\nbased on: {other}.yaml\n"
        (tmp_path / f"{one}.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(SpecificationFaults, match="come back to where they began"):
        load_system(str(tmp_path / "a.yaml"))
