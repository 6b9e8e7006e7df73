"""Waiting for states: what is unavoidable, avoidable or impossible, what is missed, what is known."""

import json

import networkx
import pytest

from flux_conform.checking.judge import Options, judge
from flux_conform.language.expressions import expand
from flux_conform.language.parser import parse_expression
from flux_conform.machine.evaluate import compile_expression
from flux_conform.machine.step import Machine
from flux_conform.prove.prover import ADMITS, run_kind
from flux_conform.prove.waiting.analysis import waiting
from flux_conform.prove.waiting.reachable import ReachableRegion, prover_for
from prove.graphs import Arrows
from prove.machines import edited, loaded, machine, rule, shipped_text


def asked(specification, *names, **options):
    """The answers for single states, by name."""
    found = waiting(specification, {name: {name} for name in names}, **options)
    return {wait.name: wait for wait in found.waits}


def answers(wait):
    return {start.state: start.answer for start in wait.starts}


def start(wait, state):
    return next(start for start in wait.starts if start.state == state)


def every_set(specification):
    sets = {state.name: {state.name} for state in specification.machine_states}
    return sets | {v.name: set(v.members) for v in specification.virtual_states}


# Toys, with answers worked out by hand

BY_PASS = {
    "states": """
        A: {initial: true, says: x}
        B: {says: x}
        Z: {final: true, says: x}
    """,
    "events": """
        go: {says: x, context: empty, elsewhere: undefined}
        skip: {says: x, context: empty, elsewhere: undefined}
        end: {says: x, context: empty, elsewhere: undefined}
    """,
    "transitions": """
        - {on: go, from: A, to: B}
        - {on: skip, from: A, to: Z}
        - {on: end, from: B, to: Z}
    """,
}


@pytest.fixture(scope="module")
def waits():
    return asked(machine(**BY_PASS), "A", "B", "Z")


class TestByPass:
    """A to B to Z, and past B from A."""

    def test_what_can_be_passed_by_is_avoidable_by_the_log_that_does(self, waits):
        """And impossible once it has been passed."""
        assert answers(waits["B"]) == {"A": "avoidable", "B": "there", "Z": "impossible"}
        end = start(waits["B"], "A").end
        assert (end.kind, end.state, end.course.seen) == ("final", "Z", ("skip",))

    def test_the_end_is_unavoidable(self, waits):
        """By the graph and a measure, and the soonest way is told."""
        assert answers(waits["Z"]) == {"A": "unavoidable", "B": "unavoidable", "Z": "there"}
        assert start(waits["Z"], "A").proof.how == "graph and measure"
        assert start(waits["Z"], "A").entering.seen == ("skip",)

    def test_whether_it_was_passed_before_is_told(self, waits):
        """Always, sometimes or never."""
        assert start(waits["B"], "A").before == "never"
        assert start(waits["B"], "Z").before == "sometimes"
        assert start(waits["A"], "Z").before == "always"
        assert start(waits["Z"], "B").before == "never"

    def test_what_can_be_left_can_be_missed(self, waits):
        """The final state cannot."""
        assert waits["B"].leaving.answer == "sometimes"
        assert waits["B"].leaving.course.run.names == "go, end"
        assert waits["B"].leaving.course.seen == ("end",)
        assert waits["B"].leaving.onward == ("Z",)
        assert waits["Z"].leaving.answer == "never"

    def test_nothing_goes_round(self, waits):
        """By the graph."""
        rounds = start(waits["Z"], "A").rounds
        assert (rounds.answer, rounds.proof.how) == ("never", "graph")

    def test_the_events_without_which_a_state_cannot_come_are_told(self, waits):
        """One, or two of which one came."""
        assert [item.events for item in waits["B"].entry.came] == [("go",)]
        pairs = {frozenset(item.events) for item in waits["Z"].entry.came}
        assert pairs == {frozenset({"skip", "end"})}


def test_a_dead_end_avoids_the_end_and_is_named():
    """A log to it, and an invariant that it is one."""
    found = asked(
        machine(
            states="""
                A: {initial: true, says: x}
                B: {says: x}
                Z: {final: true, says: x}
            """,
            variables="jammed: boolean",
            events="""
                jam: {says: x, context: empty, elsewhere: stays, effect: {jammed: "true"}}
                go: {says: x, context: empty, elsewhere: undefined}
                end: {says: x, context: empty, elsewhere: undefined}
            """,
            transitions="""
                - {on: go, from: A, when: not jammed, to: B}
                - {on: end, from: B, to: Z}
            """,
        ),
        "Z",
        "B",
    )
    assert answers(found["Z"]) == {"A": "avoidable", "B": "unavoidable", "Z": "there"}
    trapped = start(found["Z"], "A")
    assert (trapped.end.kind, trapped.end.state) == ("stuck", "A")
    assert trapped.end.course.run.names == "jam"
    assert trapped.proof.how == "log and invariant"
    assert "jammed" in trapped.proof.lemmas
    assert [fact.text for fact in found["B"].entry.facts] == ["not jammed", "not first"]


def test_a_removed_log_is_an_end_without_the_state():
    """The pseudo-state is an end, and no place to wait in."""
    found = asked(
        machine(
            states="""
                A: {initial: true, says: x}
                Z: {final: true, says: x}
                X: {removed: true, says: x}
            """,
            events="""
                drop: {says: x, context: empty, elsewhere: undefined}
                end: {says: x, context: empty, elsewhere: undefined}
            """,
            transitions="""
                - {on: drop, from: A, to: X}
                - {on: end, from: A, to: Z}
            """,
        ),
        "Z",
        "X",
    )
    assert answers(found["Z"]) == {"A": "avoidable", "Z": "there"}
    end = start(found["Z"], "A").end
    assert (end.kind, end.state, end.course.seen) == ("removed", "X", ("drop",))
    assert answers(found["X"]) == {"A": "avoidable", "Z": "impossible"}


ROUND = {
    "states": """
        A: {initial: true, says: x}
        B: {says: x}
        Z: {final: true, says: x}
    """,
    "events": """
        go: {says: x, context: empty, elsewhere: undefined}
        back: {says: x, context: empty, elsewhere: undefined}
        end: {says: x, context: empty, elsewhere: undefined}
    """,
    "transitions": """
        - {on: go, from: A, to: B}
        - {on: back, from: B, to: A}
        - {on: end, from: B, to: Z}
    """,
}


def test_going_round_is_told_of_what_is_unavoidable_too():
    """With a log that goes round once; the set itself breaks the round."""
    found = asked(machine(**ROUND), "B", "Z")
    here = start(found["Z"], "B")
    assert here.answer == "unavoidable"
    (cycle,) = here.rounds.cycles
    assert set(cycle.states) == {"A", "B"}
    assert cycle.states[0] == cycle.states[-1]
    assert cycle.once == 2
    assert start(found["B"], "A").rounds.answer == "never"


def rounded(events, transitions, goal="Z", rules="", **options):
    """The one round of a machine with A, B, C, W and Z, while the goal is waited for from A.

    An event that stays in each state turns a switch, and so comes round in a state alone. Where
    the switch is set matters to the events that lead to Z, so that it is no detail to leave out.
    """
    rows = [
        f"- {{on: {name}, from: {source}, to: {target}"
        + (", when: on or not on" if target == "Z" else "")
        + "}\n"
        for name, source, target in transitions
    ]
    specification = machine(
        states="""
            A: {initial: true, says: x}
            B: {says: x}
            C: {says: x}
            W: {says: x}
            Z: {final: true, says: x}
        """,
        events="".join(
            f"{name}: {{says: x, context: empty, elsewhere: {elsewhere}"
            + (", effect: {on: not on}" if elsewhere == "stays" else "")
            + "}\n"
            for name, elsewhere in events.items()
        ),
        variables="on: boolean",
        transitions="".join(rows),
        rules=rules,
    )
    found = asked(specification, goal, **options)[goal]
    (cycle,) = start(found, "A").rounds.cycles
    events = [event.name for event in cycle.course.run.events]
    # One event comes before it: where none came yet, nothing comes round to.
    assert len(events) == 1 + cycle.once
    return cycle, events[-cycle.once :]


@pytest.mark.parametrize("order", ["stay far go back", "stay back go far"])
def test_a_round_leads_through_another_state_and_back_by_the_shortest_way(order):
    """In which nothing is that stays in a state, though that comes round at once.

    Before it somebody stays, in the state where it begins and ends then.
    """
    cycle, events = rounded(
        {name: "stays" if name == "stay" else "undefined" for name in order.split()},
        [("far", "A", "C"), ("far", "C", "B"), ("go", "A", "B"), ("back", "B", "A"),
         ("far", "B", "Z")],
    )  # fmt: skip
    assert (events, cycle.states) == (["go", "back"], ("A", "B", "A"))
    cycle, events = rounded(
        {"stay": "stays", "one": "undefined", "two": "undefined", "three": "undefined"},
        [("one", "A", "B"), ("two", "B", "C"), ("three", "C", "A"), ("one", "C", "Z")],
    )
    assert (events, cycle.states) == (["one", "two", "three"], ("A", "B", "C", "A"))


ROUND_BY_C = [("one", "A", "B"), ("two", "B", "C"), ("three", "C", "A"), ("end", "C", "Z")]


def test_a_round_does_not_lead_through_what_is_waited_for():
    """Though that way is the shortest."""
    events = dict.fromkeys(("dip", "one", "two", "three", "end"), "undefined")
    dips = [("dip", "A", "W"), ("dip", "W", "A")]
    cycle, names = rounded({"stay": "stays", **events}, [*dips, *ROUND_BY_C], "W")
    assert (names, cycle.states) == (["one", "two", "three"], ("A", "B", "C", "A"))


def test_a_round_in_which_a_checker_finds_nothing_goes_before_a_shorter_one():
    """Where there is none, the other is told."""
    events = dict.fromkeys(("short", "one", "two", "three", "end"), "undefined")
    never = rule("short/never", "short", "false", level="SHOULD")
    short = [("short", "B", "A")]
    for rows, expected in (
        ([*short, *ROUND_BY_C], ["one", "two", "three"]),
        ([*short, ("one", "A", "B"), ("end", "B", "Z")], ["one", "short"]),
    ):
        _, names = rounded({"stay": "stays", **events}, rows, rules=never, assuming="MUST")
        assert names == expected


@pytest.mark.parametrize("turns", [False, True])
def test_a_round_that_data_break_up_is_none(turns):
    """The graph has it, and an invariant takes it away; what comes round in a state is no round."""
    back = "back: {says: x, context: empty, elsewhere: undefined}"
    worn = "back: {says: x, context: empty, elsewhere: undefined, effect: {worn: 'true'}}"
    turn = "turn: {says: x, context: empty, elsewhere: stays, effect: {on: not on}}"
    parts = {
        **ROUND,
        "variables": "worn: boolean\non: boolean",
        "events": ROUND["events"].replace(back, f"{worn}\n        {turn}" if turns else worn),
        "transitions": ROUND["transitions"].replace(
            "{on: end, from: B, ", "{on: end, from: B, when: on or not on, "
        ),
        "rules": rule("back/once", "back", "not worn"),
    }
    # Round once is no round for ever: the second `back` is forbidden.
    found = asked(machine(**parts), "Z")
    assert start(found["Z"], "A").rounds.cycles == ()
    assert start(found["Z"], "A").rounds.answer in ("never", "unknown")


def test_the_soonest_way_out_is_told_however_long_the_way_in():
    """For whoever waits sees what comes after the entry."""
    found = asked(
        machine(
            states="""
                A: {initial: true, says: x}
                B: {says: x}
                C: {says: x}
                S: {says: x}
                Z: {final: true, says: x}
            """,
            variables="slow: boolean\nwound: boolean",
            events="""
                near: {says: x, context: empty, elsewhere: undefined, effect: {slow: "true"}}
                far: {says: x, context: empty, elsewhere: undefined}
                wind: {says: x, context: empty, elsewhere: undefined, effect: {wound: "true"}}
                leave: {says: x, context: empty, elsewhere: undefined}
            """,
            transitions="""
                - {on: near, from: A, to: S}
                - {on: far, from: A, to: B}
                - {on: far, from: B, to: C}
                - {on: far, from: C, to: S}
                - {on: wind, from: S, stays: true}
                - {on: leave, from: S, when: not slow or wound, to: Z}
            """,
        ),
        "S",
    )
    course = found["S"].leaving.course
    assert (course.run.names, course.seen) == ("far, far, far, leave", ("leave",))


FORK = {
    "states": """
        A: {initial: true, says: x}
        B: {says: x}
        C: {says: x}
        D: {says: x}
        S: {says: x}
        Z: {final: true, says: x}
    """,
    "variables": "marked: boolean",
    "events": """
        go: {says: x, context: empty, elsewhere: undefined, effect: {marked: "true"}}
        skip: {says: x, context: empty, elsewhere: undefined}
        next: {says: x, context: empty, elsewhere: undefined}
        end: {says: x, context: empty, elsewhere: undefined}
    """,
    "transitions": """
        - {on: go, from: A, to: B}
        - {on: next, from: B, to: C}
        - {on: skip, from: A, to: C}
        - {on: end, from: C, when: marked, to: D}
        - {on: end, from: C, when: not marked, to: S}
        - {on: end, from: [D, S], to: Z}
    """,
}


def test_what_was_marked_on_the_way_decides_and_only_an_invariant_from_there_tells():
    """The fork behind C goes one way for those that came through B."""
    found = asked(machine(**FORK), "D", "S")
    assert answers(found["D"]) == {
        "A": "avoidable",
        "B": "unavoidable",
        "C": "avoidable",
        "D": "there",
        "S": "impossible",
        "Z": "impossible",
    }
    assert start(found["D"], "B").proof.how == "invariant and measure"
    assert start(found["S"], "B").answer == "impossible"
    assert start(found["S"], "B").proof.how == "invariant"
    assert "marked" in start(found["S"], "B").proof.lemmas
    # From C nobody can tell by the state whether D is still to come.
    lost = start(found["D"], "A").lost
    assert (lost.state, lost.course.run.names) == ("C", "skip")


def test_a_state_that_data_keep_away_is_told_as_unreached():
    """And so is waiting for it impossible, by the same invariant."""
    found = asked(
        machine(
            states="""
                A: {initial: true, says: x}
                B: {says: x}
                Z: {final: true, says: x}
            """,
            variables="armed: boolean",
            events="""
                arm: {says: x, context: empty, elsewhere: stays, effect: {armed: "true"}}
                go: {says: x, context: empty, elsewhere: stays}
                end: {says: x, context: empty, elsewhere: stays}
            """,
            transitions="""
                - {on: go, from: A, when: armed, to: B}
                - {on: end, from: [A, B], to: Z}
            """,
            rules=rule("arm/armed", "arm", "armed"),
        ),
        "Z",
        "B",
    )
    assert answers(found["Z"]) == {"A": "unavoidable", "B": "unreached", "Z": "there"}
    assert answers(found["B"])["A"] == "impossible"
    assert found["B"].leaving.answer == "unreached"
    assert found["B"].entry.doors == ()


def test_silent_steps_may_lead_astray():
    """Without them the same state is unavoidable."""
    toy = machine(
        states="""
            A: {initial: true, says: x}
            Z: {final: true, says: x}
        """,
        variables="lost: boolean",
        events="""
            drift: {says: x, context: empty, elsewhere: undefined, effect: {lost: "true"}}
            end: {says: x, context: empty, elsewhere: undefined}
        """,
        transitions="""
            - {on: drift, from: A, silent: true}
            - {on: end, from: A, when: not lost, to: Z}
        """,
    )
    assert answers(asked(toy, "Z")["Z"])["A"] == "avoidable"
    assert answers(asked(toy, "Z", silent=False)["Z"])["A"] == "unavoidable"


def test_rules_that_are_not_assumed_may_be_broken_on_the_way():
    """The by-pass that only an implied rule forbids."""
    toy = machine(**BY_PASS, rules=rule("skip/never", "skip", "false", level="implied"))
    assert answers(asked(toy, "B")["B"])["A"] == "unavoidable"
    assert answers(asked(toy, "B", assuming="MUST")["B"])["A"] == "avoidable"
    assert answers(asked(toy, "B", assuming="nothing")["B"])["A"] == "avoidable"


def test_what_lies_beyond_the_explicit_instance_is_unknown_and_not_guessed():
    """Eight members are more than the instance holds, and no invariant keeps them away."""
    toy = machine(
        states="""
            A: {initial: true, says: x}
            B: {says: x}
            Z: {final: true, says: x}
        """,
        variables="held: bag of string",
        events="""
            take: {says: x, context: {what: string}, elsewhere: stays, effect: {held: held + .what}}
            go: {says: x, context: empty, elsewhere: undefined}
            end: {says: x, context: empty, elsewhere: undefined}
        """,
        transitions="""
            - {on: go, from: A, to: B}
            - {on: end, from: B, when: size(held) >= 8, to: Z}
        """,
    )
    found = asked(toy, "B", "Z")
    assert start(found["Z"], "A").answer == "unknown"
    assert not found["Z"].is_decided


def test_a_fact_that_is_seen_and_not_proved_is_told_apart():
    """That both flags bring the third would need a lemma of four literals."""
    flag = (
        "{{says: x, context: empty, elsewhere: stays, effect: {{{0}: 'true', both: both or {1}}}}}"
    )
    toy = machine(
        states="""
            A: {initial: true, says: x}
            B: {says: x}
            Z: {final: true, says: x}
        """,
        variables="one: boolean\ntwo: boolean\nboth: boolean",
        events=f"""
            first_one: {flag.format("one", "two")}
            other: {flag.format("two", "one")}
            go: {{says: x, context: empty, elsewhere: undefined}}
            end: {{says: x, context: empty, elsewhere: undefined}}
        """,
        transitions="""
            - {on: go, from: A, when: one and two, to: B}
            - {on: end, from: B, when: both, to: Z}
        """,
    )
    found = asked(toy, "B")["B"]
    assert {"one", "two"} <= {fact.text for fact in found.entry.facts}
    assert "both" not in [fact.text for fact in found.entry.facts]
    assert "both" in found.entry.unproved
    assert found.is_decided


def test_a_machine_that_proofs_cannot_speak_of_is_answered_by_its_graph_and_logs_alone():
    """What needs more is unknown, with the reason."""
    toy = machine(
        **BY_PASS, variables="past: object", rules=rule("end/small", "end", "size(past) < 3")
    )
    found = asked(toy, "B", "Z")
    assert answers(found["B"]) == {"A": "avoidable", "B": "there", "Z": "impossible"}
    assert start(found["Z"], "A").answer == "unknown"
    assert "size(past) < 3 is any value" in start(found["Z"], "A").why
    assert [fact.text for fact in found["B"].entry.facts] == ["not first"]


def test_facts_are_told_for_all_entries_and_for_each_event_that_enters():
    """What only one event brings stands with that event."""
    found = asked(
        machine(
            states="""
                A: {initial: true, says: x}
                B: {says: x}
                Z: {final: true, says: x}
            """,
            variables="paid: boolean\nforced: boolean",
            events="""
                pay: {says: x, context: empty, elsewhere: stays, effect: {paid: "true"}}
                open: {says: x, context: empty, elsewhere: undefined}
                force: {says: x, context: empty, elsewhere: undefined, effect: {forced: "true"}}
                end: {says: x, context: empty, elsewhere: undefined}
            """,
            transitions="""
                - {on: open, from: A, when: paid, to: B}
                - {on: force, from: A, to: B}
                - {on: end, from: B, when: paid or forced, to: Z}
            """,
        ),
        "B",
    )["B"].entry
    assert [fact.text for fact in found.facts if not fact.follows] == ["paid or forced"]
    doors = {door.event: [fact.text for fact in door.facts] for door in found.doors}
    assert set(doors) == {"open", "force"}
    assert {"paid", "not forced"} <= set(doors["open"])
    assert "forced" in doors["force"]
    assert "paid" not in doors["force"]
    assert [door.text for door in found.doors] == ["open [paid]", "force"]


# The shipped machines


@pytest.fixture(scope="module", params=["job", "exec"])
def shipped(request):
    specification = loaded(shipped_text(request.param))
    return specification, waiting(specification, every_set(specification))


@pytest.fixture(scope="module")
def job():
    specification = loaded(shipped_text("job"))
    found = waiting(specification, every_set(specification))
    return {wait.name: wait for wait in found.waits}


def test_everything_is_decided_of_the_shipped_machines(shipped):
    """And nothing is left at what was only seen."""
    _, found = shipped
    assert found.is_decided
    assert [wait.name for wait in found.waits if wait.entry.unproved] == []


def test_the_end_of_a_job_is_unavoidable_but_for_its_removal(job):
    """Even where an alloc in flight bars the way to RUN: a fatal exception remains.

    In NEW the job may be found invalid, and its log is deleted.
    """
    found = answers(job["INACTIVE"])
    assert found.pop("INACTIVE") == "there"
    assert found.pop("NEW") == "avoidable"
    assert set(found.values()) == {"unavoidable"}
    end = start(job["INACTIVE"], "NEW").end
    assert (end.kind, end.course.run.names) == ("removed", "submit, invalidate")


def test_run_is_avoidable_from_everywhere_before_it_by_an_exception(job):
    """After it, it can come no more."""
    assert answers(job["RUN"]) == {
        "NEW": "avoidable",
        "DEPEND": "avoidable",
        "PRIORITY": "avoidable",
        "SCHED": "avoidable",
        "RUN": "there",
        "CLEANUP": "impossible",
        "INACTIVE": "impossible",
    }
    for state in ("DEPEND", "PRIORITY", "SCHED"):
        assert start(job["RUN"], state).end.course.seen == ("exception", "clean")
    assert start(job["RUN"], "INACTIVE").before == "sometimes"


def test_an_alloc_in_flight_puts_run_out_of_reach_where_the_state_still_allows_it(job):
    """The resources are held, so that none can be allocated again."""
    lost = start(job["RUN"], "PRIORITY").lost
    assert lost.state == "PRIORITY"
    assert lost.course.run.names == "submit, validate, depend, alloc"
    assert "held" in " ".join(lost.lemmas)


def test_without_silent_events_run_is_out_of_reach_nowhere_before_it():
    """There is no alloc in flight then."""
    found = asked(loaded(shipped_text("job")), "RUN", silent=False)["RUN"]
    assert [start.lost for start in found.starts if start.lost] == []


@pytest.mark.slow
def test_without_exceptions_an_alloc_in_flight_is_a_dead_end():
    """So the way to the end of a job rests on the exception that somebody raises."""
    specification = edited(
        "job",
        "  - {on: exception, when: fatal, from: [DEPEND, PRIORITY, SCHED, RUN], to: CLEANUP,"
        " basis: [text, diagram]}\n",
        "  - {on: exception, when: fatal, from: [DEPEND, PRIORITY, SCHED, RUN],"
        " undefined: true, basis: text}\n",
    )
    found = asked(specification, "RUN", "INACTIVE")
    here = start(found["RUN"], "DEPEND")
    assert here.answer == "avoidable"
    assert (here.end.kind, here.end.state) == ("stuck", "PRIORITY")
    assert here.end.course.run.names == "submit, validate, depend, alloc"
    # Another is a final release before finish: no finish may follow it.
    here = start(found["INACTIVE"], "RUN")
    assert (here.end.kind, here.end.state) == ("stuck", "RUN")
    assert [name for name in here.end.course.seen if name != "start"] == ["release"]


def test_priority_and_sched_is_the_one_round_of_a_job(job):
    """Wherever it is told, and from where it is: before RUN."""
    rounds = {
        frozenset(cycle.states)
        for wait in job.values()
        for start in wait.starts
        if start.rounds is not None
        for cycle in start.rounds.cycles
    }
    assert rounds == {frozenset({"PRIORITY", "SCHED"})}
    going = {s.state for s in job["INACTIVE"].starts if s.rounds and s.rounds.cycles}
    assert going == {"NEW", "DEPEND", "PRIORITY", "SCHED"}


def test_at_cleanup_a_finish_or_a_fatal_exception_is_in_the_log(job):
    """By the events that must have come, and by what the model remembers."""
    entry = job["CLEANUP"].entry
    assert {"finish", "exception"} in [set(item.events) for item in entry.came]
    assert "seen(finish) or seen_fatal" in [fact.text for fact in entry.facts]
    doors = {door.event: {fact.text for fact in door.facts} for door in entry.doors}
    assert set(doors) == {"finish", "exception"}
    assert {"seen(start)", "held", "not seen_fatal"} <= doors["finish"]
    assert {"seen_fatal", "not seen(finish)"} <= doors["exception"]


def test_at_run_an_alloc_came_and_nothing_is_outstanding(job):
    """Dependencies are gone, resources are held, and the job is not on hold."""
    entry = job["RUN"].entry
    came = {event for item in entry.came for event in item.events}
    assert came == {"validate", "depend", "priority", "alloc"}
    facts = {fact.text for fact in entry.facts}
    assert {"held", "empty(dependencies)", "urgency != 0", "not seen(start)"} <= facts


def test_at_the_end_nothing_is_held(job):
    """No resources, no prolog, no epilog."""
    facts = {fact.text for fact in job["INACTIVE"].entry.facts}
    assert {"not held", "empty(prologs)", "empty(epilogs)"} <= facts


def test_only_the_final_state_is_never_left(job):
    """All else can be missed by who looks too late."""
    assert {name for name, wait in job.items() if wait.leaving.answer == "never"} == {"INACTIVE"}


# Other opinions


def graph_of(reachable):
    """The configurations of the explicit instance and what one event can do, for networkx."""
    search, admits = reachable.explored.search, ADMITS[reachable.explored.kind]
    graph = Arrows()
    graph.add_nodes_from(n for n, mark in enumerate(reachable.explored.reached) if mark)
    graph.add_edges_from(
        (edge.source, edge.target)
        for number in list(graph)
        for edge in search.edges[number]
        if admits(edge)
    )
    return graph


class Opinion:
    """The answers for one set, from the graph of configurations alone."""

    def __init__(self, graph, state, specification, states):
        self.graph, self.state, self.states = graph, state, states
        self.inside = {n for n in graph if state[n] in states}
        self.outside = Arrows()
        self.outside.add_nodes_from(n for n in graph if n not in self.inside)
        self.outside.add_edges_from(graph.subgraph(self.outside).edges)
        self.back = onward(graph.reverse(copy=False), self.inside)
        self.passed = onward(graph, self.inside)
        self.fresh = onward(self.outside, {0} - self.inside)
        self.ends = {s.name for s in specification.states if s.final or s.removed}
        parts = networkx.strongly_connected_components(self.outside)
        self.rounds = [part for part in parts if len({state[n] for n in part}) > 1]

    def of(self, name):
        """The answer, whether states go round, and whether the set was passed before."""
        here = {n for n in self.graph if self.state[n] == name}
        if name in self.states:
            return "there", None, None
        seen = onward(self.outside, here)
        if not here & self.back:
            answer = "impossible"
        elif any(self.state[n] in self.ends or n not in self.back for n in seen):
            answer = "avoidable"
        else:
            answer = "unavoidable"
        # Whoever comes to one configuration of a part comes to all of it.
        rounds = not all(seen.isdisjoint(part) for part in self.rounds)
        fresh, passed = bool(here & self.fresh), bool(here & self.passed)
        before = "sometimes" if fresh and passed else "always" if passed else "never"
        return answer, "sometimes" if rounds else "never", before


def onward(graph, sources):
    """The sources and all that can be come to from them."""
    layers = networkx.bfs_layers(graph, list(sources)) if sources else []
    return {n for layer in layers for n in layer}


@pytest.mark.slow
@pytest.mark.parametrize("silent", [True])
def test_networkx_finds_the_same_for_every_start_and_set(shipped, silent):
    """On the explicit instance, by another search."""
    specification, _ = shipped
    sets = every_set(specification)
    found = waiting(specification, sets, silent=silent)
    prover = prover_for(specification, specification.today.name, "implied", silent)
    reachable = ReachableRegion(prover, "implied", silent)
    graph, state = graph_of(reachable), reachable.explored.state
    compared = 0
    for wait in found.waits:
        opinion = Opinion(graph, state, specification, sets[wait.name])
        for one in wait.starts:
            answer, rounds, before = opinion.of(one.state)
            assert one.answer == answer, (wait.name, one.state)
            assert one.before == before, (wait.name, one.state)
            if one.rounds is not None:
                assert one.rounds.answer == rounds, (wait.name, one.state)
            compared += 1
    assert compared == len(sets) * len(specification.machine_states)


def test_every_log_does_what_is_said_of_it(shipped):
    """A checker finds no violation, and a replay passes the states that are claimed."""
    specification, found = shipped
    careful = Machine(specification)
    sets = every_set(specification)
    told = {id(course): name for name, _, course in found.logs()}
    assert len(told) > 10
    for wait in found.waits:
        inside = sets[wait.name]
        for one in wait.starts:
            if one.end is not None:
                states = replayed(careful, one.end.course)
                begun = one.end.course.waits_after
                assert states[begun] == one.state
                assert not inside & set(states[begun:])
                assert states[-1] == one.end.state
            if one.entering is not None:
                states = replayed(careful, one.entering)
                assert states[one.entering.waits_after] == one.state
                assert states[-1] in inside
                assert not inside & set(states[one.entering.waits_after : -1])
            if one.lost is not None:
                states = replayed(careful, one.lost.course)
                assert not inside & set(states[one.lost.course.waits_after :])
                assert states[-1] == one.lost.state
            for cycle in one.rounds.cycles if one.rounds is not None else ():
                states = replayed(careful, cycle.course)
                assert states[cycle.course.waits_after] == one.state
                assert not inside & set(states[cycle.course.waits_after :])
                goes_round_again(careful, cycle)
        if wait.leaving.course is not None:
            states = replayed(careful, wait.leaving.course)
            assert states[wait.leaving.course.waits_after] in inside
            assert states[-1] not in inside


def replayed(careful, course):
    """The state before the first event and after each; the log is judged as well."""
    log = course.run.log
    judgement = judge(careful, log, Options(notes=True))
    assert judgement.verdict != "violates"
    configuration = careful.initial
    states = [configuration.state]
    for line in log.decode().splitlines():
        event = json.loads(line)
        configuration = careful.step(configuration, event["name"], event.get("context")).after
        states.append(configuration.state)
    assert states[1:] == [event.state for event in course.run.events]
    return states


def goes_round_again(careful, cycle):
    """The last events of a round, put at its end five times over, are as good as once."""
    lines = [event.line for event in cycle.course.run.events]
    longer = lines + 5 * lines[-cycle.once :]
    log = "".join(f"{line}\n" for line in longer).encode()
    judgement = judge(careful, log, Options(strict=True))
    assert judgement.verdict == "incomplete"
    assert judgement.state == cycle.course.run.events[-1].state
    assert len(set(cycle.states)) > 1


@pytest.mark.slow
def test_logs_that_avoid_are_the_shortest_that_networkx_finds(shipped):
    """Among logs in which a checker finds nothing, where there are such."""
    specification, found = shipped
    prover = prover_for(specification, specification.today.name, "implied", True)
    explored = ReachableRegion(prover, "implied", True).explored
    state = explored.state
    graphs = []
    for kind in ("quiet", run_kind(True)):
        graph = Arrows()
        graph.add_node(0)
        graph.add_edges_from(
            (edge.source, edge.target)
            for edges in explored.search.edges
            for edge in edges
            if ADMITS[kind](edge)
        )
        graphs.append((graph, networkx.single_source_shortest_path_length(graph, 0)))
    ends = {s.name for s in specification.states if s.final or s.removed}
    sets = every_set(specification)
    compared = 0
    for wait in found.waits:
        tails = []
        for graph, depths in graphs:
            outside = graph.subgraph(n for n in depths if state[n] not in sets[wait.name])
            goals = [n for n in outside if state[n] in ends]
            layers = networkx.bfs_layers(outside.reverse(copy=False), goals) if goals else []
            tails.append({n: length for length, layer in enumerate(layers) for n in layer})
        for one in wait.starts:
            if one.end is None or one.end.kind == "stuck":
                continue
            lengths = []
            for (_, depths), tail in zip(graphs, tails, strict=True):
                here = [n for n in tail if state[n] == one.state]
                lengths.append(min((depths[n] + tail[n] for n in here), default=None))
            wanted = lengths[0] if lengths[0] is not None else lengths[1]
            assert len(one.end.course.run.events) == wanted, (wait.name, one.state)
            compared += 1
    assert compared > 3


def test_facts_hold_at_every_entry_of_the_explicit_instance(shipped):
    """Read anew from their texts and evaluated."""
    specification, found = shipped
    prover = prover_for(specification, specification.today.name, "implied", True)
    explored = ReachableRegion(prover, "implied", True).explored
    sets = every_set(specification)
    compared = 0
    for wait in found.waits:
        edges = explored.entries(sets[wait.name])
        facts = [(fact.text, None) for fact in wait.entry.facts]
        facts += [(fact.text, door.event) for door in wait.entry.doors for fact in door.facts]
        for text, event in facts:
            holds = explored.search.satisfying(tree_of(text, specification))
            for edge in edges:
                if event is None or edge.row.event == event:
                    assert holds[edge.target], (wait.name, text, event)
                    compared += 1
    assert compared > 20


def tree_of(text, specification):
    return expand(parse_expression(text).tree, specification.definition_table)


def test_facts_hold_in_real_logs_that_break_no_rule(corpus, job):
    """Whenever a job of the corpus enters the state."""
    specification = loaded(shipped_text("job"))
    careful = Machine(specification)
    conditions = {
        name: [
            (fact.text, compile_expression(tree_of(fact.text, specification), {}))
            for fact in wait.entry.facts
        ]
        for name, wait in job.items()
    }
    sets = every_set(specification)
    entered = dict.fromkeys(sets, 0)
    for path in sorted((corpus / "job").rglob("*.eventlog"))[::4]:
        log = path.read_bytes()
        judgement = judge(careful, log, Options(strict=True))
        if judgement.verdict == "violates":
            continue
        configuration = careful.initial
        for line in log.decode().splitlines():
            event = json.loads(line)
            after = careful.step(configuration, event["name"], event.get("context")).after
            moment = careful_moment(after)
            for name, states in sets.items():
                if configuration.state not in states and after.state in states:
                    entered[name] += 1
                    for text, holds in conditions[name]:
                        assert holds(moment), (path, name, text)
            configuration = after
            if after.generation != specification.today.name:
                break
    assert min(entered[name] for name in ("RUN", "CLEANUP", "INACTIVE")) > 10


def careful_moment(configuration):
    from flux_conform.machine.evaluate import Moment

    return Moment(
        values=dict(configuration.values),
        state=configuration.state,
        seen=configuration.seen,
        event=None,
        first=False,
    )
