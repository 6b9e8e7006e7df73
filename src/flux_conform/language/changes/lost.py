"""What a change loses in silence: it removes a name and adds another that seems to be the same."""

from __future__ import annotations

from collections.abc import Iterator

from flux_conform.language.changes.merge import is_null
from flux_conform.language.changes.renaming import KINDS, RENAMED
from flux_conform.language.faults import closest
from flux_conform.language.yaml_nodes import (
    Mapping,
    Mark,
    Node,
    Scalar,
    Sequence,
    nodes_of,
    value_of,
)

_SPEAKING = ("rules", "properties", "transitions")
"""The lists of the neighbour whose entries go with a name."""


def lost_by_removal(base: Node, change: Mapping) -> Iterator[tuple[Mark, str]]:
    """For each name that seems to be renamed: its place in the change, and what is lost."""
    for kind in KINDS:
        section = value_of(change, kind)
        if not isinstance(section, Mapping):
            continue
        known = _names(value_of(base, kind))
        new = [key.text for key, node in section.pairs if key.text not in known]
        for key, node in section.pairs:
            if key.text not in known or not is_null(node) or not new:
                continue
            other = closest(key.text, new) or (new[0] if len(new) == 1 else None)
            lost = _speaking_of(base, key.text)
            if other is not None and (lost or kind == "rules"):
                counts = ", ".join(f"{count} of {name}" for name, count in lost.items())
                goes = f"; with it goes what is said of it ({counts})" if lost else ""
                yield (
                    key.mark,
                    f'"{key.text}" is removed and "{other}" is new{goes}; if it is the same, '
                    f"say {RENAMED}: {{{kind}: {{{key.text}: {other}}}}}",
                )


def _names(node: Node | None) -> set[str]:
    if isinstance(node, Mapping):
        return {key.text for key, _ in node.pairs}
    ids = (value_of(item, "id") for item in (node.items if isinstance(node, Sequence) else ()))
    return {each.text for each in ids if isinstance(each, Scalar)}


def _speaking_of(base: Node, name: str) -> dict[str, int]:
    """How many entries of each list name it, on their own or beside others."""
    found = {}
    for section in _SPEAKING:
        listed = value_of(base, section)
        items = listed.items if isinstance(listed, Sequence) else ()
        count = sum(
            any(isinstance(node, Scalar) and node.text == name for node in nodes_of(item))
            for item in items
        )
        if count:
            found[section] = count
    return found
