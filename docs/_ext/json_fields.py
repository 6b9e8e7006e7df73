"""The directive `json-fields FILE [POINTER]`: a table of the fields that a JSON Schema names.

FILE is seen from the top of the repository; POINTER is the part of it that is meant, such as
`/$defs/finding`.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

_ROOT = Path(__file__).resolve().parents[2]


class JsonFields(SphinxDirective):
    """A table: each field, its type, and what it means."""

    required_arguments = 1
    optional_arguments = 1

    def run(self) -> list[nodes.Node]:
        """The table. An error where there is no such file or part."""
        path = _ROOT / self.arguments[0]
        try:
            schema = json.loads(path.read_text(encoding="utf-8"))
            part = resolve(schema, self.arguments[1] if len(self.arguments) > 1 else "")
            rows = list(fields(schema, part))
        except (OSError, ValueError, LookupError) as error:
            raise self.error(f"{self.name}: {self.arguments}: {error!r}") from error
        self.env.note_dependency(str(path))
        return [_table(rows)]


def resolve(schema: Any, pointer: str) -> Any:
    """The part of a schema that a JSON pointer means. Raises LookupError."""
    for step in pointer.split("/")[1:]:
        schema = schema[int(step)] if isinstance(schema, list) else schema[step]
    return schema


def fields(schema: Any, part: Any) -> list[tuple[str, str, str]]:
    """Name, type and meaning of each field of an object's schema."""
    required = set(part.get("required", ()))
    found = []
    for name, field in part["properties"].items():
        if "$ref" in field:
            field = {**resolve(schema, field["$ref"].removeprefix("#")), **field}
        says = field.get("description", "")
        if name not in required:
            says = f"May be absent. {says}".rstrip()
        found.append((name, type_of(schema, field), says))
    return found


def type_of(schema: Any, field: Any) -> str:
    """The type of a field in a few words."""
    if "$ref" in field and "type" not in field and "enum" not in field:
        field = resolve(schema, field["$ref"].removeprefix("#"))
    if "const" in field:
        return json.dumps(field["const"])
    if "enum" in field:
        return " | ".join(json.dumps(value) for value in field["enum"])
    for choice in ("oneOf", "anyOf"):
        if choice in field:
            return " | ".join(type_of(schema, one) for one in field[choice])
    kinds = field.get("type", "any")
    if kinds == "array" and "items" in field:
        return f"array of {type_of(schema, field['items'])}"
    return kinds if isinstance(kinds, str) else " | ".join(kinds)


def _table(rows: list[tuple[str, str, str]]) -> nodes.table:
    meant = any(says for _, _, says in rows)
    heads = ("field", "type", "meaning") if meant else ("field", "type")
    group = nodes.tgroup(cols=len(heads))
    group += [nodes.colspec(colwidth=width) for width in (20, 30, 50)[: len(heads)]]
    head = nodes.thead()
    head += _row([nodes.Text(name) for name in heads])
    body = nodes.tbody()
    for name, kind, says in rows:
        cells = [nodes.literal(text=name), nodes.Text(kind), nodes.Text(says)]
        body += _row(cells[: len(heads)])
    group += [head, body]
    return nodes.table("", group)


def _row(cells: list[nodes.Node]) -> nodes.row:
    return nodes.row("", *(nodes.entry("", nodes.paragraph("", "", cell)) for cell in cells))


def setup(app: Sphinx) -> dict[str, Any]:
    """Add the directive."""
    app.add_directive("json-fields", JsonFields)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
