"""Changes of expressions over sets: what comes of them is well typed again."""

from flux_conform.language import load
from flux_conform.language.parser import parse_expression
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


def test_being_disjoint_is_a_condition() -> None:
    assert changed("disjoint(up, drained)") == {"not disjoint(up, drained)"}
