"""Reads what expressions may name: variables, definitions, and the keys of contexts."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Mapping
from contextlib import suppress
from graphlib import CycleError, TopologicalSorter

from flux_conform.language import typecheck
from flux_conform.language import types as t
from flux_conform.language.bag import start_value
from flux_conform.language.expressions import (
    ABOUT,
    BUILT_IN_NAMES,
    FUNCTIONS,
    Definition,
    Expression,
    names_used,
)
from flux_conform.language.loading.expression_reader import (
    ExpressionReader,
    Names,
    is_too_large,
    note_type_faults,
    parse_located,
    read_type,
)
from flux_conform.language.loading.fields import Fields, SpecificationFile
from flux_conform.language.loading.lane_reader import declared_lanes
from flux_conform.language.parser import TYPE_WORDS, Parsed
from flux_conform.language.shapes import Located
from flux_conform.language.specification import (
    AnyContext,
    Context,
    EmptyContext,
    TypedContext,
    UndefinedContext,
    Variable,
    VirtualState,
    members_of,
)
from flux_conform.language.type_relations import assignable


def read_names(file: SpecificationFile, virtual_states: tuple[VirtualState, ...]) -> Names:
    """All that an expression may name."""
    virtual = {state.name: members_of(state) for state in virtual_states}
    _read_types(file)
    variables = _variables(file, virtual)
    broken = {name for name in file.names("variables") if name not in variables}
    contexts, unclear = _contexts(file)
    lanes = declared_lanes(file, {*variables, *virtual}, contexts, unclear)
    broken |= {name for name in file.names("lanes") if name not in lanes}
    names = Names(variables, virtual, broken, lanes=lanes)
    return _with_definitions(file, names)._replace(contexts=contexts, unclear=unclear)


def _read_types(file: SpecificationFile) -> None:
    """Give the file the types that it names."""
    for name, item in file.fields.table("types").items():
        if name in TYPE_WORDS:
            file.faults.add(item.mark, f'"{name}" is a type of the language')
        elif (type_ := read_type(file, item)) is not None:
            file.named_types[name] = type_


# Variables


def _variables(file: SpecificationFile, virtual: Mapping[str, Definition]) -> dict[str, t.Type]:
    variables = {}
    for name, item in file.fields.table("variables").items():
        if name in BUILT_IN_NAMES:
            file.faults.add(item.mark, f'"{name}" is a name of the language')
        if name in virtual:
            file.faults.add(item.mark, f'"{name}" is a virtual state already')
        located = item.value.get("type") if isinstance(item.value, dict) else item
        type_ = read_type(file, located) if located is not None else None
        if located is not None and type_ is not None:
            _can_hold(file, type_, located, isinstance(item.value, dict) and "start" in item.value)
            variables[name] = type_
    return variables


def read_variables(file: SpecificationFile, types: Mapping[str, t.Type]) -> tuple[Variable, ...]:
    """The variables, whose types are known, in the file's order."""
    return tuple(
        _variable(
            file, name, types[name], Fields(item.value if isinstance(item.value, dict) else {})
        )
        for name, item in file.fields.table("variables").items()
        if name in types
    )


def _variable(file: SpecificationFile, name: str, type_: t.Type, fields: Fields) -> Variable:
    start = json.loads(fields.text("start")) if "start" in fields else None
    if start is not None:
        mark = fields["start"].mark
        if not is_plain(t.present(type_)):
            file.faults.add(
                mark, f"a variable of type {t.show(type_)} starts as it does by its type"
            )
        elif not t.accepts(type_, start):
            shown = fields.text("start")
            file.faults.add(mark, f"{shown} is no {t.show(type_)}")
        if start == start_value(type_) and type(start) is type(start_value(type_)):
            start = None  # which is what it is anyway
    return Variable(name, type_, fields.text("says"), start)


def is_plain(type_: t.Type) -> bool:
    """Whether the values are truths, numbers or strings."""
    if isinstance(type_, t.Union):
        return all(map(is_plain, type_.options))
    return isinstance(type_, _MEMBERS)


_MEMBERS = (t.Boolean, t.Integer, t.Number, t.String, t.Literal, t.Idset, t.Hostlist, t.Path)
"""The types of the members of a set or bag, and of the parts of those that are tuples."""


def _can_be_member(type_: t.Type) -> bool:
    match type_:
        case t.ListOf(of=of):
            return isinstance(of, _MEMBERS)
        case t.Record(fields=fields):
            return bool(fields) and all(isinstance(of, _MEMBERS) for _, of in fields)
        case _:
            return isinstance(type_, _MEMBERS)


def _can_hold(file: SpecificationFile, type_: t.Type, located: Located, starts: bool) -> None:
    """Note where the machine could not hold a variable of the type."""
    add, mark = file.faults.add, located.mark
    inner = type_.of if isinstance(type_, t.Optional) else type_
    if isinstance(inner, t.SetOf | t.BagOf):
        if not _can_be_member(inner.of):
            add(
                mark,
                f"a {inner.kind} holds no member of type {t.show(inner.of)}",
                expected="booleans, numbers, strings, or lists or objects of these as members",
            )
    elif _has_collection(inner):
        add(mark, "a set or bag is a variable of its own")
    if starts:
        return
    start = start_value(type_)
    optional = f"optional {t.show(type_)}, which starts as none"
    if start is None and not isinstance(type_, t.Optional | t.Anything):
        add(mark, f"a variable of type {t.show(type_)} has no first value", expected=optional)
    elif isinstance(type_, t.Integer) and not t.accepts(type_, start):
        message = f"an integer starts as 0, which is outside of {t.show(type_)}"
        add(mark, message, expected=optional)


def _has_collection(type_: t.Type) -> bool:
    """Whether a set or bag is part of the type."""
    match type_:
        case t.SetOf() | t.BagOf():
            return True
        case t.ListOf(of=of) | t.Optional(of=of) | t.NonEmpty(of=of):
            return _has_collection(of)
        case t.Record(fields=fields):
            return any(_has_collection(of) for _, of in fields)
        case t.MapOf(key=key, value=value):
            return _has_collection(key) or _has_collection(value)
        case t.Union(options=options):
            return any(map(_has_collection, options))
        case _:
            return False


# Definitions


def _with_definitions(file: SpecificationFile, names: Names) -> Names:
    """The names with the definitions that have no fault."""
    places: dict[str, tuple[Located, Parsed]] = {}
    unread: set[str] = set()
    definitions = dict(names.definitions)
    broken = set(names.broken)
    reserved = {*FUNCTIONS, *ABOUT, *BUILT_IN_NAMES, *names.variables, *names.definitions}
    reserved |= {*names.lanes}
    for head, item in file.fields.table("definitions").items():
        name, _, parameters = head.rstrip(")").partition("(")
        if name in reserved:
            taken = "a virtual state" if name in names.definitions else "a variable"
            file.faults.add(item.mark, f'"{name}" is a name of the language or {taken}')
        elif name in places or name in unread:
            file.faults.add(item.mark, f'the definition of "{name}" stands here twice')
        elif (parsed := parse_located(file, item)) is None:
            unread.add(name)
        else:
            places[name] = (item, parsed)
            listed = tuple(part.strip() for part in parameters.split(",")) if parameters else ()
            definitions[name] = Definition(name, listed, Expression(item.value, parsed.tree))
    used = {name: names_used(definitions[name]) & places.keys() for name in places}
    order = _used_first(used)
    broken |= unread
    sound = dict(names.definitions)
    reader = ExpressionReader(file, names._replace(definitions=definitions, broken=broken))
    for name in order:
        definition, (located, parsed) = definitions[name], places[name]
        if is_too_large(file, parsed, located, sound, definition.parameters):
            broken.add(name)
        elif faults := typecheck.check_definition(definition, reader.scope()):
            note_type_faults(file, faults, parsed, located)
            broken.add(name)
        else:
            sound[name] = definition
    left = {name: of for name, of in used.items() if name not in order}
    for name, through in _cycles(left):
        shown = ", ".join(through[:5]) + (", …" if len(through) > 5 else "")
        via = f" through {shown}" if through else ""
        place = places[name][0].mark
        file.faults.add(place, f'the definition of "{name}" uses itself{via}')
    broken.update(left)
    # In the order of the file.
    sound = {name: of for name, of in definitions.items() if name in sound}
    return names._replace(definitions=sound, broken=broken)


def _used_first(used: Mapping[str, set[str]]) -> list[str]:
    """The names in topological order: each comes after those that it uses.

    Names on a cycle are left out, and those that use them.
    """
    sorter = TopologicalSorter(used)
    with suppress(CycleError):  # the sorter still yields all that depends on no cycle
        sorter.prepare()
    order: list[str] = []
    while ready := sorter.get_ready():
        order.extend(ready)
        sorter.done(*ready)
    return order


_MAX_CYCLES = 5


def _cycles(used: Mapping[str, set[str]]) -> list[tuple[str, list[str]]]:
    """The first names on a cycle, each with the others on its shortest cycle."""
    found: list[tuple[str, list[str]]] = []
    for name in used:
        if len(found) == _MAX_CYCLES:
            break
        seen = {name}
        ways = deque([[name]])
        while ways:
            way = ways.popleft()
            if name in used[way[-1]]:
                found.append((name, way[1:]))
                break
            others = sorted(used[way[-1]] & used.keys() - seen)
            seen.update(others)
            ways.extend([*way, other] for other in others)
    return found


# Contexts


def _contexts(file: SpecificationFile) -> tuple[dict[str, Context], frozenset[str]]:
    """The events' contexts, and the events whose context has a fault."""
    events = file.fields.table("events")
    contexts: dict[str, Context] = {}
    unclear = {name for name in file.event_names if name not in events}
    for name, item in events.items():
        count = len(file.faults.faults)
        context = _context(file, item.value.get("context"))
        if context is None or len(file.faults.faults) > count:
            unclear.add(name)
        contexts[name] = AnyContext() if context is None else context
    return contexts, frozenset(unclear)


_CONTEXT_WORDS: Mapping[str, Context] = {
    context.kind: context for context in (EmptyContext(), UndefinedContext(), AnyContext())
}


def _context(file: SpecificationFile, located: Located | None) -> Context | None:
    if located is None:
        return None
    if isinstance(located.value, dict):
        keys = [(name, _key_type(file, key)) for name, key in located.value.items()]
        return TypedContext(t.Record(tuple((name, of) for name, of in keys if of is not None)))
    if located.value in _CONTEXT_WORDS:
        return _CONTEXT_WORDS[located.value]
    type_ = _key_type(file, located)
    if type_ is not None and not assignable(type_, t.Object()):
        file.faults.add(
            located.mark,
            f"a context is an object, not {t.show(type_)}",
            expected="empty, undefined, any, object, map of … to …, or keys with types",
        )
    return AnyContext() if type_ is None else TypedContext(type_)


def _key_type(file: SpecificationFile, located: Located) -> t.Type | None:
    """The type of a key of a context, which is a value of JSON."""
    type_ = read_type(file, located)
    if type_ is not None and _has_collection(type_):
        file.faults.add(
            located.mark,
            f"JSON has no value of type {t.show(type_)}",
            expected="list of …; sets and bags are for variables",
        )
        return None
    return type_
