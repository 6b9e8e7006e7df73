"""Tables and cells as reStructuredText for both docutils and Sphinx."""

from __future__ import annotations

import re
from collections.abc import Container, Iterable

from flux_conform.rfc.table import Cell, Link, Row, Span, Table

_SPECIAL = re.compile(r"[\\*`|]|(?<=[A-Za-z0-9])_(?![A-Za-z0-9])|(?<![A-Za-z0-9])_(?=[A-Za-z0-9`])")


def escaped(text: str) -> str:
    """Return a text without markup, on one line."""
    return _SPECIAL.sub(lambda found: "\\" + found[0], " ".join(text.split()))


def inline(cell: Cell, targets: Container[str] = ()) -> str:
    """Return a cell as inline markup. Only links to `targets` are made."""
    written = ""
    for place, span in enumerate(cell):
        text = _text(span) if isinstance(span, str) else _marked(span, targets)
        after_text = written[-1:].isalnum() or written[-1:] in ("`", "_")
        if written and not isinstance(span, str) and after_text:
            written += "\\ "
        elif place and isinstance(span, str) and not isinstance(cell[place - 1], str):
            # Inline markup must be followed by white space or punctuation.
            written += "\\ " if text[:1].isalnum() or text[:1] in ("\\", "_") else ""
        written += text
    return written


def _text(text: str) -> str:
    # A space at an end separates the text from its neighbour.
    before = " " if text[:1].isspace() else ""
    after = " " if text[-1:].isspace() and text.strip() else ""
    return f"{before}{escaped(text)}{after}"


def _marked(span: Span, targets: Container[str]) -> str:
    if isinstance(span, Link) and span.target in targets:
        return reference(span.target, span.text)
    text = span if isinstance(span, str) else span.text
    # A literal has no escapes, so a text that it cannot contain is written plainly.
    unfit = not text.strip() or text != text.strip() or "`" in text or "\n" in text
    return escaped(text) if unfit else f"``{text}``"


def reference(target: str, text: str | None = None) -> str:
    """Return a link to a target with the same text, such as a rule's id."""
    if text in (None, target):
        return f"`{target}`_"
    return f"`{escaped(text or '')} <{target}_>`__"


def target(name: str) -> str:
    """Return the target for links to the next paragraph or heading."""
    quoted = name if re.fullmatch(r"[A-Za-z0-9/._-]+", name) else f"`{name}`"
    return f".. _{quoted}:"


_PAGE = 15
"""Maximum number of rows of a table that is kept on one page in print."""


def list_table(table: Table, targets: Container[str] = ()) -> str:
    """Return the table as a `list-table`; a row's target precedes its first cell."""
    lines = [
        f".. list-table:: {escaped(table.title)}",
        "   :header-rows: 1",
        f"   :widths: {' '.join(str(column.width) for column in table.columns)}",
        *(["   :class: longtable"] if len(table.rows) > _PAGE else []),
        "",
        *_row(Row(tuple((column.head,) for column in table.columns)), targets),
    ]
    for row in table.rows:
        lines += _row(row, targets)
    return "\n".join(lines) + "\n"


def _row(row: Row, targets: Container[str]) -> Iterable[str]:
    for place, cell in enumerate(row.cells):
        bullet = "   * - " if not place else "     - "
        text = inline(cell, targets)
        if not place and row.target is not None:
            yield f"{bullet}{target(row.target)}"
            yield ""
            yield f"       {text}"
            continue
        yield f"{bullet}{text}".rstrip()


def code_block(lines: Iterable[str], language: str = "json") -> str:
    """Return lines of a program or a log, verbatim."""
    return "\n".join([f".. code-block:: {language}", "", *(f"   {line}" for line in lines)]) + "\n"


def field_list(fields: Iterable[tuple[str, Cell]], targets: Container[str] = ()) -> str:
    """Return names and their values as a field list."""
    return "".join(f":{escaped(name)}: {inline(cell, targets)}\n" for name, cell in fields)
