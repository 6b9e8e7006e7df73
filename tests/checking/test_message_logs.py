"""Logs of messages: lines that name their parts otherwise, or have keys flat beside the name.

A log in another form has the verdict, the lines and the findings of the same log in that of
eventlogs; what is written is in the form that is read.
"""

import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from flux_conform import check, replay
from flux_conform.checking.incremental import LiveLog
from flux_conform.checking.judge import Options, judge
from flux_conform.checking.judges import Judge
from flux_conform.checking.window import judge_window
from flux_conform.cli.main import main
from flux_conform.diff.checker import checker
from flux_conform.diff.meaning import glance
from flux_conform.language.compiled import decode, encode
from flux_conform.language.line_form import LineForm
from flux_conform.language.loader import load_file
from flux_conform.language.specification import Specification
from flux_conform.logs.eventlog import MAX_LINE_BYTES, UnreadableLog
from flux_conform.machine.step import Machine
from flux_conform.prove import prove
from flux_conform.repair.mend import mend
from flux_conform.strategies import broken_by, eventlogs, events
from flux_conform.suite.making.all_vectors import generate
from toys import faults_of, turnstile

DOOR = Path(__file__).parents[1] / "door.yaml"
FLAT = LineForm("type", "ts", None)
NESTED = LineForm("kind", None, "body")
FORMS = {"flat": FLAT, "nested": NESTED, "untimed": LineForm("name", None, "context")}
LOG = b"""\
{"type":"open","ts":1.5,"who":"ann"}
{"ts": 2, "who": "bob", "type": "shut"}
{"type":"break","ts":3}
"""


@pytest.fixture(scope="module")
def door() -> Specification:
    """A door whose messages have their keys beside the name."""
    return load_file(str(DOOR))


def test_the_form_is_read_from_the_specification(door: Specification) -> None:
    assert door.fields == FLAT
    assert decode(json.loads(json.dumps(encode(door)))) == door
    assert "fields" not in encode(door.plain)


def test_the_form_of_eventlogs_is_none(tmp_path: Path) -> None:
    text = DOOR.read_text(encoding="utf-8").replace(
        "{name: .type, time: .ts, context: .}", "{name: .name, time: .timestamp}"
    )
    path = tmp_path / "door.yaml"
    path.write_text(text, encoding="utf-8")
    assert load_file(str(path)).fields is None


FIELDS = "fields: {name: .type, time: .ts, context: .}"


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ("{name: .a, time: .a}", 'two parts of a line have the key "a"'),
        ("{name: type}", '"type" does not fit'),
        ("{name: none}", '"none" does not fit'),
        ("{colour: .a}", 'unknown key "colour" of the form of lines'),
    ],
)
def test_a_form_that_no_line_can_have_is_refused(fields: str, message: str) -> None:
    text = turnstile(("states:\n", f"fields: {fields}\nstates:\n"))
    assert [fault.message for fault in faults_of(text)][:1] == [message]


def test_a_key_cannot_stand_beside_the_name_under_the_name_of_a_part() -> None:
    text = turnstile(("states:\n", "fields: {name: .value, context: .}\nstates:\n"))
    (fault,) = faults_of(text)
    assert fault.message == 'the key "value" of a line holds the name or the time of events'


def test_a_context_beside_the_name_is_given_by_its_keys() -> None:
    """An object without keys could not be told from one that is absent."""
    text = turnstile(
        ("states:\n", "fields: {name: .type, context: .}\nstates:\n"),
        ("    context: {value: integer 1..50, visitor: optional string}", "    context: object"),
        ("  worth(least): .value >= least\n", "  worth(least): least > 0\n"),
        ("the coin is worth {.value}", "the coin is bad"),
    )
    (fault,) = faults_of(text)
    assert fault.message == "a context whose keys stand beside the name has them by name"
    assert fault.expected == "keys with types, empty or any"


def test_a_log_is_judged_where_its_lines_stand(door: Specification) -> None:
    judgement = judge(Machine(door), LOG)
    (found,) = judgement.findings
    assert (found.rule, found.line, found.offset) == ("door/shut/same", 2, LOG.index(b'{"ts": 2'))
    assert found.message == '"bob" shuts what "ann" opened'
    assert Judge(door).judge(LOG) == judgement
    assert Judge(door).judge_batch([LOG, LOG]) == [judgement, judgement]
    window = judge_window(Machine(door), LOG, Options())
    assert [(each.rule, each.offset) for each in window.findings] == [(found.rule, found.offset)]


def test_each_line_at_fault_has_its_own_offset(door: Specification) -> None:
    line = LOG.splitlines(keepends=True)[1]
    found = judge(Machine(door), line * 3).findings
    assert {(each.line, each.offset) for each in found} == {
        (number, (number - 1) * len(line)) for number in (1, 2, 3)
    }


def test_a_growing_log_is_judged_line_by_line(door: Specification) -> None:
    live = LiveLog(door)
    found = [each for line in LOG.splitlines() for each in live.read(line)]
    assert tuple(found) == judge(Machine(door), LOG).findings
    assert (live.state, live.verdict) == ("GONE", "violates")


def test_the_report_tells_times_by_the_key_of_the_time(door: Specification) -> None:
    assert replay(LOG, machine=door).report == {"by": "ann", "opened": 1.5}


def test_lines_without_a_time_are_sound_where_the_specification_says_so(
    door: Specification,
) -> None:
    untimed = door._replace(fields=LineForm("type", None, None))
    log = b'{"type":"open","who":"ann"}\n{"type":"break"}\n'
    assert check(log, machine=door).verdict == "violates"
    lines = tuple(each for each in door.lines if each.check not in untimed.fields.unchecked)
    untimed = untimed._replace(lines=lines)
    assert check(log, machine=untimed).findings == ()
    assert replay(log, machine=untimed).report == {"by": "ann", "opened": None}


LINES = st.one_of(
    st.binary(max_size=20),
    st.dictionaries(
        st.sampled_from(["type", "ts", "who", "name", "timestamp", "context", "kind", "body"]),
        st.one_of(st.none(), st.integers(), st.text(max_size=3), st.just({}), st.just({"a": 1.0})),
        max_size=5,
    ).map(lambda row: json.dumps(row).encode()),
).map(lambda line: line.replace(b"\n", b" "))


@pytest.mark.slow
@given(st.lists(LINES, max_size=4), st.sampled_from(sorted(FORMS)))
def test_any_bytes_have_as_many_lines_in_every_form(lines: list[bytes], name: str) -> None:
    data = b"\n".join(lines)
    form = FORMS[name]
    for other in (form.plain_log(data), form.log(data)):
        assert other.count(b"\n") == data.count(b"\n")


@given(eventlogs(load_file(str(DOOR)).plain), st.sampled_from(sorted(FORMS)))
@settings(max_examples=30, suppress_health_check=list(HealthCheck), deadline=None)
def test_what_was_written_in_a_form_reads_as_it_was(log: bytes, name: str) -> None:
    form = FORMS[name]
    for line in bytes(log).splitlines():
        row = json.loads(line)
        if form.time is None:
            del row["timestamp"]
        if form.context is None and row.get("context") == {}:
            del row["context"]  # no keys beside the name
        assert json.loads(form.plain(form.line(line))) == row


def test_what_is_written_twice_and_numbers_as_they_are_written_stay() -> None:
    line = b'{"type":"a","ts":1.50e0,"who":1,"who":{"b":1,"b":12345678901234567890.0}}'
    plain = FLAT.plain(line)
    assert plain == (
        b'{"name":"a","timestamp":1.50e0,'
        b'"context":{"who":1,"who":{"b":1,"b":12345678901234567890.0}}}'
    )
    assert FLAT.line(plain) == line


@pytest.mark.parametrize(
    ("form", "line", "fits"),
    [
        (FLAT, b'{"timestamp":1,"name":"a","context":{"who":1,"name":2}}', True),
        (FLAT, b'{"timestamp":1,"name":"a","context":{"type":"b"}}', False),
        (FLAT, b'{"timestamp":1,"name":"a","context":[]}', False),
        (NESTED, b'{"timestamp":1,"name":"a","context":{"kind":"b"}}', True),
        (NESTED, b'{"timestamp":1,"name":"a","kind":"b"}', False),
    ],
)
def test_what_would_be_read_otherwise_cannot_be_written(
    form: LineForm, line: bytes, fits: bool
) -> None:
    assert form.can_write(line) == form.can_write(line + b"\n" + line) == fits


MANY_DIGITS = b"9" * 5000


@pytest.mark.parametrize(
    ("line", "rules"),
    [
        (b'{"type":"open","ts":1,"who":"a","\\ud800":1}', []),
        (b'{"type":"open","ts":1,"who":"a","count":' + MANY_DIGITS + b"}", []),
        (b'{"type":"open","ts":' + MANY_DIGITS + b',"who":"a"}', ["rfc18/timestamp"]),
        (b'{"type":"open","ts":NaN,"who":"a"}', ["rfc18/lines"]),
        (b'\xef\xbb\xbf{"type":"open","ts":1,"who":"a"}', ["rfc18/lines"]),
    ],
    ids=["a key that is half a character", "5000 digits", "a time of 5000 digits", "NaN", "a mark"],
)
def test_odd_lines_are_judged_as_those_of_an_eventlog(
    door: Specification, line: bytes, rules: list[str]
) -> None:
    judgement = judge(Machine(door), line + b"\n")
    assert [each.rule for each in judgement.findings] == rules


def test_a_line_that_is_too_long_is_not_read_without_its_blanks(door: Specification) -> None:
    line = b'{"type":"open",' + b" " * MAX_LINE_BYTES + b'"ts":1,"who":"a"}\n'
    with pytest.raises(UnreadableLog, match="line 1 has 16,777,"):
        judge(Machine(door), line)


def test_a_line_that_was_written_anew_is_told_though_it_says_the_same(door: Specification) -> None:
    later = LOG.replace(b'"ts": 2', b'"ts":2')
    judgement = judge(Machine(door), later, earlier=LOG)
    assert ("rfc18/append-only", 2) in [(each.rule, each.line) for each in judgement.findings]
    judgement = judge(Machine(door), LOG, earlier=LOG.splitlines(keepends=True)[0])
    assert [each.rule for each in judgement.findings] == ["door/shut/same"]


def test_a_repair_is_written_in_the_form_and_leaves_other_lines_alone(
    door: Specification,
) -> None:
    (repair,) = mend(door, LOG).repairs
    assert check(repair.data, machine=door).verdict == "conforms"
    before, after = LOG.splitlines(), repair.data.splitlines()
    assert json.loads(after[1]) == {"type": "shut", "ts": 2, "who": "ann"}
    assert (after[0], after[2]) == (before[0], before[2])


@given(eventlogs(str(DOOR)), broken_by("door/open/context", str(DOOR)))
@settings(max_examples=20, suppress_health_check=list(HealthCheck), deadline=None)
def test_strategies_draw_messages(conforming: bytes, broken: bytes) -> None:
    assert check(bytes(conforming), machine=str(DOOR)).verdict == "conforms"
    judgement = check(bytes(broken), machine=str(DOOR))
    assert {each.rule for each in judgement.findings if each.because is None} == {
        "door/open/context"
    }
    assert b'"name"' not in bytes(conforming)


@given(events(str(DOOR), after=LOG.splitlines(True)[0]))
@settings(max_examples=10, deadline=None)
def test_the_next_message_is_one(event: dict[str, object]) -> None:
    assert "type" in event
    assert isinstance(event["ts"], int | float)
    assert event["ts"] >= 1.5


def test_the_logs_of_proofs_and_comparisons_are_messages(door: Specification) -> None:
    proofs = prove(door, properties=["it-opens"], quick=True)
    (outcome,) = proofs.outcomes
    assert outcome.verdict == "refuted"
    run = outcome.counterexample
    assert run is not None
    assert json.loads(run.events[0].line)["type"] == "open"
    assert check(run.log, machine=door).state == "OPEN"
    found = glance(
        door,
        door._replace(transitions=door.transitions[1:]),
        judge=checker(strict=False),
        strict=False,
    )
    assert found is not None
    assert found.witness is not None
    without = door._replace(transitions=door.transitions[1:])
    both = [check(found.witness.run.log, machine=each).verdict for each in (door, without)]
    assert sorted(map("violates".__eq__, both)) == [False, True]


def test_the_vectors_of_a_suite_are_messages(door: Specification) -> None:
    suite = generate(door, str(DOOR))
    assert len(suite.vectors) > 100
    for vector in suite.vectors:
        assert judge(Machine(door), vector.draft.log).verdict == vector.expected.verdict
    whole = next(each for each in suite.vectors if each.draft.id == "lines/no-last-newline")
    rows = [json.loads(line) for line in whole.draft.log.splitlines()]
    assert all({"type", "ts"} <= row.keys() and "context" not in row for row in rows)


def test_a_folder_of_messages_is_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "door.jsonl").write_bytes(LOG)
    (tmp_path / "other.jsonl").write_text('{"a": 1}\n', encoding="utf-8")
    assert main(["check", "--machine", str(DOOR), "--format", "json", str(tmp_path)]) == 1
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    logs = [row for row in rows if "verdict" in row]
    assert [Path(row["log"]).name for row in logs if row["verdict"] == "violates"] == ["door.jsonl"]


def test_a_log_of_messages_is_followed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "door.jsonl"
    path.write_bytes(LOG)
    assert main(["check", "--machine", str(DOOR), "--follow", str(path)]) == 1
    assert "door/shut/same" in capsys.readouterr().out
