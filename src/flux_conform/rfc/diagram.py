"""Reader for the state diagram of a text, a DOT source: states, edges with events, groups.

Graphviz parses the source, so defaults, strings and subgraphs have the meaning they have in the
picture. `dot_locations` finds the lines, which Graphviz does not report.
"""

from __future__ import annotations

import html
import json
import re
from typing import Any, NamedTuple

from flux_conform.diagrams.engine import EngineFailed, drawn
from flux_conform.language.faults import closest
from flux_conform.rfc.dot_locations import Locations
from flux_conform.rfc.source import MAX_BYTES
from flux_conform.rfc.stated import Remark

_MAX_ELEMENTS = 2_000
"""Maximum number of nodes, groups and edges; a diagram in a text fits on a page."""


class DiagramUnreadable(Exception):
    """The source is not a diagram of a state machine; the message says why."""


class DrawnState(NamedTuple):
    """A node with a visible name."""

    name: str
    line: int


class DrawnEdge(NamedTuple):
    """An arrow, and the events in its label; empty if it has no label."""

    source: str
    target: str
    events: tuple[str, ...]
    line: int


class DrawnGroup(NamedTuple):
    """A frame around states, and its label."""

    name: str
    members: tuple[str, ...]
    line: int


class StateDiagram(NamedTuple):
    """The content of a diagram. `initial` are the states with an arrow that has no source state."""

    lines: tuple[str, ...]
    line: int
    states: tuple[DrawnState, ...]
    initial: tuple[DrawnState, ...]
    edges: tuple[DrawnEdge, ...]
    groups: tuple[DrawnGroup, ...]
    remarks: tuple[Remark, ...]


def read(source: str) -> StateDiagram:
    """Read a DOT source.

    Raises DiagramUnreadable if Graphviz does not accept it or it is not directed, and
    engine.EngineMissing if Graphviz is not installed.
    """
    if len(source) > MAX_BYTES:
        raise DiagramUnreadable(f"it has {len(source):,} characters; {MAX_BYTES:,} are read")
    _bounded(source.count("->"))
    try:
        # Graphviz does not escape control characters.
        graph = json.loads(drawn(source, "dot_json"), strict=False)
    except EngineFailed as error:
        raise DiagramUnreadable(error.said) from error
    except (ValueError, RecursionError) as error:
        raise DiagramUnreadable("Graphviz makes nothing of it") from error
    if not graph.get("directed"):
        raise DiagramUnreadable("it is a graph without directions, not a digraph")
    _bounded(len(graph.get("objects", ())) + len(graph.get("edges", ())))
    try:
        locations = Locations(source)
    except RecursionError as error:
        raise DiagramUnreadable("it nests too deep") from error
    return _interpret(graph, locations, tuple(source.splitlines()))


def _bounded(count: int) -> None:
    if count > _MAX_ELEMENTS:
        raise DiagramUnreadable(f"it has {count:,} nodes and edges; {_MAX_ELEMENTS:,} are read")


def _interpret(graph: dict[str, Any], locations: Locations, lines: tuple[str, ...]) -> StateDiagram:
    # Graphviz lists the subgraphs before the nodes, and reports their number.
    objects = graph.get("objects", ())
    groups, items = objects[: graph["_subgraph_cnt"]], objects[graph["_subgraph_cnt"] :]
    nodes = {item["_gvid"]: item for item in items}
    names = {number: _shown_name(item) for number, item in nodes.items()}
    line_of = {
        number: locations.nodes.get(item["name"], locations.graph) for number, item in nodes.items()
    }
    pending: dict[tuple[str, str], list[int]] = {}
    for place in locations.edges:
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
    return StateDiagram(
        lines,
        locations.graph,
        tuple(DrawnState(names[number], line_of[number]) for number in nodes if names[number]),
        tuple(initial),
        tuple(sorted(edges, key=lambda edge: edge.line)),
        tuple(_groups(groups, names, locations)),
        tuple(_remarks(locations)),
    )


def _groups(
    found: list[dict[str, Any]], names: dict[int, str], locations: Locations
) -> list[DrawnGroup]:
    groups = []
    for item in found:
        label = _plain(item.get("label", ""))
        if item["name"].startswith("cluster") and label:
            members = tuple(names[node] for node in item.get("nodes", ()) if names.get(node))
            line = locations.clusters.get(item["name"], locations.graph)
            groups.append(DrawnGroup(label, members, line))
    return groups


def _shown_name(item: dict[str, Any]) -> str:
    """Return the name that a reader of the picture sees; "" for a node without text."""
    label = item.get("label", "\\N")
    if item.get("shape") == "point":
        return ""
    words = _plain(label.replace("\\N", item["name"]))
    return words.split("\n")[0].strip()


def _plain(label: str) -> str:
    """Return a label without HTML tags, with its line breaks as newlines."""
    label = re.sub(r"<br\s*/?>", "\n", label, flags=re.I)
    return html.unescape(
        re.sub(r"<[^<>]*>|\\[lrn]", lambda m: "" if m[0][0] == "<" else "\n", label)
    )


_GUARD = re.compile(r"\[[^\]]*\]|\([^)]*\)")
_PARTS = re.compile(r"[\n,;|/]|\bor\b|\band\b")


def _events(edge: dict[str, Any]) -> tuple[str, ...]:
    """Return the events in the label of an edge, without guards in brackets.

    The label may be external (`xlabel`), or in a `comment` if the edge shows none.
    """
    for name in ("label", "xlabel", "comment"):
        parts = (part.strip() for part in _PARTS.split(_GUARD.sub("", _plain(edge.get(name, "")))))
        events = tuple(part for part in parts if part)
        if events:
            return events
    return ()


# The attributes in Graphviz's reference, in lower case; it ignores other names.
_NAMES = """
_background area arrowhead arrowsize arrowtail bb beautify bgcolor center charset class cluster
clusterrank color colorscheme comment compound concentrate constraint damping decorate
defaultdist dim dimen dir diredgeconstraints distortion dpi edgehref edgetarget edgetooltip
edgeurl epsilon esep fillcolor fixedsize fontcolor fontname fontnames fontpath fontsize
forcelabels gradientangle group head_lp headclip headhref headlabel headport headtarget
headtooltip headurl height href id image imagepath imagepos imagescale inputscale k label
label_scheme labelangle labeldistance labelfloat labelfontcolor labelfontname labelfontsize
labelhref labeljust labelloc labeltarget labeltooltip labelurl landscape layer layerlistsep
layers layerselect layersep layout len levels levelsgap lhead lheight linelength lp ltail lwidth
margin maxiter mclimit mindist minlen mode model newrank nodesep nojustify normalize notranslate
nslimit nslimit1 oneblock ordering orientation outputorder overlap overlap_scaling
overlap_shrink pack packmode pad page pagedir pencolor penwidth peripheries pin pos quadtree
quantum radius rank rankdir ranksep ratio rects regular remincross repulsiveforce resolution
root rotate rotation samehead sametail samplepoints scale searchsize sep shape shapefile
showboxes sides size skew smoothing sortv splines start style stylesheet tail_lp tailclip
tailhref taillabel tailport tailtarget tailtooltip tailurl target tbbalance texlbl tooltip
truecolor url vertices viewport voro_margin weight width xdotversion xlabel xlp z
"""
_ATTRIBUTES = _NAMES.split()


def _remarks(locations: Locations) -> list[Remark]:
    remarks = []
    for attribute in locations.attributes:
        if attribute.name.lower() not in _ATTRIBUTES:
            near = closest(attribute.name, _ATTRIBUTES)
            hint = f'; did you mean "{near}"?' if near else "; Graphviz passes over it"
            says = f'unknown attribute "{attribute.name}"{hint}'
            remarks.append(Remark(attribute.line, says))
    return remarks
