"""Wording that reports share: lists, counts, runs, and one text for the lemmas of many states."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from flux_conform.prove.invariant import Invariant
from flux_conform.prove.lemmas import Lemma, Literal
from flux_conform.prove.witnesses import Run

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


def event_lines(
    run: Run, paint: Paint, *styles: str, marked_after: int | None = None
) -> Iterator[str]:
    """Each event with the state after it, in these styles; those after a number are marked."""
    width = max((len(event.state) for event in run.events), default=0)
    for number, event in enumerate(run.events, 1):
        mark = "*" if marked_after is not None and number > marked_after else " "
        state = f"{event.state:<{width}}"
        remarks = [f"breaks {rule}" for rule in event.breaks] + ["silent"] * event.silent
        remark = paint(f"  ({', '.join(remarks)})", "yellow") if remarks else ""
        shown = paint(state, *styles) if styles else state
        yield f"    {number:>2}{mark} {shown}  {paint(event.line, 'dim')}{remark}"


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
