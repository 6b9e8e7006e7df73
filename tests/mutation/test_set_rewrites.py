"""Changes of expressions over sets and objects: what comes of them is well typed again."""

from pathlib import Path

import pytest

from flux_conform.language import load
from flux_conform.language.naming_scope import Scope
from flux_conform.language.parser import parse_expression
from flux_conform.language.typecheck import check
from flux_conform.language.types import Boolean
from flux_conform.mutation.rewrites import rewrites

RESOURCE = load("resource")


def changed(text: str) -> set[str]:
    return {each.text for each in rewrites(parse_expression(text), RESOURCE)}


def test_a_comparison_of_sets_is_turned_round_or_made_an_equality() -> None:
    """Sets are not ordered by <, nor numbers turned round."""
    assert changed("up <= drained") == {
        "not up <= drained", "drained <= up", "up == drained",
    }  # fmt: skip
    assert "up & slow == drained" in changed("up & slow <= drained")
    assert "ranks(.idset) < drained" not in changed("ranks(.idset) <= drained")
    assert "size(up) < 3" in changed("size(up) <= 3")


def test_a_list_that_is_held_against_a_set_is_no_number() -> None:
    assert changed("hosts(.nodelist) <= hosts(.nodelist)") == {
        "not hosts(.nodelist) <= hosts(.nodelist)",
        "set(hosts(.nodelist)) == set(hosts(.nodelist))",
    }


@pytest.mark.parametrize("name", ["streams", "ranks"])
def test_every_change_of_a_rule_on_sets_and_lists_is_well_typed(name: str) -> None:
    """What is ill typed would fail where it is evaluated."""
    machine = load(Path(__file__).parents[1] / "sets" / f"{name}.yaml")
    variables = {variable.name: variable.type for variable in machine.variables}
    for rule in machine.rules:
        keys = machine.event(rule.on[0]).key_types
        scope = Scope(variables, {}, ("START", "LIVE"), (), keys)
        for each in rewrites(rule.require, machine):
            kind, faults = check(each.tree, scope)
            assert (kind, faults) == (Boolean(), []), each.text


def test_being_disjoint_is_a_condition() -> None:
    assert changed("disjoint(up, drained)") == {"not disjoint(up, drained)"}


def test_what_is_merged_may_be_its_default_alone_and_never_none() -> None:
    """Nothing can be merged with none."""
    assert changed("merge(up, .a else {b: 1})") == {
        "up", ".a else {b: 1}", "merge(up, {b: 1})", "update(up, .a else {b: 1})",
    }  # fmt: skip
