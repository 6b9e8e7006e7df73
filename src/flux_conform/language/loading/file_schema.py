"""The JSON Schema of all that may stand in a file of this language."""

from __future__ import annotations

from typing import Any

from flux_conform.language.changes.schema import schema_of_change
from flux_conform.language.document import CHANGE, LINES, MACHINE, NEIGHBOUR
from flux_conform.language.loading.system_document import SYSTEM, SYSTEM_FILE


def json_schema() -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of machines, changes, formats of lines, and systems."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A flux-conform specification",
        "description": "Made by `flux-conform model schema`; do not edit.",
        "if": {"required": ["format"]},
        "then": LINES.schema(),
        "else": {
            "if": {"required": [CHANGE]},
            "then": {"$ref": f"#/$defs/{CHANGE}", "required": [CHANGE]},
            "else": {
                "if": {"required": [SYSTEM]},
                "then": SYSTEM_FILE.schema(),
                "else": MACHINE.schema(),
            },
        },
        "$defs": {CHANGE: schema_of_change(MACHINE, CHANGE, NEIGHBOUR)},
    }
