"""How outcomes are put in words: lists, counts, and lemmas that say the same of many states."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from flux_conform.prove.invariant import Invariant
from flux_conform.prove.lemmas import Lemma, Literal

Paint = Callable[..., str]
"""Puts a text in styles (`bold`, `dim`, `red`, `green`, `yellow`), or leaves it as it is."""


def plain(text: str, *styles: str) -> str:
    """The text without any style."""
    return text


def joined(parts: Sequence[str], word: str = "and") -> str:
    """The parts as a list in a sentence."""
    if len(parts) < 2:
        return "".join(parts)
    return f"{', '.join(parts[:-1])} {word} {parts[-1]}"


def counted(number: int, what: str) -> str:
    """A number with its noun."""
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def lemma_texts(invariant: Invariant) -> tuple[str, ...]:
    """The lemmas as expressions; what holds in several states is said once."""
    plain: list[str] = []
    by_claim: dict[tuple[Literal, ...], list[str]] = {}
    for lemma in invariant.lemmas:
        if lemma.is_fact:
            continue
        states = [x.atom.state for x in lemma.literals if x.atom.state is not None and not x.holds]
        rest = tuple(x for x in lemma.literals if x.atom.state is None)
        if len(states) == 1 and rest and len(rest) == len(lemma.literals) - 1:
            by_claim.setdefault(rest, []).extend(states)
        else:
            plain.append(lemma.text)
    for rest, states in by_claim.items():
        quoted = ", ".join(f'"{state}"' for state in states)
        given = f"state == {quoted}" if len(states) == 1 else f"state in [{quoted}]"
        tail = Lemma(rest).text
        plain.append(f"{given} implies {tail}" if len(rest) == 1 else f"{given} implies ({tail})")
    return tuple(plain)
