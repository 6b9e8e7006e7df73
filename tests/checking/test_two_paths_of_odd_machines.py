"""The two paths agree on machines whose rules ask what those of jobs do not."""

from pathlib import Path

import pytest

from flux_conform.checking.fast import FastPath
from flux_conform.checking.judge import judge
from flux_conform.checking.sound_lines import SoundLines
from flux_conform.machine.step import Machine
from toys import load_toy

FRAME = """
machine: door
title: A door
source: {rfc: 0}
lines: eventlog
states:
  SHUT: {initial: true}
variables:
  names: set of string
  last: optional integer
findings:
  undefined: {id: rfc0/states/undefined, level: MUST, section: S, says: s}
  silent: {id: rfc0/states/silent, level: note, section: S, says: s}
  context: {id: "rfc0/{event}/context", level: MUST, says: s}
  no-context: {id: "rfc0/{event}/no-context", level: implied, says: s}
events:
  knock:
    context: {times: optional integer, by-whom: optional string}
    elsewhere: stays
    effect: {last: .times, names: NAMES}
  unlisted: {context: any, elsewhere: stays, effect: {names: NAMES}}
transitions: []
rules:
  - {id: rfc0/door/rule, level: MUST, on: ON, require: REQUIRE, section: S, says: s, breach: b, repair: r}
"""  # fmt: skip


def door(on: str, require: str, names: str = "names") -> Machine:
    text = FRAME.replace("NAMES", names).replace("ON,", f"{on},").replace("REQUIRE", require)
    return Machine(load_toy(text))


def log(*events: str) -> bytes:
    return b"".join(
        f'{{"timestamp":{number},{event}}}\n'.encode() for number, event in enumerate(events, 1)
    )


KNOCK, ZORK, ZONK = '"name":"knock"', '"name":"zork"', '"name":"zonk"'
KNOCK_TWICE = '"name":"knock","context":{"times":2}'
KNOCK_BY = '"name":"knock","context":{"by-whom":"a"}'
LOGS = [
    log(*events)
    for events in (
        (KNOCK,),
        (KNOCK_TWICE,),
        (KNOCK_TWICE, KNOCK),
        (KNOCK_BY, KNOCK_BY),
        (ZORK, ZONK),
        (ZORK, ZORK),
        (KNOCK, ZORK, KNOCK_BY, ZONK),
        ('"name":"unlisted"', ZORK),
    )
]


@pytest.mark.parametrize(
    "machine",
    [
        door("knock", "has(.times)"),
        door("knock", "not has(last)"),
        door("knock", ".by-whom != none".replace(".by-whom", '."by-whom"')),
        door("any", 'event == "knock"'),
        door("any", "not (event in names)", names="names + event"),
        door("any", "size(names) < 2", names="names + event"),
    ],
    ids=["an optional key", "a variable it sets", "a key with a hyphen", "the event's name",
         "names that were seen", "how many names"],
)  # fmt: skip
def test_the_fast_path_says_nothing_else(machine: Machine) -> None:
    """It judges a log alike, or not at all."""
    fast = FastPath(machine)
    sound = SoundLines(machine, fast)
    for data in LOGS * 2:
        careful = judge(machine, data)
        quick = fast.judge(data)
        assert quick is None or quick == careful, data
        assert judge(machine, data, sound=sound) == careful, data


LANES = Path(__file__).parents[1] / "streams.yaml"
HEADER = '"name":"header","context":{"version":1,"named":true}'
UNNAMED = '"name":"data","context":{"stream":"out","rank":"0"}'
EOF = '"name":"data","context":{"stream":"out","rank":"0","eof":true}'


def test_logs_of_lanes_whose_key_is_a_tuple_are_judged_alike() -> None:
    """Python cannot hash the lists that lanes are kept by."""
    machine = Machine(load_toy(LANES.read_text(encoding="utf-8")))
    sound = SoundLines(machine, FastPath(machine))
    for data in (log(HEADER, EOF, UNNAMED), log(UNNAMED, HEADER, EOF, UNNAMED, UNNAMED)) * 2:
        careful = judge(machine, data)
        assert [finding.rule for finding in careful.findings][-1] == "rfc24/data/ended"
        assert judge(machine, data, sound=sound) == careful


def test_a_lane_of_one_is_not_that_of_true() -> None:
    """Python takes 1 for true, so its tuples of either are equal."""
    text = LANES.read_text(encoding="utf-8").replace("rank: string", "rank: integer | boolean")
    machine = Machine(load_toy(text))
    sound = SoundLines(machine, FastPath(machine))
    for rank in ("1", "true") * 2:
        data = log(HEADER, EOF.replace('"0"', rank), UNNAMED.replace('"0"', "true"))
        careful = judge(machine, data)
        assert len(careful.findings) == (rank == "true")
        assert judge(machine, data, sound=sound) == careful


def test_contexts_that_are_absent_are_read_as_such() -> None:
    """And taken by the fast path, where nothing is wrong with them."""
    fast = FastPath(door("knock", "not has(.times)"))
    assert fast.judge(log(KNOCK, KNOCK_BY)) is not None
    assert fast.judge(log(KNOCK_TWICE)) is None


def test_a_variable_that_only_the_choice_of_a_generation_reads_is_kept() -> None:
    """The first event is judged on what its condition reads, though no rule asks for it."""
    text = FRAME.replace(
        "transitions: []",
        "transitions: [{on: knock, from: SHUT, when: 'first', undefined: true, generation: old}]",
    )
    text = text.replace(
        "states:",
        "generations: {new: {today: true, says: s}, old: {on: knock, when: 'not has(last)', says: s}}\nstates:",
        1,
    )
    text = text.replace("NAMES", "names").replace("ON,", "knock,").replace("REQUIRE", "true")
    machine = Machine(load_toy(text))
    content = log('"name":"knock","context":{"times":1}', '"name":"knock"')
    judgement = judge(machine, content)
    assert [(finding.rule, finding.line) for finding in judgement.findings] == [
        ("rfc0/states/undefined", 1)
    ]
