"""What must be impossible if a certificate is to be a proof; Z3 is asked anew, and only here.

Formulas are texts. A `let` puts values after a step, or what a way out chooses, in place of names.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import z3

from flux_conform.interruptible import interruptible

TIMEOUT = 60_000  # milliseconds for one question


class Wrong(Exception):
    """A certificate does not show what it says; the message tells where."""


def term(text: str) -> str:
    """The text, if it is one term and nothing beside it."""
    parts = text.split("|")  # every second one is a quoted name
    tokens = " a ".join(parts[::2]).replace("(", " ( ").replace(")", " ) ").split()
    depth = 0
    for left, token in zip(range(len(tokens) - 1, -1, -1), tokens, strict=True):
        depth += (token == "(") - (token == ")")
        if depth < 0 or (depth == 0 and left):
            raise Wrong(f"no term: {text}")
    if depth or not tokens or len(parts) % 2 == 0 or any(c in "".join(parts[::2]) for c in ';"\\'):
        raise Wrong(f"no term: {text}")
    return text


def symbol(name: str) -> str:
    """A name as a symbol."""
    if "|" in name or "\\" in name:
        raise Wrong(f"no name: {name}")
    return f"|{name}|"


def number(value: Any) -> str:
    """A truth or whole number of JSON as a term."""
    if not isinstance(value, bool | int):
        raise Wrong(f"no value: {value}")
    return str(value).lower() if isinstance(value, bool) or value >= 0 else f"(- {-value})"


def every(formulas: Iterable[str]) -> str:
    """All of them hold."""
    return f"(and true {' '.join(formulas)})"


def where(values: Mapping[str, str], formula: str) -> str:
    """The formula with terms in place of names, all at once."""
    pairs = " ".join(f"({symbol(name)} {term(text)})" for name, text in values.items())
    return f"(let ({pairs}) {formula})" if values else formula


def impossible(what: str, sorts: Mapping[str, str], formulas: Iterable[str]) -> None:
    """Raise Wrong unless the formulas cannot all hold."""
    if not {"Int", "Bool"} >= set(sorts.values()):
        raise Wrong("a component or input is neither Int nor Bool")
    script = [f"(declare-const {symbol(name)} {sort})" for name, sort in sorts.items()]
    script += [f"(assert {formula})" for formula in formulas]
    solver = z3.SolverFor("QF_LIA")
    solver.set("timeout", TIMEOUT)
    try:
        solver.add(z3.parse_smt2_string("\n".join(script)))
    except z3.Z3Exception as error:
        raise Wrong(f"{what}: {str(error).strip()}") from error
    with interruptible(solver):
        answer = solver.check()
    if answer != z3.unsat:
        raise Wrong(what if answer == z3.sat else f"Z3 cannot tell whether {what}")


class System:
    """The machine that a certificate speaks of."""

    def __init__(self, data: Mapping[str, Any]) -> None:
        self.data = data
        self.sorts = {item["name"]: item["sort"] for item in data["components"]}
        self.start = {item["name"]: item["initial"] for item in data["components"]}
        self.steps = {step["event"]: step for step in data["steps"]}
        self.codes = data["codes"]
        if len(self.steps) != len(data["steps"]) or len(self.start) != len(data["components"]):
            raise Wrong("an event or a component is listed twice")
        if len({*self.codes.values()}) != len(self.codes):
            raise Wrong("two strings have one code")
        for name, value in self.start.items():
            if value != (self.codes[data["initial"]] if name == "state" else 0):
                raise Wrong(f"before the first event {name} is not as it should be")

    def within(self, state: str, name: str | None) -> str:
        """The state, a term, is the one of that name."""
        return "false" if name is None else f"(= {state} {number(self.codes[name])})"

    def sorts_at(self, step: Mapping[str, Any]) -> dict[str, str]:
        """The names that formulas of an event may use."""
        if {*step["inputs"]} & {*self.sorts} or not {*step["after"]} <= {*self.sorts}:
            raise Wrong(f"{step['event']} confuses what it bears with components")
        return {**self.sorts, **step["inputs"]}

    def taken(self, step: Mapping[str, Any], rules: Iterable[str]) -> list[str]:
        """The event comes and obeys those of the rules that are asked of it."""
        asked = [step["rules"][rule] for rule in rules if rule in step["rules"]]
        return [term(text) for text in (step["possible"], step["allowed"], *asked)]

    def owed(self, claim: str | None) -> str:
        """The goal is not reached yet: the claim, or where there is none another state."""
        removed, final = self.data["removed"], self.data["final"]
        done = self.within("|state|", final) if claim is None else claim
        return f"(not (or {done} {self.within('|state|', removed)}))"

    def success(self, step: Mapping[str, Any], claim: str | None) -> str:
        """The step reaches the goal."""
        state = term(step["after"].get("state", "|state|"))
        done = f"(not (= {state} |state|))" if claim is None else where(step["after"], claim)
        return f"(and {done} {self.kept(step)})"

    def kept(self, step: Mapping[str, Any]) -> str:
        """The step does not remove the log."""
        state = term(step["after"].get("state", "|state|"))
        return f"(not {self.within(state, self.data['removed'])})"


def prove(system: System, argument: Mapping[str, Any]) -> None:
    """Raise Wrong unless the argument is a proof."""
    lemmas = [term(lemma["term"]) for lemma in argument["lemmas"]]
    conclusions, rules, begun = argument["shows"], argument["uses"], argument["from"]
    values = system.start if begun is None else begun
    start = [f"(= {symbol(name)} {number(value)})" for name, value in values.items()]
    kinds, barred = [shows["kind"] for shows in conclusions], []
    if begun is not None:
        if kinds != ["trapped"]:
            raise Wrong("only a dead end begins elsewhere than before the first event")
        barred = conclusions[0]["without"]
    steps = [step for event, step in system.steps.items() if event not in barred]
    for lemma in lemmas:
        failed = f"(not {lemma})"
        impossible(f"at the start it may be false that {lemma}", system.sorts, [*start, failed])
    for step in steps if lemmas else ():
        broken = f"(not {where(step['after'], every(lemmas))})"
        known = [*lemmas, *system.taken(step, rules)]
        impossible(f"{step['event']} may break a lemma", system.sorts_at(step), [*known, broken])
    for shows in conclusions:
        if shows["kind"] == "trapped":
            end(system, lemmas, rules, shows, start if begun else [], steps)
        else:
            conclude(system, lemmas, rules, shows)


def conclude(system: System, lemmas: list[str], rules: list[str], shows: Mapping[str, Any]) -> None:
    """Raise Wrong unless the conclusion follows where the lemmas hold."""
    kind, wrong = shows["kind"], f"the lemmas do not exclude that {shows['kind']} fails"
    claim = term(shows["claim"]) if "claim" in shows else None
    step = system.steps[shows["event"]] if "event" in shows else {"inputs": {}, "after": {}}
    sorts = system.sorts_at(step)
    if kind == "always":
        impossible(wrong, sorts, [*lemmas, f"(not {claim})"])
    elif kind in ("then", "never"):
        failed = f"(not {where(step['after'], str(claim))})" if kind == "then" else str(claim)
        given = [*lemmas, *system.taken(step, rules), term(shows["when"])]
        impossible(wrong, sorts, [*given, failed])
    elif kind == "unreached":
        impossible(wrong, sorts, [*lemmas, system.within("|state|", shows["state"])])
    elif kind == "untaken":
        taken = system.taken({**step, "allowed": "true"}, rules)
        impossible(wrong, sorts, [*lemmas, *taken, term(shows["condition"])])
    elif kind in ("apart", "separate"):
        here = [system.within("|state|", shows["state"])] if kind == "apart" else []
        guards = [term(step["possible"]), *here, *map(term, shows["guards"])]
        impossible(wrong, sorts, [*lemmas, *guards])
    elif kind in ("reached", "left"):
        fall(system, lemmas, shows, claim if kind == "reached" else None)
    else:
        raise Wrong(f"no conclusion: {kind}")


def end(
    system: System,
    lemmas: list[str],
    rules: list[str],
    shows: Mapping[str, Any],
    start: list[str],
    steps: Iterable[Mapping[str, Any]],
) -> None:
    """Raise Wrong unless the goal is owed where the argument begins, and no step reaches it."""
    claim = None if shows["claim"] is None else term(shows["claim"])
    owed = system.owed(claim)
    impossible("the goal is not owed there", system.sorts, [*start, f"(not {owed})"])
    for step in steps:
        formulas = [*lemmas, *system.taken(step, rules), owed, system.success(step, claim)]
        impossible(f"{step['event']} may reach the goal", system.sorts_at(step), formulas)


def fall(system: System, lemmas: list[str], shows: Mapping[str, Any], claim: str | None) -> None:
    """Raise Wrong unless some way out always reaches the goal or lowers the measure by one."""
    measure = term(shows["measure"])
    impossible("the measure may be below zero", system.sorts, [*lemmas, f"(< {measure} 0)"])
    impossible("the goal is no formula", system.sorts, [system.owed(claim), "false"])
    formulas, sorts = [*lemmas, system.owed(claim)], dict(system.sorts)
    for way in shows["ways"]:
        step = system.steps[way["event"]]
        if not {*way["given"]} <= {*step["inputs"]}:
            raise Wrong(f"{way['event']} bears no such input")
        if way["event"] in shows["without"]:
            raise Wrong(f"{way['event']} is no way out")
        sorts |= system.sorts_at(step)
        lower = f"(<= {where(step['after'], measure)} (- {measure} 1))"
        # Where the log is removed nothing is owed any more, so no step there is on the way.
        leads = f"(or {system.success(step, claim)} (and {system.kept(step)} {lower}))"
        legal = every(system.taken(step, step["rules"]))
        formulas.append(f"(not {where(way['given'], f'(and {legal} {leads})')})")
    impossible("no way out may lower the measure", sorts, formulas)
