"""Tables of a specification as nodes of a document."""

from __future__ import annotations

from docutils import nodes

from flux_conform.rfc.clauses import anchor
from flux_conform.rfc.table import Cell, Row, Table


def table_of(table: Table, document: nodes.document) -> nodes.table:
    """The table. A row that has a name becomes a target, by that name and as an anchor."""
    group = nodes.tgroup(cols=len(table.columns))
    group += [nodes.colspec(colwidth=column.width) for column in table.columns]
    heads = [nodes.entry("", nodes.paragraph("", column.head)) for column in table.columns]
    group += nodes.thead("", nodes.row("", *heads))
    group += nodes.tbody("", *(_row(row, document) for row in table.rows))
    # Without widths of their own, long cells would make a table wider than the page.
    classes = ["flux-table", f"flux-{table.name}", "colwidths-given"]
    return nodes.table("", group, classes=classes)


def _row(row: Row, document: nodes.document) -> nodes.row:
    made = nodes.row()
    for number, cell in enumerate(row.cells):
        paragraph = nodes.paragraph("", "", _ragged(), *spans_of(cell))
        if number == 0 and row.target is not None:
            _name(paragraph, row.target, document)
        made += nodes.entry("", paragraph)
    return made


def _name(paragraph: nodes.paragraph, name: str, document: nodes.document) -> None:
    """Make a paragraph a target; of two indexes in a document, the first holds the anchors."""
    if anchor(name) in document.ids:
        return
    names = [nodes.fully_normalize_name(name)]
    target = nodes.target("", "", ids=[anchor(name)], names=names)
    document.note_explicit_target(target, target)
    paragraph.insert(0, target)


def _ragged() -> nodes.raw:
    """For LaTeX, which would stretch the blanks of narrow cells; other builders pass over it."""
    return nodes.raw("", r"\raggedright{}", format="latex")


def spans_of(cell: Cell) -> list[nodes.Node]:
    """The spans of a cell. A link stands as code, as a table knows no place to lead to."""
    return [
        nodes.Text(span) if isinstance(span, str) else nodes.literal("", span.text) for span in cell
    ]
