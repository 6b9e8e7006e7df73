"""Values of expressions that are sets, in the terms of what a certificate counts."""

from __future__ import annotations

from typing import Any, NamedTuple, Protocol

from flux_conform.verify.counted_members import Counted, Counting, Group
from flux_conform.verify.definitions import Tree, Unsupported, at_one_time, is_key


class BorneSet(NamedTuple):
    """A set or list that the event bears: as each group sees it, and its length if it is kept."""

    terms: dict[tuple[str, ...], Counted]
    length: str | None


class SetValue(Protocol):
    """A value of an expression, see `translation.Value`."""

    @property
    def kind(self) -> str:
        """What it is."""

    @property
    def of(self) -> Any:
        """What is known of it."""

    @property
    def trees(self) -> tuple[Tree, ...]:
        """Of a list its items, as they are written."""


def set_at(label: str, counting: Counting) -> BorneSet | None:
    """Return a set of the event by its label; None where the certificate keeps nothing of it."""
    terms, length = counting.borne(label), counting.lengths.get(label)
    return BorneSet(terms, length) if terms or length is not None else None


def as_set(value: Any) -> Any:
    """Return what set(…) makes of a list: of what the event bears its members, each once."""
    if value.kind == "borne":
        return value._replace(of=value.of._replace(length=None))
    return value._replace(kind="written") if value.kind == "list" else value


def is_set(value: SetValue) -> bool:
    """Whether a value right of + or - is a set, and not a member."""
    return value.kind in ("members", "borne", "written") or (
        value.kind == "record" and not value.of
    )


def some_set(value: SetValue) -> Counted:
    """Return a set as one group sees it. Raises Unsupported."""
    found: list[Counted] = [value.of] if value.kind == "members" else [*value.of.terms.values()]
    if not found:
        raise Unsupported("the members of a list of which the certificate keeps the length alone")
    return found[0]


def two_sets(one: SetValue, two: SetValue, counting: Counting) -> tuple[Counted, Counted]:
    """Return two sets that meet as one group sees them. Raises Unsupported."""
    seen = [_groups_of(value) for value in (one, two)]
    known = [groups for groups in seen if groups]
    common = [key for key in known[0] if key in known[-1]]
    if not common:
        raise Unsupported("sets that the certificate counts apart")
    group = known[0][common[0]]
    return _in_group(one, group, counting), _in_group(two, group, counting)


def size_of(value: SetValue, counting: Counting) -> str:
    """Return the term: how many members a set or list has. Raises Unsupported."""
    if value.kind == "members":
        return counting.size(value.of)
    if value.kind == "borne":
        return counting.size(some_set(value)) if value.of.length is None else value.of.length
    if value.kind == "record" and value.of:
        raise Unsupported("the size of an object")
    return str(len(value.of))


def member_of(tree: Tree) -> str | None:
    """Return the literal that is meant, as text; None for what the event bears.

    Neither changes with the event, so `old` makes no difference.
    """
    tree = at_one_time(tree)
    if tree["kind"] == "constant" and tree["value"] is not None:
        return str(tree["value"])
    if not is_description(tree):
        raise Unsupported("a member that is neither a key of the event nor a literal string")
    return None


def is_description(tree: Tree) -> bool:
    """Whether a member is a key of the event, or a tuple of keys and constants."""
    if tree["kind"] not in ("list", "build"):
        return is_key(tree)
    parts = tree["items"] if tree["kind"] == "list" else [part for _, part in tree["fields"]]
    return any(map(is_key, parts)) and all(
        is_key(part) or part["kind"] == "constant" for part in parts
    )


def _groups_of(value: SetValue) -> dict[tuple[str, ...], Group]:
    if value.kind == "members":
        return {value.of.group.key: value.of.group}
    if value.kind == "borne":
        return {key: term.group for key, term in value.of.terms.items()}
    return {}


def _in_group(value: SetValue, group: Group, counting: Counting) -> Counted:
    if value.kind == "members":
        whole: Counted = value.of
        return whole
    if value.kind == "borne":
        term: Counted = value.of.terms[group.key]
        return term
    if group.is_bag and value.kind == "record" and not value.of:
        return Counted(group, lambda point: "false" if point == "own" else "0")
    if value.kind in ("list", "written"):
        return counting.written(group, [member_of(tree) for tree in value.trees])
    if value.kind == "record" and not value.of:
        return counting.written(group, [])
    raise Unsupported("what is no set that the certificate counts")
