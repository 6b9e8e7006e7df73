"""Reads a specification's tree, whole or as a change on its neighbour, over any number of steps."""

from __future__ import annotations

import os
from collections.abc import Mapping as MappingOf
from typing import NamedTuple

from flux_conform.language import document
from flux_conform.language.changes.merge import merged
from flux_conform.language.changes.renaming import RENAMED, renamed
from flux_conform.language.faults import SpecificationFaults
from flux_conform.language.names import UnknownMachine, is_file, path_of
from flux_conform.language.yaml_nodes import (
    FaultList,
    Mapping,
    Node,
    Scalar,
    read_nodes,
    read_text,
    value_of,
)

_MAX_CHAIN = 50
"""The greatest number of changes in a chain."""


def read_whole(text: str, faults: FaultList, chain: tuple[str, ...] = ()) -> Node:
    """The tree of a specification's text; a change is merged into its neighbour.

    `chain` are the files whose chain of changes has led here. Raises SpecificationFaults if there
    is no such tree.
    """
    tree = read_nodes(text, faults)
    named = value_of(tree, document.CHANGE)
    return tree if named is None else put_change(_base(named, faults, chain), tree, faults)


def base_of(change: Node, faults: FaultList) -> Node:
    """The tree of the neighbour that a change names. Raises SpecificationFaults."""
    named = value_of(change, document.CHANGE)
    assert named is not None
    return _base(named, faults, ())


def _base(named: Node, faults: FaultList, chain: tuple[str, ...]) -> Node:
    chain = (*chain, faults.file)
    path = _neighbour(named, chain, faults)
    try:
        base_text = read_text(path)
    except SpecificationFaults as error:
        faults.add(named.mark, f"the neighbour {error.faults[0].message}: {path}")
        raise faults.error() from error
    return read_whole(base_text, faults.of(path), chain)


class Neighbour(NamedTuple):
    """The tree of a specification's file, read once for many changes.

    `texts` are the texts that it was made from, by the names of their files.
    """

    tree: Node
    texts: MappingOf[str, str]


def read_neighbour(path: str) -> Neighbour:
    """The tree of a specification's file. Raises SpecificationFaults."""
    faults = FaultList(path)
    tree = read_whole(read_text(path), faults)
    if faults.faults:
        raise faults.error()
    return Neighbour(tree, faults.texts)


def read_changed(base: Neighbour, change: str, faults: FaultList) -> Node:
    """The tree of a specification with a change put into it, which names no neighbour.

    Raises SpecificationFaults.
    """
    tree = read_nodes(change, faults)
    named = value_of(tree, document.CHANGE)
    if named is not None:
        faults.add(named.mark, "the neighbour is given already", expected="no key change")
        raise faults.error()
    faults.texts.update({name: text for name, text in base.texts.items() if name != faults.file})
    return put_change(base.tree, tree, faults)


def put_change(base: Node, change: Node, faults: FaultList) -> Node:
    """The tree of a specification with a change put into it, whichever neighbour that names."""
    if not isinstance(base, Mapping) or not isinstance(change, Mapping):
        return change if isinstance(base, Mapping) else base  # the loader says what is wrong
    told = value_of(change, RENAMED)
    if told is not None:
        base = renamed(base, told, faults)
    apart = (document.CHANGE, RENAMED)
    pairs = tuple(pair for pair in change.pairs if pair[0].text not in apart)
    return merged(document.MACHINE, base, change._replace(pairs=pairs), faults)


def _neighbour(named: Node, chain: tuple[str, ...], faults: FaultList) -> str:
    """The file of the neighbour. Raises SpecificationFaults if there is none."""

    def refused(message: str, expected: str | None = None) -> SpecificationFaults:
        faults.add(named.mark, message, expected=expected)
        return faults.error()

    if not isinstance(named, Scalar) or not named.text.strip():
        raise refused("this names no neighbour", document.NEIGHBOUR.words)
    if is_file(named.text):
        path = os.path.normpath(os.path.join(os.path.dirname(chain[-1]), named.text))
    else:
        try:
            path = path_of(named.text)
        except UnknownMachine as error:
            raise refused(str(error), document.NEIGHBOUR.words) from error
    places = [os.path.realpath(each) for each in chain]
    if os.path.realpath(path) in places:
        way = " → ".join((*chain[places.index(os.path.realpath(path)) :], path))
        raise refused(f"the changes come back to where they began: {way}")
    if len(chain) > _MAX_CHAIN:
        raise refused(f"more than {_MAX_CHAIN} changes follow each other")
    return path
