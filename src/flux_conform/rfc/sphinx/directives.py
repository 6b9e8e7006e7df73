"""The directives: a diagram, tables, the context of an event, the index of rules."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any, ClassVar

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective

from flux_conform.checking.transitions import course
from flux_conform.diagrams import Layout, UnknownGeneration, lay_out, state_graph
from flux_conform.diagrams.describe import describe
from flux_conform.diagrams.views.detail import detail_picture
from flux_conform.diagrams.views.lifecycle import lifecycle_picture
from flux_conform.language import UnknownMachine, is_file, load
from flux_conform.language.changes.tree import read_neighbour
from flux_conform.language.faults import SpecificationFaults, closest
from flux_conform.language.names import path_of
from flux_conform.language.specification import Specification, UndefinedContext
from flux_conform.language.type_text import words_of_context
from flux_conform.machine.step import Machine
from flux_conform.rfc import tables
from flux_conform.rfc.sphinx.markup import table_of
from flux_conform.rfc.sphinx.picture import FILE, INLINE, flux_diagram
from flux_conform.rfc.table import Table

_logger = logging.getLogger(__name__)

View = Callable[[Specification, str | None], Layout]


def _states(specification: Specification, generation: str | None) -> Layout:
    return lay_out(state_graph(specification, generation))


def _detail(specification: Specification, generation: str | None) -> Layout:
    return lay_out(detail_picture(specification, generation))


def _lifecycle(specification: Specification, generation: str | None) -> Layout:
    if not specification.scenarios:
        raise _DirectiveError(
            f"{specification.name} has no scenarios, so there is no lifecycle to draw"
        )
    return lay_out(lifecycle_picture(specification, partial(course, Machine(specification))))


VIEWS: dict[str, View] = {"states": _states, "detail": _detail, "lifecycle": _lifecycle}
"""The views that the option `:view:` names."""


class _DirectiveError(Exception):
    """The directive cannot be carried out; the message says why."""


def _files_of(machine: str) -> list[str]:
    """Return the files of a specification that an author may change."""
    path = path_of(machine)
    if not is_file(machine):
        return [path]
    lines = os.path.join(os.path.dirname(path), "eventlog.yaml")
    return [path, *read_neighbour(path).texts, *([lines] if os.path.isfile(lines) else [])]


class _MachineDirective(SphinxDirective):
    """A directive whose first argument is a specification: a name, or a file.

    A file is relative to the document's folder, or to the top of the sources if it begins with a
    slash. The document depends on it.
    """

    required_arguments = 1
    option_spec: ClassVar[dict[str, Callable[[str], Any]] | None] = {
        "caption": directives.unchanged_required,
        "name": directives.unchanged_required,
        "class": directives.class_option,
        "align": lambda text: directives.choice(text, ("left", "center", "right")),
    }

    def run(self) -> list[nodes.Node]:
        """Return the nodes; if there is an error, warn at this line and return nothing."""
        try:
            return self.content_of(self._specification())
        except _DirectiveError as error:
            _logger.warning("%s: %s", self.name, error, location=self.get_location())
        except SpecificationFaults as error:
            count = len(error.faults)
            _logger.warning(
                "%s: %s has %d fault%s",
                self.name,
                self.arguments[0],
                count,
                "s" if count > 1 else "",
                location=self.get_location(),
            )
            for fault in error.faults:
                place, _, says = str(fault).partition(": ")
                _logger.warning("%s", says, location=place.rpartition(":")[0])
        return []

    def content_of(self, specification: Specification) -> list[nodes.Node]:
        """Return the nodes that replace the directive. Raises _DirectiveError."""
        raise NotImplementedError

    def _specification(self) -> Specification:
        machine: str = self.arguments[0]
        if is_file(machine):
            _, machine = self.env.relfn2path(machine)
            if not os.path.isfile(machine):
                raise _DirectiveError(f'there is no file "{self.arguments[0]}"')
            # A faulty file is a dependency too: the document is rebuilt when it is fixed.
            self._depend([machine])
        try:
            specification = load(machine)
        except UnknownMachine as error:
            raise _DirectiveError(str(error)) from error
        self._depend(_files_of(machine))
        return specification

    def _depend(self, paths: Iterable[str]) -> None:
        for path in paths:
            self.env.note_dependency(os.path.relpath(path, self.env.srcdir))


class Diagram(_MachineDirective):
    """`flux-state-diagram:: MACHINE`: the states and the transitions between them."""

    option_spec: ClassVar[dict[str, Callable[[str], Any]] | None] = {
        **(_MachineDirective.option_spec or {}),
        "view": directives.unchanged_required,
        "generation": directives.unchanged_required,
        "alt": directives.unchanged_required,
        "svg": lambda text: directives.choice(text, (INLINE, FILE)),
    }

    def content_of(self, specification: Specification) -> list[nodes.Node]:
        """Return the diagram, in a figure if it has a caption."""
        view = VIEWS.get(self.options.get("view", "states"))
        if view is None:
            raise _DirectiveError(_unknown("view", self.options["view"], [*VIEWS]))
        try:
            layout = view(specification, self.options.get("generation"))
        except UnknownGeneration as error:
            raise _DirectiveError(str(error)) from error
        alt = self.options.get("alt", f"{specification.title}. {describe(layout.picture)}")
        diagram = flux_diagram(layout=layout, alt=alt, svg=self.options.get("svg", ""))
        diagram["classes"] += self.options.get("class", [])
        self.set_source_info(diagram)
        holder: nodes.Element
        if "caption" in self.options:
            words, messages = self.parse_inline(self.options["caption"])
            caption = nodes.caption("", "", *words)
            holder = nodes.figure("", diagram, caption, *messages)
        else:
            holder = nodes.container("", diagram, classes=["flux-diagram-block"])
        if "align" in self.options:
            holder["align"] = self.options["align"]
        self.set_source_info(holder)
        self.add_name(holder)
        return [holder]


class _TableDirective(_MachineDirective):
    """A directive that produces a table."""

    def set(self, table: Table) -> list[nodes.Node]:
        """Return the nodes of a table, with the caption and the name from the options."""
        made = table_of(table, self.state.document)
        made["classes"] += self.options.get("class", [])
        messages: list[nodes.system_message] = []
        if "caption" in self.options:
            words, messages = self.parse_inline(self.options["caption"])
            made.insert(0, nodes.title("", "", *words))
        if "align" in self.options:
            made["align"] = self.options["align"]
        self.set_source_info(made)
        self.add_name(made)
        return [made, *messages]


class NamedTable(_TableDirective):
    """The table of a directive in NAMED_TABLES, such as `flux-state-table:: MACHINE`."""

    def content_of(self, specification: Specification) -> list[nodes.Node]:
        """Return the table."""
        table = NAMED_TABLES[self.name.lower().removeprefix("flux-")]
        return self.set(tables.TABLES[table](specification))


class AnyTable(_TableDirective):
    """`flux-table:: MACHINE TABLE`: any table that a specification gives, by its name."""

    required_arguments = 2

    def content_of(self, specification: Specification) -> list[nodes.Node]:
        """Return the table."""
        maker = tables.TABLES.get(self.arguments[1])
        if maker is None:
            raise _DirectiveError(_unknown("table", self.arguments[1], [*tables.TABLES]))
        return self.set(maker(specification))


class EventContext(_TableDirective):
    """`flux-event-context:: MACHINE EVENT`: the keys of an event's context, or a sentence."""

    required_arguments = 2

    def content_of(self, specification: Specification) -> list[nodes.Node]:
        """Return a table of the keys, or a sentence about the context if it has none."""
        name: str = self.arguments[1]
        event = next((each for each in specification.events if each.name == name), None)
        if event is None:
            raise _DirectiveError(
                _unknown("event", name, [each.name for each in specification.events])
            )
        table = tables.event_context(specification, name)
        if table is not None:
            return self.set(table)
        if isinstance(event.context, UndefinedContext):
            words = "No context is defined for this event."
        else:
            words = f"The context is {words_of_context(event.context)}."
        sentence = nodes.paragraph("", words)
        self.set_source_info(sentence)
        self.add_name(sentence)
        return [sentence]


def _unknown(what: str, name: str, known: list[str]) -> str:
    near = closest(name, known)
    hint = f'did you mean "{near}"?' if near else f"the known ones are {', '.join(known)}"
    return f'there is no {what} "{name}"; {hint}'


NAMED_TABLES = {
    "state-table": "states",
    "event-table": "events",
    "transition-table": "transitions",
    "rule-index": "rules",
}
"""The tables of `tables.TABLES` that have directives of their own."""

DIRECTIVES: dict[str, type[SphinxDirective]] = {
    "state-diagram": Diagram,
    **dict.fromkeys(NAMED_TABLES, NamedTable),
    "event-context": EventContext,
    "table": AnyTable,
}
"""All directives, without the prefix `flux-` of their names."""
