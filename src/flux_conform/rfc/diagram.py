"""What a state diagram says, given as a DOT source: states, edges with events, groups.

Graphviz itself reads the source, so that defaults, strings and subgraphs mean here what they mean
in the picture; `dot_places` finds the lines.
"""

from __future__ import annotations

import html
import json
import re
from typing import Any, NamedTuple

from flux_conform.diagrams.engine import EngineFailed, drawn
from flux_conform.language.faults import closest
from flux_conform.rfc.dot_attributes import ATTRIBUTES
from flux_conform.rfc.dot_places import Places, places_of
from flux_conform.rfc.source import MAX_BYTES
from flux_conform.rfc.stated import Remark

_MOST = 2_000
"""Nodes, groups and edges in all that are read; a diagram of more than a page is not of a text."""


class DiagramUnreadable(Exception):
    """The source is no diagram of a state machine; the message says why."""


class DrawnState(NamedTuple):
    """A node that has a name to be read."""

    name: str
    line: int


class DrawnEdge(NamedTuple):
    """An arrow, and the events that its label names; none where it has no label."""

    source: str
    target: str
    events: tuple[str, ...]
    line: int


class DrawnGroup(NamedTuple):
    """A frame around states, with its label."""

    name: str
    members: tuple[str, ...]
    line: int


class DrawnText(NamedTuple):
    """All that a diagram says. `initial` are the states to which an arrow from no state leads."""

    lines: tuple[str, ...]
    line: int
    states: tuple[DrawnState, ...]
    initial: tuple[DrawnState, ...]
    edges: tuple[DrawnEdge, ...]
    groups: tuple[DrawnGroup, ...]
    remarks: tuple[Remark, ...]


def read(source: str) -> DrawnText:
    """What a DOT source says.

    Raises DiagramUnreadable where Graphviz does not accept it or its edges have no direction,
    and engine.EngineMissing where there is no Graphviz.
    """
    if len(source) > MAX_BYTES:
        raise DiagramUnreadable(f"it has {len(source):,} characters; {MAX_BYTES:,} are read")
    _bounded(source.count("->"))
    try:
        # Graphviz leaves control characters as they are.
        graph = json.loads(drawn(source, "dot_json"), strict=False)
    except EngineFailed as error:
        raise DiagramUnreadable(error.said) from error
    except (ValueError, RecursionError) as error:
        raise DiagramUnreadable("Graphviz makes nothing of it") from error
    if not graph.get("directed"):
        raise DiagramUnreadable("it is a graph without directions, not a digraph")
    _bounded(len(graph.get("objects", ())) + len(graph.get("edges", ())))
    try:
        places = places_of(source)
    except RecursionError as error:
        raise DiagramUnreadable("it nests too deep") from error
    return _said(graph, places, tuple(source.splitlines()))


def _bounded(count: int) -> None:
    if count > _MOST:
        raise DiagramUnreadable(f"it has {count:,} nodes and edges; {_MOST:,} are read")


def _said(graph: dict[str, Any], places: Places, lines: tuple[str, ...]) -> DrawnText:
    # Graphviz lists the subgraphs before the nodes, and says how many there are.
    objects = graph.get("objects", ())
    groups, items = objects[: graph["_subgraph_cnt"]], objects[graph["_subgraph_cnt"] :]
    nodes = {item["_gvid"]: item for item in items}
    names = {number: _shown_name(item) for number, item in nodes.items()}
    line_of = {
        number: places.nodes.get(item["name"], places.graph) for number, item in nodes.items()
    }
    pending: dict[tuple[str, str], list[int]] = {}
    for place in places.edges:
        pending.setdefault((place.tail, place.head), []).append(place.line)
    edges, initial = [], []
    for item in graph.get("edges", ()):
        tail, head = item["tail"], item["head"]
        found = pending.get((nodes[tail]["name"], nodes[head]["name"]))
        line = found.pop(0) if found else line_of[tail]
        if item.get("dir") == "back":
            tail, head = head, tail
        if names[tail] and names[head]:
            edges.append(DrawnEdge(names[tail], names[head], _events(item), line))
        elif names[head]:
            initial.append(DrawnState(names[head], line))
    return DrawnText(
        lines,
        places.graph,
        tuple(DrawnState(names[number], line_of[number]) for number in nodes if names[number]),
        tuple(initial),
        tuple(sorted(edges, key=lambda edge: edge.line)),
        tuple(_groups(groups, names, places)),
        tuple(_remarks(places)),
    )


def _groups(found: list[dict[str, Any]], names: dict[int, str], places: Places) -> list[DrawnGroup]:
    groups = []
    for item in found:
        label = _plain(item.get("label", ""))
        if item["name"].startswith("cluster") and label:
            members = tuple(names[node] for node in item.get("nodes", ()) if names.get(node))
            line = places.clusters.get(item["name"], places.graph)
            groups.append(DrawnGroup(label, members, line))
    return groups


def _shown_name(item: dict[str, Any]) -> str:
    """What a reader of the picture takes for the node's name; "" for a node without words."""
    label = item.get("label", "\\N")
    if item.get("shape") == "point":
        return ""
    words = _plain(label.replace("\\N", item["name"]))
    return words.split("\n")[0].strip()


def _plain(label: str) -> str:
    """A label without the marks of HTML, and with its line breaks as such."""
    label = re.sub(r"<br\s*/?>", "\n", label, flags=re.I)
    return html.unescape(
        re.sub(r"<[^<>]*>|\\[lrn]", lambda m: "" if m[0][0] == "<" else "\n", label)
    )


_GUARD = re.compile(r"\[[^\]]*\]|\([^)]*\)")
_PARTS = re.compile(r"[\n,;|/]|\bor\b|\band\b")


def _events(edge: dict[str, Any]) -> tuple[str, ...]:
    """The events that an edge's label names, guards in brackets left out.

    A label may stand beside the edge (`xlabel`), or be kept for one that has none (`comment`).
    """
    for name in ("label", "xlabel", "comment"):
        parts = (part.strip() for part in _PARTS.split(_GUARD.sub("", _plain(edge.get(name, "")))))
        events = tuple(part for part in parts if part)
        if events:
            return events
    return ()


def _remarks(places: Places) -> list[Remark]:
    remarks = []
    for attribute in places.attributes:
        if attribute.name.lower() not in ATTRIBUTES:
            near = closest(attribute.name, ATTRIBUTES)
            hint = f'; did you mean "{near}"?' if near else "; Graphviz passes over it"
            says = f'unknown attribute "{attribute.name}"{hint}'
            remarks.append(Remark(attribute.line, says))
    return remarks
