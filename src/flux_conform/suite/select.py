"""Chooses vectors of a suite: by group, id, rule, state, event, purpose and generation.

What is excluded goes last, by id, group or rule.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from fnmatch import fnmatchcase
from typing import NamedTuple

from flux_conform.language.faults import closest
from flux_conform.suite.folder import Vector

_EXCLUDE = "exclude"


class Filters(NamedTuple):
    """Patterns by kind: a vector matches one of each kind that has any. * stands for anything.

    A vector that `exclude` matches by its id, its group or a rule is left out.
    """

    group: tuple[str, ...] = ()
    id: tuple[str, ...] = ()
    rule: tuple[str, ...] = ()
    state: tuple[str, ...] = ()
    event: tuple[str, ...] = ()
    purpose: tuple[str, ...] = ()
    generation: tuple[str, ...] = ()
    tier: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()

    def __str__(self) -> str:
        """What is chosen, in words; "" where all is."""
        return ", ".join(
            f"{'without' if kind == _EXCLUDE else kind} {' or '.join(patterns)}"
            for kind, patterns in self._asdict().items()
            if patterns
        )


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
        if all(_matches(vector, *one) != (one[0] == _EXCLUDE) for one in wanted)
    )
    if not chosen:
        asked = " and ".join(f"--{kind} {' or '.join(patterns)}" for kind, patterns in wanted)
        together = " together" if len(wanted) > 1 else ""
        raise NothingChosen(f"no vector is chosen by {asked}{together}")
    return chosen


def without(vectors: Iterable[Vector], excluded: Iterable[str]) -> tuple[Vector, ...]:
    """The vectors that no pattern of `excluded` matches by id, group or rule."""
    patterns = tuple(excluded)
    return tuple(vector for vector in vectors if not _matches(vector, _EXCLUDE, patterns))


def fits_some(vectors: Iterable[Vector], excluded: str) -> bool:
    """Whether a pattern matches a vector by id, group or rule."""
    return any(_matches(vector, _EXCLUDE, (excluded,)) for vector in vectors)


def _matches(vector: Vector, kind: str, patterns: Iterable[str]) -> bool:
    names = tuple(_NAMES[kind](vector))
    return any(_fits(name, pattern) for name in names for pattern in patterns)


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
    "generation": lambda vector: (vector.generation,) if vector.generation else (),
    "tier": lambda vector: dict.fromkeys((vector.tier, "full")),
    _EXCLUDE: lambda vector: (vector.id, vector.group, *vector.clauses),
}

_FEW = 12


def _nothing(kind: str, pattern: str, names: list[str]) -> str:
    if kind == "tier":
        return (
            f'this suite has no tier "{pattern}"; '
            "`flux-conform suite strength --write` chooses the smoke tier"
        )
    near = closest(pattern, names)
    what = (
        f'of {kind} "{pattern}"' if kind != _EXCLUDE else f'that --exclude "{pattern}" leaves out'
    )
    text = f"no vector {what} in this suite"
    if near is not None:
        return f'{text}; did you mean "{near}"?'
    if kind in ("id", _EXCLUDE):
        return f"{text}; * stands for anything, and --group chooses a whole group"
    more = f", and {len(names) - _FEW} more" if len(names) > _FEW else ""
    return f"{text}; there are {', '.join(names[:_FEW])}{more}" if names else text
