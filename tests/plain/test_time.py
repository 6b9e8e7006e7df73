"""Policies that ask for times are judged as a second, plain reading judges them.

Times are decimal numbers, exactly as a line has them: many differ by less than a float can tell.
"""

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from fractions import Fraction
from functools import partial
from typing import Any

import pytest
from hypothesis import strategies as st

from flux_conform.checking.fast import FastPath
from flux_conform.checking.incremental import LiveLog
from flux_conform.checking.judge import Options, judge
from flux_conform.checking.judges import Judge
from flux_conform.machine.step import Machine as Judged
from plain.drawn import LARGE, Parts, Writer, machines
from plain.expressions import UNITS, Expression
from plain.machine import Machine, Rule, initial, step
from plain.machines_at_random import at_random
from plain.runs import letters
from plain.writing import text
from prove.machines import loaded

LENGTHS = ((500, "ms"), (1, "s"), (2, "s"), (1, "min"))
TINY = "0.00000000000000000001"
"""Far less than a float of today's time can tell apart."""

BROKEN = ("0", "-1", '"1"', "null", "[]")

Lie = Callable[[str], str]

Logged = tuple[str, dict[str, Any] | None, str | None]
"""A name, a context, and the text of the timestamp; None is none at all."""


@st.composite
def timed_machines(draw: st.DrawFn) -> Machine:
    """A machine with policies beside its rules, at least one of which asks for times."""
    machine = draw(machines())
    names = tuple(name for name in machine.events if name != "unlisted")
    parts = Parts(
        names, machine.states, machine.virtual, machine.variables, draw(st.sampled_from(LARGE))
    )
    policies = []
    for number in range(draw(st.integers(1, 3))):
        on = draw(st.sampled_from([*names, "unlisted", "any"]))
        require = timed(draw, parts, depth=2)
        policies.append(Rule(f"policy/{'abc'[number]}", "policy", (on,), require))
    return replace(machine, rules=(*machine.rules, *policies))


def timed(draw: st.DrawFn, parts: Parts, depth: int) -> Expression:
    """A condition that asks for times."""
    if depth and draw(st.integers(0, 2)) == 0:
        operator = draw(st.sampled_from(["and", "or", "implies", "not"]))
        if operator == "not":
            return ("not", timed(draw, parts, depth - 1))
        other = Writer(draw, parts).condition(1)
        sides = [timed(draw, parts, depth - 1), other]
        return (operator, *draw(st.permutations(sides)))
    event, other = (draw(st.sampled_from([*parts.events, "unlisted"])) for _ in range(2))
    length: Expression = ("duration", *draw(st.sampled_from(LENGTHS)))
    sign = draw(st.sampled_from(["<", "<=", ">", ">=", "==", "!="]))
    ago = draw(
        st.sampled_from(
            [
                ("since", event),
                ("since", event),
                ("-", ("time",), ("first of", event)),
                ("-", ("last of", other), ("first of", event)),
            ]
        )
    )
    return draw(
        st.sampled_from(
            [
                (sign, ago, length),
                (sign, ago, length),
                ("implies", ("has", ("since", event)), (sign, ("since", event), length)),
                (sign, ("+", ago, length), ("duration", 2, "s")),
                (sign, ("time",), ("+", ("last of", event), length)),
                ("has", ("last of", event)),
            ]
        )
    )


@st.composite
def timed_logs(draw: st.DrawFn) -> tuple[Machine, list[Logged]]:
    """A machine with a log, in whose times some durations pass exactly, nearly, or backwards."""
    machine = draw(timed_machines())
    alphabet = letters(machine)
    now = Fraction("1700000000.1")
    events: list[Logged] = []
    for name, context, _ in draw(st.lists(st.sampled_from(alphabet), max_size=10)):
        amount, unit = draw(st.sampled_from(LENGTHS))
        passed = amount * Fraction(UNITS[unit])
        passed *= draw(st.sampled_from([1, 1, 0, Fraction(1, 2), -1]))
        now += passed + Fraction(draw(st.sampled_from(["0", "0", TINY, f"-{TINY}"])))
        stamp: str | None = decimal(now)
        fate = draw(st.integers(0, 19))
        if fate == 0:
            stamp = draw(st.sampled_from([None, *BROKEN]))
        elif fate == 1:
            stamp = f"{decimal(now * 1000)}E-3"
        events.append((name, context or None, stamp))
    return machine, events


def decimal(number: Fraction) -> str:
    """An exact decimal number."""
    whole, rest = divmod(number * 10**22, 10**22)
    return f"{whole}.{int(rest):022d}".rstrip("0").rstrip(".")


def line(name: str, context: dict[str, Any] | None, stamp: str | None) -> str:
    """An event as a line; every other one begins with its name."""
    parts = [] if stamp is None else [f'"timestamp":{stamp}']
    parts.insert(len(name) % 2, f'"name":{json.dumps(name)}')
    parts += [] if context is None else [f'"context":{json.dumps(context)}']
    return f"{{{','.join(parts)}}}\n"


def of_lines(log: list[Logged]) -> Iterator[tuple[int, str]]:
    """What is wrong with the lines themselves: all times, and their order as floats tell it."""
    latest = 0.0
    for number, (_, _, stamp) in enumerate(log, 1):
        if stamp is None or stamp in BROKEN:
            yield number, "timestamp"
            continue
        if float(stamp) < latest:
            yield number, "time-order"
        latest = float(stamp)


def agree(drawn: tuple[Machine, list[Logged]], lie: Lie = str) -> None:
    """The findings, the verdict and the strict verdict, in a whole log and in a growing one.

    With a lie, the machine that judges reads another text.
    """
    machine, log = drawn
    place, expected = initial(machine), Counter(of_lines(log))
    for number, (name, context, stamp) in enumerate(log, 1):
        time = None if stamp is None or stamp in BROKEN else Fraction(stamp)
        did = step(machine, place, name, context, time)
        expected.update((number, rule) for rule in did.breaks)
        place = did.after
    data = "".join(line(*event) for event in log).encode()
    judged = Judged(loaded(lie(text(machine))))
    found = judge(judged, data, Options(notes=True))
    if not log:
        return
    assert Counter((each.line, each.rule.split("/", 1)[1]) for each in found.findings) == expected
    of_line = {"timestamp": "MUST", "time-order": "note"}
    levels = {of_line.get(rule) or machine.level(rule) for _, rule in expected}
    goes_on = machine.final is not None and place.state not in (machine.final, machine.removed)
    sound = "incomplete" if goes_on else "conforms"
    assert found.verdict == ("violates" if "MUST" in levels else sound)
    strict = judge(judged, data, Options(strict=True))
    assert strict.verdict == ("violates" if levels - {"note"} else sound)
    live = LiveLog(judged, Options(notes=True))
    told = [each for text_ in data.splitlines() for each in live.read(text_)]
    assert Counter((each.line, each.rule.split("/", 1)[1]) for each in told) == expected
    careful = judge(judged, data)
    fast = FastPath(judged).judge(data)
    assert fast in (None, careful)
    assert Judge(judged.specification).judge_batch([data])[0] == careful


@pytest.mark.slow
def test_times_are_judged_as_the_plain_reading_judges_them() -> None:
    at_random(timed_logs(), 80)(agree)


@pytest.mark.slow
@pytest.mark.parametrize(
    "lie",
    [
        lambda text_: re.sub("<(?!=)", "<=", text_),
        lambda text_: re.sub(">=", ">", text_),
        lambda text_: re.sub(r"last\(", "first(", text_),
        lambda text_: re.sub(" min", " s", text_),
    ],
    ids=["at most, not less", "more, not at least", "the first time", "another unit"],
)
def test_a_judge_that_reads_times_otherwise_is_found_out(lie: Lie) -> None:
    with pytest.raises(AssertionError):
        at_random(timed_logs(), 200)(partial(agree, lie=lie))


@pytest.mark.slow
def test_times_are_judged_so_in_many_logs() -> None:
    at_random(timed_logs(), 300, seeded=2)(agree)
