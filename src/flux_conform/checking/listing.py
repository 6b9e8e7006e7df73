"""Decides which findings of a log are listed, and which are only counted.

The first findings of each rule are kept completely, for their messages. Of the others, only what
determines consequences is kept, so that the cost of a log with a fault in every line is
proportional to its size.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Container, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from flux_conform.checking import explain
from flux_conform.checking.consequences import Mendable, mendable, step_of
from flux_conform.checking.finding import MOST_LISTED, Counted, Finding
from flux_conform.language.format_rules import LineRule
from flux_conform.language.levels import NOTE, counting
from flux_conform.language.specification import MachineFinding, Rule
from flux_conform.logs.eventlog import MAX_LINES_WITHOUT_EVENT, Entry, FormatFault, read_entries
from flux_conform.logs.limits import UnreadableLog
from flux_conform.logs.lines import line_at

if TYPE_CHECKING:
    from flux_conform.checking.waivers import Finds, Options
    from flux_conform.machine.configuration import Breach, Configuration
    from flux_conform.machine.step import Machine


_AnyRule: TypeAlias = Rule | MachineFinding | LineRule

_SHORT, _MOST_KNOWN = 32, 256
"""Maximum length in bytes, and number, of lines without an event that are recognised again."""


class FindingKind:
    """The common fields of findings that are counted together; there is one object per kind.

    `is_wanted` says whether the options include them; `listed` is the number that are listed.
    """

    __slots__ = ("is_wanted", "level", "listed", "rule", "waived_by")

    def __init__(self, rule: str, level: str, waived_by: str | None, *, is_wanted: bool) -> None:
        self.rule = rule
        self.level = level
        self.waived_by = waived_by
        self.is_wanted = is_wanted
        self.listed = 0


class Listing:
    """Decides one by one which findings are listed, and counts the others."""

    def __init__(self, machine: Machine, options: Options) -> None:
        self._machine = machine
        self._options = options
        self._levels = counting(strict=options.strict)
        # Keyed by the rule, the entry of the event in its id, and what waives it: a bounded number,
        # whatever event names a log contains.
        self._kinds: dict[tuple[str, str, str | None], FindingKind] = {}
        self._others: Counter[tuple[FindingKind, str, int | None, bool]] = Counter()
        self.listed = 0
        """Number of findings listed so far."""
        self.violates = False
        """Whether a finding so far makes the log violate."""

    def take(
        self,
        rule: _AnyRule,
        event: str | None,
        breach: Breach | None,
        finds: Finds | None = None,
        *,
        always: bool = False,
    ) -> FindingKind:
        """Take a finding into account for the verdict, and return its kind.

        `finds` says what readings of the log by implementations find there. With `always`, the
        finding is listed whatever the options say about notes.
        """
        waived_by = self._waived_by(rule, event, breach, finds)
        name = ""
        if event is not None and "{event}" in rule.id:
            name = self._machine.event(event).name
        key = (rule.id, name, waived_by)
        kind = self._kinds.get(key)
        if kind is None:
            is_wanted = always or self._options.notes or (rule.level != NOTE and waived_by is None)
            named = rule.id.replace("{event}", name)
            kind = FindingKind(named, rule.level, waived_by, is_wanted=is_wanted)
            self._kinds[key] = kind
            self.violates |= waived_by is None and rule.level in self._levels
        return kind

    def counts(self, rule: _AnyRule, event: str, breach: Breach) -> bool:
        """Return whether a finding would make the log violate, without taking it into account."""
        return rule.level in self._levels and self._waived_by(rule, event, breach) is None

    def _waived_by(
        self, rule: _AnyRule, event: str | None, breach: Breach | None, finds: Finds | None = None
    ) -> str | None:
        waivers = self._options.waivers
        if not waivers.allowed:
            return None
        return waivers.waives(rule.id.replace("{event}", event or ""), breach, finds)

    def admit(self, kind: FindingKind) -> bool:
        """List one more finding of the kind, unless there are too many; return whether."""
        if not kind.is_wanted or kind.listed >= MOST_LISTED:
            return False
        kind.listed += 1
        self.listed += 1
        return True

    def leave_out(
        self,
        kind: FindingKind,
        state: str,
        because: int | None = None,
        *,
        follows: bool = False,
        number: int = 1,
    ) -> None:
        """Count findings that are not listed."""
        if kind.is_wanted:
            self._others[kind, state, because, follows] += number

    def counted(self) -> tuple[Counted, ...]:
        """Return the findings that are not listed."""
        return tuple(
            Counted(kind.rule, kind.level, state, kind.waived_by, root, follows, number)
            for (kind, state, root, follows), number in self._others.items()
        )


class _Found(NamedTuple):
    """A finding without its message: the rule, the line, and the machine's breach.

    `number` is the number of events before the line. If `entry` is None, the line is read again if
    the finding is listed after all.
    """

    kind: FindingKind
    rule: _AnyRule
    number: int
    line: int
    offset: int
    before: Configuration
    entry: Entry | None = None
    breach: Breach | None = None
    detail: str = ""


class Findings:
    """The findings of one log, in order."""

    def __init__(
        self, machine: Machine, options: Options, finds: Callable[[str, int], Finds | None]
    ) -> None:
        """`finds` returns, for a rule and an event's number, what other readings find there."""
        self._machine = machine
        self._listing = Listing(machine, options)
        self._finds = finds
        self._found: list[_Found] = []
        self.mendable: list[Mendable] = []
        """The findings that can be mended, by their places."""
        self._alone: dict[bytes, FindingKind] = {}
        """Short lines without an event whose only finding is no longer listed."""
        self._useless = 0

    @property
    def violates(self) -> bool:
        """Whether one of them makes the log violate."""
        return self._listing.violates

    def line_fault(self, entry: Entry, fault: FormatFault, number: int, at: Configuration) -> None:
        """Add a check that a line fails."""
        rule = self._machine.line_rules.get(fault.check)
        if rule is None:
            return
        kind = self._listing.take(rule, None if entry.event is None else entry.event.name, None)
        if self._listing.admit(kind):
            place = (number, entry.line, entry.offset, at)
            self._found.append(_Found(kind, rule, *place, entry, None, fault.detail))
        else:
            self._listing.leave_out(kind, at.state)  # it has no consequences
            is_known_again = entry.event is None and len(entry.faults) == 1
            if is_known_again and len(entry.text) <= _SHORT and len(self._alone) < _MOST_KNOWN:
                self._alone[entry.text] = kind

    def counted_alone(
        self, lines: Sequence[bytes], start: int, stop: int, at: Configuration
    ) -> int:
        """Count the findings of the next lines if such lines were seen before; return their number.

        Raises UnreadableLog if too many lines have no event.
        """
        alone = self._alone
        end = start
        while end < stop and lines[end] in alone:
            end += 1
        if end > start:
            self._useless += end - start
            if self._useless > MAX_LINES_WITHOUT_EVENT:
                raise UnreadableLog(
                    f"more than {MAX_LINES_WITHOUT_EVENT:,} of its lines hold no event"
                )
            for text, number in Counter(lines[start:end]).items():
                self._listing.leave_out(alone[text], at.state, number=number)
        return end - start

    def breach(self, entry: Entry, breach: Breach, number: int, before: Configuration) -> None:
        """Add a rule that an event breaks."""
        assert entry.event is not None
        rule = explain.rule_id(breach.rule, entry)
        finds = self._finds(rule, number)
        kind = self._listing.take(breach.rule, entry.event.name, breach, finds)
        found = _Found(kind, breach.rule, number, entry.line, entry.offset, before)
        if self._listing.admit(kind):
            found = found._replace(entry=entry, breach=breach)
        if (mend := mendable(breach.rule, len(self._found), number)) is not None:
            self.mendable.append(mend)
        self._found.append(found)

    # Consequences

    def __len__(self) -> int:
        return len(self._found)

    def begins(self, place: int) -> tuple[int, int]:
        """Return the number of a finding's event, and the byte offset of its line."""
        return self._found[place].number, self._found[place].offset

    def of_events(self, first: int) -> dict[int, list[tuple[int, str]]]:
        """Return the rules that events break, with their places, by number from the first."""
        given: dict[int, list[tuple[int, str]]] = {}
        for place, item in enumerate(self._found):
            if not isinstance(item.rule, LineRule) and item.number >= first:
                given.setdefault(item.number - first, []).append((place, item.rule.id))
        return given

    # Messages

    def listed(
        self, data: bytes, because: Mapping[int, int]
    ) -> tuple[tuple[Finding, ...], tuple[Counted, ...]]:
        """Return the listed findings with their messages, and the others counted.

        `because` maps places, as in `mendable`; the result has indices of listed findings.
        """
        found = self._found
        causes = {place: each for place, each in because.items() if found[each].kind.is_wanted}
        listed = {place for place, item in enumerate(found) if item.entry is not None}
        # The cause of a listed finding is listed too, because it needs an index.
        roots = _roots(causes, listed)
        listed.update(roots[place] for place in [*listed] if place in roots)
        roots = _roots(causes, listed)
        index = {place: number for number, place in enumerate(sorted(listed))}
        findings = [
            self._finding(found[place], data, index.get(roots.get(place, -1))) for place in index
        ]
        for place, item in enumerate(found):
            if place not in index:
                root = index.get(roots[place]) if place in roots else None
                follows = place in roots
                self._listing.leave_out(item.kind, item.before.state, root, follows=follows)
        return tuple(findings), self._listing.counted()

    def _finding(self, item: _Found, data: bytes, because: int | None) -> Finding:
        entry, breach = item.entry, item.breach
        if entry is None:
            entry = next(read_entries(line_at(data, item.offset)))
            entry = entry._replace(line=item.line, offset=item.offset)
            step = step_of(self._machine, item.before, entry)
            breach = next(each for each in step.breaches if each.rule is item.rule)
        return explain.finding(
            self._machine,
            item.rule,
            entry,
            item.before,
            breach,
            item.detail,
            because=because,
            waived_by=item.kind.waived_by,
        )


def _roots(causes: Mapping[int, int], listed: Container[int]) -> dict[int, int]:
    """Return the nearest listed cause of each finding, or the farthest cause if none is listed."""
    roots: dict[int, int] = {}
    for place in sorted(causes):
        cause = causes[place]
        roots[place] = cause if cause in listed else roots.get(cause, cause)
    return roots
