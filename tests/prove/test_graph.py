"""The same questions answered by networkx on the same bounded instance."""

import re

import networkx
import pytest

from flux_conform.machine.slice import read_alone
from flux_conform.prove.outcomes import PROVED, REFUTED
from flux_conform.prove.prover import ANY, QUIET, Prover
from prove.cases import CASES, machine_of, proofs_of
from prove.graphs import Graph, Instance
from prove.machines import by_id, edited, of_places

pytestmark = pytest.mark.slow

WRONG = {"priority-is-the-last-given"}
"""The claims that are wrong of a job whose priority is always the same."""


@pytest.fixture(scope="module", params=CASES, ids=lambda case: " ".join(filter(None, case)))
def judged(request):
    """An instance, and what the proofs say of the same specification."""
    name, generation = request.param
    specification = machine_of(name)
    if generation is not None:
        specification = of_places(specification)  # with all claims the instance is cut off
    prover = Prover(specification, generation or specification.today.name)
    return name, Instance(prover), by_id(proofs_of(name, generation))


def claims_of(instance, outcomes):
    """The properties that were asked for, and whose variables the instance holds."""
    alone = read_alone(instance.specification)
    claims = instance.specification.properties
    return [claim for claim in claims if claim.id in outcomes and not alone[claim.id]]


def test_what_the_proofs_say_is_what_networkx_finds(judged):
    """A property is refuted where the instance refutes it, and proved nowhere else."""
    name, instance, outcomes = judged
    for claim in claims_of(instance, outcomes):
        outcome = outcomes[claim.id]
        if instance.holds(claim):
            assert outcome.verdict != REFUTED, claim.id
        else:
            assert outcome.verdict != PROVED, claim.id
        if name.startswith("job") or name in ("exec", "turnstile"):
            decided = PROVED if instance.holds(claim) else REFUTED
            assert outcome.verdict == decided, claim.id


def apart(specification, outcomes):
    """The claims that read variables of their own, each with an instance that holds these."""
    alone = read_alone(specification)
    for also in dict.fromkeys(alone.values()):
        instance = Instance(Prover(specification, specification.today.name, also=also))
        for claim in specification.properties:
            if also and alone[claim.id] == also and claim.id in outcomes:
                yield instance, claim


def test_claims_with_variables_of_their_own_are_judged_on_instances_that_hold_them():
    """No claim of the job is left out."""
    job, outcomes = machine_of("job"), by_id(proofs_of("job", None))
    found = {claim.id: instance.holds(claim) for instance, claim in apart(job, outcomes)}
    shared = {claim.id for claim in claims_of(Instance(Prover(job, job.today.name)), outcomes)}
    assert {*found} | shared == {claim.id for claim in job.properties}
    assert not {*found} & shared
    assert {"worst-exception-counts", "reported-failed", "submit-gives-userid"} <= {*found}
    for name, holds in found.items():
        assert outcomes[name].verdict == (PROVED if holds else REFUTED), name


def test_an_instance_refutes_a_claim_of_a_variable_of_its_own_that_is_wrong():
    """Else that it agrees would mean nothing."""
    job = edited("job", "effect: {priority: .priority}", "effect: {priority: 3}")
    wrong = {claim.id for instance, claim in apart(job, WRONG) if not instance.holds(claim)}
    assert wrong == WRONG


def test_witnesses_are_as_short_as_networkx_finds_them(judged):
    """A log in which a checker finds nothing is the shortest of its kind."""
    _, instance, outcomes = judged
    prover = instance.prover
    graph = Graph(prover.search(prover.strictest), lambda edge: edge.quiet)
    for claim in claims_of(instance, outcomes):
        if claim.kind not in ("reachable", "taken"):
            continue
        quiet = [w.run for w in outcomes[claim.id].witnesses if w.run.is_quiet]
        found = sorted(len(run.events) for run in quiet)
        nearest = nearest_states if claim.kind == "reachable" else nearest_rows
        assert found == sorted(nearest(graph).values())


def nearest_states(graph):
    """The fewest events to each state of the machine; to the initial one, one that ends there."""
    found = {}
    specification = graph.search.specification
    for state in specification.machine_states:
        lengths = [
            graph.lengths[edge.source] + 1
            for edge in graph.edges
            if edge.source in graph.lengths and graph.search.state_of(edge.target) == state.name
        ]
        if lengths:
            found[state.name] = min(lengths)
    return found


def nearest_rows(graph):
    """The fewest events whose last takes each transition."""
    found = {}
    for edge in graph.edges:
        if edge.row is not None and edge.source in graph.lengths:
            length = graph.lengths[edge.source] + 1
            found[edge.row] = min(length, found.get(edge.row, length))
    return found


def test_the_farthest_way_out_is_as_far_as_networkx_finds_it(judged):
    _, instance, outcomes = judged
    for claim in claims_of(instance, outcomes):
        outcome = outcomes[claim.id]
        if claim.kind in ("recoverable", "leavable") and outcome.verdict == PROVED:
            told = [re.search(r"explicit instance: (\d+) events", line) for line in outcome.detail]
            (far,) = (int(match[1]) for match in told if match)
            ways = instance.ways(claim)
            reached = instance.graph(claim).lengths
            assert far == max(ways[n] for n in reached if instance.owes(claim, n))


def test_a_counterexample_to_a_way_out_ends_where_networkx_finds_none(judged):
    _, instance, outcomes = judged
    for claim in claims_of(instance, outcomes):
        outcome = outcomes[claim.id]
        if claim.kind in ("recoverable", "leavable") and outcome.verdict == REFUTED:
            graph = instance.graph(claim)
            stuck = {
                (graph.search.state_of(number), graph.lengths[number])
                for number in instance.stuck(claim)
            }
            run = outcome.counterexample
            assert (run.events[-1].state, len(run.events)) in stuck


@pytest.mark.parametrize("name", ["job", "exec"])
def test_the_shortest_logs_to_all_configurations_are_those_that_networkx_finds(name):
    specification = machine_of(name)
    prover = Prover(specification, specification.today.name)
    search = prover.search("implied")
    for kind, admitted in ((QUIET, lambda edge: edge.quiet), (ANY, lambda edge: True)):
        graph = Graph(search, admitted)
        paths = prover.paths("implied", kind)
        assert {n: len(paths.to(n)) for n in paths.order} == graph.lengths
        assert networkx.is_weakly_connected(graph.network.subgraph(graph.lengths))
