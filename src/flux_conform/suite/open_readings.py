"""How answers to contested vectors fit the readings of open questions: one reading, all along."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import product
from math import prod
from typing import NamedTuple

from flux_conform.suite.compare import Difference, compare
from flux_conform.suite.folder import Questions, Vector
from flux_conform.suite.protocol import Answer

Combination = tuple[tuple[str, str], ...]
"""A reading for each question that a vector rests on, in the order of its `contested`."""

Constraint = tuple[tuple[str, ...], frozenset[Combination]]
"""The questions that a vector rests on, and the combinations of readings that fit an answer."""

_MOST = 20_000
"""Number of combinations that are all tried. Of more, the answers are satisfied one by one."""


class UnknownReading(Exception):
    """A reading is demanded that the suite does not know; the message lists the right ones."""


class Fit(NamedTuple):
    """How an answer fits: what differs from the expectation of each combination of readings."""

    differences: Mapping[Combination, tuple[Difference, ...]]

    @property
    def fitting(self) -> frozenset[Combination]:
        """The combinations of readings that expect this answer."""
        return frozenset(
            combination for combination, found in self.differences.items() if not found
        )

    @property
    def nearest(self) -> Combination:
        """The combination with the fewest differences, of these the one that fits longest."""

        def distance(combination: Combination) -> tuple[int, int]:
            found = self.differences[combination]
            lines = [each.line for each in found if each.line is not None]
            return len(found), -min(lines, default=0)

        return min(self.differences, key=distance)


class Read(NamedTuple):
    """How a run reads an open question.

    `others` are readings that fit as many answers, so the answers do not tell. `vectors` is the
    number of vectors that rest on the question and fit; `demanded` says that it was asked for.
    """

    question: str
    reading: str
    others: tuple[str, ...]
    vectors: int
    demanded: bool = False

    @property
    def names(self) -> str:
        """The reading, or those of which the answers do not tell which it is."""
        return " or ".join((self.reading, *self.others))

    def __str__(self) -> str:
        number = f"{self.vectors:,} vector{'' if self.vectors == 1 else 's'}"
        told = ", the answers do not tell which" if self.others else ""
        told += ", as demanded" if self.demanded else ""
        return f"reads `{self.question}` as: {self.names} ({number}{told})"


def fit(questions: Questions, vector: Vector, answer: Answer, fields: frozenset[str]) -> Fit:
    """How the answer to a contested vector fits each combination of readings of its questions."""
    own = compare(vector, answer, fields)
    others = {
        tuple((name, each.reading[name]) for name in vector.contested): compare(
            vector.under(each), answer, fields
        )
        for each in vector.readings
    }
    pairs = [[(name, by) for by in questions.readings[name]] for name in vector.contested]
    return Fit(
        {
            combination: others.get(combination, own)
            for combination in product(*pairs)
            if not any(pair <= set(combination) for pair in questions.left_out)
        }
    )


def demanded_readings(questions: Questions, texts: Iterable[str]) -> dict[str, str]:
    """The readings that are demanded, each as QUESTION=READING. Raises UnknownReading."""
    found: dict[str, str] = {}
    for text in texts:
        question, _, reading = text.partition("=")
        known = questions.readings
        if question not in known:
            names = ", ".join(known) or "none"
            raise UnknownReading(
                f'no vector of this suite rests on a question "{question}"; '
                f"those that vectors rest on: {names}"
            )
        if reading not in known[question]:
            names = ", ".join(f'"{name}"' for name in known[question])
            raise UnknownReading(
                f'"{reading}" is no reading of {question}; its readings are {names}'
            )
        if found.setdefault(question, reading) != reading:
            raise UnknownReading(f"two readings of {question} are demanded; give one")
    return found


class Consistent(NamedTuple):
    """One reading of each question that answers rest on, and what it is worth."""

    readings: Mapping[str, str]
    reads: tuple[Read, ...]

    def of(self, vector: Vector) -> Combination:
        """The readings of the questions that a vector rests on."""
        return tuple((name, self.readings[name]) for name in vector.contested)


def consistent(
    fits: Sequence[frozenset[Combination]],
    rests: Sequence[tuple[str, ...]],
    questions: Mapping[str, Sequence[str]],
    demanded: Mapping[str, str],
) -> Consistent:
    """The readings under which most answers fit.

    Args:
        fits: For each answer, the combinations of readings that it fits.
        rests: For each answer, the questions that its vector rests on.
        questions: The names of the readings of all questions; the first is preferred.
        demanded: Readings that are given.
    """
    weights = Counter(zip(rests, fits, strict=True))
    names = [name for name in questions if any(name in each for each in rests)]
    options = {
        name: [demanded[name]] if name in demanded else list(questions[name]) for name in names
    }
    chosen = {name: options[name][0] for name in names}
    for part in _parts(names, rests):
        own = {key: count for key, count in weights.items() if part & set(key[0])}
        chosen |= _best({name: options[name] for name in names if name in part}, own)
    reads = []
    for name in names:
        of_name = {key: count for key, count in weights.items() if name in key[0]}
        score = _score(of_name, chosen)
        others = tuple(
            by
            for by in options[name]
            if by != chosen[name] and _score(of_name, {**chosen, name: by}) == score
        )
        reads.append(Read(name, chosen[name], others, score, name in demanded))
    return Consistent(chosen, tuple(reads))


_Weights = Mapping[tuple[tuple[str, ...], frozenset[Combination]], int]


def _score(weights: _Weights, readings: Mapping[str, str]) -> int:
    """The number of answers that fit."""
    return sum(
        count
        for (rest, fitting), count in weights.items()
        if tuple((name, readings[name]) for name in rest) in fitting
    )


def _best(options: Mapping[str, Sequence[str]], weights: _Weights) -> dict[str, str]:
    """The first readings with the best score, or with a good one where there are too many."""
    if prod(map(len, options.values())) <= _MOST:
        choices = (dict(zip(options, choice, strict=True)) for choice in product(*options.values()))
        return max(choices, key=lambda readings: _score(weights, readings))
    kept: list[Constraint] = []
    for constraint in sorted(weights, key=lambda each: -weights[each]):
        if satisfying([*kept, constraint], options) is not None:
            kept.append(constraint)
    best = {name: names[0] for name, names in options.items()} | (satisfying(kept, options) or {})
    before = -1
    while (score := _score(weights, best)) > before:
        before = score
        for name, names in options.items():
            choices = ({**best, name: by} for by in (best[name], *names))
            best = max(choices, key=lambda readings: _score(weights, readings))
    return best


def _parts(names: Sequence[str], rests: Iterable[tuple[str, ...]]) -> list[set[str]]:
    """The questions in groups: those of different groups never meet in a vector."""
    parts = [{name} for name in names]
    for rest in set(rests):
        met = [part for part in parts if part & set(rest)]
        parts = [part for part in parts if part not in met] + [set().union(*met)]
    return parts


def satisfying(
    constraints: Iterable[Constraint], questions: Mapping[str, Sequence[str]]
) -> dict[str, str] | None:
    """Readings under which all answers fit, the first ones if possible; None if there are none."""
    left = set(constraints)
    met = {name for rest, _ in left for name in rest}
    names = [name for name in questions if name in met]
    place = {name: number for number, name in enumerate(names)}
    due: list[list[Constraint]] = [[] for _ in names]
    for constraint in left:
        due[max(place[name] for name in constraint[0])].append(constraint)
    chosen: dict[str, str] = {}

    def search(number: int) -> bool:
        if number == len(names):
            return True
        for by in questions[names[number]]:
            chosen[names[number]] = by
            if all(
                tuple((name, chosen[name]) for name in rest) in fitting
                for rest, fitting in due[number]
            ) and search(number + 1):
                return True
        return False

    return dict(chosen) if search(0) else None
