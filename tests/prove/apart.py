"""Questions about what runs reach, for Spacer and cvc5: an encoding that `prove` has no part in.

The steps are those that the verifier derives from the compiled specification. Spacer gets the steps
and no lemma. cvc5 gets so many copies of them, and finds a run, or none that is so short.
"""

from collections.abc import Iterator, Mapping
from graphlib import TopologicalSorter
from itertools import combinations
from typing import Any, NamedTuple, TypeAlias

import cvc5
import z3

from flux_conform.verify.derived_steps import DerivedSystem
from flux_conform.verify.proof import System, literal, symbol
from flux_conform.verify.smt_terms import all_of, any_of, negation
from flux_conform.verify.translation import condition_of, holds

TIMEOUT = 10_000
LENGTHS = (6, 8, 10)
"""Numbers of events up to which cvc5 looks for runs, one after the other."""

OF_PLACES, OF_EVENTS = ("always", "reports"), ("then", "never", "keeps", "accepts")

Wrong: TypeAlias = tuple[Mapping[str, str], str]
"""What is looked for: what an event bears, by sorts, and a formula."""


class Rule(NamedTuple):
    """A step: what it bears, when it can be taken, and the values that it changes."""

    inputs: Mapping[str, str]
    guard: str
    after: Mapping[str, str]


class Walk(NamedTuple):
    """A system of steps: its values with their sorts, those at the start, and its rules."""

    sorts: Mapping[str, str]
    start: Mapping[str, Any]
    rules: tuple[Rule, ...]


class Question(NamedTuple):
    """Whether a walk comes to something, and the answer that would fit the verdict."""

    walk: Walk
    wrong: tuple[Wrong, ...]
    is_reached: bool


# What a claim asks


def legal(step: Any, *more: str) -> str:
    """That an event comes, obeys its rules and has an outcome."""
    return all_of([step.possible, step.allowed, *step.rules.values(), *more])


def sound(step: Any) -> list[str]:
    """That no key which is read is missing or of another type."""
    return [negation(key.faulty) for key in step.scene.keys.values()]


def walk_of(
    derived: DerivedSystem,
    without: tuple[str, ...] = (),
    start: Mapping[str, Any] | None = None,
) -> Walk:
    """The steps of a system, from its start or from other values on, without some events."""
    events = [event["name"] for event in derived.model["events"] if event["name"] not in without]
    steps = map(derived.step, events)
    rules = tuple(Rule(step.inputs, legal(step), step.after) for step in steps)
    return Walk(derived.system.sorts, derived.system.start if start is None else start, rules)


def wrong_places(derived: DerivedSystem, claim: Any) -> Iterator[Wrong]:
    """What a place and an event must be like to refute a claim of all of them."""
    tree, when = map(derived.definitions.optional, (claim["claim"], claim["when"]))
    if claim["kind"] in OF_PLACES:
        truth, _ = condition_of(tree, derived.scene)
        yield {}, negation(truth)
        return
    for event in derived.model["events"]:
        if claim["on"] not in (event["name"], "any"):
            continue
        step = derived.step(event["name"])
        here = holds(when, step.scene)
        if claim["kind"] == "accepts":
            states, refused = holds(tree, step.scene), negation(legal(step))
            formulas = [step.possible, *sound(step), states, here, refused]
        elif claim["kind"] == "never":
            formulas = [legal(step), here, holds(tree, step.scene)]
        else:
            truth, readable = condition_of(tree, step.scene_after)
            formulas = [legal(step), here, readable, negation(truth)]
        yield step.inputs, all_of(formulas)


def pairs_of(model: Any, claim: Any, generation: str) -> Iterator[tuple[Any, Any]]:
    """The transitions of a generation, two and two, that could match at the same event."""
    rows = [row for row in model["transitions"] if row["generation"] in (None, generation)]
    for one, two in combinations(rows, 2):
        alike = all(one[key] == two[key] for key in ("outcome", "target"))
        if (one["event"], one["source"]) == (two["event"], two["source"]) and not (
            claim["kind"] == "functional" and alike
        ):
            yield one, two


def at_once(derived: DerivedSystem, pair: tuple[Any, Any]) -> Wrong:
    """That the guards of two transitions hold at one event."""
    step = derived.step(pair[0]["event"])
    here = f"(= |state| {derived.code(pair[0]['source'])})"
    guards = [holds(derived.definitions.optional(row["when"]), step.scene) for row in pair]
    return step.inputs, all_of([step.possible, here, *sound(step), *guards])


def at_the_end(derived: DerivedSystem) -> Iterator[Wrong]:
    """That an event has an outcome in the final state."""
    ends = [state["name"] for state in derived.model["states"] if state["final"]]
    here = any_of([f"(= |state| {derived.code(name)})" for name in ends])
    for event in derived.model["events"]:
        step = derived.step(event["name"])
        yield step.inputs, all_of([step.possible, here, step.allowed])


def goal_of(derived: DerivedSystem, claim: Any, state: str) -> str:
    """That a value of the state, which may be that after a step, is where a claim leads."""
    if claim["kind"] == "recoverable":
        truth, _ = condition_of(derived.definitions.optional(claim["claim"]), derived.scene)
        return truth
    ends = [each["name"] for each in derived.model["states"] if each["final"]]
    return any_of([f"(= {state} {derived.code(name)})" for name in ends])


def chosen(
    derived: DerivedSystem, step: Any, given: Mapping[str, str], names: Mapping[int, str]
) -> dict[str, str]:
    """The values of a step's inputs on a way out, in the numbers that this system has for texts.

    What the way leaves open is any one value, for other claims read it, and no step does.
    """
    values = {name: "false" if sort == "Bool" else "0" for name, sort in step.inputs.items()}
    texts = {
        key.value.of.strip("|") for key in step.scene.keys.values() if key.value.kind == "text"
    }
    for name, value in given.items():
        known = names.get(int(value)) if name in texts else None
        values[name] = value if known is None else str(derived.code(known))
    return values


def stuck(
    derived: DerivedSystem, claim: Any, shows: Any, names: Mapping[int, str]
) -> tuple[Wrong, ...]:
    """That the goal is owed, and no way out that is named reaches it or lowers the measure.

    `names` are the texts by the numbers that the certificate has for them.
    """
    gone = [each["name"] for each in derived.model["states"] if each["removed"]]
    removed = any_of([f"(= |state| {derived.code(name)})" for name in gone])
    goal = goal_of(derived, claim, "|state|")
    inputs, ways = {}, []
    for way in shows["ways"]:
        step = derived.step(way["event"])
        inputs |= step.inputs
        lower = f"(<= {put(step.after, shows['measure'])} (- {shows['measure']} 1))"
        moved = f"(not (= {step.after.get('state', '|state|')} |state|))"
        there = put(step.after, goal) if claim["kind"] == "recoverable" else moved
        leads = all_of([negation(put(step.after, removed)), any_of([there, lower])])
        ways.append(put(chosen(derived, step, way["given"], names), legal(step, leads)))
    owed = [negation(goal), negation(removed)]
    below = all_of([*owed, f"(< {shows['measure']} 0)"])
    return ((inputs, all_of([*owed, *map(negation, ways)])), ({}, below))


def put(values: Mapping[str, str], formula: str) -> str:
    """A formula with other terms for some names, all at once."""
    pairs = " ".join(f"({symbol(name)} {value})" for name, value in values.items())
    return f"(let ({pairs}) {formula})" if values else formula


def circling(derived: DerivedSystem, named: list[list[str]]) -> tuple[Walk, str, str]:
    """Steps that mark a state at some time; that it comes back as named, or strayed on the way."""
    walk = walk_of(derived)
    strays = [f"strayed {number}" for number, _ in enumerate(named)]
    sorts = {**walk.sorts, "marked": "Int", "moved": "Bool", **dict.fromkeys(strays, "Bool")}
    start = {**walk.start, "marked": -1, "moved": False, **dict.fromkeys(strays, False)}

    def strayed(state: str) -> dict[str, str]:
        """Each circle's flag, once a state is come to."""
        inside = [any_of([f"(= {state} {derived.code(name)})" for name in part]) for part in named]
        return {
            flag: any_of([symbol(flag), negation(each)])
            for flag, each in zip(strays, inside, strict=True)
        }

    rules = []
    for rule in walk.rules:
        state = rule.after.get("state", "|state|")
        away = all_of(["(>= |marked| 0)", f"(not (= {state} |marked|))"])
        more = {"moved": any_of(["|moved|", away])}
        more |= {
            flag: f"(ite (>= |marked| 0) {term} {symbol(flag)})"
            for flag, term in strayed(state).items()
        }
        rules.append(rule._replace(after={**rule.after, **more}))
    mark = {"marked": "|state|", **strayed("|state|")}
    rules.append(Rule({}, "(< |marked| 0)", mark))
    back = all_of(["|moved|", "(= |state| |marked|)"])
    outside = all_of([back, *map(symbol, strays)])
    inside = all_of([back, any_of([negation(symbol(flag)) for flag in strays])])
    return Walk(sorts, start, tuple(rules)), outside, inside


def ranks_of(model: Any, named: list[list[str]]) -> dict[str, int]:
    """For each state a number that moves only raise, where the named circles are one state each.

    Raises an error if the table has other circles.
    """
    one = {state["name"]: state["name"] for state in model["states"]}
    one |= {name: part[0] for part in named for name in part}
    before: dict[str, set[str]] = {name: set() for name in one.values()}
    for row in model["transitions"]:
        if row["outcome"] == "moves" and one[row["source"]] != one[row["target"]]:
            before[one[row["target"]]].add(one[row["source"]])
    order = [*TopologicalSorter(before).static_order()]
    return {name: order.index(group) for name, group in one.items()}


def downward(derived: DerivedSystem, named: list[list[str]]) -> Iterator[Wrong]:
    """That an event moves, not within a named circle, and the rank of the state is not raised."""
    ranks = ranks_of(derived.model, named)

    def rank(state: str) -> str:
        found = "(- 1)"
        for name, number in ranks.items():
            found = f"(ite (= {state} {derived.code(name)}) {number} {found})"
        return found

    for event in derived.model["events"]:
        step = derived.step(event["name"])
        state = step.after.get("state", "|state|")
        circles = [
            all_of([any_of([f"(= {at} {derived.code(name)})" for name in part]) for at in ends])
            for part in named
            for ends in [("|state|", state)]
        ]
        moved = [f"(not (= {state} |state|))", *map(negation, circles)]
        yield step.inputs, legal(step, *moved, f"(<= {rank(state)} {rank('|state|')})")


# Asking


def places(walk: Walk, mark: str = "") -> list[str]:
    return [symbol(f"{name}{mark}") for name in walk.sorts]


def start_of(walk: Walk, mark: str = "") -> str:
    """That the values are those at the start, as far as these are known."""
    at = {name: symbol(f"{name}{mark}") for name in walk.start}
    return all_of([f"(= {at[name]} {literal(value)})" for name, value in walk.start.items()])


def asked_of_spacer(question: Question) -> str:
    """Whether the walk comes to what is looked for: proved (that it does not), refuted, unknown."""
    walk = question.walk
    script = [f"(declare-fun reached ({' '.join(walk.sorts.values())}) Bool)"]
    reached = f"(reached {' '.join(places(walk))})"

    def rule(inputs: Mapping[str, str], body: str, head: str) -> None:
        names = {**walk.sorts, **inputs}.items()
        bound = " ".join(f"({symbol(name)} {sort})" for name, sort in names)
        script.append(f"(assert (forall ({bound}) (=> {body} {head})))")

    rule({}, start_of(walk), reached)
    for each in walk.rules:
        after = " ".join(each.after.get(name, symbol(name)) for name in walk.sorts)
        rule(each.inputs, f"(and {reached} {each.guard})", f"(reached {after})")
    for inputs, formula in question.wrong:
        rule(inputs, f"(and {reached} {formula})", "false")
    solver = z3.SolverFor("HORN")
    solver.set("timeout", TIMEOUT)
    solver.add(z3.parse_smt2_string("\n".join(script)))
    return {"sat": "proved", "unsat": "refuted"}.get(str(solver.check()), "unknown")


def answer_of_cvc5(script: str) -> str:
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


def declared(sorts: Mapping[str, str], mark: str = "") -> list[str]:
    return [f"(declare-const {symbol(f'{name}{mark}')} {sort})" for name, sort in sorts.items()]


def asked_of_cvc5(question: Question) -> str:
    """Whether a short walk comes to what is looked for: refuted, else proved of such walks alone.

    Longer walks are looked for only where there should be one. It is unknown where time is up.
    """
    found = "proved"
    for longest in LENGTHS if question.is_reached else LENGTHS[:1]:
        said = answer_of_cvc5(script_of_walks(question, longest))
        if said == "sat":
            return "refuted"
        found = found if said == "unsat" else "unknown"
    return found


def script_of_walks(question: Question, longest: int) -> str:
    """That a walk of so many steps at most comes to what is looked for."""
    walk = question.walk
    script = ["(set-logic QF_LIA)", *declared(walk.sorts, " 0"), f"(assert {start_of(walk, ' 0')})"]
    bound = " ".join(
        f"({symbol(name)} {sort}) ({symbol(f'{name} then')} {sort})"
        for name, sort in walk.sorts.items()
    )
    for place, rule in enumerate(walk.rules):
        then = [
            f"(= {symbol(f'{name} then')} {rule.after.get(name, symbol(name))})"
            for name in walk.sorts
        ]
        borne = " ".join(f"({symbol(name)} {sort})" for name, sort in rule.inputs.items())
        script.append(
            f"(define-fun |rule {place}| ({bound} {borne}) Bool {all_of([rule.guard, *then])})"
        )
    for time in range(longest):
        script += declared(walk.sorts, f" {time + 1}")
        values = " ".join(
            f"{symbol(f'{name} {time}')} {symbol(f'{name} {time + 1}')}" for name in walk.sorts
        )
        # A walk may end before, and stay where it is.
        steps = [
            all_of(
                [
                    f"(= {symbol(f'{name} {time}')} {symbol(f'{name} {time + 1}')})"
                    for name in walk.sorts
                ]
            )
        ]
        for place, rule in enumerate(walk.rules):
            mark = f" {place} at {time}"
            script += declared(rule.inputs, mark)
            borne = " ".join(symbol(f"{name}{mark}") for name in rule.inputs)
            steps.append(f"(|rule {place}| {values} {borne})")
        script.append(f"(assert {any_of(steps)})")
    last = {name: symbol(f"{name} {longest}") for name in walk.sorts}
    found = []
    for place, (inputs, formula) in enumerate(question.wrong):
        script += declared(inputs, f" of {place}")
        borne = {name: symbol(f"{name} of {place}") for name in inputs}
        found.append(put({**last, **borne}, formula))
    return "\n".join([*script, f"(assert {any_of(found)})", "(check-sat)"])


def asked_anywhere(derived: DerivedSystem, wrong: Wrong) -> str:
    """Whether any values at all are what is looked for, reached or not: sat or unsat."""
    inputs, formula = wrong
    sorts = {**derived.system.sorts, **inputs}
    script = ["(set-logic QF_LIA)", *declared(sorts), f"(assert {formula})", "(check-sat)"]
    return answer_of_cvc5("\n".join(script))


def for_runs(derived: DerivedSystem, **other: Any) -> DerivedSystem:
    """The same components with the steps of other runs, such as those of another generation."""
    return DerivedSystem(derived.model, System({**derived.system.data, **other}))
