"""The repair of a log: the smallest changes after which it conforms, checked one by one."""

from __future__ import annotations

from time import thread_time
from typing import TYPE_CHECKING, NamedTuple

from flux_conform.checking.finding import VIOLATES
from flux_conform.checking.judge import Options, judge
from flux_conform.logs.given import log_of
from flux_conform.logs.limits import UnreadableLog, within_limits
from flux_conform.machine.event_times import timed_rules
from flux_conform.machine.step import Machine
from flux_conform.repair.costs import Cost
from flux_conform.repair.edit_script import Bounds, SearchResult
from flux_conform.repair.edits import Repair
from flux_conform.repair.insertions import Insertions
from flux_conform.repair.log_lines import Line, lines_of
from flux_conform.repair.mended_log import CannotWrite, Draft, draft_of, render, span_of, with_times
from flux_conform.repair.shortest import Search
from flux_conform.repair.stages import drop_copies, repair_in_stages, sort_by_time
from flux_conform.repair.tie_break import prefer_reported
from flux_conform.repair.walker import Walker

if TYPE_CHECKING:
    from collections.abc import Callable

    from flux_conform.language import Model
    from flux_conform.language.line_form import LineForm
    from flux_conform.logs.given import Given

NO_COST = Cost(0, 0, 0, 0)


class Mending(NamedTuple):
    """The cheapest repairs of a log, all of the same cost; the first one is written.

    If there are none, `cost` is None: up to `tried` changes, no repair was found. `more` counts
    further repairs of that cost that are not listed. A log that conforms has one repair, with no
    changes and no cost. `exact` means that all smaller changes were excluded and all of this size
    examined; otherwise a distance or time limit ended the search.
    """

    cost: Cost | None
    repairs: tuple[Repair, ...]
    more: int
    tried: int
    exact: bool


_DEFAULTS, _BOUNDS = Options(), Bounds()
_MAX_CONFIGURATIONS = 20_000
"""Maximum number of configurations kept in memory between logs."""


class Mender:
    """Repairs logs one after another, and remembers the machine's steps between them."""

    def __init__(
        self, machine: Machine | Model, options: Options = _DEFAULTS, bounds: Bounds = _BOUNDS
    ) -> None:
        """`options` decide what violates. `machine` is a machine for checking, or its model.

        Rules that ask for times are left aside: when something happened, no change can mend.
        """
        whole = Machine.of(machine)
        given = untimed(whole)
        self.machine, self._form = given.plain, given.specification.fields
        self._whole = whole.plain
        self.options = options._replace(notes=False)
        self.bounds = bounds
        self._insertions: Insertions | None = None

    @within_limits
    def mend(self, log: Given) -> Mending:
        """Return the smallest changes that make a log conform; `log` is as for `log_of`.

        Raises UnreadableLog.
        """
        data = log_of(log).data
        form = self._form
        return self._mend(data) if form is None else _written(self._mend, form, data)

    def _mend(self, data: bytes) -> Mending:
        if self._conforms(data):
            if judge(self._whole, data, self.options).verdict == VIOLATES:
                return Mending(None, (), 0, 0, True)
            return Mending(NO_COST, (Repair((), data),), 0, 0, True)
        insertions = self._insertions
        if insertions is None or len(insertions.walker.configurations) > _MAX_CONFIGURATIONS:
            insertions = self._insertions = Insertions(Walker(self.machine, self.options))
        lines = lines_of(insertions.walker, data)
        deadline = thread_time() + self.bounds.seconds
        found = self._search(insertions, lines)
        repairs, more = self._render(insertions.walker, lines, data, found, deadline)
        if repairs:
            return Mending(found.cost, tuple(repairs), more, found.tried, found.exact)
        if found.cost is None:
            return Mending(None, (), 0, found.tried, found.exact)
        # The repairs found cannot be written, so nothing is known for that many changes.
        return Mending(None, (), 0, found.tried - 1, False)

    def _search(self, insertions: Insertions, lines: list[Line]) -> SearchResult:
        """Search for repairs: dropped copies, the whole log, or one fault after another."""
        bounds = self.bounds
        has_no_events = all(line.happening is None for line in lines)
        if not has_no_events and bounds.changes and bounds.seconds:
            dropped = drop_copies(insertions, lines, bounds)
            if dropped is not None and dropped.cost is not None:
                fewer = min(bounds.changes, max(1, dropped.cost.changes - 1))
                found = Search(insertions, lines, bounds._replace(changes=fewer)).run()
                exact = found.exact and fewer >= dropped.cost.changes
                return _cheaper(dropped._replace(tried=found.tried, exact=exact), found)
        found = Search(insertions, lines, bounds).run()
        narrow = bounds.narrowed()
        if found.cost is None and found.tried < narrow.changes and len(lines) > narrow.reach:
            # The time ran out on a log with many candidates; search near the fault only.
            nearer = Search(insertions, lines, narrow).run()
            found = found if nearer.cost is None else nearer._replace(exact=False)
        if found.cost is not None or has_no_events or not bounds.seconds:
            return found
        other = sort_by_time(insertions.walker, lines)
        if other is None:
            deadline = thread_time() + bounds.seconds
            other = repair_in_stages(insertions, lines, bounds, deadline)
        return found if other is None else other._replace(tried=found.tried)

    def _render(
        self, walker: Walker, lines: list[Line], data: bytes, found: SearchResult, deadline: float
    ) -> tuple[list[Repair], int]:
        """Return the verified repairs, and the number of those not examined."""
        if not found.scripts:
            return [], 0
        span = span_of(found.scripts, len(lines))
        drafts: dict[object, Draft] = {}
        for script in found.scripts:
            draft = draft_of(walker, lines, script, span)
            drafts.setdefault(draft.content, draft)
        # Where any legal value repairs the log, the values that rules name are among the legal
        # ones, so drafts that set them are redundant.
        loose = {draft.shape for draft in drafts.values() if draft.is_example}
        drafts = {
            content: draft
            for content, draft in drafts.items()
            if draft.is_example or draft.shape not in loose
        }
        repairs: list[Repair] = []
        more = 0
        for draft in drafts.values():
            if repairs and (len(repairs) >= self.bounds.repairs or thread_time() > deadline):
                more += 1
                continue
            try:
                mended = render(draft, lines, data)
                if self._conforms(mended):
                    repairs.append(Repair(with_times(draft, lines), mended))
            except (CannotWrite, UnreadableLog):
                continue
        if len(repairs) > 1:
            repairs = prefer_reported(self.machine.specification, repairs)
        return repairs, more

    def _conforms(self, data: bytes) -> bool:
        return judge(self.machine, data, self.options).verdict != VIOLATES


def untimed(machine: Machine) -> Machine:
    """Return the machine without the rules that ask for times."""
    names = timed_rules(machine.specification)
    if not names:
        return machine
    rules = tuple(rule for rule in machine.specification.rules if rule.id not in names)
    return Machine(machine.specification._replace(rules=rules))


def _written(mend: Callable[[bytes], Mending], form: LineForm, data: bytes) -> Mending:
    """Mend a log in another form; lines without a change keep their bytes."""
    lines = data.split(b"\n")
    own = {form.plain(line): line for line in reversed(lines)}
    found = mend(form.plain_log(data))

    def back(plain: bytes) -> bytes:
        return b"\n".join(own.get(line) or form.line(line) for line in plain.split(b"\n"))

    repairs = (Repair(repair.changes, back(repair.data)) for repair in found.repairs)
    return found._replace(repairs=tuple(repairs))


def _cheaper(one: SearchResult, other: SearchResult) -> SearchResult:
    """Return the cheaper result, or both results together if their costs are equal."""
    if one.cost is None or other.cost is None:
        return other if one.cost is None else one
    if one.cost == other.cost:
        return one._replace(scripts=(*one.scripts, *other.scripts), exact=one.exact and other.exact)
    return min(one, other, key=lambda found: found.cost or NO_COST)


def mend(
    machine: Machine | Model, log: Given, options: Options = _DEFAULTS, bounds: Bounds = _BOUNDS
) -> Mending:
    """Return the smallest changes to one log; see `Mender`. Raises UnreadableLog."""
    return Mender(machine, options, bounds).mend(log)
