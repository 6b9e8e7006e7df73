"""The JSON Schema of changes, made from the shapes of what they change."""

from __future__ import annotations

from flux_conform.language.changes.merge import has_ids
from flux_conform.language.changes.renaming import KINDS, RENAMED
from flux_conform.language.changes.rows import REMOVE, ROWS, removal_shape, row_shape
from flux_conform.language.shapes import Either, Field, Items, Record, Schema, Shape, Table, Text

_RENAMED = Record(
    RENAMED, {kind: Field(Table(Text("the new name")), f"of {kind}") for kind in KINDS}
)


def schema_of_change(machine: Record, key: str, neighbour: Shape) -> Schema:
    """The schema of a change on a machine: each key may be left out, and null removes.

    `key` is the one under which the change names its neighbour; a change in a reading has none.
    """
    items = {
        "if": {"required": [REMOVE]},
        "then": removal_shape(machine).schema(),
        "else": row_shape(machine).schema(),
    }
    schema = machine.schema_with(_or_null)
    schema["properties"] = {
        key: {**neighbour.schema(), "description": "the specification that this differs from"},
        RENAMED: {**_RENAMED.schema(), "description": "names of the neighbour, OLD: NEW"},
        **schema["properties"],
        ROWS: {"type": "array", "items": items, "description": machine.fields[ROWS].says},
    }
    return schema


def _or_null(shape: Shape) -> Schema:
    return {"anyOf": [{"type": "null"}, _changed(shape)]}


def _changed(shape: Shape) -> Schema:
    """The schema of what a change may say of a value."""
    match shape:
        case Items(of=entry) if has_ids(shape):
            return {"type": "object", "additionalProperties": _or_null(entry)}
        case Either():
            return {"anyOf": [_changed(shape.scalar), _changed(shape.mapping)]}
        case Table() | Record():
            return shape.schema_with(_or_null)
        case _:
            return shape.schema()
