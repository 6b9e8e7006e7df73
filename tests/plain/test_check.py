"""Logs of small random machines are judged as a second, plain reading judges them."""

from collections import Counter
from typing import Any

import pytest
from hypothesis import strategies as st

from flux_conform.checking.judge import Options, judge
from flux_conform.machine.step import Machine as Judged
from plain.drawn import machines
from plain.machine import Machine, initial, step
from plain.machines_at_random import at_random
from plain.runs import letters
from plain.writing import log_text, text
from prove.machines import loaded

WRONG = [True, False, 0, 1, 1.0, 2, -1, 10**20, "a", "z", None, [], {}]
"""Values that keys may have, whatever their types."""

Log = list[tuple[str, dict[str, Any] | None]]


@st.composite
def judged_logs(draw: st.DrawFn) -> tuple[Machine, Log]:
    """A machine with a log; some contexts lack a key, or bear a value that may be of a wrong type."""
    machine = draw(machines())
    alphabet = letters(machine)
    events: Log = []
    for name, context, _ in draw(st.lists(st.sampled_from(alphabet), max_size=10)):
        own = dict(context or {})
        for key in machine.events[machine.entry(name)].keys:
            fate = draw(st.integers(0, 11))
            if fate == 0:
                own.pop(key, None)
            elif fate == 1:
                own[key] = draw(st.sampled_from(WRONG))
        if draw(st.integers(0, 9)) == 0:
            own["further"] = 1
        # Without any key a context may as well be absent.
        events.append((name, own if own or draw(st.integers(0, 3)) == 0 else None))
    return machine, events


def agree(drawn: tuple[Machine, Log]) -> None:
    """The findings with their lines, the state at the end, and the verdict are the same."""
    machine, log = drawn
    place, expected = initial(machine), Counter[tuple[int | None, str]]()
    for number, (name, context) in enumerate(log, 1):
        did = step(machine, place, name, context)
        expected.update((number, rule) for rule in did.breaks)
        place = did.after
    found = judge(Judged(loaded(text(machine))), log_text(log), Options(notes=True))
    if not log:
        assert {each.rule for each in found.findings} == {"rfc18/not-empty"}
        return
    assert Counter((each.line, each.rule.split("/", 1)[1]) for each in found.findings) == expected
    assert found.state == place.state
    violates = any(machine.level(rule) == "MUST" for _, rule in expected)
    goes_on = machine.final is not None and place.state not in (machine.final, machine.removed)
    assert found.verdict == ("violates" if violates else "incomplete" if goes_on else "conforms")


@pytest.mark.slow
def test_check_finds_what_the_plain_reading_finds() -> None:
    at_random(judged_logs(), 100)(agree)


@pytest.mark.slow
@pytest.mark.parametrize("seeded", range(2, 6))
def test_check_finds_what_the_plain_reading_finds_in_many_logs(seeded: int) -> None:
    at_random(judged_logs(), 300, seeded=seeded)(agree)
