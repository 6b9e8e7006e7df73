"""A broken model of RFC 21 is refuted: which properties, and with which counterexample.

What each test expects was written down from the edit alone, before the proofs were run on it.
"""

import json

import pytest

from flux_conform.prove import prove
from flux_conform.prove.outcomes import REFUTED
from prove.cases import TABLE
from prove.machines import by_id, edited, names, states

CLEAN = "  - {on: clean, from: CLEANUP, to: INACTIVE, basis: [text, diagram]}\n"
ALLOC = "  - {on: alloc, from: SCHED, to: RUN, basis: [text, diagram]}\n"


def outcomes(specification):
    """What RFC 21 claims beside its table has tests of its own."""
    return by_id(prove(specification, properties=TABLE))


def refuted(found):
    return {name for name, outcome in found.items() if outcome.verdict == REFUTED}


def last_context(outcome):
    return json.loads(outcome.counterexample.events[-1].line)["context"]


@pytest.fixture(scope="module")
def without_clean():
    return outcomes(edited("job", CLEAN, ""))


@pytest.fixture(scope="module")
def with_exit():
    row = "  - {on: validate, from: INACTIVE, to: DEPEND, basis: text}\n"
    return outcomes(edited("job", CLEAN, CLEAN + row))


@pytest.fixture(scope="module")
def with_overlap():
    row = "  - {on: exception, when: .severity < 2, from: RUN, stays: true, basis: text}\n"
    return outcomes(edited("job", CLEAN, CLEAN + row))


@pytest.fixture(scope="module")
def without_alloc():
    return outcomes(edited("job", ALLOC, ""))


class TestWithoutTheTransitionOnClean:
    def test_exactly_these_properties_are_refuted(self, without_clean):
        assert refuted(without_clean) == {
            "every-state-reachable",
            "final-from-everywhere",
            "no-other-dead-end",
        }

    def test_inactive_is_not_reached_and_the_invariant_says_so(self, without_clean):
        outcome = without_clean["every-state-reachable"]
        assert outcome.summary == "no run reaches INACTIVE"
        assert outcome.invariant == ('state != "INACTIVE"',)
        assert "  no transition leads to INACTIVE" in outcome.detail

    def test_cleanup_is_a_dead_end_and_the_shortest_log_leads_there(self, without_clean):
        outcome = without_clean["no-other-dead-end"]
        assert names(outcome) == ["submit", "validate", "exception"]
        assert states(outcome) == ["NEW", "DEPEND", "CLEANUP"]
        assert last_context(outcome)["severity"] == 0

    def test_the_final_state_is_out_of_reach_for_good_in_cleanup(self, without_clean):
        outcome = without_clean["final-from-everywhere"]
        assert names(outcome) == ["submit", "validate", "exception"]
        assert states(outcome)[-1] == "CLEANUP"
        assert outcome.summary == (
            'no run ever reaches state == "INACTIVE"; this one ends for good in CLEANUP'
        )


class TestWhereValidateLeavesInactive:
    def test_only_captivity_is_refuted(self, with_exit):
        assert refuted(with_exit) == {"final-captive"}

    def test_the_shortest_log_ends_with_the_exit(self, with_exit):
        outcome = with_exit["final-captive"]
        assert names(outcome) == ["submit", "validate", "exception", "clean", "validate"]
        assert states(outcome) == ["NEW", "DEPEND", "CLEANUP", "INACTIVE", "DEPEND"]

    def test_it_is_told_that_the_exit_breaks_a_rule_besides(self, with_exit):
        outcome = with_exit["final-captive"]
        assert outcome.counterexample.events[-1].breaks == ("rfc21/validate/once",)
        assert not any(event.breaks for event in outcome.counterexample.events[:-1])
        assert outcome.summary == "validate leads out of INACTIVE to DEPEND"


class TestWhereTwoGuardsOverlap:
    def test_only_disjointness_is_refuted(self, with_overlap):
        assert refuted(with_overlap) == {"guards-disjoint"}

    def test_the_shortest_log_reaches_run_and_takes_the_ambiguous_event(self, with_overlap):
        outcome = with_overlap["guards-disjoint"]
        assert names(outcome) == [
            "submit",
            "validate",
            "depend",
            "priority",
            "alloc",
            "exception",
        ]
        assert states(outcome)[-2:] == ["RUN", "CLEANUP"]
        assert last_context(outcome)["severity"] == 0
        assert outcome.counterexample.is_quiet

    def test_both_transitions_are_named(self, with_overlap):
        (line,) = (x for x in with_overlap["guards-disjoint"].detail if "both match" in x)
        assert "when fatal" in line
        assert "when .severity < 2" in line


class TestWithoutTheTransitionOnAlloc:
    def test_exactly_these_properties_are_refuted(self, without_alloc):
        assert refuted(without_alloc) == {"every-state-reachable", "no-transition-dead"}

    def test_run_is_not_reached_and_the_invariant_says_so(self, without_alloc):
        outcome = without_alloc["every-state-reachable"]
        assert outcome.summary == "no run reaches RUN"
        assert outcome.counterexample is None
        assert outcome.invariant == ('state != "RUN"',)
        assert "  no transition leads to RUN" in outcome.detail

    def test_what_starts_in_run_is_dead(self, without_alloc):
        outcome = without_alloc["no-transition-dead"]
        dead = [line for line in outcome.detail if "never" in line]
        assert [line.partition(":")[0] for line in dead] == [
            "finish in RUN, to CLEANUP",
            "exception in RUN when fatal, to CLEANUP",
        ]
        assert all("no run comes to RUN" in line for line in dead)


def test_a_trap_behind_an_update_is_found_with_the_log_into_it():
    # jobspec-update leads into a state of its own, which nothing leaves.
    state = "  REMOVED:  {letter: X"
    row = "  - {on: jobspec-update, from: DEPEND, to: LIMBO, basis: text}\n"
    text = "  LIMBO:    {letter: L, says: nowhere}\n"
    from prove.machines import loaded, shipped_text

    source = shipped_text("job")
    assert source.count(state) == source.count(CLEAN) == 1
    found = outcomes(loaded(source.replace(state, text + state).replace(CLEAN, CLEAN + row)))
    assert refuted(found) == {"final-from-everywhere", "no-other-dead-end"}
    for name in refuted(found):
        assert names(found[name]) == ["submit", "validate", "jobspec-update"]
        assert states(found[name]) == ["NEW", "DEPEND", "LIMBO"]
    assert found["final-from-everywhere"].summary.startswith("a run can come to LIMBO")


def test_a_rule_that_forbids_alloc_bars_run_and_is_named_at_the_border():
    old = "    require: urgency != 0\n"
    specification = edited("job", old, "    require: urgency == 0 and urgency != 0\n")
    found = {o.id: o for o in prove(specification, properties=["every-state-reachable"]).outcomes}
    outcome = found["every-state-reachable"]
    assert outcome.verdict == REFUTED
    assert outcome.summary == "no run reaches RUN"
    (border,) = (line for line in outcome.detail if line.startswith("  "))
    assert border == "  alloc in SCHED, to RUN: rfc30/urgency/held forbids it"
