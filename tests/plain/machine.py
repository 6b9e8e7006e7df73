"""A second reading of docs/language.md: small machines as plain data, and what one event does.

It shares no code with the package, so that the package's proofs, verdicts and vectors can be held
against it. Whatever a machine here can say is finite, or nearly so: see `runs`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cached_property
from typing import Any

from plain.expressions import Expression, Here, Unread, asks_for_times, names, value

MOVES, STAYS, SILENT, UNDEFINED = "moves", "stays", "silent", "undefined"
CAPTIVE, REMOVED = "captive", "removed"

LEVELS = ("MUST", "SHOULD", "implied", "policy", "note")


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
        try:
            return (type(given), given) in self._known
        except TypeError:  # a list or an object
            return False

    @cached_property
    def _known(self) -> frozenset[tuple[type, Any]]:
        return frozenset((type(each), each) for each in self.values)


@dataclass(frozen=True)
class Event:
    """What an event bears and does.

    `context` is keys, empty, undefined or any. A family has names of some of its `members`.
    """

    keys: Mapping[str, Kind]
    elsewhere: str
    effects: Mapping[str, Expression] = field(default_factory=dict)
    context: str = "keys"
    members: tuple[str, ...] = ()


@dataclass(frozen=True)
class Row:
    """A transition; `target` is None where the state stays.

    `number` tells two that say the same apart. `by` is the virtual state that it is written with.
    """

    number: int
    event: str
    source: str
    guard: Expression | None
    outcome: str
    target: str | None = None
    generation: str | None = None
    by: str = ""


@dataclass(frozen=True)
class Rule:
    """What must hold at events, or at `any`, on the variables before it."""

    name: str
    level: str
    on: tuple[str, ...]
    require: Expression


@dataclass(frozen=True)
class Generation:
    """A generation of logs, and the first event that chooses it."""

    name: str
    on: str | None = None
    when: Expression | None = None


@dataclass(frozen=True)
class Claim:
    """A property. `claim` is what it says of places, or that the states of `cycles` go round.

    `names` are the variables (or `state`) that an event keeps, or the states that accept it.
    """

    name: str
    kind: str
    event: str | None = None
    when: Expression | None = None
    claim: Expression | None = None
    assuming: str = "implied"
    silent: bool = True
    cycles: tuple[tuple[str, ...], ...] = ()
    without: tuple[str, ...] = ()
    expect: str = "proved"
    names: tuple[str, ...] = ()


@dataclass(frozen=True)
class Machine:
    """A whole machine. The first state is the initial one, the last generation is today's."""

    states: tuple[str, ...]
    final: str | None
    removed: str | None
    virtual: Mapping[str, tuple[str, ...]]
    generations: tuple[Generation, ...]
    variables: Mapping[str, Kind]
    events: Mapping[str, Event]
    rows: tuple[Row, ...]
    rules: tuple[Rule, ...] = ()
    claims: tuple[Claim, ...] = ()
    report: Mapping[str, Expression] = field(default_factory=dict)

    @property
    def today(self) -> str:
        """The generation of logs that choose no other."""
        return self.generations[-1].name

    @cached_property
    def expressions(self) -> tuple[Expression, ...]:
        """Everything that is evaluated at events or claimed of places."""
        found = [row.guard for row in self.rows]
        found += [each for event in self.events.values() for each in event.effects.values()]
        found += [rule.require for rule in self.rules]
        found += [generation.when for generation in self.generations]
        found += [each for claim in self.claims for each in (claim.when, claim.claim)]
        found += self.report.values()
        return tuple(each for each in found if each is not None)

    @cached_property
    def table(self) -> dict[tuple[str, str], list[Row]]:
        """The transitions by event and state."""
        found: dict[tuple[str, str], list[Row]] = {}
        for row in self.rows:
            found.setdefault((row.event, row.source), []).append(row)
        return found

    @cached_property
    def watched(self) -> frozenset[str]:
        """The events of which an expression asks whether they were seen."""
        return frozenset().union(*(names(each, "seen") for each in self.expressions))

    @cached_property
    def is_timed(self) -> bool:
        """Whether a rule asks for times."""
        return any(asks_for_times(rule.require) for rule in self.rules)

    @cached_property
    def awaited(self) -> frozenset[str]:
        """The states of which a claim asks whether they were visited."""
        return frozenset().union(*(names(each, "visited") for each in self.expressions))

    def entry(self, name: str) -> str:
        """The entry that governs an event of that name: its own, or the longest family's."""
        if name in self.events and not self.events[name].members:
            return name
        families = [each for each, event in self.events.items() if event.members]
        fitting = [each for each in families if name.startswith(each.removesuffix("*"))]
        return max(fitting, key=len, default="unlisted")

    def level(self, rule: str) -> str:
        """The level of a rule that an event can break; its id is without the RFC."""
        for own in self.rules:
            if own.name == rule:
                return own.level
        return {"silent": "note", "no-context": "implied"}.get(rule.split("/")[1], "MUST")


@dataclass(frozen=True)
class Place:
    """Where a log has come. `generation` is None before the first event.

    `seen` are the watched events that took effect, `visited` the awaited states that a transition
    has led to.
    """

    state: str
    generation: str | None
    values: tuple[tuple[str, Any], ...]
    seen: frozenset[str] = frozenset()
    visited: frozenset[str] = frozenset()
    instants: tuple[tuple[str, tuple[Fraction | None, Fraction | None]], ...] = ()
    """The exact times of the first and last event of each name that took effect."""

    @cached_property
    def times(self) -> dict[str, tuple[Fraction | None, Fraction | None]]:
        """The same by name."""
        return dict(self.instants)

    @cached_property
    def table(self) -> dict[str, Any]:
        """The values of the variables by name."""
        return dict(self.values)

    @cached_property
    def _hash(self) -> int:
        return hash((self.state, self.generation, self.values, self.seen, self.visited))

    def __hash__(self) -> int:
        return self._hash


@dataclass(frozen=True)
class Step:
    """What one event did; `breaks` are the ids of the rules broken, without the RFC."""

    outcome: str
    row: Row | None
    after: Place
    breaks: frozenset[str]


def starting(kind: Kind) -> Any:
    """What a variable holds at first."""
    if kind.optional:
        return None
    word = kind.text.split()[0]
    return {"boolean": False, "integer": 0, "set": frozenset(), "bag": ()}[word]


def initial(machine: Machine) -> Place:
    """Where a log begins."""
    values = {name: starting(kind) for name, kind in machine.variables.items()}
    return Place(machine.states[0], None, tuple(values.items()))


def faulty(event: Event, context: Mapping[str, Any]) -> frozenset[str]:
    """The keys that are missing or of a wrong type."""
    return frozenset(
        name
        for name, kind in event.keys.items()
        if not (kind.holds(context[name]) if name in context else kind.optional)
    )


def judged_context(name: str, event: Event, context: Mapping[str, Any] | None) -> Iterator[str]:
    """The rule on its context that an event breaks."""
    if event.context == "undefined":
        if context is not None:
            yield f"{name}/no-context"
    elif event.context == "empty":
        if context:
            yield f"{name}/context"
    elif faulty(event, context or {}):
        yield f"{name}/context"


def matching(machine: Machine, entry: str, generation: str, here: Here) -> list[Row]:
    """The transitions that match, in their order; the first of them is taken."""
    return [
        row
        for row in machine.table.get((entry, here.place.state), ())
        if row.generation in (None, generation) and (row.guard is None or here.holds(row.guard))
    ]


def chosen(machine: Machine, name: str, here: Here) -> list[str]:
    """The generations that a first event fits; the first of them is the log's, else today's."""
    return [
        each.name
        for each in machine.generations
        if each.on == name and (each.when is None or here.holds(each.when))
    ]


def noted(
    times: Mapping[str, tuple[Fraction | None, Fraction | None]], entry: str, time: Fraction | None
) -> dict[str, tuple[Fraction | None, Fraction | None]]:
    """The times with one more event."""
    first = times[entry][0] if entry in times else time
    return {**times, entry: (first, time)}


def step(
    machine: Machine,
    before: Place,
    name: str,
    context: Mapping[str, Any] | None = None,
    time: Fraction | None = None,
) -> Step:
    """What an event does after a log that came so far; without a time none of it is kept."""
    if before.state == machine.removed:
        return Step(REMOVED, None, before, frozenset({"states/removed"}))
    entry = machine.entry(name)
    event = machine.events[entry]
    here = Here(before, name, context or {}, faulty(event, context or {}), time=time)
    generation = before.generation or [*chosen(machine, name, here), machine.today][0]
    row = next(iter(matching(machine, entry, generation, here)), None)
    if row is None and before.state == machine.final:
        return Step(CAPTIVE, None, before, frozenset({"states/captive"}))
    outcome = event.elsewhere if row is None else row.outcome
    breaks = set(judged_context(name, event, context))
    if outcome in (SILENT, UNDEFINED):
        breaks.add(f"states/{outcome}")
    for rule in machine.rules:
        asked = "any" in rule.on or (entry in rule.on and outcome != UNDEFINED)
        if time is None and asks_for_times(rule.require):
            continue
        if asked and here.holds(rule.require) is False:
            breaks.add(rule.name)
    if outcome == UNDEFINED:
        after = replace(before, generation=generation)
        return Step(outcome, row, after, frozenset(breaks))
    values = dict(before.values)
    for variable, effect in event.effects.items():
        try:
            values[variable] = value(effect, here)
        except Unread:
            continue
    target = row.target if row is not None else None
    after = Place(
        before.state if target is None else target,
        generation,
        tuple(values.items()),
        before.seen | ({entry} & machine.watched),
        before.visited | ({target} & machine.awaited if target is not None else set()),
        tuple(noted(before.times, entry, time).items()) if machine.is_timed else (),
    )
    return Step(outcome, row, after, frozenset(breaks))
