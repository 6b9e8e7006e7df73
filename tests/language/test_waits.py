"""The rows of `waits`: how they are read, changed and compared, and what is claimed of them."""

from pathlib import Path

import pytest

from flux_conform.checking.judge import judge
from flux_conform.cli.main import main
from flux_conform.diff.written import changes
from flux_conform.language import load
from flux_conform.language.compiled import decode, encode
from flux_conform.language.expressions import show
from flux_conform.language.faults import SpecificationFaults
from flux_conform.language.loader import load_changed, load_file
from flux_conform.language.specification import Specification
from flux_conform.language.warnings import warnings_of
from flux_conform.machine.step import Machine
from flux_conform.prove import prove
from toys import event, faults_of, load_toy

DESK = """
machine: desk
title: A desk with orders
source: {rfc: 9998}
lines: eventlog
states:
  OPEN: {initial: true}
  FULL: {}
  CLOSED: {final: true}
virtual states: {BUSY: [OPEN, FULL]}
variables: {orders: set of string, tips: bag of integer, closing: boolean, each: integer}
lanes:
  clerk: {key: .clerk, says: a clerk, states: {OUT: {initial: true}, IN: {says: is there}}}
findings:
  undefined: {id: rfc9998/states/undefined, level: MUST, section: S, says: Defined.}
  silent: {id: rfc9998/states/silent, level: note, section: S, says: Said.}
  captive: {id: rfc9998/states/captive, level: MUST, section: S, says: Last.}
  context: {id: "rfc9998/{event}/context", level: MUST, says: "Context {context}."}
  no-context: {id: "rfc9998/{event}/no-context", level: implied, says: None.}
events:
  order: {context: {name: string}, elsewhere: stays, effect: {orders: orders + .name, each: each + 1}}
  serve: {context: {name: string}, elsewhere: stays, effect: {orders: orders - .name}}
  tip: {context: {value: integer}, elsewhere: stays, effect: {tips: tips + .value}}
  come: {context: {clerk: string}, elsewhere: stays}
  fill: {context: empty, elsewhere: undefined}
  shut: {context: empty, elsewhere: undefined, effect: {closing: true}}
  unlisted: {context: any, elsewhere: stays}
transitions:
  - {on: fill, from: OPEN, to: FULL}
  - {on: shut, from: FULL, to: CLOSED}
  - {on: come, lane: clerk, from: OUT, to: IN}
  - {on: come, lane: clerk, from: IN, stays: true}
waits:
  guests: {in: OPEN, for: "guests, {each} of them"}
  order: {in: BUSY, each: orders, for: "the order {each} of {size(orders)}"}
  clerk: {in: FULL, each: clerk.IN, for: "{each}"}
  end: {in: FULL, when: 'not closing and state == "FULL"', for: the end}
"""


def desk(*edits: tuple[str, str]) -> str:
    text = DESK
    for old, new in edits:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return text


def waits(specification: Specification, *events: bytes) -> list[tuple[str, str, int | None]]:
    found = judge(Machine(specification), b"".join(events)).waits
    return [(each.what, each.says, each.line) for each in found]


ORDER = event("order", {"name": "x"})
FILL = event("fill")


# What is read


def test_rows_are_told_that_hold_with_their_members() -> None:
    """A member stands for itself in the words, whatever variable has that name."""
    spec = load_toy(desk())
    come = event("come", {"clerk": "Ann"})
    assert waits(spec, ORDER) == [
        ("guests", "guests, 1 of them", 1),
        ("order", 'the order "x" of 1', 1),
    ]
    assert waits(spec, come, ORDER, FILL) == [
        ("order", 'the order "x" of 1', 2), ("clerk", '"Ann"', 1), ("end", "the end", 3),
    ]  # fmt: skip
    assert waits(spec, FILL, event("shut")) == []


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        (("{in: OPEN, for", "{in: OPNE, for"), 'unknown state "OPNE"'),
        (("{in: OPEN, for", "{in: CLOSED, for"), "in CLOSED a log is over, and waits for nothing"),
        (("{in: OPEN, for", "{in: [], for"), "no state is named"),
        (("{in: OPEN, for", "{for"), 'what is waited for lacks its key "in"'),
        (("for: the end}", "for: the end, says: x}"), 'unknown key "says" of what is waited for'),
        (("each: orders, for", "each: closing, for"), "a log waits for each member of a set or bag, but this is boolean"),
        (("each: orders, for", "each: oders, for"), 'unknown variable "oders"'),
        (("when: 'not closing", "when: 'not orders"), "boolean"),
        (("when: 'not closing and state == \"FULL\"'", "when: .name"), "no event is at hand"),
        (("when: 'not closing and", "when: 'seen(shutt) and"), 'unknown event "shutt"'),
        (("for: the end}", "for: '{event}'}"), "event"),
    ],
)  # fmt: skip
def test_a_mistake_in_a_row_is_told(edit: tuple[str, str], message: str) -> None:
    found = [fault.message for fault in faults_of(desk(edit))]
    assert len(found) == 1
    assert message in found[0]


def test_a_property_has_none_of_the_ids_that_are_made() -> None:
    claim = "properties:\n  - {id: waits-end, always: 'true', says: x}\n"
    assert [fault.message for fault in faults_of(desk() + claim)] == [
        '"waits-end" is the id of a claim that is made of "waits"'
    ]


def test_the_json_form_gives_the_rows_back() -> None:
    for spec in (load_toy(desk()), load("job"), load("exec"), load("resource")):
        assert spec.waits
        assert decode(encode(spec)) == spec


# Changes


def test_a_change_merges_rows_by_name_and_what_is_removed_takes_its_rows_along(
    tmp_path: Path,
) -> None:
    path = tmp_path / "desk.yaml"
    path.write_text(desk())
    edit = "{waits: {guests: null, end: {for: the bell}, rest: {in: OPEN, for: rest}}}"
    changed = load_changed(str(path), edit)
    assert [(row.name, row.noun) for row in changed.waits] == [
        ("order", "the order … of …"), ("clerk", "…"), ("end", "the bell"), ("rest", "rest"),
    ]  # fmt: skip
    shown = {(each.kind, each.how, each.name) for each in changes(load_file(str(path)), changed)}
    assert shown == {
        ("wait", "removed", "guests"), ("wait", "changed", "end"), ("wait", "added", "rest"),
    }  # fmt: skip
    gone = "{variables: {orders: null}, states: {OPEN: null, FULL: {initial: true}}, waits: {order: {in: FULL}}}"
    with pytest.raises(SpecificationFaults, match="orders"):  # the change speaks of the row
        load_changed(str(path), gone)
    left = load_changed(str(path), gone.replace(", waits: {order: {in: FULL}}", ""))
    assert [(row.name, row.states) for row in left.waits] == [
        ("clerk", ("FULL",)),
        ("end", ("FULL",)),
    ]
    assert load_changed(str(path), "{waits: null}").waits == ()


def test_names_that_are_renamed_are_so_in_rows(tmp_path: Path) -> None:
    """In the words `each` is the member, and not the variable of that name."""
    path = tmp_path / "desk.yaml"
    path.write_text(desk())
    names = "states: {FULL: BUSIEST}, variables: {orders: wishes, each: served, closing: late}"
    rows = {row.name: row for row in load_changed(str(path), f"{{renamed: {{{names}}}}}").waits}
    assert rows["order"].states == ("OPEN", "BUSIEST")
    assert [show(each.tree) for each in rows["order"].expressions] == [
        "wishes",
        "each",
        "size(wishes)",
    ]
    assert [show(each.tree) for each in rows["end"].expressions] == [
        'not late and state == "BUSIEST"'
    ]


def test_the_older_revisions_say_what_their_jobs_wait_for() -> None:
    """Without priorities, urgencies, dependencies or prologs there are no rows for them."""
    rows = {name: [row.name for row in load(f"job@{name}").waits] for name in ("2019", "2021-03")}
    assert rows["2019"] == [
        "validation",
        "depend",
        "resources",
        "start",
        "shells",
        "release",
        "free",
        "clean",
    ]
    assert set(rows["2021-03"]) == {*rows["2019"], "dependency", "held", "priority"}


# Claims


def verdicts(text: str) -> dict[str, str]:
    """The claims that are not decided as they should be, with how they are."""
    outcomes = prove(load_toy(text), quick=True).outcomes
    assert all(each.id.startswith("waits") for each in outcomes)
    return {each.id: each.verdict for each in outcomes if each.verdict != each.expect}


def test_every_configuration_has_a_row_and_each_row_a_log() -> None:
    assert verdicts(desk()) == {}


def test_a_state_without_a_row_is_told_by_model_check_and_by_prove(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lie = desk(
        ('  guests: {in: OPEN, for: "guests, {each} of them"}\n', ""),
        ("{in: BUSY, each", "{in: FULL, each"),
    )
    path = tmp_path / "desk.yaml"
    path.write_text(lie)
    assert main(["model", "check", str(path)]) == 0
    told = capsys.readouterr().err
    line = 1 + lie[: lie.index("  OPEN:")].count("\n")
    assert f"{path}:{line}:3: warning: a log can stop in OPEN, and no row of waits says" in told
    assert verdicts(lie) == {"waits": "refuted"}


def test_a_condition_that_leaves_some_configuration_without_a_row_is_refuted() -> None:
    """In FULL the row holds only while there is an order."""
    lie = desk(("'not closing and state == \"FULL\"'", "not empty(orders)"))
    assert verdicts(lie) == {"waits": "refuted"}
    assert not [each for each in warnings_of(load_toy(lie)) if "row" in each]  # it takes a proof


def test_a_row_that_never_holds_is_told() -> None:
    """Whoever closes leads to CLOSED, so that no log stops in FULL with it."""
    lie = desk(("when: 'not closing and", "when: 'closing and"))
    assert verdicts(lie) == {"waits": "refuted", "waits-end": "proved"}


def test_the_claims_of_job_are_in_its_certificates() -> None:
    """As any claims of the machine; see also what `generate --check` holds them to."""
    claims = {claim.id: claim.expect for claim in load("job").properties}
    assert claims["waits"] == "proved"
    assert {claims[f"waits-{row.name}"] for row in load("job").waits} == {"refuted"}
