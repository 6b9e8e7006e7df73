"""Small changes of the type of a context."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from flux_conform.language import types as t


def type_rewrites(of: t.Type, read: Collection[str]) -> Iterator[tuple[str, t.Type]]:
    """The type with one change, and the change in words.

    Keys that are `read` keep a type that they can be read by.
    """
    kept = _kinds(of)
    for says, changed in _rewrites(of, ""):
        others = _kinds(changed)
        if all(others.get(key) == kept.get(key) for key in read):
            yield says, changed


def _kinds(of: t.Type) -> dict[str, tuple[str, bool]]:
    """The kind of each key of a record, and whether it may be left out."""
    found = {}
    for key, kind in of.fields if isinstance(of, t.Record) else ():
        optional = isinstance(kind, t.Optional)
        inner = kind.of if isinstance(kind, t.Optional) else kind
        found[key] = (inner.kind, optional)
    return found


def _rewrites(of: t.Type, at: str) -> Iterator[tuple[str, t.Type]]:
    where = at or "the context"
    match of:
        case t.Record(fields=fields):
            for place, (key, kind) in enumerate(fields):
                rest = (*fields[:place], *fields[place + 1 :])
                if not isinstance(kind, t.Optional):
                    yield f"{key} left out", t.Record(rest)
                for says, changed in _rewrites(kind, key):
                    new = (*fields[:place], (key, changed), *fields[place + 1 :])
                    yield says, t.Record(new)
                if isinstance(kind, t.Optional):
                    new = (*fields[:place], (key, kind.of), *fields[place + 1 :])
                    yield f"{key} required", t.Record(new)
                else:
                    new = (*fields[:place], (key, t.Optional(kind)), *fields[place + 1 :])
                    yield f"{key} optional", t.Record(new)
        case t.Optional(of=inner):
            for says, changed in _rewrites(inner, at):
                yield says, t.Optional(changed)
        case t.Integer(low=low, high=high):
            for bound in () if low is None else (low - 1, low + 1, None):
                yield f"{where}: low {low} becomes {bound}", t.Integer(bound, high)
            for bound in () if high is None else (high - 1, high + 1, None):
                yield f"{where}: high {high} becomes {bound}", t.Integer(low, bound)
            if low is None and high is None:
                yield f"{where}: a number", t.Number()
                yield f"{where}: at least 0", t.Integer(0, None)
            yield f"{where}: anything", t.Anything()
        case t.NonEmpty(of=inner):
            yield f"{where}: may be empty", inner
            for says, changed in _rewrites(inner, at):
                yield says, t.NonEmpty(changed)
        case t.Union(options=options):
            for place, option in enumerate(options):
                others = (*options[:place], *options[place + 1 :])
                left = others[0] if len(others) == 1 else t.Union(others)
                yield f"{where}: not {t.show(option)}", left
        case t.ListOf(of=inner):
            yield f"{where}: not empty", t.NonEmpty(of)
            for says, changed in _rewrites(inner, f"{where}, an item"):
                yield says, t.ListOf(changed)
        case t.MapOf(key=key, value=value):
            if key != t.String():
                yield f"{where}: any name", t.MapOf(t.String(), value)
        case t.Anything():
            return
        case _ if not at:
            # A context is an object: of the whole no less can be asked.
            return
        case t.Idset():
            yield f"{where}: any string", t.String()
        case _:
            yield f"{where}: anything", t.Anything()
