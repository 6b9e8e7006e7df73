"""Types and contexts as English phrases."""

from __future__ import annotations

from flux_conform.language import types as t
from flux_conform.language.specification import Context, EmptyContext, TypedContext


def words_of_type(type_: t.Type) -> str:
    """What a value of the type is, as part of a sentence: "an integer from 0 to 31"."""
    match type_:
        case t.Optional(of=of):
            return f"{words_of_type(of)} or not at all"
        case t.Integer(low=low, high=high) if low is not None and high is not None:
            return f"an integer from {low} to {high}"
        case t.Integer() | t.Idset() | t.Object():
            return f"an {t.show(type_)}"
        case t.NonEmpty(of=t.MapOf(key=key)):
            return f"an object of one key at least, each a {t.show(key)}"
        case t.ListOf(of=of):
            return f"an array of {t.show(of)}"
        case t.Union(options=options):
            return " or ".join(words_of_type(option) for option in options)
        case t.Literal(text=text):
            return f'"{text}"'
        case t.Anything():
            return "any value"
        case _:
            return f"a {t.show(type_)}"


def words_of_context(context: Context) -> str:
    """What a context is, as part of a sentence."""
    match context:
        case EmptyContext():
            return "empty or left out"
        case TypedContext(type=t.Record()):
            keys = [f"{key} as {words_of_type(of)}" for key, of in context.keys]
            return f"an object with {', '.join(keys)}"
        case TypedContext(type=type_):
            return words_of_type(type_)
        case _:
            return "left open"
