"""A search that ends early takes no configuration for stuck whose steps it has not seen."""

import pytest

from flux_conform.language.loader import load_changed
from flux_conform.prove import prove
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
