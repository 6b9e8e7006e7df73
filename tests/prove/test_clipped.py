"""A search that ends early takes no configuration for stuck whose steps it has not seen."""

import json

import pytest

from flux_conform.cli.certificates import verified
from flux_conform.language.loader import load_changed
from flux_conform.prove import prove
from flux_conform.prove.certificate import dumps
from flux_conform.prove.outcomes import PROVED, REFUTED
from flux_conform.prove.prover import Prover
from prove.machines import by_id, machine, rule, verdicts

FLAGS = ("one", "two", "three")

WAYS_OUT = """
    - {id: end, recoverable: state == "Z", says: E.}
    - {id: leave, leavable: every other state, says: L.}
"""


def events_of_flags() -> str:
    """Events that turn a flag each, wherever they come."""
    return "".join(
        f"{flag}: {{by: [job manager], says: x, context: undefined, elsewhere: stays, "
        f"effect: {{flag_{flag}: not flag_{flag}}}}}\n"
        for flag in FLAGS
    )


def flagged(transitions: str):
    """A machine with flags that a note reads, so that it has many configurations."""
    return machine(
        states="""
            A: {initial: true, says: x}
            T: {says: x}
            Z: {final: true, says: x}
        """,
        variables="".join(f"flag_{flag}: boolean\n" for flag in FLAGS),
        events=events_of_flags().replace("by: [job manager], ", "")
        + "fall: {says: x, context: empty, elsewhere: undefined}\n"
        + "end: {says: x, context: empty, elsewhere: undefined}\n",
        transitions=transitions,
        rules=rule("flags", "end", " or ".join(f"flag_{flag}" for flag in FLAGS), "note"),
        properties=WAYS_OUT,
    )


@pytest.fixture
def clipped(monkeypatch):
    """Searches that end after a few configurations."""
    bounds = Prover.bounds.fget
    monkeypatch.setattr(
        Prover, "bounds", property(lambda self: bounds(self)._replace(configurations=5))
    )


def test_a_way_out_is_proved_though_the_search_was_clipped(clipped):
    specification = flagged("""
        - {on: fall, from: A, to: T}
        - {on: end, from: [A, T], to: Z}
    """)
    assert Prover(specification, specification.today.name).search("implied").clipped
    assert verdicts(specification) == {"end": PROVED, "leave": PROVED}


def test_a_trap_is_refuted_though_the_search_was_clipped(clipped):
    specification = flagged("""
        - {on: fall, from: A, to: T}
        - {on: end, from: A, to: Z}
    """)
    assert Prover(specification, specification.today.name).search("implied").clipped
    assert verdicts(specification) == {"end": REFUTED, "leave": REFUTED}


ENDED = "[{on: fall, from: A, to: T}, {on: end, from: [A, T], to: Z}]"


@pytest.mark.parametrize(
    ("level", "require", "without"),
    [
        ("note", "flag_one and flag_two", {"one", "two", "three"}),
        ("MUST", "not flag_one", {"one", "two", "three"}),
        ("MUST", "flag_one", {"two", "three"}),
        ("MUST", "not flag_two or flag_one", {"one", "two", "three"}),
    ],
)
def test_events_are_left_out_of_a_search_whose_changes_no_rule_asks_for(level, require, without):
    """Those that are needed for a rule of the level that runs obey stay."""
    specification = machine(
        states="A: {initial: true, says: x}\nT: {says: x}\nZ: {final: true, says: x}\n",
        variables="".join(f"flag_{flag}: boolean\n" for flag in FLAGS),
        events=events_of_flags().replace("by: [job manager], ", "")
        + "fall: {says: x, context: empty, elsewhere: undefined}\n"
        + "end: {says: x, context: empty, elsewhere: undefined}\n",
        transitions=ENDED,
        rules=rule("flags", "end", require, level),
        properties=WAYS_OUT,
    )
    prover = Prover(specification, specification.today.name)
    spare = prover.sparing(specification.properties[0])
    assert spare.left_out - {"unlisted"} == without
    taken = {step.action.event for step in spare.search("implied").steps}
    assert without.isdisjoint(taken)


@pytest.mark.slow
def test_six_more_flags_hide_no_dead_end_of_a_job():
    """And none is seen where there is none."""
    six = [f"flag_{number}" for number in range(6)]
    events = "".join(
        f"  turn-{flag}: {{by: [job manager], says: x, context: undefined, elsewhere: stays, "
        f"effect: {{{flag}: not {flag}}}}}\n"
        for flag in six
    )
    change = f"""
variables: {{{", ".join(f"{flag}: {{type: boolean, says: x}}" for flag in six)}}}
events:
{events}
rules:
  rfc21/flags/x: {{level: MUST, on: clean, require: not ({" and ".join(six)}),
    section: S, says: S., breach: b, repair: r}}
"""
    specification = load_changed("job", change)
    asked = ["final-from-everywhere", "ends-without-exception"]
    found = by_id(prove(specification, properties=asked, quick=True, certified=True))
    assert {name: outcome.verdict for name, outcome in found.items()} == {
        "final-from-everywhere": PROVED,
        "ends-without-exception": REFUTED,
    }
    certificates = json.loads(dumps([outcome.certificate for outcome in found.values()]))
    assert all(each.verified for each in verified(certificates, specification))


@pytest.mark.slow
def test_three_more_flags_do_not_keep_a_job_from_its_end():
    """There are more configurations then than the search may meet."""
    change = f"""
variables: {{{", ".join(f"flag_{flag}: {{type: boolean, says: x}}" for flag in FLAGS)}}}
events:
  {events_of_flags().strip().replace(chr(10), chr(10) + "  ")}
rules:
  rfc21/flags/x: {{level: note, on: clean, require: flag_one or flag_two or flag_three,
    section: S, says: S., breach: b, repair: r}}
"""
    specification = load_changed("job", change)
    assert Prover(specification, specification.today.name).search("implied").clipped
    asked = ["final-from-everywhere", "no-other-dead-end"]
    found = by_id(prove(specification, properties=asked, quick=True))
    assert {name: outcome.verdict for name, outcome in found.items()} == dict.fromkeys(
        asked, PROVED
    )
