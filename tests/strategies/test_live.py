"""A live system is driven along the model, and whatever is wrong with it is found and told."""

import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.errors import InvalidArgument
from hypothesis.stateful import rule, run_state_machine_as_test

from flux_conform.checking.finding import VIOLATES
from flux_conform.checking.findings_text import FindingFormatter
from flux_conform.checking.judge import Options, judge
from flux_conform.language import load
from flux_conform.logs.eventlog import read_entries
from flux_conform.machine.step import Machine
from flux_conform.strategies.allowed_contexts import AllowedContexts
from flux_conform.strategies.follower import Follower
from flux_conform.strategies.live_system import EventlogMachine, stimulus
from flux_conform.testing import EventlogError
from toys import TURNSTILE

EXAMPLES = Path(__file__).parents[2] / "examples"


def drive(machine: type[EventlogMachine], runs: int = 100, steps: int = 30) -> None:
    """Run a machine, with no health check suppressed."""
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=runs,
            stateful_step_count=steps,
            derandomize=True,
            database=None,
            deadline=None,
            suppress_health_check=(),
            phases=(Phase.generate, Phase.shrink),
        ),
    )


def failure(machine: type[EventlogMachine]) -> tuple[EventlogError, str]:
    """The error that a machine finds, and the run that shows it as Hypothesis prints it."""
    with pytest.raises(EventlogError) as caught:
        drive(machine)
    return caught.value, "\n".join(caught.value.__notes__)


# The simulator


@pytest.fixture(scope="module")
def simulated() -> Iterator[type[EventlogMachine]]:
    """The machine of the example, which is imported as its users import it."""
    folder = str(EXAMPLES / "simulator")
    sys.path.insert(0, folder)
    try:
        from test_simulator import ManagerMachine  # type: ignore[import-not-found]

        yield ManagerMachine
    finally:
        sys.path.remove(folder)
        for name in ("simulator", "test_simulator"):
            sys.modules.pop(name, None)


def test_a_sound_system_passes_and_comes_far(simulated: type[EventlogMachine]) -> None:
    """Without a fault nothing is found, though runs come to the end."""
    taken = set()

    class Watched(simulated):  # type: ignore[misc, valid-type]
        def end(self) -> None:
            machine = self._plan.machine
            before = machine.initial
            for entry in read_entries(self._follower.data):
                assert entry.event is not None
                after = machine.step(before, entry.event.name, entry.event.context).after
                taken.add((before.state, after.state))
                before = after

    drive(Watched, runs=40, steps=40)
    assert {
        ("SCHED", "RUN"),
        ("RUN", "CLEANUP"),
        ("CLEANUP", "INACTIVE"),
    } <= taken


@pytest.mark.parametrize(
    ("fault", "stimuli", "told", "events"),
    [
        (
            "early-free",
            "end_prolog exit",
            'MUST[rfc21/epilog-start/blocks-free]: still running: "wipe"',
            14,
        ),
        (
            "held-alloc",
            "set_urgency",
            "MUST[rfc30/urgency/held]: the job is held, its urgency is 0",
            7,
        ),
        ("late-memo", "cancel write_memo", "MUST[rfc21/inactive/captive]: ", 7),
        ("requeue", "update", "the system reports 'PRIORITY', and its log comes to RUN", 7),
        ("lost-cancel", "cancel", "the system was wound down, and its log has not ended", 5),
    ],
)
def test_a_planted_fault_is_found_and_shrunk(
    simulated: type[EventlogMachine], fault: str, stimuli: str, told: str, events: int
) -> None:
    """Each fault of the simulator is told as what it is, with a log of few events."""
    # With few stimuli it is found sooner; docs/live.md shows all of them at work.
    others = set(simulated._plan.stimuli) - {"submit", "tick", *stimuli.split()}
    left_out = dict.fromkeys(others)
    error, run = failure(type("Faulty", (simulated,), {"faults": (fault,), **left_out}))
    assert str(error).startswith(told)
    assert len(error.data.splitlines()) <= events
    assert run.count("state.submit(context=") == 1
    assert run.count("    # log: ") <= events


# A system of our own


class Turnstile:
    """A sound turnstile, and the ways in which it can be broken."""

    def __init__(self, fault: str = "") -> None:
        self.fault = fault
        self.state = "Locked"
        self.events: list[dict[str, Any]] = []

    def write(self, name: str, state: str, **context: Any) -> None:
        if self.fault == "rewrites" and self.events:
            self.events[0]["context"]["value"] += 1
        at = 1700000000 + len(self.events)
        self.events.append(
            {"timestamp": at, "name": name} | ({"context": context} if context else {})
        )
        self.state = state

    def coin(self, value: int) -> None:
        self.write("coin", "Unlocked", value=value)
        if self.fault == "lies":
            self.state = "Locked"

    def push(self) -> None:
        if self.state == "Locked" and self.fault != "opens":
            raise PermissionError
        if self.fault == "raises":
            raise ZeroDivisionError("nobody passes")
        self.write("push", "Locked")


class TurnstileMachine(EventlogMachine):
    model = str(TURNSTILE)
    refusals = (PermissionError,)
    fault = ""

    def begin(self) -> None:
        self.gate = Turnstile(self.fault)

    def eventlog(self) -> Any:
        return self.gate.events

    def state(self) -> str | None:
        return self.gate.state

    @stimulus("coin", visitor=None)
    def coin(self, context: dict[str, Any]) -> None:
        assert set(context) == {"value"}
        self.gate.coin(**context)

    @stimulus("push", anytime=True)
    def push(self) -> None:
        self.gate.push()


def test_a_system_may_refuse_what_comes_at_a_wrong_time() -> None:
    """A stimulus that may come at any time finds a system that lets it through, and no other."""
    drive(TurnstileMachine, runs=10)
    error, run = failure(type("Open", (TurnstileMachine,), {"fault": "opens"}))
    assert error.finding is not None
    assert error.finding.rule == "rfc9999/states/undefined"
    assert run.count("state.push") == len(error.data.splitlines()) - 1 == 2


def test_a_rewritten_log_is_told_with_its_line() -> None:
    """A log that is not its older self, carried on, breaks the rule of logs that only grow."""
    error, _ = failure(type("Rewriting", (TurnstileMachine,), {"fault": "rewrites"}))
    assert error.finding is not None
    assert (error.finding.rule, error.finding.line) == ("rfc18/append-only", 1)


def test_a_state_that_the_log_does_not_give_is_told() -> None:
    """What the system reports and what its log replays to are both named, with the log's end."""
    error, run = failure(type("Lying", (TurnstileMachine,), {"fault": "lies"}))
    first, *rest = str(error).splitlines()
    assert first == "the system reports 'Locked', and its log comes to Unlocked"
    assert rest[0] == "the log comes to Unlocked:"
    assert '1 | {"timestamp":1700000000,"name":"coin"' in rest[1]
    assert run.count("state.coin") == 1


def test_an_error_of_the_system_bears_the_end_of_its_log() -> None:
    """Where the system fails by itself, its own error comes through, and a note tells the log."""
    with pytest.raises(ZeroDivisionError, match="nobody passes") as caught:
        drive(type("Raising", (TurnstileMachine,), {"fault": "raises"}))
    notes = "\n".join(caught.value.__notes__)
    assert "the log comes to Unlocked:" in notes
    assert (notes.count("state.coin"), notes.count("state.push")) == (1, 1)


def test_rules_of_the_users_own_are_held_to_the_model_too() -> None:
    """What a plain rule of Hypothesis does to the log is judged after it."""

    class Meddling(TurnstileMachine):
        @rule()
        def meddle(self) -> None:
            self.gate.write("push", "Locked")

    error, run = failure(Meddling)
    assert error.finding is not None
    assert error.finding.rule == "rfc9999/states/undefined"
    assert run.count("state.meddle") >= 1


def test_a_system_that_is_wrong_from_the_beginning_is_put_away_too() -> None:
    """As often as a system is made, it is put away."""
    made: list[str] = []

    class Born(TurnstileMachine):
        def begin(self) -> None:
            super().begin()
            self.gate.write("push", "Locked")
            made.append("begin")

        def end(self) -> None:
            made.append("end")

    failure(Born)
    assert made == ["begin", "end"] * (len(made) // 2)


def test_a_stricter_model_of_a_base_is_asked_in_its_subclass() -> None:
    """Stimuli are made anew for each class: a subclass that is strict sees what its base allows."""
    loose = type("Loose", (TurnstileMachine,), {"coin": _cheap})
    drive(loose, runs=5)
    error, _ = failure(type("Strict", (loose,), {"strict": True}))
    assert error.finding is not None
    assert error.finding.level == "SHOULD"


@stimulus("coin", anytime=True, value=st.integers(1, 4))
def _cheap(self: TurnstileMachine, context: dict[str, Any]) -> None:
    with suppress(PermissionError):
        self.gate.coin(context["value"])


# What is declared wrongly


def declared(*arguments: Any, **keys: Any) -> Any:
    """A class with one stimulus so declared."""

    def method(self: EventlogMachine, context: Any) -> None:
        raise AssertionError("never called")

    return type("Declared", (EventlogMachine,), {"method": stimulus(*arguments, **keys)(method)})


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (lambda: declared("cancel"), "unknown event 'cancel'; known are submit, "),
        (lambda: declared("urgncy"), "did you mean 'urgency'"),
        (lambda: declared("urgency", urgensy=0), "did you mean 'urgency'"),
        (lambda: declared("urgency", urgency=32), "integer 0..31"),
        (lambda: declared("start", ranks="0"), "no context"),
        (lambda: declared("debug.*"), "family"),
        (lambda: declared(status=0), "no event"),
        (lambda: declared(), "no arguments"),
        (lambda: declared(len), "brackets"),
        (lambda: type("M", (EventlogMachine,), {"model": "jb"}), "jb"),
        (lambda: type("M", (EventlogMachine,), {"model": "job@1999"}), "1999"),
        (lambda: type("M", (EventlogMachine,), {"allow": "flux-core"}), "('flux-core',)"),
        (lambda: type("M", (EventlogMachine,), {"allow": ("flux-cor",)}), "flux-core"),
        (lambda: type("M", (EventlogMachine,), {"teardown": lambda self: None}), "override end"),
    ],
)
def test_a_wrong_declaration_is_told_when_the_class_is_made(make: Any, told: str) -> None:
    """Unknown names, keys and values are told before anything runs, with what may be meant."""
    with pytest.raises(InvalidArgument) as caught:
        make()
    assert told in str(caught.value)


def test_a_machine_must_say_where_its_log_is() -> None:
    """Nothing passes because there is nothing to look at."""
    lost = type("Lost", (EventlogMachine,), {"tick": stimulus()(lambda self: None)})
    with pytest.raises(InvalidArgument, match="Lost does not say where its eventlog is"):
        drive(lost, runs=1)


# What the model offers, and how a log is followed


def test_a_context_is_one_that_the_log_so_far_allows() -> None:
    """A dependency that is removed is an outstanding one, and a status is what its cause gives."""
    machine = Machine(load("job"))
    after = {"": machine.initial}

    def go(name: str, context: Any = None) -> None:
        after[""] = machine.step(after[""], name, context).after

    def fitting(event: str, **keys: Any) -> list[Any]:
        found = AllowedContexts(machine, event, keys)
        return found.choices(after[""], found.plain)

    go("submit", {"urgency": 16, "userid": 1, "flags": 0, "version": 1})
    assert fitting("dependency-remove") == []
    assert fitting("exception", severity=0) == []
    go("dependency-add", {"description": "a"})
    go("dependency-add", {"description": "b"})
    go("dependency-remove", {"description": "a"})
    assert fitting("dependency-remove") == [{"description": "b"}]
    go("validate")
    cancels = fitting("exception", type="cancel", severity=0)
    assert cancels
    assert not any("wait_status" in context for context in cancels)
    failed = {"type": "exec", "severity": 0, "note": "", "wait_status": 11}
    go("exception", failed)
    assert fitting("finish") == [{"status": 139}, {"status": 139 * 256}]


@pytest.mark.parametrize("folder", ["real", "broken"])
def test_a_log_that_grows_is_judged_as_the_whole_is(folder: str) -> None:
    """Read in pieces, with lines cut in two, a log fails where the judge of whole logs says so."""
    machine = Machine(load("job"))
    for path in sorted((EXAMPLES / folder).glob("*.eventlog")):
        data = path.read_bytes()
        follower = Follower(machine, Options(), FindingFormatter(machine))
        ends = [at + 1 for at, byte in enumerate(data) if byte == ord("\n")]
        for end in (*ends[:-1], len(data)):
            violates = judge(machine, data[:end]).verdict == VIOLATES
            if not violates:
                follower.read(data[:end])
                continue
            with pytest.raises(EventlogError):
                follower.read(data[:end])
            break
        else:
            assert follower.configuration.state == judge(machine, data).state


def test_a_log_may_be_away_where_the_model_removes_it_and_nowhere_else() -> None:
    """No log before the first event, or where the job can be found invalid; then it is a fault."""
    machine = Machine(load("job"))
    submit = b'{"timestamp":1,"name":"submit","context":{"urgency":16,"userid":1,"flags":0,"version":1}}\n'
    validate = b'{"timestamp":2,"name":"validate"}\n'
    follower = Follower(machine, Options(), FindingFormatter(machine))
    for data, state in ((None, "NEW"), (b"", "NEW"), (submit, "NEW"), (None, "REMOVED")):
        follower.read(data)
        assert follower.configuration.state == state
    assert follower.is_over
    follower = Follower(machine, Options(), FindingFormatter(machine))
    follower.read(submit + validate)
    with pytest.raises(EventlogError, match="it is gone"):
        follower.read(None)


def test_lines_that_come_one_at_a_time_are_judged_with_those_before_them() -> None:
    """A time that goes back is told where the model minds it; a line only begun may go again."""
    job = load("job")
    lines = (line._replace(level="MUST") for line in job.lines if line.check == "time-order")
    machine = Machine(job._replace(lines=tuple(lines)))
    submit = b'{"timestamp":5,"name":"submit","context":{"urgency":16,"userid":1,"flags":0,"version":1}}\n'
    for ended in (True, False):
        follower = Follower(machine, Options(), FindingFormatter(machine))
        follower.read(submit)
        data = submit + b'{"timestamp":4,"name":"validate"}' + b"\n" * ended
        with pytest.raises(EventlogError, match="rfc18/time-order"):
            follower.read(data)
    follower = Follower(machine, Options(), FindingFormatter(machine))
    follower.read(submit[:-1])
    follower.read(submit)
    assert follower.configuration.state == "NEW"
    follower = Follower(machine, Options(), FindingFormatter(machine))
    follower.read(submit[:-1])
    follower.read(None)
    assert follower.configuration == machine.initial


BRIEF = settings(max_examples=5, database=None, derandomize=True, phases=[Phase.generate])


class Silent(EventlogMachine):
    """A system that takes a job and logs nothing."""

    def eventlog(self):
        return []

    @stimulus("submit")
    def submit(self, context) -> None:
        pass


def test_a_system_that_logs_nothing_at_all_fails() -> None:
    """A run that holds nothing to the model must not pass for a sound one."""
    with pytest.raises(EventlogError, match=r"submit\(\) was called, and nothing is in the log"):
        run_state_machine_as_test(Silent, settings=BRIEF)


def test_stimuli_of_which_none_can_begin_a_log_are_told() -> None:
    class Late(EventlogMachine):
        def eventlog(self):
            return None

        @stimulus("validate")
        def validate(self) -> None:
            pass

    with pytest.raises(InvalidArgument, match="no stimulus that can begin a log"):
        run_state_machine_as_test(Late, settings=BRIEF)
