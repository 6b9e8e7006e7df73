"""The package's answers about small random machines are those of a second, plain reading."""

import json
from collections import Counter
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from flux_conform.checking.judge import Options, judge
from flux_conform.machine.step import Machine as Judged
from flux_conform.prove import prove
from flux_conform.prove.outcomes import PROVED, REFUTED, UNKNOWN
from plain.drawn import machines, text
from plain.machine import Machine, Runs, explore, initial, leads_to, letters, levels, step
from prove.machines import loaded

RANDOM = settings(
    max_examples=300,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
WRONG = [True, False, 0, 1, 1.0, 2, -1, 10**20, "a", "z", None, [], {}]
"""Values that keys may have, whatever their types."""


@st.composite
def logs(draw: st.DrawFn, machine: Machine) -> list[tuple[str, dict[str, Any]]]:
    """A log of a machine; some contexts lack a key or bear a value that may be of a wrong type."""
    alphabet = list(letters(machine))
    events = []
    for name, context in draw(st.lists(st.sampled_from(alphabet), max_size=8)):
        own = dict(context)
        for key in machine.events[name].keys:
            fate = draw(st.integers(0, 9))
            if fate == 0:
                own.pop(key, None)
            elif fate == 1:
                own[key] = draw(st.sampled_from(WRONG))
        events.append((name, own))
    return events


def line(number: int, name: str, context: dict[str, Any]) -> str:
    """An event as a line of a log."""
    return json.dumps({"timestamp": number + 1, "name": name, "context": context}) + "\n"


@given(st.data())
@RANDOM
def test_check_finds_what_the_plain_reading_finds(data: st.DataObject) -> None:
    """Findings with their lines, the state at the end, and the verdict."""
    machine = data.draw(machines())
    log = data.draw(logs(machine))
    place, expected = initial(machine), Counter()
    for number, (name, context) in enumerate(log, 1):
        did = step(machine, place, name, context)
        expected.update((number, rule) for rule in did.breaks)
        place = did.after
    given_ = "".join(line(*row) for row in ((n, *each) for n, each in enumerate(log)))
    found = judge(Judged(loaded(text(machine))), given_.encode(), Options(notes=True))
    if not log:
        assert {each.rule for each in found.findings} == {"rfc18/not-empty"}
        return
    assert Counter((each.line, each.rule.split("/", 1)[1]) for each in found.findings) == expected
    assert found.state == place.state
    of = levels(machine)
    violates = any(of[rule] == "MUST" for _, rule in expected)
    is_on_its_way = machine.final is not None and place.state != machine.final
    assert found.verdict == (
        "violates" if violates else "incomplete" if is_on_its_way else "conforms"
    )


PROPERTIES = """\
properties:
  - {id: states, reachable: each state, silent: out, says: S.}
  - {id: states-by-silence, reachable: each state, says: S.}
  - {id: rows, taken: each transition, silent: out, says: R.}
  - {id: leave, leavable: every other state, says: L.}
  - {id: leave-whatever, leavable: every other state, says: L., assuming: MUST}
"""
END = "  - {id: end, recoverable: 'state == \"%s\"', says: E.}\n"


def claims(machine: Machine) -> dict[str, bool] | None:
    """Which of the properties hold, by a visit to every place; None where there are too many."""
    loud = explore(machine)
    spoken = explore(machine, silent=False)
    rash = explore(machine, refused=["MUST"])
    if loud is None or spoken is None or rash is None:
        return None
    taken = {id(did.row) for steps in spoken.steps.values() for _, _, did in steps}
    held = {
        "states": reached(spoken) == set(machine.states),
        "states-by-silence": reached(loud) == set(machine.states),
        "rows": all(id(row) in taken for row in machine.rows),
        "leave": can_leave(loud, machine),
        "leave-whatever": can_leave(rash, machine),
    }
    if machine.final is not None:
        ends = {place for place in loud.parents if place.state == machine.final}
        held["end"] = leads_to(loud, ends) >= set(loud.parents)
    return held


def reached(runs: Runs) -> set[str]:
    """The states that some run comes to."""
    return {place.state for place in runs.parents}


def can_leave(runs: Runs, machine: Machine) -> bool:
    """Whether the state can change, now or later, wherever a run is before the end."""
    doors = {
        place
        for place, steps in runs.steps.items()
        if any(did.after.state != place.state for _, _, did in steps)
    }
    able = leads_to(runs, doors)
    return all(place in able for place in runs.parents if place.state != machine.final)


def verdicts_on(many: int) -> Counter[str]:
    """Hold `prove` against the visit on so many machines, and count its verdicts."""
    verdicts: Counter[str] = Counter()

    @given(machines())
    @settings(RANDOM, max_examples=many)
    def agree(machine: Machine) -> None:
        held = claims(machine)
        assume(held is not None)
        properties = PROPERTIES + (END % machine.final if machine.final is not None else "")
        for each in prove(loaded(text(machine, properties)), quick=True).outcomes:
            verdicts[each.verdict] += 1
            if each.verdict != UNKNOWN:
                assert each.verdict == (PROVED if held[each.id] else REFUTED), each.id

    agree()
    return verdicts


def test_prove_proves_what_holds_at_every_place_and_refutes_the_rest() -> None:
    verdicts = verdicts_on(30)
    assert verdicts[PROVED] > 20
    assert verdicts[REFUTED] > 20


@pytest.mark.slow
def test_of_many_machines_hardly_a_question_stays_open() -> None:
    """And none is answered otherwise than by a visit to every place."""
    verdicts = verdicts_on(300)
    assert verdicts[UNKNOWN] <= 0.01 * verdicts.total()
