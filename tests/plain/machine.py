"""A second reading of docs/language.md: small machines as plain data, one step, and all runs.

It shares no code with the package, so that the package's proofs, verdicts and vectors can be held
against it. Whatever a machine here can say is finite: the explorer visits every configuration.
"""

from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Set
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from itertools import product
from typing import Any

Expression = tuple[Any, ...]
"""("const", value), ("key", name), ("var", name), ("state",), or an operator and its operands."""

STRONGER = ("MUST", "SHOULD", "implied")
"""The levels that a run assumed by default does not break."""


@dataclass(frozen=True)
class Kind:
    """A type: its text in the language, and all of its values that can matter to a machine."""

    text: str
    values: tuple[Any, ...]
    optional: bool = False

    def holds(self, given: Any) -> bool:
        """Whether a value that a key bears is of the type; an integer is no 1.0 and no true."""
        if self.text == "integer":
            return type(given) is int
        return any(type(given) is type(each) and given == each for each in self.values)


@dataclass(frozen=True)
class Event:
    """What an event bears and does. `elsewhere` is stays, silent or undefined."""

    keys: Mapping[str, Kind]
    elsewhere: str
    effects: Mapping[str, Expression] = field(default_factory=dict)


@dataclass(frozen=True)
class Row:
    """A transition; `target` is None where the state stays."""

    event: str
    source: str
    guard: Expression | None
    target: str | None


@dataclass(frozen=True)
class Rule:
    """What must hold at an event, on the variables before it."""

    name: str
    level: str
    event: str
    require: Expression


@dataclass(frozen=True)
class Machine:
    """A whole machine. The first state is the initial one; `final` may be None."""

    states: tuple[str, ...]
    final: str | None
    variables: Mapping[str, Kind]
    starts: Mapping[str, Any]
    events: Mapping[str, Event]
    rows: tuple[Row, ...]
    rules: tuple[Rule, ...] = ()

    @cached_property
    def watched(self) -> frozenset[str]:
        """The events of which an expression asks whether they were seen."""
        guards = [row.guard for row in self.rows if row.guard is not None]
        effects = [each for event in self.events.values() for each in event.effects.values()]
        asked: set[str] = set()
        for expression in (*guards, *effects, *(rule.require for rule in self.rules)):
            asked |= events_asked(expression)
        return frozenset(asked)


@dataclass(frozen=True)
class Place:
    """Where a log has come: the state, the values of the variables, the watched events seen."""

    state: str
    values: tuple[tuple[str, Any], ...]
    seen: frozenset[str]


@dataclass(frozen=True)
class Step:
    """What one event did."""

    outcome: str
    row: Row | None
    after: Place
    breaks: frozenset[str]
    """The ids of the rules broken, without the RFC."""


NONE = ("const", None)


def events_asked(expression: Expression) -> set[str]:
    """The events of which an expression asks whether they were seen."""
    if expression[0] == "seen":
        return {expression[1]}
    return {
        name for part in expression[1:] if isinstance(part, tuple) for name in events_asked(part)
    }


class Unread(Exception):
    """An expression asks for a key that is missing or of a wrong type."""


@dataclass(frozen=True)
class Here:
    """Where an expression is read: the place before the event, its context, its faulty keys."""

    place: Place
    context: Mapping[str, Any]
    faulty: Set[str]

    def value(self, of: Expression) -> Any:
        """The value of an expression; an absent key or variable is None. Raises Unread.

        What decides nothing is not asked for: of `false and e` the `e` is not read.
        """
        return value(of, self)

    def holds(self, condition: Expression) -> bool | None:
        """Whether a condition holds; None where it cannot be told."""
        try:
            return bool(value(condition, self))
        except Unread:
            return None


def value(of: Expression, here: Here) -> Any:
    """See `Here.value`."""
    match of:
        case ("const", constant):
            return constant
        case ("key", name):
            if name in here.faulty:
                raise Unread(name)
            return here.context.get(name)
        case ("var", name):
            return dict(here.place.values)[name]
        case ("state",):
            return here.place.state
        case ("seen", name):
            return name in here.place.seen
        case ("not", operand):
            return not value(operand, here)
        case ("has", operand):
            return value(operand, here) is not None
        case ("empty", operand):
            return not value(operand, here)
        case ("size", operand):
            return len(value(operand, here))
        case ("if", condition, then, otherwise):
            return value(then if value(condition, here) else otherwise, here)
        case ("and", one, two):
            return value(one, here) and value(two, here)
        case ("or", one, two):
            return value(one, here) or value(two, here)
        case ("implies", one, two):
            return not value(one, here) or value(two, here)
        case ("in", one, ("list", *items)):
            return any(same(value(one, here), item) for item in items)
        case ("in", one, two):
            return value(one, here) in value(two, here)
        case ("add", one, two):
            return value(one, here) | {value(two, here)}
        case ("drop", one, two):
            return value(one, here) - {value(two, here)}
        case (operator, one, two):
            return compared(operator, value(one, here), value(two, here))
    raise AssertionError(of)


def compared(operator: str, one: Any, two: Any) -> bool:
    """A comparison; none equals only none and orders with nothing."""
    if operator in ("==", "!="):
        return same(one, two) == (operator == "==")
    if one is None or two is None:
        return False
    answers = {"<": one < two, "<=": one <= two, ">": one > two, ">=": one >= two}
    return bool(answers[operator])


def same(one: Any, two: Any) -> bool:
    """Whether two values are equal: true is not 1."""
    return isinstance(one, bool) == isinstance(two, bool) and bool(one == two)


def initial(machine: Machine) -> Place:
    """Where a log begins."""
    return Place(machine.states[0], tuple(sorted(machine.starts.items())), frozenset())


def faulty(event: Event, context: Mapping[str, Any]) -> set[str]:
    """The keys that are missing or of a wrong type."""
    return {
        name
        for name, kind in event.keys.items()
        if not (kind.holds(context[name]) if name in context else kind.optional)
    }


def step(machine: Machine, before: Place, name: str, context: Mapping[str, Any]) -> Step:
    """What an event does after a log that came so far."""
    if before.state == machine.final:
        return Step("captive", None, before, frozenset({"states/captive"}))
    event = machine.events[name]
    bad = faulty(event, context)
    breaks = {f"{name}/context"} if bad else set()
    here = Here(before, context, bad)
    outcome, row = event.elsewhere, None
    for each in machine.rows:
        if each.event != name or each.source != before.state:
            continue
        if each.guard is None or here.holds(each.guard):
            row, outcome = each, "stays" if each.target is None else "moves"
            break
    if outcome == "undefined":
        return Step(outcome, row, before, frozenset(breaks | {"states/undefined"}))
    if outcome == "silent":
        breaks.add("states/silent")
    for rule in machine.rules:
        if rule.event == name and here.holds(rule.require) is False:
            breaks.add(rule.name)
    values = dict(before.values)
    for variable, effect in event.effects.items():
        with suppress(Unread):  # then it does not happen
            values[variable] = here.value(effect)
    state = row.target if row is not None and row.target is not None else before.state
    after = Place(state, tuple(sorted(values.items())), before.seen | ({name} & machine.watched))
    return Step(outcome, row, after, frozenset(breaks))


def letters(machine: Machine) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every event with every context of the right types that can matter."""
    for name, event in machine.events.items():
        choices = [
            [(key, each) for each in (*kind.values, *([None] if kind.optional else []))]
            for key, kind in event.keys.items()
        ]
        for chosen in product(*choices):
            yield name, {key: each for key, each in chosen if each is not None}


def levels(machine: Machine) -> dict[str, str]:
    """The level of each rule that a machine can break."""
    fixed = {"states/captive": "MUST", "states/undefined": "MUST", "states/silent": "note"}
    contexts = {f"{name}/context": "MUST" for name in machine.events}
    return {**fixed, **contexts, **{rule.name: rule.level for rule in machine.rules}}


@dataclass
class Runs:
    """All that runs reach: how each place was come to, and every step from it that a run takes."""

    parents: dict[Place, tuple[Place, str, dict[str, Any]] | None]
    steps: dict[Place, list[tuple[str, dict[str, Any], Step]]]

    def log(self, place: Place) -> list[tuple[str, dict[str, Any]]]:
        """A shortest log that leads to a place."""
        events = []
        while (parent := self.parents[place]) is not None:
            place, name, context = parent
            events.append((name, context))
        return events[::-1]


def explore(
    machine: Machine, *, silent: bool = True, refused: Iterable[str] = STRONGER, most: int = 4000
) -> Runs | None:
    """All runs that break no rule of the levels; None where they reach too many places."""
    counted = set(refused)
    of = levels(machine)
    alphabet = list(letters(machine))
    start = initial(machine)
    runs = Runs({start: None}, {})
    queue = deque([start])
    while queue:
        place = queue.popleft()
        taken = runs.steps[place] = []
        for name, context in alphabet:
            did = step(machine, place, name, context)
            if any(of[rule] in counted for rule in did.breaks):
                continue
            if did.outcome == "silent" and not silent:
                continue
            taken.append((name, context, did))
            if did.after not in runs.parents:
                runs.parents[did.after] = (place, name, context)
                queue.append(did.after)
                if len(runs.parents) > most:
                    return None
    return runs


def leads_to(runs: Runs, goals: set[Place]) -> set[Place]:
    """The places from which some run goes on to one of the goals, those among them."""
    back: dict[Place, set[Place]] = {}
    for place, steps in runs.steps.items():
        for _, _, did in steps:
            back.setdefault(did.after, set()).add(place)
    known = set(goals)
    left = list(goals)
    while left:
        for before in back.get(left.pop(), ()):
            if before not in known:
                known.add(before)
                left.append(before)
    return known
