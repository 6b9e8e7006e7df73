"""The JSON form of a specification: what other languages read, and what `check` starts from.

Reading YAML and checking types takes a hundred times as long as judging a small log, so
`flux-conform generate` writes this form for each model. A compiled form names the text it was made
from and is used for no other.
"""

from __future__ import annotations

import hashlib
import json
import zlib
from collections.abc import Callable
from typing import Any, get_args

from flux_conform.language import expressions as x
from flux_conform.language import types as t
from flux_conform.language.format_rules import LineRule
from flux_conform.language.lanes import Lane, LaneRow, LaneState
from flux_conform.language.line_form import LineForm
from flux_conform.language.loading.awaited import Awaited
from flux_conform.language.open_questions import LogEvent, Question, Reading
from flux_conform.language.scenarios import Participant, Scenario, ScenarioStep
from flux_conform.language.specification import (
    AnyContext,
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
        if (short := _SHORT.get(type(value))) is not None:
            usual = value._field_defaults  # type: ignore[attr-defined]
            if value[short:] == tuple(usual[name] for name in fields[short:]):
                fields, value = fields[:short], value[:short]
        return {name: _plain(item) for name, item in zip(fields, value, strict=True)}
    return value


def digest(specification: Specification) -> str:
    """The SHA-256 of a specification as JSON, with sorted keys and no whitespace.

    Certificates and statements identify a specification by it.
    """
    text = json.dumps(encode(specification), sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def fingerprint(*texts: bytes) -> str:
    """Identifies the texts that a compiled form was made from."""
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

    The result is None for a truncated file, too.
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
    specification: Specification = _value(data)
    events = (
        # The type `any` has the same JSON form, and was read instead.
        event._replace(context=AnyContext()) if event.context.kind == AnyContext().kind else event
        for event in specification.events
    )
    return specification._replace(events=tuple(events))


_SHORT: dict[type, int] = {
    Scenario: 5,
    ScenarioStep: 5,
    Source: 4,
    State: 7,
    Variable: 3,
    Transition: 9,
    Specification: Specification._fields.index("fields"),
}
"""Of values that say no more than they could before: their form is what it was then."""


def _value(item: Json) -> Any:
    if isinstance(item, dict):
        class_ = _CLASSES.get((*item, item.get("kind"))) or _CLASSES[*item, None]
        return class_(*[_value(value) for value in item.values()])
    return tuple([_value(each) for each in item]) if isinstance(item, list) else item


_CLASSES: dict[tuple[str | None, ...], Callable[..., Any]] = {
    (*class_._fields, class_._field_defaults.get("kind")): class_
    for class_ in (
        *(Specification, Source, Generation, State, VirtualState, Variable, Event, Transition),
        *(MachineFinding, LineRule, Rule, Property, Question, Reading, LogEvent, Participant),
        *(
            Scenario,
            ScenarioStep,
            LineForm,
            x.Definition,
            x.Expression,
            Lane,
            LaneRow,
            LaneState,
            Awaited,
        ),
        *(EmptyContext, UndefinedContext, TypedContext, *get_args(t.Type), *get_args(x.Node)),
    )
}
_CLASSES.update({(*of._fields[:count], None): of for of, count in _SHORT.items()})  # type: ignore[attr-defined]
"""Each class by its fields and, where every value of it is of one kind, that kind."""
