"""Whatever the bytes are: a judgement, or UnreadableLog; never a traceback, never a long wait."""

import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from facts.cases import CASES, LIFE, lines
from flux_conform.checking import explain
from flux_conform.checking.finding import Judgement
from flux_conform.checking.judge import Options, judge
from flux_conform.checking.replay import replay
from flux_conform.language import load
from flux_conform.language.bag import Bag
from flux_conform.logs import eventlog
from flux_conform.logs.eventlog import (
    MAX_DEPTH,
    MAX_LINE_BYTES,
    UnreadableLog,
    depth_exceeds,
    read_entries,
)
from flux_conform.machine.configuration import Step
from flux_conform.machine.step import Machine
from random_logs import MUTATIONS
from toys import PUSH, coin, event, turnstile_machine

MACHINE = Machine(load("job"))
REPORTER = Machine(load("job"), report=True)
WITH_NOTES = Options(notes=True)
VERDICTS = ("conforms", "incomplete", "violates")
LOG = lines(*LIFE)


def rules(log: bytes) -> list[tuple[str, int]]:
    return [(f.rule, f.line) for f in judge(MACHINE, log, WITH_NOTES).findings]


def survives(log: bytes) -> Judgement | None:
    """The judgement, None where the log is unreadable; both paths, judging and replaying."""
    try:
        replayed = replay(REPORTER, log)
    except UnreadableLog:
        with pytest.raises(UnreadableLog):
            judge(MACHINE, log)
        return None
    judgement = judge(MACHINE, log, WITH_NOTES)
    assert judgement.verdict in VERDICTS
    assert judgement.state == replayed.state
    assert judgement.events == len(replayed.events)
    json.dumps([finding._asdict() for finding in judgement.findings])
    places = [finding.offset for finding in judgement.findings]
    assert places == sorted(places)
    for index, finding in enumerate(judgement.findings):
        assert 0 <= finding.offset <= len(log)
        assert finding.because is None or finding.because < index
    return judgement


def with_line(line: bytes) -> bytes:
    """A whole life with a line among it."""
    *head, tail = LOG.splitlines(keepends=True)
    return b"".join([*head, line + b"\n", tail])


# What single lines may hold


def memo(value: str) -> bytes:
    return b'{"timestamp":1700000002.0,"name":"memo","context":{"a":' + value.encode() + b"}}"


@pytest.mark.parametrize(
    ("line", "found"),
    [
        (b"\xef\xbb\xbf" + memo("1"), ["rfc18/lines"]),
        (memo("1") + b"\r", []),
        (b"\0", ["rfc18/lines"]),
        (memo("1") + b"\0", ["rfc18/lines"]),
        (memo('"\0"'), ["rfc18/lines"]),
        (memo('"\\u0000"'), []),
        (b"\xff\xfe", ["rfc18/lines"]),
        (memo("1").replace(b"memo", b"me\x80mo"), ["rfc18/lines"]),
        (b"\xed\xa0\x80", ["rfc18/lines"]),
        (memo('"\\ud800"'), []),
        (memo('"\\udc00\\ud800"'), []),
        (memo("NaN"), ["rfc18/lines"]),
        (memo("-Infinity"), ["rfc18/lines"]),
        (memo("1e999"), []),
        (memo("9" * 5000), []),
        (memo("-" + "9" * 5000), []),
        (memo("0." + "9" * 5000), []),
        (memo('1,"a":2'), ["rfc18/duplicate-key"]),
        (memo('{"b":1,"b":1}'), ["rfc18/duplicate-key"]),
        (memo("[" * 150 + "]" * 150), []),
        (memo('"' + "[" * 5000 + '"'), []),
        (memo('"' + '\\"[' * 5000 + '"'), []),
        (b'{"timestamp":' + b"9" * 5000 + b',"name":"memo","context":{}}', ["rfc18/timestamp"]),
        (b'{"timestamp":' + b"9" * 4000 + b',"name":"memo","context":{}}', []),
        (b'{"timestamp":1e-320,"name":"memo","context":{}}', ["rfc18/time-order"]),
        (b'{"timestamp":5,"name":"' + b"x" * 100_000 + b'"}', ["rfc18/time-order"]),
        (b'{"timestamp":5,"name":"\\ud800"}', ["rfc18/time-order"]),
        (b'{"timestamp":1800000000,"name":"finish","context":{"status":' + b"9" * 5000 + b"}}",
         ["rfc21/finish/context", "rfc21/finish/once", "rfc21/release/final-last"]),
        (b'{"timestamp":1800000000,"name":"finish","context":{"status":' + b"9" * 4299 + b"}}",
         ["rfc21/finish/once", "rfc21/release/final-last"]),
        (b'{"timestamp":1800000000,"name":"dependency-add","context":{"description":"\\udfff"}}',
         ["rfc21/dependency-add/before-depend"]),
    ],
)  # fmt: skip
def test_an_odd_line_among_sound_ones(line: bytes, found: list[str]) -> None:
    """What it breaks is told, and the rest is judged as if it were not there."""
    # The last event is clean: it comes after the odd one, and may be earlier by its timestamp.
    log = with_line(line)
    ours = [(rule, number) for rule, number in rules(log) if number != len(LIFE) + 1]
    expected = [(rule, len(LIFE)) for rule in found]
    assert ours == expected
    judgement = survives(log)
    assert judgement is not None
    assert judgement.state == "INACTIVE"


def test_crlf_changes_nothing() -> None:
    """CR before the newline is white space; CR alone parts no lines."""
    assert rules(LOG.replace(b"\n", b"\r\n")) == []
    assert rules(LOG.replace(b"\n", b"\r")) == [("rfc18/lines", 1)]


def test_a_byte_order_mark_spoils_the_first_line_alone() -> None:
    """What follows is judged on."""
    found = judge(MACHINE, b"\xef\xbb\xbf" + LOG).findings
    assert (found[0].rule, found[0].line) == ("rfc18/lines", 1)
    assert "byte order mark" in found[0].message


@pytest.mark.parametrize("count", [1, 250, 100_000])
@pytest.mark.parametrize("bracket", [b"[", b'{"a":', b"]", b"}", b"[]", b"[{"])
def test_brackets_without_end(bracket: bytes, count: int) -> None:
    """Python's reader recurses; it never sees what nests deeper than it can."""
    survives(with_line(bracket * count))
    survives(with_line(b'{"timestamp":1,"name":"memo","context":{"a":' + bracket * count))


def test_the_depth_that_is_read() -> None:
    """Some levels are read, one more is unreadable, and brackets in texts count for nothing."""
    inner = MAX_DEPTH - 2
    assert survives(with_line(memo("[" * inner + "]" * inner))) is not None
    assert survives(with_line(memo("[" * (inner + 1) + "]" * (inner + 1)))) is None
    assert not depth_exceeds(b'"' + b"[" * 500, MAX_DEPTH)
    assert not depth_exceeds(b'"\\"' + b"[" * 500 + b"\\", MAX_DEPTH)
    assert depth_exceeds(b'"\\\\"' + b"[" * 500, MAX_DEPTH)


def test_a_line_of_seventeen_megabytes_is_unreadable() -> None:
    """The line is named, and its length."""
    line = memo('"' + "x" * (17 << 20) + '"')
    with pytest.raises(UnreadableLog, match=f"line 10 has {len(line):,} bytes"):
        judge(MACHINE, with_line(line))


def test_a_line_of_sixteen_megabytes_is_read() -> None:
    """To the byte."""
    padding = "x" * (MAX_LINE_BYTES - len(memo('""')))
    assert rules(with_line(memo(f'"{padding}"'))) == []
    assert survives(with_line(memo(f'"{padding}x"'))) is None


@pytest.mark.parametrize(
    "line",
    [b"\0" * (100 << 20), b"[" * (100 << 20)],
    ids=["zeros", "brackets"],
)
def test_a_line_of_a_hundred_megabytes_is_refused(line: bytes) -> None:
    """Before anything of it is looked at."""
    with pytest.raises(UnreadableLog):
        judge(MACHINE, line)


@pytest.mark.parametrize(
    "line",
    [
        memo('"' + "[" * 300 + "x" * (4 << 20) + '"'),
        memo('"' + "[" * 300 + '\\"' * (2 << 20) + '"'),
        memo('"' + "[" * 300 + '\\"' * (2 << 20)),
        memo('"' + "[" * 300) + b"\\" * (4 << 20),
        b'"' * (4 << 20) + b"[" * 300,
    ],
    ids=["a long text", "quotes in a text", "a text that is cut", "backslashes", "quotes"],
)
def test_many_brackets_in_a_long_line_cost_no_more_than_it_is_long(line: bytes) -> None:
    """Its depth is told without Python's stack, in time that grows as the line does."""
    depth_exceeds(line, MAX_DEPTH)


# Any bytes at all


@given(st.binary(max_size=200))
@example(b"\n")
@example(b"\r\n")
@example(b"{}")
@example(b"\xef\xbb\xbf")
def test_any_bytes_are_judged(log: bytes) -> None:
    """Nearly all of them violate."""
    judgement = survives(log)
    assert judgement is not None
    assert judgement.events == 0
    assert judgement.verdict == "violates"


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=8,
)
NAMES = [item.name for item in MACHINE.specification.events]
KEYS = sorted(
    {key for item in MACHINE.specification.events for key, _ in getattr(item.context, "keys", ())}
)
contexts = json_values | st.dictionaries(st.sampled_from(KEYS), json_values, max_size=4)
rows = st.fixed_dictionaries(
    {},
    optional={
        "timestamp": json_values | st.floats(0, 1e10),
        "name": st.sampled_from(NAMES) | json_values,
        "context": contexts,
        "more": json_values,
    },
)


@given(st.lists(rows, max_size=8))
def test_any_objects_are_judged(objects: list[object]) -> None:
    """Known names and keys with values of any kind, NaN and lone surrogates among them."""
    log = "".join(json.dumps(row) + "\n" for row in objects)
    assert survives(log.encode()) is not None


@pytest.mark.parametrize("mutation", MUTATIONS)
def test_a_log_that_suffered_is_judged(mutation: str) -> None:
    """Logs of the hand-made cases, changed at random."""
    choose = random.Random(mutation)
    for case in choose.sample(CASES, 60):
        if case.log:
            survives(MUTATIONS[mutation](case.log, choose))


def test_a_real_log_that_suffered_is_judged(corpus: Path) -> None:
    """Real logs too, each changed three times over."""
    choose = random.Random(21)
    paths = sorted((corpus / "job").rglob("*.eventlog"))
    for path in choose.sample(paths, 100):
        log = path.read_bytes()
        for change in choose.sample(list(MUTATIONS.values()), 3):
            log = change(log, choose) or b"\n"
            survives(log)


# Many faults, and much that is remembered


def faulty(name: str, count: int) -> bytes:
    return FAULTY[name](count)


FATAL = '{"timestamp":1,"name":"exception","context":{"type":"x","severity":0,"note":""}}\n'
FAULTY: dict[str, Callable[[int], bytes]] = {
    "no JSON": lambda n: b"x\n" * n,
    "undefined events": lambda n: lines(LIFE[0]) + event("alloc") * n,
    "undefined events of several kinds": lambda n: (
        lines(LIFE[0]) + (event("alloc") + event("clean") + event("depend")) * (n // 3)
    ),
    "no submit, all validate": lambda n: event("validate") * n,
    "faulty contexts": lambda n: lines(*LIFE[:2]) + event("memo") * n,
    "after the end": lambda n: LOG + event("memo", {}) * n,
    "dependencies among undefined events": lambda n: lines(LIFE[0]) + b"".join(
        event("dependency-add", {"description": f"d{i}"}) + event("alloc") for i in range(n // 2)
    ),
    "faults that a fatal exception mends": lambda n: lines(LIFE[0]) + b"".join(
        event("validate") + event("dependency-add", {"description": f"d{i}"}) + FATAL.encode()
        for i in range(n // 3)
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", FAULTY)
def test_a_log_of_many_faults_is_judged_to_its_end(name: str) -> None:
    """Time grows as the log does, whatever is at fault and whatever follows from what."""
    log = faulty(name, 9_000)
    judgement = judge(MACHINE, log)
    assert judgement.found >= 2_900


def test_what_follows_from_what_is_sought_in_steps_that_are_bounded(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A few for each event, however many faults there are to be mended."""
    steps = 0
    step = Machine.step

    def counted(*arguments: Any, **options: Any) -> Step:
        nonlocal steps
        steps += 1
        return step(*arguments, **options)

    monkeypatch.setattr(Machine, "step", counted)
    judge(MACHINE, faulty("undefined events", 9_000))
    assert 9_000 < steps < 9_000 * 5


def test_what_is_held_is_compared_within_bounds_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two thousand faults, each followed by a look at up to two thousand dependencies."""
    looked = 0
    counts = Bag._counts

    def counted(bag: Bag) -> dict[object, int]:
        nonlocal looked
        looked += bag.kinds
        return counts(bag)

    monkeypatch.setattr(Bag, "_counts", counted)
    judgement = judge(MACHINE, faulty("faults that a fatal exception mends", 6_000))
    assert judgement.found >= 1_999
    assert 0 < looked < 300_000


@pytest.mark.slow
def test_a_log_of_a_hundred_thousand_faults_is_judged_to_its_end() -> None:
    """Each of them is counted."""
    log = faulty("undefined events", 100_000)
    assert judge(MACHINE, log).found == 100_000


@pytest.mark.slow
def test_fifty_thousand_dependencies_are_remembered() -> None:
    """Added and removed one by one, and each counts."""
    names = [f"d{i}" for i in range(50_000)]
    adds = b"".join(event("dependency-add", {"description": name}) for name in names)
    removes = b"".join(event("dependency-remove", {"description": name}) for name in names[:9_000])
    log = lines(*LIFE[:2]) + adds + removes + event("depend")
    (finding,) = judge(MACHINE, log).findings
    assert finding.rule == "rfc21/depend/outstanding"
    assert finding.message.endswith('"d9004" and 40995 more')


MANY_SHOWN: dict[str, Callable[[int], bytes]] = {
    "unknown dependencies removed": lambda n: lines(*LIFE[:2]) + b"".join(
        event("dependency-add", {"description": f"d{i}"}) for i in range(n)
    ) + b"".join(event("dependency-remove", {"description": f"x{i}"}) for i in range(n)),
    "starts that prologs block": lambda n: lines(*LIFE[:5]) + b"".join(
        event("prolog-start", {"description": f"p{i}"}) for i in range(n)
    ) + event("start") * n,
}  # fmt: skip


@pytest.mark.parametrize("name", MANY_SHOWN)
def test_findings_that_show_what_is_held_cost_no_more_for_what_they_leave_out(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A message shows five members of a set, however many there are."""
    shown = 0

    def show_value(value: object, limit: int = 60) -> str:
        nonlocal shown
        shown += 1
        return eventlog.show_value(value, limit)

    monkeypatch.setattr(explain, "show_value", show_value)
    findings = judge(MACHINE, MANY_SHOWN[name](100)).findings
    assert len(findings) >= 100
    assert shown < 30 * len(findings)


def test_an_unlisted_name_may_be_anything() -> None:
    """Of any length and number."""
    machine = turnstile_machine()
    log = b"".join(event(f"x{i}") for i in range(5_000)) + event("y" * 1_000_000) + coin() + PUSH
    judgement = judge(machine, log)
    assert (judgement.events, judgement.findings) == (5_003, ())


def test_entries_tell_where_they_stand() -> None:
    """Number and offset of each line, whatever it holds."""
    log = b"x\n\n\r\n" + event("memo") + b"end"
    assert [(e.line, e.offset, e.text) for e in read_entries(log)] == [
        (1, 0, b"x"), (2, 2, b""), (3, 3, b"\r"), (4, 5, event("memo")[:-1]),
        (5, len(log) - 3, b"end"),
    ]  # fmt: skip
