"""A finding about a lane names the lane, its key and its state, and where the event is defined."""

import json
from pathlib import Path

import pytest

from flux_conform.checking.judge import Options, judge
from flux_conform.checking.window import judge_window
from flux_conform.machine.step import Machine
from toys import load_toy

FOLDER = Path(__file__).parents[1]


def machine_and_log(name: str, *events: tuple[str, dict[str, object]]) -> tuple[Machine, bytes]:
    """The machine of a toy, and a log of these events."""
    lines = (
        json.dumps({"timestamp": 1700000000.0 + place, "name": event, "context": context})
        for place, (event, context) in enumerate(events)
    )
    log = "".join(f"{line}\n" for line in lines).encode()
    return Machine(load_toy((FOLDER / f"{name}.yaml").read_text(encoding="utf-8"))), log


def findings(name: str, *events: tuple[str, dict[str, object]]) -> list[tuple[int, str, str]]:
    """The lines at fault of a log of these events, with message and repair."""
    found = judge(*machine_and_log(name, *events)).findings
    return [(each.line, each.message, each.repair) for each in found]


HEADER = ("header", {"version": 1, "named": True})
OUT, ERR = {"stream": "stdout", "rank": "0"}, {"stream": "stderr", "rank": "0"}


def test_the_same_key_again_is_refused_and_another_key_is_not() -> None:
    assert findings("streams", HEADER, ("redirect", OUT), ("redirect", ERR)) == []
    assert findings("streams", HEADER, ("redirect", OUT), ("data", ERR), ("data", OUT)) == [
        (
            4,
            '"data" is not defined while stream["stdout", "0"] is MOVED',
            'remove this line, or log it while stream["stdout", "0"] is OPEN or EOF',
        )
    ]


def test_a_row_that_refuses_stands_before_one_that_would_allow() -> None:
    """The first row that matches counts."""
    text = (FOLDER / "streams.yaml").read_text(encoding="utf-8")
    row = "  - {on: data, lane: stream, when: .eof == true, from: OPEN, to: EOF}\n"
    refusing = "  - {on: data, lane: stream, when: .eof == true, from: EOF, undefined: true}\n"
    assert row in text
    machine = Machine(load_toy(text.replace(row, row + refusing)))
    _, log = machine_and_log("streams", HEADER, ("data", {**OUT, "eof": True}), ("data", OUT))
    _, again = machine_and_log("streams", HEADER, *[("data", {**OUT, "eof": True})] * 2)
    assert "rfc24/states/undefined" not in {each.rule for each in judge(machine, log).findings}
    assert "rfc24/states/undefined" in {each.rule for each in judge(machine, again).findings}


def test_of_a_set_the_members_are_named_that_have_no_row() -> None:
    some, all_ = {"idset": "0-1"}, {"idset": "0-3", "overwrite": False}
    assert findings("ranks", ("online", some), ("drain", all_)) == [
        (
            2,
            '"drain" is not defined while rank[2, 3] is OFFLINE',
            "leave rank[2, 3] out, or log it while rank[2, 3] is ONLINE or DRAINED",
        )
    ]


def test_a_guard_that_would_allow_the_event_is_told() -> None:
    one = {"idset": "0", "overwrite": False}
    ((line, message, repair),) = findings(
        "ranks", ("online", {"idset": "0"}), ("drain", one), ("drain", one)
    )
    assert (line, message) == (3, '"drain" is not defined while rank[0] is DRAINED')
    assert repair == "leave rank[0] out, or write it so that .overwrite"


@pytest.mark.parametrize(
    ("name", "events", "refused"),
    [
        ("ranks", [("undrain", {"idset": "0"}), ("undrain", {"idset": "0-1"})], 2),
        ("streams", [("redirect", OUT), ("data", ERR), ("redirect", OUT)], 3),
    ],
)
def test_a_window_says_which_lane_refuses_an_event_for_sure(
    name: str, events: list[tuple[str, dict[str, object]]], refused: int
) -> None:
    """Its state is known from the events of the window, and what came before may be anything."""
    found = judge_window(*machine_and_log(name, *events), Options()).findings
    lane = {"ranks": "rank", "streams": "stream"}[name]
    assert [(each.line, each.message) for each in found] == [
        (refused, f'"{events[-1][0]}" is not defined in the state of its {lane}')
    ]
    assert found[0].repair.startswith(f"log what leads to a state of the {lane} where it is")
