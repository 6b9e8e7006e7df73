"""The JSON Schema of changes, made from the shapes of what they change."""

from __future__ import annotations

from flux_conform.language.changes.merge import has_ids
from flux_conform.language.changes.rows import REMOVE, ROWS, removal_shape, row_shape
from flux_conform.language.shapes import Either, Field, Items, Record, Schema, Shape, Table


def schema_of_change(machine: Record, key: str, neighbour: Shape) -> Schema:
    """The schema of a change on a machine: each key may be left out, and null removes.

    `key` is the one under which the change names its neighbour; a change in a reading has none.
    """
    fields = machine.fields
    parts = {name: _part(field) for name, field in fields.items()}
    items = {
        "if": {"required": [REMOVE]},
        "then": removal_shape(machine).schema(),
        "else": row_shape(machine).schema(),
    }
    parts[ROWS] = {"type": "array", "items": items, "description": fields[ROWS].says}
    name = {**neighbour.schema(), "description": "the specification that this differs from"}
    return {
        "type": "object",
        "properties": {key: name, **parts},
        "additionalProperties": False,
    }


def _part(field: Field) -> Schema:
    return {**_or_null(field.shape), "description": field.says}


def _or_null(shape: Shape) -> Schema:
    return {"anyOf": [{"type": "null"}, _changed(shape)]}


def _changed(shape: Shape) -> Schema:
    """The schema of what a change may say of a value."""
    if isinstance(shape, Items) and isinstance(shape.of, Record) and has_ids(shape):
        entry = _or_null(shape.of)
        return {"type": "object", "additionalProperties": entry}
    if isinstance(shape, Either):
        return {"anyOf": [_changed(shape.scalar), _changed(shape.mapping)]}
    if isinstance(shape, Table):
        return {
            "type": "object",
            "patternProperties": {f"^(?:{shape.pattern})$": _or_null(shape.of)},
            "additionalProperties": False,
        }
    if isinstance(shape, Record):
        return {
            "type": "object",
            "properties": {name: _part(field) for name, field in shape.fields.items()},
            "additionalProperties": False,
        }
    return shape.schema()
