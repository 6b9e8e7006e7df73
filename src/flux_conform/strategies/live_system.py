"""Drives a live system with Hypothesis and checks its eventlog against the model after each step.

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

A failure shows the findings as `flux-conform check` prints them, with a short run that causes them.
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
from flux_conform.strategies.follower import Follower, NewEvent
from flux_conform.strategies.stimuli import (
    CONTEXT,
    Stimulus,
    StimulusPlan,
    mark,
    stimuli_of,
    stimulus,
)
from flux_conform.strategies.type_values import Context

__all__ = ["EventlogMachine", "stimulus"]


_DUPLICATE = "_again_"
"""Prefix of the names of duplicate rules, which add weight: Hypothesis draws evenly from rules."""


class _UniqueName(str):
    """A rule name that is equal only to itself, for rules that share a name.

    Hypothesis disables some rules in each run, by name. With unequal names each duplicate is
    disabled on its own, and few runs lose all of them.
    """

    __slots__ = ()
    __hash__ = object.__hash__

    def __eq__(self, other: object) -> bool:
        return self is other


class EventlogMachine(RuleBasedStateMachine):
    """A Hypothesis state machine, made from a specification, that drives a live system.

    A subclass creates the system (`begin`), returns its log (`eventlog`), and declares methods that
    provoke events (`stimulus`). The model decides, from the log so far, which events are allowed
    next and with which contexts. After each step the log must only have grown, must not violate,
    and must end in the state that the system reports, if it reports one (`state`).

    `model` is a specification, or its name or file; `strict` lets findings of the levels SHOULD and
    implied violate; `allow` names known deviations, or files of them; `refusals` are the exceptions
    with which the system refuses a request, which is no failure. A mistake in a subclass raises
    InvalidArgument when the class is defined.
    """

    model: ClassVar[str | Specification] = "job"
    strict: ClassVar[bool] = False
    allow: ClassVar[Sequence[str]] = ()
    refusals: ClassVar[tuple[type[Exception], ...]] = ()

    _plan: ClassVar[StimulusPlan]
    _first: ClassVar[Callable[..., None] | None] = None

    def begin(self) -> None:
        """Create a new system; called at the beginning of each run."""

    def eventlog(self) -> Given | None:
        """Return the log of the system so far, as `flux_conform.logs.given.log_of` accepts it.

        Return None, or the path of a missing file, if there is no log: before the first event, or
        after the log is removed. A subclass must override this method.
        """
        raise InvalidArgument(f"{type(self).__name__} does not say where its eventlog is")

    def state(self) -> str | None:
        """Return the state that the system itself reports; None if it reports none."""
        return None

    def wind_down(self) -> None:
        """Bring the system to its end, from any point at which a run has stopped.

        If a subclass overrides this method, the log must have ended afterwards: in the final state,
        or by its removal.
        """

    def end(self) -> None:
        """Dispose of the system; called at the end of each run, also of a failed one."""

    def __init_subclass__(cls, **keywords: Any) -> None:
        super().__init_subclass__(**keywords)
        if cls.teardown is not EventlogMachine.teardown:
            raise InvalidArgument(f"{cls.__name__} overrides teardown; override end instead")
        stimuli = dict(stimuli_of(cls))
        cls._plan = StimulusPlan(cls.model, stimuli, strict=cls.strict, allow=cls.allow)
        for name in [name for name in dir(cls) if name.startswith(_DUPLICATE)]:
            setattr(cls, name, None)  # duplicates of a base class: the weights may differ here
        for name, declared in stimuli.items():
            setattr(cls, name, _as_rule(name, declared))
            for number in range(1, _times(declared, stimuli)):
                setattr(
                    cls, f"{_DUPLICATE}{name}_{number}", _as_rule(name, declared, duplicate=True)
                )
        # If only one stimulus can begin a log, every run begins with it.
        beginners = cls._plan.beginners
        first = next(iter(beginners)) if len(beginners) == 1 else None
        cls._first = _as_initialize(first, stimuli[first]) if first is not None else None
        # To explain a failure Hypothesis compares the lines of code that ran. That is slow here,
        # and the lines that differ are only those that report the failure.
        inherited = cls.TestCase.settings
        phases = [phase for phase in inherited.phases if phase is not Phase.explain]
        cls.TestCase.settings = settings(inherited, phases=phases)

    def __init__(self) -> None:
        super().__init__()
        self._is_judged = True
        self._new_events: list[NewEvent] = []
        self._handled = sys.exc_info()[1]
        self._follower = Follower(self._plan.machine, self._plan.options, self._plan.formatter)
        self._offered: frozenset[str] | None = None
        self._requested = ""
        """The first stimulus with an event that the system did not refuse."""
        self._idle = False
        """Whether a step found no stimulus allowed."""
        self.begin()
        try:
            self._judge()
        except BaseException:
            self.end()  # Hypothesis does not have the machine yet, so it does not tear it down
            raise

    @invariant()
    @precondition(lambda self: self._was_not_judged())
    def log_conforms(self) -> None:
        """Check the log against the model after a rule that is no stimulus."""
        self._judge()

    def teardown(self) -> None:
        """End the run: wind down if nothing failed, and dispose of the system."""
        __tracebackhide__ = True
        # Hypothesis calls this method after a failure too.
        failed = sys.exc_info()[1] is not self._handled
        self._new_events = []
        try:
            if not failed:
                self._finish()
        finally:
            self.end()

    # A step

    def _act(self, name: str, declared: Stimulus, arguments: dict[str, Any]) -> None:
        __tracebackhide__ = True
        self._note_new_events()
        # If no stimulus is allowed, all are enabled, because Hypothesis needs an enabled rule; they
        # do nothing.
        if name not in self._offers():
            self._idle = True
            return
        with suppress(*self.refusals):
            self._calling(lambda: declared.function(self, **arguments))
            if declared.event is not None:
                self._requested = self._requested or name
        self._judge()
        self._is_judged = True

    def _calling(self, call: Callable[[], None]) -> None:
        """Call the system; an exception that it raises gets the last lines of the log as a note."""
        __tracebackhide__ = True
        try:
            call()
        except Exception as error:
            if not isinstance(error, (HypothesisException, *self.refusals)):
                error.add_note(self._follower.last_lines())
            raise

    def _judge(self) -> None:
        """Check the new lines of the log, and compare its state with the system's."""
        __tracebackhide__ = True
        before = self._follower.configuration
        new = self._follower.read(self._read())
        if self._follower.configuration is not before:
            self._offered = None
        self._new_events += new
        for each in new:
            event(f"{each.before}, {each}")  # for the statistics of Hypothesis
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
        self._require_a_log()
        if type(self).wind_down is not EventlogMachine.wind_down:
            self._calling(self.wind_down)
            self._judge()
            self._note_new_events(", wound down")
            # A system that was never asked to do anything has no log that could end.
            if self._follower.data and not self._follower.is_over:
                self._follower.fail("end", "the system was wound down, and its log has not ended")
        if self._follower.data:
            self._plan.assertions.check_eventlog(self._follower.data)

    def _require_a_log(self) -> None:
        """Fail if nothing was logged: a run without a log would pass without testing anything."""
        __tracebackhide__ = True
        if self._follower.configuration != self._plan.machine.initial:
            return
        if self._requested:
            self._follower.fail(
                "empty",
                f"{self._requested}() was called, and nothing is in the log: {self.eventlog()!r}",
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
        """Whether the last step has not checked the log; Hypothesis asks once after each step.

        A stimulus checks the log itself, so that it is the last line of a falsifying example.
        """
        judged, self._is_judged = self._is_judged, False
        return not judged

    def _note_new_events(self, when: str = "") -> None:
        """Note the events that the step before logged: Hypothesis prints a step when it ends."""
        if self._new_events:
            note(f"    # log{when}: {', '.join(map(str, self._new_events))}")
            self._new_events = []


def _times(declared: Stimulus, among: Mapping[str, Stimulus]) -> int:
    """Return the number of rules for a stimulus, which is its weight.

    Stimuli without an event let the system proceed by itself. Together they get half the weight of
    all others, because otherwise few runs would get far.
    """
    provoking = sum(other.event is not None for other in among.values())
    return 1 if declared.event is not None else provoking // 2 // (len(among) - provoking)


def _as_hypothesis(
    make: Any, name: str, declared: Stimulus, step: Callable[..., None]
) -> Callable[..., None]:
    """Turn a step into a Hypothesis rule, which draws the context if the method has one."""
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


def _as_rule(name: str, declared: Stimulus, *, duplicate: bool = False) -> Callable[..., None]:
    offered = precondition(lambda self: self._is_offered(name))
    step = _step(name, declared)
    if declared.event is None:
        step.__name__ = _UniqueName(step.__name__)
    made = _as_hypothesis(rule, name, declared, offered(step))
    if not duplicate:
        mark(made, declared)
    return made


def _as_initialize(name: str, declared: Stimulus) -> Callable[..., None]:
    return _as_hypothesis(initialize, name, declared, _step(name, declared))
