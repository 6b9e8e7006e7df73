"""Safe parsing of third-party reStructuredText with docutils.

Nothing is included, executed or fetched. Unknown directives and roles, of which Sphinx has many,
keep their text. Every node knows its line in the source.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

from docutils import nodes, utils
from docutils.frontend import get_default_settings
from docutils.parsers.rst import Directive, Parser, directives, roles

from flux_conform.rfc.stated import Remark

MAX_BYTES = 4 << 20
"""Maximum length of a text in characters; the longest RFC of Flux has a fiftieth of it."""


class TextUnreadable(Exception):
    """The text cannot be read; the message says why."""


class Source(NamedTuple):
    """A text as a tree of nodes, and what docutils reports or is omitted on purpose."""

    document: nodes.document
    complaints: tuple[Remark, ...]


def parse(text: str, name: str) -> Source:
    """Parse a text. `name` names the file in docutils' messages.

    Raises TextUnreadable if the text is too long or nests too deep.
    """
    if len(text) > MAX_BYTES:
        raise TextUnreadable(f"the text has {len(text):,} characters; {MAX_BYTES:,} are read")
    settings = get_default_settings(Parser)
    settings.file_insertion_enabled = False
    settings.raw_enabled = False
    settings.syntax_highlight = "none"
    settings.smart_quotes = False
    settings.report_level = 5
    settings.halt_level = 5
    settings.line_length_limit = MAX_BYTES
    settings._disable_config = True
    document = utils.new_document(name, settings)
    complaints: list[Remark] = []
    latest = [1]

    def observe(message: nodes.system_message) -> None:
        if message["level"] >= _ERROR:
            line = message.get("line") or latest[0]
            complaints.append(Remark(int(line), message.astext().partition(") ")[2]))

    document.reporter.attach_observer(observe)
    with _permissive(complaints):
        try:
            Parser().parse(text, document)
        except RecursionError:
            raise TextUnreadable("the text nests too deep") from None
    return Source(document, tuple(sorted(set(complaints))))


_ERROR = 3
"""The level of errors in docutils; lower levels are about style."""


class _AnyOption(dict[str, Any]):
    """The options of a directive that accepts all options."""

    def __getitem__(self, _name: str) -> Any:
        return lambda value: value

    def __bool__(self) -> bool:
        return True


class _Lenient(Directive):
    """A directive that accepts all options, and at most one argument."""

    optional_arguments = 1
    final_argument_whitespace = True
    has_content = True
    option_spec = _AnyOption()


class _Block(_Lenient):
    """An unknown directive: its title and content are treated as text."""

    def run(self) -> list[nodes.Node]:
        """Return a container with the content."""
        container = nodes.container()
        container.line = self.lineno
        self.state.nested_parse(self.content, self.content_offset, container)
        return [container]


class _Described(_Lenient):
    """A directive that describes a name, such as `data`: a definition list of one entry."""

    required_arguments = 1
    optional_arguments = 0

    def run(self) -> list[nodes.Node]:
        """Return the list; the term is the name."""
        term = nodes.term("", " ".join(self.arguments[0].split()))
        body = nodes.definition()
        item = nodes.definition_list_item("", term, body)
        for node in (term, body, item):
            node.line = self.lineno
        self.state.nested_parse(self.content, self.content_offset, body)
        return [nodes.definition_list("", item)]


class _Code(_Lenient):
    """A block of code; its options are Sphinx's and have no meaning here."""

    def run(self) -> list[nodes.Node]:
        """Return a literal block that knows its language and its first line."""
        block = nodes.literal_block("", "\n".join(self.content))
        block["language"] = (self.arguments or [""])[0].lower()
        block.line = self.content_offset + 1
        return [block]


class _Image(_Lenient):
    """An image or a figure: the name of its file, and its content."""

    required_arguments = 1
    optional_arguments = 0

    def run(self) -> list[nodes.Node]:
        """Return the image, then the caption and the rest."""
        image = nodes.image(uri="".join(self.arguments[0].split()))
        image.line = self.lineno
        if not self.content:
            return [image]
        container = nodes.container("", image)
        self.state.nested_parse(self.content, self.content_offset, container)
        return [container]


class _Omitted(_Lenient):
    """A directive that would read another file, or pass text through: it is only reported."""

    complaints: list[Remark]

    def run(self) -> list[nodes.Node]:
        """Return no nodes."""
        what = f"{self.name} {' '.join(self.arguments)}".strip()
        self.complaints.append(Remark(self.lineno, f'"{what}" is left out: no file is read'))
        return []


class _Rows(_Omitted):
    """A table of comma-separated values: a row for each line, if they stand in the text itself."""

    def run(self) -> list[nodes.Node]:
        """Return the table; nothing if another file has the values."""
        if self.options.keys() & {"file", "url"} or not self.content:
            return super().run()
        body = nodes.tbody()
        for number, text in enumerate(self.content, self.content_offset + 1):
            if text.strip():
                cell = nodes.paragraph("", text.strip())
                cell.line = number
                body += nodes.row("", nodes.entry("", cell))
        return [nodes.table("", nodes.tgroup("", body))]


# docutils turns these into text.
_HARMLESS = (
    *("note", "warning", "attention", "caution", "danger", "error", "hint", "important", "tip"),
    *("admonition", "topic", "sidebar", "rubric", "epigraph", "highlights", "pull-quote"),
    *("compound", "container", "parsed-literal", "list-table", "table", "math", "replace"),
)
_ROLES = ("code", "emphasis", "strong", "literal", "math", "subscript", "superscript")
_QUIET = ("", "title-reference", *_ROLES)


def _text_of_role(
    name: str, rawtext: str, text: str, lineno: int, inliner: Any, *_: Any, **__: Any
) -> tuple[list[nodes.Node], list[nodes.system_message]]:
    """Handle an unknown role: return the title of `title <target>`, or the text itself."""
    title, angle, _target = utils.unescape(text).partition("<")
    shown = title.strip() if angle and title.strip() else utils.unescape(text)
    return [nodes.inline(rawtext, shown, classes=[name])], []


_ONE_AT_A_TIME = threading.Lock()


@contextmanager
def _permissive(complaints: list[Remark]) -> Iterator[None]:
    """Make docutils accept directives and roles of any name while one text is parsed.

    docutils has no fallback for unknown names, and its registry is global and permanent.
    """
    omitted = type("Omitted", (_Omitted,), {"complaints": complaints})
    rows = type("Rows", (_Rows,), {"complaints": complaints})
    table: dict[str, type[Directive]] = {
        **dict.fromkeys(("code", "code-block", "sourcecode"), _Code),
        **dict.fromkeys(("image", "figure"), _Image),
        **dict.fromkeys(("data", "object", "describe"), _Described),
        **dict.fromkeys(("include", "literalinclude", "raw"), omitted),
        "csv-table": rows,
    }
    directive, role = directives.directive, roles.role

    def find_directive(name: str, language: Any, document: nodes.document) -> Any:
        if name.lower() in _HARMLESS:
            return directive(name, language, document)
        return table.get(name.lower(), _Block), []

    def find_role(name: str, language: Any, lineno: int, reporter: Any) -> Any:
        if name.lower() in _QUIET:
            return role(name, language, lineno, reporter)
        return _text_of_role, []

    with _ONE_AT_A_TIME:
        directives.directive = find_directive  # type: ignore[assignment]
        roles.role = find_role  # type: ignore[assignment]
        try:
            yield
        finally:
            directives.directive, roles.role = directive, role
