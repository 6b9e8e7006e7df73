"""Expressions of a compiled specification, as JSON, with the definitions put in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, TypeAlias

Tree: TypeAlias = Mapping[str, Any]
"""A node of an expression: its fields, and its kind under `kind`."""


class Unsupported(Exception):
    """An expression that the verifier cannot read; the message says why."""


class Definitions:
    """The named expressions of a specification, virtual states among them."""

    def __init__(self, model: Mapping[str, Any]) -> None:
        self._bodies = {
            item["name"]: (item["parameters"], item["body"]["tree"])
            for item in model["definitions"]
        }
        for state in model["virtual_states"]:
            items = [{"kind": "constant", "value": name} for name in state["members"]]
            self._bodies[state["name"]] = ([], {"kind": "list", "items": items})

    def expand(self, tree: Tree) -> Tree:
        """Return the tree in which each use of a definition is its body."""
        return self._expanded(tree, {})

    def optional(self, expression: Mapping[str, Any] | None) -> Tree | None:
        """Return the expanded tree of an expression; None of none."""
        return None if expression is None else self.expand(expression["tree"])

    def _expanded(self, tree: Tree, given: Mapping[str, Tree]) -> Tree:
        kind = tree["kind"]
        if kind == "name" and tree["name"] in given:
            return given[tree["name"]]
        if kind == "name" and tree["name"] in self._bodies:
            return self._expanded(self._bodies[tree["name"]][1], {})
        if kind == "call" and tree["function"] in self._bodies:
            names, body = self._bodies[tree["function"]]
            values = [self._expanded(part, given) for part in tree["arguments"]]
            return self._expanded(body, dict(zip(names, values, strict=True)))
        return {name: self._part(value, given) for name, value in tree.items()}

    def _part(self, value: Any, given: Mapping[str, Tree]) -> Any:
        if isinstance(value, dict):
            return self._expanded(value, given)
        if isinstance(value, list):
            return [self._part(item, given) for item in value]
        return value


def nodes(tree: Any) -> Iterator[Tree]:
    """Yield a tree and every node in it."""
    if isinstance(tree, dict):
        if "kind" in tree:
            yield tree
        for value in tree.values():
            yield from nodes(value)
    elif isinstance(tree, list | tuple):
        for item in tree:
            yield from nodes(item)


def is_key(tree: Tree, name: str | None = None) -> bool:
    """Whether a node reads a key of the context, or the key of a name."""
    return tree["kind"] == "key" and (name is None or tree["name"] == name)


def at_one_time(tree: Any) -> Any:
    """Return a tree in which what `old` asks of stands in its place: it reads the same."""
    if isinstance(tree, dict):
        if tree.get("kind") == "call" and tree["function"] == "old":
            return at_one_time(tree["arguments"][0])
        return {name: at_one_time(part) for name, part in tree.items()}
    return [at_one_time(part) for part in tree] if isinstance(tree, list) else tree


def keys_of_member(tree: Tree) -> list[str]:
    """The keys that make up a member: a key, or a list or object of keys and constants.

    There are none of any other.
    """
    parts = tree["items"] if tree["kind"] == "list" else [tree]
    if tree["kind"] == "build":
        parts = [part for _, part in tree["fields"]]
    if any(part["kind"] not in ("key", "constant") for part in parts):
        return []
    return [part["name"] for part in parts if is_key(part)]


def reads_elsewhere(tree: Any, member: Tree) -> bool:
    """Whether a tree reads a key of a member otherwise than as part of that member."""
    if isinstance(tree, dict):
        if tree == member:
            return False
        if "kind" in tree and is_key(tree) and tree["name"] in keys_of_member(member):
            return True
        return any(reads_elsewhere(part, member) for part in tree.values())
    return isinstance(tree, list | tuple) and any(reads_elsewhere(part, member) for part in tree)


def texts_compared(trees: list[Tree], key: str) -> set[str]:
    """The strings that stand in comparisons of a key."""
    found: set[str] = set()
    for node in (node for tree in trees for node in nodes(tree) if node["kind"] == "binary"):
        parts = list(nodes((node["left"], node["right"])))
        if node["operator"] in ("==", "!=", "in") and any(is_key(part, key) for part in parts):
            constants = (part["value"] for part in parts if part["kind"] == "constant")
            found |= {value for value in constants if isinstance(value, str)}
    return found


def read_keys(trees: list[Tree]) -> tuple[set[str], set[str]]:
    """The keys that expressions read, and those of which they ask whether they are there."""
    read = list(nodes(trees))
    calls = [node for node in read if node["kind"] == "call" and node["function"] == "has"]
    asked = {node["arguments"][0]["name"] for node in calls if is_key(node["arguments"][0])}
    return {node["name"] for node in read if is_key(node)}, asked
