"""What a writer never does, and why: a YAML file of entries, each with a reason.

What is excused is not demanded, and every report says so. An entry that names nothing is a mistake
in the file; one that names what logs exercise or break is stale, and an error.

    never exercised:
      - transition: SCHED flux-restart → PRIORITY
        reason: our manager does not restart
      - rule: rfc21/prolog-*
        reason: there are no prologs
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase
from typing import NamedTuple

from flux_conform.language.document import TEXT
from flux_conform.language.faults import closest
from flux_conform.language.shapes import Field, Items, Located, Record, Text
from flux_conform.language.yaml_nodes import FaultList, read_nodes, read_text
from flux_conform.suite.coverage import Item
from flux_conform.suite.exercisable import EVENTS, PAIRS, RULES, STATES, TRANSITIONS, Exercisable

KINDS = {
    "state": STATES,
    "event": EVENTS,
    "transition": TRANSITIONS,
    "pair": PAIRS,
    "rule": RULES,
}
"""What an entry names, and the part that it is of."""

_LIST = "never exercised"
_ENTRY = Record(
    "something never exercised",
    {
        **{
            kind: Field(Text(f"a {kind}"), f"a {kind} as reports name it; * stands for anything")
            for kind in KINDS
        },
        "reason": Field(TEXT, "why this writer never does it", True),
    },
)
_FILE = Record(
    "a file of what a writer never does",
    {_LIST: Field(Items(_ENTRY), "each with its reason", True)},
)


class Excuse(NamedTuple):
    """An entry: the part and the pattern of names that it excuses, and why.

    `names` are those that it matches, and `stale` says what logs do with some of them all the same.
    """

    part: str
    pattern: str
    reason: str
    place: str
    names: tuple[str, ...]
    stale: tuple[str, ...] = ()

    def against(self, items: Mapping[str, Sequence[Item]]) -> Excuse:
        """The same, held against what logs exercised."""
        found = [item for item in items[self.part] if item.name in self.names]
        done = [f"{item.name} is exercised" for item in found if item.logs]
        done += [f"{item.name} is broken" for item in found if item.broken and not item.logs]
        return self._replace(stale=tuple(done))


def read_excuses(path: str, scope: Exercisable) -> tuple[Excuse, ...]:
    """The entries of a file. Raises SpecificationFaults with every mistake in it."""
    text = read_text(path)
    faults = FaultList(path)
    root = _FILE.read(read_nodes(text, faults), faults)
    found = []
    for item in root.value[_LIST].value if root is not None and not faults.faults else ():
        excuse = _excuse(path, item, scope, faults)
        if excuse is not None:
            found.append(excuse)
    if faults.faults:
        raise faults.error()
    return tuple(found)


def _excuse(path: str, item: Located, scope: Exercisable, faults: FaultList) -> Excuse | None:
    fields = item.value
    named = [kind for kind in KINDS if kind in fields]
    if len(named) != 1:
        faults.add(item.mark, "it must name one thing", expected=f"one of {', '.join(KINDS)}")
        return None
    (kind,) = named
    pattern = fields[kind].value
    known = [target.name for target in scope.parts[KINDS[kind]]]
    names = tuple(name for name in known if fits(name, pattern))
    if not names:
        message, expected = _no_name(kind, pattern, scope, known)
        faults.add(fields[kind].mark, message, expected=expected)
        return None
    place = f"{path}:{item.mark.line}"
    return Excuse(KINDS[kind], pattern, fields["reason"].value, place, names)


def fits(name: str, pattern: str) -> bool:
    """Whether a pattern names something; * stands for anything."""
    return name == pattern or fnmatchcase(name, pattern.replace("[", "[[]"))


def _no_name(kind: str, pattern: str, scope: Exercisable, known: Sequence[str]) -> tuple[str, str]:
    for left_out in scope.left_out:
        if left_out.part == KINDS[kind] and any(fits(name, pattern) for name in left_out.names):
            return f'the {kind} "{pattern}" does not count anyway', "no entry for it"
    near = closest(pattern, known)
    return (
        f'there is no {kind} "{pattern}"',
        f'a {kind} as reports name it, such as "{near or next(iter(known), "")}"',
    )
