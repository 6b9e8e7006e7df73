"""Formats judgements as text: each finding with an excerpt of its line, as compilers do."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from flux_conform.checking.explain import says
from flux_conform.checking.fault_span import fault_span
from flux_conform.checking.finding import (
    CONFORMS,
    INCOMPLETE,
    INCONCLUSIVE,
    UNREADABLE,
    VIOLATES,
    Finding,
    Judgement,
    consequences,
    counted_by_rule,
    counted_followers,
    not_listed,
    root_of,
)
from flux_conform.checking.posted import posted, posted_in_words
from flux_conform.language.authority import authority_of
from flux_conform.language.levels import POLICY
from flux_conform.language.specification import MOVES, Specification
from flux_conform.logs.lines import Lines
from flux_conform.machine.step import Machine
from flux_conform.text import Paint, cut_around, field_lines, printable

_MAX_SHOWN = 5
"""Maximum number of findings of one rule in one log that are shown; of others only the lines."""

VERDICT_STYLE = {
    CONFORMS: "green",
    INCOMPLETE: "blue",
    INCONCLUSIVE: "yellow",
    VIOLATES: "red",
    UNREADABLE: "red",
}
LEVEL_STYLE = {
    "MUST": "red",
    "SHOULD": "yellow",
    "implied": "yellow",
    "policy": "magenta",
    "note": "blue",
}

_PLAIN = Paint(False)

_NOTHING: Mapping[Finding, str] = {}


def unreadable_line(log: str, error: str, paint: Paint = _PLAIN) -> str:
    """Return the line that says why a log could not be read."""
    return f"{paint(printable(log), 'bold')}: {paint(UNREADABLE, 'red')}: {printable(error)}"


class FindingFormatter:
    """Formats the findings in logs of one machine; with `show_all`, also all consequences."""

    def __init__(
        self,
        machine: Machine,
        *,
        width: int = 100,
        paint: Paint = _PLAIN,
        show_all: bool = False,
        how_all: str = "--all",
    ) -> None:
        """`how_all` is the option that shows all findings, for messages."""
        self.machine = machine
        self.specification: Specification = machine.specification
        self.width = width
        self.paint = paint
        self.show_all = show_all
        self._how_all = how_all
        self._checks = {rule.id: rule.check for rule in self.specification.lines}

    def head(self, log: str, judgement: Judgement) -> str:
        """Return the line with the verdict on a log of that name."""
        verdict = self.paint(judgement.verdict, "bold", VERDICT_STYLE[judgement.verdict])
        events = f"{judgement.events} event{'' if judgement.events == 1 else 's'}"
        name = self.paint(printable(log), "bold")
        return f"{name}: {verdict} ({events}, ends in {judgement.state})"

    def findings(
        self,
        log: str,
        data: bytes,
        judgement: Judgement,
        waivable: Mapping[Finding, str] = _NOTHING,
    ) -> Iterator[str]:
        """Yield the lines for the findings in a log of that name with these bytes.

        Those of policies stand in a section of their own, at the end.
        `waivable` has the known deviations that would waive a finding; the first finding of each
        rule shows a hint.
        """
        line_of = Lines(data)
        followers: dict[int, list[Finding]] = {}
        counted = counted_followers(judgement)
        for finding in judgement.findings:
            if not self.is_shown(finding):
                assert finding.because is not None
                root = root_of(judgement.findings, finding.because)
                followers.setdefault(root, []).append(finding)
        shown: Counter[str] = Counter()
        omitted: dict[str, list[int]] = {}
        hinted: set[tuple[str, str]] = set()
        is_policy = False
        for index, finding in sorted(
            enumerate(judgement.findings), key=lambda item: item[1].level == POLICY
        ):
            if not self.is_shown(finding):
                continue
            if finding.level == POLICY and not is_policy:
                is_policy = True
                yield ""
                yield self.paint(policies_heading(self.specification.source.label), "bold")
            shown[finding.rule] += 1
            if shown[finding.rule] > _MAX_SHOWN and not self.show_all:
                omitted.setdefault(finding.rule, []).append(finding.line)
                continue
            yield from self.finding(log, line_of, finding)
            waives = waivable.get(finding)
            if waives is not None and (finding.rule, waives) not in hinted:
                hinted.add((finding.rule, waives))
                yield from self._field(
                    "hint", f"a known deviation of {waives}; --allow {waives} waives it"
                )
            further = 0 if self.show_all else counted[index]
            yield from self._followers(followers.get(index, ()), further)
        for rule, lines in omitted.items():
            more = f"{len(lines):,} more of {printable(rule)} in this log"
            yield ""
            yield f"{more} ({_line_list(lines)}); use {self._how_all} to show them"
        for rule, number in counted_by_rule(judgement.counted).items():
            yield ""
            yield not_listed(number, printable(rule))

    def is_shown(self, finding: Finding) -> bool:
        """Whether a finding is shown itself, and not only counted with its cause."""
        return finding.because is None or self.show_all

    def finding(
        self, log: str, line_of: Callable[[int], bytes | None], finding: Finding
    ) -> Iterator[str]:
        """Yield the lines for one finding; `line_of` returns a line of the log, or None."""
        style = LEVEL_STYLE[finding.level]
        head = self.paint(f"{finding.level}[{printable(finding.rule)}]", "bold", style)
        yield ""
        yield f"{head}: {self.paint(printable(finding.message), 'bold')}"
        place = f"{printable(log)}:{finding.line}"
        yield f"  {self.paint('-->', 'blue')} {place} (byte {finding.offset}), in {finding.state}"
        yield from self._excerpt(line_of, finding)
        clause = f"{says(self.machine, finding)} ({authority_of(finding.rule)}, {finding.section})"
        yield from self._field("rule", clause)
        where = posted(self.machine, finding, line_of)
        who = posted_in_words(self.machine, finding, where)
        if who is not None:
            yield from self._field("posted", who)
        if finding.allowed:
            yield from self._field("allowed", self._allowed(finding))
        yield from self._field("repair", finding.repair)
        hint = self._hint(finding)
        if hint is not None:
            yield from self._field("hint", hint)
        if finding.waived_by is not None:
            yield from self._field("waived", f"a known deviation of {finding.waived_by}")

    def _hint(self, finding: Finding) -> str | None:
        """Return a hint for a log that does not begin with an opening event."""
        opening = {
            rule.id
            for rule in self.specification.rules
            if rule.supplies in self.specification.opening_events
        }
        if finding.rule not in opening:
            return None
        other = self._other_machine(finding)
        if other is not None:
            return f"this looks like another eventlog; try --machine {other}"
        return "if the log was rotated or cut, flux-conform check --partial judges what is left"

    def _other_machine(self, finding: Finding) -> str | None:
        """Return another specification whose logs begin with the same event as this log."""
        from flux_conform.language import load, machines

        for name in machines():
            begins = load(name).opening_events
            if name != self.specification.name and finding.event in begins:
                return name
        return None

    def _excerpt(self, line_of: Callable[[int], bytes | None], finding: Finding) -> Iterator[str]:
        """Yield the line of a finding and the one before it, with the fault underlined."""
        gutter = len(str(finding.line))
        bar = self.paint("|", "blue")
        room = self.width - gutter - 6
        yield f"  {' ' * gutter} {bar}"
        for number in range(max(1, finding.line - 1), finding.line + 1):
            line = line_of(number)
            if line is None:
                continue
            text = _printable(line)
            start, length = 0, 0
            if number == finding.line:
                start, length = fault_span(text, finding, self._checks.get(finding.rule))
            shown, start, length = cut_around(text, start, length, room)
            yield f"  {self.paint(str(number).rjust(gutter), 'blue')} {bar} {shown}"
            if number == finding.line:
                marks = self.paint("^" * length, LEVEL_STYLE[finding.level])
                yield f"  {' ' * gutter} {bar} {' ' * start}{marks}"

    def _allowed(self, finding: Finding) -> str:
        """Format what was allowed: events with the states to which they lead, or types of keys."""
        known = {event.name for event in self.specification.events}
        if not set(finding.allowed) <= known:
            return ", ".join(finding.allowed)
        moving, staying = [], []
        generation = self.specification.today.name
        for name in finding.allowed:
            rows = [
                row
                for row in self.specification.cases(finding.state, name, generation)
                if row.outcome == MOVES
            ]
            guards = {row.target: f" [{row.when.text}]" if row.when else "" for row in rows}
            moving += [f"{name}{guard} → {target}" for target, guard in guards.items()]
            if not rows:
                staying.append(name)
        stays = f"staying in {finding.state}: {', '.join(staying)}" if staying else ""
        return "; ".join(part for part in (", ".join(moving), stays) if part)

    def _field(self, name: str, text: str) -> list[str]:
        return field_lines(name, text, self.width, self.paint, room=9)

    def _followers(self, findings: Iterable[Finding], counted: int) -> Iterator[str]:
        """Yield the field for the consequences of a finding; `counted` of them are not listed."""
        lines = [finding.line for finding in findings]
        number = len(lines) + counted
        if number:
            where = f" ({_line_list(lines)}); use {self._how_all} to show them" if lines else ""
            yield from self._field("also", f"{consequences(number)}{where}")


def policies_heading(source: str = "the source") -> str:
    """Return the heading of what breaks policies, which the source by this name does not ask."""
    return f"policies, which {source} does not ask for:"


def _line_list(lines: Sequence[int]) -> str:
    shown = ", ".join(map(str, lines[:8])) + (", …" if len(lines) > 8 else "")
    return f"line{'s' if len(lines) > 1 else ''} {shown}"


def _printable(line: bytes) -> str:
    """Return the line as text, with everything escaped that a terminal would not print."""
    return printable(line.rstrip(b"\r").decode("utf-8", "backslashreplace"))
