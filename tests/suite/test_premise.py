"""When a rule asks something, for each form that a rule can have; and what that means of logs."""

import pytest

from flux_conform.language.loader import load_text
from flux_conform.language.parser import parse_expression
from flux_conform.machine.step import Machine
from flux_conform.suite.coverage import Coverage
from flux_conform.suite.exercisable import Exercisable
from flux_conform.suite.premise import obligations
from prove.machines import FINDINGS, MODELS
from toys import event

ALWAYS = ""


@pytest.mark.parametrize(
    ("rule", "asks"),
    [
        # What is demanded is demanded of each event.
        ("seen(a)", [ALWAYS]),
        ("held", [ALWAYS]),
        ("has(.k)", [ALWAYS]),
        (".k in names", [ALWAYS]),
        (".k == 1", [ALWAYS]),
        (".k >= least", [ALWAYS]),
        ('state in ["A", "B"]', [ALWAYS]),
        ("seen(a) or held", [ALWAYS]),
        (".k != none", [ALWAYS]),
        # A case comes about.
        ("first implies has(.k)", ["where first"]),
        ("has(.k) implies .k == 1", ["where has(.k)"]),
        (".a == 1 implies .b == 2 implies .c == 3", ["where .a == 1 and .b == 2"]),
        ("if has(.k) then .k == 1 else held", ["where has(.k)", "where not has(.k)"]),
        ("not has(.k) or .k == 1", ["where has(.k)"]),
        ('.type != "x" or has(.k)', ['where .type == "x"']),
        ("empty(names) or held", ["where not empty(names)"]),
        # What is forbidden came about, at another time.
        ("not seen(a)", ["in a log with seen(a) at another time"]),
        ("not held", ["in a log with held at another time"]),
        ("empty(names)", ["in a log with not empty(names) at another time"]),
        ("urgency != 0", ["in a log with urgency == 0 at another time"]),
        ('state != "A"', ['in a log with state == "A" at another time']),
        ("urgency == none", ["in a log with has(urgency) at another time"]),
        (
            'not (.severity == 0 and state == "A")',
            ['where .severity == 0, in a log with state == "A" at another time'],
        ),
        ("seen(a) implies not held", ["where seen(a), in a log with held at another time"]),
        (
            "not (seen(a) or held)",
            ["in a log with seen(a) at another time", "in a log with held at another time"],
        ),
        ("not held or not seen(a)", ["in a log with held and seen(a) at another time"]),
        ("not (held implies seen(a))", ["in a log with held and not seen(a) at another time"]),
        # What is forbidden of the event alone is nearly met.
        (".k != 3", ["where has(.k)"]),
        ("not .k > 3", ["where has(.k)"]),
        ("not (.a == 1 and .b == 2)", ["where .a == 1 or .b == 2"]),
        (
            "not (.k in names)",
            ["where has(.k), in a log with not empty(names) at another time"],
        ),
        # Two absent values are equal, and show nothing.
        (".k == urgency", ["where has(.k) or has(urgency)"]),
        # Each part by itself; a part that says twice the same once.
        ("empty(names) and held", ["in a log with not empty(names) at another time", ALWAYS]),
        ("held and seen(a)", [ALWAYS]),
        ("has(.k) implies (held and .k != 0)", ["where has(.k)"]),
        ("not not held", [ALWAYS]),
        ("not (.k != 1)", [ALWAYS]),
        # Nothing is asked.
        ("true", []),
        ("held implies true", []),
    ],
)
def test_each_form_of_a_rule_has_its_premise(rule: str, asks: list[str]) -> None:
    assert [str(each) for each in obligations(parse_expression(rule).tree, {})] == asks


RULE = "rfc99/box/rule"

MACHINE = f"""
machine: box
title: A box
source: {{rfc: 99}}
lines: eventlog
{FINDINGS}
states:
  OPEN: {{initial: true, says: x}}
  SHUT: {{final: true, says: x}}
definitions:
  hot: .heat > 100
variables: {{inside: set of string, locked: boolean}}
events:
  put: {{context: {{thing: string, heat: optional integer}}, says: x, elsewhere: stays, effect: {{inside: inside + .thing}}}}
  take: {{context: {{thing: string}}, says: x, elsewhere: stays, effect: {{inside: inside - .thing}}}}
  lock: {{context: empty, says: x, elsewhere: stays, effect: {{locked: 'true'}}}}
  shut: {{context: empty, says: x, elsewhere: undefined}}
  unlisted: {{says: x, context: any, elsewhere: stays}}
transitions:
  - {{on: shut, from: OPEN, to: SHUT}}
rules:
  - {{id: rfc99/box/rule, level: implied, on: EVENT, require: 'RULE', says: x, breach: x, repair: x}}
"""


def put(thing: str, **keys: int) -> bytes:
    return event("put", {"thing": thing, **keys})


def take(thing: str) -> bytes:
    return event("take", {"thing": thing})


LOCK, SHUT = event("lock"), event("shut")


@pytest.mark.parametrize(
    ("on", "rule", "vacuous", "telling"),
    [
        ("shut", "empty(inside)", SHUT, put("a") + take("a") + SHUT),
        ("shut", "empty(inside)", take("a") + SHUT, put("a") + take("a") + SHUT),
        ("put", "not locked", put("a"), put("a") + LOCK),
        ("put", "not seen(lock)", put("a"), put("a") + LOCK),
        ("put", "hot implies locked", LOCK + put("a", heat=100), LOCK + put("a", heat=101)),
        ("put", "has(.heat) implies .heat > 5", put("a"), put("a", heat=6)),
        ("put", ".heat != 7", put("a"), put("a", heat=8)),
        ("take", "not (.thing in inside)", take("a"), put("b") + take("a")),
        # The rule's own event must come: what it forbids alone shows nothing.
        ("take", "not locked", put("a") + LOCK, take("a") + LOCK),
        # Both parts must have been asked, be it of different logs; here one log asks only one.
        ("shut", "empty(inside) and not locked", put("a") + take("a") + SHUT, b""),
        # Who breaks a rule does not exercise it.
        ("shut", "empty(inside)", put("a") + SHUT, b""),
        ("put", "not seen(lock)", LOCK + put("a"), b""),
        # A key of the wrong type cannot be read.
        ("put", "has(.heat) implies locked", LOCK + event("put", {"thing": "a", "heat": "1"}), b""),
    ],
)
def test_a_vacuous_pass_does_not_exercise_a_rule(
    on: str, rule: str, vacuous: bytes, telling: bytes
) -> None:
    text = MACHINE.replace("EVENT", on).replace("RULE", rule)
    specification = load_text(text, "box.yaml", lambda name: str(MODELS / f"{name}.yaml"))
    machine = Machine(specification)
    coverage = Coverage(machine, Exercisable(specification))

    def marked(log: bytes) -> set[int]:
        return {number for part, name, number in coverage.shown(log).marks if name == RULE}

    table = specification.definition_table
    wanted = set(range(len(obligations(specification.rules[0].require.tree, table))))
    assert marked(vacuous) != wanted
    if telling:
        assert marked(telling) == wanted
