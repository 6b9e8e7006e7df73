"""A transition that no log of a generation takes may hold in it, or not."""

from collections.abc import Callable

import pytest

from flux_conform.language import load
from flux_conform.language.specification import Specification
from flux_conform.mutation.mutants import Mutant, mutants
from flux_conform.mutation.notices import EQUIVALENT, Notices
from flux_conform.mutation.out_of_reach import is_out_of_reach
from toys import load_toy

HEAD = """machine: toy
title: A toy
source: {rfc: 99}
lines: eventlog
findings:
  undefined: {id: rfc99/states/undefined, level: MUST, section: S, says: T}
  silent: {id: rfc99/states/silent, level: note, section: S, says: T}
  captive: {id: rfc99/last/captive, level: MUST, section: S, says: T}
  context: {id: "rfc99/{event}/context", level: MUST, says: T}
  no-context: {id: "rfc99/{event}/no-context", level: implied, says: T}
generations:
  new: {today: true, says: N}
  old: {on: begin, when: not has(.version), says: O}
states:
  A: {initial: true}
  B: {}
  Z: {final: true}
events:
  begin: {context: {version: optional integer}, elsewhere: stays}
  go: {context: empty, elsewhere: stays}
  end: {context: empty, elsewhere: undefined}
  unlisted: {context: any, elsewhere: stays}
transitions:
  - {on: begin, from: A, to: B, generation: old}
  - {on: go, from: A, to: B}
  - {on: end, from: B, to: Z}
"""
GO = "transition of other generation: go in A: holds in new"


def of(text: str, name: str) -> tuple[Specification, Mutant]:
    specification = load_toy(text)
    (mutant,) = (mutant for mutant in mutants(specification) if mutant.id == name)
    return specification, mutant


def test_a_generation_whose_first_event_leaves_for_good_takes_nothing_else_there() -> None:
    specification, mutant = of(HEAD, GO)
    assert is_out_of_reach(specification, mutant)
    assert Notices(specification).fate(mutant).fate == EQUIVALENT


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace("to: B, generation: old", "stays: true, generation: old"),
        lambda text: text.replace(
            "to: B, generation: old", 'to: B, when: "1 == 2", generation: old'
        ),
        lambda text: text + "  - {on: go, from: B, to: A, generation: old}\n",
        lambda text: text + "  - {on: go, from: B, to: A}\n",
        lambda text: text.replace("on: begin, from: A", "on: unlisted, from: A"),
    ],
)
def test_one_that_stays_or_comes_back_or_begins_otherwise_may_take_it(
    change: Callable[[str], str],
) -> None:
    text = change(HEAD)
    assert text != HEAD
    assert not is_out_of_reach(*of(text, GO))


@pytest.mark.parametrize(
    "name",
    [
        "transition of other generation: go in A: holds in old",
        "transition of other generation: end in B: holds in new",
        "transition missing: begin in A in old: left out",
        "transition retargeted: go in A: to B becomes stays",
        "transition missing: go in A: left out",
    ],
)
def test_a_change_that_some_log_shows_is_within_reach(name: str) -> None:
    assert not is_out_of_reach(*of(HEAD, name))


def test_of_the_job_it_is_what_comes_in_new_in_logs_of_version_0() -> None:
    """There submit leads to DEPEND, and nothing leads back."""
    job = load("job")
    found = {mutant.id for mutant in mutants(job) if is_out_of_reach(job, mutant)}
    assert found == {
        f"transition of other generation: {event} in NEW{guard}: holds in v1"
        for event, guard in (("validate", ""), ("invalidate", ""), ("exception", " [fatal]"))
    }
