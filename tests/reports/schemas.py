"""The part of SARIF 2.1.0 that these reports use, with all that GitHub's code scanning asks for.

Written from the standard and from GitHub's description of what it reads.
"""

from typing import Any

TEXT: Any = {
    "type": "object",
    "properties": {"text": {"type": "string", "minLength": 1}, "markdown": {"type": "string"}},
    "required": ["text"],
    "additionalProperties": False,
}
COUNT: Any = {"type": "integer", "minimum": 0}
PLACE: Any = {"type": "integer", "minimum": 1}
LEVEL: Any = {"enum": ["none", "note", "warning", "error"]}
ARTIFACT: Any = {
    "type": "object",
    # A URI reference: no space, no control, no character beyond ASCII.
    "properties": {"uri": {"type": "string", "pattern": r"^[!#-;=?-\[\]_a-z~]+$"}},
    "required": ["uri"],
    "additionalProperties": False,
}
REGION: Any = {
    "type": "object",
    "properties": {
        "startLine": PLACE,
        "startColumn": PLACE,
        "endLine": PLACE,
        "endColumn": PLACE,
        "byteOffset": COUNT,
        "byteLength": COUNT,
        "snippet": {"type": "object", "properties": {"text": {"type": "string"}}},
    },
    "required": ["startLine", "startColumn", "endLine", "endColumn"],
    "additionalProperties": False,
}
LOCATION: Any = {
    "type": "object",
    "properties": {
        "id": COUNT,
        "physicalLocation": {
            "type": "object",
            "properties": {"artifactLocation": ARTIFACT, "region": REGION},
            "required": ["artifactLocation"],
            "additionalProperties": False,
        },
        "logicalLocations": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"name": {"type": "string"}, "kind": {"type": "string"}},
                "additionalProperties": False,
            },
        },
        "message": TEXT,
    },
    "required": ["physicalLocation"],
    "additionalProperties": False,
}
RULE: Any = {
    "type": "object",
    "properties": {
        "id": {"type": "string", "minLength": 1},
        "shortDescription": TEXT,
        "fullDescription": TEXT,
        "help": TEXT,
        "helpUri": {"type": "string", "pattern": "^https://[!-~]+$"},
        "defaultConfiguration": {
            "type": "object",
            "properties": {"level": LEVEL},
            "additionalProperties": False,
        },
        "properties": {"type": "object"},
    },
    "required": ["id", "shortDescription", "fullDescription", "help"],
    "additionalProperties": False,
}
RESULT: Any = {
    "type": "object",
    "properties": {
        "ruleId": {"type": "string"},
        "ruleIndex": COUNT,
        "level": LEVEL,
        "message": TEXT,
        "locations": {"type": "array", "items": LOCATION, "minItems": 1, "maxItems": 1},
        "relatedLocations": {"type": "array", "items": LOCATION},
        "partialFingerprints": {
            "type": "object",
            "properties": {"primaryLocationLineHash": {"type": "string", "minLength": 1}},
            "required": ["primaryLocationLineHash"],
            "additionalProperties": {"type": "string"},
        },
        "suppressions": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "kind": {"enum": ["inSource", "external"]},
                    "justification": {"type": "string"},
                },
                "required": ["kind"],
                "additionalProperties": False,
            },
        },
        "properties": {"type": "object"},
    },
    "required": ["ruleId", "message", "locations", "partialFingerprints"],
    "additionalProperties": False,
}
NOTIFICATION: Any = {
    "type": "object",
    "properties": {
        "level": LEVEL,
        "message": TEXT,
        "locations": {"type": "array", "items": LOCATION},
    },
    "required": ["message"],
    "additionalProperties": False,
}
RUN: Any = {
    "type": "object",
    "properties": {
        "tool": {
            "type": "object",
            "properties": {
                "driver": {
                    "type": "object",
                    "properties": {
                        "name": {"type": "string"},
                        "semanticVersion": {"type": "string", "pattern": r"^\d+\.\d+\.\d+"},
                        "rules": {"type": "array", "items": RULE, "uniqueItems": True},
                    },
                    "required": ["name", "rules"],
                    "additionalProperties": False,
                }
            },
            "required": ["driver"],
            "additionalProperties": False,
        },
        "results": {"type": "array", "items": RESULT},
        "columnKind": {"enum": ["utf16CodeUnits", "unicodeCodePoints"]},
        "automationDetails": {
            "type": "object",
            "properties": {"id": {"type": "string"}},
            "additionalProperties": False,
        },
        "invocations": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "executionSuccessful": {"type": "boolean"},
                    "toolExecutionNotifications": {"type": "array", "items": NOTIFICATION},
                },
                "required": ["executionSuccessful"],
                "additionalProperties": False,
            },
        },
        "properties": {"type": "object"},
    },
    "required": ["tool", "results"],
    "additionalProperties": False,
}
SARIF: Any = {
    "type": "object",
    "properties": {
        "$schema": {"const": "https://json.schemastore.org/sarif-2.1.0.json"},
        "version": {"const": "2.1.0"},
        "runs": {"type": "array", "items": RUN, "minItems": 1, "maxItems": 1},
    },
    "required": ["$schema", "version", "runs"],
    "additionalProperties": False,
}
