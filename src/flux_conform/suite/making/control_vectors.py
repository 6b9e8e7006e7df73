"""A complete test set for the control machine, if only verdicts can be observed (W-method).

Data is fixed: one letter for each event and outcome, of events that change no collection. Over this
alphabet the specification is a finite automaton whose output is the verdict on the log so far. It
is minimized. The transition cover P holds a shortest log to each state, and each of these with one
event more; the characterization set W distinguishes any two states by the verdict on what follows.
By Vasilevskii (1973) and Chow (1978), the set P·W detects every automaton over the alphabet that
has no more states than the minimal one and gives some log another verdict.

Its size grows with the cube of the number of states. Where it is too large, a smaller set is
taken, which is complete for fewer automata: those in which a log that violates goes on to violate.
Then nothing needs to follow a violation; and each other state is identified by words of its own, of
which any two states share one that distinguishes them (harmonized identifiers; Petrenko 1991). The
proof is that of the W-method: the covers of the states lead to different states of the automaton,
and to one more where it violates, so it has no others, and each step leads where it should.

T. S. Chow, Testing Software Design Modeled by Finite-State Machines, IEEE Transactions on Software
Engineering SE-4 (3), 1978.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from itertools import combinations, islice
from typing import NamedTuple

from flux_conform.checking.finding import CONFORMS, INCOMPLETE, VIOLATES
from flux_conform.language import types as t
from flux_conform.language.levels import MUST
from flux_conform.language.specification import Transition
from flux_conform.machine.configuration import Configuration, key_of
from flux_conform.machine.step import Machine
from flux_conform.suite.making.clean_graph import taken
from flux_conform.suite.making.step_vectors import slug
from flux_conform.suite.making.telling_events import Letter, Logged, log_of
from flux_conform.suite.making.vector import Draft

CONTROL = "control"

MOST_STATES = 2_000
"""Maximum number of configurations of a control machine."""

MOST_WORDS = 2_000
"""Maximum number of words of the W-method's set; above it, the smaller set is taken."""

MOST_OF_SMALLER = 6_000
"""Maximum number of words of the smaller set; above it, there is none unless it is asked for."""

MOST_TOLD_APART = 120
"""Maximum number of states of a minimal automaton of which words tell all apart."""

WHOLE = "complete for automata of no more states over the alphabet, by their verdicts"
SMALLER = (
    "complete for automata of no more states over the alphabet, by their verdicts, in which a log "
    "that violates goes on to violate"
)
"""What a set is complete for."""


class Automaton(NamedTuple):
    """A complete deterministic automaton: `next[state][letter]`, and the verdict in each state."""

    alphabet: tuple[Logged, ...]
    next: tuple[tuple[int, ...], ...]
    output: tuple[str, ...]

    def run(self, state: int, word: Sequence[int]) -> int:
        """The state after a word."""
        for letter in word:
            state = self.next[state][letter]
        return state


class CompleteSet(NamedTuple):
    """The test set: its words, with the automaton and the characterization set (`telling`).

    `says` is what it is complete for, `lacks` what is left out of the W-method's set, "" if
    nothing is.
    """

    automaton: Automaton
    words: tuple[tuple[int, ...], ...]
    telling: tuple[tuple[int, ...], ...]
    says: str = WHOLE
    lacks: str = ""

    def drafts(self) -> Iterator[Draft]:
        """The vectors of the set."""
        width = len(str(len(self.words)))
        for number, word in enumerate(self.words, 1):
            events = [self.automaton.alphabet[letter] for letter in word]
            names = ", ".join(event.name for event in events)
            name = f"{number:0{width}}-{slug(events[-1].name)}"
            says = f"one of a complete set for the control machine: {names}"
            yield Draft(CONTROL, name, "control", says, log_of(events))


def control_letters(machine: Machine, letters: Sequence[Letter]) -> list[Logged]:
    """One letter for each event and guard case; none of events that change a collection."""
    specification = machine.specification
    collections = {
        variable.name
        for variable in specification.variables
        if isinstance(variable.type, t.SetOf | t.BagOf)
    }
    kept: dict[Logged, None] = {}
    for event in specification.events:
        if any(name in collections for name, _ in event.effects):
            continue
        own = [one for one in letters if one.event == event.name and not one.terms]
        # Of an event that chooses the generation, the form of today's comes first.
        own.sort(key=lambda one: (*_oldness(machine, one), one.odd))
        kept.update((Logged(one.name, one.context), None) for one in own[:1])
        for row in specification.transitions:
            if row.event == event.name and row.when is not None:
                taking = (Logged(one.name, one.context) for one in own if _takes(machine, one, row))
                kept.update((logged, None) for logged in islice(taking, 1))
    return list(kept)


def _oldness(machine: Machine, letter: Letter) -> tuple[bool, int]:
    """Whether a letter begins a log of an older generation, and the number of rules it breaks."""
    step = taken(machine, machine.initial, Logged(letter.name, letter.context))
    return step.after.generation != machine.specification.today.name, len(step.breaches)


def _takes(machine: Machine, letter: Letter, row: Transition) -> bool:
    before = machine.initial._replace(
        state=row.source, generation=row.generation or machine.specification.today.name
    )
    return taken(machine, before, Logged(letter.name, letter.context)).transition == row


def automaton_of(machine: Machine, alphabet: Sequence[Logged]) -> Automaton | None:
    """The verdicts on all logs over an alphabet; None if there are too many states."""
    specification = machine.specification
    ends = specification.ends
    # State 0 is the log without events, which breaks a rule of the format; 1 holds all violations.
    numbers: dict[object, int] = {}
    states: list[Configuration | None] = [machine.initial, None]
    rows: list[list[int]] = []
    output = [VIOLATES, VIOLATES]
    for before in states:  # which grows
        row = []
        for logged in alphabet:
            step = None if before is None else taken(machine, before, logged)
            if step is None or any(breach.rule.level == MUST for breach in step.breaches):
                row.append(1)
                continue
            key = key_of(step.after)
            if key not in numbers:
                if len(states) >= MOST_STATES:
                    return None
                numbers[key] = len(states)
                states.append(step.after)
                is_end = specification.final is None or step.after.state in ends
                output.append(CONFORMS if is_end else INCOMPLETE)
            row.append(numbers[key])
        rows.append(row)
    return Automaton(tuple(alphabet), tuple(map(tuple, rows)), tuple(output))


def minimal(automaton: Automaton) -> Automaton:
    """The least automaton with the same verdicts; its state 0 is the start."""
    blocks = _numbered(automaton.output)
    while True:
        finer = _numbered(
            [
                (blocks[state], tuple(blocks[target] for target in row))
                for state, row in enumerate(automaton.next)
            ]
        )
        if len(set(finer)) == len(set(blocks)):
            break
        blocks = finer
    first = {block: blocks.index(block) for block in sorted(set(blocks))}
    return Automaton(
        automaton.alphabet,
        tuple(tuple(blocks[t_] for t_ in automaton.next[state]) for state in first.values()),
        tuple(automaton.output[state] for state in first.values()),
    )


def _numbered(marks: Sequence[object]) -> list[int]:
    numbers: dict[object, int] = {}
    return [numbers.setdefault(mark, len(numbers)) for mark in marks]


class TooLarge(Exception):
    """The control machine has no set of a bearable size; the message says why."""


def control_set(machine: Machine, letters: Sequence[Letter], *, asked: bool) -> CompleteSet:
    """The test set of a machine's control machine: the W-method's, or else the smaller one.

    If it is `asked` for, it is the W-method's, whatever its size. Raises TooLarge.
    """
    automaton = automaton_of(machine, control_letters(machine, letters))
    if automaton is None:
        raise TooLarge(f"the control machine has more than {MOST_STATES:,} configurations")
    automaton = minimal(automaton)
    count = len(automaton.output)
    if count > MOST_TOLD_APART and not asked:
        raise TooLarge(f"the control machine has {count:,} states, more than {MOST_TOLD_APART}")
    return bounded_set(automaton, most=None if asked else MOST_WORDS)


def bounded_set(automaton: Automaton, most: int | None) -> CompleteSet:
    """The W-method's test set if it has at most so many words, else the smaller one.

    Raises TooLarge.
    """
    telling = _telling(automaton)
    size = len(automaton.output) * (len(automaton.alphabet) + 1) * len(telling)
    if most is None or size <= most:
        return complete_set(automaton, telling)
    smaller = smaller_set(automaton, telling)
    if len(smaller.words) > MOST_OF_SMALLER:
        raise TooLarge(f"its smaller set has {len(smaller.words):,} words")
    lacks = f"what may follow a violation: the whole set has up to {size:,} words"
    return smaller._replace(lacks=lacks)


def complete_set(
    automaton: Automaton, telling: tuple[tuple[int, ...], ...] | None = None
) -> CompleteSet:
    """The W-method's test set for a minimal automaton."""
    cover = _state_cover(automaton).values()
    telling = _telling(automaton) if telling is None else telling
    letters = range(len(automaton.alphabet))
    reached = [*cover, *((*word, letter) for word in cover for letter in letters)]
    words = {(*word, *more) for word in reached for more in telling}
    return CompleteSet(automaton, _ordered(words), telling)


def smaller_set(
    automaton: Automaton, telling: tuple[tuple[int, ...], ...] | None = None
) -> CompleteSet:
    """The set that is complete where a log that violates goes on to violate."""
    telling = _telling(automaton) if telling is None else telling
    over = {
        state
        for state, row in enumerate(automaton.next)
        if automaton.output[state] == VIOLATES and set(row) == {state}
    }
    identifiers = _identifiers(automaton, telling, over)
    words: set[tuple[int, ...]] = set()
    for state, word in _state_cover(automaton).items():
        if state in over:
            continue
        words.update((*word, *more) for more in identifiers[state])
        for letter, target in enumerate(automaton.next[state]):
            words.update((*word, letter, *more) for more in identifiers.get(target, [()]))
    return CompleteSet(automaton, _ordered(words), telling, SMALLER)


def _identifiers(
    automaton: Automaton, telling: Sequence[tuple[int, ...]], over: Collection[int]
) -> dict[int, dict[tuple[int, ...], None]]:
    """For each state the words that identify it; any two share one that tells them apart."""
    states = [state for state in range(len(automaton.output)) if state not in over]
    outputs = {
        state: [automaton.output[automaton.run(state, word)] for word in telling]
        for state in states
    }
    found: dict[int, dict[tuple[int, ...], None]] = {state: {(): None} for state in states}
    for one, two in combinations(states, 2):
        seen = zip(telling, outputs[one], outputs[two], strict=True)
        word = next(word for word, first, second in seen if first != second)
        found[one][word] = found[two][word] = None
    return found


def _ordered(words: Collection[tuple[int, ...]]) -> tuple[tuple[int, ...], ...]:
    return tuple(sorted(filter(None, words), key=lambda word: (len(word), word)))


def _state_cover(automaton: Automaton) -> dict[int, tuple[int, ...]]:
    """A shortest word to each state."""
    words: dict[int, tuple[int, ...]] = {0: ()}
    ahead = [0]
    for state in ahead:
        for letter, target in enumerate(automaton.next[state]):
            if target not in words:
                words[target] = (*words[state], letter)
                ahead.append(target)
    return words


def _telling(automaton: Automaton) -> tuple[tuple[int, ...], ...]:
    """The characterization set: any two states have different verdicts after one of its words.

    The empty word is first. Shorter words are preferred, then those that tell more pairs apart.
    """
    output = automaton.output
    left = {(a, b) for a, b in combinations(range(len(output)), 2) if output[a] == output[b]}
    words: list[tuple[int, ...]] = [()]
    level: list[tuple[int, ...]] = [()]
    while left:
        # Of words that lead from every state to the same states, one is enough.
        level = _longer(automaton, level)
        told = {word: _told(automaton, word, left) for word in level}
        while True:
            best = max(level, key=lambda word: len(told[word] & left), default=None)
            if best is None or not told[best] & left:
                break
            words.append(best)
            left -= told[best]
        if not level:
            raise AssertionError("two states of a minimal automaton are alike")
    return tuple(words)


def _longer(automaton: Automaton, words: Sequence[tuple[int, ...]]) -> list[tuple[int, ...]]:
    kept: dict[tuple[int, ...], tuple[int, ...]] = {}
    for word in words:
        for letter in range(len(automaton.alphabet)):
            longer = (letter, *word)
            states = tuple(automaton.run(s, longer) for s in range(len(automaton.output)))
            kept.setdefault(states, longer)
    return list(kept.values())


def _told(
    automaton: Automaton, word: Sequence[int], pairs: set[tuple[int, int]]
) -> set[tuple[int, int]]:
    output = [automaton.output[automaton.run(s, word)] for s in range(len(automaton.output))]
    return {(a, b) for a, b in pairs if output[a] != output[b]}
