"""The proof obligations as SMT-LIB scripts of their own, for any other solver.

Each is negated: it asserts that something which the proof excludes happens. So each must be
`unsat`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from flux_conform.prove import argument
from flux_conform.prove.certificate import Certificate, Json
from flux_conform.prove.smt import LOGIC, conjunction, number, quoted, substituted, value

STATE = quoted("state")


class Obligation(NamedTuple):
    """A question that must be `unsat`: a name for its file, what it asks, names with sorts."""

    name: str
    asks: str
    sorts: Mapping[str, str]
    formulas: tuple[str, ...]

    @property
    def script(self) -> str:
        """The question as an SMT-LIB script."""
        lines = [f"; {line}" for line in self.asks.splitlines()]
        lines += [f"(set-logic {LOGIC})", "(set-info :status unsat)"]
        lines += [f"(declare-const {quoted(name)} {sort})" for name, sort in self.sorts.items()]
        lines += [f"(assert {formula})" for formula in self.formulas]
        return "\n".join([*lines, "(check-sat)", ""])


def obligations(certificate: Certificate) -> Iterator[Obligation]:
    """The obligations of the proof of a property, numbered."""
    systems = dict(certificate.systems)
    count = 0
    for part in certificate.property["arguments"]:
        writer = _Writer(systems[part["system"]], part)
        for item in writer.all():
            count += 1
            asks = f"{certificate.machine}, property {certificate.property['id']}: {item.asks}"
            name = f"{certificate.property['id']}-{count:03}-{item.name}"
            yield item._replace(name=name, asks=asks)


class _Writer:
    """The obligations of one argument."""

    def __init__(self, system: Json, part: Json) -> None:
        self._sorts = {item["name"]: item["sort"] for item in system["components"]}
        self._system = system
        self._steps = {step["event"]: step for step in system["steps"]}
        self._conclusions = part["shows"]
        # A dead end may be one only as long as some events do not come.
        barred = [name for shows in part["shows"] for name in shows.get("without", ())]
        self._events = [step for name, step in self._steps.items() if name not in barred]
        self._uses = part["uses"]
        self._says = [lemma["says"] for lemma in part["lemmas"]]
        self._lemmas = [lemma["term"] for lemma in part["lemmas"]]
        self._from = part["from"]
        start = part["from"] or {item["name"]: item["initial"] for item in system["components"]}
        self._start = [f"(= {quoted(name)} {value(known)})" for name, known in start.items()]

    def all(self) -> Iterator[Obligation]:
        """In the order of the proof."""
        yield from self._induction()
        for shows in self._conclusions:
            if shows["kind"] == argument.TRAPPED:
                yield from self._trapped(shows)
            elif "measure" in shows:
                yield from self._measure(shows)
            else:
                yield self._conclusion(shows)

    def _induction(self) -> Iterator[Obligation]:
        for says, lemma in zip(self._says, self._lemmas, strict=True):
            asks = f'can the lemma "{says}" fail where runs begin?'
            yield self._ask("begin", asks, [*self._start, _not(lemma)])
        steps = self._events if self._from is not None else self._steps.values()
        for step in steps if self._lemmas else ():
            event = step["event"]
            broken = _not(substituted(step["after"], conjunction(self._lemmas)))
            asks = f"can {event} break a lemma where all hold?"
            yield self._ask(f"{event}-keeps", asks, [*self._taken(step, self._uses), broken], step)

    def _conclusion(self, shows: Json) -> Obligation:
        step = self._steps.get(shows.get("event"))
        match shows["kind"]:
            case argument.ALWAYS:
                return self._ask("claim", "can the claim fail?", [_not(shows["claim"])])
            case argument.UNREACHED:
                here = [self._in(STATE, shows["state"])]
                return self._ask("state", f"can a run be in {shows['state']}?", here)
        assert step is not None
        event = step["event"]
        match shows["kind"]:
            case argument.THEN:
                failed = _not(substituted(step["after"], shows["claim"]))
                asks = f"can the claim fail after {event}?"
                formulas = [*self._taken(step, self._uses), shows["when"], failed]
            case argument.CHANGES:
                asks = f"can the claim of before and after {event} fail?"
                formulas = [*self._taken(step, self._uses), shows["when"], _not(shows["claim"])]
            case argument.ACCEPTED:
                asks = f"can {event} be refused?"
                states = " ".join(self._in(STATE, state) for state in shows["states"])
                legal = conjunction([step["allowed"], *step["rules"].values()])
                formulas = [step["possible"], shows["when"], f"(or false {states})", _not(legal)]
            case argument.NEVER:
                asks = f"can what shall never hold at {event} hold there?"
                formulas = [*self._taken(step, self._uses), shows["when"], shows["claim"]]
            case argument.UNTAKEN:
                asks = f"can {event} take transition {shows['row']} (counted from 0)?"
                formulas = [*self._possible(step, self._uses), shows["condition"]]
            case argument.SEPARATE:
                asks = f"can {event} choose {' and '.join(shows['generations'])}?"
                formulas = [step["possible"], *shows["guards"]]
                if shows.get("at_start"):
                    formulas = [*self._start, *self._possible(step, self._uses), *shows["guards"]]
            case argument.APART:
                rows = " and ".join(map(str, shows["rows"]))
                asks = f"can {event} match transition {rows} (counted from 0) in {shows['state']}?"
                formulas = [step["possible"], self._in(STATE, shows["state"]), *shows["guards"]]
            case kind:
                raise AssertionError(kind)
        return self._ask(f"{event}-claim", asks, formulas, step)

    def _trapped(self, shows: Json) -> Iterator[Obligation]:
        asks = "is the goal reached where the run has come?"
        yield Obligation("owed", asks, self._sorts, (*self._start, _not(self._owed(shows))))
        for step in self._events:
            event = step["event"]
            goal = [self._owed(shows), self._success(shows, step)]
            formulas = [*self._taken(step, self._uses), *goal]
            yield self._ask(f"{event}-goal", f"can {event} reach the goal?", formulas, step)

    def _measure(self, shows: Json) -> Iterator[Obligation]:
        measure = shows["measure"]
        yield self._ask("measure", "can the measure be below zero?", [f"(< {measure} 0)"])
        formulas, sorts = [self._owed(shows)], dict(self._sorts)
        for way in shows["ways"]:
            step = self._steps[way["event"]]
            sorts.update(step["inputs"])
            lower = f"(<= {substituted(step['after'], measure)} (- {measure} 1))"
            leads = f"(or {self._success(shows, step)} {lower})"
            taken = conjunction([*self._taken(step, step["rules"]), leads])
            formulas.append(_not(substituted(way["given"], taken)))
        asks = "can the goal be owed where no way out reaches it or lowers the measure?"
        yield self._ask("ways", asks, formulas)._replace(sorts=sorts)

    # Parts

    def _ask(
        self, name: str, asks: str, formulas: Sequence[str], step: Json | None = None
    ) -> Obligation:
        # What holds at the start is asked of the start alone.
        lemmas = [] if name == "begin" else self._lemmas
        sorts = self._sorts if step is None else {**self._sorts, **step["inputs"]}
        return Obligation(name, asks, sorts, (*lemmas, *formulas))

    def _possible(self, step: Json, rules: Sequence[str]) -> list[str]:
        return [step["possible"], *(step["rules"][rule] for rule in rules if rule in step["rules"])]

    def _taken(self, step: Json, rules: Sequence[str]) -> list[str]:
        return [*self._possible(step, rules), step["allowed"]]

    def _in(self, state: str, name: str | Sequence[str] | None) -> str:
        if name is not None and not isinstance(name, str):
            return f"(or {' '.join(self._in(state, each) for each in name)})"
        return "false" if name is None else f"(= {state} {number(self._system['codes'][name])})"

    def _owed(self, shows: Json) -> str:
        """The goal is not reached, and the log is not removed."""
        claim = shows.get("claim")
        done = self._in(STATE, self._system["final"]) if claim is None else claim
        return _not(f"(or {done} {self._in(STATE, self._system['removed'])})")

    def _success(self, shows: Json, step: Json) -> str:
        """The step reaches the goal: the claim, or where there is none another state."""
        claim = shows.get("claim")
        state = step["after"].get("state", STATE)
        done = f"(not (= {state} {STATE}))" if claim is None else substituted(step["after"], claim)
        return conjunction([done, _not(self._in(state, self._system["removed"]))])


def _not(formula: str) -> str:
    return f"(not {formula})"
