"""The slice of a specification that affects its behaviour, for search and proof.

Variables that only the report reads are left out, and so are effects on them; what remains is
closed under effects: a variable that a kept effect reads is kept too.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection, Iterable, Iterator
from typing import NamedTuple, TypeAlias

from flux_conform.language.expressions import (
    About,
    Binary,
    Constant,
    Expression,
    Key,
    List,
    Name,
    Node,
    expand,
    walk,
)
from flux_conform.language.specification import (
    ANY_EVENT,
    LEVELS,
    Event,
    Generation,
    Property,
    Rule,
    Specification,
    Transition,
    Variable,
)
from flux_conform.machine.claimed import at_one_time, claimed, compares
from flux_conform.machine.event_times import OF_TIMES, asked_beside, asks_time, timed_rules
from flux_conform.machine.fold import reads_through

NOTHING = "nothing"
"""In a property's `assuming`: runs may break every rule."""


OF_THEIR_OWN = ("keeps", "accepts", "reports")
"""Kinds of properties that may read variables which decide no step."""


_Claim: TypeAlias = tuple[Property, Node | None, Node | None]
"""A property, what narrows its event, and what it claims."""


class EventSlice(NamedTuple):
    """One event, or family, with all trees that bear on it; definitions are put in.

    `rows` are its transitions in the order tried, state by state. `selects` are the generations
    that this event can choose as the first of a log, each with its condition.
    """

    event: Event
    rules: tuple[tuple[Rule, Node], ...]
    rows: tuple[tuple[Transition, Node | None], ...]
    effects: tuple[tuple[str, Node], ...]
    selects: tuple[tuple[Generation, Node | None], ...]
    asked: bool = False
    claims: tuple[Node, ...] = ()

    @property
    def trees(self) -> Iterator[Node]:
        """Every expression that is evaluated at the event."""
        yield from (tree for _, tree in self.rules)
        yield from (guard for _, guard in self.rows if guard is not None)
        yield from (tree for _, tree in self.effects)
        yield from (when for _, when in self.selects if when is not None)
        yield from self.claims

    @property
    def asked_beside(self) -> tuple[Node, ...]:
        """What proofs ask of the event beside its step: claims, and whether a rule applies."""
        premises = (premise_of(tree) for _, tree in self.rules)
        return (*self.claims, *(premise for premise in premises if premise is not None))

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys of the context that some expression reads, in the order met."""
        names = [node.name for tree in self.trees for node in walk(tree) if isinstance(node, Key)]
        return tuple(dict.fromkeys(names))

    def put(self, change: Callable[[Node], Node]) -> EventSlice:
        """The same with each expression changed; what then never matters is left out."""
        rules = ((rule, change(tree)) for rule, tree in self.rules)
        effects = ((name, change(tree)) for name, tree in self.effects)
        return EventSlice(
            self.event,
            tuple(pair for pair in rules if pair[1] != Constant(True)),
            tuple((row, tree and change(tree)) for row, tree in self.rows),
            tuple((name, tree) for name, tree in effects if tree != Name(name)),
            tuple((generation, tree and change(tree)) for generation, tree in self.selects),
            self.asked,
            tuple(map(change, self.claims)),
        )


class Slice(NamedTuple):
    """The part of a specification that bears on behaviour in one generation.

    `seen` are the events whose having come is asked for, `visited` the states whose having been
    entered is; `claims` the trees of properties that speak of no event. `also` are variables that
    are in it for the sake of some properties alone.
    """

    specification: Specification
    generation: str
    variables: tuple[Variable, ...]
    seen: tuple[str, ...]
    visited: tuple[str, ...]
    events: tuple[EventSlice, ...]
    claims: tuple[Node, ...]
    also: tuple[str, ...] = ()

    @property
    def effects(self) -> list[tuple[str, Node]]:
        """The effects of all events, each with its variable."""
        return [effect for item in self.events for effect in item.effects]


def premise_of(rule: Node) -> Node | None:
    """What must hold for a rule to ask something: all that stands left of `implies`."""
    if isinstance(rule, Binary) and rule.operator == "implies":
        inner = premise_of(rule.right)
        return rule.left if inner is None else Binary("and", rule.left, inner)
    return None


def assumed(assuming: str) -> tuple[str, ...]:
    """The levels of the rules that a run assumed to obey `assuming` does not break."""
    return LEVELS[: LEVELS.index(assuming) + 1] if assuming in LEVELS else ()


def has_sound_contexts(specification: Specification, levels: Collection[str]) -> bool:
    """Whether a run that breaks no rule of the levels has the contexts that are described."""
    return any(
        finding.kind == "context" and finding.level in levels for finding in specification.findings
    )


def slice_of(
    specification: Specification,
    generation: str | None,
    levels: tuple[str, ...] = LEVELS,
    *,
    claims: bool = True,
    also: Collection[str] = (),
) -> Slice:
    """The slice of what the rules of these levels at most read, and with `claims` the properties.

    Without a generation the rows of all of them are in it. Properties are left out that read
    variables of their own (see `read_alone`), unless these are among `also`.
    """
    alone = read_alone(specification) if claims else {}
    properties = [
        (each, *_trees_of(specification, each))
        for each in specification.properties
        if claims and alone[each.id] <= set(also)
    ]
    events = [
        event_slice(specification, event, generation, levels)._replace(
            claims=(
                *_claims_at(properties, event),
                *(_beside_rules(specification, event, levels) if claims else ()),
            )
        )
        for event in specification.events
    ]
    said = [
        at_one_time(tree)
        for wanted in (
            lambda item: item.on is None,
            lambda item: item.kind == "then",
            lambda item: item.kind == "keeps",
        )
        for item, _, tree in properties
        if wanted(item) and tree is not None
    ]
    kept = _kept(specification, events, said)
    events = [
        item._replace(effects=tuple(pair for pair in item.effects if pair[0] in kept))
        for item in events
    ]
    asked = [
        node
        for tree_ in [*said, *(part for item in events for part in item.trees)]
        for node in walk(tree_)
        if isinstance(node, About)
    ]
    seen = {node.name for node in asked if node.function == "seen"}
    visited = {node.name for node in asked if node.function == "visited"}
    return Slice(
        specification,
        generation or specification.today.name,
        tuple(variable for variable in specification.variables if variable.name in kept),
        tuple(event.name for event in specification.events if event.name in seen),
        tuple(state.name for state in specification.states if state.name in visited),
        tuple(item._replace(asked=item.event.name in seen) for item in events),
        tuple(said),
        tuple(sorted(also)),
    )


def read_alone(
    specification: Specification, *, premises: bool = False
) -> dict[str, frozenset[str]]:
    """The variables that each property reads, and that decide no step, by the property's id.

    With `premises`, those that are needed to know whether it speaks of anything: none where the
    slice that all share knows that.

    Such a variable makes many more configurations. So it is not in the slice that all share, and
    the properties that read it have one of their own. Those that say what holds at one time share
    all the same, for the invariants that they make.
    """
    for known, asked, found in _told_alone:
        if known is specification and asked == premises:
            return found
    found = _read_alone(specification, premises)
    _told_alone.append((specification, premises, found))
    return found


_told_alone: deque[tuple[Specification, bool, dict[str, frozenset[str]]]] = deque(maxlen=8)
"""The last answers of `read_alone`, which each slice of a specification asks for."""


def _read_alone(specification: Specification, premises: bool) -> dict[str, frozenset[str]]:
    effects = [
        (name, expand(effect.tree, specification.definition_table))
        for event in specification.events
        for name, effect in event.effects
    ]
    names = {variable.name for variable in specification.variables}
    whole = {claim.id: _whole(specification, claim) for claim in specification.properties}
    shared = {
        claim.id
        for claim in specification.properties
        if claim.kind not in OF_THEIR_OWN and not compares(whole[claim.id])
    }
    trees: list[Node] = [tree for id_, tree in whole.items() if id_ in shared]
    for event in specification.events:
        trees += event_slice(specification, event, kept=()).trees
    common = names & reads_through(trees, effects)
    return {
        claim.id: frozenset()
        if claim.id in shared or (premises and _is_told(specification, claim, common, effects))
        else frozenset(names & reads_through([whole[claim.id]], effects)) - common
        for claim in specification.properties
    }


def _is_told(
    specification: Specification,
    claim: Property,
    common: Collection[str],
    effects: Collection[tuple[str, Node]],
) -> bool:
    """Whether a slice without the claim, which keeps the variables in `common`, has its premise.

    It does not know which keys the premise reads, what it asks of the past, and with what it
    compares.
    """
    premise = _premise(specification, claim)
    if premise is None:
        return False
    states = [state.name for state in specification.states]
    known = {None, *states, *(event.name for event in specification.events)}
    variables = {variable.name for variable in specification.variables}
    return reads_through([premise], effects) & variables <= set(common) and not any(
        isinstance(part, Key | About)
        or (isinstance(part, Constant) and type(part.value) is not bool and part.value not in known)
        for part in walk(premise)
    )


def _premise(specification: Specification, claim: Property) -> Node | None:
    """What narrows the event of a claim, or the left side of its `implies`; None without either."""
    if claim.on is not None:
        when = claim.when
        return List(()) if when is None else expand(when.tree, specification.definition_table)
    tree = claimed(specification, claim)
    return tree.left if isinstance(tree, Binary) and tree.operator == "implies" else None


def _whole(specification: Specification, claim: Property) -> Node:
    """All that a property reads, as one tree."""
    return List(tuple(each for each in _trees_of(specification, claim) if each is not None))


def _trees_of(specification: Specification, claim: Property) -> tuple[Node | None, Node | None]:
    """What narrows the event of a property, and what it claims; times are left out of that."""
    when = None if claim.when is None else expand(claim.when.tree, specification.definition_table)
    tree = claimed(specification, claim)
    if claim.kind in OF_TIMES:
        said = [each for each in (when, tree) if each is not None]
        if any(map(asks_time, said)):
            return None, asked_beside(said)
    return when, tree


def event_slice(
    specification: Specification,
    event: Event,
    generation: str | None = None,
    levels: Collection[str] = LEVELS,
    kept: Collection[str] | None = None,
) -> EventSlice:
    """All that is evaluated at an event: rules of these levels, rows, and effects on `kept`.

    Rules that ask for times are not among them: a step does not depend on these.
    Without a generation the rows of all of them are in it; without `kept`, all effects are.
    """
    definitions = specification.definition_table
    timed = timed_rules(specification)

    def maybe(expression: Expression | None) -> Node | None:
        return None if expression is None else expand(expression.tree, definitions)

    places = {state.name: place for place, state in enumerate(specification.states)}
    rows = [
        row
        for row in specification.transitions
        if row.event == event.name and (generation is None or row.generation in (None, generation))
    ]
    return EventSlice(
        event,
        tuple(
            (rule, expand(rule.require.tree, definitions))
            for rule in specification.rules
            if rule.level in levels and {event.name, ANY_EVENT} & set(rule.on)
            if rule.id not in timed
        ),
        tuple((row, maybe(row.when)) for row in sorted(rows, key=lambda row: places[row.source])),
        tuple(
            (name, expand(effect.tree, definitions))
            for name, effect in event.effects
            if kept is None or name in kept
        ),
        tuple((g, maybe(g.when)) for g in specification.generations if g.on == event.name),
    )


def _beside_rules(
    specification: Specification, event: Event, levels: Collection[str]
) -> Iterator[Node]:
    """What rules that ask for times read besides at an event, so that it is known there."""
    timed = timed_rules(specification)
    table = specification.definition_table
    for rule in specification.rules if timed else ():
        if rule.id in timed and rule.level in levels and {event.name, ANY_EVENT} & set(rule.on):
            yield asked_beside([expand(rule.require.tree, table)])


def _claims_at(properties: Iterable[_Claim], event: Event) -> Iterator[Node]:
    for claim, when, tree in properties:
        if claim.on not in (event.name, ANY_EVENT):
            continue
        if when is not None:
            yield when
        if tree is not None and (claim.kind == "never" or compares(tree)):
            yield at_one_time(tree)


def _kept(
    specification: Specification, events: Iterable[EventSlice], claims: Iterable[Node]
) -> set[str]:
    names = {variable.name for variable in specification.variables}
    effects = [effect for item in events for effect in item.effects]
    trees = [tree for item in events for tree in item._replace(effects=()).trees]
    return names & reads_through([*claims, *trees], effects)
