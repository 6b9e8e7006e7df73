"""What reports are given besides the events of a session: where text goes, links and pictures."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple, Protocol, TypeAlias

from flux_conform.checking.finding import Finding
from flux_conform.language.specification import Transition
from flux_conform.machine.taken import Course

Write: TypeAlias = Callable[[str], None]
"""Takes the next piece of a report's text."""

Link: TypeAlias = Callable[[Finding], str | None]
"""The absolute address of the rule's text that a finding breaks, or None."""


class Diagram(NamedTuple):
    """A machine's diagram as SVG, with the ids of its parts.

    `states` gives the element of each state; `edges` that of each transition which is drawn, and
    where its line joins that of another edge, the element of this one too.
    """

    id: str
    svg: str
    states: Mapping[str, str]
    edges: Mapping[Transition, tuple[str, ...]]


class Drawing(Protocol):
    """Draws one machine, and what logs did on it."""

    def add(self, course: Course) -> None:
        """Count what a log did."""

    def covered(self) -> str:
        """What the logs did, as SVG."""

    def diagram(self, generation: str) -> Diagram:
        """The machine for logs of a generation, always the same one."""
