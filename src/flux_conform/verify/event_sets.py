"""The sets that an event bears, as a certificate keeps them: how many members there are where.

An input such as `drain: up&ranks(.idset)` is the number of members that are in `up`, in the set of
the event, and in no other collection of the group.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from itertools import compress

from flux_conform.verify.counted_members import Borne, Group, cells_of
from flux_conform.verify.definitions import Tree, is_key, nodes

LISTED = ("ranks", "hosts", "keys")


def label_of(node: Tree) -> str | None:
    """Return the text of a node that gives a set of the event, such as ranks(.key)."""
    if node["kind"] == "call" and node["function"] in LISTED and is_key(node["arguments"][0]):
        return f"{node['function']}({key_label(node['arguments'][0]['name'])})"
    return None


def key_label(name: str) -> str:
    """Return a key as it is written in an expression."""
    if re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name):
        return f".{name}"
    escaped = name.replace("\\", "\\\\").replace('"', '\\"')
    return f'."{escaped}"'


def labels_in(trees: Iterable[Tree], lists: Collection[str]) -> dict[str, str]:
    """Return the sets that expressions read, `lists` being the keys that bear lists, with keys."""
    found: dict[str, str] = {}
    for node in nodes(list(trees)):
        label = label_of(node)
        if label is not None:
            found[label] = node["arguments"][0]["name"]
        elif is_key(node) and node["name"] in lists:
            found[key_label(node["name"])] = node["name"]
    return dict(sorted(found.items()))


def borne_by(
    event: str,
    labels: Collection[str],
    groups: Iterable[Group],
    given: Mapping[str, str],
    make: Callable[[str, str], str],
    plain: Callable[[str], str],
) -> Iterator[Borne]:
    """Yield for each group the sets of an event that the certificate counts in it.

    `given` are the inputs of the certificate; `make` writes the symbol of one, `plain` its name.
    """

    def meets(*parts: str) -> bool:
        return plain(f"{event}: {'&'.join(parts)}") in given

    def counts(group: Group, label: str) -> bool:
        rows = [row for row in cells_of(group, 1) if row[-1] and any(row[:-1])]
        return any(meets(*compress((*group.names, label), row)) for row in rows)

    left = list(labels)
    for group in groups:
        sets = tuple(label for label in labels if not group.is_bag and counts(group, label))
        if sets:
            left = [label for label in left if label not in sets]
            yield _borne(event, group, sets, make)
    while left:
        sets = tuple(label for label in left if label == left[0] or meets(left[0], label))
        left = [label for label in left if label not in sets]
        if meets(sets[0]):
            yield _borne(event, _of_its_own(event, sets, given, plain), sets, make)


def _of_its_own(
    event: str, sets: tuple[str, ...], given: Mapping[str, str], plain: Callable[[str], str]
) -> Group:
    """The group of sets that meet no collection; literals are those that the certificate tracks."""
    start = plain(f"{event}: {sets[0]}[")
    literals = tuple(
        name[len(start) : -1] for name in given if name.startswith(start) and name.endswith("]")
    )
    numbers = sets[0].startswith("ranks(")
    return Group((), False, literals, {}, {}, (), numbers, f"{event}: {', '.join(sets)}")


def _borne(
    event: str, group: Group, sets: tuple[str, ...], make: Callable[[str, str], str]
) -> Borne:
    names, width = (*group.names, *sets), len(group.names)
    cells = {}
    for row in cells_of(group, len(sets)):
        if any(row[width:]):
            inside = "&".join(name for name, held in zip(names, row, strict=True) if held)
            cells[row] = make(f"{event}: {inside}", "Int")
    literals = {
        (label, literal): make(f"{event}: {label}[{literal}]", "Bool")
        for label in sets
        for literal in group.literals
    }
    return Borne(group, sets, cells, literals)
