"""The lines of a log as trees of JSON that are written as they were read, numbers by digits."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple, TypeAlias


class Number(NamedTuple):
    """A number, as its text."""

    text: str


class Array(NamedTuple):
    """The items of an array."""

    items: tuple[Tree, ...]


class Object(NamedTuple):
    """The members of an object in their order, those included that repeat a key."""

    members: tuple[tuple[str, Tree], ...]


Tree: TypeAlias = Object | Array | Number | str | bool | None


class TreeLine(NamedTuple):
    """A line of a log: an object, or else the bytes of a line that holds none."""

    tree: Object | None
    raw: bytes = b""
    is_ended: bool = True


class _NoJson(ValueError):
    """A constant that Python's decoder takes for JSON."""


def _refused(name: str) -> Tree:
    raise _NoJson(name)


# Its numbers and objects are told from strings and arrays by their classes.
_DECODER = json.JSONDecoder(
    parse_int=Number,
    parse_float=Number,
    parse_constant=_refused,
    object_pairs_hook=lambda pairs: Object(tuple((key, _tree(value)) for key, value in pairs)),
)


def _tree(value: object) -> Tree:
    if isinstance(value, list):
        return Array(tuple(map(_tree, value)))
    assert value is None or isinstance(value, Object | Number | str | bool)
    return value


def lines_of_trees(data: bytes) -> tuple[TreeLine, ...]:
    """Read a log; an empty one has no lines."""
    *texts, last = data.split(b"\n")
    lines = [_line(text, is_ended=True) for text in texts]
    return (*lines, _line(last, is_ended=False)) if last else tuple(lines)


def _line(text: bytes, *, is_ended: bool) -> TreeLine:
    try:
        value = _DECODER.decode(text.decode("utf-8"))
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, Object):
        return TreeLine(None, text, is_ended)
    return TreeLine(value, b"", is_ended)


def log_of_trees(lines: Sequence[TreeLine]) -> bytes:
    """Write a log."""
    return b"".join(_bytes(line) + (b"\n" if line.is_ended else b"") for line in lines)


def _bytes(line: TreeLine) -> bytes:
    if line.tree is None:
        return line.raw
    # A lone surrogate, which only an escape can hold, is escaped.
    return _text(line.tree).encode("utf-8", "backslashreplace")


def _text(tree: Tree) -> str:
    match tree:
        case Number(text=text):
            return text
        case Array(items=items):
            return f"[{','.join(map(_text, items))}]"
        case Object(members=members):
            inside = (f"{_quoted(key)}:{_text(value)}" for key, value in members)
            return f"{{{','.join(inside)}}}"
        case str():
            return _quoted(tree)
        case _:
            return json.dumps(tree)


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def mapped(
    tree: Tree, key_of: Callable[[str], str], value_of: Callable[[str, Tree], Tree], under: str
) -> Tree:
    """Return the tree with other keys and plain values; `under` is the key that it stands under.

    What stands in an array stands under its key.
    """
    match tree:
        case Array(items=items):
            return Array(tuple(mapped(item, key_of, value_of, under) for item in items))
        case Object(members=members):
            return Object(
                tuple((key_of(key), mapped(each, key_of, value_of, key)) for key, each in members)
            )
        case _:
            return value_of(under, tree)


def smaller(tree: Tree, is_kept: Callable[[str], bool]) -> Iterator[Tree]:
    """Yield the trees with one part less, the larger parts first; members that are kept stay."""
    match tree:
        case Array(items=items):
            if len(items) > 1:
                yield Array(())
            for place, item in enumerate(items):
                yield Array((*items[:place], *items[place + 1 :]))
                for less in smaller(item, _nothing_kept):
                    yield Array((*items[:place], less, *items[place + 1 :]))
        case Object(members=members):
            kept = tuple(member for member in members if is_kept(member[0]))
            if len(members) - len(kept) > 1:
                yield Object(kept)
            for place, (key, _) in enumerate(members):
                if not is_kept(key):
                    yield Object((*members[:place], *members[place + 1 :]))
            for place, (key, value) in enumerate(members):
                for less in smaller(value, _nothing_kept):
                    yield Object((*members[:place], (key, less), *members[place + 1 :]))
        case _:
            return


def _nothing_kept(key: str) -> bool:
    return False
