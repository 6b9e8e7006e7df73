"""Comparison of the state diagram of a text with a specification, in both directions."""

from __future__ import annotations

from collections.abc import Iterator

from flux_conform.language.faults import closest
from flux_conform.language.specification import Specification
from flux_conform.rfc import facts
from flux_conform.rfc.compare_states import members_differ, remedy_for_unknown
from flux_conform.rfc.diagram import DrawnEdge, StateDiagram
from flux_conform.rfc.difference import Difference
from flux_conform.rfc.facts import FROM_DIAGRAM, Edge


def compare(drawn: StateDiagram, specification: Specification) -> Iterator[Difference]:
    """Yield the differences in states, groups and edges, and remarks on unknown attributes."""
    yield from _states(drawn, specification)
    yield from _groups(drawn, specification)
    yield from _edges(drawn, specification)
    for line, says in drawn.remarks:
        yield Difference("form", says, line=line)


def _states(drawn: StateDiagram, specification: Specification) -> Iterator[Difference]:
    shown = {state.name for state in drawn.states}
    known = [state.name for state in specification.states]
    rule = facts.rule_of(specification, "undefined")
    for state in specification.machine_states:
        if state.name not in shown:
            yield Difference(
                kind="node-missing",
                what=f"the state {state.name} is not drawn",
                line=drawn.line,
                model=f"{state.name}: {state.says}",
                rule=rule,
                remedy=f"draw {state.name}, or remove it from the model",
            )
    for node in drawn.states:
        if node.name not in known:
            yield Difference(
                kind="node-unknown",
                what=f"{node.name} is drawn as a state",
                line=node.line,
                mark=node.name,
                model=f"the states are {', '.join(known)}",
                rule=rule,
                remedy=remedy_for_unknown(node.name, known, "add the state to the model"),
            )
    for start in drawn.initial:
        if start.name != specification.initial.name:
            yield Difference(
                kind="initial",
                what=f"{start.name} is drawn as the state in which all begins",
                line=start.line,
                mark=start.name,
                model=f"the initial state is {specification.initial.name}",
                rule=rule,
                remedy=f"lead the arrow to {specification.initial.name}, or correct the model",
            )


def _groups(drawn: StateDiagram, specification: Specification) -> Iterator[Difference]:
    """Compare frames labelled with a virtual state; other frames do not describe the machine."""
    unions = {union.name.lower(): union for union in specification.virtual_states}
    states = {state.name for state in specification.states}
    for group in drawn.groups:
        union = unions.get(group.name.lower())
        if union is None:
            continue
        parts = members_differ([one for one in group.members if one in states], union.members)
        if parts:
            yield Difference(
                kind="group-members",
                what=f'the frame "{group.name}" {parts}',
                line=group.line,
                model=f"{union.name} = {', '.join(union.members)}",
                remedy="draw the frame around the same states, or give it another label",
            )


def _edges(drawn: StateDiagram, specification: Specification) -> Iterator[Difference]:
    edges = facts.edges(specification)
    rule = facts.rule_of(specification, "undefined")
    known = {state.name for state in specification.states}
    labelled = {(one.source, one.target, event) for one in drawn.edges for event in one.events}
    shown = set(labelled)
    for arrow in drawn.edges:
        if not {arrow.source, arrow.target} <= known:
            continue  # the unknown node is already reported
        pair = [edge for edge in edges if edge[:2] == (arrow.source, arrow.target)]
        left = [edge for edge in pair if edge[:3] not in labelled]
        if not arrow.events and left:
            shown |= {edge[:3] for edge in left}
            yield _unlabelled(arrow, left, rule)
        elif not arrow.events:
            yield _unknown(arrow, "", pair, edges, rule)
        for event in arrow.events:
            match = next((edge for edge in pair if edge.event == event), None)
            if match is None:
                # The label stands where another event is missing: report this as one mistake. If
                # the labelled event itself is missing elsewhere, the arrow is wrong and not its
                # label.
                own = [edge for edge in edges if edge.event == event]
                stray = bool(own) and labelled.isdisjoint(edge[:3] for edge in own)
                here = [] if stray else [edge for edge in pair if edge[:3] not in shown]
                meant = _intended_edge(event, here)
                shown |= {meant[:3]} if meant is not None else set()
                yield _wrong_label(arrow, event, pair, edges, specification)
            elif FROM_DIAGRAM not in match.basis:
                yield Difference(
                    kind="edge-basis",
                    what=f"{event} is drawn from {arrow.source} to {arrow.target}",
                    line=arrow.line,
                    mark=event,
                    model=f"it has this transition from: {', '.join(sorted(match.basis))}",
                    rule=rule,
                )
    for edge in edges:
        if FROM_DIAGRAM in edge.basis and edge[:3] not in shown:
            if not {edge.source, edge.target} <= {state.name for state in drawn.states}:
                continue  # the missing state is already reported
            yield Difference(
                kind="edge-missing",
                what=f"no edge shows that {edge.event} leads from {edge.source} to {edge.target}",
                line=_best_line(drawn, edge),
                model=f"{edge.event} leads from {edge.source} to {edge.target}, by the diagram",
                rule=rule,
                remedy=f'draw {edge.source} -> {edge.target} [label="{edge.event}"], '
                "or correct the model",
            )


def _intended_edge(event: str, left: list[Edge]) -> Edge | None:
    """Return the transition that a wrong label stands for: the one with the closest name."""
    near = closest(event, [edge.event for edge in left])
    return next((edge for edge in left if near in (None, edge.event)), None)


def _best_line(drawn: StateDiagram, edge: Edge) -> int:
    """Return the line where an edge belongs: at an edge of the same states, or the same source."""
    for same in ((edge.source, edge.target), (edge.source,)):
        for arrow in drawn.edges:
            if (arrow.source, arrow.target)[: len(same)] == same:
                return arrow.line
    return drawn.line


def _unlabelled(arrow: DrawnEdge, left: list[Edge], rule: str | None) -> Difference:
    events = ", ".join(edge.event for edge in left)
    return Difference(
        kind="edge-unlabelled",
        what=f"the edge from {arrow.source} to {arrow.target} names no event",
        line=arrow.line,
        model=f"from {arrow.source} to {arrow.target} leads {events}",
        rule=rule,
        remedy=f'add [label="{events}"]',
    )


def _unknown(
    arrow: DrawnEdge,
    event: str,
    pair: list[Edge],
    edges: tuple[Edge, ...],
    rule: str | None,
) -> Difference:
    by = f" by {event}" if event else ""
    if pair:
        known = ", ".join(edge.event for edge in pair)
        model = f"from {arrow.source} to {arrow.target} leads {known}"
        model += "" if event else ", and a label says so already"
    else:
        out = [f"{edge.event} → {edge.target}" for edge in edges if edge.source == arrow.source]
        model = f"from {arrow.source}: {', '.join(out) or 'nothing leads on'}"
    return Difference(
        kind="edge-unknown",
        what=f"an edge leads from {arrow.source} to {arrow.target}{by}",
        line=arrow.line,
        mark=event,
        model=model,
        rule=rule,
        remedy="remove the edge, or add the transition to the model",
    )


def _wrong_label(
    arrow: DrawnEdge,
    event: str,
    pair: list[Edge],
    edges: tuple[Edge, ...],
    specification: Specification,
) -> Difference:
    rule = facts.rule_of(specification, "undefined")
    listed = [one.name for one in specification.events if not one.is_family]
    if event in listed:
        return _unknown(arrow, event, pair, edges, rule)
    return Difference(
        kind="edge-label",
        what=f'the edge from {arrow.source} to {arrow.target} bears "{event}"',
        line=arrow.line,
        mark=event,
        model=f"it lists no event {event}",
        rule=rule,
        remedy=remedy_for_unknown(
            event, [edge.event for edge in pair] or listed, "add it to the model"
        ),
    )
