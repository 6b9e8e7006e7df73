"""Lanes, a small machine for each key: what a specification may say of them, and what it may not."""

from pathlib import Path

import pytest

from flux_conform.language.compiled import dumps, encode, loads
from flux_conform.language.expressions import show
from flux_conform.language.loader import load_changed
from flux_conform.language.parser import parse_expression
from flux_conform.language.warnings import warnings_of
from flux_conform.machine.outcome_table import matrix
from toys import faults_of, load_toy, unmarked

STREAMS = Path(__file__).parents[1] / "streams.yaml"


def streams(*changes: tuple[str, str]) -> str:
    """The text of the machine with lanes, with some of it replaced."""
    text = STREAMS.read_text(encoding="utf-8")
    for old, new in changes:
        assert text.count(old) == 1, f"{old!r} stands there {text.count(old)} times"
        text = text.replace(old, new)
    return text


RULE = "'stream[.stream, .rank] != \"EOF\"'"
ROW = "{on: redirect, lane: stream, from: OPEN, to: MOVED}"
KEY = "[.stream, .rank]\n"


def test_a_lane_is_read_with_its_states_and_rows() -> None:
    (lane,) = load_toy(streams()).lanes
    assert (lane.name, lane.initial.name, lane.counted) == ("stream", "OPEN", ("EOF", "MOVED"))
    rows = [(row.event, row.sources, row.outcome, row.target) for row in lane.rows]
    assert rows == [
        ("data", ("OPEN",), "moves", "EOF"),
        ("data", ("OPEN", "EOF"), "stays", None),
        ("redirect", ("OPEN",), "moves", "MOVED"),
    ]
    assert {show(row.key.tree) for row in lane.rows} == {"[.stream, .rank]"}


@pytest.mark.parametrize(
    ("written", "tree"),
    [
        ('stream[.id] == "EOF"', 'stream[.id] == "EOF"'),
        ("stream[ .stream , .rank ]", "stream[.stream, .rank]"),
        ("count(stream, EOF) > 1", "count(stream, EOF) > 1"),
        ("not empty(stream.EOF)", "not empty(stream.EOF)"),
        ("[.a] == [.b]", "[.a] == [.b]"),
    ],
)
def test_the_state_of_a_lane_is_written_with_its_key_in_brackets(written: str, tree: str) -> None:
    shown = show(parse_expression(written).tree)
    assert shown == tree
    assert parse_expression(shown).tree == parse_expression(written).tree


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (RULE, '§stream == "EOF"', "the lane stream can never equal string"),
        (RULE, "§strem[.stream, .rank] == \"EOF\"", 'unknown variable "strem"'),
        (RULE, "§stream[.stream] == \"EOF\"", "a key of stream has 2 parts, not 1"),
        (RULE, "stream[.stream, .rank] == §\"EOFF\"", 'unknown state of stream "EOFF"'),
        (RULE, "stream[.stream, §.eof] == \"EOF\"", "may be none; ask has(…) first"),
        (RULE, "stream[.stream, §3] == \"EOF\"", "has string here, not integer 3..3"),
        (RULE, "count(stream, §OPEN) == 0", "OPEN, the initial state of stream"),
        (RULE, "count(stream, §CLOSED) == 0", 'unknown state "CLOSED" of stream'),
        (RULE, "§stream[.stream, .rank] != state", "a state of stream can never equal the name of a state; stream[.stream, .rank] is compared with a name in quotes"),
        (RULE, "empty(§stream.CLOSED)", 'unknown state "CLOSED" of stream'),
        (RULE, "count(stream, §\"EOF\") == 0", "without quotes"),
        (RULE, "§count(named, EOF) == 0", '"named" is no lane'),
        (RULE, "§named[.rank] == \"EOF\"", '"named" is no lane: boolean has no keys'),
        (ROW, "{on: redirect, lane: §strem, from: OPEN, to: MOVED}", 'unknown lane "strem"'),
        (ROW, "{on: redirect, lane: stream, from: §BODY, to: MOVED}", 'unknown state of stream "BODY"'),
        (ROW, "{on: redirect, lane: stream, from: OPEN, to: §GONE}", 'unknown state of stream "GONE"'),
        (ROW, "{on: redirect, lane: stream, from: §[], to: MOVED}", "the row of stream is of no state"),
        (ROW, "{on: §[], lane: stream, from: OPEN, to: MOVED}", "the row of stream is of no event"),
        (ROW, "§{on: redirect, lane: stream, from: OPEN, silent: true}", "this has silent"),
        (ROW, "§{on: redirect, lane: stream, from: OPEN}", "this has none"),
        (
            ROW,
            "{on: redirect, lane: {stream: [.stream, §.where]}, from: OPEN, to: MOVED}",
            "redirect has no key .where, which names its lane of stream",
        ),
        (
            ROW,
            "{on: redirect, lane: {stream: §.rank}, from: OPEN, to: MOVED}",
            "the key of stream is string at redirect, and string, string elsewhere",
        ),
        (KEY, "[.stream, §.eof]\n", ".eof of data is optional boolean and cannot name a lane"),
        (KEY, "[.stream, §size(.rank)]\n", "size(.rank) cannot name a lane of stream"),
        (KEY, "[.stream, set(.rank)]\n", "set(.rank) cannot name a lane of stream"),
        (KEY, "[]\n", "the lane stream has no key"),
        ("OPEN: {initial: true, says", "OPEN: {says", "no state is initial in the lane stream"),
        ("EOF: {says", "EOF: {initial: true, says", "2 states are initial in the lane stream"),
    ],
)  # fmt: skip
def test_a_mistake_about_a_lane_is_one_fault_at_its_place(old: str, new: str, message: str) -> None:
    marked = streams((old, f"'{new}'" if old == RULE and "'" not in new else new))
    text, place = unmarked(marked) if "§" in marked else (marked, None)
    faults = faults_of(text)
    assert [message in str(fault) for fault in faults[:1]] == [True], faults
    if place is not None:
        assert (faults[0].line, faults[0].column) == (place.line, place.column)


def test_a_lane_without_transitions_or_a_second_name_is_a_fault() -> None:
    text = streams(
        ("lanes:\n", "lanes:\n  named: {key: .rank, states: {A: {initial: true}, B: {}}}\n")
    )
    messages = [fault.message for fault in faults_of(text)]
    assert '"named" is a name of the language or of the file already' in messages
    assert "no transition is of the lane named" in messages


def test_a_state_of_a_lane_that_no_row_leads_to_is_warned_of() -> None:
    text = streams(("MOVED: {says: goes elsewhere}", "MOVED: {}\n      LOST: {}"))
    assert "no transition of the lane stream leads to LOST" in list(warnings_of(load_toy(text)))


def test_the_compiled_form_gives_a_machine_with_lanes_back() -> None:
    specification = load_toy(streams())
    assert loads(dumps(specification, made_from="x"), made_from="x") == specification


def test_the_compiled_form_of_a_machine_without_lanes_says_nothing_of_them() -> None:
    without = Path(__file__).parents[1] / "turnstile.yaml"
    form = encode(load_toy(without.read_text(encoding="utf-8")))
    assert "lanes" not in form
    assert all("lane" not in row for row in form["transitions"])


def test_a_change_replaces_and_removes_the_rows_of_a_lane() -> None:
    changed = load_changed(
        str(STREAMS),
        "transitions:\n"
        "  - {on: redirect, lane: stream, from: OPEN, stays: true}\n"
        "  - {on: data, lane: stream, from: EOF, remove: true}\n",
    )
    rows = [(row.event, row.sources, row.outcome) for row in changed.lanes[0].rows]
    assert rows == [
        ("data", ("OPEN",), "moves"),
        ("data", ("OPEN",), "stays"),
        ("redirect", ("OPEN",), "stays"),
    ]


def test_a_change_that_removes_a_lane_removes_its_rows() -> None:
    changed = load_changed(str(STREAMS), "lanes: {stream: null}\nrules: {rfc24/data/ended: null}\n")
    assert changed.lanes == ()
    assert not any(row.lane for row in changed.transitions)
    assert [variable.name for variable in changed.variables] == ["named"]


def test_a_set_that_names_lanes_is_no_part_of_a_longer_key() -> None:
    ranks = (STREAMS.parent / "ranks.yaml").read_text(encoding="utf-8")
    assert faults_of(ranks) == ()
    text = ranks.replace("{rank: ranks(.idset)}, when", "{rank: '[\"a\", ranks(.idset)]'}, when")
    messages = [fault.message for fault in faults_of(text)]
    assert messages == ["a set that names lanes of rank is the whole key"]


def test_a_text_is_a_part_of_a_key() -> None:
    row = "{on: redirect, lane: {stream: '[\"stdout\", .rank]'}, from: OPEN, to: MOVED}"
    (lane,) = load_toy(streams((ROW, row))).lanes
    assert show(lane.rows_of("redirect")[0].key.tree) == '["stdout", .rank]'


def test_what_names_a_lane_with_a_fault_gives_no_second_one() -> None:
    """Definitions, sets and counts of it among that."""
    text = streams(
        (KEY, "[.stream, .eof]\n"),
        ("lanes:\n", "definitions: {ended: 'count(stream, EOF) > 0'}\nlanes:\n"),
        ("require: named,", "'require': 'set([.rank]) <= stream.EOF + stream.MOVED and ended',"),
    )
    assert [fault.message for fault in faults_of(text)] == [
        ".eof of data is optional boolean and cannot name a lane of stream"
    ]


REST = [
    "{on: data, lane: stream, when: .eof == true, from: OPEN, to: EOF}",
    "{on: data, lane: stream, from: [OPEN, EOF], stays: true}",
]


def test_the_row_that_takes_the_rest_matches_where_no_other_row_of_its_lane_does() -> None:
    """In each of its states, wherever it stands: of EOF there is another row in the way."""
    rows = (
        "{on: data, lane: stream, when: else, from: [OPEN, EOF], stays: true}",
        '{on: data, lane: stream, when: .rank == "0", from: EOF, undefined: true}',
    )
    (lane,) = load_toy(streams((REST[0], f"{rows[0]}\n  - {REST[0]}"), (REST[1], rows[1]))).lanes
    found = {row.sources: row.when.text for row in lane.rows_of("data") if row.outcome == "stays"}
    assert found == {("OPEN",): "not .eof == true", ("EOF",): 'not .rank == "0"'}


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (
            [REST[0], REST[1].replace("from: [OPEN, EOF]", "when: else, from: EOF")],
            'no other row is beside "else"',
        ),
        (
            [REST[0], REST[1], REST[1].replace("from", "when: else, from")],
            '"else" never matches for data in OPEN, where another row has no guard',
        ),
        (
            [REST[0], *2 * [REST[1].replace("from: [OPEN, EOF]", "when: else, from: OPEN")]],
            'a second "else" for data in OPEN',
        ),
    ],
)
def test_a_rest_of_a_lane_that_is_none_is_a_fault(rows: list[str], message: str) -> None:
    text = streams((REST[1], "\n  - ".join(rows[1:])))
    messages = [fault.message for fault in faults_of(text)]
    assert message in " ".join(messages), messages


def guards_of(text: str) -> set[str]:
    return {cell.guard for cell in matrix(load_toy(text)) if cell.outcome == "undefined"}


def test_the_table_of_outcomes_says_by_its_states_when_a_lane_refuses_an_event() -> None:
    """And not by the sets that stand below; of a set of keys, in words."""
    assert guards_of(streams()) == {
        "",  # header, in BODY
        'stream[.stream, .rank] == "MOVED"',
        'stream[.stream, .rank] != "OPEN"',
    }
    ranks = (STREAMS.parent / "ranks.yaml").read_text(encoding="utf-8")
    assert guards_of(ranks) == {
        "a rank of ranks(.idset) is ONLINE or DRAINED",
        "a rank of ranks(.idset) is OFFLINE, or DRAINED where not .overwrite",
        "a rank of ranks(.idset) is OFFLINE or ONLINE",
        'rank[.rank] == "OFFLINE"',
    }


def test_a_lane_with_a_row_for_the_rest_refuses_by_its_state_alone() -> None:
    both = '{on: redirect, lane: stream, when: .rank == "0", from: OPEN, to: MOVED}'
    rest = "{on: redirect, lane: stream, when: else, from: OPEN, stays: true}"
    assert 'stream[.stream, .rank] != "OPEN"' in guards_of(streams((ROW, f"{both}\n  - {rest}")))
    assert any('not .rank == "0"' in guard for guard in guards_of(streams((ROW, both))))
