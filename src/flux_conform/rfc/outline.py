"""The structure of a parsed text: sections, definition list entries, words, and their lines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from docutils import nodes


class Section(NamedTuple):
    """A heading, its line, and the nodes below it except sections."""

    heading: str
    line: int
    body: tuple[nodes.Node, ...]
    node: nodes.section


class Entry(NamedTuple):
    """A term and the nodes of its description."""

    term: str
    line: int
    body: tuple[nodes.Node, ...]

    @property
    def text(self) -> str:
        """The description on one line."""
        return " ".join(map(text_of, self.body)).strip()


def sections(document: nodes.document, lines: Sequence[str]) -> Iterator[Section]:
    """Yield all sections, in the order of the text."""
    for node in document.findall(nodes.section):
        title = node.next_node(nodes.title)
        if title is None:
            continue
        body = [child for child in node.children if not isinstance(child, nodes.section)]
        yield Section(text_of(title), _heading_line(title, lines), tuple(body[1:]), node)


def _heading_line(title: nodes.title, lines: Sequence[str]) -> int:
    # docutils reports a line below the heading.
    line = title.line or 1
    for number in range(line, max(0, line - 3), -1):
        if number <= len(lines) and lines[number - 1].strip() == title.rawsource.strip():
            return number
    return line


def parts(body: Sequence[nodes.Node]) -> Iterator[nodes.Node | Entry]:
    """Yield the nodes of a section, with definition lists resolved into entries.

    If a blank line separates a term from its description, docutils makes them a paragraph and a
    block quote; they are an entry here. Containers, admonitions and block quotes are flattened.
    """
    rest = list(body)
    while rest:
        node = rest.pop(0)
        if isinstance(node, nodes.definition_list):
            yield from (entry_of(item) for item in node.children)
        elif is_term(node) and rest and isinstance(rest[0], nodes.block_quote):
            quote = rest.pop(0)
            yield Entry(text_of(node), line_of(node), tuple(quote.children))
        elif isinstance(node, nodes.container | nodes.Admonition | nodes.block_quote):
            rest = [*node.children, *rest]
        elif not isinstance(node, nodes.system_message):
            yield node


def entry_of(item: nodes.Node) -> Entry:
    """Convert an item of a definition list."""
    terms = [child for child in item.children if isinstance(child, nodes.term)]
    bodies = [child for child in item.children if isinstance(child, nodes.definition)]
    return Entry(
        " ".join(map(text_of, terms)),
        line_of(item),
        tuple(node for body in bodies for node in body.children),
    )


def is_term(node: nodes.Node) -> bool:
    """Return whether a paragraph can be a term that a blank line separates from its description."""
    return isinstance(node, nodes.paragraph) and len(text_of(node).split()) == 1


def line_of(node: nodes.Node) -> int:
    """Return the line of a node, or of its nearest ancestor that has one."""
    around: nodes.Node | None = node
    while around is not None:
        if around.line is not None:
            return around.line
        around = around.parent
    return 1


def text_of(node: nodes.Node) -> str:
    """Return the words of a node on one line, without docutils' messages."""
    if isinstance(node, nodes.system_message):
        return ""
    if isinstance(node, nodes.Text):
        return str(node)
    separator = "" if isinstance(node, nodes.TextElement) else " "
    return " ".join(separator.join(map(text_of, node.children)).split())
