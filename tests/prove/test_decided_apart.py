"""Spacer and cvc5 decide the shipped claims too, on an encoding that `prove` has no part in.

The steps are those that the verifier derives from the compiled specification. Spacer is given no
lemma. cvc5 is given those of the certificates, and asked whether they are what they should be; of
what happens it finds a run itself. What neither is asked stands in `NOT_ASKED`.
"""

import copy
import json
from collections import Counter
from pathlib import Path

import pytest

from flux_conform.cli.certificates import certificates_path
from flux_conform.language import compiled_path
from flux_conform.language.compiled import encode
from flux_conform.prove import prove
from flux_conform.prove.certificate import document
from flux_conform.verify import proof
from flux_conform.verify.binding import meant
from flux_conform.verify.definitions import Unsupported
from flux_conform.verify.derived_steps import DerivedSystem
from flux_conform.verify.proof import System, symbol
from flux_conform.verify.smt_terms import all_of
from prove.apart import (
    OF_EVENTS,
    OF_PLACES,
    Question,
    Walk,
    answer_of_cvc5,
    asked_anywhere,
    asked_of_cvc5,
    asked_of_spacer,
    at_once,
    at_the_end,
    circling,
    downward,
    for_runs,
    legal,
    pairs_of,
    start_of,
    stuck,
    walk_of,
    wrong_places,
)
from prove.forgeries import SHOP

pytestmark = pytest.mark.slow

MACHINES = ("job", "exec")

NOT_ASKED = {
    "one-initial-one-final": "it counts the states of the table, and no run has a part in it",
    "guards-disjoint": "no two transitions of the table have an event and a state in common",
    "replay-is-a-function": "the same: there is no pair of guards to compare",
}
"""The shipped claims that no solver is asked about, and why; `pairs_of` asks once there are pairs.

Of `recoverable` and `leavable` Spacer is given the measure and the ways out of the certificate, for
it decides what is reached, and not what can always be reached; it finds the lemmas by itself.
"""


def read(machine):
    """The compiled specification of a shipped machine, and its certificates."""
    model = json.loads(Path(compiled_path(machine)).read_text())["specification"]
    return model, json.loads(Path(certificates_path(machine)).read_text())


def made(specification):
    """The same of another specification."""
    found = prove(specification, quick=True, certified=True).outcomes
    data = document([item.certificate for item in found], whole=True)
    return tuple(json.loads(json.dumps(each)) for each in (encode(specification), data))


def derived_for(model, data, claim):
    """The systems of a file for runs as a claim assumes, those that keep most first."""
    given = sorted(data["systems"].values(), key=lambda own: -len(own["components"]))
    for own in given:
        runs = {"assuming": claim["assuming"], "silent": claim["silent"]}
        yield DerivedSystem(model, System({**own, **runs}))


def of_today(row, generation):
    return row["generation"] in (None, generation)


def questions_of(derived, claim, item, names):
    """The questions that decide a claim, each with the answer that fits the verdict."""
    model, kind, proved = derived.model, claim["kind"], item["verdict"] == "proved"
    walk = walk_of(derived)
    generations = [each["name"] for each in model["generations"]]
    if kind in (*OF_PLACES, *OF_EVENTS):
        yield Question(walk, tuple(wrong_places(derived, claim)), not proved)
    elif kind == "reachable":
        for state in model["states"]:
            if not state["removed"]:
                here = f"(= |state| {derived.code(state['name'])})"
                yield Question(walk, (({}, here),), proved)
    elif kind == "taken":
        for place, row in enumerate(model["transitions"]):
            own = derived.system.data["generation"]
            if of_today(row, own) and row["outcome"] in ("moves", "stays"):
                step = derived.step(row["event"])
                taken = [step.possible, *step.rules.values(), step.rows[place]]
                yield Question(walk, ((step.inputs, all_of(taken)),), proved)
    elif kind in ("disjoint", "functional"):
        for generation in generations:
            own = for_runs(derived, generation=generation)
            for pair in pairs_of(model, claim, generation):
                yield Question(walk_of(own), (at_once(own, pair),), not proved)
    elif kind == "closed":
        for generation in generations:
            own = for_runs(derived, generation=generation)
            yield Question(walk_of(own), tuple(at_the_end(own)), not proved)
    elif kind == "separate":
        # No first event has two generations, which is of the table here; and each has a first.
        for generation in generations:
            own = for_runs(derived, generation=generation)
            firsts = [
                (step.inputs, legal(step, "(not |started|)"))
                for step in (own.step(event["name"]) for event in model["events"])
            ]
            yield Question(Walk(walk.sorts, walk.start, ()), tuple(firsts), proved)
    elif kind == "cycles":
        strays, outside, inside = circling(derived, claim["cycles"])
        yield Question(strays, (({}, outside),), not proved)
        if claim["cycles"]:
            yield Question(strays, (({}, inside),), proved)
    elif kind in ("recoverable", "leavable"):
        yield from of_ways_out(derived, claim, item, names)


def of_ways_out(derived, claim, item, names):
    """The questions of a claim of what can always be reached."""
    for part in item["arguments"]:
        (shows,) = part["shows"]
        if item["verdict"] == "proved":
            yield Question(walk_of(derived), stuck(derived, claim, shows, names), is_reached=False)
            continue
        # Each of its dead ends: nothing leads on from there, and a run leads there.
        walk = walk_of(derived, tuple(claim["without"]), part["from"])
        goal = wrong_places(derived, {**claim, "kind": "always", "claim": opposite(claim["claim"])})
        yield Question(walk, tuple(goal), is_reached=False)
        yield Question(walk_of(derived), (({}, start_of(walk)),), is_reached=True)


def opposite(expression):
    return {"text": "", "tree": {"kind": "not", "operand": expression["tree"]}}


def asked(model, data, claim, item):
    """The questions of a claim, by a system that keeps what they read."""
    systems = [data["systems"][part["system"]] for part in item["arguments"]]
    names = {number: name for system in systems for name, number in system["codes"].items()}
    for derived in derived_for(model, data, claim):
        try:
            return derived, [*questions_of(derived, claim, item, names)]
        except Unsupported:
            continue
    raise AssertionError(f"no system keeps what {claim['id']} reads")


def decided(model, data):
    """The claims of a file with a verdict."""
    claims = {claim["id"]: claim for claim in model["properties"]}
    for item in data["properties"]:
        if item["verdict"] != "unknown":
            yield claims[item["id"]], item


def fitting(question):
    """What a solver says of a question if it agrees."""
    return "refuted" if question.is_reached else "proved"


# Spacer


def spacer_on(model, data):
    """Hold the verdicts of a machine's certificates against Spacer's; count its answers."""
    answers, without = Counter(), set()
    for claim, item in decided(model, data):
        _, questions = asked(model, data, claim, item)
        for question in questions:
            found = asked_of_spacer(question)
            answers[found] += 1
            assert found in (fitting(question), "unknown"), item["id"]
        without |= set() if questions else {item["id"]}
    return answers, without


def test_spacer_never_disagrees_on_a_shipped_claim():
    """It finds its own lemmas, and its own runs; few questions are left open."""
    answers, without = Counter(), set()
    for machine in MACHINES:
        found, others = spacer_on(*read(machine))
        answers, without = answers + found, without | others
    assert without == {*NOT_ASKED}
    assert answers["proved"] > 30
    assert answers["refuted"] > 30
    assert answers["unknown"] <= answers.total() / 10, answers


WRONG = [
    ("job", "perilogs-done-at-end"),
    ("job", "running-has-allocation"),
    ("job", "every-state-reachable"),
    ("job", "no-transition-dead"),
    ("job", "final-captive"),
    ("job", "generations-apart"),
    ("job", "only-cycle"),
    ("exec", "final-captive"),
]


@pytest.mark.parametrize(("machine", "name"), WRONG)
@pytest.mark.parametrize("solver", ["spacer", "cvc5"])
def test_a_solver_disagrees_with_a_verdict_that_is_wrong(machine, name, solver):
    """Else that it agrees would mean nothing."""
    model, data = read(machine)
    (item,) = data["properties"] = [each for each in data["properties"] if each["id"] == name]
    item["verdict"] = "refuted" if item["verdict"] == "proved" else "proved"
    with pytest.raises(AssertionError, match=name):
        spacer_on(model, data) if solver == "spacer" else cvc5_on(model, data)


def added_row(model, **change):
    """A transition more, made of one that is there."""
    (row,) = [
        each
        for each in model["transitions"]
        if (each["event"], each["source"]) == ("clean", "CLEANUP")
    ]
    model["transitions"].append({**row, **change})


BREAKS = {
    "final-captive": lambda model, item: added_row(model, source="INACTIVE", target="NEW"),
    "only-cycle": lambda model, item: added_row(model, event="memo", target="RUN"),
    "guards-disjoint": lambda model, item: added_row(model),
    "replay-is-a-function": lambda model, item: added_row(model, target="RUN"),
    "final-from-everywhere": lambda model, item: item["arguments"][0]["shows"][0].update(
        measure="7"
    ),
    "no-other-dead-end": lambda model, item: item["arguments"][0]["shows"][0]["ways"].pop(),
    "ends-without-exception": lambda model, item: item["arguments"][0]["from"].update(
        {"seen(finish)": True, "state": 5}
    ),
}


@pytest.mark.parametrize("name", BREAKS)
def test_spacer_sees_what_breaks_a_claim_of_the_table_or_of_ways_out(name):
    """A transition more in the table; a measure, a way out or a dead end that is none."""
    model, data = read("job")
    (item,) = data["properties"] = [each for each in data["properties"] if each["id"] == name]
    BREAKS[name](model, item)
    with pytest.raises(AssertionError, match=name):
        spacer_on(model, data)


def test_guards_and_generations_are_compared_where_a_table_has_them():
    """The shipped tables have no pair; this shop has one, and claims of each kind."""
    model, data = made(SHOP)
    answers, without = spacer_on(model, data)
    assert without == {"one-end"}
    assert not answers["unknown"]
    assert cvc5_on(model, data)


# cvc5


def cvc5_on(model, data):
    """Hold the verdicts against what cvc5 finds of short runs, and of the table alone."""
    answers = Counter()
    for claim, item in decided(model, data):
        derived, questions = asked(model, data, claim, item)
        for question in questions:
            found = asked_of_cvc5(question)
            answers[found] += 1
            assert found in (fitting(question), "unknown"), item["id"]
        if claim["kind"] in ("disjoint", "functional", "closed") and item["verdict"] == "proved":
            # These hold of any values; so no run has to be looked at.
            for wrong in (wrong for question in questions for wrong in question.wrong):
                assert asked_anywhere(derived, wrong) == "unsat", item["id"]
        if claim["kind"] == "cycles" and item["verdict"] == "proved":
            for wrong in downward(derived, claim["cycles"]):
                assert asked_anywhere(derived, wrong) == "unsat", item["id"]
    return answers


@pytest.mark.parametrize("machine", MACHINES)
def test_cvc5_finds_what_happens_and_no_short_run_of_what_does_not(machine):
    """Each state, each transition, each circle and each claim that fails, by a run of its own."""
    answers = cvc5_on(*read(machine))
    assert answers["refuted"] > 8
    assert answers["unknown"] <= answers.total() / 10, answers


def with_derived_steps(model, data):
    """The certificates with the formulas of the specification in place of their own."""
    data = copy.deepcopy(data)
    table = {name: DerivedSystem(model, System(given)) for name, given in data["systems"].items()}
    claims = {claim["id"]: claim for claim in model["properties"]}
    for item in data["properties"]:
        for part in item["arguments"]:
            derived = table[part["system"]]
            for shows in part["shows"]:
                own = derived.step(shows["event"]) if "event" in shows else None
                formulas = [text for _, text in meant(derived, claims[item["id"]], shows, own)]
                keys = {"then": ("when", "claim"), "never": ("when", "claim")}
                names = keys.get(shows["kind"], ("claim",))
                if shows["kind"] in ("always", "reached", "then", "never", "changes"):
                    names = ("when", "claim") if shows["kind"] == "changes" else names
                    shows.update(zip(names, formulas, strict=True))
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
