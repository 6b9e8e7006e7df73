"""Machines to draw: small ones made by hand, random ones, and those of the package."""

import random
from collections.abc import Iterable

from flux_conform.language import load
from flux_conform.language.expressions import Binary, Constant, Definition, Expression, Key
from flux_conform.language.specification import (
    MOVES,
    Generation,
    Source,
    Specification,
    State,
    Transition,
    VirtualState,
)

FATAL = Definition("fatal", (), Expression(".level == 0", Binary("==", Key("level"), Constant(0))))


def machine(
    states: Iterable[str],
    moves: Iterable[tuple],
    groups: dict[str, tuple[str, ...]] | None = None,
    *,
    final: str | None = "",
    removed: str | None = None,
    name: str = "toy",
    title: str = "A toy",
) -> Specification:
    """A machine of (source, event, target[, guard]).

    The first state is the initial one, the last the final one unless another is named.
    """
    names = list(states)
    final = names[-1] if final == "" else final
    return Specification(
        name=name,
        title=title,
        source=Source(0),
        generations=(Generation("now", True, ""),),
        states=tuple(
            State(state, state[:1], i == 0, state == final, state == removed, True, f"meaning {i}")
            for i, state in enumerate(names)
        ),
        virtual_states=tuple(VirtualState(*group) for group in (groups or {}).items()),
        definitions=(FATAL,),
        variables=(),
        events=(),
        transitions=tuple(
            Transition(event, source, *guard, MOVES, target, None, (), None, row)
            for row, (source, event, target, *rest) in enumerate(moves)
            for guard in [rest or [None]]
        ),
        findings=(),
        lines=(),
        rules=(),
        report=(),
        properties=(),
        questions=(),
    )


def turnstile() -> Specification:
    """Coins unlock it, pushes lock it, until it is retired."""
    return machine(
        ("Locked", "Unlocked", "Retired"),
        [
            ("Locked", "coin", "Unlocked"),
            ("Unlocked", "push", "Locked"),
            ("Unlocked", "coin", "Unlocked"),
            ("Locked", "retire", "Retired"),
            ("Unlocked", "retire", "Retired"),
        ],
        name="turnstile",
    )


def tangle(seed: int) -> Specification:
    """A random machine such as nobody would design."""
    chance = random.Random(seed)
    names = [f"S{i}" * chance.randint(1, 3) for i in range(chance.randint(2, 8))]
    final = names[-1]
    if chance.random() < 0.4:
        names.append("GONE")
    words = ("go", "stop-it", "a-rather-long-event", "x")
    moves = [
        (
            chance.choice(names[: names.index(final) + 1]),
            f"{chance.choice(words)}{chance.randint(0, 3)}",
            chance.choice(names),
            chance.choice((None, FATAL.body)),
        )
        for _ in range(chance.randint(len(names) - 1, 2 * len(names) + 2))
    ]
    groups = {}
    for number in range(chance.randint(0, 3)):
        first, last = sorted(chance.choices(range(len(names)), k=2))
        groups[f"GROUP{number}"] = tuple(names[first : last + 1])
    return machine(names, moves, groups, final=final, removed="GONE")


PACKAGED = ("job", "exec")
DRAWN = (*PACKAGED, "turnstile")


def drawn(name: str) -> Specification:
    """One of DRAWN."""
    return turnstile() if name == "turnstile" else load(name)
