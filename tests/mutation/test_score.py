"""Which small changes of a specification its claims, scenarios and examples notice."""

import json
from pathlib import Path

import pytest

import toys
from flux_conform.cli.main import main
from flux_conform.language.loader import load_file
from flux_conform.language.specification import Specification
from flux_conform.mutation.mutants import Mutant, mutants
from flux_conform.mutation.notices import CLAIM, EQUIVALENT, EXAMPLE, SCENARIO, UNNOTICED, Notices
from flux_conform.mutation.score import Score, WrongClaims, lines_of, plan, score
from flux_conform.prove import prove
from toys import turnstile

TURNSTILE = str(toys.TURNSTILE)

EXAMPLE_OF_COIN = (
    "context: {value: integer 1..50, visitor: optional string}\n",
    "context: {value: integer 1..50, visitor: optional string}\n    example: {value: 50}\n",
)
PARTICIPANTS = """participants:
  visitor: {says: wants to pass}
  anybody: {says: does anything}
"""
SCENARIOS = """scenarios:
  usual:
    title: A visitor passes
    says: One coin and one push.
    unfinished: true
    steps:
      - {at: 0, event: coin, along: visitor}
      - {at: 2, event: push, along: visitor}
"""
TOLD = ("\nreport:\n", f"\n{PARTICIPANTS}{SCENARIOS}\nreport:\n")


@pytest.fixture(scope="module")
def machine() -> Specification:
    return load_file(TURNSTILE)


@pytest.fixture(scope="module")
def scored(machine: Specification) -> Score:
    return score(plan(machine))


@pytest.fixture(scope="module")
def by_id(machine: Specification) -> dict[str, Mutant]:
    return {mutant.id: mutant for mutant in mutants(machine)}


def verdicts(specification: Specification) -> dict[str, str]:
    return {o.id: o.verdict for o in prove(specification, quick=True).outcomes}


def of_file(tmp_path: Path, *changes: tuple[str, str]) -> str:
    path = tmp_path / "turnstile.yaml"
    path.write_text(turnstile(*changes))
    return str(path)


def fate(specification: Specification, name: str) -> tuple[str, str]:
    (mutant,) = (mutant for mutant in mutants(specification) if mutant.id == name)
    found = Notices(specification).fate(mutant)
    return found.fate, found.by


@pytest.mark.slow
def test_what_a_claim_notices_is_decided_otherwise_in_the_mutant(
    machine: Specification, scored: Score, by_id: dict[str, Mutant]
) -> None:
    """As the whole proof says, which takes no short cut."""
    before = verdicts(machine)
    noticed = [each for each in scored.fates if each.fate == CLAIM and each.by in before]
    assert len(noticed) > 10
    for each in noticed:
        (outcome,) = prove(by_id[each.mutant].specification, properties=[each.by]).outcomes
        assert outcome.verdict != before[each.by], each


def test_a_rule_notices_what_leaves_it_nothing_to_ask(
    machine: Specification, scored: Score, by_id: dict[str, Mutant]
) -> None:
    """Where coins are not counted, a second one breaks nothing, and `prove` reports the rule."""
    rules = {rule.id for rule in machine.rules}
    noticed = {each.mutant: each.by for each in scored.fates if each.by in rules}
    uncounted = "effect dropped: coin: coins: left out"
    assert noticed[uncounted] == "rfc9999/coin/once"
    assert verdicts(by_id[uncounted].specification) == verdicts(machine)
    for name, rule in noticed.items():
        exercise = prove(by_id[name].specification).exercise
        assert exercise is not None
        assert exercise.verdict == "bad"
        assert rule in [use.id for use in exercise.rules if not use.is_good]


def test_a_claim_notices_what_leaves_it_nothing_to_say(tmp_path: Path) -> None:
    """A second coin is undefined in this mutant, so that what the claim presupposes never comes."""
    claim = (
        "  - {id: twice, on: coin, when: paid, then: coins > 1, assuming: MUST, says: It counts.}\n"
    )
    told = load_file(of_file(tmp_path, ("\nproperties:\n", f"\nproperties:\n{claim}")))
    assert fate(told, "outcome elsewhere: coin: stays becomes undefined") == (CLAIM, "twice")


def test_what_nothing_notices_leaves_every_claim_as_it_is(
    machine: Specification, scored: Score, by_id: dict[str, Mutant]
) -> None:
    before = verdicts(machine)
    assert len(scored.unnoticed) > 10
    for each in scored.unnoticed:
        assert verdicts(by_id[each.mutant].specification) == before, each


@pytest.mark.slow
def test_without_claims_nothing_but_the_equivalent_is_settled(
    machine: Specification, scored: Score
) -> None:
    """But for what leaves a rule nothing to ask; and what is equivalent, no claim notices."""
    bare = score(plan(machine._replace(properties=())))
    rules = {rule.id for rule in machine.rules}
    assert {each.by for each in bare.fates if each.fate == CLAIM} <= rules
    settled = bare.number(EQUIVALENT) + bare.number(CLAIM)
    assert bare.number(UNNOTICED) == len(bare.fates) - settled
    equivalent = {each.mutant for each in bare.fates if each.fate == EQUIVALENT}
    assert equivalent
    assert {each.mutant for each in scored.fates if each.fate == EQUIVALENT} <= equivalent


def test_the_format_of_lines_is_left_out(machine: Specification, scored: Score) -> None:
    every = list(mutants(machine))
    assert scored.lines == sum(m.specification.lines != machine.lines for m in every) > 0
    assert len(scored.fates) + scored.lines == len(every)
    assert list(lines_of(scored))[-1].startswith(f"{scored.lines} mutants of the format of lines")


def test_an_example_notices_types_that_it_does_not_fit(tmp_path: Path) -> None:
    name = "context changed: coin: value: high 50 becomes 49"
    assert fate(load_file(TURNSTILE), name) == (UNNOTICED, "")
    assert fate(load_file(of_file(tmp_path, EXAMPLE_OF_COIN)), name) == (EXAMPLE, "coin")


def test_a_scenario_notices_what_makes_its_log_wrong(tmp_path: Path) -> None:
    name = "rule changed: rfc9999/coin/once: paid"
    assert fate(load_file(TURNSTILE), name)[0] == CLAIM
    told = load_file(of_file(tmp_path, EXAMPLE_OF_COIN, TOLD))
    assert fate(told, name) == (SCENARIO, "usual")
    assert fate(told, "rule dropped: rfc9999/coin/once: left out") == (UNNOTICED, "")


def test_a_machine_whose_claims_are_wrong_is_not_measured(tmp_path: Path) -> None:
    wrong = ("always: 'state == \"Locked\" implies not paid'", "always: not paid")
    path = of_file(tmp_path, wrong)
    with pytest.raises(WrongClaims, match="locked-is-unpaid"):
        plan(load_file(path))
    assert main(["prove", "--machine", path, "--mutants", "-j", "1"]) == 2


@pytest.mark.slow
def test_the_command_shows_each_unnoticed_mutant_and_exits_with_1(
    scored: Score, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["prove", "--machine", TURNSTILE, "--mutants", "-j", "1"]) == 1
    shown = capsys.readouterr()
    for each in scored.unnoticed:
        assert f"  {each.mutant}\n" in shown.out
    assert f"{len(scored.fates)} mutants, 5 claims, on 1 process: less than a minute" in shown.err


@pytest.mark.slow
def test_two_processes_find_the_same(scored: Score, capsys: pytest.CaptureFixture[str]) -> None:
    asked = ["prove", "--machine", TURNSTILE, "--mutants", "-j", "2", "--format", "json"]
    assert main(asked) == 1
    value = json.loads(capsys.readouterr().out)
    assert value == scored.as_json()
    assert sum(value["fates"].values()) == value["mutants"] == len(scored.fates)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--jobs", "2"], "--jobs goes with --mutants alone"),
        (["--mutants", "--quick"], "--mutants does not go with --quick"),
        (["--mutants", "-j", "0"], "at least one process"),
    ],
)
def test_options_that_do_not_fit_are_refused(
    options: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["prove", "--machine", TURNSTILE, *options]) == 2
    assert message in capsys.readouterr().err
