"""Fault domains: slips that implementers make, made from a specification."""

import pytest

import toys
from flux_conform.language.loader import load_file
from flux_conform.language.specification import Specification
from flux_conform.mutation.domains import DOMAINS, MOST, faults, samples
from flux_conform.mutation.mutants import Mutant
from flux_conform.mutation.normal_texts import FORMS
from flux_conform.suite.making.all_vectors import generate, with_more
from flux_conform.suite.making.export import files
from flux_conform.suite.making.mutant_reader import MutantReader
from flux_conform.suite.making.observe import Observation, read_log
from flux_conform.suite.making.shipping import trial_of
from flux_conform.suite.making.strength import Trial
from flux_conform.suite.making.strengthen import (
    EQUIVALENT,
    KILLED,
    SURVIVED,
    UNDECIDED,
    Strength,
    measure,
)
from flux_conform.suite.making.vector import Draft

TURNSTILE = str(toys.TURNSTILE)


@pytest.fixture(scope="module")
def machine() -> Specification:
    return load_file(TURNSTILE)


@pytest.fixture(scope="module")
def by_id(machine: Specification) -> dict[str, Mutant]:
    return {fault.id: fault for fault in faults(machine)}


@pytest.fixture(scope="module")
def strength(machine: Specification) -> Strength:
    return measure(machine, trial_of(generate(machine, TURNSTILE)), drawn_by=0)


def read(fault: Mutant, *events: str) -> Observation:
    """What a reader with a fault makes of some events."""
    lines = []
    for number, event in enumerate(events, 1):
        name, _, value = event.partition(" ")
        context = f'{{"value":{value}}}' if value else "{}"
        lines.append(f'{{"timestamp":{number},"name":"{name}","context":{context}}}\n')
    log = read_log("".join(lines).encode(), fault.specification)
    return MutantReader(fault).observe(log)


def test_faults_have_names_of_their_own_and_a_domain_each(machine: Specification) -> None:
    names = [fault.id for fault in faults(machine)]
    assert len(set(names)) == len(names)
    assert {fault.operator for fault in faults(machine)} <= set(DOMAINS)


@pytest.mark.parametrize(
    ("name", "events", "states"),
    [
        (
            "effect missing: push in Unlocked: leaves coins as it was",
            ("coin 7", "push", "coin 7"),
            ("Unlocked", "Locked", "Unlocked"),
        ),
        ("capacity: push: refused after 1 of them", ("coin 7", "push", "coin 7", "push"), None),
        ("dependence: push: refused where seen(push)", ("coin 7", "push", "coin 7", "push"), None),
        (
            "dependence: coin in Locked: not taken where seen(push)",
            ("coin 7", "push", "coin 7"),
            ("Unlocked", "Locked", "Locked"),
        ),
        ("texts: names of events: in small letters", ("COIN 7", "push"), ("Unlocked", "Locked")),
    ],
)
def test_a_fault_shows_where_it_says(
    by_id: dict[str, Mutant], name: str, events: tuple[str, ...], states: tuple[str, ...] | None
) -> None:
    """The states that a reader with the fault sees; None is a violation."""
    seen = read(by_id[name], *events)
    assert (seen.states if seen.verdict != "violates" else None) == states


def test_a_missing_effect_is_found_at_the_next_rule_that_reads(
    machine: Specification, by_id: dict[str, Mutant]
) -> None:
    """One coin was enough, and the push did not forget it."""
    fault = by_id["effect missing: push in Unlocked: leaves coins as it was"]
    right = fault._replace(specification=machine)
    assert read(right, "coin 7", "push", "coin 7").strict != "violates"
    assert read(fault, "coin 7", "push", "coin 7").strict == "violates"


@pytest.mark.parametrize(
    ("form", "one", "other"),
    [
        ("in small letters", "Exec", "exec"),
        ("without blanks around them", " exec", "exec\u00a0"),
        ("in the composed form of Unicode", "\u00e9", "e\u0301"),
        ("in the compatible form of Unicode", "\ufb01", "fi"),
        ("up to a NUL", "exec\0a", "exec\0b"),
        ("up to a blank", "exec a", "exec b"),
        ("up to 16 characters", "e" * 16 + "a", "e" * 16 + "b"),
        ("up to 255 characters", "e" * 255 + "a", "e" * 255 + "b"),
        ("in ASCII alone", "\u00e4", "\u00f6"),
    ],
)
def test_a_form_takes_two_texts_for_one(form: str, one: str, other: str) -> None:
    assert FORMS[form](one) == FORMS[form](other)


def test_the_fate_of_every_fault_is_known(machine: Specification, strength: Strength) -> None:
    """Where the machine is small; of texts no proof knows."""
    drawn = sum(len(sample.faults) for sample in samples(machine))
    fates = (KILLED, EQUIVALENT, SURVIVED, UNDECIDED)
    assert sum(strength.number("states", fate) for fate in fates) == drawn
    left = [fate for fate in strength.fates if fate.fate == UNDECIDED]
    assert {fate.operator for fate in left if fate.power == "verdict"} <= {"texts", "capacity"}
    assert strength.number("states", KILLED) > drawn / 2


@pytest.mark.slow
def test_a_log_that_is_found_tells_the_fault_apart(
    machine: Specification, by_id: dict[str, Mutant]
) -> None:
    """Without vectors a log is searched for each."""
    found = measure(machine, Trial(()), drawn_by=0)
    logs = {draft.id: draft.log for draft in found.found}
    killed = [fate for fate in found.fates if fate.fate == SURVIVED]
    assert killed
    for fate in killed:
        fault = by_id[fate.mutant]
        right = fault._replace(specification=machine, form=None)
        log = read_log(logs[fate.by], machine)
        assert MutantReader(fault).observe(log) != MutantReader(right).observe(log)


def test_of_a_large_domain_a_sample_is_drawn_always_the_same(machine: Specification) -> None:
    """Another seed draws another; a domain that is not large is tried whole."""
    for one, again, other in zip(
        samples(machine), samples(machine), samples(machine, 1), strict=True
    ):
        ids = [fault.id for fault in one.faults]
        assert ids == [fault.id for fault in again.faults]
        assert len(ids) == min(one.of, MOST)
        assert (ids == [fault.id for fault in other.faults]) == (one.of <= MOST)


def test_logs_that_join_a_suite_make_the_suite_that_has_them(machine: Specification) -> None:
    """File by file; and those against faults come last, whatever came first."""
    log = b"".join(
        b'{"timestamp":%d,"name":"coin","context":{"value":%d}}\n' % (n, 40 + n) for n in range(9)
    )
    fault = Draft("faults", "001-x", "fault", "x", log)
    killer = Draft("mutants", "001-x", "mutant", "x", log.replace(b"41", b"39"))
    suite = generate(machine, TURNSTILE)
    whole = generate(machine, TURNSTILE, [killer, fault])
    assert len(whole.vectors) == len(suite.vectors) + 2
    grown = with_more(with_more(suite, TURNSTILE, [fault]), TURNSTILE, [killer])
    assert files(grown, "") == files(whole, "")
