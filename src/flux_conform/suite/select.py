"""Chooses vectors of a suite: by group, id, rule, state, event and purpose."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from fnmatch import fnmatchcase
from typing import NamedTuple

from flux_conform.language.faults import closest
from flux_conform.suite.folder import Vector


class Filters(NamedTuple):
    """Patterns by kind: a vector matches one of each kind that has any. * stands for anything."""

    group: tuple[str, ...] = ()
    id: tuple[str, ...] = ()
    rule: tuple[str, ...] = ()
    state: tuple[str, ...] = ()
    event: tuple[str, ...] = ()
    purpose: tuple[str, ...] = ()


class NothingChosen(Exception):
    """No vector matches; the message suggests a name that does."""


def choose(vectors: Iterable[Vector], filters: Filters) -> tuple[Vector, ...]:
    """The vectors that match, in their order. Raises NothingChosen."""
    everything = tuple(vectors)
    wanted = [(kind, patterns) for kind, patterns in filters._asdict().items() if patterns]
    for kind, patterns in wanted:
        names = {name for vector in everything for name in _NAMES[kind](vector)}
        for pattern in patterns:
            if not any(_fits(name, pattern) for name in names):
                raise NothingChosen(_nothing(kind, pattern, sorted(names)))
    chosen = tuple(
        vector
        for vector in everything
        if all(
            any(_fits(name, pattern) for name in _NAMES[kind](vector) for pattern in patterns)
            for kind, patterns in wanted
        )
    )
    if not chosen:
        asked = " and ".join(f"--{kind} {' or '.join(patterns)}" for kind, patterns in wanted)
        raise NothingChosen(f"no vector is chosen by {asked} together")
    return chosen


def _fits(name: str, pattern: str) -> bool:
    return name == pattern or fnmatchcase(name, pattern)


def _of_transition(vector: Vector, key: str) -> tuple[str, ...]:
    value = (vector.transition or {}).get(key)
    return () if value is None else (str(value),)


_NAMES: dict[str, Callable[[Vector], Iterable[str]]] = {
    "group": lambda vector: (vector.group,),
    "id": lambda vector: (vector.id,),
    "rule": lambda vector: vector.clauses,
    "state": lambda vector: _of_transition(vector, "state"),
    "event": lambda vector: _of_transition(vector, "event"),
    "purpose": lambda vector: (vector.purpose,),
}

_FEW = 12


def _nothing(kind: str, pattern: str, names: list[str]) -> str:
    near = closest(pattern, names)
    text = f'no vector of {kind} "{pattern}" in this suite'
    if near is not None:
        return f'{text}; did you mean "{near}"?'
    if kind == "id":
        return f"{text}; * stands for anything, and --group chooses a whole group"
    more = f", and {len(names) - _FEW} more" if len(names) > _FEW else ""
    return f"{text}; there are {', '.join(names[:_FEW])}{more}" if names else text
