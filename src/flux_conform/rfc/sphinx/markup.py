"""Conversion of tables into docutils nodes."""

from __future__ import annotations

from docutils import nodes

from flux_conform.rfc.clauses import anchor
from flux_conform.rfc.table import Cell, Row, Table


def table_of(table: Table, document: nodes.document) -> nodes.table:
    """Convert a table. A row with a name becomes a target, as a name and as an anchor."""
    group = nodes.tgroup(cols=len(table.columns))
    group += [nodes.colspec(colwidth=column.width) for column in table.columns]
    heads = [nodes.entry("", nodes.paragraph("", column.head)) for column in table.columns]
    group += nodes.thead("", nodes.row("", *heads))
    group += nodes.tbody("", *(_row(row, document) for row in table.rows))
    # Without explicit widths, long cells make a table wider than the page.
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
    """Make a paragraph a target; if a document has two indexes, the first has the anchors."""
    if anchor(name) in document.ids:
        return
    names = [nodes.fully_normalize_name(name)]
    target = nodes.target("", "", ids=[anchor(name)], names=names)
    document.note_explicit_target(target, target)
    paragraph.insert(0, target)


def _ragged() -> nodes.raw:
    """Return a LaTeX command, so that narrow cells are not justified; other builders skip it."""
    return nodes.raw("", r"\raggedright{}", format="latex")


def spans_of(cell: Cell) -> list[nodes.Node]:
    """Convert a cell. A link becomes code, because a table does not know its targets."""
    return [
        nodes.Text(span) if isinstance(span, str) else nodes.literal("", span.text) for span in cell
    ]
