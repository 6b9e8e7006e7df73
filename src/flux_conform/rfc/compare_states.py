"""Comparison of the states that a text describes with a specification, in both directions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from flux_conform.language.faults import closest
from flux_conform.language.specification import Specification
from flux_conform.rfc import facts
from flux_conform.rfc.difference import Difference
from flux_conform.rfc.facts import FROM_TEXT
from flux_conform.rfc.stated import StatedText, StatedTransition


def compare(text: StatedText, specification: Specification) -> Iterator[Difference]:
    """Yield the differences in states, virtual states, and transitions described in sentences."""
    yield from _states(text, specification)
    yield from _unions(text, specification)
    wrong: dict[str, list[StatedTransition]] = {}
    for difference, state, move in _wrong_moves(text, specification):
        wrong.setdefault(state, []).append(move)
        yield difference
    yield from _missing_moves(text, specification, wrong)


def remedy_for_unknown(name: str, known: Sequence[str], otherwise: str) -> str:
    """Return the remedy for an unknown name: the closest known name, if there is one."""
    near = closest(name, known)
    return f"write {near}, if that is meant; else {otherwise}" if near else otherwise


def _states(text: StatedText, specification: Specification) -> Iterator[Difference]:
    described = [state.name for state in text.states]
    states = [state.name for state in specification.machine_states]
    rule = facts.rule_of(specification, "undefined")
    for state in specification.machine_states:
        # If no state is found at all, that is reported once, as a place that is unclear.
        if state.name not in described and described:
            yield Difference(
                kind="state-missing",
                what=f"the state {state.name} is not described",
                line=text.states_line,
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
                line=stated.line,
                mark=stated.name,
                model=f"the states are {', '.join(states)}",
                rule=rule,
                remedy=remedy_for_unknown(stated.name, known, "add the state to the model"),
            )


def _unions(text: StatedText, specification: Specification) -> Iterator[Difference]:
    described = {union.name for union in text.unions}
    unions = {union.name: union.members for union in specification.virtual_states}
    for name, members in unions.items():
        if name not in described:
            yield Difference(
                kind="virtual-missing",
                what=f"the virtual state {name} is not described",
                line=text.unions_line,
                model=f"{name} = {', '.join(members)}",
                remedy=f"describe {name}, or remove it from the model",
            )
    states = {state.name for state in specification.states} | {one.name for one in text.states}
    members_of: dict[str, Sequence[str]] = {**{state: (state,) for state in states}, **unions}
    for union in text.unions:
        if union.name not in unions:
            yield Difference(
                kind="virtual-unknown",
                what=f"{union.name} is described as a virtual state",
                line=union.line,
                mark=union.name,
                model=f"the virtual states are {', '.join(unions) or 'none'}",
                remedy=remedy_for_unknown(union.name, [*unions], "add it to the model"),
            )
            continue
        words = [word for word in union.words if word in members_of and word != union.name]
        said = list(dict.fromkeys(state for word in words for state in members_of[word]))
        parts = members_differ(said, unions[union.name])
        if parts:
            yield Difference(
                kind="virtual-members",
                what=f"{union.name} {parts}",
                line=union.line,
                mark=union.name,
                model=f"{union.name} = {', '.join(unions[union.name])}",
                remedy="name the same states in both",
            )


def members_differ(said: Sequence[str], members: Sequence[str]) -> str:
    """Describe how the members of a union differ from the model's; "" if they do not."""
    lacks = [one for one in members if one not in said]
    more = [one for one in said if one not in members]
    parts = [f"lacks {', '.join(lacks)}"] if lacks else []
    return " and ".join([*parts, *([f"holds {', '.join(more)} besides"] if more else [])])


def _wrong_moves(
    text: StatedText, specification: Specification
) -> Iterator[tuple[Difference, str, StatedTransition]]:
    edges = facts.edges(specification)
    states = {state.name for state in specification.states}
    targets = states | {state.name for state in text.states}
    for state in text.states:
        for move in state.moves:
            # "transitions to" followed by a word that is not a state is about something else.
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
                line=_line_of(text, move),
                mark=move.target,
                model=f"from {state.name}: {', '.join(out) or 'nothing leads on'}",
                rule=facts.rule_of(specification, "undefined"),
                remedy="correct the sentence, or the transitions of the model",
            )
            yield difference, state.name, move


def _line_of(text: StatedText, move: StatedTransition) -> int:
    """Return the line of the sentence's paragraph that names the target."""
    for number in range(move.line, min(move.line + 20, len(text.lines) + 1)):
        line = text.lines[number - 1]
        if not line.strip():
            break
        if move.target in line:
            return number
    return move.line


def _missing_moves(
    text: StatedText,
    specification: Specification,
    wrong: dict[str, list[StatedTransition]],
) -> Iterator[Difference]:
    lines = {state.name: state.line for state in text.states}
    removed = specification.removed
    for edge in facts.edges(specification):
        if FROM_TEXT not in edge.basis or edge.source not in lines:
            continue
        if removed is not None and edge.target == removed.name:
            continue  # the target is not a state of the machine, so a text need not describe it
        own = [move for state in text.states if state.name == edge.source for move in state.moves]
        if any(
            move.target == edge.target and edge.event in move.words for move in (*own, *text.moves)
        ):
            continue
        if any(
            move.target == edge.target or edge.event in move.words
            for move in wrong.get(edge.source, ())
        ):
            continue  # the other side of a sentence that is already reported
        yield Difference(
            kind="move-missing",
            what=f"no sentence tells that {edge.event} leads from {edge.source} to {edge.target}",
            line=lines[edge.source],
            mark=edge.source,
            model=f"{edge.event} leads from {edge.source} to {edge.target}, by the text",
            rule=facts.rule_of(specification, "undefined"),
            remedy=f"tell it in the description of {edge.source}, or correct the model",
        )
