"""Steps of a machine with lanes, against a dictionary of what each key has come to."""

import random
from pathlib import Path

import pytest

from flux_conform.language.lanes import set_of
from flux_conform.machine.step import Machine
from toys import load_toy

STREAMS = Path(__file__).parents[1] / "streams.yaml"
HEADER = {"version": 1, "named": True}
LANES = [(stream, rank) for stream in ("stdout", "stderr") for rank in ("0", "1")]


def plainly(lanes: dict[tuple[str, str], str], name: str, key: tuple[str, str], eof: bool) -> bool:
    """Move the lane of a key as the specification says in words; False where it is undefined."""
    now = lanes.get(key, "OPEN")
    if name == "redirect":
        if now != "OPEN":
            return False
        lanes[key] = "MOVED"
        return True
    if now == "MOVED":
        return False
    if eof and now == "OPEN":
        lanes[key] = "EOF"
    return True


@pytest.mark.parametrize("seed", range(20))
def test_each_key_has_a_lane_of_its_own(seed: int) -> None:
    rng = random.Random(seed)
    machine = Machine(load_toy(STREAMS.read_text(encoding="utf-8")), report=True)
    here = machine.step(machine.initial, "header", HEADER).after
    lanes: dict[tuple[str, str], str] = {}
    for _ in range(60):
        name, key = rng.choice(["data", "data", "redirect"]), rng.choice(LANES)
        eof = name == "data" and rng.random() < 0.4
        context = {"stream": key[0], "rank": key[1], **({"eof": True} if eof else {})}
        now = lanes.get(key, "OPEN")
        defined = plainly(lanes, name, key, eof)
        step = machine.step(here, name, context)
        rules = {breach.rule.id for breach in step.breaches}
        assert (step.outcome == "undefined") != defined
        assert ("rfc24/states/undefined" in rules) != defined
        assert ("rfc24/data/ended" in rules) == (name == "data" and now == "EOF")
        assert defined or step.after == here  # nothing happens
        here = step.after
        for state in ("EOF", "MOVED"):
            held = [tuple(key) for key in here.values[set_of("stream", state)]]
            assert sorted(held) == sorted(key for key, at in lanes.items() if at == state)


def test_a_key_that_cannot_be_read_moves_no_lane_and_is_no_second_finding() -> None:
    machine = Machine(load_toy(STREAMS.read_text(encoding="utf-8")))
    here = machine.step(machine.initial, "header", HEADER).after
    step = machine.step(here, "data", {"stream": "stdout", "rank": 0, "eof": True})
    assert [breach.rule.id for breach in step.breaches] == ["rfc24/{event}/context"]
    assert step.after.values == here.values


RANKS = Path(__file__).parents[1] / "ranks.yaml"
MOVES = {
    "online": {"OFFLINE": "ONLINE"},
    "drain": {"ONLINE": "DRAINED"},
    "undrain": {"DRAINED": "ONLINE"},
    "lost": {"ONLINE": "OFFLINE", "DRAINED": "OFFLINE"},
}


@pytest.mark.parametrize("seed", range(20))
def test_an_event_of_a_set_moves_the_lane_of_each_member_or_none(seed: int) -> None:
    rng = random.Random(seed)
    machine = Machine(load_toy(RANKS.read_text(encoding="utf-8")), report=True)
    here, lanes = machine.initial, dict.fromkeys(range(4), "OFFLINE")
    for _ in range(80):
        name = rng.choice(list(MOVES))
        ranks = rng.sample(range(4), 1 if name == "lost" else rng.randint(0, 3))
        overwrite = rng.random() < 0.5
        context = (
            {"rank": ranks[0]} if name == "lost" else {"idset": ",".join(map(str, sorted(ranks)))}
        )
        if name == "drain":
            context["overwrite"] = overwrite
        moves = dict(MOVES[name])
        if name == "drain" and overwrite:
            moves["DRAINED"] = "DRAINED"
        defined = all(lanes[rank] in moves for rank in ranks)
        step = machine.step(here, name, context)
        assert (step.outcome == "undefined") != defined
        if defined:
            lanes.update({rank: moves[lanes[rank]] for rank in ranks})
        else:
            assert step.after.values == here.values
        here = step.after
        for state in ("ONLINE", "DRAINED"):
            held = sorted(here.values[set_of("rank", state)])
            assert held == sorted(rank for rank, at in lanes.items() if at == state)
