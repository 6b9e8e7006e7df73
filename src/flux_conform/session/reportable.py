"""What a log breaks, each with the smallest log that shows it, so that it can be reported."""

from __future__ import annotations

from typing import NamedTuple

from flux_conform.checking.finding import VIOLATES, Finding, counts
from flux_conform.checking.judge import Options, judge
from flux_conform.checking.message_logs import plainly
from flux_conform.checking.posted import After, Posted, posted
from flux_conform.language.families import is_family
from flux_conform.logs.lines import Lines
from flux_conform.machine.step import Machine
from flux_conform.repair.anonymous_log import TooLong, anonymous
from flux_conform.repair.line_trees import log_of_trees
from flux_conform.repair.smallest_log import Kind, Stays, kind_of, smallest, without_one
from flux_conform.session import SessionError
from flux_conform.session.events import LogJudged
from flux_conform.session.machines import Machines


class Reported(NamedTuple):
    """A finding, and the smallest log with it, in which nothing tells whose it is.

    `finding` and `posted` are of that log, `data`. In the whole log, which has so many `lines`, the
    finding's is `line`, the state before it `state`, and what came just before it `before`, if the
    specification lists that event.
    `kept` says what was not replaced because the finding rests on it. Without `is_smallest` the
    search ended before all was tried. `is_known` says that `check` takes the log for one of the
    machine by itself.
    """

    machine: Machine
    finding: Finding
    posted: Posted
    data: bytes
    state: str
    line: int
    lines: int
    before: After | None
    kept: tuple[str, ...]
    is_smallest: bool
    is_known: bool


def reported(log: LogJudged, options: Options, rule: str | None = None) -> list[Reported]:
    """Return the first finding of each rule that makes the log violate; or that of one rule.

    Findings that only follow from another are left out. Raises SessionError where events of a log
    that violates may be missing, and where no small log was found.
    """
    if log.window is not None and log.judgement.verdict != VIOLATES:
        return []
    if log.window is not None:
        raise SessionError(
            "the log may lack events, and faults may come of that; take the stored log"
        )
    targets: dict[Kind, Finding] = {}
    for found in judge(log.machine, log.data, options).findings:
        is_wanted = counts(found, strict=options.strict) if rule is None else found.rule == rule
        if is_wanted and found.because is None and found.waived_by is None:
            targets.setdefault(kind_of(log.machine, found), found)
    return [_reported(log, found, options) for found in targets.values()]


def why_not(log: LogJudged, rule: str) -> str:
    """Return why there is nothing to report of a rule."""
    there = dict.fromkeys(each.rule for each in log.judgement.findings if each.because is None)
    if rule in {each.rule for each in log.judgement.findings}:
        return f"what breaks {rule} only follows from another finding ({', '.join(there)})"
    return f"the log does not break {rule}; it breaks {', '.join(there) or 'nothing'}"


def _reported(log: LogJudged, target: Finding, options: Options) -> Reported:
    machine, data = plainly(log.machine, log.data)
    stays = Stays(machine, data, target, options)
    least = smallest(stays, data, target.line)
    try:
        hidden = anonymous(stays, least.lines)
    except TooLong as error:
        raise SessionError(f"{target.rule}: {error}") from error
    lines = without_one(stays, hidden.lines)
    plain = log_of_trees(lines)
    found = stays.found(plain)
    form = log.machine.specification.fields
    small = plain if form is None else form.log(plain)
    known = Machines()
    return Reported(
        log.machine,
        found,
        posted(log.machine, found, Lines(small)),
        small,
        target.state,
        target.line,
        log.data.count(b"\n") + (not log.data.endswith(b"\n")),
        _listed(log.machine, posted(log.machine, target, Lines(log.data)).after),
        hidden.kept,
        least.is_whole,
        known.name_of(known.kinds.of(small, "")) == log.machine.specification.name,
    )


def _listed(machine: Machine, after: After | None) -> After | None:
    """An event before, if the specification lists it: any other name may be private."""
    names = {event.name for event in machine.specification.events if not is_family(event.name)}
    return after if after is not None and after.event in names else None
