"""`check --format html`: joins what was found and the pictures of the machine in one page."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import TYPE_CHECKING

from flux_conform import __version__
from flux_conform.cli.common import usage_errors
from flux_conform.diagrams import EngineFailed, EngineMissing, lay_out, state_graph
from flux_conform.diagrams.dot import EDGE, STATE, element_id
from flux_conform.diagrams.svg import svg_text
from flux_conform.diagrams.views.cover import Coverage, cover_picture
from flux_conform.diagrams.views.edges import move_of, moves_of
from flux_conform.language.specification import MOVES
from flux_conform.reports.html import HtmlReport
from flux_conform.reports.interface import Diagram, Drawing
from flux_conform.rfc.clauses import rfc_address

if TYPE_CHECKING:
    from flux_conform.diagrams import Layout
    from flux_conform.language.specification import Specification
    from flux_conform.machine.taken import Course
    from flux_conform.reports.interface import Write
    from flux_conform.session.delivery import Report


def html_report(write: Write) -> Report:
    """The report that writes the page."""
    return HtmlReport(write, _drawing, lambda found: rfc_address(found.rfc), __version__)


def _drawing(specification: Specification) -> Drawing:
    """What draws a machine. Raises UsageError where nothing can be drawn, before logs are read."""
    made = Pictures(specification)
    made.diagram(specification.today.name)
    return made


def _telling() -> AbstractContextManager[None]:
    """Raises UsageError where the program that draws cannot be run."""
    return usage_errors(EngineFailed, EngineMissing, prefix="--format html has pictures, and ")


class Pictures:
    """Draws one machine, and what logs did on it."""

    def __init__(self, specification: Specification, name: str | None = None) -> None:
        """`name` stands in the ids of the pictures' parts, where two machines have one name."""
        self._specification = specification
        self._name = name or specification.name
        self._coverage = Coverage(specification)
        self._diagrams: dict[str, Diagram] = {}

    def add(self, course: Course) -> None:
        """Count what a log did."""
        self._coverage.add(course)

    def covered(self) -> str:
        """What the logs did, as SVG."""
        with _telling():
            return svg_text(lay_out(cover_picture(self._coverage)))

    def diagram(self, generation: str) -> Diagram:
        """The machine for logs of a generation, always the same one."""
        if generation not in self._diagrams:
            self._diagrams[generation] = self._drawn(generation)
        return self._diagrams[generation]

    def _drawn(self, generation: str) -> Diagram:
        specification = self._specification
        # A name that no other picture of the page has, for the ids of its parts.
        name = f"{self._name} replay {len(self._diagrams) + 1}"
        picture = state_graph(specification, generation)._replace(name=name)
        # Its own picture may write a name otherwise, and looks nothing up by it.
        layout = lay_out(picture)
        states = {
            state.name: element_id(picture, STATE, place)
            for place, state in enumerate(picture.states)
        }
        moves = {
            move: _elements(layout, place)
            for place, edge in enumerate(picture.edges)
            for move in moves_of(edge)
        }
        edges = {
            row: moves[move]
            for row in specification.transitions
            if row.outcome == MOVES and (move := move_of(specification, row)) in moves
        }
        with _telling():
            drawn = svg_text(layout)
        return Diagram(element_id(picture, "whole", 0), drawn, states, edges)


def _elements(layout: Layout, place: int) -> tuple[str, ...]:
    """The element of an edge, and of the one whose line it joins."""
    own = layout.edges[place]
    places = [place]
    if own.tip is None:
        bare = {label.bare for label in own.edge.labels}
        places += [
            other
            for other, each in enumerate(layout.edges)
            if each.tip is not None
            and each.edge.target == own.edge.target
            and {label.bare for label in each.edge.labels} == bare
        ][:1]
    return tuple(element_id(layout.picture, EDGE, each) for each in places)
