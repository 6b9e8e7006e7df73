"""Every induction has a certificate that stands by itself, and one that was tampered with does not."""

import copy
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
import z3

from flux_conform.cli.certificates import verified
from flux_conform.language.compiled import encode
from flux_conform.machine.slice import assumed, slice_of
from flux_conform.machine.symbolic.logic import boolean
from flux_conform.machine.symbolic.step import SymbolicMachine
from flux_conform.prove import prove
from flux_conform.prove.certificate import document, encoding_of
from flux_conform.prove.outcomes import PROVED, UNKNOWN
from flux_conform.prove.smt import quoted
from flux_conform.verify import verify
from flux_conform.verify.proof import InvalidCertificate, term
from prove.inductions import GENERATIONS, KINDS, OVER, STATES, shop
from prove.machines import (
    case,
    loaded,
    machine,
    outcomes,
    rule,
    shipped_proofs,
    shipped_text,
)

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_of_induction_is_certified_and_verified(kind):
    """With the very rules that it needs."""
    specification, verdict, concluded, uses = KINDS[kind]
    outcome = outcomes(specification, certified=True)["p"]
    assert outcome.verdict == verdict
    assert outcome.uses == uses
    data = document([outcome.certificate])
    parts = data["properties"][0]["arguments"]
    assert [shows["kind"] for part in parts for shows in part["shows"]] == concluded
    (result,) = verified(data, specification)
    assert result.problem is None
    assert result.verified


@pytest.mark.parametrize("name", [pytest.param("job", marks=pytest.mark.slow), "exec"])
def test_each_induction_about_a_shipped_model_is_verified(name):
    """All certificates in one file, compared with the model."""
    specification = loaded(shipped_text(name))
    proofs = shipped_proofs(name)
    data = document([item.certificate for item in proofs.outcomes if item.certificate])
    results = verified(data, specification)
    assert {"final-from-everywhere", "no-other-dead-end"} <= {item.id for item in results}
    assert all(item.verified for item in results)


def test_a_rule_that_forbids_an_event_outright_is_among_those_used():
    """Though the step can then never be taken, and nothing is asked of it."""
    specification = machine(
        states=STATES,
        variables="up: boolean",
        events="""
            rise: {says: x, context: empty, elsewhere: stays, effect: {up: "true"}}
            go: {says: x, context: empty, elsewhere: stays}
        """,
        transitions="- {on: go, from: [A, B], to: Z}",
        rules=rule("rise/never", "rise", "false"),
        properties="- {id: p, always: not up, says: x}",
    )
    outcome = outcomes(specification, certified=True)["p"]
    assert outcome.uses == ("rfc99/rise/never",)
    assert verified(document([outcome.certificate]), specification)[0].verified


def test_what_no_certificate_can_say_is_told_and_not_left_out_in_silence():
    """Two bags are compared only as far as their sizes tell."""
    specification = machine(
        states=STATES,
        variables="one: bag of string\ntwo: bag of string",
        events="""
            put: {says: x, context: {what: string}, elsewhere: stays, effect: {one: one + .what}}
            go: {says: x, context: empty, elsewhere: stays}
        """,
        transitions="- {on: go, from: [A, B], to: Z}",
        rules=rule("put/never", "put", "false") + rule("go/same", "go", "one == two"),
        properties="- {id: p, always: one == two, says: x}",
    )
    outcome = outcomes(specification, certified=True)["p"]
    assert outcome.verdict == PROVED
    assert outcome.certificate is None
    assert outcome.detail[-1].startswith("no certificate: ")


def test_names_that_smt_lib_cannot_hold_are_put_in_others():
    """A string with a bar in it, tracked by itself."""
    specification = machine(
        states=STATES,
        variables="held: set of string",
        events="""
            take: {says: x, context: {what: string}, elsewhere: stays, effect: {held: held + .what}}
            go: {says: x, context: empty, elsewhere: stays}
        """,
        transitions="- {on: go, from: [A, B], to: Z}",
        rules=rule("take/odd", "take", '.what != "a|b" and .what != "a_b"'),
        properties="""
            - {id: p, always: 'not ("a|b" in held) and not ("a_b" in held)', says: x}
        """,
    )
    outcome = outcomes(specification, certified=True)["p"]
    assert outcome.verdict == PROVED
    assert verified(document([outcome.certificate]), specification)[0].verified


# Text


def shipped_machines():
    for name in ("job", "exec"):
        specification = loaded(shipped_text(name))
        for assuming in ("nothing", "MUST", "implied"):
            levels = assumed(assuming)
            slice_ = slice_of(specification, specification.today.name, levels)
            yield SymbolicMachine(slice_, levels, silent=True)


def test_every_formula_of_a_step_reads_back_as_what_was_written():
    """Z3 reads the text, and finds no difference to the term."""
    compared = 0
    for symbolic in shipped_machines():
        encoding = encoding_of(symbolic)
        steps = {step["event"]: step for step in encoding.value["steps"]}
        for step in symbolic.steps:
            written = steps[step.event]
            names = {item["name"]: item["sort"] for item in encoding.value["components"]}
            pairs = [(step.possible, written["possible"]), (step.allowed, written["allowed"])]
            pairs += [(truth, written["rules"][name]) for name, truth in step.rules]
            pairs += [(value, written["after"][name]) for name, value in step.after.items()]
            for value, text in pairs:
                if not isinstance(value, bool | int):
                    compared += differs(value, text, {**names, **written["inputs"]}, encoding, step)
    assert compared > 100


def differs(value, text, sorts, encoding, step):
    """Compare a term with its text; the result is 1."""
    script = "".join(f"(declare-const {quoted(name)} {sort})" for name, sort in sorts.items())
    (read,) = z3.parse_smt2_string(f"{script}(assert (= {text} {text}))")
    solver = z3.Solver()
    own = [
        (z3.Const(str(name), item.sort()), item)
        for item, name in encoding._inputs[step.event].values()
    ]
    back = z3.substitute(read.arg(0), *[(new, old) for new, old in own]) if own else read.arg(0)
    solver.add(boolean(back != value))
    assert solver.check() == z3.unsat
    return 1


@pytest.mark.parametrize(
    "text",
    [
        "",
        "|a",
        "true) (assert false",
        "true false",
        "(and true",
        "(and true))",
        ") true (",
        "true ; and more",
        "(and |a;b|) |c|",
        "|a|b",
        '"text"',
        "a\\b",
        "(and true #|||#) (assert false) (and true #|||# )",
        "#|a|b|#",
        "|a\\|b|",
        "|a\0b|",
        "|a\nb|",
        "(! true :named a)",
        "#b01",
        "(and\u00a0true)",
    ],
)
def test_what_is_more_or_less_than_one_term_is_refused(text):
    """A certificate smuggles no assertion into a question."""
    with pytest.raises(InvalidCertificate):
        term(text)


@pytest.mark.parametrize("text", ["x", "|a (b; c|", "(and x (not |a|))", "(let (($0 1)) (= $0 1))"])
def test_one_term_is_taken_as_it_is(text):
    """Whatever stands in its names."""
    assert term(text) == text


# Tampering


@pytest.fixture(scope="module")
def proved():
    """The specification of the shop, and the certificate that its end can always be reached."""
    specification = shop(
        OVER
        + "- {id: leads, always: 'state == \"B\" implies ever', says: x}\n"
        + "- {id: small, always: last < 100, says: x}"
    )
    found = prove(specification, certified=True).outcomes
    return specification, document([item.certificate for item in found])


def tampered(proved, change):
    """What the verifier alone, the comparison with the machine, and all checks say of a change."""
    specification, data = proved
    data = copy.deepcopy(data)
    change(data)
    # As a file would have it.
    data = json.loads(json.dumps(data))
    alone = [item.problem for item in verify(data)]
    compared = [item.problem for item in verify(data, encode(specification))]
    every = [item.problem for item in verified(data, specification)]
    return ["; ".join(filter(None, found)) for found in (alone, compared, every)]


def argument_of(data, name):
    (item,) = (item for item in data["properties"] if item["id"] == name)
    return item["arguments"][0]


def step_of(data, event):
    (system,) = data["systems"].values()
    return next(step for step in system["steps"] if step["event"] == event)


def lemma_of(data, name, says):
    return next(item for item in argument_of(data, name)["lemmas"] if item["says"] == says)


def test_what_is_left_alone_is_verified(proved):
    """Else no refusal below would mean anything."""
    assert tampered(proved, lambda data: None) == ["", "", ""]


# What is done to a certificate, and what the verifier alone then finds.
SEEN_ALONE = {
    "a lemma that keeps the measure above zero is dropped": (
        lambda data: argument_of(data, "over")["lemmas"].remove(
            lemma_of(data, "over", "#held >= 0")
        ),
        "the measure may be below zero",
    ),
    "a lemma is weakened": (
        lambda data: lemma_of(data, "over", "#held >= 0").update(term="(>= |#held| (- 1))"),
        "the measure may be below zero",
    ),
    "a lemma says nothing any more": (
        lambda data: lemma_of(data, "over", "#held >= 0").update(term="true"),
        "the measure may be below zero",
    ),
    "a lemma is false at the start": (
        lambda data: argument_of(data, "over")["lemmas"].append({"says": "x", "term": "|ever|"}),
        "at the start it may be false that |ever|",
    ),
    "a lemma is no invariant": (
        lambda data: argument_of(data, "leads")["lemmas"].append(
            {"says": "x", "term": "(not |ever|)"}
        ),
        "take may break a lemma",
    ),
    "a lemma is two terms": (
        lambda data: lemma_of(data, "over", "#held >= 0").update(term="true) (assert false"),
        "no term: true) (assert false",
    ),
    "a lemma names what is not declared": (
        lambda data: lemma_of(data, "over", "#held >= 0").update(term="(>= |nothing| 0)"),
        "unknown constant",
    ),
    "all lemmas of a claim are dropped": (
        lambda data: argument_of(data, "leads").update(lemmas=[]),
        "the lemmas do not exclude that always fails",
    ),
    "a stronger claim": (
        lambda data: argument_of(data, "leads")["shows"][0].update(claim="|ever|"),
        "the lemmas do not exclude that always fails",
    ),
    "the measure is a constant": (
        lambda data: argument_of(data, "over")["shows"][0].update(measure="7"),
        "no way out may lower the measure",
    ),
    "the measure is turned round": (
        lambda data: argument_of(data, "over")["shows"][0].update(
            measure=f"(- {argument_of(data, 'over')['shows'][0]['measure']})"
        ),
        "the measure may be below zero",
    ),
    "the measure forgets what has to be dropped": (
        lambda data: argument_of(data, "over")["shows"][0].update(
            measure=argument_of(data, "over")["shows"][0]["measure"].replace("|#held|", "0")
        ),
        "no way out may lower the measure",
    ),
    "a way out is left out": (
        lambda data: argument_of(data, "over")["shows"][0]["ways"].pop(),
        "no way out may lower the measure",
    ),
    "a way out chooses what a rule forbids": (
        lambda data: [
            way["given"].update({"go.n": "100"})
            for way in argument_of(data, "over")["shows"][0]["ways"]
            if way["event"] == "go"
        ],
        "no way out may lower the measure",
    ),
    "a way out chooses what its event does not bear": (
        lambda data: [
            way["given"].update({"|#held|": "0"})
            for way in argument_of(data, "over")["shows"][0]["ways"]
        ],
        "bears no such input",
    ),
    "a rule that was used is not named": (
        lambda data: (
            argument_of(data, "small").update(uses=[]),
            data["properties"][2].update(uses=[]),
        ),
        "go may break a lemma",
    ),
    "a rule is named that was not used": (
        lambda data: data["properties"][0]["uses"].append("rfc99/go/small"),
        "the rules used are not those of the arguments",
    ),
    "a rule that was used asks nothing any more": (
        lambda data: step_of(data, "go")["rules"].update({"rfc99/go/small": "true"}),
        "go may break a lemma",
    ),
    "what a step does is changed": (
        lambda data: step_of(data, "take")["after"].update({"ever": "false"}),
        "take may break a lemma",
    ),
    "a step leads elsewhere": (
        lambda data: step_of(data, "go")["after"].update(state="1"),
        "go may break a lemma",
    ),
    "runs begin elsewhere": (
        lambda data: argument_of(data, "leads").update({"from": {"state": 2}}),
        "only a dead end begins elsewhere than before the first event",
    ),
    "the first configuration is another": (
        lambda data: next(iter(data["systems"].values()))["components"][-1].update(initial=5),
        "is not as it should be",
    ),
    "two states are one number": (
        lambda data: next(iter(data["systems"].values()))["codes"].update(B=0),
        "two strings have one code",
    ),
    "an event is listed twice": (
        lambda data: next(iter(data["systems"].values()))["steps"].append(step_of(data, "go")),
        "listed twice",
    ),
    "the conclusion is of no known kind": (
        lambda data: argument_of(data, "leads")["shows"][0].update(kind="surely"),
        "no conclusion: surely",
    ),
}


@pytest.mark.parametrize("change", SEEN_ALONE)
def test_the_verifier_alone_refuses_a_proof_that_no_longer_holds(proved, change):
    """It needs nothing but the file."""
    how, why = SEEN_ALONE[change]
    alone, _, _ = tampered(proved, how)
    assert why in alone


# What a certificate can leave out and still be a proof, of something else.
SEEN_WITH_THE_MACHINE = {
    "an event is left out": (
        lambda data: next(iter(data["systems"].values()))["steps"].remove(
            step_of(data, "unlisted")
        ),
        "the steps are not those of the machine's events",
    ),
    "a way out is spared its rule": (
        lambda data: step_of(data, "end")["rules"].clear(),
        "end is not held to its rules",
    ),
    "a rule is made up": (
        lambda data: step_of(data, "unlisted")["rules"].update({"rfc99/made/up": "false"}),
        "unlisted is not held to its rules",
    ),
    "it is of another specification": (
        lambda data: data.update(digest="0" * 64),
        "made from another specification",
    ),
    "it is of another machine": (
        lambda data: data.update(machine="other"),
        "of the machine other, not toy",
    ),
    "it is about other logs": (
        lambda data: data.update(generation="old"),
        "an argument is about logs of another generation",
    ),
    "another property is claimed": (
        lambda data: data["properties"][1].update(id="surely"),
        "the machine has no such property",
    ),
    "the property speaks of other runs": (
        lambda data: data["properties"][1].update(assuming="nothing"),
        "the machine has no such property",
    ),
    "nothing is argued": (
        lambda data: data["properties"][1].update(arguments=[], uses=[]),
        "nothing shows always",
    ),
    "something else is argued": (
        lambda data: data["properties"][1].update(
            arguments=copy.deepcopy(data["properties"][0]["arguments"]),
            uses=data["properties"][0]["uses"],
        ),
        "its arguments do not show this",
    ),
}


@pytest.mark.parametrize("change", SEEN_WITH_THE_MACHINE)
def test_what_is_left_out_is_missed_when_the_machine_is_at_hand(proved, change):
    """The verifier reads the compiled specification, and needs no prover for that."""
    how, why = SEEN_WITH_THE_MACHINE[change]
    alone, compared, _ = tampered(proved, how)
    assert alone == ""
    assert why in compared


# The proof stands, but of another machine, or of another claim.
SEEN_BY_DERIVATION = {
    "a step asks more than it should": (
        lambda data: step_of(data, "unlisted").update(possible="false"),
        "unlisted is possible elsewhere than the specification says",
    ),
    "a rule asks more than it should": (
        lambda data: step_of(data, "go")["rules"].update({"rfc99/go/small": "(= |go.n| 99)"}),
        "go is held to other rules, or allowed elsewhere than the specification says",
    ),
    "an event does not happen where it does": (
        lambda data: step_of(data, "take").update(allowed="(= |state| 1)"),
        "take is held to other rules, or allowed elsewhere than the specification says",
    ),
    "an effect is left out": (
        lambda data: step_of(data, "take")["after"].pop("#held"),
        "take has other effects than the specification says",
    ),
    "a claim says less": (
        lambda data: argument_of(data, "leads")["shows"][0].update(claim="true"),
        "the conclusion always claims something else than the specification says",
    ),
}


@pytest.mark.parametrize("change", SEEN_BY_DERIVATION)
def test_formulas_that_are_not_the_specifications_are_refused(proved, change):
    """The verifier derives its own; without the specification it verifies nothing."""
    how, why = SEEN_BY_DERIVATION[change]
    _, compared, _ = tampered(proved, how)
    assert why in compared


def test_without_the_specification_nothing_is_verified(proved):
    """The proofs hold, but nobody knows of what."""
    _, data = proved
    for result in verify(data):
        assert (result.problem, result.verified) == (None, False)
        assert result.line.startswith("-  ")
        assert result.line.endswith("(compared with no machine)")


def test_another_right_measure_is_as_good(proved):
    """A certificate is verified, not compared with the one that would be made today."""

    def change(data):
        shows = argument_of(data, "over")["shows"][0]
        shows["measure"] = f"(+ 3 (* 2 {shows['measure']}))"

    assert tampered(proved, change) == ["", "", ""]


def test_the_conclusions_at_an_event_are_held_to_all_its_events():
    """A claim about any event needs an argument for each."""
    specification = KINDS["then, at any event"][0]
    data = document([outcomes(specification, certified=True)["p"].certificate])
    gone = data["properties"][0]["arguments"][0]["shows"].pop()
    (result,) = verify(data, encode(specification))
    assert result.problem == f"nothing shows then {gone['event']}"


def test_a_pair_of_guards_that_is_left_out_is_missed():
    """So is a transition out of the final state."""
    for kind in ("disjoint, where the invariant holds", "closed"):
        specification = KINDS[kind][0]
        data = document([outcomes(specification, certified=True)["p"].certificate])
        data["properties"][0]["arguments"].pop()
        (result,) = verify(data, encode(specification))
        assert result.problem is not None
        assert result.problem.startswith("nothing shows apart")


def test_guards_are_compared_in_each_generation():
    """What keeps them apart in new logs says nothing of old ones."""
    specification = loaded(
        GENERATIONS.replace(
            "[{on: end, from: A, to: Z}]",
            "[{on: end, from: A, when: first, to: Z}, {on: end, from: A, when: not first, to: A}]",
        ).replace("separate: generations", "disjoint: each pair")
    )
    data = document([outcomes(specification, certified=True)["p"].certificate])
    arguments = data["properties"][0]["arguments"]
    assert [part["system"].split(",")[0] for part in arguments] == ["today", "old", "new"]
    assert next(verify(data, encode(specification))).verified
    del arguments[1]
    assert next(verify(data, encode(specification))).problem == "nothing shows apart old 0 1"


def lies(arguments_of):
    """A certificate of the case `fake` in which each claim has the arguments of one that is true.

    Each is claimed to be proved, then each to be refuted; the kinds are those of the claims.
    """
    specification = case("fake")
    found = prove(specification, certified=True)
    good = {item.id: item.certificate for item in found.outcomes if item.certificate}
    for verdict in ("proved", "refuted", "unknown"):
        data = document(list(good.values()))
        borrowed = next(x for x in data["properties"] if x["id"] == arguments_of)
        data["properties"] = [
            {
                **borrowed,
                "id": claim.id,
                "kind": claim.kind,
                "verdict": verdict,
                "assuming": claim.assuming,
                "silent": claim.silent,
            }
            for claim in specification.properties
        ]
        yield verdict, specification, json.loads(json.dumps(data))


@pytest.mark.parametrize("borrowed", ["something", "all-states"])
def test_borrowed_arguments_verify_no_claim_but_what_they_show(borrowed):
    """A run goes round A and B, and no run reaches C, whatever a certificate says."""
    true = {("something", "proved")} if borrowed == "something" else {("all-states", "refuted")}
    for verdict, specification, data in lies(borrowed):
        for results in (list(verify(data)), verified(data, specification)):
            assert {(x.id, verdict) for x in results if x.verified} <= true
            assert {(x.id, verdict) for x in results if x.line.startswith("verified")} <= true


def test_a_true_claim_that_is_marked_as_refuted_is_not_verified():
    """Its arguments show the opposite."""
    specification = shop("- {id: p, always: 'true', says: x}")
    data = document([outcomes(specification, certified=True)["p"].certificate])
    assert verified(data, specification)[0].verified
    data["properties"][0]["verdict"] = "refuted"
    (result,) = verified(data, specification)
    assert result.problem == "its arguments do not show this"


def test_a_circle_that_no_argument_breaks_is_not_verified_away():
    """Though one transition of another circle is shown to be dead."""
    specification = KINDS["cycles"][0]
    data = document([outcomes(specification, certified=True)["p"].certificate])
    assert verified(data, specification)[0].line.startswith("verified p: proved (lemmas: ")
    other = specification._replace(
        properties=tuple(claim._replace(cycles=()) for claim in specification.properties)
    )
    from flux_conform.language.compiled import digest

    data["digest"] = digest(other)
    (result,) = verified(data, other)
    assert result.problem == "nothing shows that no run goes round A, B"


def test_a_dead_end_is_verified_with_the_log_that_leads_there():
    """Which is replayed; one that leads elsewhere shows nothing."""
    specification = KINDS["recoverable, refuted"][0]
    data = document([outcomes(specification, certified=True)["p"].certificate])
    (result,) = verified(data, specification)
    assert result.verified
    assert result.shown.endswith("logs replayed: 1)")
    (log,) = data["properties"][0]["logs"]
    for logs in ([], [log[:-1]], [[]]):
        data["properties"][0]["logs"] = logs
        (result,) = verified(data, specification)
        assert result.problem == "no log leads to where an argument begins"


def test_events_that_a_way_out_must_do_without_are_those_of_the_property():
    """Neither more nor fewer are left out."""
    for kind in ("recoverable, without an event", "recoverable, refuted without an event"):
        specification = KINDS[kind][0]
        data = document([outcomes(specification, certified=True)["p"].certificate])
        shows = data["properties"][0]["arguments"][0]["shows"][0]
        assert shows["without"] == ["kill"]
        for other in ([], ["kill", "go"]):
            shows["without"] = other
            (result,) = verify(data, encode(specification))
            assert result.problem == "an argument leaves out other events than the property"


def test_a_way_out_by_an_event_that_is_left_out_is_refused():
    """Though it leads to the goal."""
    specification = KINDS["recoverable, without an event"][0]
    data = document([outcomes(specification, certified=True)["p"].certificate])
    ways = data["properties"][0]["arguments"][0]["shows"][0]["ways"]
    ways.append({"event": "kill", "given": {}})
    (result,) = verify(data, encode(specification))
    assert result.problem == "kill is no way out"


def test_removal_of_the_log_is_no_way_out():
    """Though it lowers the measure, and nothing is owed after it."""
    specification = machine(
        states="""
            A: {initial: true, says: x}
            Z: {final: true, says: x}
            R: {removed: true, says: x}
        """,
        events="""
            end: {says: x, context: empty, elsewhere: undefined}
            quit: {says: x, context: empty, elsewhere: undefined}
        """,
        transitions="""
            - {on: end, from: A, to: Z}
            - {on: quit, from: A, to: R}
        """,
        properties="- {id: p, recoverable: 'state == \"Z\"', says: x}",
    )
    data = document([outcomes(specification, certified=True)["p"].certificate])
    (system,) = data["systems"].values()
    (shows,) = data["properties"][0]["arguments"][0]["shows"]
    shows["measure"] = f"(ite (= |state| {system['codes']['A']}) 1 0)"
    (result,) = verify(data, encode(specification))
    assert result.verified
    shows["ways"] = [{"event": "quit", "given": {}}]
    (result,) = verify(data, encode(specification))
    assert result.problem == "no way out may lower the measure"


def test_what_holds_of_more_runs_holds_of_fewer_but_a_way_out_must_obey():
    """A proof that assumes less than the property is as good, but for ways out."""
    specification = KINDS["separate"][0]
    data = document([outcomes(specification, certified=True)["p"].certificate])
    (system,) = data["systems"].values()
    assert system["assuming"] == "nothing"
    assert data["properties"][0]["assuming"] == "implied"
    (result,) = verify(data, encode(specification))
    assert result.verified
    way_out = shop(OVER + "- {id: a, always: 'true', assuming: nothing, says: x}")
    found = prove(way_out, certified=True).outcomes
    data = document([item.certificate for item in found])
    over, other = data["properties"]
    over["arguments"][0]["system"] = other["arguments"][0]["system"]
    over["arguments"][0]["uses"] = over["uses"] = []
    result, _ = verify(data, encode(way_out))
    assert result.problem == "an argument is about other runs than the property"


def test_a_dead_end_that_is_none_is_refused():
    """The refutation of a way out is a proof too."""
    specification = KINDS["recoverable, refuted"][0]
    data = document([outcomes(specification, certified=True)["p"].certificate])
    part = data["properties"][0]["arguments"][0]
    (result,) = verify(data)
    assert result.problem is None
    other = copy.deepcopy(data)
    other["systems"][part["system"]]["steps"][2]["after"]["state"] = "2"
    assert next(verify(other)).problem == "go may reach the goal"
    other = copy.deepcopy(data)
    other["properties"][0]["arguments"][0]["from"]["state"] = 2
    assert next(verify(other)).problem is not None


# The prover


def test_what_z3_gives_up_on_stays_unknown(monkeypatch):
    """An answer that is none proves nothing, and refutes nothing."""
    monkeypatch.setattr("flux_conform.prove.invariant.check", lambda *_: z3.unknown)
    found = outcomes(
        shop(OVER + "- {id: leads, always: 'state == \"B\" implies ever', says: x}"), certified=True
    )
    assert {item.verdict for item in found.values()} == {UNKNOWN}
    assert {item.certificate for item in found.values()} == {None}


def test_the_verifier_imports_nothing_of_the_prover(tmp_path):
    """Only what reads JSON, and Z3."""
    script = (
        "import sys; from flux_conform.verify.__main__ import main; "
        "print(*sorted(m for m in sys.modules if m.startswith('flux_conform')))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], check=True, capture_output=True, text=True
    )
    loaded_ = set(done.stdout.split())
    assert "flux_conform.verify.proof" in loaded_
    rooms = {[*name.split("."), ""][1] for name in loaded_}
    assert rooms == {"", "interruptible", "verify"}


def test_what_is_trusted_is_told_in_lines():
    """Each module of the verifier stands in the table of the page, with the lines of its row."""
    page = (ROOT / "docs" / "certificates.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| ((?:`\w+`[,:] ?)+)[^|]*\| (\d+) \|$", page, re.MULTILINE)
    told = {names: int(lines) for names, lines in rows}
    lines = {
        path.stem: len(path.read_text(encoding="utf-8").splitlines())
        for path in (ROOT / "src" / "flux_conform" / "verify").glob("*.py")
    }
    named = {names: re.findall(r"`(\w+)`", names) for names in told}
    assert sorted(name for each in named.values() for name in each) == sorted(lines)
    assert told == {names: sum(lines[name] for name in each) for names, each in named.items()}


def test_the_verifier_is_a_command_of_its_own(tmp_path):
    """Which needs a file, a compiled specification, and Python."""
    specification = loaded(shipped_text("exec"))
    from flux_conform.language import compiled_path
    from flux_conform.prove.certificate import dumps

    (outcome,) = prove(specification, properties=["no-other-dead-end"], certified=True).outcomes
    path = tmp_path / "good.json"
    path.write_text(dumps([outcome.certificate]))
    command = [
        sys.executable,
        "-m",
        "flux_conform.verify",
        "--machine",
        compiled_path("exec"),
    ]
    good = subprocess.run([*command, path], capture_output=True, text=True, check=False)
    assert good.returncode == 0, good.stderr
    assert good.stdout.startswith("verified no-other-dead-end: proved (lemmas: ")
    value = json.loads(path.read_text())
    value["properties"][0]["arguments"][0]["lemmas"] = []
    path.write_text(json.dumps(value))
    bad = subprocess.run([*command, path], capture_output=True, text=True, check=False)
    assert (bad.returncode, bad.stdout[:5]) == (1, "wrong")
    path.write_text("{}")
    odd = subprocess.run([*command, path], capture_output=True, text=True, check=False)
    assert (odd.returncode, odd.stdout) == (2, "")
