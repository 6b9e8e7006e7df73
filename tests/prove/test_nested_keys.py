"""Keys of objects within a context, some of which may be left out: made, proved and verified."""

import itertools
import json
from pathlib import Path
from typing import Any

import pytest

from flux_conform.language import types as t
from flux_conform.language.compiled import encode
from flux_conform.language.parser import parse_type
from flux_conform.machine.step import Machine
from flux_conform.machine.values import MOST_FILLED, filled
from flux_conform.prove import prove
from flux_conform.prove.certificate import document
from flux_conform.prove.outcomes import PROVED, REFUTED
from flux_conform.suite.making.all_vectors import generate
from flux_conform.suite.making.uncovered import gaps_of
from flux_conform.verify import verify
from prove.machines import case

NEST = case("nest")
LEFT_OUT = object()


def birds() -> list[dict[str, Any]]:
    """Every bird that the type admits, written out."""
    found = []
    rings = [LEFT_OUT, {}, *({"code": code} for code in range(4))]
    for kind, size, ring in itertools.product(("egg", "chick"), (LEFT_OUT, *range(10)), rings):
        parts = {"kind": kind, "size": size, "ring": ring}
        found.append({name: value for name, value in parts.items() if value is not LEFT_OUT})
    return found


def test_what_an_event_does_with_a_key_that_is_left_out_is_what_the_rules_say() -> None:
    """Of every bird, by an own reading of guard, rules and effects."""
    machine = Machine(NEST, report=True)
    for bird in birds():
        step = machine.step(machine.initial, "lay", {"bird": bird})
        size = bird.get("size", 0)
        broken = {"rfc99/lay/size"} if size >= 9 else set()
        if "ring" in bird and bird["ring"].get("code", 1) <= 0:
            broken.add("rfc99/lay/ring")
        assert {breach.rule.id for breach in step.breaches} == broken, bird
        moves = bird["kind"] == "egg" and "size" in bird
        assert step.after.state == ("FULL" if moves else "EMPTY")
        assert step.after.values["weight"] == size
        assert step.after.values["last"] == bird["kind"]


def test_all_that_is_claimed_is_decided_and_verified() -> None:
    proofs = prove(NEST, certified=True)
    assert {found.verdict for found in proofs.outcomes} == {PROVED}
    certificates = [found.certificate for found in proofs.outcomes if found.certificate]
    assert len(certificates) == len(NEST.properties)
    model = json.loads(json.dumps(encode(NEST)))
    for result in verify(json.loads(json.dumps(document(certificates))), model):
        assert result.verified, result.line
    assert proofs.exercise is not None
    assert proofs.exercise.verdict == "good"


@pytest.mark.parametrize("most", [0, 4, 7])
def test_what_is_claimed_too_much_is_refuted(most: int) -> None:
    """The values that the search tries reach each bound that is asked for."""
    (found,) = prove(case("nest", ("always: weight < 9", f"always: weight <= {most}"))).outcomes[
        2:3
    ]
    assert found.verdict == REFUTED


@pytest.mark.parametrize(
    "text",
    ["{a: boolean, b: optional integer 0..3}", "{a: optional {b: optional string}, c: integer}"],
)
def test_a_record_is_filled_in_all_combinations_of_what_may_be_left_out(text: str) -> None:
    of = parse_type(text)
    assert isinstance(of, t.Record)
    values = filled(of, [2, "x"])
    assert all(t.accepts(of, value) for value in values)
    shapes = {
        json.dumps({k: v if isinstance(v, dict) else 0 for k, v in value.items()})
        for value in values
    }
    assert len(values) == len({json.dumps(value) for value in values})
    assert any("b" not in value or value.get("a") == {} for value in values)
    assert len(shapes) > 1
    assert any(2 in value.values() or {"b": "x"} in value.values() for value in values)


def test_a_record_of_many_keys_is_filled_one_key_at_a_time() -> None:
    keys = ", ".join(f"k{n}: optional integer 0..9" for n in range(9))
    of = parse_type(f"{{{keys}}}")
    assert isinstance(of, t.Record)
    values = filled(of, [3, 4])
    assert len(values) < 2 * 9 * 5 + 3
    assert {} in values
    assert any(len(value) == 9 for value in values)
    for n in range(9):
        assert {f"k{n}": 3} in values
    assert len(values) > MOST_FILLED


def test_the_suite_covers_what_only_a_nested_key_brings_about() -> None:
    path = Path(__file__).parents[1] / "cases" / "machines" / "nest.yaml"
    suite = generate(NEST, str(path))
    gaps = gaps_of(NEST, suite.vectors, suite.lacks)
    assert gaps.transitions == ()
    assert gaps.states == ()
    assert [clause for clause, _ in gaps.clauses if "/lay/" in clause] == []
