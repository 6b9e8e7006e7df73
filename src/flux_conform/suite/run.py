"""Runs vectors of a suite against a harness, in several processes of it if wanted."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import NamedTuple

from flux_conform.suite.compare import compare
from flux_conform.suite.folder import Questions, Suite, Vector
from flux_conform.suite.harness import Harness, HarnessFault, Limits, Stopped
from flux_conform.suite.known import KnownFailure
from flux_conform.suite.open_readings import fit
from flux_conform.suite.protocol import (
    Answer,
    Broken,
    Garbled,
    Hello,
    Skipped,
    hello_request,
    read_hello,
    read_reply,
    replay_request,
)
from flux_conform.suite.results import (
    ERRORED,
    FAILED,
    PASSED,
    SKIPPED,
    Result,
    SuiteRun,
    settled,
)

_PATIENCE = 20
"""Number of errors in a row after which a run gives up: each may take a whole time limit."""


class Plan(NamedTuple):
    """What is to be run: vectors of a suite, the command of the harness, and known failures.

    `options` are the options of the command line that choose the suite and demand readings;
    `readings` are those readings of open questions that are demanded.
    """

    suite: Suite
    vectors: tuple[Vector, ...]
    command: tuple[str, ...]
    hello: Hello
    limits: Limits = Limits()
    jobs: int = 1
    known: tuple[KnownFailure, ...] = ()
    options: tuple[str, ...] = ()
    readings: Mapping[str, str] = MappingProxyType({})


class Runner:
    """A run in progress. `so_far` gives its results at any time, whatever ends the run."""

    def __init__(self, plan: Plan, told: Callable[[Result], None] | None = None) -> None:
        self._plan = plan
        self._told = told
        self._questions = plan.suite.questions()
        self._waiting = deque(enumerate(plan.vectors))
        self._done: dict[int, Result] = {}
        self._strange: dict[str, None] = {}
        self._remarks: dict[str, None] = {}
        self._lock = threading.Lock()
        self._ending = threading.Event()
        self._given_up = ""
        self._failures: list[BaseException] = []
        self._began = time.monotonic()

    def run(self) -> SuiteRun:
        """Run all vectors. On Ctrl-C, end the harnesses before the interrupt is passed on."""
        count = max(1, min(self._plan.jobs, len(self._plan.vectors)))
        # A join that Ctrl-C interrupts takes its thread as ended, so each sets an event at its end.
        ends: list[threading.Event] = []
        try:
            for _ in range(count):
                end = threading.Event()
                threading.Thread(target=self._work, args=(end,), daemon=True).start()
                ends.append(end)
            for end in ends:
                end.wait()
        finally:
            self._ending.set()
            for end in ends:
                end.wait()
        if self._failures:
            raise self._failures[0]
        return self.so_far()

    def so_far(self) -> SuiteRun:
        """The run with the results so far."""
        with self._lock:
            plan = self._plan
            done = [self._done[number] for number in sorted(self._done)]
            results, reads = settled(done, self._questions, plan.readings, plan.known)
            return SuiteRun(
                plan.suite,
                plan.hello,
                plan.command,
                plan.options,
                results,
                len(plan.vectors),
                time.monotonic() - self._began,
                plan.known,
                tuple(self._strange),
                tuple(self._remarks),
                reads,
            )

    def _work(self, end: threading.Event) -> None:
        try:
            driver = _Driver(self._plan, self._questions, self._ending, self._strange)
            try:
                while not self._ending.is_set() and (item := self._next()) is not None:
                    number, vector = item
                    self._note(number, self._one(driver, vector))
            finally:
                ending = driver.stop(asked=not self._ending.is_set())
                if ending is not None:
                    self._remarks.setdefault(ending)
        except Stopped:
            pass
        except BaseException as error:
            # Raised again where the run was called for.
            self._failures.append(error)
            self._ending.set()
        finally:
            end.set()

    def _one(self, driver: _Driver, vector: Vector) -> Result:
        if self._given_up:
            return Result(vector, ERRORED, why=self._given_up)
        result = driver.result(vector)
        if driver.errors_in_a_row >= _PATIENCE:
            self._given_up = (
                f"not run: the harness broke down {_PATIENCE} times one after the other"
            )
        return result

    def _next(self) -> tuple[int, Vector] | None:
        with self._lock:
            return self._waiting.popleft() if self._waiting else None

    def _note(self, number: int, result: Result) -> None:
        result = result.excused(self._plan.known)
        with self._lock:
            self._done[number] = result
            if self._told is not None:
                self._told(result)


class _Driver:
    """The harness of one thread, restarted whenever it breaks down."""

    def __init__(
        self,
        plan: Plan,
        questions: Questions,
        ending: threading.Event,
        strange: dict[str, None],
    ) -> None:
        self._plan = plan
        self._questions = questions
        self._ending = ending
        self._strange = strange
        self._fields = plan.suite.job_fields
        self._harness: Harness | None = None
        self._reports: tuple[str, ...] = ()
        self._seq = 0
        self.errors_in_a_row = 0

    def result(self, vector: Vector) -> Result:
        """The result of a vector. Raises Stopped, and NoSuite if its log cannot be read."""
        self._seq += 1
        request = replay_request(self._seq, vector.read_log())
        began = time.monotonic()
        try:
            harness = self._ready()
            line = harness.ask(request, self._plan.limits.answer)
            reply = read_reply(line, self._seq, self._reports)
            harness.settle()
        except (HarnessFault, Garbled) as fault:
            errors = self._harness.errors if self._harness is not None else ""
            self._drop()
            self.errors_in_a_row += 1
            return Result(vector, ERRORED, (), str(fault), errors, time.monotonic() - began)
        except Stopped:
            self._drop()
            raise
        self.errors_in_a_row = 0
        whole = isinstance(reply, Answer) and reply.rejects_whole and bool(vector.states)
        result = self._judged(vector, reply)
        return result._replace(
            seconds=time.monotonic() - began, whole=whole and "states" in self._reports
        )

    def _judged(self, vector: Vector, reply: Answer | Skipped | Broken) -> Result:
        if isinstance(reply, Skipped):
            return Result(vector, SKIPPED, why=reply.why)
        if isinstance(reply, Broken):
            return Result(vector, ERRORED, why=f"the harness says: {reply.why}")
        # Nobody compares fields that the suite does not know, so they are reported.
        for field in reply.job or ():
            if field not in self._fields:
                self._strange.setdefault(field)
        if vector.contested:
            how = fit(self._questions, vector, reply, self._fields)
            return Result(vector, PASSED if how.fitting else FAILED, fit=how)
        differences = compare(vector, reply, self._fields)
        return Result(vector, FAILED if differences else PASSED, differences)

    def stop(self, *, asked: bool) -> str | None:
        """End the harness, politely if `asked`; return what is wrong with how it ended, or None."""
        if self._harness is None:
            return None
        harness, self._harness = self._harness, None
        if asked:
            return harness.stop(self._plan.limits.answer)
        harness.kill()
        return None

    def _ready(self) -> Harness:
        if self._harness is None:
            self._harness = Harness(self._plan.command, self._ending)
            line = self._harness.ask(
                hello_request(self._plan.suite.machine), self._plan.limits.ready
            )
            self._reports = read_hello(line).reports
        return self._harness

    def _drop(self) -> None:
        if self._harness is not None:
            self._harness.kill()
            self._harness = None
