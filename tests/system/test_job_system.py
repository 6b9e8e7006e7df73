"""The shipped system: what is known of it, and a second explorer that says the same."""

from collections.abc import Mapping
from pathlib import Path

import pytest

import flux_conform
from flux_conform.artefacts import artefact
from flux_conform.system.participants import System
from flux_conform.system.system_claims import Decided, decide
from flux_conform.system.system_file import load_system
from flux_conform.system.system_product import Product
from flux_conform.system.system_report import log_of
from system.plain_system import Plain, merged

TODAY, MENDED = "system.yaml", "system-mended.yaml"


def system(name: str, changes: int, restarts: int) -> System:
    loaded = load_system(artefact("model", name))
    return loaded.with_budgets({"changes": changes, "restarts": restarts})


def decided(of: System) -> Mapping[str, Decided]:
    return {each.claim.name: each for each in decide(of).claims}


CASES = [
    (TODAY, 0, 0),
    (MENDED, 0, 0),
    (TODAY, 1, 0),
    *[
        pytest.param(*case, marks=pytest.mark.slow)
        for case in ((MENDED, 1, 0), (TODAY, 0, 1), (MENDED, 0, 1), (MENDED, 1, 1))
    ],
]


@pytest.mark.parametrize(("name", "changes", "restarts"), CASES)
def test_an_explorer_by_hand_agrees(name: str, changes: int, restarts: int) -> None:
    """On every configuration, step and broken rule, and on the claims."""
    product = Product(system(name, changes, restarts))
    document = merged(Path(artefact("model", name)))
    plain = Plain(document, {"changes": changes, "restarts": restarts})
    steps = [edge for edges in product.edges for edge in edges]
    assert len(product.nodes) == len(plain.edges)
    assert len(steps) == sum(map(len, plain.edges.values()))
    broken = {
        (rule, event.posted[0], event.before)
        for step in steps
        for event in step.events
        for rule, _ in event.breaks
    }
    assert broken == plain.broken
    found = decided(product.system)
    assert (found["places"].verdict == "refuted") == any(map(plain.is_surprised, plain.edges))
    assert (found["ends"].verdict == "refuted") == plain.never_ends()
    stuck = [
        node for node in plain.edges
        if not plain.ready(node) and node[3].state not in ("INACTIVE", "REMOVED")
    ]  # fmt: skip
    assert (found["no deadlock"].verdict == "refuted") == bool(stuck)


def test_the_race_needs_one_change_of_mind_alone() -> None:
    """Without any, and with restarts alone, every job ends."""
    assert decided(system(TODAY, 0, 0))["ends"].verdict == "proved"
    assert decided(system(TODAY, 0, 1))["ends"].verdict == "proved"
    race = decided(system(TODAY, 1, 0))["ends"]
    assert race.verdict == "refuted"
    events = [event.posted[0] for taken in race.run for event in taken.events]
    states = [event.before for taken in race.run for event in taken.events]
    assert ("alloc", "PRIORITY") in zip(events, states, strict=True)


def test_check_says_of_the_log_of_the_race_that_it_is_stuck() -> None:
    """What the system finds, the checker finds in the log alone."""
    run = decided(system(TODAY, 1, 0))["ends"].run
    log = "".join(f"{line}\n" for line in log_of(run)).encode()
    judgement = flux_conform.check(log)
    assert judgement.state == "SCHED"
    assert [stuck.event for stuck in judgement.stuck] == ["alloc"]


@pytest.mark.slow
@pytest.mark.parametrize("name", [TODAY, MENDED])
def test_every_verdict_is_as_the_file_says(name: str) -> None:
    """With the budgets of the file."""
    decisions = decide(load_system(artefact("model", name)))
    assert [each for each in decisions.claims if not each.is_as_expected] == []


REPAIRS = {
    ("logs alloc", "gives back"): ("ends", 1, 0),
    ("notes reattached", "logs start late"): ("conforms", 0, 1),
    ("logs start", "ignores start"): ("conforms", 0, 1),
}


@pytest.mark.slow
@pytest.mark.parametrize("repair", REPAIRS, ids=" and ".join)
def test_each_repair_is_needed(repair: tuple[str, str], tmp_path: Path) -> None:
    """Without it, a claim is refuted that holds with it; and there are no other repairs."""
    claim, changes, restarts = REPAIRS[repair]
    assert decided(system(MENDED, changes, restarts))[claim].verdict == "proved"
    for name in (TODAY, MENDED):
        text = Path(artefact("model", name)).read_text(encoding="utf-8")
        if name == MENDED:
            lines = text.splitlines(keepends=True)
            kept = [line for line in lines if line.strip().partition(":")[0] not in repair]
            assert len(lines) - len(kept) == len(repair)
            text = "".join(kept)
        (tmp_path / name).write_text(text, encoding="utf-8")
    of = load_system(str(tmp_path / MENDED))
    found = decided(of.with_budgets({"changes": changes, "restarts": restarts}))
    assert found[claim].verdict == "refuted"
    steps = merged(Path(artefact("model", MENDED)))["participants"]["job manager"]["steps"]
    old = merged(Path(artefact("model", TODAY)))["participants"]["job manager"]["steps"]
    changed = {step for step in steps if steps[step] != old.get(step)}
    assert changed == {step for pair in REPAIRS for step in pair}
