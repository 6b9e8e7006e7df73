"""`check` for people: each finding with its line in view, in the manner of a compiler."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence

from flux_conform.cli.common import Paint, columns, field_lines, printable, wants_colour, window
from flux_conform.cli.sources import skipped_text
from flux_conform.conformance.explain import says
from flux_conform.conformance.finding import (
    CONFORMS,
    INCOMPLETE,
    UNREADABLE,
    VIOLATES,
    Finding,
    Judgement,
)
from flux_conform.conformance.machine import Machine
from flux_conform.conformance.told import Difference
from flux_conform.logs.found import Skipped, SourcedLog
from flux_conform.model.specification import MOVES

_LISTED = 20
"""Of so many logs each is named; of more only those with findings."""

_TOLD = 5
"""Of so many findings of one rule in one log each is told; of more only the lines."""

_VERDICT_STYLE = {CONFORMS: "green", INCOMPLETE: "blue", VIOLATES: "red", UNREADABLE: "red"}
_LEVEL_STYLE = {"MUST": "red", "SHOULD": "yellow", "implied": "yellow", "note": "blue"}


class TextOutput:
    """Writes findings as logs are judged, and a summary of them all."""

    machine: Machine
    """The machine of the latest log."""

    def __init__(self, *, show_all: bool = False) -> None:
        self.show_all = show_all
        self.paint = Paint(wants_colour())
        self.width = min(110, max(60, columns()))
        self.verdicts: Counter[str] = Counter()
        self.rules: Counter[tuple[str, str]] = Counter()
        self.quiet: list[tuple[str, Judgement]] = []
        self.machines: Counter[str] = Counter()
        self.lost: Counter[str] = Counter()
        self.differing = 0
        self.skips: list[Skipped] = []

    def judged(
        self,
        log: SourcedLog,
        machine: Machine,
        judgement: Judgement,
        differs: Sequence[Difference] = (),
    ) -> None:
        """Print a log's findings and differences; a log without any is kept for the summary."""
        self.machine = machine
        self.verdicts[judgement.verdict] += 1
        self.machines[machine.specification.name] += 1
        self.lost.update(log.lost)
        self.differing += bool(differs)
        if not judgement.findings and not differs:
            if len(self.quiet) <= _LISTED:
                self.quiet.append((log.name, judgement))
            return
        self._head(log.name, judgement)
        for difference in differs:
            self._difference(difference)
        self._findings(log.name, log.data.split(b"\n"), judgement)
        print()

    def _findings(self, log: str, lines: Sequence[bytes], judgement: Judgement) -> None:
        followers: dict[int, list[Finding]] = {}
        for finding in judgement.findings:
            if finding.because is not None and not self.show_all:
                root = _root(judgement.findings, finding)
                followers.setdefault(root, []).append(finding)
            else:
                self.rules[finding.rule, finding.level] += 1
        told: Counter[str] = Counter()
        left: dict[str, list[int]] = {}
        for index, finding in enumerate(judgement.findings):
            if finding.because is not None and not self.show_all:
                continue
            told[finding.rule] += 1
            if told[finding.rule] > _TOLD and not self.show_all:
                left.setdefault(finding.rule, []).append(finding.line)
                continue
            self._finding(log, lines, finding)
            self._followers(followers.get(index, ()))
        for rule, places in left.items():
            more = f"{len(places):,} more of {printable(rule)} in this log"
            print(f"\n{more} ({_places(places)}); --all tells them")

    def unreadable(self, log: str, error: str) -> None:
        """Print that a log could not be judged."""
        self.verdicts[UNREADABLE] += 1
        shown = self.paint(printable(log), "bold")
        print(f"{shown}: {self.paint(UNREADABLE, 'red')}: {printable(error)}")

    def skipped(self, skipped: Skipped) -> None:
        """Remember what was left out of a source."""
        self.skips.append(skipped)

    def close(self) -> None:
        """Print the logs without findings, and the summary."""
        total = sum(self.verdicts.values())
        if total <= _LISTED:
            for log, judgement in self.quiet:
                self._head(log, judgement)
        for skipped in self.skips:
            print(self.paint(skipped_text(skipped), "dim"))
        for text, count in self.lost.items():
            logs = "" if total == 1 else f" in {count:,} log{'' if count == 1 else 's'}"
            print(self.paint(f"not judged{logs}: {text}", "dim"))
        if total <= 1:
            return
        if self.rules:
            print("findings by rule:")
            for (rule, level), count in sorted(self.rules.items()):
                print(f"  {count:>7,}  {self.paint(level, _LEVEL_STYLE[level]):<7}  {rule}")
        words = {CONFORMS: "conform", INCOMPLETE: "incomplete", VIOLATES: "violate"}
        parts = [
            f"{self.verdicts[verdict]:,} {words.get(verdict, verdict)}"
            for verdict in (CONFORMS, INCOMPLETE, VIOLATES, UNREADABLE)
            if self.verdicts[verdict]
        ]
        if self.differing:
            parts.append(f"{self.differing:,} differ from their source's times")
        print(f"{total:,} logs: {', '.join(parts)}")
        if len(self.machines) > 1:
            counts = (f"{count:,} by {name}" for name, count in sorted(self.machines.items()))
            print(f"judged {', '.join(counts)}")

    def _head(self, log: str, judgement: Judgement) -> None:
        verdict = self.paint(judgement.verdict, "bold", _VERDICT_STYLE[judgement.verdict])
        events = f"{judgement.events} event{'' if judgement.events == 1 else 's'}"
        print(
            f"{self.paint(printable(log), 'bold')}: {verdict} ({events}, ends in {judgement.state})"
        )

    def _difference(self, difference: Difference) -> None:
        told, own = (_time(value) for value in (difference.told, difference.replayed))
        self._field("differs", f"{difference.field} is {told} in the source, {own} in the log")

    def _finding(self, log: str, lines: Sequence[bytes], finding: Finding) -> None:
        style = _LEVEL_STYLE[finding.level]
        head = self.paint(f"{finding.level}[{printable(finding.rule)}]", "bold", style)
        print(f"\n{head}: {self.paint(printable(finding.message), 'bold')}")
        place = f"{printable(log)}:{finding.line}"
        print(f"  {self.paint('-->', 'blue')} {place} (byte {finding.offset}), in {finding.state}")
        self._excerpt(lines, finding)
        clause = f"{says(self.machine, finding)} (RFC {finding.rfc}, {finding.section})"
        self._field("rule", clause)
        if finding.allowed:
            self._field("allowed", self._allowed(finding))
        self._field("repair", finding.repair)
        hint = self._other_machine(finding)
        if hint is not None:
            self._field("hint", f"this looks like another eventlog; try --machine {hint}")
        if finding.waived_by is not None:
            self._field("waived", f"a known deviation of {finding.waived_by}")

    def _other_machine(self, finding: Finding) -> str | None:
        """Another specification whose logs begin with the event that this log begins with."""
        supplied = {
            rule.id for rule in self.machine.specification.rules if rule.supplies is not None
        }
        if finding.rule not in supplied:
            return None
        from flux_conform.model import load, machines

        for name in machines():
            begins = {rule.supplies for rule in load(name).rules}
            if name != self.machine.specification.name and finding.event in begins:
                return name
        return None

    def _excerpt(self, lines: Sequence[bytes], finding: Finding) -> None:
        gutter = len(str(finding.line))
        bar = self.paint("|", "blue")
        room = self.width - gutter - 6
        print(f"  {' ' * gutter} {bar}")
        for number in range(max(1, finding.line - 1), finding.line + 1):
            if number > len(lines):
                continue
            text = _printable(lines[number - 1])
            start, length = 0, 0
            if number == finding.line:
                checks = {rule.id: rule.check for rule in self.machine.specification.lines}
                start, length = _mark(text, finding, checks.get(finding.rule))
            shown, start, length = window(text, start, length, room)
            print(f"  {self.paint(str(number).rjust(gutter), 'blue')} {bar} {shown}")
            if number == finding.line:
                marks = self.paint("^" * length, _LEVEL_STYLE[finding.level])
                print(f"  {' ' * gutter} {bar} {' ' * start}{marks}")

    def _allowed(self, finding: Finding) -> str:
        known = {event.name for event in self.machine.specification.events}
        if not set(finding.allowed) <= known:
            return ", ".join(finding.allowed)
        moving, staying = [], []
        generation = self.machine.specification.today.name
        for name in finding.allowed:
            rows = [
                row
                for row in self.machine.specification.cases(finding.state, name, generation)
                if row.outcome == MOVES
            ]
            guards = {row.target: f" [{row.when.text}]" if row.when else "" for row in rows}
            moving += [f"{name}{guard} → {target}" for target, guard in guards.items()]
            if not rows:
                staying.append(name)
        stays = f"staying in {finding.state}: {', '.join(staying)}" if staying else ""
        return "; ".join(part for part in (", ".join(moving), stays) if part)

    def _field(self, name: str, text: str) -> None:
        for line in field_lines(name, text, self.width, self.paint, room=9):
            print(line)

    def _followers(self, findings: Iterable[Finding]) -> None:
        lines = [finding.line for finding in findings]
        if lines:
            what = "finding follows" if len(lines) == 1 else "findings only follow"
            text = f"{len(lines)} {what} from this one ({_places(lines)}); --all tells them"
            self._field("also", text)


def _time(seconds: float | None) -> str:
    return "never" if seconds is None else repr(seconds)


def _places(lines: Sequence[int]) -> str:
    shown = ", ".join(map(str, lines[:8])) + (", …" if len(lines) > 8 else "")
    return f"line{'s' if len(lines) > 1 else ''} {shown}"


def _root(findings: Sequence[Finding], finding: Finding) -> int:
    because = finding.because
    assert because is not None
    while (deeper := findings[because].because) is not None:
        because = deeper
    return because


def _printable(line: bytes) -> str:
    """The line as text that moves no cursor: what cannot be shown is escaped."""
    return printable(line.rstrip(b"\r").decode("utf-8", "backslashreplace"))


_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"')


def _mark(text: str, finding: Finding, key: str | None) -> tuple[int, int]:
    """Where in the line the fault stands, and how long it is.

    The key at fault with its value, `key` where it is one of the line's own; else another thing
    in quotes that the message names and the line holds; else the event's name; else the line.
    """
    name = f'"{finding.event}"' if finding.event else None
    named = [quoted for quoted in _QUOTED.findall(finding.message) if quoted != name]
    for quoted in [f'"{key}"', *named] if key else named:
        match = re.search(re.escape(quoted) + r'\s*:\s*("(?:[^"\\]|\\.)*"|[^,{}\[\]"]*)', text)
        if match:
            return match.start(), match.end() - match.start()
    is_lacking = finding.message.endswith("is missing")
    for quoted in (*([] if is_lacking else named), name):
        if quoted and (place := text.find(quoted)) >= 0:
            return place, len(quoted)
    return 0, max(1, len(text))
