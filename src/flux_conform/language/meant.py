"""What the author of an expression meant who wrote it as in another language."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping

from flux_conform.language import expressions as x
from flux_conform.language.lanes import INDEX

INSTEAD = {
    "&&": 'write "and"',
    "||": 'write "or"',
    "!": 'write "not"',
    "=": 'equality is written "=="',
}
"""Operators of other languages, and what is written here."""

_FOREIGN = re.compile(r"&&|\|\||!(?!=)|(?<![=!<>])=(?!=)")
_OPAQUE = re.compile(rf'"(?:[^"\\]|\\.)*"?|\b(?:{"|".join(x.ABOUT)})\s*\([^)]*\)')
"""Texts, and names of events and states, which may hold any character."""

_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def foreign_operator(text: str) -> tuple[int, str] | None:
    """The first operator of another language in an expression: its place, and what to write."""
    found = _FOREIGN.search(_OPAQUE.sub(lambda part: " " * len(part[0]), text))
    if found is None:
        return None
    return found.start(), f'"{found[0]}" is no operator; {INSTEAD[found[0]]}'


def a_state(name: str, states: Collection[str]) -> str:
    """For an unknown variable that has the name of a state."""
    return f'; the state is a text: "{name}"' if name in states else ""


def a_key(name: str, keys: Collection[str] | None) -> str:
    """For an unknown variable that has the name of a key of the event."""
    return f"; the key of the event is {written(name)}" if keys and name in keys else ""


def a_union(name: str, definitions: Mapping[str, x.Definition]) -> str:
    """For an unknown state that is a virtual one."""
    return f"; the virtual state is asked for with: in {name}" if name in definitions else ""


def with_in(node: x.Binary) -> str:
    """For a list that is compared, `state == ACTIVE`, and for the state of a lane."""
    for side, other in ((node.left, node.right), (node.right, node.left)):
        if isinstance(side, x.Call) and side.function == INDEX:
            return f"; {x.show(side)} is compared with a name in quotes"
        if isinstance(side, x.Name) and isinstance(other, x.Name) and other.name == "state":
            asks = f"state in {side.name}"
            return f"; ask: {f'not ({asks})' if node.operator == '!=' else asks}"
    return ""


def text_of_key(node: x.Binary, keys: Collection[str] | None) -> str:
    """For a text that is compared and has the name of a key: `"urgency" == 5`."""
    for side in (node.left, node.right):
        text = side.value if isinstance(side, x.Constant) else None
        if isinstance(text, str) and text in (keys or ()):
            return f"; the key of the event is {written(text)}"
    return ""


def split_key(node: x.Binary, keys: Collection[str] | None) -> str | None:
    """The key that was written without quotes, as in `.partial-ok`; None if it is none."""
    if node.operator != "-" or not isinstance(node.right, x.Name) or not keys:
        return None
    left: x.Node = node.left
    parts = [node.right.name]
    while isinstance(left, x.Binary) and left.operator == "-" and isinstance(left.right, x.Name):
        parts.insert(0, left.right.name)
        left = left.left
    if not isinstance(left, x.Key):
        return None
    whole = "-".join([left.name, *parts])
    return whole if whole in keys and left.name not in keys else None


def written(key: str) -> str:
    """A key as it is written in an expression."""
    return f".{key}" if _WORD.fullmatch(key) else f'."{key}"'
