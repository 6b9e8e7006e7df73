"""Spacer and cvc5 decide the shipped claims too, on an encoding that `prove` has no part in.

The steps are those that the verifier derives from the compiled specification. Spacer is given no
lemma; cvc5 is given those of the certificates, and asked whether they are what they should be. What
the tables alone show (one end, no two transitions that could match, the circles) is not asked.
"""

import copy
import json
from collections import Counter
from pathlib import Path

import cvc5
import pytest
import z3

from flux_conform.cli.certificates import certificates_path
from flux_conform.language import compiled_path
from flux_conform.verify import proof
from flux_conform.verify.binding import _meant
from flux_conform.verify.definitions import Unsupported
from flux_conform.verify.derived_steps import DerivedSystem
from flux_conform.verify.proof import System, literal, symbol
from flux_conform.verify.smt_terms import all_of, negation
from flux_conform.verify.translation import condition_of, holds

pytestmark = pytest.mark.slow

TIMEOUT = 10_000
MACHINES = ("job", "exec")
OF_PLACES, OF_EVENTS = ("always", "reports"), ("then", "never", "keeps", "accepts")
OF_RUNS = ("reachable", "taken")


def read(machine):
    """The compiled specification of a shipped machine, and its certificates."""
    model = json.loads(Path(compiled_path(machine)).read_text())["specification"]
    return model, json.loads(Path(certificates_path(machine)).read_text())


def derived_systems(model, data):
    """The systems of certificates, with the steps that the specification gives."""
    for name, given in data["systems"].items():
        yield name, DerivedSystem(model, System(given))


# Spacer


def wrong_places(derived, claim):
    """What a place and an event must be like to refute a claim, with the event's inputs."""
    tree, when = map(derived.definitions.optional, (claim["claim"], claim["when"]))
    if claim["kind"] in OF_PLACES:
        truth, _ = condition_of(tree, derived.scene)
        yield {}, negation(truth)
        return
    for event in derived.model["events"]:
        if claim["on"] not in (event["name"], "any"):
            continue
        step = derived.step(event["name"])
        taken = [step.possible, step.allowed, *step.rules.values(), holds(when, step.scene)]
        if claim["kind"] == "accepts":
            sound = [negation(key.faulty) for key in step.scene.keys.values()]
            legal = all_of([step.allowed, *step.rules.values()])
            here = [holds(tree, step.scene), holds(when, step.scene)]
            yield step.inputs, all_of([step.possible, *sound, *here, negation(legal)])
            continue
        if claim["kind"] == "never":
            failed = holds(tree, step.scene)
        else:
            truth, readable = condition_of(tree, step.scene_after)
            failed = all_of([readable, negation(truth)])
        yield step.inputs, all_of([*taken, failed])


def answer_of_spacer(derived, wrong):
    """What Spacer says of the claim that nothing wrong is reached: proved, refuted or unknown."""
    sorts = derived.system.sorts
    places = " ".join(f"({symbol(name)} {sort})" for name, sort in sorts.items())
    reached = f"(reached {' '.join(map(symbol, sorts))})"
    start = " ".join(literal(value) for value in derived.system.start.values())
    script = [f"(declare-fun reached ({' '.join(sorts.values())}) Bool)"]
    script.append(f"(assert (reached {start}))")

    def rule(inputs, body, head):
        names = places + "".join(f" ({symbol(name)} {sort})" for name, sort in inputs.items())
        script.append(f"(assert (forall ({names}) (=> (and {reached} {body}) {head})))")

    for event in derived.model["events"]:
        step = derived.step(event["name"])
        after = " ".join(step.after.get(name, symbol(name)) for name in sorts)
        legal = all_of([step.possible, step.allowed, *step.rules.values()])
        rule(step.inputs, legal, f"(reached {after})")
    for inputs, formula in wrong:
        rule(inputs, formula, "false")
    solver = z3.SolverFor("HORN")
    solver.set("timeout", TIMEOUT)
    solver.add(z3.parse_smt2_string("\n".join(script)))
    return {"sat": "proved", "unsat": "refuted"}.get(str(solver.check()), "unknown")


def asked_of(derived, claim):
    """Each question of a claim: what refutes it, or for reachable and taken what shows a part."""
    model = derived.model
    if claim["kind"] == "reachable":
        for state in model["states"]:
            if not state["removed"]:
                yield [({}, f"(= |state| {derived.code(state['name'])})")]
    elif claim["kind"] == "taken":
        for place, row in enumerate(model["transitions"]):
            today = row["generation"] in (None, derived.system.data["generation"])
            if today and row["outcome"] in ("moves", "stays"):
                step = derived.step(row["event"])
                taken = [step.possible, *step.rules.values(), step.rows[place]]
                yield [(step.inputs, all_of(taken))]
    else:
        yield list(wrong_places(derived, claim))


def derived_for(model, data, claim):
    """The systems of a file for runs as a claim assumes, those that keep most first."""
    given = sorted(data["systems"].values(), key=lambda own: -len(own["components"]))
    for own in given:
        runs = {"assuming": claim["assuming"], "silent": claim["silent"]}
        yield DerivedSystem(model, System({**own, **runs}))


def answers_of_spacer(model, data, claim):
    """What Spacer says to each question of a claim."""
    for derived in derived_for(model, data, claim):
        try:
            return [answer_of_spacer(derived, wrong) for wrong in asked_of(derived, claim)]
        except Unsupported:
            continue
    return ["unknown"]


def spacer_on(model, data):
    """Hold the verdicts of a machine's certificates against Spacer's; count its answers."""
    claims = {claim["id"]: claim for claim in model["properties"]}
    answers = Counter()
    for item in data["properties"]:
        claim = claims[item["id"]]
        if claim["kind"] not in (*OF_PLACES, *OF_EVENTS, *OF_RUNS) or item["verdict"] == "unknown":
            continue
        found = answers_of_spacer(model, data, claim)
        answers.update(found)
        # That something is reached refutes the claim that it is not.
        right = "refuted" if claim["kind"] in OF_RUNS else item["verdict"]
        assert {*found} <= {right, "unknown"}, item["id"]
    return answers


def test_spacer_never_disagrees_on_a_shipped_claim():
    """It finds its own lemmas, and its own runs; few questions are left open."""
    answers = sum((spacer_on(*read(machine)) for machine in MACHINES), Counter())
    assert answers["proved"] > 20
    assert answers["refuted"] > 20
    assert answers["unknown"] <= answers.total() / 10, answers


@pytest.mark.parametrize("name", ["perilogs-done-at-end", "running-has-allocation"])
def test_spacer_disagrees_with_a_verdict_that_is_wrong(name):
    """Else that it agrees would mean nothing."""
    model, data = read("job")
    (item,) = data["properties"] = [each for each in data["properties"] if each["id"] == name]
    item["verdict"] = "refuted" if item["verdict"] == "proved" else "proved"
    with pytest.raises(AssertionError, match=name):
        spacer_on(model, data)


# cvc5


def answer_of_cvc5(script):
    """What cvc5 says of a script."""
    terms = cvc5.TermManager()
    solver = cvc5.Solver(terms)
    solver.setOption("tlimit-per", str(TIMEOUT))
    parser = cvc5.InputParser(solver)
    parser.setStringInput(cvc5.InputLanguage.SMT_LIB_2_6, script, "question")
    symbols, said = parser.getSymbolManager(), ""
    while not (command := parser.nextCommand()).isNull():
        said += str(command.invoke(solver, symbols)).strip()
    return said


def with_derived_steps(model, data):
    """The certificates with the formulas of the specification in place of their own."""
    data = copy.deepcopy(data)
    table = dict(derived_systems(model, data))
    claims = {claim["id"]: claim for claim in model["properties"]}
    for item in data["properties"]:
        for part in item["arguments"]:
            derived = table[part["system"]]
            for shows in part["shows"]:
                own = derived.step(shows["event"]) if "event" in shows else None
                meant = [text for _, text in _meant(derived, claims[item["id"]], shows, own)]
                keys = {"then": ("when", "claim"), "never": ("when", "claim")}
                names = keys.get(shows["kind"], ("claim",))
                if shows["kind"] in ("always", "reached", "then", "never", "changes"):
                    names = ("when", "claim") if shows["kind"] == "changes" else names
                    shows.update(zip(names, meant, strict=True))
    for name, derived in table.items():
        for given in data["systems"][name]["steps"]:
            own = derived.step(given["event"])
            given.update(
                inputs={**given["inputs"], **own.inputs},
                possible=own.possible,
                rules=dict(own.rules),
                allowed=own.allowed,
                after=dict(own.after),
            )
    return data


@pytest.mark.parametrize("machine", MACHINES)
def test_cvc5_finds_every_lemma_and_conclusion_right(machine, monkeypatch):
    """Of steps derived apart; what it does not decide in time is counted, and is little."""
    model, data = read(machine)
    data = with_derived_steps(model, data)
    answers = Counter()

    def asked(what, sorts, formulas):
        script = ["(set-logic QF_LIA)"]
        script += [f"(declare-const {symbol(name)} {sort})" for name, sort in sorts.items()]
        script += [f"(assert {formula})" for formula in formulas]
        answer = answer_of_cvc5("\n".join([*script, "(check-sat)"]))
        answers[answer] += 1
        assert answer != "sat", what

    monkeypatch.setattr(proof, "check_unsat", asked)
    systems = {name: System(given) for name, given in data["systems"].items()}
    for item in data["properties"]:
        for part in item["arguments"]:
            proof.check_argument(systems[part["system"]], part)
    assert answers["unsat"] > 40
    assert answers.total() == answers["unsat"], answers
