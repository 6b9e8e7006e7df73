"""The JSON form of a specification: what other languages read, and what `check` starts from.

Reading YAML and checking types takes a hundred times as long as judging a small log, so
`flux-conform generate` writes this form beside each model. A compiled form says which text it was
made from and is used for no other.
"""

from __future__ import annotations

import hashlib
import json
import zlib
from collections.abc import Callable
from typing import Any

from flux_conform.language import expressions as x
from flux_conform.language import types as t
from flux_conform.language.format_rules import LineRule
from flux_conform.language.open_questions import LogEvent, Question, Reading
from flux_conform.language.scenarios import Participant, Scenario, ScenarioStep
from flux_conform.language.specification import (
    AnyContext,
    Context,
    EmptyContext,
    Event,
    Generation,
    MachineFinding,
    Property,
    Rule,
    Source,
    Specification,
    State,
    Transition,
    TypedContext,
    UndefinedContext,
    Variable,
    VirtualState,
)

FORMAT = 4
"""Of the JSON form; a reader refuses any other."""

Json = Any


def encode(specification: Specification) -> Json:
    """The specification as JSON values; `decode` gives it back."""
    return _plain(specification)


def _plain(value: Any) -> Json:
    if isinstance(value, tuple):
        fields = getattr(value, "_fields", None)
        if fields is None:
            return [_plain(item) for item in value]
        return {name: _plain(item) for name, item in zip(fields, value, strict=True)}
    return value


def digest(specification: Specification) -> str:
    """The SHA-256 of a specification as JSON, keys sorted, nothing between.

    What is certified or stated of a specification names it by this.
    """
    text = json.dumps(encode(specification), sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def fingerprint(*texts: bytes) -> str:
    """What tells whether a compiled form was made from these texts."""
    return " ".join(f"{len(text)}:{zlib.crc32(text):08x}" for text in texts)


def dumps(specification: Specification, *, made_from: str) -> str:
    """The file that `generate` writes, with the fingerprint of the YAML texts."""
    document = {
        "format": FORMAT,
        "made_by": "flux-conform generate; do not edit",
        "made_from": made_from,
        "specification": encode(specification),
    }
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"


def loads(text: str, *, made_from: str) -> Specification | None:
    """The specification in a compiled file, or None where it was made from other texts.

    A file that was cut short is none either.
    """
    try:
        document = json.loads(text)
    except ValueError:
        return None
    if not isinstance(document, dict):
        return None
    if document.get("format") != FORMAT or document.get("made_from") != made_from:
        return None
    return decode(document["specification"])


def decode(data: Json) -> Specification:
    """The specification that `encode` wrote."""
    return Specification(
        name=data["name"],
        title=data["title"],
        source=Source(**data["source"]),
        generations=tuple(
            Generation(**{**item, "when": _maybe(item["when"])}) for item in data["generations"]
        ),
        states=tuple(State(**item) for item in data["states"]),
        virtual_states=tuple(
            VirtualState(item["name"], tuple(item["members"])) for item in data["virtual_states"]
        ),
        definitions=tuple(
            x.Definition(item["name"], tuple(item["parameters"]), _expression(item["body"]))
            for item in data["definitions"]
        ),
        variables=tuple(
            Variable(item["name"], _type(item["type"]), item["says"]) for item in data["variables"]
        ),
        events=tuple(map(_event, data["events"])),
        transitions=tuple(
            Transition(**{**item, "when": _maybe(item["when"]), "basis": tuple(item["basis"])})
            for item in data["transitions"]
        ),
        findings=tuple(MachineFinding(**item) for item in data["findings"]),
        lines=tuple(LineRule(**item) for item in data["lines"]),
        rules=tuple(map(_rule, data["rules"])),
        report=tuple((name, _expression(item)) for name, item in data["report"]),
        properties=tuple(_property(item) for item in data["properties"]),
        questions=tuple(map(_question, data["questions"])),
        participants=tuple(
            Participant(**{**item, "roles": tuple(item["roles"])}) for item in data["participants"]
        ),
        scenarios=tuple(map(_scenario, data["scenarios"])),
    )


def _event(item: Json) -> Event:
    effects = tuple((name, _expression(value)) for name, value in item["effects"])
    context = _context(item["context"])
    return Event(**{**item, "by": tuple(item["by"]), "context": context, "effects": effects})


def _rule(item: Json) -> Rule:
    return Rule(
        **{
            **item,
            "on": tuple(item["on"]),
            "require": _expression(item["require"]),
            "breach": _template(item["breach"]),
            "repair": _template(item["repair"]),
        }
    )


def _property(item: Json) -> Property:
    return Property(
        **{
            **item,
            "when": _maybe(item["when"]),
            "claim": _maybe(item["claim"]),
            "cycles": tuple(map(tuple, item["cycles"])),
            "without": tuple(item["without"]),
            "questions": tuple(item["questions"]),
        }
    )


def _question(item: Json) -> Question:
    log = (LogEvent(event["name"], tuple(map(tuple, event["keys"]))) for event in item["log"])
    return Question(
        **{
            **item,
            "about": tuple(item["about"]),
            "readings": tuple(Reading(**reading) for reading in item["readings"]),
            "log": tuple(log),
        }
    )


def _scenario(item: Json) -> Scenario:
    steps = (ScenarioStep(**{**step, "along": tuple(step["along"])}) for step in item["steps"])
    return Scenario(**{**item, "steps": tuple(steps)})


def _template(parts: Json) -> tuple[str | x.Expression, ...]:
    return tuple(part if isinstance(part, str) else _expression(part) for part in parts)


def _maybe(item: Json) -> x.Expression | None:
    return None if item is None else _expression(item)


def _expression(item: Json) -> x.Expression:
    return x.Expression(item["text"], _node(item["tree"]))


def _context(item: Json) -> Context:
    match item["kind"]:
        case "empty":
            return EmptyContext()
        case "undefined":
            return UndefinedContext()
        case "any":
            return AnyContext()
        case _:
            return TypedContext(_type(item["type"]))


def _pairs(items: Json, decode_value: Callable[[Json], Any]) -> tuple[tuple[str, Any], ...]:
    return tuple((name, decode_value(value)) for name, value in items)


_TYPES: dict[str, Callable[[Json], t.Type]] = {
    "boolean": lambda item: t.Boolean(),
    "integer": lambda item: t.Integer(item["low"], item["high"]),
    "number": lambda item: t.Number(),
    "string": lambda item: t.String(),
    "literal": lambda item: t.Literal(item["text"]),
    "idset": lambda item: t.Idset(),
    "path": lambda item: t.Path(),
    "any": lambda item: t.Anything(),
    "object": lambda item: t.Object(),
    "list": lambda item: t.ListOf(_type(item["of"])),
    "set": lambda item: t.SetOf(_type(item["of"])),
    "bag": lambda item: t.BagOf(_type(item["of"])),
    "optional": lambda item: t.Optional(_type(item["of"])),
    "record": lambda item: t.Record(_pairs(item["fields"], _type)),
    "map": lambda item: t.MapOf(_type(item["key"]), _type(item["value"])),
    "nonempty": lambda item: t.NonEmpty(_type(item["of"])),
    "union": lambda item: t.Union(tuple(map(_type, item["options"]))),
}


def _type(item: Json) -> t.Type:
    return _TYPES[item["kind"]](item)


_NODES: dict[str, Callable[[Json], x.Node]] = {
    "constant": lambda item: x.Constant(item["value"]),
    "name": lambda item: x.Name(item["name"]),
    "key": lambda item: x.Key(item["name"]),
    "member": lambda item: x.Member(_node(item["record"]), item["field"]),
    "not": lambda item: x.Not(_node(item["operand"])),
    "binary": lambda item: x.Binary(item["operator"], _node(item["left"]), _node(item["right"])),
    "if": lambda item: x.If(
        _node(item["condition"]), _node(item["then"]), _node(item["otherwise"])
    ),
    "list": lambda item: x.List(tuple(map(_node, item["items"]))),
    "build": lambda item: x.Build(_pairs(item["fields"], _node)),
    "call": lambda item: x.Call(item["function"], tuple(map(_node, item["arguments"]))),
    "about": lambda item: x.About(item["function"], item["name"]),
}


def _node(item: Json) -> x.Node:
    return _NODES[item["kind"]](item)
