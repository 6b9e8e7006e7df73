"""Claims of what is accepted: an event that should be possible is neither undefined nor barred."""

import json
from typing import Any

import pytest

from flux_conform.language.compiled import decode, digest, encode
from flux_conform.language.faults import SpecificationFaults
from flux_conform.language.loader import load_text
from flux_conform.language.specification import Specification
from flux_conform.prove import prove
from flux_conform.prove.certificate import document
from flux_conform.prove.encoded import differences
from flux_conform.prove.outcomes import PROVED, REFUTED, Outcome
from flux_conform.verify import verify
from prove.machines import MODELS, machine, names, rule, shipped_text

ROWS = """
    - {on: go, from: A, to: B}
    - {on: go, from: B, when: ever, to: Z}
    - {on: stop, from: [A, B], to: Z}
"""
RULES = (
    rule("drop/held", "drop", ".what in held")
    + rule("stop/ever", "stop", "ever", "implied")
    + rule("set/low", "set", ".k < 9")
)
NEXT = "\n  "


def shelf(claim: str, rows: str = ROWS, rules: str = RULES) -> Specification:
    """A machine with one claim."""
    return machine(
        states="""
            A: {initial: true, says: x}
            B: {says: x}
            Z: {final: true, says: x}
        """,
        virtual_states="OPEN: [A, B]",
        variables="held: set of string\never: boolean",
        events="""
            add: {says: x, context: {what: string}, elsewhere: stays, effect: {held: held + .what, ever: "true"}}
            drop: {says: x, context: {what: string}, elsewhere: stays, effect: {held: held - .what}}
            set: {says: x, context: {k: integer 0..99}, elsewhere: undefined}
            go: {says: x, context: empty, elsewhere: silent}
            stop: {says: x, context: empty, elsewhere: undefined}
        """,
        transitions=rows + "    - {on: set, from: B, stays: true}",
        rules=rules,
        properties=f"- id: p{NEXT}says: x{NEXT}{claim.replace('; ', NEXT)}",
    )


def outcome(claim: str, rows: str = ROWS, rules: str = RULES) -> Outcome:
    (found,) = prove(shelf(claim, rows, rules), certified=True).outcomes
    return found


SOUND = [
    "on: add; accepts: OPEN",
    "on: drop; when: .what in held; accepts: [A, B]",
    "on: set; when: .k < 9; accepts: B",
    "on: stop; accepts: OPEN; assuming: MUST",
    "on: stop; when: ever; accepts: OPEN",
    "on: go; accepts: OPEN",
    "on: go; when: ever; accepts: OPEN; silent: out",
    "on: any; when: event in [\"add\", \"go\"]; accepts: OPEN",
    "on: add; accepts: OPEN; assuming: nothing",
]  # fmt: skip


@pytest.mark.parametrize("claim", SOUND)
def test_what_is_accepted_is_proved_and_its_certificate_verified(claim: str) -> None:
    found = outcome(claim)
    assert found.verdict == PROVED
    assert found.certificate is not None
    specification = shelf(claim)
    file = json.loads(json.dumps(document([found.certificate])))
    model = json.loads(json.dumps(encode(specification)))
    (result,) = verify(file, model)
    assert result.verified, result.line
    assert differences(specification, file) == {}
    assert decode(model) == specification


@pytest.mark.parametrize(
    ("claim", "log", "why"),
    [
        ("on: drop; accepts: OPEN", ["drop"], "refused in A: it breaks rfc99/drop/held"),
        ("on: set; accepts: OPEN", ["set"], "refused in A: it breaks rfc99/states/undefined"),
        ("on: set; accepts: B", ["go", "set"], "refused in B: it breaks rfc99/set/low"),
        ("on: stop; accepts: A", ["stop"], "refused in A: it breaks rfc99/stop/ever"),
        ("on: go; accepts: B; silent: out", ["go", "go"], "refused in B: it is silent there"),
        ("on: add; accepts: Z", ["add", "stop", "add"], "it breaks rfc99/states/captive"),
    ],
)
def test_what_is_refused_is_shown_by_a_shortest_log_and_why(
    claim: str, log: list[str], why: str
) -> None:
    found = outcome(claim)
    assert found.verdict == REFUTED
    assert names(found) == log
    assert why in found.summary


def test_what_becomes_undefined_or_forbidden_is_noticed() -> None:
    """The mistakes that `accepts` is there for."""
    claim = "on: stop; when: ever; accepts: OPEN"
    assert outcome(claim).is_right
    assert outcome(claim, ROWS.replace("on: stop, from: [A, B]", "on: stop, from: A")).verdict == (
        REFUTED
    )
    assert outcome(claim, rules=RULES + rule("stop/held", "stop", "empty(held)")).verdict == REFUTED


@pytest.mark.parametrize(
    ("claim", "state"),
    [
        ("on: stop; when: ever and not ever; accepts: A", "A"),
        ("on: add; when: state == \"A\"; accepts: OPEN", "B"),
    ],
)  # fmt: skip
def test_a_state_in_which_no_such_event_comes_makes_it_a_claim_of_nothing(
    claim: str, state: str
) -> None:
    found = outcome(claim)
    assert (found.verdict, found.vacuous, found.is_right) == (PROVED, True, False)
    assert found.detail == (f"in {state} no such event can come: nothing is claimed of it",)


def test_a_rule_that_the_proof_uses_is_shown_by_a_log_without_it() -> None:
    """What runs obey keeps the event possible."""
    rules = RULES + rule("add/few", "add", "empty(held)") + rule("go/few", "go", "size(held) < 2")
    found = outcome("on: go; accepts: OPEN", rules=rules)
    assert (found.verdict, found.uses) == (PROVED, ("rfc99/add/few",))
    (need,) = found.needs
    assert need.run is not None
    assert [event.name for event in need.run.events] == ["add", "add", "go"]


@pytest.mark.parametrize(
    ("claim", "message"),
    [
        ("on: add; accepts: [A, C]", 'unknown state "C"'),
        ("accepts: A", '"accepts" speaks of one event'),
        ("on: ad; accepts: A", 'unknown event "ad"'),
        ("on: add; when: .wat == none; accepts: A", 'unknown key "wat"'),
        ("on: add; accepts: A; keeps: held", "makes one claim, and this makes 2"),
    ],
)
def test_a_mistake_is_told_at_its_place(claim: str, message: str) -> None:
    with pytest.raises(SpecificationFaults, match=message) as raised:
        shelf(claim)
    assert raised.value.faults[0].line > 1


Json = Any


def certificate(claim: str, rules: str = RULES) -> tuple[Specification, Json, Json]:
    """The machine, the file of the claim's certificate, and the compiled model."""
    specification = shelf(claim, rules=rules)
    (found,) = prove(specification, certified=True).outcomes
    assert found.certificate is not None
    file = json.loads(json.dumps(document([found.certificate])))
    return specification, file, json.loads(json.dumps(encode(specification)))


def is_verified(file: Json, model: Json) -> bool:
    (result,) = verify(file, model)
    return result.verified


@pytest.mark.parametrize(
    "forged",
    [
        {"states": ["A"]},
        {"states": []},
        {"when": "true"},  # a rule forbids it where the description is not held
        {"event": "add"},
        {"kind": "never", "claim": "false"},
    ],
)
def test_the_verifier_refuses_a_forged_conclusion(forged: Json) -> None:
    """Of fewer states, of another event or kind, and one that is not so."""
    _, file, model = certificate("on: drop; when: .what in held; accepts: OPEN")
    assert is_verified(file, model)
    file["properties"][0]["arguments"][0]["shows"][0].update(forged)
    assert not is_verified(file, model)


@pytest.mark.parametrize("assuming", ["nothing", "implied"])
def test_keys_that_another_claim_reads_do_not_narrow_the_event(assuming: str) -> None:
    """A claim with a variable of its own is in no certificate of the others."""
    specification = machine(
        states="A: {initial: true, says: x}",
        variables="kept: optional string",
        events="note: {says: x, context: {what: string, who: string}, elsewhere: stays, effect: {kept: .who}}",
        transitions='- {on: note, from: A, when: .what == "x", stays: true}',
        properties=f"""
            - {{id: p, on: note, accepts: A, assuming: {assuming}, says: x}}
            - {{id: own, on: note, then: kept == old(.who), says: x}}
        """,
    )
    (found,) = prove(specification, properties=["p"], certified=True).outcomes
    assert found.verdict == PROVED
    assert found.certificate is not None
    file = json.loads(json.dumps(document([found.certificate])))
    model = json.loads(json.dumps(encode(specification)))
    assert is_verified(file, model)
    (shows,) = file["properties"][0]["arguments"][0]["shows"]
    shows["when"] = "false"
    assert not is_verified(file, model)


def test_the_verifier_holds_the_event_to_each_rule_and_to_the_rows() -> None:
    _, file, model = certificate("on: drop; when: .what in held; accepts: OPEN")
    (system,) = file["systems"].values()
    step = next(step for step in system["steps"] if step["event"] == "drop")
    rules, allowed = dict(step["rules"]), step["allowed"]
    step["rules"].clear()
    assert not is_verified(file, model)
    step["rules"].update(rules)
    assert is_verified(file, model)
    step["allowed"] = "false"
    assert not is_verified(file, model)
    step["allowed"] = allowed
    step["rules"]["rfc99/drop/held"] = "false"
    assert not is_verified(file, model)


def test_the_verifier_misses_a_lemma_without_which_a_rule_forbids_the_event() -> None:
    """So it asks whether the event can be refused, by its rules too."""
    rules = RULES + rule("add/few", "add", "empty(held)") + rule("go/few", "go", "size(held) < 2")
    _, file, model = certificate("on: go; accepts: OPEN", rules)
    assert is_verified(file, model)
    (argument,) = file["properties"][0]["arguments"]
    assert argument["lemmas"]
    argument["lemmas"] = []
    assert not is_verified(file, model)


def test_what_weaker_rules_accept_proves_nothing_of_stronger_ones() -> None:
    """More runs are no more: they are held to fewer rules."""
    _, file, _ = certificate("on: stop; accepts: OPEN; assuming: MUST")
    claim = "on: stop; accepts: OPEN; assuming: implied"
    model = json.loads(json.dumps(encode(shelf(claim))))
    file["digest"] = digest(shelf(claim))
    file["properties"][0]["assuming"] = "implied"
    assert not is_verified(file, model)


def test_a_condition_that_is_not_the_claims_is_another_formula() -> None:
    """The verifier tells, and so does what is encoded today."""
    specification, file, model = certificate("on: drop; when: .what in held; accepts: OPEN")
    assert differences(specification, file) == {}
    file["properties"][0]["arguments"][0]["shows"][0]["when"] = "false"
    assert not is_verified(file, model)
    assert list(differences(specification, file)) == ["p"]


@pytest.mark.slow
def test_an_exception_that_is_undefined_in_one_state_is_noticed_in_the_shipped_model() -> None:
    claim = """
  - id: fatal-is-accepted
    on: exception
    when: .severity == 0 and not has(.wait_status)
    accepts: [DEPEND, PRIORITY, SCHED, RUN, CLEANUP]
    assuming: MUST
    says: A fatal exception may come in every state.
"""

    def verdict(text: str) -> str:
        text = text.replace("\nproperties:\n", f"\nproperties:{claim}")
        specification = load_text(text, "job", lambda name: str(MODELS / f"{name}.yaml"))
        (found,) = prove(specification, properties=["fatal-is-accepted"]).outcomes
        return found.verdict

    text = shipped_text("job")
    assert verdict(text) == PROVED
    row = "  - {on: exception, from: SCHED, undefined: true}\n"
    assert verdict(text.replace("\ntransitions:\n", f"\ntransitions:\n{row}")) == REFUTED
