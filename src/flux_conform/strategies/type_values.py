"""Values of a type, and contexts of events: the simplest is what the specification itself shows."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from hypothesis import strategies as st
from hypothesis.errors import InvalidArgument
from hypothesis.strategies import SearchStrategy

from flux_conform.language import types as t
from flux_conform.language.specification import (
    AnyContext,
    EmptyContext,
    Event,
    TypedContext,
    UndefinedContext,
)
from flux_conform.machine.values import ordinary
from flux_conform.strategies.arguments import Model, event_of, specification_of, unknown
from flux_conform.strategies.texts import texts

Context = dict[str, Any] | None

_ABSENT = object()
"""In the place of a key's value: the key is left out."""

_LARGEST = 2**63 - 1
"""Integers without a bound are drawn from 64 bits, which readers in other languages hold."""

_TEXTS = ("", "a", "ä€🚀", "e\u0301", 'say "no"', "back\\slash", "two\nlines", "\x7f", "0", "null")
_IDSETS = ("0-1", "[0-1]", "0", "[0,2-3,7]", "[]", "", "10-11", "4294967295")
_HOSTLISTS = ("fluke[3,5-7]", "vm", "fluke[03-05],vm", "", "a,a", "a-[0-1]-x[2-3]")
_PATHS = ("a.b", "a", "a.b.c", "a-b.c_d")


def contexts(model: Model, event: str, /, **fixed: Any) -> SearchStrategy[Context]:
    """Contexts that fit an event: what its types ask, whatever rules may say of the values.

    Draws the decoded object, or None where the event bears no context. The simplest is the
    specification's own example of the event. `event` is a name as it stands in a log, or an entry
    of the specification. `fixed` gives keys a value, or a strategy for one; None leaves an optional
    key out. Raises InvalidArgument where a name is not known or a value does not fit.
    """
    entry = event_of(specification_of(model), event)
    match entry.context:
        case UndefinedContext():
            _no_keys(entry, fixed)
            return st.none()
        case EmptyContext():
            _no_keys(entry, fixed)
            return st.sampled_from([False, True]).map(lambda given: {} if given else None)
        case TypedContext(type=t.Record(fields=fields)):
            return _record(dict(fields), example_of(entry), _checked(entry, dict(fields), fixed))
        case TypedContext(type=of):
            _fits_map(entry, of, fixed)
            return _with(_shown(entry) | values_of(of), fixed)
        case AnyContext():
            drawn = _shown(entry) | values_of(t.Object())
            return _with(drawn, fixed) if fixed else drawn | st.none()


def values_of(of: t.Type) -> SearchStrategy[Any]:
    """Values of a type: plain ones, those at its bounds, and any other."""
    match of:
        case t.Boolean():
            return st.booleans()
        case t.Integer(low=low, high=high):
            return _integers(low, high)
        case t.Number():
            some = st.floats(allow_nan=False, allow_infinity=False)
            return st.sampled_from([1, 0, 1.5, -1, 1e-9]) | _integers(None, None) | some
        case t.String():
            return st.just(ordinary(of)) | st.sampled_from(_TEXTS) | texts(most=20)
        case t.Literal(text=text):
            return st.just(text)
        case t.Idset():
            return st.sampled_from(_IDSETS) | _idsets()
        case t.Hostlist():
            return st.sampled_from(_HOSTLISTS)
        case t.Path():
            part = texts(least=1, most=8, without=".")
            return st.sampled_from(_PATHS) | st.lists(part, min_size=1, max_size=4).map(".".join)
        case t.Anything():
            return _JSON
        case t.Object():
            return st.dictionaries(texts(most=8), _JSON, max_size=3)
        case t.ListOf() | t.SetOf() | t.BagOf():
            return st.lists(values_of(of.of), max_size=4)
        case t.Optional(of=inner):
            return values_of(inner)
        case t.Record(fields=fields):
            return _record(dict(fields), ordinary(of), {})
        case t.MapOf(key=key, value=value):
            return st.dictionaries(values_of(key), values_of(value), max_size=4)
        case t.NonEmpty(of=t.MapOf(key=key, value=value)):
            return st.dictionaries(values_of(key), values_of(value), min_size=1, max_size=4)
        case t.NonEmpty(of=t.ListOf(of=item)):
            return st.lists(values_of(item), min_size=1, max_size=4)
        case t.NonEmpty(of=inner):
            return values_of(inner).filter(bool)
        case t.Union(options=options):
            return st.one_of([values_of(option) for option in options])


def names(usual: str | None) -> SearchStrategy[str]:
    """Names, first the usual one."""
    return st.just(usual or ordinary(t.String())) | st.sampled_from(_TEXTS) | texts(most=12)


def _integers(low: int | None, high: int | None) -> SearchStrategy[int]:
    least = -_LARGEST - 1 if low is None else low
    most = _LARGEST if high is None else high
    if low is not None and high is None:
        most = max(most, low)
    if high is not None and low is None:
        least = min(least, high)
    usual = ordinary(t.Integer(low, high))
    edges = [least, least + 1, most - 1, most, usual - 1, usual + 1, 255, 256, 2**31, 2**32]
    telling = [usual, *(edge for edge in edges if least <= edge <= most)]
    return st.sampled_from(list(dict.fromkeys(telling))) | st.integers(least, most)


@st.composite
def _idsets(draw: st.DrawFn) -> str:
    parts, last = [], -1
    for gap, more in draw(st.lists(st.tuples(st.integers(1, 9), st.integers(0, 9)), max_size=5)):
        low = last + gap
        last = low + more
        parts.append(f"{low}-{last}" if more else str(low))
    text = ",".join(parts)
    return f"[{text}]" if draw(st.booleans()) else text


_JSON: SearchStrategy[Any] = st.recursive(
    st.one_of(
        st.just(1),
        st.none(),
        st.booleans(),
        st.integers(-_LARGEST - 1, _LARGEST),
        st.floats(allow_nan=False, allow_infinity=False),
        st.sampled_from(_TEXTS),
        texts(most=8),
    ),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts(most=8), inner, max_size=3),
    max_leaves=5,
)


# A context of keys


def _record(
    types: Mapping[str, t.Type],
    example: Mapping[str, Any],
    fixed: Mapping[str, SearchStrategy[Any]],
) -> SearchStrategy[Context]:
    required = any(not isinstance(of, t.Optional) for of in types.values())
    parts = [fixed.get(key, _key(key, of, example)) for key, of in types.items()]

    def joined(drawn: tuple[Any, ...]) -> Context:
        found = zip(types, drawn, strict=True)
        present = {key: value for key, value in found if value is not _ABSENT}
        return present if present or required else None

    return st.tuples(*parts).map(joined)


def _key(key: str, of: t.Type, example: Mapping[str, Any]) -> SearchStrategy[Any]:
    """What stands under a key: first what the example has there."""
    shown = _copies(example[key]) if key in example else None
    absent = st.just(_ABSENT) if isinstance(of, t.Optional) else None
    return st.one_of([each for each in (shown, absent, values_of(of)) if each is not None])


def _checked(
    event: Event, types: Mapping[str, t.Type], fixed: Mapping[str, Any]
) -> dict[str, SearchStrategy[Any]]:
    """The keys that a caller fixes, as strategies."""
    found: dict[str, SearchStrategy[Any]] = {}
    for key, value in fixed.items():
        if key not in types:
            unknown(f"key of {event.name}:", key, types)
        of = types[key]
        if isinstance(value, SearchStrategy):
            found[key] = value
        elif value is None and isinstance(of, t.Optional):
            found[key] = st.just(_ABSENT)
        elif t.accepts(of, value):
            found[key] = _copies(value)
        else:
            _misfit(event, key, value, of)
    return found


def _fits_map(event: Event, of: t.Type, fixed: Mapping[str, Any]) -> None:
    inner = of.of if isinstance(of, t.NonEmpty) else of
    if not isinstance(inner, t.MapOf):
        return
    for key, value in fixed.items():
        if not t.accepts(inner.key, key):
            raise InvalidArgument(
                f"{key!r} cannot be a key of {event.name}: expected {t.show(inner.key)}"
            )
        if not isinstance(value, SearchStrategy) and not t.accepts(inner.value, value):
            _misfit(event, key, value, inner.value)


def _misfit(event: Event, key: str, value: object, of: t.Type) -> None:
    raise InvalidArgument(
        f"{key}={value!r} does not fit {event.name}: expected {t.show(of)}, or a strategy"
    )


def _no_keys(event: Event, fixed: Mapping[str, Any]) -> None:
    if fixed:
        raise InvalidArgument(
            f"{event.name} has no context ({event.context.kind}), so {', '.join(fixed)} cannot "
            "be given"
        )


def _with(drawn: SearchStrategy[Any], fixed: Mapping[str, Any]) -> SearchStrategy[Context]:
    """The context drawn, with the fixed keys put in."""
    if not fixed:
        return drawn
    keys = st.fixed_dictionaries(
        {
            key: value if isinstance(value, SearchStrategy) else _copies(value)
            for key, value in fixed.items()
        }
    )
    return st.tuples(drawn, keys).map(lambda pair: {**pair[0], **pair[1]})


def _shown(event: Event) -> SearchStrategy[Any]:
    return _copies(example_of(event))


def example_of(event: Event) -> dict[str, Any]:
    """The example of an event, or the plainest context of its type."""
    if event.example is not None:
        shown: dict[str, Any] = json.loads(event.example)
        return shown
    of = event.context.type if isinstance(event.context, TypedContext) else t.Object()
    plain: dict[str, Any] = ordinary(of)
    return plain


def _copies(value: Any) -> SearchStrategy[Any]:
    """The value, anew each time, for a test may change what it is given."""
    if isinstance(value, dict | list):
        return st.just(json.dumps(value)).map(json.loads)
    return st.just(value)
