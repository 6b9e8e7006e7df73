"""What lies behind a guard or a rule is found, whatever values it asks for.

`prove`, the suite and the strategies try few events. Each machine here has its end behind values
that are not plain; one log that comes there is given, so that there is no doubt that it can be.
"""

import json
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from flux_conform import strategies
from flux_conform.checking.judge import judge
from flux_conform.diff import compare
from flux_conform.diff.checker import checker
from flux_conform.language.loader import load_file
from flux_conform.language.specification import Specification
from flux_conform.machine.step import Machine
from flux_conform.suite.making.all_vectors import generate
from flux_conform.suite.making.control_vectors import CONTROL
from prove.machines import FINDINGS, rule, verdicts


class Hidden(NamedTuple):
    """A machine in parts, and the events of a log that comes to its end."""

    context: str
    log: tuple[tuple[str, Any], ...]
    when: str = ""
    effect: str = ""
    variables: str = ""
    require: str = "true"
    send: str = ""

    @property
    def text(self) -> str:
        """From NEW by pay to PAID, and by send to SENT."""
        effect = f", effect: {{{self.effect}}}" if self.effect else ""
        when = f", when: '{self.when}'" if self.when else ""
        send = f", when: '{self.send}'" if self.send else ""
        variables = f"variables: {{{self.variables}}}" if self.variables else ""
        return f"""
machine: order
title: An order
source: {{rfc: 99}}
lines: eventlog
{FINDINGS}
states:
  NEW: {{initial: true, says: x}}
  PAID: {{says: x}}
  SENT: {{final: true, says: x}}
{variables}
events:
  pay: {{context: {{{self.context}}}, says: x, elsewhere: undefined{effect}}}
  send: {{context: empty, says: x, elsewhere: undefined}}
  unlisted: {{says: x, context: any, elsewhere: stays}}
transitions:
  - {{on: pay, from: NEW, to: PAID{when}}}
  - {{on: pay, from: PAID, stays: true}}
  - {{on: send, from: PAID, to: SENT{send}}}
rules:
  {rule("send/paid", "send", self.require)}
properties:
  - {{id: states, reachable: each state, says: States.}}
"""


def paid(**context: Any) -> tuple[tuple[str, Any], ...]:
    """One payment that will do."""
    return ("pay", context), ("send", None)


HIDDEN = {
    "a number far from every constant": Hidden(
        "cents: integer 1..100",
        paid(cents=51),
        effect="amount: .cents",
        variables="amount: integer",
        require="amount != 7",
    ),
    "a number above a bound": Hidden(
        "cents: integer",
        paid(cents=301),
        effect="amount: .cents",
        variables="amount: integer",
        require="amount > 300",
    ),
    "a count of twenty": Hidden(
        "cents: integer 1..100",
        (*(("pay", {"cents": 1}),) * 20, ("send", None)),
        effect="count: count + 1",
        variables="count: integer",
        require="count == 20",
    ),
    "a total": Hidden(
        "cents: integer 1..100",
        (*(("pay", {"cents": 100}),) * 3, ("send", None)),
        effect="total: total + .cents",
        variables="total: integer",
        require="total == 300",
    ),
    "two keys": Hidden(
        "signed: boolean, sealed: boolean",
        paid(signed=True, sealed=True),
        when=".signed and .sealed",
    ),
    "two keys in an effect": Hidden(
        "signed: boolean, sealed: boolean",
        paid(signed=True, sealed=True),
        effect="sound: .signed and .sealed",
        variables="sound: boolean",
        send="sound",
    ),
    "two keys that a rule asks for": Hidden(
        "signed: boolean, sealed: boolean",
        paid(signed=True, sealed=True),
        effect="sound: .signed and .sealed",
        variables="sound: boolean",
        require="sound",
    ),
    "several keys of many values": Hidden(
        ", ".join(f"{key}: integer" for key in "abcdef"),
        paid(a=11, b=22, c=33, d=44, e=55, f=66),
        when=" and ".join(f".{key} == {11 * n}" for n, key in enumerate("abcdef", 1)),
    ),
    "a word of a list": Hidden(
        'by: \'"card" | "cash" | "cheque"\'',
        paid(by="cheque"),
        when='.by in ["cash", "cheque"]',
    ),
    "any text of a list": Hidden("by: string", paid(by="cheque"), when='.by in ["cash", "cheque"]'),
    "a sum": Hidden("cents: integer", paid(cents=37), when=".cents + 5 == 42"),
    "a difference": Hidden("cents: integer", paid(cents=47), when="50 - .cents == 3"),
    "a product": Hidden(
        "cents: integer 1..100",
        paid(cents=7),
        effect="amount: .cents * 100",
        variables="amount: integer",
        require="amount == 700",
    ),
    "a quotient": Hidden("cents: integer", paid(cents=4200), when=".cents / 100 == 42"),
    "one key above another": Hidden(
        "cents: integer 0..100, price: integer 0..1000",
        paid(cents=90, price=80),
        when=".cents > .price",
    ),
    "two keys that add up": Hidden(
        "cents: integer 1..100, pounds: integer 0..100",
        paid(cents=21, pounds=43),
        when=".pounds * 100 + .cents == 4321",
    ),
    "a total of two keys": Hidden(
        "cents: integer 1..100, pounds: integer 0..100",
        paid(cents=21, pounds=43),
        effect="amount: .pounds * 100 + .cents",
        variables="amount: integer",
        require="amount == 4321",
    ),
    "more than a multiple": Hidden(
        "cents: integer 1..100",
        paid(cents=71),
        effect="amount: .cents * 100",
        variables="amount: integer",
        require="amount > 7000",
    ),
    "the less of two": Hidden("by: integer 0..1", paid(by=0), when="not (.by == 1)"),
    "texts that differ": Hidden(
        "payer: string, payee: string", paid(payer="a", payee="b"), when=".payer != .payee"
    ),
    "what is added to and taken away": Hidden(
        "cents: integer",
        (("pay", {"cents": 41}), ("pay", {"cents": 35}), ("send", None)),
        effect="last: .cents + 1, less: last - .cents == 7",
        variables="last: integer, less: boolean",
        require="less",
    ),
    "more than the last time": Hidden(
        "cents: integer 0..100",
        (("pay", {"cents": 51}), ("pay", {"cents": 52}), ("send", None)),
        effect="last: .cents, more: .cents > last and last > 50",
        variables="last: integer, more: boolean",
        require="more",
    ),
}


class Written(NamedTuple):
    """A machine in a file of its own."""

    hidden: Hidden
    path: Path

    @property
    def specification(self) -> Specification:
        return load_file(str(self.path))


@pytest.fixture(params=HIDDEN.values(), ids=HIDDEN)
def hidden(request: pytest.FixtureRequest, tmp_path: Path) -> Written:
    path = tmp_path / "order.yaml"
    path.write_text(request.param.text)
    return Written(request.param, path)


def lines_of(log: tuple[tuple[str, Any], ...]) -> bytes:
    return b"".join(
        json.dumps(
            {
                "timestamp": 1700000000.0 + n,
                "name": name,
                **({} if context is None else {"context": context}),
            }
        ).encode()
        + b"\n"
        for n, (name, context) in enumerate(log)
    )


def test_some_log_comes_to_the_end(hidden: Written) -> None:
    """The one that is given: the tests below ask for nothing that is not there."""
    assert judge(Machine(hidden.specification), lines_of(hidden.hidden.log)).verdict == "conforms"


def test_prove_finds_a_log_that_comes_to_the_end(hidden: Written) -> None:
    """Every state is proved to be reachable."""
    assert verdicts(hidden.specification) == {"states": "proved"}


def test_the_suite_has_logs_that_come_to_the_end(hidden: Written) -> None:
    """Also beside the complete set for the control machine, which larger machines do not have."""
    vectors = generate(hidden.specification, str(hidden.path)).vectors
    assert {"conforms", "incomplete", "violates"} <= {v.expected.verdict for v in vectors}
    clean = [v for v in vectors if v.expected.states[-1:] == ("SENT",) and not v.expected.findings]
    assert {v.draft.group for v in clean} - {CONTROL}


def test_strategies_draw_logs_that_come_to_the_end(hidden: Written) -> None:
    """And they conform."""
    specification = hidden.specification
    own = Machine(specification)

    @settings(max_examples=5, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
    @given(strategies.eventlogs(specification))
    def draw(log: strategies.Eventlog) -> None:
        assert judge(own, bytes(log)).verdict == "conforms"

    draw()


def test_diff_finds_what_only_such_a_log_shows(hidden: Written) -> None:
    """Where the last event stays in the state instead, a log that comes there is read otherwise."""
    text = hidden.hidden.text.replace(
        "{on: send, from: PAID, to: SENT", "{on: send, from: PAID, stays: true"
    )
    other = hidden.path.with_name("other.yaml")
    other.write_text(text)
    one, two = hidden.specification, load_file(str(other))
    answer = compare(one, two, judge=checker(False)).meaning.answer("states")
    assert answer.witness is not None
    assert answer.witness.run.events[-1].state == "SENT"
    assert answer.witness.other[-1] == "PAID"


LIGHT = f"""
machine: light
title: A light
source: {{rfc: 99}}
lines: eventlog
{FINDINGS}
states:
  OFF: {{initial: true, says: dark}}
  ON: {{says: bright}}
  BROKEN: {{final: true, says: over}}
events:
  set: {{context: {{to: '"on" | "burst" | "stolen"'}}, says: switched, elsewhere: undefined}}
  unlisted: {{context: any, says: other, elsewhere: stays}}
transitions:
  - {{on: set, when: .to == "on", from: OFF, to: ON}}
  - {{on: set, when: .to == "burst", from: [ON, OFF], to: BROKEN}}
  - {{on: set, when: .to == "stolen", from: [ON, OFF], to: BROKEN}}
"""


def test_rows_that_differ_in_their_guards_alone_have_vectors_of_their_own(tmp_path: Path) -> None:
    """From OFF by ON to BROKEN there are two ways, and no two vectors have one name."""
    path = tmp_path / "light.yaml"
    path.write_text(LIGHT)
    drafts = [vector.draft for vector in generate(load_file(str(path)), str(path)).vectors]
    assert len({draft.id for draft in drafts}) == len(drafts)
    pairs = [draft.log for draft in drafts if draft.purpose == "transition-pair"]
    for word in (b"burst", b"stolen"):
        assert any(b'"on"' in log and word in log for log in pairs)
