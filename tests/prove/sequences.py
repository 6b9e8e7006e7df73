"""A tree of event sequences, each judged by the checker and by the explicit search."""

from collections import deque
from collections.abc import Iterable, Iterator
from random import Random
from typing import Any, NamedTuple

from flux_conform.language.bag import Bag
from flux_conform.language.specification import ANY_EVENT, SILENT, UNDEFINED, Transition
from flux_conform.machine.configuration import CAPTIVE, REMOVED, Configuration
from flux_conform.machine.interning import GENERATION
from flux_conform.machine.space import Search
from flux_conform.machine.step import Machine
from prove.letters import Letter, judged_events

ENDED = (CAPTIVE, REMOVED)


class Place(NamedTuple):
    """A sequence, by its number in the tree, and where either reading is after it."""

    number: int
    checker: Configuration
    search: tuple[int, ...]
    length: int


class Told(NamedTuple):
    """What the search says of a letter, wherever the configurations agree in what it reads.

    `findings` are the ids of all that a checker should find; `state` is the state after it.
    """

    outcome: str
    row: Transition | None
    findings: frozenset[str]
    state: str
    changes: tuple[tuple[int, int], ...]


class Covered:
    """What sequences have shown of the model."""

    def __init__(self) -> None:
        self.broken: set[str] = set()
        self.obeyed: set[str] = set()
        self.cases: set[tuple[str, str, Transition | None, str]] = set()


class Tree:
    """The sequences judged so far. A sequence is a prefix that was expanded, and one letter more.

    The checker takes each step anew. The search works out what a letter does once for each part
    of a configuration that it says the letter reads: that this is enough is tested with the rest.
    """

    def __init__(self, search: Search, letters: list[Letter]) -> None:
        self.search = search
        self.letters = letters
        self.machine = Machine(search.specification)
        self.covered = Covered()
        self.judged = 0
        self.root = Place(0, self.machine.initial, search.space.initial, 0)
        self._asked = judged_events(search.specification)
        self._silent = next(f.id for f in search.specification.findings if f.kind == SILENT)
        (place,) = search.places([GENERATION])
        begun = (search.attempt(letter.step, search.space.initial) for letter in letters)
        self._begun = next(
            pair for result in begun if result for pair in result.changes if pair[0] == place
        )
        self._numbers: dict[tuple[int, int], int] = {}
        self._expanded: set[int] = set()
        self._memos: list[dict[Any, Told | None]] = [{} for _ in letters]
        self._ready = [
            (letter.name, letter.context, letter.step.part, memo, place)
            for place, (letter, memo) in enumerate(zip(letters, self._memos, strict=True))
        ]

    def expand(self, place: Place) -> None:
        """Judge the sequence with each letter added, by both."""
        if place.number in self._expanded:
            return
        self._expanded.add(place.number)
        checker, configuration = place.checker, place.search
        step_of = self.machine.step
        for name, context, part_of, memo, number in self._ready:
            part = part_of(configuration)
            if part not in memo:
                memo[part] = self._ask(number, place)
            told = memo[part]
            step = step_of(checker, name, context)
            if told is None:
                assert step.after.generation != self.search.slice.generation
                continue
            self.judged += 1
            outcome = UNDEFINED if step.outcome in ENDED else step.outcome
            found = {breach.rule.id for breach in step.breaches}
            if (
                found != told.findings
                or outcome != told.outcome
                or step.after.state != told.state
                or step.transition is not told.row
            ):
                raise AssertionError((name, context, checker, step, told))

    def told(self, place: Place) -> Iterator[tuple[int, Told]]:
        """The letters that can be added, by number, with what they do."""
        for _, _, part_of, memo, number in self._ready:
            told = memo[part_of(place.search)]
            if told is not None:
                yield number, told

    def child(self, place: Place, number: int) -> Place:
        """The sequence with a letter added. Both readings must agree in all values."""
        letter = self.letters[number]
        told = self._memos[number][letter.step.part(place.search)]
        assert told is not None
        after = after_of(place.search, told)
        step = self.machine.step(place.checker, letter.name, letter.context)
        self._agree(step.after, after)
        name = self._numbers.setdefault((place.number, number), len(self._numbers) + 1)
        return Place(name, step.after, after, place.length + 1)

    def _ask(self, number: int, place: Place) -> Told | None:
        letter, search = self.letters[number], self.search
        result = search.attempt(letter.step, place.search)
        trial = search.trial(letter.step, place.search)
        if result is None or trial is None:
            assert result is None
            assert trial is None
            return None
        outcome = UNDEFINED if result.outcome in ENDED else result.outcome
        assert (result.row, outcome) == (trial.row, trial.outcome)
        changes = dict(result.changes)
        findings = set(trial.breaks)
        if not result.has_effect:
            # It has no effect, but it is an event: what follows it is not the first.
            changes = dict([self._begun])
        else:
            assert {rule.id for rule in result.breaks} == findings
            assert result.is_quiet == (not findings and result.outcome != SILENT)
        if result.outcome == SILENT:
            findings.add(self._silent)
        kept = tuple(pair for pair in changes.items() if place.search[pair[0]] != pair[1])
        told = Told(outcome, result.row, frozenset(findings), "", kept)
        told = told._replace(state=search.state_in(after_of(place.search, told)))
        step = self.machine.step(place.checker, letter.name, letter.context)
        self._agree(step.after, after_of(place.search, told))
        self._note(letter, place, told)
        return told

    def _agree(self, checker: Configuration, configuration: tuple[int, ...]) -> None:
        moment = self.search.moment(configuration)
        assert checker.state == moment.state
        assert checker.generation == self.search.slice.generation
        assert moment.first is False
        assert checker.seen & self._asked == moment.seen & self._asked
        for name, value in moment.values.items():
            if name in checker.values:
                found = checker.values[name]
                assert type(found) is type(value)
                assert found == value, (name, found, value)

    def _note(self, letter: Letter, place: Place, told: Told) -> None:
        before = self.search.state_in(place.search)
        self.covered.broken |= told.findings
        self.covered.cases.add((before, letter.event, told.row, told.outcome))
        if told.outcome != UNDEFINED:
            judged = {
                rule.id
                for rule in self.search.specification.rules
                if {letter.event, ANY_EVENT} & set(rule.on)
            }
            self.covered.obeyed |= judged - told.findings


def after_of(configuration: tuple[int, ...], told: Told) -> tuple[int, ...]:
    """The configuration after what is told."""
    changed = list(configuration)
    for place, value in told.changes:
        changed[place] = value
    return tuple(changed)


def widely(tree: Tree, most: int) -> dict[str, Place]:
    """Expand the shortest sequences to so many configurations, all of which break no rule.

    The shortest to each state are the answer.
    """
    notes = {rule.id for rule in tree.search.specification.rules if rule.level == "note"}
    notes |= {f.id for f in tree.search.specification.findings if f.level == "note"}
    known = {tree.root.search}
    nearest: dict[str, Place] = {}
    queue = deque([tree.root])
    for _ in range(most):
        if not queue:
            break
        place = queue.popleft()
        nearest.setdefault(place.checker.state, place)
        tree.expand(place)
        for number, told in tree.told(place):
            after = after_of(place.search, told)
            if told.findings <= notes and told.outcome != UNDEFINED and after not in known:
                values = tree.search.moment(after).values.values()
                if all(len(value) <= 2 for value in values if isinstance(value, Bag)):
                    known.add(after)
                    queue.append(tree.child(place, number))
    return nearest


def exhaustively(tree: Tree, places: Iterable[Place], depth: int) -> None:
    """Expand all sequences of up to so many letters after some places."""
    for place in places:
        tree.expand(place)
        if depth > 1:
            onward = [tree.child(place, number) for number, _ in tree.told(place)]
            exhaustively(tree, onward, depth - 1)


def randomly(tree: Tree, most: int, *, longest: int = 40, seed: int = 21) -> None:
    """Walk, until so many sequences are judged, to where the walk has been least; rules be broken."""
    random = Random(seed)
    been: dict[tuple[int, Told], int] = {}
    while tree.judged < most:
        place = tree.root
        still = 0
        while place.length < longest and still < 3 and tree.judged < most:
            tree.expand(place)
            choices = [pair for pair in tree.told(place) if pair[1].changes] or list(
                tree.told(place)
            )
            if random.random() < 0.1:
                choices = list(tree.told(place))
            choice = min(choices, key=lambda pair: (been.get(pair, 0), random.random()))
            been[choice] = been.get(choice, 0) + 1
            still = 0 if choice[1].changes else still + 1
            place = tree.child(place, choice[0])
