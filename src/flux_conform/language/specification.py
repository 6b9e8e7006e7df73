"""What a specification says: one eventlog's state machine as an immutable value.

A specification is plain data: states, events, transitions, rules and properties,
with behaviour as expression trees. The loader makes it from YAML; the checker, the proofs, the
diagrams and the RFC's tables all read it. A dialect, an older generation or a mutant is another
value, made with `_replace`.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, NamedTuple, TypeAlias

from flux_conform.language.authority import Source as Source
from flux_conform.language.bag import start_value
from flux_conform.language.expressions import Constant, Definition, Expression, List, show
from flux_conform.language.families import UNLISTED as UNLISTED
from flux_conform.language.families import governing as governing
from flux_conform.language.families import is_family as is_family
from flux_conform.language.format_rules import LineRule
from flux_conform.language.lanes import Lane
from flux_conform.language.levels import LEVELS as LEVELS
from flux_conform.language.line_form import LineForm
from flux_conform.language.loading.awaited import Awaited
from flux_conform.language.open_questions import Question
from flux_conform.language.scenarios import Participant, Scenario
from flux_conform.language.types import Optional, Record, Type

ANY_EVENT = "any"
"""In a rule's `on`: the rule is checked at each event."""

MOVES, STAYS, SILENT, UNDEFINED = "moves", "stays", "silent", "undefined"
"""The outcomes of a (state, event, guard) case."""


class Generation(NamedTuple):
    """A generation of the log format, chosen by the first event of a log and fixed for it.

    The log is of the first generation whose `on` is the name of the first event and whose `when`
    holds there; if there is none, or it cannot be determined, of the one that is `today`.
    """

    name: str
    today: bool
    says: str
    on: str | None = None
    when: Expression | None = None


class State(NamedTuple):
    """A state. `final`: a log may end in it. `removed`: the pseudo-state of a log that is deleted.

    Nothing may follow in a final state, unless it is `open`: there a log is complete and may go on.
    """

    name: str
    letter: str
    initial: bool
    final: bool
    removed: bool
    waitable: bool
    says: str
    open: bool = False

    @property
    def captive(self) -> bool:
        """Whether it is final, and nothing may follow."""
        return self.final and not self.open


class VirtualState(NamedTuple):
    """A name for a union of states; `members` are states, virtual ones resolved."""

    name: str
    members: tuple[str, ...]


class Variable(NamedTuple):
    """Data that a log accumulates. It starts at false, 0, empty or none, by its type.

    `start` is another first value, where it has one: a truth, a number or a string.
    """

    name: str
    type: Type
    says: str
    start: bool | int | float | str | None = None

    @property
    def first_value(self) -> Any:
        """What it holds before the first event."""
        return start_value(self.type) if self.start is None else self.start


class EmptyContext(NamedTuple):
    """The context is absent or `{}`."""

    kind: str = "empty"


class UndefinedContext(NamedTuple):
    """No context is defined for the event; the finding `no-context` reports one."""

    kind: str = "undefined"


class AnyContext(NamedTuple):
    """Any context is allowed."""

    kind: str = "any"


class TypedContext(NamedTuple):
    """The context is an object of this type: a record of keys, an object, or a map.

    Keys other than those of the record are allowed. It may be absent if no key is required.
    """

    type: Type
    kind: str = "typed"

    @property
    def keys(self) -> tuple[tuple[str, Type], ...]:
        """The keys that the specification names, with their types."""
        return self.type.fields if isinstance(self.type, Record) else ()

    @property
    def required(self) -> bool:
        """Whether the event must have a context."""
        if isinstance(self.type, Record):
            return any(not isinstance(of, Optional) for _, of in self.type.fields)
        return True


Context: TypeAlias = EmptyContext | UndefinedContext | AnyContext | TypedContext


class Event(NamedTuple):
    """An event, or a family of events (`debug.*`, `unlisted`).

    `by` is who posts it; `effects` give new values to variables, all right sides reading the
    values before the event; `elsewhere` is the outcome where no transition matches; `section`
    is the heading of the RFC that describes it. `example` is a context that fits, as a text of
    JSON; None is the absence of one.
    """

    name: str
    by: tuple[str, ...]
    context: Context
    effects: tuple[tuple[str, Expression], ...]
    elsewhere: str
    section: str
    says: str
    question: str | None = None
    example: str | None = None

    @property
    def is_family(self) -> bool:
        """Whether the entry is for many events: `PREFIX.*`, or the unlisted ones."""
        return is_family(self.name)

    @property
    def key_types(self) -> dict[str, Type]:
        """The keys that the specification names, with their types."""
        return dict(self.context.keys) if isinstance(self.context, TypedContext) else {}


class Transition(NamedTuple):
    """One outcome of one event in one state, under a guard and in a generation where given.

    `row` counts the rows of the specification file, which may name several events and states.
    `lane` is the lane for want of whose row the event is undefined; the file has no such row.
    """

    event: str
    source: str
    when: Expression | None
    outcome: str
    target: str | None
    generation: str | None
    basis: tuple[str, ...]
    question: str | None
    row: int
    lane: str = ""


class Rule(NamedTuple):
    """What must hold at an event, evaluated with the values before it.

    `on` names events, or is ("any",). `says` is the rule as a sentence, `breach` what is
    wrong if it is broken, `repair` how to fix it; in both, `{e}` is replaced by an expression's
    value. `supplies` names an event whose absence the breach shows. `follows` is why the rule is
    implied by others; empty if it is not.
    """

    id: str
    level: str
    on: tuple[str, ...]
    require: Expression
    rfc: int
    section: str
    says: str
    breach: tuple[str | Expression, ...]
    repair: tuple[str | Expression, ...]
    supplies: str | None = None
    follows: str = ""


class MachineFinding(NamedTuple):
    """A finding about the outcome of a step; `{event}` is replaced by the event's name."""

    kind: str
    id: str
    level: str
    rfc: int
    section: str
    says: str


MACHINE_FINDINGS = ("undefined", "silent", "captive", "removed", "context", "no-context")


class Property(NamedTuple):
    """A claim about the machine, proved or refuted for every run that obeys its assumptions.

    `kind` is one of PROPERTY_KINDS. `subject` is what `single`, `reachable`, `taken`, `disjoint`,
    `closed` and `leavable` apply to ("each state", …). For `on … then`, `on … never` and
    `on … keeps`: `on` names the event, `when` narrows it (values before), `claim` is what holds
    after it (then; `old(e)` is the value before it), or never before it (never). What an event
    keeps is a claim as well: that `x == old(x)` of each. Where an event is accepted is one too:
    that the state is one of some, in which each such event is a step of runs. What is reported is
    claimed of the final state, the report's fields and `when` put in. A run assumed breaks no rule
    of the level `assuming` or above; `silent` says whether silent outcomes are among its steps.
    `cycles` are the sets of states among which a run may cycle. A way out (recoverable) takes none
    of the events `without`.
    `expect` is the expected verdict: some claims are meant to be refuted. `questions` are
    the open questions that concern it.
    """

    id: str
    kind: str
    subject: str | None
    on: str | None
    when: Expression | None
    claim: Expression | None
    assuming: str
    silent: bool
    section: str
    says: str
    expect: str = "proved"
    cycles: tuple[tuple[str, ...], ...] = ()
    without: tuple[str, ...] = ()
    questions: tuple[str, ...] = ()


PROPERTY_KINDS = (
    *("single", "reachable", "taken", "disjoint", "closed", "functional", "separate", "cycles"),
    *("recoverable", "leavable", "always", "then", "never", "keeps", "accepts", "reports"),
)


class Specification(NamedTuple):
    """One eventlog's machine, whole. See the fields' own classes."""

    name: str
    title: str
    source: Source
    generations: tuple[Generation, ...]
    states: tuple[State, ...]
    virtual_states: tuple[VirtualState, ...]
    definitions: tuple[Definition, ...]
    variables: tuple[Variable, ...]
    events: tuple[Event, ...]
    transitions: tuple[Transition, ...]
    findings: tuple[MachineFinding, ...]
    lines: tuple[LineRule, ...]
    rules: tuple[Rule, ...]
    report: tuple[tuple[str, Expression], ...]
    properties: tuple[Property, ...]
    questions: tuple[Question, ...]
    participants: tuple[Participant, ...] = ()
    scenarios: tuple[Scenario, ...] = ()
    fields: LineForm | None = None
    lanes: tuple[Lane, ...] = ()
    waits: tuple[Awaited, ...] = ()

    def __repr__(self) -> str:
        counts = ", ".join(
            f"{len(getattr(self, field))} {field}" for field in ("states", "events", "rules")
        )
        date = f" of {self.source.date}" if self.source.date else ""
        return f"<Specification {self.name}{date}: {counts}>"

    @property
    def without_claims(self) -> Specification:
        """The same without claims and scenarios, which bear on the reading of no log."""
        return self._replace(properties=(), scenarios=())

    @property
    def plain(self) -> Specification:
        """The same of logs whose lines are in the form of eventlogs."""
        return self if self.fields is None else self._replace(fields=None)

    @property
    def initial(self) -> State:
        """The state of a log without events."""
        return next(state for state in self.states if state.initial)

    @property
    def final(self) -> State | None:
        """The first state in which a log may end; None for a log that never ends."""
        return next((state for state in self.states if state.final), None)

    @property
    def finals(self) -> tuple[State, ...]:
        """The states in which a log may end; none for a log that never ends."""
        return tuple(state for state in self.states if state.final)

    @property
    def captive(self) -> tuple[str, ...]:
        """The names of the final states in which nothing may follow."""
        return tuple(state.name for state in self.states if state.captive)

    @property
    def removed(self) -> State | None:
        """The pseudo-state of a log that is deleted, where the machine has one."""
        return next((state for state in self.states if state.removed), None)

    @property
    def ends(self) -> frozenset[str]:
        """The names of the states in which a log is over: the final ones, and a removed log's."""
        return frozenset(state.name for state in self.states if state.final or state.removed)

    @property
    def opening_events(self) -> frozenset[str]:
        """The events with which every log must begin, by a rule on any event."""
        return frozenset(
            rule.supplies
            for rule in self.rules
            if rule.supplies is not None and ANY_EVENT in rule.on
        )

    @property
    def machine_states(self) -> tuple[State, ...]:
        """The states proper: all but the pseudo-state of a removed log."""
        return tuple(state for state in self.states if not state.removed)

    @property
    def today(self) -> Generation:
        """The generation of logs that are written now."""
        return next(generation for generation in self.generations if generation.today)

    @property
    def definition_table(self) -> dict[str, Definition]:
        """The definitions by name, as `expressions.expand` takes them.

        The name of a virtual state is defined as the list of its states.
        """
        table = {state.name: members_of(state) for state in self.virtual_states}
        return {**table, **{definition.name: definition for definition in self.definitions}}

    def scenario(self, name: str) -> Scenario:
        """The scenario of that name. Raises KeyError where there is none."""
        return {scenario.name: scenario for scenario in self.scenarios}[name]

    def state(self, name: str) -> State:
        """The state of that name. Raises KeyError where there is none."""
        return {state.name: state for state in self.states}[name]

    def event(self, name: str) -> Event:
        """The entry that governs an event of that name: its own, or the family's that fits longest.

        Any name has one: `unlisted` if no other fits.
        """
        entries = {event.name: event for event in self.events}
        return entries[governing(entries, name) or UNLISTED]

    def cases(self, state: str, event: str, generation: str) -> tuple[Transition, ...]:
        """The transitions of an event (a name of `events`) in a state, in the file's order.

        Where none of their guards holds, the event's `elsewhere` is the outcome; in the final
        state and after removal nothing is allowed.
        """
        return tuple(
            row
            for row in self.transitions
            if row.event == event
            and row.source == state
            and (row.generation is None or row.generation == generation)
        )


@lru_cache(maxsize=256)
def members_of(state: VirtualState) -> Definition:
    """The virtual state's name as a definition: the list of its states' names."""
    tree = List(tuple(Constant(name) for name in state.members))
    return Definition(state.name, (), Expression(show(tree), tree))
