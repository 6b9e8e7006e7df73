"""Two judges that were made apart, the checker and the oracle, say the same of random logs."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

import oracle
from facts.cases import LIFE, lines
from flux_conform.checking.judge import Options, judge
from flux_conform.language import load
from flux_conform.machine.step import Machine
from random_logs import LOGS_PER_SEED, STEPS, random_logs

MACHINE = Machine(load("job"))
WITH_NOTES = Options(notes=True)
SEEDS = range(8)


def told(log: bytes) -> oracle.Verdict:
    """The checker's judgement as the oracle gives its own."""
    judgement = judge(MACHINE, log, WITH_NOTES)
    graver = [place for place, f in enumerate(judgement.findings) if f.level != "note"]
    index = {place: number for number, place in enumerate(graver)}
    return oracle.Verdict(
        tuple(
            (f.rule, f.line, None if f.because is None else index[f.because])
            for f in judgement.findings
            if f.level != "note"
        ),
        tuple((f.rule, f.line) for f in judgement.findings if f.level == "note"),
        judgement.verdict,
        judgement.state,
    )


@pytest.mark.slow
@pytest.mark.parametrize("seed", SEEDS)
def test_the_checker_and_the_oracle_agree(seed: int) -> None:
    """Rules, lines, causes, notes, verdict and state, on 20,000 logs in all."""
    for log in random_logs(seed):
        assert told(log) == oracle.judge(log), log.decode()


@given(st.lists(st.sampled_from(STEPS), max_size=12), st.integers(0, 9))
def test_they_agree_on_logs_that_hypothesis_finds(steps: list[str], kept: int) -> None:
    """As above, with a shortest log where they do not."""
    log = lines(*LIFE[:kept], *steps)
    assert told(log) == oracle.judge(log)


@pytest.mark.slow
def test_the_random_logs_break_every_rule_and_come_everywhere() -> None:
    """Agreement on logs that show nothing would be worth nothing."""
    found: set[str] = set()
    followed = 0
    ends: dict[str, int] = {}
    for log in (log for seed in SEEDS[:2] for log in random_logs(seed)):
        verdict = oracle.judge(log)
        found |= {rule for rule, *_ in (*verdict.findings, *verdict.notes)}
        followed += any(because is not None for *_, because in verdict.findings)
        ends[f"{verdict.verdict} {verdict.state}"] = (
            ends.get(f"{verdict.verdict} {verdict.state}", 0) + 1
        )
    assert set(oracle.LEVELS) - found <= {"rfc18/append-only", "rfc18/not-empty"}
    assert followed > LOGS_PER_SEED / 10
    assert {"conforms INACTIVE", "incomplete RUN", "violates INACTIVE"} <= set(ends)
    assert {key.split()[1] for key in ends} == {
        "NEW", "DEPEND", "PRIORITY", "SCHED", "RUN", "CLEANUP", "INACTIVE", "REMOVED",
    }  # fmt: skip
