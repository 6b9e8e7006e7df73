"""The checker and the explicit search judge a million different event sequences alike."""

import pytest

from flux_conform.language.specification import ANY_EVENT, UNDEFINED
from flux_conform.machine.step import Machine
from prove.letters import JOB, letters, unbounded
from prove.machines import loaded, shipped_text
from prove.sequences import Tree, exhaustively, randomly, widely
from toys import load_toy, turnstile

pytestmark = pytest.mark.slow

EACH = 550_000
GENERATIONS = ("v1", "v0")
# What no log of a generation can do, by what the generation is: a log of v0 begins with a submit
# without a version, which leads out of NEW at once; in one of v1 a second validate is undefined.
NEVER_BROKEN = {
    "v1": {"rfc21/submit/v0", "rfc21/validate/once"},
    "v0": {
        "rfc21/submit/first",
        "rfc21/submit/version",
        "rfc21/exception/new",
        "rfc21/invalidate/last",
    },
}
NEVER_OBEYED = {"v1": set(), "v0": set()}


def cases_of(specification, generation):
    """Each state and event with each guard case: the rows, and what holds where none matches."""
    machine = Machine(specification)
    for state in specification.machine_states:
        for event in specification.events:
            for row, outcome in machine.outcome(state.name, event.name, generation):
                ended = row is None and state.final
                yield state.name, event.name, row, UNDEFINED if ended else outcome


def judged_ids(specification):
    """The rules, and what the machine itself finds where contexts are sound."""
    found = {rule.id for rule in specification.rules}
    kinds = ("undefined", "silent", "captive", "removed")
    return found | {f.id for f in specification.findings if f.kind in kinds}


@pytest.mark.parametrize("generation", GENERATIONS)
def test_checker_and_search_judge_a_million_sequences_of_job_events_alike(generation):
    """After every event: the state, the outcome, the rules broken; and every rule has its turn."""
    specification = loaded(shipped_text("job"))
    search = unbounded(specification, generation)
    tree = Tree(search, letters(search, JOB))
    nearest = widely(tree, 4_000)
    exhaustively(tree, nearest.values(), 2)
    randomly(tree, EACH)
    assert tree.judged >= EACH
    assert EACH * len(GENERATIONS) > 1_000_000

    assert judged_ids(specification) - tree.covered.broken == NEVER_BROKEN[generation]
    assert {rule.id for rule in specification.rules} - tree.covered.obeyed == set()
    wanted = {
        case
        for case in cases_of(specification, generation)
        if generation != "v0" or case[0] != "NEW" or (case[1] == "submit" and case[2] is not None)
    }
    assert wanted <= tree.covered.cases
    assert ANY_EVENT not in {case[1] for case in wanted}


@pytest.mark.parametrize(
    ("name", "depth", "unknown"),
    [
        ("exec", 4, {"rfc50/states/undefined", "rfc50/states/silent"}),
        ("turnstile", 5, {"rfc9999/states/silent"}),
    ],
)
def test_checker_and_search_judge_every_short_sequence_of_other_events_alike(name, depth, unknown):
    """All sequences up to a length, and longer ones at random; every rule broken and obeyed."""
    specification = load_toy(turnstile()) if name == "turnstile" else loaded(shipped_text(name))
    search = unbounded(specification, specification.today.name)
    tree = Tree(search, letters(search))
    exhaustively(tree, [tree.root], depth)
    randomly(tree, tree.judged + 20_000, longest=12)
    assert judged_ids(specification) - tree.covered.broken == unknown
    assert {rule.id for rule in specification.rules} - tree.covered.obeyed == set()
    assert set(cases_of(specification, specification.today.name)) <= tree.covered.cases
