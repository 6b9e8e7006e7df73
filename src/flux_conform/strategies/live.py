"""Drives a live system with Hypothesis and holds its eventlog to the model after each step.

    from flux_conform.strategies import EventlogMachine, stimulus

    class ManagerMachine(EventlogMachine):
        def begin(self):
            self.manager = Manager()

        def eventlog(self):
            return self.manager.log

        @stimulus("submit")
        def submit(self, context):
            self.manager.submit(**context)

    TestManager = ManagerMachine.TestCase

What is wrong with the system is told as `flux-conform check` tells it, with a short run that shows
it.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import wraps
from typing import Any, ClassVar

from hypothesis import Phase, event, note, settings
from hypothesis import strategies as st
from hypothesis.errors import HypothesisException, InvalidArgument
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from hypothesis.strategies import SearchStrategy

from flux_conform.language.faults import closest
from flux_conform.language.specification import Specification
from flux_conform.logs.given import Given, log_of
from flux_conform.strategies.follower import Follower, Taken
from flux_conform.strategies.plan import Plan
from flux_conform.strategies.stimuli import CONTEXT, Stimulus, mark, stimuli_of, stimulus
from flux_conform.strategies.type_values import Context

__all__ = ["EventlogMachine", "stimulus"]


_AGAIN = "_again_"
"""Begins the names of rules that stand for others: Hypothesis draws evenly from rules."""


class _Name(str):
    """The name of one of several rules of that name.

    Hypothesis leaves out some rules of each run, and tells them apart by their names. So each of
    these has a lot of its own, and few runs are left without any.
    """

    __slots__ = ()
    __hash__ = object.__hash__

    def __eq__(self, other: object) -> bool:
        return self is other


class EventlogMachine(RuleBasedStateMachine):
    """A state machine of Hypothesis made from a specification, which drives a live system.

    A subclass says how the system is made (`begin`), where its log is (`eventlog`), and what
    provokes events (`stimulus`). Which events may come, and with what contexts, the model says,
    from the log so far. After each step the log must have only grown, must violate nothing,
    and must come to the state that the system reports, where it reports one (`state`).

    `model` is a name or file of a specification, or one; `strict` lets findings of the levels
    SHOULD and implied violate; `allow` names known deviations, or files of them; `refusals` are
    the exceptions by which the system refuses what it is asked to do, which is no failure. What is
    wrong with a subclass raises InvalidArgument when the class is made.
    """

    model: ClassVar[str | Specification] = "job"
    strict: ClassVar[bool] = False
    allow: ClassVar[Sequence[str]] = ()
    refusals: ClassVar[tuple[type[Exception], ...]] = ()

    _plan: ClassVar[Plan]
    _first: ClassVar[Callable[..., None] | None] = None

    def begin(self) -> None:
        """Make a fresh system; called at the beginning of each run."""

    def eventlog(self) -> Given | None:
        """The log of the system so far, as `flux_conform.logs.given.log_of` takes it.

        None, or the path of no file, where there is none: before the first event, or once the
        log is removed. To be overridden.
        """
        raise InvalidArgument(f"{type(self).__name__} does not say where its eventlog is")

    def state(self) -> str | None:
        """The state that the system itself reports; None where it reports none."""
        return None

    def wind_down(self) -> None:
        """Lead the system to its end, from wherever a run has stopped.

        Where this is overridden, the log must have come to its end then: the final state, or its
        removal.
        """

    def end(self) -> None:
        """Put the system away; called at the end of each run, even if it failed."""

    def __init_subclass__(cls, **keywords: Any) -> None:
        super().__init_subclass__(**keywords)
        if cls.teardown is not EventlogMachine.teardown:
            raise InvalidArgument(f"{cls.__name__} overrides teardown; override end instead")
        stimuli = dict(stimuli_of(cls))
        cls._plan = Plan(cls.model, stimuli, strict=cls.strict, allow=cls.allow)
        for name in [name for name in dir(cls) if name.startswith(_AGAIN)]:
            setattr(cls, name, None)  # what a base has may be too much here
        for name, declared in stimuli.items():
            setattr(cls, name, _as_rule(name, declared))
            for number in range(1, _times(declared, stimuli)):
                setattr(cls, f"{_AGAIN}{name}_{number}", _as_rule(name, declared, again=True))
        # The first step of a run is no matter of chance where nothing else could begin the log.
        beginners = cls._plan.beginners
        first = next(iter(beginners)) if len(beginners) == 1 else None
        cls._first = _as_beginning(first, stimuli[first]) if first is not None else None
        # To explain a failure Hypothesis compares the lines of code that ran. That is slow here,
        # and the lines that differ are those that tell of the failure.
        usual = cls.TestCase.settings
        phases = [phase for phase in usual.phases if phase is not Phase.explain]
        cls.TestCase.settings = settings(usual, phases=phases)

    def __init__(self) -> None:
        super().__init__()
        self._is_judged = True
        self._pending: list[Taken] = []
        self._handled = sys.exc_info()[1]
        self._follower = Follower(self._plan.machine, self._plan.options, self._plan.teller)
        self._offered: frozenset[str] | None = None
        self._asked = ""
        self._idle = False
        self.begin()
        try:
            self._judge()
        except BaseException:
            self.end()  # Hypothesis knows of no machine yet that it should tear down
            raise

    @invariant()
    @precondition(lambda self: self._was_not_judged())
    def log_conforms(self) -> None:
        """Hold the log to the model after a rule that is no stimulus."""
        self._judge()

    def teardown(self) -> None:
        """End the run: wind down if nothing failed, and put the system away."""
        __tracebackhide__ = True
        # Hypothesis calls this on the way out of a failure too.
        failed = sys.exc_info()[1] is not self._handled
        self._pending = []
        try:
            if not failed:
                self._finish()
        finally:
            self.end()

    # A step

    def _act(self, name: str, declared: Stimulus, arguments: dict[str, Any]) -> None:
        __tracebackhide__ = True
        self._tell_taken()
        # Where nothing is offered every stimulus is, for Hypothesis must have one; it does nothing.
        if name not in self._offers():
            self._idle = True
            return
        with suppress(*self.refusals):
            self._calling(lambda: declared.function(self, **arguments))
            if declared.event is not None:
                self._asked = self._asked or name
        self._judge()
        self._is_judged = True

    def _calling(self, call: Callable[[], None]) -> None:
        """Call the system; an error of its bears the end of the log."""
        __tracebackhide__ = True
        try:
            call()
        except Exception as error:
            if not isinstance(error, (HypothesisException, *self.refusals)):
                error.add_note(self._follower.last_lines())
            raise

    def _judge(self) -> None:
        __tracebackhide__ = True
        before = self._follower.configuration
        taken = self._follower.read(self._read())
        if self._follower.configuration is not before:
            self._offered = None
        self._pending += taken
        for each in taken:
            event(f"{each.before}, {each}")
        self._compare_state()

    def _read(self) -> bytes | None:
        given = self.eventlog()
        if given is None:
            return None
        try:
            return log_of(given).data
        except FileNotFoundError:
            return None

    def _compare_state(self) -> None:
        __tracebackhide__ = True
        reported, replayed = self.state(), self._follower.configuration.state
        if reported is None or reported == replayed:
            return
        known = [state.name for state in self._plan.specification.states]
        near = closest(str(reported), known)
        hint = f' (which is no state; did you mean "{near}"?)' if near != reported else ""
        self._follower.fail(
            "state", f"the system reports {reported!r}{hint}, and its log comes to {replayed}"
        )

    def _finish(self) -> None:
        __tracebackhide__ = True
        self._need_a_log()
        if type(self).wind_down is not EventlogMachine.wind_down:
            self._calling(self.wind_down)
            self._judge()
            self._tell_taken(", wound down")
            # A system that was never given anything to do has nothing to end.
            if self._follower.data and not self._follower.is_over:
                self._follower.fail("end", "the system was wound down, and its log has not ended")
        if self._follower.data:
            self._plan.assertions.check_eventlog(self._follower.data)

    def _need_a_log(self) -> None:
        """Fail where nothing at all was logged: a run that holds nothing to nothing is none."""
        __tracebackhide__ = True
        if self._follower.configuration != self._plan.machine.initial:
            return
        if self._asked:
            self._follower.fail(
                "empty",
                f"{self._asked}() was called, and nothing is in the log: {self.eventlog()!r}",
            )
        if self._idle and not self._plan.beginners:
            raise InvalidArgument(
                f"{type(self).__name__} has no stimulus that can begin a log, and its system did "
                "not begin one by itself"
            )

    # What the model offers

    def _offers(self) -> frozenset[str]:
        if self._offered is None:
            self._offered = self._plan.offers(self._follower.configuration)
        return self._offered

    def _is_offered(self, name: str) -> bool:
        offers = self._offers()
        return name in offers or not offers

    def _contexts(self, name: str) -> SearchStrategy[Context]:
        if name not in self._offers():
            return st.none()
        return self._plan.admitted(name, self._follower.configuration)

    # What Hypothesis prints

    def _was_not_judged(self) -> bool:
        """Whether the step that ended was none of ours; asked once after each step.

        A stimulus judges by itself, so that its line in a falsifying example is the last.
        """
        judged, self._is_judged = self._is_judged, False
        return not judged

    def _tell_taken(self, when: str = "") -> None:
        """Note what came into the log by the step before; Hypothesis prints a step at its end."""
        if self._pending:
            note(f"    # log{when}: {', '.join(map(str, self._pending))}")
            self._pending = []


def _times(declared: Stimulus, among: Mapping[str, Stimulus]) -> int:
    """How many rules stand for a stimulus.

    What lets the system go on by itself is called half as often as all else together, for few
    runs would come far otherwise.
    """
    provoking = sum(other.event is not None for other in among.values())
    return 1 if declared.event is not None else provoking // 2 // (len(among) - provoking)


def _made(
    make: Any, name: str, declared: Stimulus, step: Callable[..., None]
) -> Callable[..., None]:
    """A step as what Hypothesis makes of it, with the context drawn where it is wanted."""
    drawn = {}
    if declared.event is not None and declared.takes_context:
        drawn[CONTEXT] = st.runner().flatmap(lambda machine: machine._contexts(name))
    made: Callable[..., None] = make(**drawn)(step)
    return made


def _step(name: str, declared: Stimulus) -> Callable[..., None]:
    @wraps(declared.function, updated=())
    def step(self: EventlogMachine, **arguments: Any) -> None:
        __tracebackhide__ = True
        self._act(name, declared, arguments)

    return step


def _as_rule(name: str, declared: Stimulus, *, again: bool = False) -> Callable[..., None]:
    offered = precondition(lambda self: self._is_offered(name))
    step = _step(name, declared)
    if declared.event is None:
        step.__name__ = _Name(step.__name__)
    made = _made(rule, name, declared, offered(step))
    if not again:
        mark(made, declared)
    return made


def _as_beginning(name: str, declared: Stimulus) -> Callable[..., None]:
    return _made(initialize, name, declared, _step(name, declared))
