"""Ways to forge a file of certificates: each changes the parsed file, and says what it pretends.

The machine is a shop: what was taken has to be dropped before its end, unless it is shut. The file
holds a claim of each kind of evidence, by inductions, by logs and by both.
"""

import copy
import json
from collections.abc import Callable
from typing import Any, TypeAlias

from prove.inductions import shop

Forge: TypeAlias = Callable[[Any], Any]

SHOP = shop(
    """
- {id: states, reachable: each state, says: x}
- {id: rows, taken: each transition, silent: out, says: x}
- {id: one-end, single: initial and final, says: x}
- {id: apart, disjoint: each pair, says: x}
- {id: shut, closed: final, says: x}
- {id: over, recoverable: 'state == "Z"', assuming: implied, says: Over.}
- {id: leave, leavable: every other state, says: x}
- {id: leads, always: 'state == "B" implies ever', says: x}
- {id: small, always: last < 100, says: x}
- {id: after, on: go, then: 'last == old(.n)', says: x}
- {id: gone, on: end, never: not empty(held), says: x}
- {id: kept, on: end, keeps: [last, held], says: x}
- {id: ok, on: drop, when: .what in held, accepts: [A, B], says: x}
- {id: never-b, always: 'state != "B"', expect: refuted, says: x}
- {id: low, on: go, then: last < 50, expect: refuted, says: x}
- {id: stuck, recoverable: 'state == "Z"', without: end, expect: refuted, says: x}
- {id: rounds, cycles: [], says: x}
""",
    rows="""
    - {on: go, from: A, when: .n > 3 and ever, to: B}
    - {on: go, from: A, when: .n < 2, stays: true}
    - {on: end, from: B, to: Z}
    """,
)


def claim(data: Any, name: str) -> Any:
    """One property of the file."""
    return next(item for item in data["properties"] if item["id"] == name)


def part(data: Any, name: str) -> Any:
    """The argument of a property."""
    return claim(data, name)["arguments"][0]


def shows(data: Any, name: str) -> Any:
    """The conclusion of a property."""
    return part(data, name)["shows"][0]


def system(data: Any) -> Any:
    """The system that the property `over` is about."""
    return data["systems"][part(data, "over")["system"]]


def step(data: Any, event: str) -> Any:
    """The step of an event."""
    return next(each for each in system(data)["steps"] if each["event"] == event)


def swapped(data: Any, one: str, other: str, key: str) -> None:
    """Two properties with each other's value."""
    first, second = claim(data, one), claim(data, other)
    first[key], second[key] = second[key], first[key]


def line(data: Any, of: str, place: int, **change: Any) -> None:
    """A line of a property's first log with other keys."""
    log = claim(data, of)["logs"][0]
    log[place] = json.dumps({**json.loads(log[place]), **change})


def as_proved(data: Any, name: str) -> None:
    """A refuted claim that is said to be proved, by an argument that claims no more than true."""
    lent = copy.deepcopy(part(data, "leads"))
    lent["shows"][0]["claim"] = "true"
    claim(data, name).update(verdict="proved", arguments=[lent], logs=[], uses=lent["uses"])


def contradictory(data: Any) -> None:
    """A step that can never be taken keeps every lemma."""
    for each in system(data)["steps"]:
        each["possible"] = "(and |started| (not |started|))"


def false_lemma(data: Any, name: str, text: str) -> None:
    """Lemmas from which all follows."""
    part(data, name)["lemmas"].append({"says": "x", "term": text})


def renamed_component(data: Any) -> None:
    """A component under another name, throughout."""
    text = json.dumps(system(data)).replace("|last|", "|tally|").replace('"last"', '"tally"')
    data["systems"][part(data, "over")["system"]] = json.loads(text)


def without_component(data: Any, name: str) -> None:
    """A component that is kept no more, and what became of it."""
    own = system(data)
    own["components"] = [item for item in own["components"] if item["name"] != name]
    for each in own["steps"]:
        each["after"].pop(name, None)


def swapped_codes(data: Any) -> None:
    """Two states in each other's place."""
    codes = system(data)["codes"]
    codes["B"], codes["Z"] = codes["Z"], codes["B"]


IN_A_COMMENT = "(+ 0 #|||# ))) true))) (assert false) (assert (not (let ((|go.n| (+ 0 #|||# )"
"""A number, as bars are counted; Z3 reads comments around an assertion from which all follows."""


def smuggled(data: Any, given: str) -> None:
    """A dead end that is said to be none, by a way out with this number as its input."""
    lent = copy.deepcopy(part(data, "over"))
    way = {"event": "go", "given": {"go.n": given}}
    conclusion = {**lent["shows"][0], "without": ["end"], "measure": "0", "ways": [way]}
    lent.update(lemmas=[], uses=[], shows=[conclusion])
    claim(data, "stuck").update(verdict="proved", arguments=[lent], logs=[], uses=[])


def relined(data: Any, old: str, new: str) -> None:
    """The last line of a log with another text in one place."""
    log = claim(data, "never-b")["logs"][0]
    assert old in log[-1]
    log[-1] = log[-1].replace(old, new, 1)


def line_with_time(data: Any, time: str) -> None:
    """The last line of a log with another time."""
    log = claim(data, "never-b")["logs"][0]
    event = json.loads(log[-1])
    log[-1] = log[-1].replace(json.dumps(event["timestamp"]), time, 1)
    assert time in log[-1]


def initial(data: Any, sort: str, value: Any) -> None:
    """The values of a sort before the first event."""
    for item in system(data)["components"]:
        if item["sort"] == sort:
            item["initial"] = value


FORGERIES: dict[str, Forge] = {
    # Verdicts and claims
    "two verdicts are swapped": lambda d: swapped(d, "leads", "never-b", "verdict"),
    "a refuted claim is said to be proved": lambda d: claim(d, "never-b").update(verdict="proved"),
    "a refuted claim has an argument for true": lambda d: as_proved(d, "never-b"),
    "a refuted claim of an event has it too": lambda d: as_proved(d, "low"),
    "a proved claim is said to be refuted": lambda d: claim(d, "leads").update(verdict="refuted"),
    "a verdict of another word": lambda d: claim(d, "leads").update(verdict="PROVED"),
    "a verdict with a blank": lambda d: claim(d, "leads").update(verdict="proved "),
    "a verdict that is a list": lambda d: claim(d, "leads").update(verdict=["proved"]),
    "unknown, and yet argued": lambda d: claim(d, "leads").update(verdict="unknown"),
    "other words for a claim": lambda d: claim(d, "leads").update(says="All is well."),
    "another level assumed": lambda d: claim(d, "leads").update(assuming="MUST"),
    "silent steps left out": lambda d: claim(d, "leads").update(silent=False),
    "another kind": lambda d: claim(d, "leads").update(kind="never"),
    "a claim of another name": lambda d: claim(d, "leads").update(id="leads "),
    "a claim left out of a whole file": lambda d: d["properties"].remove(claim(d, "low")),
    "a claim listed twice": lambda d: d["properties"].append(copy.deepcopy(claim(d, "leads"))),
    "claims in another order": lambda d: d["properties"].reverse(),
    "a claim that the machine does not make": lambda d: d["properties"].append(
        {**copy.deepcopy(claim(d, "leads")), "id": "more"}
    ),
    # The file
    "another digest": lambda d: d.update(digest="0" * 64),
    "another machine": lambda d: d.update(machine="job"),
    "another generation": lambda d: d.update(generation="v0"),
    "the format before": lambda d: d.update(format=1),
    "a key of the file that no format has": lambda d: d.update(checked=True),
    "a key of a claim that no format has": lambda d: claim(d, "leads").update(trusted=True),
    "a key of a step that no format has": lambda d: step(d, "go").update(also="true"),
    "a file that is half one": lambda d: d.pop("systems"),
    "a key that is given twice": lambda d: json.dumps(d).replace(
        '"verdict": "refuted"', '"verdict": "refuted", "verdict": "proved"', 1
    ),
    "another logic": lambda d: d.update(logic="ALL"),
    # Lemmas
    "all lemmas dropped": lambda d: part(d, "leads").update(lemmas=[]),
    "a lemma of false": lambda d: false_lemma(d, "leads", "false"),
    "two lemmas that contradict": lambda d: [
        false_lemma(d, "leads", text) for text in ("(> |last| 0)", "(< |last| 0)")
    ],
    "a lemma that smuggles an assertion": lambda d: false_lemma(d, "leads", "true) (assert false"),
    "a lemma that hides the rest in a comment": lambda d: false_lemma(d, "leads", "true ; )"),
    "a lemma that declares a constant": lambda d: false_lemma(
        d, "leads", "true) (declare-const |x| Int) (assert (= 1 1)"
    ),
    "a lemma of no known name": lambda d: false_lemma(d, "leads", "|nothing|"),
    "a lemma that some step breaks": lambda d: false_lemma(d, "leads", "(not |ever|)"),
    # Conclusions
    "a claim replaced by true": lambda d: shows(d, "leads").update(claim="true"),
    "a claim made stronger": lambda d: shows(d, "leads").update(claim="|ever|"),
    "a claim with another bound": lambda d: shows(d, "small").update(claim="(< |last| 101)"),
    "a claim that binds its own names": lambda d: shows(d, "small").update(
        claim="(let ((|last| 0)) (< |last| 100))"
    ),
    "what is asked of an event is false": lambda d: shows(d, "gone").update(when="false"),
    "a claim of another event": lambda d: shows(d, "gone").update(event="go"),
    "no conclusion": lambda d: part(d, "leads").update(shows=[]),
    "a conclusion of another claim": lambda d: swapped(d, "leads", "small", "arguments"),
    "guards that are false": lambda d: shows(d, "apart").update(guards=["false", "false"]),
    "a guard left out": lambda d: shows(d, "apart")["guards"].pop(),
    "another pair of rows": lambda d: shows(d, "apart").update(rows=[0, 0]),
    "a row that is none": lambda d: shows(d, "apart").update(rows=[0, 99]),
    "an event accepted where nothing is asked": lambda d: shows(d, "ok").update(when="false"),
    "an event accepted in fewer states": lambda d: shows(d, "ok").update(states=["A"]),
    "what is kept is true": lambda d: shows(d, "kept").update(when="false"),
    # Rules
    "a rule used that is not assumed": lambda d: [
        each.update(uses=["rfc99/made/up"]) for each in (claim(d, "leads"), part(d, "leads"))
    ],
    "a rule that was used is not named": lambda d: [
        each.update(uses=[]) for each in (claim(d, "small"), part(d, "small"))
    ],
    "a rule made stronger": lambda d: step(d, "go")["rules"].update(
        {"rfc99/go/small": "(< |go.n| 50)"}
    ),
    "a rule that forbids all": lambda d: step(d, "go")["rules"].update({"rfc99/go/small": "false"}),
    "a rule that forbids nothing": lambda d: step(d, "end")["rules"].update(
        {"rfc99/end/empty": "true"}
    ),
    # Steps
    "contradictory assumptions": contradictory,
    "an event that is allowed nowhere": lambda d: step(d, "go").update(allowed="false"),
    "an event left out": lambda d: system(d)["steps"].remove(step(d, "unlisted")),
    "an effect left out": lambda d: step(d, "take")["after"].pop("ever"),
    "an effect too many": lambda d: step(d, "end")["after"].update(last="0"),
    "an event that moves elsewhere": lambda d: step(d, "end")["after"].update(state="|state|"),
    "the start is another": lambda d: system(d)["components"][1].update(initial=True),
    "the first state is another": lambda d: system(d).update(initial="B"),
    "two states are one": lambda d: system(d)["codes"].update(B=0),
    "two states in each other's place": swapped_codes,
    "a component under another name": renamed_component,
    "a component that is kept no more": lambda d: without_component(d, "ever"),
    "another sort": lambda d: system(d)["components"][-1].update(sort="Bool"),
    "an input that is no number": lambda d: step(d, "go")["inputs"].update({"go.n": "Real"}),
    "fewer levels are assumed than is said": lambda d: system(d).update(assuming="MUST"),
    # Ways out
    "a measure that is a constant": lambda d: shows(d, "over").update(measure="7"),
    "a measure below zero": lambda d: shows(d, "over").update(measure="(- |#held|)"),
    "a way out left out": lambda d: shows(d, "over")["ways"].pop(),
    "no way out": lambda d: shows(d, "over").update(ways=[]),
    "a way out of what must not come": lambda d: shows(d, "over").update(without=["end"]),
    "a way out with a made-up input": lambda d: shows(d, "over")["ways"][0]["given"].update(
        state="2"
    ),
    # Logs
    "no logs": lambda d: claim(d, "states").update(logs=[]),
    "an empty log": lambda d: claim(d, "never-b").update(logs=[[]]),
    "a log cut short": lambda d: claim(d, "never-b")["logs"][0].pop(),
    "a log that refutes nothing": lambda d: claim(d, "never-b").update(
        logs=[claim(d, "never-b")["logs"][0][:1]]
    ),
    "a log of another claim": lambda d: swapped(d, "never-b", "low", "logs"),
    "a log with a fault": lambda d: line(d, "low", -1, context={}),
    "a log that breaks a rule": lambda d: line(d, "low", -1, context={"n": 1000}),
    "a log whose value is text": lambda d: line(d, "low", -1, context={"n": "99"}),
    "a log whose value is no integer": lambda d: line(d, "low", -1, context={"n": 99.5}),
    "a log with another event": lambda d: line(d, "never-b", -1, name="Go"),
    "a log with a name that ends in a blank": lambda d: line(d, "never-b", -1, name="go "),
    "a line that is two": lambda d: claim(d, "never-b")["logs"][0].append(
        claim(d, "never-b")["logs"][0][0] * 2
    ),
    "a line that is no event": lambda d: claim(d, "never-b")["logs"][0].append("[]"),
    "a line with a key more": lambda d: line(d, "never-b", -1, outcome="moves"),
    "a line without a time": lambda d: line(d, "never-b", -1, timestamp=0),
    "a transition that no log takes": lambda d: claim(d, "rows")["logs"].pop(),
    "a log that goes on after the end": lambda d: claim(d, "states")["logs"][-1].append(
        claim(d, "states")["logs"][0][0]
    ),
    "a dead end elsewhere": lambda d: part(d, "stuck")["from"].update({"last": 77}),
    "a dead end without its log": lambda d: claim(d, "stuck").update(logs=[]),
    "a dead end at the start": lambda d: part(d, "stuck").update({"from": None}),
    "a dead end of fewer events": lambda d: shows(d, "stuck").update(without=["end", "go"]),
    # What Z3 might read otherwise than the verifier
    "an assertion between two comments": lambda d: smuggled(d, IN_A_COMMENT),
    "a way out that is said to be one": lambda d: smuggled(d, "0"),
    "a lemma with a comment of Z3": lambda d: false_lemma(d, "leads", "(and true #|a|b|# )"),
    "a lemma whose name escapes its end": lambda d: false_lemma(d, "leads", "|a\\|b|"),
    "a lemma that ends early": lambda d: false_lemma(d, "leads", "(and true |a\0b|)"),
    "a lemma that is named": lambda d: false_lemma(d, "leads", "(! true :named |last|)"),
    "a lemma that is a number": lambda d: false_lemma(d, "leads", "1"),
    "a lemma that divides by zero": lambda d: false_lemma(d, "leads", "(= (div 1 0) 7)"),
    "a lemma that nothing fulfils": lambda d: false_lemma(
        d, "leads", "(exists ((x Int)) (and (< x 0) (> x 0)))"
    ),
    "half the measure": lambda d: shows(d, "over").update(
        measure=f"(/ {shows(d, 'over')['measure']} 2)"
    ),
    # Values that Python takes for each other
    "false for zero before the first event": lambda d: initial(d, "Int", False),
    "zero for false before the first event": lambda d: initial(d, "Bool", 0),
    "one for true where a dead end begins": lambda d: part(d, "stuck")["from"].update(started=1),
    "one for silent": lambda d: claim(d, "leads").update(silent=1),
    "a format that is a float": lambda d: d.update(format=2.0),
    # What is said too much, or for another
    "an argument that shows nothing": lambda d: claim(d, "states").update(
        arguments=[{**copy.deepcopy(part(d, "leads")), "shows": [], "uses": []}]
    ),
    "a second conclusion": lambda d: part(d, "leads")["shows"].append(
        {"kind": "always", "claim": "true"}
    ),
    "two claims exchange their names": lambda d: swapped(d, "leads", "small", "id"),
    "guards one more than transitions": lambda d: shows(d, "apart")["guards"].append("false"),
    "transitions in the other order": lambda d: shows(d, "apart").update(
        rows=shows(d, "apart")["rows"][::-1]
    ),
    "guards in another state": lambda d: shows(d, "apart").update(state="B"),
    "a component listed twice": lambda d: system(d)["components"].append(
        system(d)["components"][-1]
    ),
    "an event listed twice": lambda d: system(d)["steps"].append(system(d)["steps"][0]),
    "a way out by no event": lambda d: shows(d, "over")["ways"][0].update(event="halt"),
    "a system for another generation": lambda d: system(d).update(generation="v9"),
    "a state without its number": lambda d: system(d)["codes"].pop("B"),
    "a dead end in any state": lambda d: part(d, "stuck")["from"].pop("state"),
    "a dead end where nothing is known": lambda d: part(d, "stuck").update({"from": {}}),
    "a dead end after what never was": lambda d: part(d, "stuck")["from"].update(
        {"seen(halt)": True}
    ),
    # Lines that are none
    "a line over two lines": lambda d: relined(d, ",", ",\n"),
    "a line and its end": lambda d: claim(d, "never-b")["logs"][0].append(
        claim(d, "never-b")["logs"][0].pop() + "\n"
    ),
    "a line after a byte order mark": lambda d: relined(d, "{", "\ufeff{"),
    "a time without end": lambda d: line_with_time(d, "1e999"),
    "a time of many digits": lambda d: line_with_time(d, "9" * 5000),
    "a line with a key twice": lambda d: relined(d, '"name":', '"name":"end","name":'),
    "a line that is nested deeply": lambda d: relined(
        d, '"context":{', '"context":{"x":' + "[" * 100_000 + "]" * 100_000 + ","
    ),
}
"""What no verifier may take."""


HARMLESS: dict[str, tuple[Forge, str]] = {
    "a lemma of true": (
        lambda d: false_lemma(d, "leads", "true"),
        "it holds, and what follows with it follows without it",
    ),
    "the claim as its own lemma": (
        lambda d: part(d, "leads").update(
            lemmas=[{"says": "x", "term": shows(d, "leads")["claim"]}]
        ),
        "it is inductive by itself",
    ),
    "other words for a lemma": (
        lambda d: part(d, "leads")["lemmas"][0].update(says="all is well"),
        "the words are for people; the formula is what is proved",
    ),
    "a formula with more blanks": (
        lambda d: shows(d, "small").update(claim="( <   |last|\n100 )"),
        "it is the same term",
    ),
    "a claim in other words of SMT-LIB": (
        lambda d: shows(d, "small").update(claim="(not (>= |last| 100))"),
        "Z3 finds no difference",
    ),
    "twice the measure": (
        lambda d: shows(d, "over").update(measure=f"(* 2 {shows(d, 'over')['measure']})"),
        "it goes down by one or more wherever the other does",
    ),
    "a way out listed twice": (
        lambda d: shows(d, "over")["ways"].append(shows(d, "over")["ways"][0]),
        "ways are tried; one more hides none",
    ),
    "a rule used that the proof does not need": (
        lambda d: [
            each["uses"].append("rfc99/go/small") for each in (claim(d, "leads"), part(d, "leads"))
        ],
        "it is assumed of these runs anyway, and the claim is still one of them",
    ),
    "a lemma with a quantifier": (
        lambda d: false_lemma(d, "leads", "(forall ((x Int)) (= x x))"),
        "Z3 has to prove it as any other",
    ),
    "variables that the prover is told to keep": (
        lambda d: system(d).update(also=["last"]),
        "the verifier looks at the components, which are the same",
    ),
    "a system that no argument names": (
        lambda d: d["systems"].update(more=copy.deepcopy(system(d))),
        "it is compared with the specification as the others are",
    ),
    "a file that is not whole": (
        lambda d: d.update(whole=False),
        "it promises less; the claims that it lacks would be named",
    ),
    "a log more": (
        lambda d: claim(d, "states")["logs"].append(claim(d, "states")["logs"][0]),
        "it is a run, and shows what it shows",
    ),
    "a dead end that begins with less known": (
        lambda d: part(d, "stuck")["from"].pop("last"),
        "what holds from more configurations on holds from this one",
    ),
    "a system under another name": (
        lambda d: json.loads(json.dumps(d).replace(part(d, "over")["system"], "it")),
        "the name is a label; what the system says of itself is compared",
    ),
    "other times in a log": (
        lambda d: line(d, "never-b", -1, timestamp=5),
        "no claim speaks of times",
    ),
}
"""What changes the file, and nothing that it shows; with why."""
