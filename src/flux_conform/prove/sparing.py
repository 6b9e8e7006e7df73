"""Events that a search can leave out: they move nothing, and forbid nothing that it is about."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from flux_conform.language.expressions import Constant, Name, Node, rebuilt
from flux_conform.machine.fold import fold, reads, reads_through
from flux_conform.machine.slice import Slice


def idle_events(slice_: Slice, asked: Iterable[Node], levels: Collection[str]) -> frozenset[str]:
    """Events without which runs that obey the rules of some levels come as far as with them.

    They lead to no other state, and no guard nor anything `asked` reads what they change. The
    rules that read it hold while it is as it was at the start. Whether one is really needed by some
    run is not decided here: what is found without these events has to be proved of all.
    """
    trees = [*asked]
    for item in slice_.events:
        trees += (guard for _, guard in item.rows if guard is not None)
        trees += (when for _, when in item.selects if when is not None)
    deciding = reads_through(trees, slice_.effects)
    idle = {
        item.event.name
        for item in slice_.events
        if item.event.name not in slice_.seen
        and all(row.target == row.source for row, _ in item.rows)
        and deciding.isdisjoint(name for name, _ in item.effects)
    }
    while True:
        needed = set(_needed(slice_, idle, levels))
        kept = {
            item.event.name
            for item in slice_.events
            if needed.isdisjoint(name for name, _ in item.effects)
        }
        if idle <= kept:
            return frozenset(idle)
        idle &= kept


def _needed(slice_: Slice, idle: Collection[str], levels: Collection[str]) -> Iterator[str]:
    """The variables without whose changes a rule on another event may not hold."""
    changed = {
        name for item in slice_.events if item.event.name in idle for name, _ in item.effects
    }
    start = {each.name: Constant(each.first_value) for each in slice_.variables}
    for item in slice_.events:
        for rule, tree in item.rules if item.event.name not in idle else ():
            read = changed.intersection(reads(tree)) if rule.level in levels else ()
            if read and fold(_put(tree, start, read), "", {}, frozenset()) != Constant(True):
                yield from read


def _put(tree: Node, start: dict[str, Constant], names: Collection[str]) -> Node:
    """The tree with the values that some variables have at the start."""
    if isinstance(tree, Name) and tree.name in names:
        return start[tree.name]
    return rebuilt(tree, lambda child: _put(child, start, names))
