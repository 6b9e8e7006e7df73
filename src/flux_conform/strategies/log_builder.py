"""Draws a log step by step: along a plan to a goal, with detours and varied values.

At any time the builder has a plan from the current configuration to the goal, and has tried every
step of it on the log so far. It takes a detour, or another value in a context, only if a plan still
leads to the goal afterwards. So it never has to reject a draw.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any, NamedTuple

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from flux_conform.language.specification import Event
from flux_conform.machine.configuration import Configuration
from flux_conform.strategies.allowed_times import allowed_times
from flux_conform.strategies.drawn_log import GAPS, STARTS, STYLES, Eventlog, written
from flux_conform.strategies.member_names import is_made_up
from flux_conform.strategies.reachability import Goal, Planned, Reachability, broken
from flux_conform.strategies.texts import texts
from flux_conform.strategies.type_values import Context, names
from flux_conform.strategies.varying import contexts_of, plain_context, varied
from flux_conform.suite.making.length_vectors import Paired
from flux_conform.suite.making.telling_events import Logged

SELDOM = st.sampled_from((False, False, False, False, True))
"""True in one of five draws; shrinks to False."""

_SUFFIXES = st.just("") | st.sampled_from(("-2", ".x", "ä€🚀")) | texts(most=4)
Plan = tuple[Planned, ...]
"""Steps to take, one after the other."""


class _Pending(NamedTuple):
    """A member that was added outside the plan, and the pair of events that adds and removes it."""

    pair: Paired
    member: str


class LogBuilder:
    """Builds one log. `node` is its node in the reachability map; None outside it."""

    def __init__(self, draw: DrawFn, reach: Reachability, most: int) -> None:
        """`most` is the maximum number of events of the log."""
        self.reach = reach
        self.most = most
        self.node: int | None = 0
        self.configuration = reach.machine.initial
        self.events: list[tuple[str, Context]] = []
        self._draw = draw
        self._times = [draw(STARTS)]
        self._names: dict[tuple[frozenset[str], str], str] = {}
        self._pending: list[_Pending] = []
        self._without = draw(st.sampled_from(reach.shortcuts))

    # Goals

    def to(self, goal: Goal, *, home: bool) -> bool:
        """Extend the log through a goal; return False if no plan to it is short enough.

        With `home`, the plan must include the steps from the goal to the end.
        """

        def plan_from(node: int) -> Plan | None:
            steps = goal.plan(node)
            if steps is None or not home or steps[-1].target is None:
                return steps
            further = self._home_from(steps[-1].target)
            return None if further is None else (*steps, *further)

        if self.node is None or not self._has_plan(plan_from):
            return False
        while True:
            self._wander(plan_from)
            options = goal.options.get(self.node)
            plan = plan_from(self.node)
            assert plan is not None  # every step was taken only with a plan after it
            if options:
                break
            self._take(plan[0], plan[1:])
        option = options[0]
        if len(options) > 1:
            other = self._draw(st.sampled_from(options))
            steps = (other.step, *other.tail)
            rest = self._plan_after(steps, home=home)
            plan = None if rest is None else (*steps, *rest)
            if plan is not None and self._fits(plan) and self._leads(self.configuration, plan):
                option = other
        steps = (option.step, *option.tail)
        rest = self._plan_after(steps, home=home)
        assert rest is not None
        for number, step in enumerate(steps, 1):
            self._take(step, (*steps[number:], *rest))
        return True

    def home(self) -> bool:
        """Extend the log to its end; return False if no plan to the end is known."""
        if self.node is None or not self._has_plan(self._home_from):
            for steps in self.reach.ways_home(self.configuration.state):
                if self._fits(steps) and self._leads(self.configuration, steps):
                    self.node = None
                    for number, step in enumerate(steps, 1):
                        self._take(step, steps[number:])
                    return True
            return False
        while True:
            self._wander(self._home_from)
            plan = self._home_from(self.node)
            if not plan:
                return True
            self._take(plan[0], plan[1:])

    def wander(self, stays: Callable[[int], bool]) -> None:
        """Take only detours, through nodes for which `stays` is true."""
        if self.node is not None:
            self._wander(lambda node: () if stays(node) else None)

    def _has_plan(self, plan_from: Callable[[int], Plan | None]) -> bool:
        """Whether the plan from here is short enough and works with the values drawn so far.

        If the drawn variant of the plan home is too long, the shortest one replaces it.
        """
        wanted = self._without
        for without in dict.fromkeys((wanted, "")):
            self._without = without
            plan = None if self.node is None else plan_from(self.node)
            if plan is not None and self._fits(plan) and self._leads(self.configuration, plan):
                return True
        self._without = wanted
        return False

    def _plan_after(self, steps: Plan, *, home: bool) -> Plan | None:
        """Return the plan from the end of some steps to the end of the log, if `home` wants one."""
        target = steps[-1].target
        return self._home_from(target) if home and target is not None else ()

    def _home_from(self, node: int) -> Plan | None:
        return self.reach.home(node, self._without)

    # Detours

    def _wander(self, plan_from: Callable[[int], Plan | None]) -> None:
        """Perhaps take some detours after which a plan still exists."""
        self._settle(plan_from)
        while self.node is not None and self._draw(SELDOM):
            offered: dict[str, list[Planned]] = {}
            for way in self.reach.ways(self.node):
                if self._fits(plan_from(way.target), more=1):
                    offered.setdefault(way.letter.event, []).append(self.reach.planned(way))
            plan = plan_from(self.node)
            pairs = self.reach.members.pairs if self._fits(plan, more=2) else ()
            if not offered and not pairs:
                return
            kinds: list[str | Paired] = [*offered, *pairs]
            chosen = self._draw(st.sampled_from(kinds))
            if isinstance(chosen, Paired):
                self._add(chosen, plan or ())
            else:
                step = self._draw(st.sampled_from(offered[chosen]))
                assert step.target is not None  # the ways of the map have a target
                self._try(step, plan_from(step.target) or ())
            self._settle(plan_from)

    def _fits(self, plan: Plan | None, more: int = 0) -> bool:
        """Whether the log has room for a plan, `more` events, and the pending removals."""
        if plan is None:
            return False
        return len(self.events) + len(self._pending) + more + len(plan) <= self.most

    def _add(self, pair: Paired, plan: Plan) -> None:
        """Add a member outside the plan, if the plan works nevertheless."""
        kind = self.reach.members.kinds[pair.add, pair.add_key]
        present = self.reach.members.present(self.configuration, kind)
        member = self._fresh(kind, present)
        pending = _Pending(pair, member)
        plain = self._plain(pair.add, {pair.add_key: member})
        context = self._vary(pair.add, plain, (pair.add_key,), lambda _: True)
        after = self._after(self.configuration, pair.add, context, None)
        if after is None or after.state != self.configuration.state:
            return
        self._pending.append(pending)
        if self._leads(after, plan):
            self._log(pair.add, context, after)
        else:
            self._pending.pop()

    def _settle(self, plan_from: Callable[[int], Plan | None]) -> None:
        """Perhaps remove some of the pending members."""
        for pending in list(self._pending):
            if self.node is None or not self._draw(st.booleans()):
                continue
            self._pending.remove(pending)
            context = self._removal(pending)
            after = self._after(self.configuration, pending.pair.remove, context, None)
            if after is not None and self._leads(after, plan_from(self.node) or ()):
                self._log(pending.pair.remove, context, after)
            else:
                self._pending.append(pending)

    def _remove_pending(self) -> None:
        """Remove all pending members."""
        while self._pending:
            pending = self._pending.pop(0)
            context = self._removal(pending)
            after = self._after(self.configuration, pending.pair.remove, context, None)
            assert after is not None  # `_leads` has tried the removal
            self._log(pending.pair.remove, context, after)

    def _removal(self, pending: _Pending) -> Context:
        return self._plain(pending.pair.remove, {pending.pair.remove_key: pending.member})

    # Steps

    def _take(self, step: Planned, rest: Plan) -> None:
        """Take a step of the plan; pending members that prevent it are removed first."""
        if self._try(step, rest):
            return
        self._remove_pending()
        done = self._try(step, rest)
        assert done, f"the plan does not hold at {step.letter}"

    def _try(self, step: Planned, rest: Plan) -> bool:
        """Take a step, with drawn values as far as the rest of the plan works with them.

        Returns False, and leaves the log as it is, if the plan works not even with plain values.
        """
        letter, event = step.letter, self.reach.machine.event(step.letter.event)
        logged = letter.at(self.configuration)
        if logged is None:
            return False
        base = self._named(event, logged, new=True)
        name = self._name(event, letter.name)

        def ends(context: Context) -> Configuration | None:
            after = self._after(self.configuration, name, context, step)
            return after if after is not None and self._leads(after, rest) else None

        plain = base if step.keeps else self._plain(event.name, base)
        if ends(plain) is None:
            plain = base
            if ends(plain) is None:
                return False
        kept = [key for key, _, _ in letter.terms]
        kept += [key for key in base or {} if self.reach.members.kind(event.name, key)]
        context = self._vary(event.name, plain, kept, lambda c: ends(c) is not None)
        after = ends(context)
        assert after is not None
        self._log(name, context, after)
        self.node = step.target
        return True

    def _after(
        self, before: Configuration, name: str, context: Context, step: Planned | None
    ) -> Configuration | None:
        """Return the configuration after an event, or None if the event does not do what it should.

        It should take the transition and break the rules that the planned step says; without a
        planned step it should break no rule.
        """
        result = self.reach.machine.step(before, name, context)
        if step is None:
            return None if broken(result) else result.after
        same = result.transition == step.row and broken(result) == step.breaks
        return result.after if same and result.after.generation == self.reach.generation else None

    def _leads(self, configuration: Configuration, plan: Plan) -> bool:
        """Whether a plan works from a configuration, after the pending members are removed."""
        after: Configuration | None = configuration
        for pending in self._pending:
            if after is None:
                return False
            after = self._after(after, pending.pair.remove, self._removal(pending), None)
        for step in plan:
            logged = None if after is None else step.letter.at(after)
            if after is None or logged is None:
                return False
            event = self.reach.machine.event(step.letter.event)
            after = self._after(after, logged.name, self._named(event, logged, new=False), step)
        return after is not None

    # Values

    def _named(self, event: Event, logged: Logged, *, new: bool) -> Context:
        """Return the context with this log's own names for the made-up names of the plan.

        With `new`, a made-up name that has no replacement yet gets one.
        """
        context: Context = None if logged.context is None else json.loads(logged.context)
        for key, value in (context or {}).items():
            kind = self.reach.members.kind(event.name, key)
            assert context is not None
            if kind is not None and isinstance(value, list):
                context[key] = [self._own_name(kind, each, new=new) for each in value]
            elif kind is not None:
                context[key] = self._own_name(kind, value, new=new)
        return context

    def _own_name(self, kind: frozenset[str], value: Any, *, new: bool) -> Any:
        """Return this log's own name for one of the plan; what is not made up stays."""
        if not is_made_up(value):
            return value
        if new and (kind, value) not in self._names:
            present = self.reach.members.present(self.configuration, kind)
            self._names[kind, value] = self._fresh(kind, present, value)
        return self._names.get((kind, value), value)

    def _fresh(self, kind: frozenset[str], present: Iterable[str], stands_for: str = "") -> str:
        """Draw a member name that is not in use; `stands_for` is its made-up name in the plan."""
        name = stem = self._draw(names(self.reach.members.usual.get(kind)))
        if is_made_up(f"{stem} 2"):
            stem = f"an {stem}"  # else the name would look made up with any number after it
        used = {own for (of, _), own in self._names.items() if of == kind} | set(present)
        used |= {pending.member for pending in self._pending} | self.reach.members.words
        number = 1
        while name in used or (is_made_up(name) and name != stands_for):
            number += 1
            name = f"{stem} {number}"
        return name

    def _name(self, event: Event, usual: str) -> str:
        """Draw the name of an event in the log: a family has many names."""
        if not event.is_family:
            return usual
        name = usual + self._draw(_SUFFIXES)
        return name if self.reach.machine.event(name).name == event.name else usual

    def _plain(self, event: str, base: Mapping[str, Any] | None) -> Context:
        """Return the context with the example's values for the keys that no expression reads."""
        return plain_context(self.reach.machine.event(event), base, self.reach.read[event])

    def _vary(
        self, event: str, plain: Context, kept: Collection[str], holds: Callable[[Context], bool]
    ) -> Context:
        """Draw another context and use as much of it as `holds` accepts; `kept` keys stay."""
        drawn = self._draw(contexts_of(self.reach, event))
        return varied(self.reach.machine.event(event), plain, drawn, kept, holds)

    # The log

    def _log(self, name: str, context: Context, after: Configuration) -> None:
        self.events.append((name, context))
        self._times.append(self._times[-1] + self._draw(GAPS))
        self.configuration = after

    def log(self) -> Eventlog:
        """Write the log so far, in a drawn JSON style."""
        times = allowed_times(self.reach.machine, self.events, self._times)
        return written(self._draw(STYLES), times, self.events)
