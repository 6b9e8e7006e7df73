"""What is no expression over sets is refused, with what is wrong."""

from pathlib import Path

import pytest

from flux_conform.language.faults import SpecificationFaults
from flux_conform.language.loader import load_text

RANKS = Path(__file__).with_name("ranks.yaml")
MODELS = Path(__file__).parents[2] / "model"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("ranks(.nodelist) <= up", "what ranks(…) reads is idset, but this is hostlist"),
        ("hosts(.idset) <= []", "what hosts(…) reads is hostlist, but this is idset"),
        ("hosts(.nodelist) <= up", "have no member in common"),
        ("up <= 3", '"<=" takes two sets or lists, but this is integer'),
        ("up + [1, 2] == up", "set(…) makes a set of a list"),
        ("disjoint(up)", '"disjoint" takes 2 argument(s), not 1'),
        ("disjoint(up, 3)", '"disjoint" takes two sets or lists'),
        ("size(set(up & 3)) > 0", '"&" takes two sets or lists'),
        ("up < drained", '"<" orders numbers, not set of integer'),
        ("empty(set(.idset))", "set(…) takes a list, not idset"),
    ],
)
def test_a_wrong_expression_is_told(text, message):
    whole = RANKS.read_text("utf-8")
    old = "require: size(ranks(.idset)) == size(hosts(.nodelist))"
    assert whole.count(old) == 1
    changed = whole.replace(old, f"require: '{text}'")
    with pytest.raises(SpecificationFaults) as caught:
        load_text(changed, "ranks.yaml", lambda name: str(MODELS / f"{name}.yaml"))
    assert any(message in fault.message for fault in caught.value.faults)
