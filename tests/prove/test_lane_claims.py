"""Claims for every key of a lane: proved for any number of keys, and verified by other code."""

import json
from pathlib import Path

import pytest

from flux_conform.language.compiled import encode
from flux_conform.language.expressions import Binary, Expression, If, Name, Node, show
from flux_conform.language.specification import Specification
from flux_conform.machine.slice import slice_of
from flux_conform.machine.symbolic.configurations import Configurations
from flux_conform.prove import prove
from flux_conform.prove.certificate import document
from flux_conform.verify import Result, verify
from prove.machines import FINDINGS
from toys import faults_of, load_toy

STREAMS = Path(__file__).parents[1] / "streams.yaml"


def streams(*claims: str) -> Specification:
    """The machine with lanes, and these claims alone."""
    text = STREAMS.read_text(encoding="utf-8").partition("properties:\n")[0]
    listed = (f"  - {{id: claim-{n}, {claim}, says: so}}\n" for n, claim in enumerate(claims))
    return load_toy(f"{text}properties:\n{''.join(listed)}")


def decided(specification: Specification) -> tuple[list[str], list[Result]]:
    """The verdicts, and what the verifier says of their certificates."""
    found = prove(specification, quick=True, certified=True).outcomes
    certificates = [item.certificate for item in found if item.certificate is not None]
    data = json.loads(json.dumps(document(certificates)))
    return [item.verdict for item in found], list(verify(data, encode(specification)))


@pytest.mark.parametrize(
    ("claim", "verdict"),
    [
        # What a lane refuses never comes in a run.
        ("on: data, never: 'stream[.stream, .rank] == \"MOVED\"'", "proved"),
        ("on: redirect, never: 'stream[.stream, .rank] in [\"EOF\", \"MOVED\"]'", "proved"),
        # A SHOULD keeps data off ended streams, unless runs may break it.
        ("on: data, never: 'stream[.stream, .rank] == \"EOF\"'", "proved"),
        ("on: data, never: 'stream[.stream, .rank] == \"EOF\"', assuming: MUST", "refuted"),
        ("on: data, never: 'stream[.stream, .rank] == \"OPEN\"'", "refuted"),
        # Counts: each event moves one lane, and none twice.
        ("on: redirect, then: 'size(stream.MOVED) == old(size(stream.MOVED)) + 1'", "proved"),
        ("on: redirect, then: 'count(stream, EOF) == old(count(stream, EOF))'", "proved"),
        ("on: data, then: 'count(stream, MOVED) == old(count(stream, MOVED))'", "proved"),
        ("on: data, then: 'count(stream, EOF) <= old(count(stream, EOF)) + 1'", "proved"),
        ("on: data, then: 'count(stream, EOF) == old(count(stream, EOF))'", "refuted"),
        ("always: 'count(stream, EOF) + count(stream, MOVED) > 0 implies seen(header)'", "proved"),
        ("always: 'count(stream, EOF) <= 1'", "refuted"),
        ("always: 'count(stream, EOF) > 0 implies named'", "proved"),
        ("always: 'count(stream, MOVED) > 0 implies named'", "refuted"),
        ("recoverable: 'count(stream, EOF) > 0 or not named'", "proved"),
    ],
)  # fmt: skip
def test_a_claim_for_every_key_is_decided_and_verified(claim: str, verdict: str) -> None:
    verdicts, results = decided(streams(claim))
    assert verdicts == [verdict]
    assert [(result.problem, result.verified) for result in results] == [(None, True)]


def test_a_lane_has_one_count_for_each_state_but_the_initial_one() -> None:
    """And not one for each set of its states: no key is in two of them."""
    machine = Configurations(slice_of(streams("always: 'count(stream, EOF) >= 0'"), None))
    counts = [name for name, item in machine.components.items() if item.kind == "count"]
    assert counts == ["#stream.EOF", "#stream.MOVED"]


def test_the_verifier_does_not_take_it_on_trust_that_lanes_are_in_one_state() -> None:
    """A compiled form whose effects put one key into two states is refused."""
    sound = streams("always: 'count(stream, MOVED) > 0 implies seen(header)'")
    events = {event.name: event for event in sound.events}
    ((name, effect),) = events["redirect"].effects
    assert name == "stream.MOVED"
    second = renamed(effect.tree, name, "stream.EOF")
    twice = (*events["redirect"].effects, ("stream.EOF", Expression(show(second), second)))
    events["redirect"] = events["redirect"]._replace(effects=twice)
    _, (result,) = decided(sound._replace(events=tuple(events.values())))
    assert not result.verified
    assert "redirect has other effects" in str(result.problem)


def renamed(tree: Node, old: str, new: str) -> Node:
    """A tree that takes another set: what it asks stays as it is."""
    match tree:
        case If(condition=condition, then=then, otherwise=otherwise):
            return If(condition, renamed(then, old, new), renamed(otherwise, old, new))
        case Binary(operator="+", left=left, right=right):
            return Binary("+", renamed(left, old, new), right)
        case _:
            return Name(new) if tree == Name(old) else tree


def test_each_state_and_row_of_a_lane_is_claimed_of_where_all_are() -> None:
    """A log shows each; a row that a rule keeps from being taken is found."""
    text = STREAMS.read_text(encoding="utf-8")
    verdicts = {item.id: item.verdict for item in prove(load_toy(text), quick=True).outcomes}
    of_lanes = {name: verdict for name, verdict in verdicts.items() if "stream" in name}
    assert of_lanes == dict.fromkeys(
        (
            *("reached-stream-eof", "reached-stream-moved", "taken-stream-data-open-eof"),
            *("taken-stream-data-open-stays", "taken-stream-data-eof-stays"),
            "taken-stream-redirect-open-moved",
        ),
        "refuted",
    )
    strict = load_toy(
        text.replace("taken: each transition, assuming: MUST", "taken: each transition")
    )
    never = [item.id for item in prove(strict, quick=True).outcomes if item.verdict != item.expect]
    assert never == ["taken-stream-data-eof-stays"]


@pytest.mark.parametrize(
    ("claim", "verdict"),
    [
        ("on: online, then: 'ranks(.idset) <= rank.ONLINE'", None),
        ("on: online, never: 'not disjoint(ranks(.idset), rank.ONLINE)'", "proved"),
        ("on: drain, never: 'not (ranks(.idset) <= rank.ONLINE + rank.DRAINED)'", "proved"),
        ("on: drain, never: 'not disjoint(ranks(.idset), rank.DRAINED)'", "refuted"),
        ("on: undrain, then: 'count(rank, DRAINED) <= old(count(rank, DRAINED))'", "proved"),
        ("on: undrain, then: 'count(rank, DRAINED) < old(count(rank, DRAINED))'", "refuted"),
        (
            "on: drain, then: 'count(rank, ONLINE) + count(rank, DRAINED)"
            " == old(count(rank, ONLINE) + count(rank, DRAINED))'",
            "proved",
        ),
        ("on: lost, then: 'count(rank, ONLINE) == old(count(rank, ONLINE))'", "refuted"),
        ("always: 'count(rank, DRAINED) > 0 implies seen(drain)'", "proved"),
    ],
)
def test_a_claim_of_an_event_that_moves_many_lanes_is_decided(
    claim: str, verdict: str | None
) -> None:
    text = (STREAMS.parent / "ranks.yaml").read_text(encoding="utf-8").partition("properties:\n")[0]
    text += f"properties:\n  - {{id: claim, {claim}, says: so}}\n"
    if verdict is None:  # the event's keys are not there after it
        assert any("no event is at hand" in str(fault) for fault in faults_of(text))
        return
    (found,) = prove(load_toy(text), quick=True).outcomes
    assert found.verdict == verdict


JOBS = f"""
machine: jobs
title: Jobs that wait for others
source: {{rfc: 99}}
lines: eventlog
{FINDINGS}
states: {{ALL: {{initial: true}}}}
types: {{flag: '"HELD" | "LATE"'}}
lanes:
  job: {{key: .job, states: {{ABSENT: {{initial: true}}, QUEUED: {{}}, BUSY: {{}}, DONE: {{}}}}}}
variables:
  flags: {{type: set of string}}
events:
  queue: {{context: {{job: string}}, elsewhere: stays}}
  start: {{context: {{job: string, needs: list of string}}, elsewhere: stays}}
  finish: {{context: {{jobs: nonempty list of string}}, elsewhere: stays}}
  mark: {{context: {{flags: list of flag}}, elsewhere: stays, effect: {{flags: set(.flags)}}}}
  unlisted: {{context: any, elsewhere: stays}}
transitions:
  - {{on: queue, lane: job, from: ABSENT, to: QUEUED}}
  - {{on: start, lane: job, from: QUEUED, to: BUSY}}
  - {{on: finish, lane: {{job: set(.jobs)}}, from: BUSY, to: DONE}}
rules:
  - {{id: rfc99/start/needs, level: MUST, on: start, require: .needs <= job.DONE, says: s, breach: b, repair: r}}
  - {{id: rfc99/mark/held, level: MUST, on: mark, require: '"HELD" in flags implies empty(.flags)', says: s, breach: b, repair: r}}
"""


@pytest.mark.parametrize(
    ("claim", "verdict"),
    [
        # The job of a start and those that it needs are in different states of one lane.
        ("on: start, never: 'not disjoint(.needs, job.QUEUED)'", "proved"),
        ("on: start, never: '.job in .needs'", "proved"),
        ("on: start, never: 'size(set(.needs)) > 1'", "refuted"),
        ("recoverable: 'empty(job.QUEUED) and empty(job.BUSY)'", "proved"),
        # A list that is not empty has a member.
        ("on: finish, then: 'count(job, DONE) > old(count(job, DONE))'", "proved"),
        ("on: finish, then: 'count(job, DONE) > old(count(job, DONE)) + 1'", "refuted"),
        # Members whose type lists them are known each by itself, and there are no others.
        ("always: size(flags) <= 2", "proved"),
        ("always: size(flags) <= 1", "refuted"),
        ("recoverable: 'flags == set([\"LATE\"])'", "proved"),
    ],
)  # fmt: skip
def test_keys_and_sets_of_one_event_meet_the_states_of_a_lane(claim: str, verdict: str) -> None:
    verdicts, results = decided(load_toy(f"{JOBS}properties: [{{id: c, {claim}, says: s}}]\n"))
    assert verdicts == [verdict]
    assert [(each.problem, each.verified) for each in results] == [(None, True)]
