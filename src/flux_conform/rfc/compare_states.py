"""Holds the states that a text describes against a specification, in both directions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from flux_conform.language.faults import closest
from flux_conform.language.specification import Specification
from flux_conform.rfc import facts
from flux_conform.rfc.difference import Difference
from flux_conform.rfc.facts import FROM_TEXT, Edge
from flux_conform.rfc.stated import Move, StatedText


def compare(text: StatedText, file: str, specification: Specification) -> Iterator[Difference]:
    """The differences in states, virtual states, and transitions that are told in words."""
    yield from _states(text, file, specification)
    yield from _unions(text, file, specification)
    wrong: dict[str, list[Move]] = {}
    for difference, state, move in _wrong_moves(text, file, specification):
        wrong.setdefault(state, []).append(move)
        yield difference
    yield from _missing_moves(text, file, specification, wrong)


def instead(name: str, known: Sequence[str], otherwise: str) -> str:
    """What to do with a name that is not known: the name that is near, if there is one."""
    near = closest(name, known)
    return f"write {near}, if that is meant; else {otherwise}" if near else otherwise


def _states(text: StatedText, file: str, specification: Specification) -> Iterator[Difference]:
    told = [state.name for state in text.states]
    states = [state.name for state in specification.machine_states]
    rule = facts.rule_of(specification, "undefined")
    for state in specification.machine_states:
        # Where no state is found at all, that is told once, as a place that is not understood.
        if state.name not in told and told:
            yield Difference(
                kind="state-missing",
                what=f"the state {state.name} is not described",
                file=file,
                line=text.states_line,
                mark="",
                model=f"{state.name}: {state.says}",
                rule=rule,
                remedy=f"describe {state.name} here, or remove it from the model",
            )
    known = [state.name for state in specification.states]
    for stated in text.states:
        if stated.name not in known:
            yield Difference(
                kind="state-unknown",
                what=f"{stated.name} is described as a state",
                file=file,
                line=stated.line,
                mark=stated.name,
                model=f"the states are {', '.join(states)}",
                rule=rule,
                remedy=instead(stated.name, known, "add the state to the model"),
            )


def _unions(text: StatedText, file: str, specification: Specification) -> Iterator[Difference]:
    told = {union.name for union in text.unions}
    unions = {union.name: union.members for union in specification.virtual_states}
    for name, members in unions.items():
        if name not in told:
            yield Difference(
                kind="virtual-missing",
                what=f"the virtual state {name} is not described",
                file=file,
                line=text.unions_line,
                mark="",
                model=f"{name} = {', '.join(members)}",
                rule=None,
                remedy=f"describe {name}, or remove it from the model",
            )
    states = {state.name for state in specification.states} | {one.name for one in text.states}
    members_of: dict[str, Sequence[str]] = {**{state: (state,) for state in states}, **unions}
    for union in text.unions:
        if union.name not in unions:
            yield Difference(
                kind="virtual-unknown",
                what=f"{union.name} is described as a virtual state",
                file=file,
                line=union.line,
                mark=union.name,
                model=f"the virtual states are {', '.join(unions) or 'none'}",
                rule=None,
                remedy=instead(union.name, [*unions], "add it to the model"),
            )
            continue
        words = [word for word in union.words if word in members_of and word != union.name]
        said = list(dict.fromkeys(state for word in words for state in members_of[word]))
        parts = members_differ(said, unions[union.name])
        if parts:
            yield Difference(
                kind="virtual-members",
                what=f"{union.name} {parts}",
                file=file,
                line=union.line,
                mark=union.name,
                model=f"{union.name} = {', '.join(unions[union.name])}",
                rule=None,
                remedy="name the same states in both",
            )


def members_differ(said: Sequence[str], members: Sequence[str]) -> str:
    """How a union that is said differs from the model's, in words; "" where it does not."""
    lacks = [one for one in members if one not in said]
    more = [one for one in said if one not in members]
    parts = [f"lacks {', '.join(lacks)}"] if lacks else []
    return " and ".join([*parts, *([f"holds {', '.join(more)} besides"] if more else [])])


def _wrong_moves(
    text: StatedText, file: str, specification: Specification
) -> Iterator[tuple[Difference, str, Move]]:
    edges = facts.edges(specification)
    states = {state.name for state in specification.states}
    targets = states | {state.name for state in text.states}
    for state in text.states:
        for move in state.moves:
            # "transitions to" something that is no state is said of other things.
            if state.name not in states or move.target not in targets:
                continue
            events = [one.event for one in edges if one[:2] == (state.name, move.target)]
            if any(event in move.words for event in events):
                continue
            how = " by none of the events that are named here" if events else ""
            out = [f"{one.event} → {one.target}" for one in edges if one.source == state.name]
            difference = Difference(
                kind="move-unknown",
                what=f"{state.name} is told to lead to {move.target}"
                + (", but not by which event" if events and not move.words else how),
                file=file,
                line=_line_of(text, move),
                mark=move.target,
                model=f"from {state.name}: {', '.join(out) or 'nothing leads on'}",
                rule=facts.rule_of(specification, "undefined"),
                remedy="correct the sentence, or the transitions of the model",
            )
            yield difference, state.name, move


def _line_of(text: StatedText, move: Move) -> int:
    """The line of a sentence's paragraph that names the target."""
    for number in range(move.line, min(move.line + 20, len(text.lines) + 1)):
        line = text.lines[number - 1]
        if not line.strip():
            break
        if move.target in line:
            return number
    return move.line


def _missing_moves(
    text: StatedText, file: str, specification: Specification, wrong: dict[str, list[Move]]
) -> Iterator[Difference]:
    lines = {state.name: state.line for state in text.states}
    removed = specification.removed
    for edge in facts.edges(specification):
        if FROM_TEXT not in edge.basis or edge.source not in lines:
            continue
        if removed is not None and edge.target == removed.name:
            continue  # no state of the machine, so no text need call it one
        own = [move for state in text.states if state.name == edge.source for move in state.moves]
        if any(_tells(move, edge) for move in (*own, *text.moves)):
            continue
        if any(
            move.target == edge.target or edge.event in move.words
            for move in wrong.get(edge.source, ())
        ):
            continue  # the other side of a sentence that is told to be wrong
        yield Difference(
            kind="move-missing",
            what=f"no sentence tells that {edge.event} leads from {edge.source} to {edge.target}",
            file=file,
            line=lines[edge.source],
            mark=edge.source,
            model=f"{edge.event} leads from {edge.source} to {edge.target}, by the text",
            rule=facts.rule_of(specification, "undefined"),
            remedy=f"tell it in the description of {edge.source}, or correct the model",
        )


def _tells(move: Move, edge: Edge) -> bool:
    return move.target == edge.target and edge.event in move.words
