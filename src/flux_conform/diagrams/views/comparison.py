"""Two machines in one picture: what only one of them has is highlighted."""

from __future__ import annotations

from flux_conform.diagrams.graph import DIFF, Label, Picture, PicturedState, state_graph
from flux_conform.diagrams.marks import ADDED, DROPPED, PALE, Legend
from flux_conform.diagrams.views.edges import Move, marked, move_of
from flux_conform.language.expressions import Expression, expand, show
from flux_conform.language.specification import (
    MOVES,
    Generation,
    Specification,
    State,
    Transition,
)
from flux_conform.text import several

PLUS, MINUS, CHANGED = "+", "\N{MINUS SIGN}", "\N{PLUS-MINUS SIGN}"


def diff_picture(
    one: Specification,
    two: Specification,
    names: tuple[str, str] = ("A", "B"),
    generation: str | None = None,
) -> Picture:
    """The states and edges of both machines, those of only one marked.

    A move whose guard has changed is one dropped and one added. Compared are the generations of
    today, or the one that is named.

    Raises UnknownGeneration: One of the machines has none of that name.
    """
    # Each is drawn by itself first, which reports an unknown generation.
    pictures = [state_graph(each, generation) for each in (one, two)]
    rows = [
        _moves(spec, picture.generation) for spec, picture in zip((one, two), pictures, strict=True)
    ]
    before, after = (set(found) for found in rows)
    union = _union(one, two, rows[0] | rows[1])
    picture = state_graph(union)

    def look(in_one: bool, in_two: bool) -> str:
        return PALE if in_one and in_two else ADDED if in_two else DROPPED

    signs = {ADDED: PLUS, DROPPED: MINUS}

    def mark(move: Move, label: Label) -> Label:
        found = look(move in before, move in after)
        return label._replace(before=signs.get(found, ""), look=found)

    def state(each: PicturedState) -> PicturedState:
        found = look(*(each.name in {s.name for s in p.states} for p in pictures))
        return each._replace(mark=signs.get(found, ""), look=found)

    states = tuple(map(state, picture.states))
    edges = marked(picture, mark, PALE)
    groups = tuple(
        group._replace(mark=_group_mark(one, two, group.name)) for group in picture.groups
    )
    return picture._replace(
        name=f"{one.name}-{two.name}" if one.name != two.name else one.name,
        title=f"{two.title}: from {names[0]} to {names[1]}",
        view=DIFF,
        states=states,
        groups=groups,
        edges=edges,
        legend=(
            Legend(ADDED, f"+ only in {names[1]}"),
            Legend(DROPPED, f"{MINUS} only in {names[0]}"),
            Legend(PALE, "in both"),
        ),
        caption=(_caption(states, before, after),),
    )


def _caption(states: tuple[PicturedState, ...], before: set[Move], after: set[Move]) -> str:
    new = sum(state.look == ADDED for state in states)
    gone = sum(state.look == DROPPED for state in states)
    parts = [
        f"{several(count, what)} {verb}"
        for count, what, verb in (
            (new, "state", "added"),
            (gone, "state", "removed"),
            (len(after - before), "move", "added"),
            (len(before - after), "move", "removed"),
        )
        if count
    ]
    told = ", ".join(parts) or "No state and no move differs"
    return (
        f"{told}. Rules, contexts and events that stay are not shown; flux-conform diff tells them."
    )


def _moves(specification: Specification, generation: str) -> dict[Move, Transition]:
    """The transitions that move in a generation, their guards with definitions put in."""
    table = specification.definition_table
    found = {}
    for row in specification.transitions:
        if row.outcome == MOVES and row.generation in (None, generation):
            move = move_of(specification, row)
            when = row.when
            if when is not None:
                tree = expand(when.tree, table)
                when = Expression(show(tree), tree)
            found[move] = row._replace(when=when, generation=None)
    return found


def _union(one: Specification, two: Specification, rows: dict[Move, Transition]) -> Specification:
    """A specification with the states and groups of both and these transitions."""
    known = {group.name for group in two.virtual_states}
    return two._replace(
        generations=(Generation("both", True, ""),),
        states=_states(one, two),
        virtual_states=(
            *two.virtual_states,
            *(group for group in one.virtual_states if group.name not in known),
        ),
        variables=tuple(dict.fromkeys((*two.variables, *one.variables))),
        transitions=tuple(rows.values()),
    )


def _states(one: Specification, two: Specification) -> tuple[State, ...]:
    """The states of both, in the order of the second; others follow those that they followed.

    The second says which is the initial and which the final ones.
    """
    known = {state.name for state in two.states}
    states = list(two.states)
    previous: str | None = None
    for state in one.states:
        if state.name not in known:
            names = [each.name for each in states]
            place = names.index(previous) + 1 if previous in names else 0
            states.insert(place, state._replace(initial=False, final=False, open=False))
        previous = state.name
    return tuple(states)


def _group_mark(one: Specification, two: Specification, name: str) -> str:
    groups = [
        {group.name: set(group.members) for group in each.virtual_states}.get(name)
        for each in (one, two)
    ]
    if groups[0] is None:
        return PLUS
    if groups[1] is None:
        return MINUS
    return "" if groups[0] == groups[1] else CHANGED
