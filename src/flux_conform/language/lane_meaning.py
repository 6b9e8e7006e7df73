"""What lanes mean, said by sets: the keys in a state are a set, and the rows of lanes are effects.

So whatever speaks of sets speaks of lanes: the machine, windows, repair, the search and the proofs.
`stream[k] == "EOF"` is `k in stream.EOF`. An event whose lane has no row for it is undefined, by a
transition that stands before the event's others.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import reduce
from typing import Any

from flux_conform.language import types as t
from flux_conform.language.expressions import (
    Binary,
    Call,
    Constant,
    Expression,
    If,
    List,
    Member,
    Name,
    Node,
    rebuilt,
    show,
)
from flux_conform.language.lane_sets import any_of, both, effects, meets, negated, refused
from flux_conform.language.lanes import COUNT, INDEX, Lane, LaneRow, set_of
from flux_conform.language.map_keys import key_sets
from flux_conform.language.specification import (
    MOVES,
    UNDEFINED,
    Event,
    Property,
    Specification,
    Transition,
    Variable,
)


def with_lanes(specification: Specification, members: Mapping[str, t.Type]) -> Specification:
    """The specification in which the lanes are said by sets; `members` are the types of keys.

    Expressions keep their texts. Nothing is left to do for whoever reads sets.
    """
    lanes = {lane.name: lane for lane in specification.lanes}
    if not lanes:
        return specification
    plain: Specification = _said(specification, lanes)
    moves = {event.name: tuple(_effects(event.name, plain.lanes)) for event in plain.events}
    return plain._replace(
        variables=(*plain.variables, *_variables(plain.lanes, members)),
        events=tuple(
            event._replace(effects=(*event.effects, *moves[event.name])) for event in plain.events
        ),
        transitions=tuple(_transitions(plain)),
        properties=tuple(_claims(plain)),
    )


def as_written(specification: Specification) -> Specification:
    """The specification without the sets, effects and transitions by which lanes are said.

    Those of the keys of variables are left out too. It is for people who read the rows of lanes:
    it does not mean the same.
    """
    sets = said_sets(specification)
    if not sets:
        return specification
    return specification._replace(
        variables=tuple(each for each in specification.variables if each.name not in sets),
        events=tuple(
            event._replace(effects=tuple(pair for pair in event.effects if pair[0] not in sets))
            for event in specification.events
        ),
        transitions=tuple(row for row in specification.transitions if not row.lane),
    )


def said_sets(specification: Specification) -> set[str]:
    """The sets by which lanes, and the keys of variables, are said."""
    lanes = {name for lane in specification.lanes for name in lane.sets}
    return lanes | {*key_sets(specification)}


REFUTED = "refuted"


# Expressions


def _said(value: Any, lanes: Mapping[str, Lane]) -> Any:
    """A value of a specification, with lanes said by sets in each expression in it."""
    if isinstance(value, Expression):
        return Expression(value.text, lowered(value.tree, lanes))
    if not isinstance(value, tuple):
        return value
    items = [_said(item, lanes) for item in value]
    make = getattr(value, "_make", None)
    return tuple(items) if make is None else make(items)


def lowered(node: Node, lanes: Mapping[str, Lane]) -> Node:
    """The tree with lanes said by sets."""
    match node:
        case Member(record=Name(name=name), field=state) if name in lanes:
            return Name(set_of(name, state))
        case Call(function=function, arguments=(Name(name=name), Name(name=state))) if (
            function == COUNT and name in lanes
        ):
            return Call("size", (Name(set_of(name, state)),))
        case Binary(operator="==" | "!=" as sign, left=left, right=right):
            for side, other in ((left, right), (right, left)):
                asked = _asked(side, lanes)
                if asked is not None and isinstance(other, Constant):
                    found = within(lanes[asked[0]], (str(other.value),), asked[1])
                    return found if sign == "==" else negated(found)
        case Binary(operator="in", left=left, right=List(items=items)):
            asked = _asked(left, lanes)
            states = [str(item.value) for item in items if isinstance(item, Constant)]
            if asked is not None and len(states) == len(items):
                return within(lanes[asked[0]], states, asked[1])
        case Call():
            asked = _asked(node, lanes)
            if asked is not None:
                lane, key = lanes[asked[0]], asked[1]
                rest: Node = Constant(lane.initial.name)
                for state in reversed(lane.counted):
                    test = Binary("in", key, Name(set_of(lane.name, state)))
                    rest = If(test, Constant(state), rest)
                return rest
    return rebuilt(node, lambda child: lowered(child, lanes))


def _asked(node: Node, lanes: Mapping[str, Lane]) -> tuple[str, Node] | None:
    """The lane and the key, where a node asks for the state of a lane."""
    match node:
        case Call(function=function, arguments=(Name(name=name), key)) if function == INDEX:
            return (name, lowered(key, lanes)) if name in lanes else None
        case _:
            return None


def within(lane: Lane, states: Collection[str], key: Node) -> Node:
    """That the lane of a key is in one of some states."""
    if lane.initial.name in states:
        others = [state for state in lane.counted if state not in states]
        return negated(any_of(Binary("in", key, Name(set_of(lane.name, s))) for s in others))
    held = [state for state in lane.counted if state in states]
    return any_of(Binary("in", key, Name(set_of(lane.name, state))) for state in held)


# Rows


def _matching(lane: Lane, row: LaneRow) -> Node:
    here = within(lane, row.sources, row.key.tree)
    if row.when is None:
        return here
    return row.when.tree if here == Constant(True) else Binary("and", row.when.tree, here)


def _effects(event: str, lanes: Iterable[Lane]) -> Iterator[tuple[str, Expression]]:
    """What becomes of the sets of keys at an event."""
    for lane in lanes:
        rows = lane.rows_of(event)
        if rows and rows[0].each:
            yield from ((name, Expression(show(tree), tree)) for name, tree in effects(lane, rows))
            continue
        for state in lane.counted:
            name = set_of(lane.name, state)
            tree: Node = Name(name)
            for row in reversed(rows):
                taken = _taken(lane, row, state)
                if taken != tree:
                    here = _matching(lane, row)
                    tree = taken if here == Constant(True) else If(here, taken, tree)
            if tree != Name(name):
                yield name, Expression(show(tree), tree)


def _taken(lane: Lane, row: LaneRow, state: str) -> Node:
    """The set of a state after a row."""
    whole, key = Name(set_of(lane.name, state)), row.key.tree
    if row.outcome != MOVES:
        return whole
    if row.target == state:
        return Binary("+", whole, key)
    return Binary("-", whole, key) if state in row.sources else whole


def _transitions(specification: Specification) -> Iterator[Transition]:
    """The transitions, and before those of an event the ones by which a lane refuses it."""
    refusals = {event.name: list(_refusals(specification, event)) for event in specification.events}
    for transition in specification.transitions:
        yield from refusals.pop(transition.event, ())
        yield transition
    for left in refusals.values():
        yield from left


def _has_each_state(lane: Lane, rows: Iterable[LaneRow]) -> bool:
    """Whether an event is defined whatever state the lane is in."""
    plain: set[str] = set()
    for row in rows:
        if row.outcome == UNDEFINED:
            return False
        plain.update(row.sources if row.when is None else ())
    return len(plain) == len(lane.states)


def _refusals(specification: Specification, event: Event) -> Iterator[Transition]:
    own = {row.source for row in specification.transitions if row.event == event.name}
    for lane in specification.lanes:
        rows = lane.rows_of(event.name)
        if not rows or _has_each_state(lane, rows):
            continue
        defined: Node = Constant(False)
        for row in reversed(rows):
            here = _matching(lane, row)
            if row.outcome == UNDEFINED:
                defined = Binary("and", negated(here), defined)
            else:
                defined = here if defined == Constant(False) else Binary("or", here, defined)
        tree = refused(lane, rows) if rows[0].each else negated(defined)
        if tree == Constant(False):
            continue
        for state in specification.states:
            open_ = not (state.captive or state.removed)
            if open_ and (state.name in own or event.elsewhere != UNDEFINED):
                yield Transition(
                    event.name,
                    state.name,
                    Expression(show(tree), tree),
                    UNDEFINED,
                    None,
                    None,
                    (),
                    None,
                    rows[0].row,
                    lane.name,
                )


# Claims


def _claims(specification: Specification) -> Iterator[Property]:
    """The claims; after one of each state, or each transition, those that say it of the lanes.

    That a lane comes to a state, or takes a row, is claimed by what a log refutes.
    """
    for claim in specification.properties:
        yield claim
        if claim.expect == REFUTED:
            continue
        for lane in specification.lanes:
            if claim.kind == "reachable":
                for state in lane.counted:
                    never = Call("empty", (Name(set_of(lane.name, state)),))
                    says = f"No {lane.name} lane comes to {state}."
                    yield _to_refute(claim, f"{lane.name}-{state}", "always", None, never, says)
            elif claim.kind == "taken":
                yield from _untaken(claim, lane)


def _untaken(claim: Property, lane: Lane) -> Iterator[Property]:
    """That no event follows a row of a lane from one of its states."""
    for place, row in enumerate(lane.rows):
        earlier = [other for other in lane.rows[:place] if other.event == row.event]
        for source in row.sources if row.outcome != UNDEFINED else ():
            if row.each:
                here = _guards(row, source, earlier)
                here.append(meets(lane, row.key.tree, source))
            else:
                here = [_matching(lane, row._replace(sources=(source,)))]
                here += [negated(_matching(lane, other)) for other in earlier]
            target = row.target or row.outcome
            name = f"{lane.name}-{row.event}-{source}-{target}"
            leads = f"moves to {row.target}" if row.target else row.outcome
            says = f"No {row.event} comes at which a {lane.name} lane that is {source} {leads}."
            tree = reduce(both, here)
            yield _to_refute(claim, name, "never", row.event, tree, says)


def _guards(row: LaneRow, source: str, earlier: Iterable[LaneRow]) -> list[Node]:
    """What must hold for a row to be the first for those lanes of a set that are in a state."""
    others = [other.when for other in earlier if source in other.sources]
    own = [] if row.when is None else [row.when.tree]
    return [*own, *(Constant(False) if when is None else negated(when.tree) for when in others)]


def _to_refute(
    claim: Property, name: str, kind: str, on: str | None, tree: Node, says: str
) -> Property:
    return claim._replace(
        id=f"{claim.id}-{name}".lower(),
        kind=kind,
        subject=None,
        on=on,
        claim=Expression(show(tree), tree),
        says=says,
        expect=REFUTED,
    )


def _variables(lanes: Iterable[Lane], members: Mapping[str, t.Type]) -> Iterator[Variable]:
    for lane in lanes:
        for state in lane.counted:
            name = set_of(lane.name, state)
            yield Variable(name, t.SetOf(members[lane.name]), f"the {lane.name} lanes in {state}")
