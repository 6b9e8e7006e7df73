"""The fast path says what the careful one says, or leaves the log to it."""

import random
from pathlib import Path

import pytest

from facts.cases import CASES
from flux_conform.conformance.fast import FastPath
from flux_conform.conformance.judge import Options, judge
from flux_conform.conformance.judges import Judge
from flux_conform.conformance.machine import Machine
from flux_conform.logs.eventlog import UnreadableLog
from flux_conform.model import load
from random_logs import MUTATIONS, random_logs

SPECIFICATION = load("job")
MACHINE = Machine(SPECIFICATION)


def is_taken(fast: FastPath, log: bytes) -> bool:
    """Whether the fast path judges the log; then it says what the careful one does."""
    judgement = fast.judge(log)
    if judgement is None:
        return False
    assert judgement == judge(MACHINE, log), log
    return True


@pytest.mark.parametrize("seed", [101, 102])
def test_the_two_paths_agree_on_random_logs(seed: int) -> None:
    """One fast path, which remembers what it learnt from all of them."""
    fast = FastPath(MACHINE)
    taken = [is_taken(fast, log) for log in random_logs(seed)]
    assert sum(taken) > 30


def test_the_two_paths_agree_on_the_cases_and_their_mutations() -> None:
    """Twice, for what is remembered the second time; the fast path takes what is sound."""
    fast = FastPath(MACHINE)
    choose = random.Random(7)
    for case in CASES * 2:
        taken = is_taken(fast, case.log)
        assert not (taken and case.findings)
        if case.log:
            mutated = choose.choice(list(MUTATIONS.values()))(case.log, choose)
            try:
                is_taken(fast, mutated)
            except UnreadableLog:
                assert fast.judge(mutated) is None
    sound = [case for case in CASES if not case.findings and not case.notes]
    assert sum(is_taken(fast, case.log) for case in sound) > len(sound) / 2


def test_the_fast_path_takes_nearly_every_real_log_that_conforms(corpus: Path) -> None:
    """Else it would be no path."""
    fast = FastPath(MACHINE)
    logs = [path.read_bytes() for path in sorted((corpus / "job").rglob("*.eventlog"))]
    assert sum(is_taken(fast, log) for log in logs) > 0.95 * len(logs)


@pytest.mark.parametrize("options", [Options(), Options(strict=True), Options(notes=True)])
def test_a_judge_of_many_logs_says_what_the_judge_of_one_does(options: Options) -> None:
    """Before and after it is worth to build the fast path, whatever is asked for."""
    many = Judge(SPECIFICATION, options)
    size = 0
    for case in CASES[::3] * 2:
        assert many.judge(case.log) == judge(MACHINE, case.log, options)
        size += len(case.log)
    assert size > 1 << 18
