"""Judges a window of a log by following every past that it could have had.

A past is a state before the window; the variables are unknown except for what `past` derives. The
window violates if no past explains one of its events, that is, if each past breaks a rule there. It
conforms if the pasts that explain it do so whatever the values of the variables. Otherwise it is
inconclusive: the verdict depends on events that are cut off.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from flux_conform.checking.awaiting import Standing
from flux_conform.checking.explain import finding as finding_of
from flux_conform.checking.explain import rule_id
from flux_conform.checking.finding import CONFORMS, INCONCLUSIVE, MOST_LISTED, VIOLATES, Finding
from flux_conform.checking.judge import Options, judge
from flux_conform.checking.listing import Listing
from flux_conform.checking.message_logs import placed, plainly
from flux_conform.checking.window.explained import broken_in_all, distinct_steps, fewest_broken
from flux_conform.checking.window.fragments import Ends, ends_of
from flux_conform.checking.window.gaps import GapFacts, Gaps, beginning, begins, first_event
from flux_conform.checking.window.judgement import Doubt, WindowJudgement, WindowVerdict
from flux_conform.checking.window.past import pasts
from flux_conform.checking.window.standing import certain_standing
from flux_conform.language.expressions import Expression
from flux_conform.language.specification import UNDEFINED, UNLISTED, Rule
from flux_conform.logs.eventlog import Entry, read_entries, show_value
from flux_conform.logs.limits import within_limits
from flux_conform.machine.configuration import Breach
from flux_conform.machine.evaluate import Moment
from flux_conform.machine.partial_step import Broken, Next, PartialStep, Past
from flux_conform.machine.partly_known import Facts
from flux_conform.machine.partly_known_sets import UNKNOWN, Partly
from flux_conform.machine.step import Machine

if TYPE_CHECKING:
    from flux_conform.language import Model

MOST_STEPS_WITH_GAPS = 2_000
"""Maximum number of steps through a log with gaps; most logs take a few hundred."""

MOST_STEPS = 10_000
"""Maximum number of steps through a window, plus six for each of its events.

After a few events of a real log at most six pasts are left. Only a crafted window keeps many pasts
over thousands of events; it would take a hundred times as long as a sound log of its size.
"""

MOST = 2_000
"""Maximum number of pasts followed at a time; a window that has more is inconclusive."""


@within_limits
def judge_window(
    machine: Machine | Model, data: bytes, options: Options, gaps: Gaps | None = None
) -> WindowJudgement:
    """Judge a window, given as its bytes. Raises UnreadableLog.

    With `gaps`, the bytes are a whole log in which events may be missing there.
    """
    machine = Machine.of(machine)
    if machine.plain is not machine:
        return _judge_messages(machine, data, options, gaps)
    if gaps is not None:
        return _with_gaps(machine, data, options, gaps)
    ends = ends_of(data)
    if not ends.lost_first and begins(machine, first_event(_whole(data, ends))):
        return _from_the_beginning(machine, data, options, ends.left_out)
    return _Window(machine, options).judged(_whole(data, ends), ends.left_out)


def _judge_messages(
    machine: Machine, data: bytes, options: Options, gaps: Gaps | None
) -> WindowJudgement:
    """Judge a window whose lines name their parts otherwise."""
    plain, same = plainly(machine, data)
    if gaps is not None:
        lines = (data.count(b"\n", 0, offset) for offset in gaps.at)
        starts = [0, *(found.end() for found in re.finditer(b"\n", same))]
        gaps = gaps._replace(at=tuple(starts[line] for line in lines))
    judged = judge_window(plain, same, options, gaps)
    return judged._replace(findings=placed(judged.findings, data))


def _whole(data: bytes, ends: Ends) -> Iterator[Entry]:
    """Return the lines of a window without the fragments."""
    entries = read_entries(data) if data else iter(())
    return (entry for entry in entries if entry.line not in ends.left_out)


def _with_gaps(machine: Machine, data: bytes, options: Options, gaps: Gaps) -> WindowJudgement:
    """Judge a log that may lack events: it violates or is inconclusive."""
    openers = machine.specification.opening_events
    first = first_event(read_entries(data))
    has_beginning = begins(machine, first)
    # If no gap explains that the opening event is missing, the log is faulty itself.
    if openers and not has_beginning and 0 not in gaps.at and not openers & gaps.names:
        return _from_the_beginning(machine, data, options, ())
    window = _Window(machine, options, gaps)
    if first is not None and has_beginning:
        window.generation = machine.step(
            machine.initial, first.name, first.context
        ).after.generation
    judged = window.judged(read_entries(data), ())
    verdict: WindowVerdict = VIOLATES if judged.verdict == VIOLATES else INCONCLUSIVE
    return judged._replace(verdict=verdict, begins=has_beginning)


def _from_the_beginning(
    machine: Machine, data: bytes, options: Options, left_out: tuple[int, ...]
) -> WindowJudgement:
    """Judge a window that lacks at most the end of the log, as a whole log."""
    if left_out:
        data = data[: data.rfind(b"\n") + 1]
    elif not data.endswith(b"\n"):
        data += b"\n"
    judgement = judge(machine, data, options)
    verdict: WindowVerdict = VIOLATES if judgement.verdict == VIOLATES else CONFORMS
    _, state, events, findings, counted, waits, stuck = judgement
    known = (findings, (), True, left_out, counted, (), waits, stuck)
    return WindowJudgement(verdict, (state,), events, *known)


class _Window:
    def __init__(self, machine: Machine, options: Options, gaps: Gaps | None = None) -> None:
        self.machine = machine
        self._gaps = None if gaps is None else GapFacts(machine, gaps)
        self.generation: str | None = None
        """The generation of the log; None if its first event is missing."""
        self.specification = machine.specification
        self._listing = Listing(machine, options)
        self._step = PartialStep(machine, self._counts)

    def judged(self, entries: Iterable[Entry], left_out: tuple[int, ...]) -> WindowJudgement:
        pasts_ = list(self._starts())
        findings: list[Finding] = []
        doubts: dict[tuple[str, int], Doubt] = {}
        doubted: Counter[str] = Counter()
        events = known = 0
        steps = 0
        for entry in entries:
            findings += self._of_line(entry)
            if entry.event is None:
                continue
            events += 1
            known += self.machine.event(entry.event.name).name != UNLISTED
            pasts_ = self._before(entry.offset, pasts_)
            nexts = distinct_steps(step for past in pasts_ for step in self._steps_of(past, entry))
            sound = [each for each in nexts if not any(map(self._counts, each.broken))]
            # Without a sound past, the likeliest pasts are those that break the fewest rules.
            broken = broken_in_all(sound) if sound else fewest_broken(nexts)
            findings += self._findings(entry, pasts_, broken)
            followed = sound or nexts
            for rule in dict.fromkeys(rule for each in followed for rule in each.doubts):
                doubted[rule.id] += 1
                if doubted[rule.id] <= MOST_LISTED:
                    doubt = Doubt(rule.id, entry.line, entry.event.name, rule.says)
                    doubts[rule.id, entry.line] = doubt
            steps += len(nexts)
            if len(followed) > MOST or steps > self._most_steps(events):
                doubt = Doubt("", entry.line, entry.event.name, "there are too many possible pasts")
                doubts[doubt.rule, doubt.line] = doubt
                break
            pasts_ = [each.past for each in followed]
        if not events and not findings:
            doubt = Doubt("", 1, "", "no event is in the window, so nothing can be said of the log")
            doubts[doubt.rule, doubt.line] = doubt
        if events and not known:
            says = "no event in the window is one that the machine knows"
            doubts["", 1] = Doubt("", 1, "", f"{says}, so nothing can be said of the log")
        is_followed = all(rule for rule, _ in doubts)
        return WindowJudgement(
            VIOLATES if self._listing.violates else INCONCLUSIVE if doubts else CONFORMS,
            tuple(dict.fromkeys(past.facts.state for past in pasts_)),
            events,
            tuple(findings),
            tuple(doubts.values()),
            False,
            left_out,
            self._listing.counted(),
            tuple((rule, n - MOST_LISTED) for rule, n in doubted.items() if n > MOST_LISTED),
            *(certain_standing(self.machine, self._step, pasts_) if is_followed else Standing()),
        )

    def _most_steps(self, events: int) -> int:
        return MOST_STEPS + 6 * events if self._gaps is None else MOST_STEPS_WITH_GAPS

    def _starts(self) -> Iterator[Past]:
        """Yield the possible pasts before the window."""
        for generation in self.specification.generations:
            if self.generation not in (None, generation.name):
                continue
            if self._gaps is not None:
                yield Past(generation.name, beginning(self.machine))
            else:
                for facts in pasts(self.machine, generation.name):
                    yield Past(generation.name, facts)

    def _before(self, offset: int, pasts_: list[Past]) -> list[Past]:
        """Return the possible pasts before the line at an offset, with its gap."""
        if self._gaps is None:
            return pasts_
        return [
            past._replace(facts=facts)
            for past in pasts_
            for facts in self._gaps.before(offset, past.generation, past.facts)
        ]

    def _steps_of(self, past: Past, entry: Entry) -> Iterator[Next]:
        assert entry.event is not None
        name, context = entry.event.name, entry.event.context
        return self._step.steps(past, name, context, context_is_object=entry.context_is_object)

    def _counts(self, broken: Broken) -> bool:
        """Whether a breach makes the window violate."""
        facts = broken.facts
        return self._listing.counts(broken.rule, facts.event, self._breach(broken, facts.state))

    def _breach(self, broken: Broken, state: str) -> Breach:
        facts = broken.facts
        moment = Moment(values={}, state=state, event=facts.event, context=facts.context)
        return Breach(broken.rule, moment, broken.keys)

    # Findings

    def _of_line(self, entry: Entry) -> Iterator[Finding]:
        for fault in entry.faults:
            rule = self.machine.line_rules.get(fault.check)
            # A missing newline at the end is explained by the cut.
            if rule is None or fault.check == "last-newline":
                continue
            # It counts at any level, because it does not depend on what is cut off.
            kind = self._listing.take(rule, None, None, always=True)
            if not self._listing.admit(kind):
                self._listing.leave_out(kind, "")
                continue
            at = self.machine.initial._replace(state="")
            yield finding_of(
                self.machine, rule, entry, at, detail=fault.detail, waived_by=kind.waived_by
            )

    def _findings(
        self, entry: Entry, before: Sequence[Past], broken: Iterable[Broken]
    ) -> Iterator[Finding]:
        """Yield the findings for breaches that are certain, as far as they are listed."""
        states = " or ".join(dict.fromkeys(past.facts.state for past in before))
        for item in broken:
            facts = item.facts
            kind = self._listing.take(item.rule, facts.event, self._breach(item, facts.state))
            if self._listing.admit(kind):
                yield self._finding(item, entry, states, kind.waived_by)
            else:
                self._listing.leave_out(kind, states)

    def _finding(self, item: Broken, entry: Entry, states: str, waived_by: str | None) -> Finding:
        rule, facts = item.rule, item.facts
        if isinstance(rule, Rule):
            message, repair = self._filled(rule.breach, facts), self._filled(rule.repair, facts)
        elif rule.kind == UNDEFINED:
            message, repair = self._undefined(facts, states)
        else:
            at = self.machine.initial._replace(state=facts.state)
            breach = self._breach(item, states)
            found = finding_of(self.machine, rule, entry, at, breach, waived_by=waived_by)
            return found._replace(state=states, allowed=())
        return Finding(
            rule_id(rule, entry),
            rule.level,
            entry.line,
            entry.offset,
            facts.event,
            states,
            message,
            rule.rfc,
            rule.section or self.machine.event(facts.event).section,
            (),
            None,
            waived_by,
            repair,
        )

    def _undefined(self, facts: Facts, states: str) -> tuple[str, str]:
        """Return what refuses an event that is undefined, a lane or the state, and the way out."""
        specification, event = self.machine.specification, self.machine.event(facts.event).name
        lane = next(
            (
                row.lane
                for row in specification.cases(facts.state, event, specification.today.name)
                if row.lane and row.when is not None
                if self._step.value(row.when, facts, unreadable=False) is True
            ),
            None,
        )
        where = states if lane is None else f"the state of its {lane}"
        return (
            f"{show_value(facts.event)} is not defined in {where}",
            f"log what leads to a state{f' of the {lane}' if lane else ''} where it is defined "
            "before it, or remove this line",
        )

    def _filled(self, template: Sequence[str | Expression], facts: Facts) -> str:
        parts = []
        for part in template:
            if isinstance(part, str):
                parts.append(part)
            else:
                parts.append(_shown(self._step.value(part, facts, unreadable=False), part.text))
        return "".join(parts)


def _shown(value: Any, text: str) -> str:
    if isinstance(value, Partly):
        return ", ".join([*map(show_value, value.members), "and perhaps others"])
    if value is UNKNOWN:
        return "something unknown"
    if text in ("event", "state"):
        return str(value)
    return (
        "none" if value is None else show_value(value if not hasattr(value, "kinds") else [*value])
    )
