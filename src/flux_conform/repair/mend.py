"""Mends a log: the smallest changes after which it violates nothing, each of them checked."""

from __future__ import annotations

from time import thread_time
from typing import TYPE_CHECKING, NamedTuple

from flux_conform.checking.finding import VIOLATES
from flux_conform.checking.judge import Options, judge
from flux_conform.logs.given import log_of
from flux_conform.logs.limits import UnreadableLog, within_limits
from flux_conform.machine.step import Machine
from flux_conform.repair.costs import Cost
from flux_conform.repair.insertions import Letters
from flux_conform.repair.log_lines import Line, lines_of
from flux_conform.repair.mended_log import (
    CannotWrite,
    Draft,
    draft_of,
    span_of,
    times_told,
    written,
)
from flux_conform.repair.repairs import Repair
from flux_conform.repair.shortest import Search
from flux_conform.repair.stages import (
    in_order_of_time,
    one_after_another,
    without_copies,
)
from flux_conform.repair.tie_break import as_reported
from flux_conform.repair.walker import Walker
from flux_conform.repair.ways import Bounds, Found

if TYPE_CHECKING:
    from flux_conform.language import Model
    from flux_conform.logs.given import Given

NOTHING = Cost(0, 0, 0, 0)


class Mending(NamedTuple):
    """The repairs of a log that cost least, all of the same cost; the first is what gets written.

    Without any, `cost` is None: none was found with up to `tried` changes. `more` counts
    repairs of that cost that are not told. A log that violates nothing has one repair, which
    changes nothing and costs nothing. `exact` tells that every smaller change was excluded and
    every one of this size looked at; else a place too far away, or time, set a bound.
    """

    cost: Cost | None
    repairs: tuple[Repair, ...]
    more: int
    tried: int
    exact: bool


_DEFAULTS, _BOUNDS = Options(), Bounds()
_REMEMBERED = 20_000
"""With more configurations than these a new memory is begun."""


class Mender:
    """Mends one log after another, and remembers the machine's steps between them."""

    def __init__(
        self, machine: Machine | Model, options: Options = _DEFAULTS, bounds: Bounds = _BOUNDS
    ) -> None:
        """What violates is what the options say. `machine` is one for checking, or its model."""
        self.machine = Machine.of(machine)
        self.options = options._replace(notes=False)
        self.bounds = bounds
        self._letters: Letters | None = None

    @within_limits
    def mend(self, log: Given) -> Mending:
        """The smallest changes to a log, given as `log_of` takes it, so that nothing violates.

        Raises UnreadableLog.
        """
        data = log_of(log).data
        if self._holds(data):
            return Mending(NOTHING, (Repair((), data),), 0, 0, True)
        letters = self._letters
        if letters is None or len(letters.walker.configurations) > _REMEMBERED:
            letters = self._letters = Letters(Walker(self.machine, self.options))
        lines = lines_of(letters.walker, data)
        deadline = thread_time() + self.bounds.seconds
        found = self._found(letters, lines)
        repairs, more = self._written(letters.walker, lines, data, found, deadline)
        if repairs:
            return Mending(found.cost, tuple(repairs), more, found.tried, found.exact)
        if found.cost is None:
            return Mending(None, (), 0, found.tried, found.exact)
        # What was found cannot be written: nothing is known of that many changes.
        return Mending(None, (), 0, found.tried - 1, False)

    def _found(self, letters: Letters, lines: list[Line]) -> Found:
        """What mends a log: copies dropped, a search of all of it, or one fault after another."""
        bounds = self.bounds
        is_mute = all(line.happening is None for line in lines)
        if not is_mute and bounds.changes and bounds.seconds:
            doubled = without_copies(letters, lines, bounds)
            if doubled is not None and doubled.cost is not None:
                fewer = min(bounds.changes, max(1, doubled.cost.changes - 1))
                found = Search(letters, lines, bounds._replace(changes=fewer)).run()
                exact = found.exact and fewer >= doubled.cost.changes
                return _better(doubled._replace(tried=found.tried, exact=exact), found)
        found = Search(letters, lines, bounds).run()
        narrow = bounds.narrowed()
        if found.cost is None and found.tried < narrow.changes and len(lines) > narrow.reach:
            # Time was over in a log with much to try; so it is tried close to the fault alone.
            nearer = Search(letters, lines, narrow).run()
            found = found if nearer.cost is None else nearer._replace(exact=False)
        if found.cost is not None or is_mute or not bounds.seconds:
            return found
        other = in_order_of_time(letters.walker, lines)
        if other is None:
            deadline = thread_time() + bounds.seconds
            other = one_after_another(letters, lines, bounds, deadline)
        return found if other is None else other._replace(tried=found.tried)

    def _written(
        self, walker: Walker, lines: list[Line], data: bytes, found: Found, deadline: float
    ) -> tuple[list[Repair], int]:
        """The repairs of what was found, each judged, and how many more there are."""
        if not found.ways:
            return [], 0
        span = span_of(found.ways, len(lines))
        drafts: dict[object, Draft] = {}
        for way in found.ways:
            draft = draft_of(walker, lines, way, span)
            drafts.setdefault(draft.content, draft)
        # Where any legal value does, those that the rules name are among them.
        loose = {draft.places for draft in drafts.values() if draft.is_example}
        drafts = {
            content: draft
            for content, draft in drafts.items()
            if draft.is_example or draft.places not in loose
        }
        repairs: list[Repair] = []
        more = 0
        for draft in drafts.values():
            if repairs and (len(repairs) >= self.bounds.repairs or thread_time() > deadline):
                more += 1
                continue
            try:
                mended = written(draft, lines, data)
                if self._holds(mended):
                    repairs.append(Repair(times_told(draft, lines), mended))
            except (CannotWrite, UnreadableLog):
                continue
        if len(repairs) > 1:
            repairs = as_reported(self.machine.specification, repairs)
        return repairs, more

    def _holds(self, data: bytes) -> bool:
        return judge(self.machine, data, self.options).verdict != VIOLATES


def _better(one: Found, other: Found) -> Found:
    """What costs less; where both cost the same, the ways of both."""
    if one.cost is None or other.cost is None:
        return other if one.cost is None else one
    if one.cost == other.cost:
        return one._replace(ways=(*one.ways, *other.ways), exact=one.exact and other.exact)
    return min(one, other, key=lambda found: found.cost or NOTHING)


def mend(
    machine: Machine | Model, log: Given, options: Options = _DEFAULTS, bounds: Bounds = _BOUNDS
) -> Mending:
    """The smallest changes to one log; see `Mender`. Raises UnreadableLog."""
    return Mender(machine, options, bounds).mend(log)
