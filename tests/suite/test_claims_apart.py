"""What a suite holds does not depend on what its specification claims, nor on its scenarios."""

from pathlib import Path

from flux_conform.suite.making.all_vectors import Suite, generate
from flux_conform.suite.making.shipping import trial_of
from flux_conform.suite.making.strengthen import measure
from flux_conform.suite.making.telling_events import letters_of
from prove.machines import FINDINGS, loaded

MACHINE = f"""
machine: jar
title: A jar
source: {{rfc: 99}}
lines: eventlog
{FINDINGS}
states:
  OPEN: {{initial: true, says: x}}
  SHUT: {{final: true, says: x}}
variables:
  last: {{type: integer, says: x}}
events:
  put:
    context: {{weight: integer}}
    effect: {{last: .weight}}
    elsewhere: stays
    says: x
  shut: {{context: empty, says: x, elsewhere: undefined}}
  unlisted: {{says: x, context: any, elsewhere: stays}}
transitions:
  - {{on: shut, from: OPEN, when: last > 7, to: SHUT}}
questions:
  - id: weighed
    about: [put]
    readings:
      text: the weight is kept
      lore:
        says: nothing says the weight
        change: {{events: {{put: {{context: any, effect: {{last: "9"}}}}}}}}
    chosen: text
    why: x
    log: [shut]
"""
CLAIMS = """
properties:
  - {id: few, always: last != 23, says: x, section: x, expect: refuted}
  - {id: light, on: put, when: .weight == 31, then: last == 31, says: x, section: x}
participants: {cook: {roles: any component, says: x}}
scenarios:
  jam:
    title: Jam
    says: x
    steps:
      - {at: 0, event: put, along: [cook], context: {weight: 57}}
      - {at: 1, event: shut, along: [cook]}
"""


def made(tmp_path: Path, text: str) -> Suite:
    path = tmp_path / "jar.yaml"
    path.write_text(text)
    return generate(loaded(text), str(path))


def test_claims_and_scenarios_change_no_vector(tmp_path: Path) -> None:
    """Though they compare with numbers of their own, and one does not fit a reading."""
    plain, claimed = loaded(MACHINE), loaded(MACHINE + CLAIMS)
    assert letters_of(claimed) != letters_of(plain)
    suite = made(tmp_path, MACHINE + CLAIMS)
    assert suite.vectors == made(tmp_path, MACHINE).vectors
    assert {name for vector in suite.vectors for name in vector.contested} == {"weighed"}


def test_claims_and_scenarios_change_no_strength(tmp_path: Path) -> None:
    trial = trial_of(made(tmp_path, MACHINE))
    plain, claimed = (measure(loaded(text), trial) for text in (MACHINE, MACHINE + CLAIMS))
    assert plain == claimed
