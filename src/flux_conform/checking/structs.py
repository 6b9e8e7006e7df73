"""Builds the msgspec structs into which the fast path decodes events, from a specification.

Each event name has a struct. Its tag is the name and its fields are the keys of the context, so
that decoding validates most of a context; the remaining checks are listed.
"""

from __future__ import annotations

from collections.abc import Callable
from operator import attrgetter
from typing import Annotated, Any, NamedTuple, TypeAlias
from typing import Literal as OneOf

import msgspec

from flux_conform.language import types as t
from flux_conform.language.expressions import Key, walk
from flux_conform.language.specification import (
    AnyContext,
    EmptyContext,
    Event,
    Specification,
    TypedContext,
    UndefinedContext,
)
from flux_conform.machine.event_times import timed_parts
from flux_conform.machine.judged import judged_expressions, listed_keys

Read: TypeAlias = Callable[[Any], Any]
"""Returns a value of a decoded event's context; UNSET if it is absent."""


class Check(NamedTuple):
    """A type check that decoding does not do; `is_text` says that the value is always a string."""

    read: Read
    type: t.Type
    is_text: bool


class Reader(NamedTuple):
    """How the events of one struct are read.

    `event` is the entry of the specification. `keys` are the keys of its context that some rule
    reads, in the order of the specification; None if a rule reads the whole context, or values that
    are not plain (see `kind_of`). `all_keys` reads all of them at once. `plain` reads the values
    that are never strings (a tuple if there are several), or is None; `texts` read the others one
    by one. `checks` are the checks that remain after decoding. `least` is the minimum length in
    bytes of a line of such an event.
    """

    event: Event
    keys: tuple[tuple[str, Read], ...] | None
    all_keys: Read
    plain: Read | None
    texts: tuple[Read, ...]
    checks: tuple[Check, ...]
    least: int


def make_struct(name: str, event: Event, keys: tuple[str, ...] | None) -> tuple[type, Reader]:
    """Return the struct for the events of a name, and its reader; `keys` are from `keys_read`."""
    context, checks = _context_field(event)
    struct = msgspec.defstruct(
        "Logged",
        [("timestamp", Annotated[float, msgspec.Meta(gt=0)]), context],
        tag_field="name",
        tag=name,
        gc=False,
    )
    fields = event.context.keys if isinstance(event.context, TypedContext) else ()
    attributes = {key: (_attribute(number), of) for number, (key, of) in enumerate(fields)}
    read = [(key, *attributes[key]) for key in keys or ()]
    plain = [attribute for _, attribute, of in read if kind_of(of) is not str]
    reader = Reader(
        event,
        None if keys is None else tuple((key, _read(event, name)) for key, name, _ in read),
        _read(event, *(name for _, name, _ in read)) if read else lambda logged: None,
        _read(event, *plain) if plain else None,
        tuple(_read(event, attribute) for _, attribute, of in read if kind_of(of) is str),
        tuple(Check(_read(event, name), of, _annotation(of) is str) for name, of in checks),
        _least(name, event),
    )
    return struct, reader


def keys_read(specification: Specification) -> dict[str, tuple[str, ...] | None]:
    """Return, for each event, the keys of its context that rules read, in their order there.

    None stands for a context that is read as a whole, for values that are not plain, and for an
    event whose time matters.
    """
    read: dict[str, set[str]] = {}
    for name, tree in judged_expressions(specification):
        names = {node.name for node in walk(tree) if isinstance(node, Key)}
        read.setdefault(name, set()).update(names)
    listed, timed = listed_keys(specification), timed_parts(specification)
    result: dict[str, tuple[str, ...] | None] = {}
    for event in specification.events:
        names = read.get(event.name, set())
        keys = dict(event.context.keys) if isinstance(event.context, TypedContext) else {}
        plain = all(name in keys and kind_of(keys[name]) is not None for name in names)
        plain = plain and event.name not in listed
        plain = plain and not (timed and timed.needs_time_of(event.name))
        result[event.name] = tuple(key for key in keys if key in names) if plain else None
    return result


def kind_of(type_: t.Type) -> type | None:
    """Return the one plain Python type that all values of a type have; None if there is none.

    Python compares values of one plain type as the specification language does. Values of different
    types it does not: True equals 1.
    """
    match type_:
        case t.Optional(of=of):
            return kind_of(of)
        case t.Union(options=options):
            kinds = {kind_of(option) for option in options}
            return kinds.pop() if len(kinds) == 1 else None
        case t.Boolean():
            return bool
        case t.Integer():
            return int
        case t.String() | t.Literal() | t.Idset() | t.Hostlist() | t.Path():
            return str
        case _:
            return None


def _least(name: str, event: Event) -> int:
    """Return the length in bytes of the shortest line of an event, with its newline."""
    length = len('{"timestamp":1,"name":""}\n') + len(name)
    if isinstance(event.context, TypedContext) and event.context.required:
        keys = [key for key, of in event.context.keys if not isinstance(of, t.Optional)]
        length += len(',"context":{}') + sum(len('"":') + len(key) for key in keys)
    return length


class _Skipped(msgspec.Struct, gc=False):
    """An object whose keys no rule reads."""


class _Empty(msgspec.Struct, gc=False, forbid_unknown_fields=True):
    """An object without keys."""


def _context_field(event: Event) -> tuple[Any, tuple[tuple[str, t.Type], ...]]:
    """Return the struct field for an event's context, and the checks that decoding does not do."""
    unset = msgspec.UnsetType
    match event.context:
        case AnyContext():
            return ("context", _Skipped | unset, msgspec.UNSET), ()
        case EmptyContext():
            return ("context", _Empty | unset, msgspec.UNSET), ()
        case UndefinedContext():
            return ("context", unset, msgspec.UNSET), ()
        case TypedContext(type=t.Record(fields=fields)) as context:
            # Keys may not be Python identifiers, so the attributes are numbered.
            made = [(_attribute(i), *_field(of)) for i, (_, of) in enumerate(fields)]
            rename = {_attribute(i): name for i, (name, _) in enumerate(fields)}
            struct = msgspec.defstruct("Context", made, gc=False, kw_only=True, rename=rename)
            checks = tuple(
                (_attribute(i), of) for i, (_, of) in enumerate(fields) if not _decodes(of)
            )
            if context.required:
                return ("context", struct), checks
            return ("context", struct | unset, msgspec.UNSET), checks
        case TypedContext(type=type_):
            annotation = _annotation(type_)
            return ("context", annotation), () if _decodes(type_) else (("", type_),)


def _attribute(number: int) -> str:
    return f"k{number}"


def _read(event: Event, *attributes: str) -> Read:
    """Return a function that reads attributes of an event's context; "" is the whole context."""
    names = [f"context.{attribute}" if attribute else "context" for attribute in attributes]
    whole = attrgetter(*names)
    if (isinstance(event.context, TypedContext) and event.context.required) or attributes == ("",):
        return whole
    # An absent context has none of its keys.
    absent = (msgspec.UNSET,) * len(attributes) if len(attributes) > 1 else msgspec.UNSET
    return lambda logged: absent if logged.context is msgspec.UNSET else whole(logged)


def _field(type_: t.Type) -> tuple[Any, ...]:
    if isinstance(type_, t.Optional):
        return (_annotation(type_.of) | msgspec.UnsetType, msgspec.UNSET)
    return (_annotation(type_),)


def _decodes(type_: t.Type) -> bool:
    """Whether decoding alone validates that a value has the type."""
    match type_:
        case t.Optional(of=of) | t.ListOf(of=of):
            return _decodes(of)
        case t.Boolean() | t.Integer() | t.Number() | t.String() | t.Literal() | t.Object():
            return True
        case _:
            return isinstance(type_, t.Anything)


def _annotation(type_: t.Type) -> Any:
    """Return a type for the decoder that accepts at least what the type accepts.

    If it accepts more, `_decodes` is false and the value is checked after decoding.
    """
    match type_:
        case t.Boolean():
            return bool
        case t.Integer(low=None, high=None):
            return int
        case t.Integer(low=low, high=high):
            return Annotated[int, msgspec.Meta(ge=low, le=high)]
        case t.Number():
            return float
        case t.String() | t.Idset() | t.Hostlist() | t.Path():
            return str
        case t.Literal(text=text):
            return OneOf[text]
        case t.Object():
            return _Skipped
        case t.Anything():
            return msgspec.Raw
        case t.ListOf(of=of) if _decodes(of):
            return list[_annotation(of)]  # type: ignore[misc]
        case t.MapOf(value=t.Anything()) | t.NonEmpty(of=t.MapOf(value=t.Anything())):
            return dict[str, msgspec.Raw]
        case t.Union(options=options) if all(
            isinstance(option, t.String | t.Literal | t.Idset | t.Hostlist | t.Path)
            for option in options
        ):
            return str
        case _:
            return Any
