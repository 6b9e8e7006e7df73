"""Vectors for contexts: every key left out, of every wrong kind, at its bounds, and beyond them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from flux_conform.language import types as t
from flux_conform.language.specification import (
    AnyContext,
    EmptyContext,
    Event,
    UndefinedContext,
)
from flux_conform.suite.making.clean_graph import CleanGraph, Place
from flux_conform.suite.making.step_vectors import slug
from flux_conform.suite.making.telling_events import Letter, Logged, dumped, log_of
from flux_conform.suite.making.vector import Draft

CONTEXTS = "contexts"

KINDS = {
    "null": "null",
    "true": "true",
    "false": "false",
    "zero": "0",
    "one": "1",
    "minus-one": "-1",
    "fraction": "1.5",
    "whole-with-point": "1.0",
    "whole-with-exponent": "1e0",
    "minus-zero-with-point": "-0.0",
    "beyond-64-bits": "36893488147419103232",
    "digits-as-text": '"0"',
    "true-as-text": '"true"',
    "empty-text": '""',
    "text": '"example"',
    "text-beyond-ascii": '"\\u00e4\\u20ac\\ud83d\\ude80"',
    "text-with-newline": '"a\\nb"',
    "empty-list": "[]",
    "list-of-text": '["example"]',
    "list-of-numbers": "[1]",
    "list-of-null": "[null]",
    "list-of-true": "[true]",
    "list-of-lists": "[[]]",
    "list-of-objects": "[{}]",
    "empty-object": "{}",
    "object": '{"example":1}',
}
"""A value of every kind that JSON has, by a name; as text, for 1 and 1.0 differ there alone."""

WIDE_INTEGERS = {
    "32-bits": "2147483648",
    "minus-33-bits": "-4294967297",
    "53-bits-and-one": "9007199254740993",
    "64-bits": "9223372036854775807",
    "64-bits-low": "-9223372036854775808",
}
"""Integers at which programs stop counting, or count otherwise."""

IDSETS = (
    *("0", "[0]", "0-1", "[0-1]", "0,2", "[0,2-3,7]", "4294967295", "10-11", "[]", ""),
    *("01", "1,1", "2,1", "3-2", "1-1", "0-1,1", "0, 1", "[0", "0]", "[[0]]", "-1", "1-", ","),
    *("0,", "a", "all", "ALL", "0-1-2", "\\u0661", " 0", "0 ", "[0][1]"),
)
PATHS = ("a", "a.b", "a.b.c", "a-b.c_d", "", ".", "a.", ".a", "a..b")


class Case(NamedTuple):
    """A context to try: how the file calls it, in words, and its JSON; None is no context."""

    name: str
    says: str
    context: str | None


def contexts(graph: CleanGraph, letters: Sequence[Letter]) -> Iterator[Draft]:
    """Every case of every event's context, at the nearest place where the event is clean."""
    for event in graph.machine.specification.events:
        own = [letter for letter in letters if letter.event == event.name]
        found = _clean_place(graph, own)
        if found is None:
            continue
        place, plain = found
        for case in cases_of(event, plain.context):
            logged = Logged(plain.name, case.context)
            step = graph.step(place, logged)
            clause = next((b.rule.id for b in step.breaches if "context" in _kind(b.rule)), None)
            tested = clause or _clause(graph, event)
            clauses = (tested.replace("{event}", plain.name),) if tested else ()
            log = log_of((*place.log, logged))
            name = f"{slug(event.name)}-{case.name}"
            yield Draft(CONTEXTS, name, "context", case.says, log, clauses, None)
            ending = graph.ending(step.after)
            is_object = case.context is None or case.context.startswith("{")
            if ending and not step.breaches and is_object:
                log = log_of((*place.log, logged, *ending))
                says = f"{case.says}, and the log goes on to its end"
                yield Draft(CONTEXTS, f"{name}-then-on", "context", says, log, clauses, None)


def _kind(rule: object) -> str:
    return str(getattr(rule, "kind", ""))


def _clause(graph: CleanGraph, event: Event) -> str | None:
    if isinstance(event.context, AnyContext):
        return None
    kind = "no-context" if isinstance(event.context, UndefinedContext) else "context"
    findings = {finding.kind: finding.id for finding in graph.machine.specification.findings}
    return findings.get(kind)


def _clean_place(graph: CleanGraph, letters: Sequence[Letter]) -> tuple[Place, Logged] | None:
    for place in graph.places:
        for letter in letters:
            logged = letter.at(place.configuration)
            if logged is not None and graph.is_clean(graph.step(place, logged)):
                after = graph.step(place, logged).after
                if after.generation == graph.generation:
                    return place, logged
    return None


def cases_of(event: Event, plain: str | None) -> Iterator[Case]:
    """Contexts to try for an event, sound and faulty ones; `plain` is a sound one."""
    name = event.name
    yield Case("no-context", f"{name} without a context", None)
    for kind in ("null", "true", "zero", "text", "empty-list", "empty-object", "object"):
        yield Case(f"whole-{kind}", f"the context of {name} is {KINDS[kind]}", KINDS[kind])
    context = event.context
    if isinstance(context, EmptyContext | UndefinedContext | AnyContext):
        return
    of = context.type
    if isinstance(of, t.NonEmpty):
        of = of.of
    if isinstance(of, t.MapOf):
        for number, path in enumerate(PATHS, 1):
            text = f"{{{dumped(path)}:1}}"
            yield Case(f"path-{number}", f"{name} sets the path {dumped(path)}", text)
        for kind, value in KINDS.items():
            yield Case(f"value-{kind}", f"{name} sets a path to {value}", f'{{"a.b":{value}}}')
    if isinstance(of, t.Record):
        yield from _record_cases(name, dict(of.fields), _texts(plain))


def _record_cases(
    name: str, types: Mapping[str, t.Type], usual: Mapping[str, str]
) -> Iterator[Case]:
    extra = {**usual, "example-extra": "1"}
    yield Case("extra-key", f"{name} with a key that no RFC lists", _object(extra))
    required = [key for key, of in types.items() if not isinstance(of, t.Optional)]
    if len(required) > 1:
        yield Case("all-missing", f"{name} with no key at all", "{}")
    for key, of in types.items():
        left = {other: value for other, value in usual.items() if other != key}
        yield Case(f"{slug(key)}-missing", f"{name} without {key}", _object(left))
        for kind, value in _values(of):
            text = _object({other: left.get(other, value) for other in (*left, key)})
            says = f"{name} with {key} {value if len(value) < 40 else 'of many digits'}"
            yield Case(f"{slug(key)}-{kind}", says, text)


def _values(of: t.Type) -> Iterator[tuple[str, str]]:
    """Values for a key, by name: of every kind, and those that lie at the edges of its type."""
    yield from KINDS.items()
    for inner in _options(of):
        if isinstance(inner, t.Integer):
            if None in (inner.low, inner.high):
                yield from WIDE_INTEGERS.items()
            for side, bound in (("low", inner.low), ("high", inner.high)):
                if bound is not None:
                    yield f"{side}", str(bound)
                    yield f"{side}-less-one", str(bound - 1)
                    yield f"{side}-plus-one", str(bound + 1)
        elif isinstance(inner, t.Literal):
            yield f"word-{slug(inner.text)}", dumped(inner.text)
            yield f"word-{slug(inner.text)}-in-capitals", dumped(inner.text.upper())
        elif isinstance(inner, t.Idset):
            for number, text in enumerate(IDSETS, 1):
                yield f"idset-{number}", f'"{text}"'


def _options(of: t.Type) -> Iterator[t.Type]:
    if isinstance(of, t.Optional):
        yield from _options(of.of)
    elif isinstance(of, t.Union):
        for option in of.options:
            yield from _options(option)
    else:
        yield of


def _texts(plain: str | None) -> dict[str, str]:
    return {key: dumped(value) for key, value in json.loads(plain or "{}").items()}


def _object(fields: Mapping[str, str]) -> str:
    return "{" + ",".join(f"{dumped(key)}:{value}" for key, value in fields.items()) + "}"
