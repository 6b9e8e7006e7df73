"""Reads the list of the kinds of eventlogs from its YAML, and checks it."""

from __future__ import annotations

import re
from collections.abc import Mapping as Mapping_

from flux_conform.language.log_kind import LogKind
from flux_conform.language.yaml_nodes import (
    FaultList,
    Mapping,
    Node,
    Scalar,
    Sequence,
    read_nodes,
    read_text,
)

_FIELDS = ("rfc", "says", "names", "first", "events")
_NAME = re.compile(r"[a-z][a-z0-9.-]*")


def read_kinds(path: str, specified: tuple[str, ...]) -> tuple[LogKind, ...]:
    """The kinds in a file; those `specified` have a specification of their own.

    Raises SpecificationFaults with every mistake in the file.
    """
    faults = FaultList(path)
    tree = read_nodes(read_text(path), faults)
    found = tuple(_kinds(tree, specified, faults))
    missing = [name for name in specified if name not in {kind.name for kind in found}]
    if missing and not faults.faults:
        faults.add(tree.mark, f"the kind {missing[0]} is missing, which has a specification")
    if faults.faults:
        raise faults.error()
    return found


def _kinds(tree: Node, specified: tuple[str, ...], faults: FaultList) -> list[LogKind]:
    top = _pairs(tree, ("kinds",), faults)
    body = top.get("kinds")
    if not isinstance(body, Mapping):
        faults.add(tree.mark if body is None else body.mark, "no kinds", expected="kinds: {…}")
        return []
    found: list[LogKind] = []
    parts: set[str] = set()
    for key, node in body.pairs:
        kind = _kind(key, node, key.text in specified, faults)
        if again := parts.intersection(kind.names):
            faults.add(node.mark, f'the name "{min(again)}" belongs to two kinds')
        parts.update(kind.names)
        found.append(kind)
    return found


def _kind(key: Scalar, node: Node, is_specified: bool, faults: FaultList) -> LogKind:
    fields = _pairs(node, _FIELDS, faults)
    for name in ("rfc", "says", "names", *(() if is_specified else ("first",))):
        if name not in fields:
            faults.add(node.mark, f"the kind {key.text} has no {name}")
    if is_specified:
        for name in ("first", "events"):
            if name in fields:
                text = f"the {name} of {key.text} are in its specification"
                faults.add(fields[name].mark, text, expected="none here")
    return LogKind(
        key.text,
        _number(fields.get("rfc"), faults),
        _text(fields.get("says"), faults),
        *(_names(fields.get(name), faults) for name in ("names", "first", "events")),
    )


def _pairs(node: Node, known: tuple[str, ...], faults: FaultList) -> Mapping_[str, Node]:
    if not isinstance(node, Mapping):
        faults.add(node.mark, "not a mapping", expected="keys: " + ", ".join(known))
        return {}
    for key, _ in node.pairs:
        if key.text not in known:
            faults.add(key.mark, f'unknown key "{key.text}"', name=key.text, among=known)
    return {key.text: value for key, value in node.pairs}


def _number(node: Node | None, faults: FaultList) -> int:
    if node is None:
        return 0
    if isinstance(node, Scalar) and re.fullmatch("[0-9]{1,4}", node.text):
        return int(node.text)
    faults.add(node.mark, "not the number of an RFC", expected="a number")
    return 0


def _text(node: Node | None, faults: FaultList) -> str:
    if node is None or (isinstance(node, Scalar) and node.text):
        return "" if node is None else node.text
    faults.add(node.mark, "not a text", expected="a text")
    return ""


def _names(node: Node | None, faults: FaultList) -> tuple[str, ...]:
    if node is None:
        return ()
    items = node.items if isinstance(node, Sequence) else (node,)
    found: list[str] = []
    for item in items:
        if not isinstance(item, Scalar) or not _NAME.fullmatch(item.text):
            faults.add(item.mark, "not a name", expected="a name such as header")
        elif item.text in found:
            faults.add(item.mark, f'"{item.text}" is given twice')
        else:
            found.append(item.text)
    if not items:
        faults.add(node.mark, "no name is given", expected="a list of names")
    return tuple(found)
