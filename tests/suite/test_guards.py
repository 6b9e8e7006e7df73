"""Guards that ask for a member of a collection are shown where they hold and where they fail."""

import json
from pathlib import Path

import pytest

from flux_conform.suite.making.all_vectors import generate
from flux_conform.suite.making.vector import Vector
from prove.machines import FINDINGS, loaded

MACHINE = f"""
machine: box
title: A box
source: {{rfc: 99}}
lines: eventlog
{FINDINGS}
states:
  EMPTY: {{initial: true, says: x}}
  FULL: {{says: x}}
  SHUT: {{final: true, says: x}}
variables: {{held: COLLECTION}}
events:
  put: {{context: {{thing: 'TYPE'}}, says: x, elsewhere: undefined, effect: {{held: held + .thing}}}}
  shut: {{context: empty, says: x, elsewhere: stays}}
  unlisted: {{says: x, context: any, elsewhere: stays}}
transitions:
  - {{on: put, from: EMPTY, to: FULL}}
  - {{on: shut, from: FULL, when: GUARD, to: SHUT}}
"""


def vectors_of(text: str, folder: Path) -> list[Vector]:
    """The vectors of a suite."""
    path = folder / "box.yaml"
    path.write_text(text)
    return list(generate(loaded(text), str(path)).vectors)


def names_of(vector: Vector) -> list[str]:
    """The events of a vector's log; none where its lines are no events."""
    try:
        return [json.loads(line)["name"] for line in vector.draft.log.splitlines()]
    except (ValueError, TypeError, KeyError):
        return []


@pytest.mark.parametrize("collection", ["set of string", "bag of string"])
@pytest.mark.parametrize("of", ["string", '"lamp" | "book" | "key"'])
@pytest.mark.parametrize("guard", ['"lamp" in held', '"key" in held', 'not ("lamp" in held)'])
def test_a_member_that_a_guard_asks_for_is_there_in_one_log_and_not_in_another(
    collection: str, of: str, guard: str, tmp_path: Path
) -> None:
    text = MACHINE.replace("COLLECTION", collection).replace("TYPE", of)
    text = text.replace("GUARD", f"'{guard}'")
    ends = {
        vector.expected.states[-1]
        for vector in vectors_of(text, tmp_path)
        if names_of(vector) == ["put", "shut"] and not vector.expected.findings
    }
    assert ends == {"FULL", "SHUT"}
