"""Real logs of real instances: every verdict, every finding, and every job as it was reported."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from flux_conform.checking.finding import Judgement
from flux_conform.checking.judge import Options, judge
from flux_conform.checking.replay import replay
from flux_conform.checking.waivers import Waivers, load_deviations
from flux_conform.language import load
from flux_conform.machine.step import Machine
from oracle import judge as oracle

JOB = Machine(load("job"))
EXPIRATION = "rfc21/resource-update/context"
# What the corpus's own description lists; there are no others.
VIOLATIONS = {
    "A1-main/573579460608": EXPIRATION,
    "A1-main/611865067520": EXPIRATION,
    "A1-main/669142482944": EXPIRATION,
    "T-t0014-job-kvslookup.0/9177137152": EXPIRATION,
    "D-warn-dump-nosubmit/8069840896": "rfc21/submit/first",
}
IMPLIED = {"T-t3002-pmi.2/399314518016": "rfc21/exception/wait-status-nonzero"}


def logs(corpus: Path, folder: str) -> dict[str, bytes]:
    paths = sorted((corpus / folder).rglob("*.eventlog"))
    return {
        path.relative_to(corpus / folder).with_suffix("").as_posix(): path.read_bytes()
        for path in paths
    }


@pytest.fixture(scope="module")
def jobs(corpus: Path) -> dict[str, bytes]:
    return logs(corpus, "job")


@pytest.fixture(scope="module")
def judgements(jobs: dict[str, bytes]) -> dict[str, Judgement]:
    return {name: judge(JOB, log) for name, log in jobs.items()}


def test_the_verdicts_are_those_of_the_independent_judge(
    judgements: dict[str, Judgement],
) -> None:
    """803 job logs: 772 conform, 26 are on their way, 5 violate."""
    verdicts = Counter(judgement.verdict for judgement in judgements.values())
    assert verdicts == {"conforms": 772, "incomplete": 26, "violates": 5}


def test_the_findings_are_those_listed_and_no_others(judgements: dict[str, Judgement]) -> None:
    """Each violation and each implied rule that is broken."""
    found: dict[str, set[str]] = {"MUST": set(), "implied": set(), "SHOULD": set()}
    for name, judgement in judgements.items():
        for finding in judgement.findings:
            found[finding.level].add(f"{name} {finding.rule}")
    assert found["MUST"] == {f"{name} {rule}" for name, rule in VIOLATIONS.items()}
    assert found["implied"] == {f"{name} {rule}" for name, rule in IMPLIED.items()}
    assert found["SHOULD"] == set()


def test_the_second_judge_agrees_on_every_log(
    jobs: dict[str, bytes], judgements: dict[str, Judgement]
) -> None:
    """Findings with their lines and causes, verdict and state."""
    for name, log in jobs.items():
        judgement, expected = judgements[name], oracle(log)
        found = tuple((f.rule, f.line, f.because) for f in judgement.findings)
        assert found == expected.findings, name
        assert (judgement.verdict, judgement.state) == (expected.verdict, expected.state), name


def test_all_exec_logs_conform_or_are_on_their_way(corpus: Path) -> None:
    """271 of them, without a single finding, notes included."""
    machine = Machine(load("exec"))
    found = {
        name: judge(machine, log, Options(notes=True)) for name, log in logs(corpus, "exec").items()
    }
    assert len(found) == 271
    assert {name: j.findings for name, j in found.items() if j.findings} == {}
    assert {judgement.verdict for judgement in found.values()} <= {"conforms", "incomplete"}


# What was not asked of every instance, so that its absence tells nothing
NOT_ALWAYS_ASKED = ("returncode", "annotations")


def test_the_replayed_job_is_the_one_that_the_instance_reported(corpus: Path) -> None:
    """Field by field, times to the last digit; a field that has no value was not given."""
    machine = Machine(load("job"), report=True)
    rows = [json.loads(line) for line in (corpus / "truth.jsonl").read_text().splitlines()]
    assert len(rows) == 763
    for truth in rows:
        log = truth.pop("log")
        replayed = replay(machine, (corpus / log).read_bytes())
        ours: dict[str, Any] = {"state": replayed.state, **replayed.report}
        assert truth.keys() <= ours.keys(), log
        for field, value in ours.items():
            if field in truth or field not in NOT_ALWAYS_ASKED:
                assert value == truth.get(field), f"{log}: {field}"


def test_flux_core_is_allowed_its_known_deviations_and_no_others(
    jobs: dict[str, bytes],
) -> None:
    """What is left is the log without a submit; what is waived is told as such with notes."""
    allowed = Waivers((load_deviations("flux-core"),))
    left = {name: judge(JOB, log, Options(waivers=allowed)) for name, log in jobs.items()}
    assert {
        name: [finding.rule for finding in judgement.findings]
        for name, judgement in left.items()
        if judgement.findings
    } == {"D-warn-dump-nosubmit/8069840896": ["rfc21/submit/first"]}
    assert Counter(judgement.verdict for judgement in left.values())["violates"] == 1
    for name, rule in {**VIOLATIONS, **IMPLIED}.items():
        told = judge(JOB, jobs[name], Options(notes=True, waivers=allowed))
        waived = {finding.rule for finding in told.findings if finding.waived_by == "flux-core"}
        assert waived == ({rule} if rule != "rfc21/submit/first" else set())
