"""Merges a change into its neighbour's tree: mappings key by key, null removes a key.

All else is replaced whole. The shapes of the language say which lists are merged by their items'
ids, and which holds transitions; a new key of the language needs nothing here.
"""

from __future__ import annotations

from collections.abc import Iterator

from flux_conform.language.changes.removal import without_traces
from flux_conform.language.changes.rows import ROWS, put_rows
from flux_conform.language.faults import closest
from flux_conform.language.shapes import Either, Items, Record, Shape, Table, Tree
from flux_conform.language.yaml_nodes import FaultList, Mapping, Node, Scalar, Sequence, value_of

_Pair = tuple[Scalar, Node]


def merged(shape: Record, base: Mapping, change: Mapping, faults: FaultList) -> Mapping:
    """The neighbour's tree with the change in it; what cannot be changed is noted."""
    rows = value_of(change, ROWS)
    is_rows = isinstance(rows, Sequence)
    others = tuple(pair for pair in change.pairs if not (is_rows and pair[0].text == ROWS))
    tree = _Merger(faults).by_key(shape, base, change._replace(pairs=others))
    if isinstance(rows, Sequence):
        tree = put_rows(shape, tree, rows, faults)
    return without_traces(tree, base, change)


def has_ids(shape: Shape | None) -> bool:
    """Whether it is a list whose items have ids."""
    return isinstance(shape, Items) and isinstance(shape.of, Record) and "id" in shape.of.fields


class _Merger:
    def __init__(self, faults: FaultList) -> None:
        self.faults = faults

    def value(self, shape: Shape | None, base: Node | None, change: Node) -> Node:
        if isinstance(shape, Items) and has_ids(shape):
            return self.by_id(shape.of, base, change)
        if shape is None or isinstance(shape, Tree) or not isinstance(change, Mapping):
            return change  # the loader reports a key that the language lacks
        before = base if isinstance(base, Mapping) else Mapping((), change.mark)
        return self.by_key(shape, before, change)

    def by_key(self, shape: Shape | None, base: Mapping, change: Mapping) -> Mapping:
        return Mapping(tuple(self.pairs(shape, base.pairs, change.pairs)), change.mark)

    def by_id(self, of: Shape, base: Node | None, change: Node) -> Node:
        """A list merged with a mapping from ids to what is new of the items."""
        if not isinstance(change, Mapping):
            expected = "in a change: ID: what differs, or ID: null to remove it"
            what = "a list" if isinstance(change, Sequence) else "a single value"
            self.faults.add(change.mark, f"{what} stands here", expected=expected)
            return change if base is None else base
        items = base.items if isinstance(base, Sequence) else ()
        pairs = tuple(
            self.pairs(of, tuple((_id(item), item) for item in items), change.pairs, True)
        )
        return Sequence(tuple(_with_id(key, item) for key, item in pairs), change.mark)

    def pairs(
        self,
        shape: Shape | None,
        base: tuple[_Pair, ...],
        change: tuple[_Pair, ...],
        by_id: bool = False,
    ) -> Iterator[_Pair]:
        """The neighbour's entries as the change leaves them.

        A new one comes after the one that the change speaks of before it, else at the end.
        """
        known = {key.text: node for key, node in base}
        replaced: dict[str, Node | None] = {}
        added: dict[str | None, list[_Pair]] = {}
        anchor = None
        for key, value in change:
            inner = shape if by_id else _shape_of(shape, key.text)
            if key.text not in known:
                if self.can_be_new(inner, key, value, tuple(known), by_id):
                    new = (key, self.value(inner, None, value))
                    added.setdefault(anchor, []).append(new)
                continue
            anchor = key.text
            if is_null(value):
                replaced[key.text] = None
            else:
                replaced[key.text] = self.value(inner, known[key.text], value)
        for key, node in base:
            after = replaced.get(key.text, node)
            if after is not None:
                yield key, after
            yield from added.pop(key.text, ())
        yield from added.get(None, ())

    def can_be_new(
        self, shape: Shape | None, key: Scalar, value: Node, known: tuple[str, ...], by_id: bool
    ) -> bool:
        """Whether an entry can be new; one that seems meant for another is noted."""
        if is_null(value):
            message = f'there is no "{key.text}" to remove'
            self.faults.add(key.mark, message, name=key.text, among=known)
            return False
        record = shape.mapping if isinstance(shape, Either) else shape
        if not isinstance(record, Record) or not isinstance(value, Mapping):
            return True
        present = {name.text for name, _ in value.pairs} | ({"id"} if by_id else set())
        lacking = [
            name for name, of in record.fields.items() if of.required and name not in present
        ]
        if not lacking or closest(key.text, known) is None:
            return True  # the loader reports what a new entry lacks
        message = f'there is no "{key.text}" to change, and for {record.name} of its own it lacks '
        self.faults.add(key.mark, message + ", ".join(lacking), name=key.text, among=known)
        return False


def is_null(node: Node) -> bool:
    """Whether the value is the null of YAML, written out, which removes."""
    return isinstance(node, Scalar) and node.plain and node.text in ("null", "~")


def _shape_of(shape: Shape | None, key: str) -> Shape | None:
    """The shape of the key's value."""
    if isinstance(shape, Either):
        shape = shape.mapping
    if isinstance(shape, Table):
        return shape.of
    field = shape.fields.get(key) if isinstance(shape, Record) else None
    return None if field is None else field.shape


def _id(item: Node) -> Scalar:
    """The id of an item; a text that is none where it has none, for the loader to find."""
    found = value_of(item, "id")
    return found if isinstance(found, Scalar) else Scalar("", False, item.mark)


def _with_id(key: Scalar, item: Node) -> Node:
    if not isinstance(item, Mapping) or value_of(item, "id") is not None or not key.text:
        return item
    name = Scalar("id", True, key.mark)
    return item._replace(pairs=((name, key), *item.pairs))
