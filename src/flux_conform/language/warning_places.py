"""The warnings about a file, each with its line and column."""

from __future__ import annotations

from collections.abc import Iterator

from flux_conform.language import document
from flux_conform.language.changes.lost import lost_by_removal
from flux_conform.language.changes.tree import base_of, read_whole
from flux_conform.language.specification import Specification
from flux_conform.language.warnings import doubts_of
from flux_conform.language.yaml_nodes import (
    FaultList,
    Mapping,
    Mark,
    Node,
    Scalar,
    Sequence,
    read_nodes,
    read_text,
    value_of,
)


def warnings_about(
    path: str, specification: Specification, *, thorough: bool = True
) -> Iterator[str]:
    """What looks wrong in the specification of a file: `FILE:LINE:COLUMN: warning: …`.

    A file that cannot be read any more has no warnings with places. Raises SpecificationFaults.
    """
    faults = FaultList(path)
    text = read_text(path)
    tree = read_whole(text, faults)
    for doubt in doubts_of(specification, thorough=thorough):
        yield _told(path, _place(tree, doubt.path), doubt.message)
    change = read_nodes(text, FaultList(path))
    if not thorough:
        return
    if isinstance(change, Mapping) and any(key.text == document.CHANGE for key, _ in change.pairs):
        for mark, message in lost_by_removal(base_of(change, FaultList(path)), change):
            yield _told(path, mark, message)


def _told(path: str, mark: Mark, message: str) -> str:
    return f"{mark.file or path}:{mark.line}:{mark.column}: warning: {message}"


def _id_of(node: Node) -> str | None:
    named = value_of(node, "id")
    return named.text if isinstance(named, Scalar) else None


def _place(tree: Node, path: tuple[str | int, ...]) -> Mark:
    """Where the path leads in the tree: the mark of its last key or item that is there."""
    mark = tree.mark
    for part in path:
        if isinstance(part, int):
            if not isinstance(tree, Sequence) or part >= len(tree.items):
                return mark
            tree = tree.items[part]
            mark = tree.mark
            continue
        if isinstance(tree, Sequence):
            named = (each for each in tree.items if _id_of(each) == part)
            tree = next(named, tree)
            mark = tree.mark
            continue
        pairs = tree.pairs if isinstance(tree, Mapping) else ()
        found = next(((key, value) for key, value in pairs if key.text == part), None)
        if found is None:
            return mark
        mark, tree = found[0].mark, found[1]
    return mark
