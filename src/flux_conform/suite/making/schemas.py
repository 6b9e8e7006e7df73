"""JSON Schemas of the exported files: of vectors, and of the manifest."""

from __future__ import annotations

from typing import Any

from flux_conform.language.specification import LEVELS
from flux_conform.mutation.domains import DOMAINS
from flux_conform.mutation.powers import POWERS
from flux_conform.suite.making.export import GROUPS, PURPOSES
from flux_conform.suite.making.strengthen import FATES
from flux_conform.suite.making.tiers import TIERS
from flux_conform.suite.protocol import VERDICTS

_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_VERDICTS = list(VERDICTS)
_TEXT = {"type": "string"}
_COUNT = {"type": "integer", "minimum": 0}
_IDS = {"type": "array", "items": _TEXT}
_NUMBER = {"type": "integer", "minimum": 1}
_NAMES = {"type": "object", "additionalProperties": _TEXT}


def vector_schema() -> dict[str, Any]:
    """The schema of a file of vectors."""
    finding = _object(
        rule=_TEXT, level={"enum": list(LEVELS)}, line={"type": "integer", "minimum": 1}
    )
    step = _object(state=_TEXT, event=_TEXT, outcome=_TEXT, to=_TEXT)
    reading = _object(
        reading=_NAMES,
        verdict={"enum": [*_VERDICTS, None]},
        strict={"enum": [*_VERDICTS, None]},
        findings={"type": "array", "items": finding},
        states=_IDS,
        job={"type": ["object", "null"]},
    )
    vector = _object(
        id={"type": "string", "pattern": "^[^/]+/[^/]+$"},
        purpose={"enum": list(PURPOSES)},
        says=_TEXT,
        clauses=_IDS,
        transition={"oneOf": [{"type": "null"}, step]},
        generation=_TEXT,
        tier={"enum": list(TIERS)},
        log={"type": "string", "pattern": "^logs/"},
        events=_COUNT,
        verdict={"enum": _VERDICTS},
        strict={"enum": _VERDICTS},
        findings={"type": "array", "items": finding},
        states=_IDS,
        job={"type": ["object", "null"]},
        contested=_IDS,
        readings={"type": "array", "items": reading},
    )
    return {
        "$schema": _DIALECT,
        "title": "The vectors of a group",
        **_object(
            group={"enum": list(GROUPS)}, says=_TEXT, vectors={"type": "array", "items": vector}
        ),
    }


def manifest_schema() -> dict[str, Any]:
    """The schema of a manifest."""
    fates = _object(**dict.fromkeys(FATES, _COUNT))
    powers = _object(**dict.fromkeys(POWERS, fates))
    left = _object(mutant=_TEXT, power={"enum": list(POWERS)}, fate={"enum": list(FATES)}, by=_TEXT)
    domain = _object(
        domain={"enum": list(DOMAINS)}, says=_TEXT, faults=_COUNT, tried=_COUNT, powers=powers
    )
    strength = _object(
        vectors=_TEXT,
        mutants=_COUNT,
        powers=powers,
        smoke={"oneOf": [{"type": "null"}, _object(vectors=_COUNT, killed=_COUNT)]},
        operators={"type": "object", "additionalProperties": powers},
        left={"type": "array", "items": left},
    )
    # A measurement of before there were fault domains has none.
    strength["properties"].update(
        domains={"type": "array", "items": domain}, left_of_domains={"type": "array", "items": left}
    )
    gaps = _object(
        clauses={"type": "array", "items": _object(id=_TEXT, why=_TEXT)},
        transitions=_IDS,
        states=_IDS,
        control=_TEXT,
    )
    event = _object(name=_TEXT, context={"type": ["object", "null"]})
    control = _object(
        says=_TEXT,
        states=_COUNT,
        alphabet={"type": "array", "items": event},
        telling={"type": "array", "items": _IDS},
        words=_COUNT,
        contested=_COUNT,
    )
    question = _object(id=_TEXT, readings=_IDS, vectors=_COUNT)
    clause = _object(
        id=_TEXT,
        level={"enum": list(LEVELS)},
        section=_TEXT,
        says=_TEXT,
        broken=_IDS,
        obeyed=_IDS,
        untestable=_TEXT,
    )
    clause["properties"]["rfc"] = _NUMBER
    return {
        "$schema": _DIALECT,
        "title": "What a suite holds, and how strong it is",
        **_object(
            suite={"type": "string", "pattern": r"^\d+\.\d+\.\d+$"},
            machine=_TEXT,
            title=_TEXT,
            specification=_specification(),
            chosen=_object(
                tier={"enum": list(TIERS)},
                groups={"type": ["array", "null"], "items": {"enum": list(GROUPS)}},
            ),
            vectors=_COUNT,
            tiers=_object(**dict.fromkeys(TIERS, _object(says=_TEXT, vectors=_COUNT))),
            verdicts=_object(**dict.fromkeys(_VERDICTS, _COUNT)),
            contested=_COUNT,
            questions={"type": "array", "items": question},
            left_out={"type": "array", "items": _NAMES},
            groups={"type": "array", "items": _object(name=_TEXT, says=_TEXT, vectors=_COUNT)},
            purposes={"type": "object", "additionalProperties": _TEXT},
            control={"oneOf": [{"type": "null"}, control]},
            strength={"oneOf": [{"type": "null"}, strength]},
            not_covered=gaps,
            clauses={"type": "array", "items": clause},
            files=_NAMES,
        ),
    }


def _specification() -> dict[str, Any]:
    """Where the suite is from: an RFC, or a `source` that has a name.

    `fields` are there where lines name their parts otherwise.
    """
    text = {"type": ["string", "null"]}
    schema = _object(digest=_TEXT, version={"type": ["integer", "null"]}, date=text)
    schema["properties"]["rfc"] = _NUMBER
    schema["properties"]["source"] = _TEXT
    schema["properties"]["fields"] = _object(name=_TEXT, time=text, context=text)
    schema["oneOf"] = [{"required": ["rfc"]}, {"required": ["source"]}]
    return schema


def _object(**properties: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }
