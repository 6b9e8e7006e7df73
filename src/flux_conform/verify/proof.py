"""Builds the proof obligations of a certificate and has Z3 decide them.

Formulas are SMT-LIB texts. A `let` substitutes the values after a step, or the inputs that a way
out chooses, for names. An obligation is met if its negation is unsatisfiable.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

import z3

from flux_conform.interruptible import interruptible

UNQUOTED = re.compile(r"[A-Za-z0-9_$.+*/<>=()\s-]*", re.ASCII)
QUOTED = re.compile(r"[^\\\x00-\x1f\x7f]*")
"""The letters of a term, outside of quoted names and in them."""

TIMEOUT = 60_000
"""Maximum time for one obligation, in milliseconds."""


class InvalidCertificate(Exception):
    """A certificate does not show what it claims; the message names the failing part."""


def term(text: str) -> str:
    """Return the text if it is exactly one SMT-LIB term. Raises InvalidCertificate.

    Otherwise a text such as "true) (assert false" could change the obligation around it. Letters
    that may begin a comment or a string, or escape a bar, stand nowhere: Z3 could read on where
    this function sees a quoted name.
    """
    parts = text.split("|")  # every second part is a quoted name
    tokens = " a ".join(parts[::2]).replace("(", " ( ").replace(")", " ) ").split()
    depth = 0
    for left, token in zip(range(len(tokens) - 1, -1, -1), tokens, strict=True):
        depth += (token == "(") - (token == ")")
        if depth < 0 or (depth == 0 and left):
            raise InvalidCertificate(f"no term: {text}")
    plain = UNQUOTED.fullmatch("".join(parts[::2])) and QUOTED.fullmatch("".join(parts[1::2]))
    if depth or not tokens or len(parts) % 2 == 0 or not plain:
        raise InvalidCertificate(f"no term: {text}")
    return text


def symbol(name: str) -> str:
    """Quote a name as an SMT-LIB symbol. Raises InvalidCertificate."""
    if "|" in name or not QUOTED.fullmatch(name):
        raise InvalidCertificate(f"no name: {name}")
    return f"|{name}|"


def literal(value: Any) -> str:
    """Write a boolean or integer of JSON as an SMT-LIB literal. Raises InvalidCertificate."""
    if not isinstance(value, bool | int):
        raise InvalidCertificate(f"no value: {value}")
    return str(value).lower() if isinstance(value, bool) or value >= 0 else f"(- {-value})"


def conjunction(formulas: Iterable[str]) -> str:
    """Return the conjunction of the formulas; of none, it is true."""
    return f"(and true {' '.join(formulas)})"


def substitute(values: Mapping[str, str], formula: str) -> str:
    """Substitute terms for names in a formula, simultaneously."""
    pairs = " ".join(f"({symbol(name)} {term(text)})" for name, text in values.items())
    return f"(let ({pairs}) {formula})" if values else formula


def check_unsat(what: str, sorts: Mapping[str, str], formulas: Iterable[str]) -> None:
    """Raise InvalidCertificate, with `what` as message, unless the formulas are unsatisfiable."""
    if not {"Int", "Bool"} >= set(sorts.values()):
        raise InvalidCertificate("a component or input is neither Int nor Bool")
    script = [f"(declare-const {symbol(name)} {sort})" for name, sort in sorts.items()]
    script += [f"(assert {formula})" for formula in formulas]
    # Quantifier-free linear integer arithmetic: decidable, so Z3 answers unless the time is up.
    solver = z3.SolverFor("QF_LIA")
    solver.set("timeout", TIMEOUT)
    try:
        solver.add(z3.parse_smt2_string("\n".join(script)))
    except z3.Z3Exception as error:
        raise InvalidCertificate(f"{what}: {str(error).strip()}") from error
    with interruptible(solver):
        answer = solver.check()
    if answer != z3.unsat:
        raise InvalidCertificate(what if answer == z3.sat else f"Z3 cannot tell whether {what}")


class System:
    """The transition system of a certificate: initial values, and the step of each event."""

    def __init__(self, data: Mapping[str, Any]) -> None:
        self.data = data
        self.sorts = {item["name"]: item["sort"] for item in data["components"]}
        self.start = {item["name"]: item["initial"] for item in data["components"]}
        self.steps = {step["event"]: step for step in data["steps"]}
        self.codes = data["codes"]
        if len(self.steps) != len(data["steps"]) or len(self.start) != len(data["components"]):
            raise InvalidCertificate("an event or a component is listed twice")
        if len({*self.codes.values()}) != len(self.codes):
            raise InvalidCertificate("two strings have one code")
        for name, value in self.start.items():
            if isinstance(value, bool) != (self.sorts[name] == "Bool"):
                raise InvalidCertificate(f"before the first event {name} is no {self.sorts[name]}")
            # Where a variable starts at a value of its own, the specification says at which.
            usual = self.codes[data["initial"]] if name == "state" else 0
            if value != usual and name not in data.get("starts", ()):
                raise InvalidCertificate(f"before the first event {name} is not as it should be")

    def has_values(self, values: Mapping[str, Any]) -> list[str]:
        """Return the formulas: the components have these values."""
        return [f"(= {symbol(name)} {literal(value)})" for name, value in values.items()]

    def is_state(self, state: str, name: str | list[str] | None) -> str:
        """Return the formula: the term `state` is the state of that name, or one of several."""
        if isinstance(name, list):
            return f"(or {' '.join(self.is_state(state, each) for each in name)})"
        return "false" if name is None else f"(= {state} {literal(self.codes[name])})"

    def sorts_at(self, step: Mapping[str, Any]) -> dict[str, str]:
        """Return the sorts of the names that the formulas of a step may use."""
        if {*step["inputs"]} & {*self.sorts} or not {*step["after"]} <= {*self.sorts}:
            raise InvalidCertificate(f"{step['event']} confuses what it bears with components")
        return {**self.sorts, **step["inputs"]}

    def is_taken(self, step: Mapping[str, Any], rules: Iterable[str]) -> list[str]:
        """Return the formulas: the event occurs and obeys those of the rules that apply to it."""
        applied = [step["rules"][rule] for rule in rules if rule in step["rules"]]
        return [term(text) for text in (step["possible"], step["allowed"], *applied)]

    def is_pending(self, claim: str | None) -> str:
        """Return the formula: the goal is not reached yet.

        The goal is the claim, or without a claim to leave the state; a removed log has no goal.
        """
        removed, final = self.data["removed"], self.data["final"]
        done = self.is_state("|state|", final) if claim is None else claim
        return f"(not (or {done} {self.is_state('|state|', removed)}))"

    def success(self, step: Mapping[str, Any], claim: str | None) -> str:
        """Return the formula: the step reaches the goal."""
        state = term(step["after"].get("state", "|state|"))
        done = f"(not (= {state} |state|))" if claim is None else substitute(step["after"], claim)
        return f"(and {done} {self.keeps_log(step)})"

    def keeps_log(self, step: Mapping[str, Any]) -> str:
        """Return the formula: the step does not remove the log."""
        state = term(step["after"].get("state", "|state|"))
        return f"(not {self.is_state(state, self.data['removed'])})"


def check_argument(system: System, argument: Mapping[str, Any]) -> None:
    """Check that an argument is a proof by induction. Raises InvalidCertificate."""
    lemmas = [term(lemma["term"]) for lemma in argument["lemmas"]]
    conclusions, rules, origin = argument["shows"], argument["uses"], argument["from"]
    values = system.start if origin is None else origin
    start = system.has_values(values)
    kinds, excluded = [shows["kind"] for shows in conclusions], []
    if origin is not None:
        if kinds != ["trapped"]:
            raise InvalidCertificate("only a dead end begins elsewhere than before the first event")
        excluded = conclusions[0]["without"]
    steps = [step for event, step in system.steps.items() if event not in excluded]
    for lemma in lemmas:
        failed = f"(not {lemma})"
        check_unsat(f"at the start it may be false that {lemma}", system.sorts, [*start, failed])
    for step in steps if lemmas else ():
        broken = f"(not {substitute(step['after'], conjunction(lemmas))})"
        known = [*lemmas, *system.is_taken(step, rules)]
        check_unsat(f"{step['event']} may break a lemma", system.sorts_at(step), [*known, broken])
    for shows in conclusions:
        if shows["kind"] == "trapped":
            check_dead_end(system, lemmas, rules, shows, start if origin else [], steps)
        else:
            check_conclusion(system, lemmas, rules, shows)


def check_conclusion(
    system: System, lemmas: list[str], rules: list[str], shows: Mapping[str, Any]
) -> None:
    """Check that the lemmas imply the conclusion. Raises InvalidCertificate."""
    kind, wrong = shows["kind"], f"the lemmas do not exclude that {shows['kind']} fails"
    claim = term(shows["claim"]) if "claim" in shows else None
    step = system.steps[shows["event"]] if "event" in shows else {"inputs": {}, "after": {}}
    sorts = system.sorts_at(step)
    if kind == "always":
        check_unsat(wrong, sorts, [*lemmas, f"(not {claim})"])
    elif kind in ("then", "never", "changes"):
        # What changes is said of the values before and after, put in already; see `reads_old`.
        failed = f"(not {substitute(step['after'] if kind == 'then' else {}, str(claim))})"
        failed = str(claim) if kind == "never" else failed
        given = [*lemmas, *system.is_taken(step, rules), term(shows["when"])]
        check_unsat(wrong, sorts, [*given, failed])
    elif kind == "accepted":
        states = " ".join(system.is_state("|state|", state) for state in shows["states"])
        # Held to every rule of the level, not only to those that the lemmas use.
        legal = conjunction(map(term, (step["allowed"], *step["rules"].values())))
        given = [*lemmas, term(step["possible"]), term(shows["when"]), f"(or false {states})"]
        check_unsat(wrong, sorts, [*given, f"(not {legal})"])
    elif kind == "unreached":
        check_unsat(wrong, sorts, [*lemmas, system.is_state("|state|", shows["state"])])
    elif kind == "untaken":
        taken = system.is_taken({**step, "allowed": "true"}, rules)
        check_unsat(wrong, sorts, [*lemmas, *taken, term(shows["condition"])])
    elif kind == "separate" and shows.get("at_start"):
        if system.data["generation"] != shows["generations"][0]:
            raise InvalidCertificate("a first event is looked at in logs that it does not begin")
        given = [*system.has_values(system.start), *system.is_taken(step, rules)]
        check_unsat(wrong, sorts, [*given, *map(term, shows["guards"])])
    elif kind in ("apart", "separate"):
        here = [system.is_state("|state|", shows["state"])] if kind == "apart" else []
        guards = [term(step["possible"]), *here, *map(term, shows["guards"])]
        check_unsat(wrong, sorts, [*lemmas, *guards])
    elif kind in ("reached", "left"):
        check_measure(system, lemmas, shows, claim if kind == "reached" else None)
    else:
        raise InvalidCertificate(f"no conclusion: {kind}")


def check_dead_end(
    system: System,
    lemmas: list[str],
    rules: list[str],
    shows: Mapping[str, Any],
    start: list[str],
    steps: Iterable[Mapping[str, Any]],
) -> None:
    """Check that the goal is pending at the start and that no step reaches it.

    Raises InvalidCertificate.
    """
    claim = None if shows["claim"] is None else term(shows["claim"])
    pending = system.is_pending(claim)
    check_unsat("the goal is not owed there", system.sorts, [*start, f"(not {pending})"])
    for step in steps:
        formulas = [*lemmas, *system.is_taken(step, rules), pending, system.success(step, claim)]
        check_unsat(f"{step['event']} may reach the goal", system.sorts_at(step), formulas)


def check_measure(
    system: System, lemmas: list[str], shows: Mapping[str, Any], claim: str | None
) -> None:
    """Check that some way out always reaches the goal or decreases the measure by one.

    The measure is an integer and never negative, so the goal is reached after finitely many steps.
    Raises InvalidCertificate.
    """
    measure = term(shows["measure"])
    check_unsat("the measure may be below zero", system.sorts, [*lemmas, f"(< {measure} 0)"])
    # The trailing "false" makes this unsatisfiable: Z3 only has to parse the claim as a formula.
    check_unsat("the goal is no formula", system.sorts, [system.is_pending(claim), "false"])
    formulas, sorts = [*lemmas, system.is_pending(claim)], dict(system.sorts)
    for way in shows["ways"]:
        step = system.steps[way["event"]]
        if not {*way["given"]} <= {*step["inputs"]}:
            raise InvalidCertificate(f"{way['event']} bears no such input")
        if way["event"] in shows["without"]:
            raise InvalidCertificate(f"{way['event']} is no way out")
        sorts |= system.sorts_at(step)
        lower = f"(<= {substitute(step['after'], measure)} (- {measure} 1))"
        # A removed log has no goal, so a step that removes it makes no progress.
        leads = f"(or {system.success(step, claim)} (and {system.keeps_log(step)} {lower}))"
        legal = conjunction(system.is_taken(step, step["rules"]))
        formulas.append(f"(not {substitute(way['given'], f'(and {legal} {leads})')})")
    check_unsat("no way out may lower the measure", sorts, formulas)
