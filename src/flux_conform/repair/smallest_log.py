"""The smallest part of a log in which a finding stays: delta debugging, judged by the checker.

Lines are left out, and keys that no type requires, as long as the finding stays and no fault comes
that the log did not have.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from itertools import combinations
from typing import NamedTuple, TypeAlias

from flux_conform.checking.finding import Finding, Judgement
from flux_conform.checking.judge import Options, judge
from flux_conform.language import types as t
from flux_conform.language.specification import TypedContext
from flux_conform.logs.limits import UnreadableLog
from flux_conform.machine.step import Machine
from flux_conform.repair.line_trees import Object, TreeLine, lines_of_trees, log_of_trees, smaller

MOST_BYTES = 32 << 20
"""Maximum number of bytes that are judged in search of the smallest log."""

_BESIDE = 8
"""Number of lines at either end with which the search in a long log begins."""

_PAIRED = 24
"""Maximum number of lines of which pairs are left out, too."""

Lines: TypeAlias = tuple[TreeLine, ...]


class Kind(NamedTuple):
    """What makes two findings the same one: the rule, and the entry of the event's name."""

    rule: str
    event: str | None


def kind_of(machine: Machine, found: Finding) -> Kind:
    """Return the kind of a finding; names of events that logs make up are not part of it."""
    if found.event is None:
        return Kind(found.rule, None)
    entry = machine.specification.event(found.event).name
    made_of_name = {
        kind.id.replace("{event}", found.event): kind.id
        for kind in machine.specification.findings
        if "{event}" in kind.id
    }
    return Kind(made_of_name.get(found.rule, found.rule), entry)


class Stays:
    """Whether a finding stays in a log that is made of another, and no new fault comes."""

    def __init__(self, machine: Machine, data: bytes, target: Finding, options: Options) -> None:
        """`machine` reads logs in the form of eventlogs, and `data` is in that form."""
        self.machine = machine
        self.target = kind_of(machine, target)
        self.judged = 0
        self._options = options._replace(notes=True)
        self._allowed = self._kinds(judge(machine, data, self._options))

    @property
    def is_spent(self) -> bool:
        """Whether as many bytes were judged as may be."""
        return self.judged > MOST_BYTES

    def __call__(self, lines: Lines) -> bool:
        """Whether the finding stands in the log, and nothing that did not stand in the first one.

        Once there is nothing else, nothing else may come again.
        """
        data = log_of_trees(lines)
        self.judged += len(data)
        try:
            kinds = self._kinds(judge(self.machine, data, self._options))
        except UnreadableLog:
            return False
        if self.target not in kinds or not kinds <= self._allowed:
            return False
        self._allowed = kinds
        return True

    def found(self, data: bytes) -> Finding:
        """Return the finding in a log in which it stays."""
        judgement = judge(self.machine, data, self._options)
        return next(each for each in judgement.findings if self._is_target(each))

    def _is_target(self, found: Finding) -> bool:
        return found.because is None and kind_of(self.machine, found) == self.target

    def _kinds(self, judgement: Judgement) -> set[Kind]:
        """The kinds of findings that stand for themselves, notes among them.

        A note can be that the log is read as an older one, which is another log.
        """
        return {
            kind_of(self.machine, found)
            for found in judgement.findings
            if found.because is None and found.waived_by is None
        }


class Smallest(NamedTuple):
    """A log from which nothing can be left out, unless the search ended before (`is_whole`)."""

    lines: Lines
    is_whole: bool


def smallest(stays: Stays, data: bytes, line: int) -> Smallest:
    """Return the smallest log; `line` is that of the finding in `data`."""
    lines = lines_of_trees(data)
    short = _first(stays, lines[:line], _with_both_ends)
    if short is not None:
        lines = short
    elif stays(lines[:line]):
        lines = lines[:line]
    lines = _without_names(stays, lines)
    lines = _halved(stays, lines)
    while not stays.is_spent:
        before = lines
        lines = without_one(stays, lines)
        if len(lines) <= _PAIRED:
            lines = _first(stays, lines, _without_pairs) or lines
        if lines == before:
            lines = _with_fewer_keys(stays, lines)
        if lines == before:
            return Smallest(lines, True)
    return Smallest(lines, False)


def without_one(stays: Stays, lines: Lines) -> Lines:
    """Leave out one line after the other, as often as one can be, the last ones first."""
    place = len(lines) - 1
    while place >= 0 and not stays.is_spent:
        less = (*lines[:place], *lines[place + 1 :])
        if stays(less):
            lines, place = less, len(less)
        place -= 1
    return lines


def _with_both_ends(lines: Lines) -> Iterator[Lines]:
    """Yield ever longer beginnings and ends of a log."""
    size = _BESIDE
    while 4 * size < len(lines):
        yield (*lines[:size], *lines[-size:])
        size *= 4


def _without_names(stays: Stays, lines: Lines) -> Lines:
    """Leave out all events of one name after the other, the most frequent first."""
    names = Counter(map(name_of, lines))
    for name, _ in names.most_common(_PAIRED):
        if names[name] > 1 and not stays.is_spent:
            less = tuple(line for line in lines if name_of(line) != name)
            if stays(less):
                lines = less
    return lines


def name_of(line: TreeLine) -> str | None:
    """Return the name of the event in a line; None where it has none."""
    members = () if line.tree is None else line.tree.members
    names = [value for key, value in members if key == "name"]
    return names[-1] if names and isinstance(names[-1], str) else None


def _halved(stays: Stays, lines: Lines) -> Lines:
    """Leave out ever smaller parts of a log."""
    size = len(lines) // 2
    while size > 1 and not stays.is_spent:
        end = len(lines)
        while end > 0 and not stays.is_spent:
            start = max(0, end - size)
            less = (*lines[:start], *lines[end:])
            if stays(less):
                lines = less
            end = start
        size //= 2
    return lines


def _without_pairs(lines: Lines) -> Iterator[Lines]:
    for one, two in combinations(range(len(lines)), 2):
        yield (*lines[:one], *lines[one + 1 : two], *lines[two + 1 :])


def _first(stays: Stays, lines: Lines, ways: Callable[[Lines], Iterator[Lines]]) -> Lines | None:
    for less in ways(lines):
        if stays.is_spent:
            return None
        if stays(less):
            return less
    return None


def _with_fewer_keys(stays: Stays, lines: Lines) -> Lines:
    """Leave out what can be left out within lines."""
    for place in range(len(lines)):
        less: Lines | None = lines
        while less is not None:
            lines = less
            less = _first(stays, lines, partial(_of_line, stays.machine, place))
    return lines


def _of_line(machine: Machine, place: int, lines: Lines) -> Iterator[Lines]:
    line = lines[place]
    if line.tree is None:
        return
    for tree in _smaller_events(machine, line.tree):
        yield (*lines[:place], line._replace(tree=tree), *lines[place + 1 :])


def _smaller_events(machine: Machine, event: Object) -> Iterator[Object]:
    """Yield an event with one part less: never its time, its name, or a key that is required."""
    name = name_of(TreeLine(event))
    required = frozenset() if name is None else _required(machine, name)
    for place, (key, value) in enumerate(event.members):
        before, behind = event.members[:place], event.members[place + 1 :]
        if key in ("timestamp", "name"):
            if any(other == key for other, _ in behind):
                yield Object((*before, *behind))
            continue
        if key != "context" or not required:
            yield Object((*before, *behind))
        for less in smaller(value, required.__contains__):
            yield Object((*before, (key, less), *behind))


def _required(machine: Machine, name: str) -> frozenset[str]:
    context = machine.event(name).context
    if not isinstance(context, TypedContext):
        return frozenset()
    return frozenset(key for key, of in context.keys if not isinstance(of, t.Optional))
