"""Machines whose events bear sets go through every verb."""

import json
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from flux_conform.checking.judges import Judge
from flux_conform.cli.main import main
from flux_conform.language import load
from flux_conform.prove import prove
from flux_conform.prove.outcomes import PROVED, REFUTED
from sets.plain_sets import idset, sets

RANKS = Path(__file__).with_name("ranks.yaml")
STREAMS = Path(__file__).with_name("streams.yaml")
MAPS = Path(__file__).with_name("maps.yaml")
by_name = pytest.mark.parametrize("path", [RANKS, STREAMS, MAPS], ids=lambda path: path.stem)


@pytest.fixture
def run(capsys):
    """A function that runs the command and gives the exit code and what it prints."""

    def run(*arguments):
        try:
            code = main([str(argument) for argument in arguments])
        except SystemExit as exit_:
            code = int(exit_.code or 0)
        return code, capsys.readouterr().out

    return run


@pytest.mark.parametrize(
    "path",
    [
        pytest.param(path, id=path.stem, marks=[pytest.mark.slow] * (path is STREAMS))
        for path in (RANKS, STREAMS, MAPS)
    ],
)
def test_every_claim_is_decided_as_it_should_be_and_verified(path, run, tmp_path):
    """The verifier shares no code with the proofs, and leaves nothing unverified."""
    specification = load(path)
    found = {each.id: each.verdict for each in prove(specification, quick=True).outcomes}
    assert found == {
        claim.id: REFUTED if claim.expect == "refuted" else PROVED
        for claim in specification.properties
    }
    run("prove", "--machine", path, "--quick", "--certificates", tmp_path)
    code, out = run("verify", "--machine", path, *sorted(tmp_path.glob("*.json")))
    assert code == 0
    told = [line.split() for line in out.splitlines() if line.startswith("  ")]
    assert {words[1].rstrip(":") for words in told if words[0] == "verified"} == set(found)


@pytest.mark.slow
@by_name
def test_a_suite_is_made_and_its_own_reader_passes_it(path, run, tmp_path):
    assert run("suite", "export", "--machine", path, tmp_path / "suite")[0] == 0
    harness = [sys.executable, "-m", "flux_conform", "suite", "harness", "--machine", path]
    code, out = run("suite", "run", "--suite", tmp_path / "suite", "--", *harness)
    assert code == 0, out
    assert " passed (" in out


@by_name
def test_it_is_drawn_and_waited_for(path, run, tmp_path):
    assert run("draw", "--machine", path, "-o", tmp_path / "states.svg")[0] == 0
    code, out = run("wait", "--machine", path, "LIVE")
    assert code == 0
    assert "LIVE" in out


@by_name
def test_a_rule_on_sets_that_is_changed_is_a_difference_with_a_log(path, run, tmp_path):
    text = path.read_text("utf-8")
    for level in ("implied", "SHOULD"):
        text = text.replace(f"level: {level}", "level: MUST")
    old, new = {
        RANKS: ("require: ranks(.idset) <= up", "require: ranks(.idset) <= up + drained"),
        STREAMS: ("hosts(.nodelist) <= down and not", "not"),
        MAPS: ("require: not (.dish in out)", "require: not (.dish in out) and empty(keys(usual))"),
    }[path]
    assert text.count(old) == 1
    strict, changed = tmp_path / "strict.yaml", tmp_path / "changed.yaml"
    strict.write_text(text, encoding="utf-8")
    changed.write_text(text.replace(old, new), encoding="utf-8")
    code, out = run("diff", strict, changed)
    assert code == 1
    rules = {RANKS: "rfc44/torpid/online", STREAMS: "rfc24/up/down", MAPS: "kitchen/order/left"}
    assert rules[path] in out
    assert run("diff", strict, strict)[0] == 0


# Logs, judged by Python's own sets.


def event(name, **context):
    return json.dumps({"timestamp": 1.0, "name": name, "context": context}) + "\n"


events = st.one_of(
    st.builds(
        lambda name, some: (name, some, 0),
        st.sampled_from(["undrain", "online", "offline", "torpid", "lively"]),
        sets,
    ),
    st.builds(lambda some, overwrite: ("drain", some, overwrite), sets, st.sampled_from([0, 1])),
)


def expected(log):
    """The rules that each line breaks, and what is drained at the end."""
    drained, up, slow, broken = set(), set(), set(), []
    for line, (name, some, overwrite) in enumerate(log, 1):
        if name == "drain" and overwrite == 0 and drained & some:
            broken.append((line, "rfc44/drain/once"))
        if name == "undrain" and not some <= drained:
            broken.append((line, "rfc44/undrain/drained"))
        if name == "torpid" and not some <= up:
            broken.append((line, "rfc44/torpid/online"))
        drained = {"drain": drained | some, "undrain": drained - some}.get(name, drained)
        up = {"online": up | some, "offline": up - some}.get(name, up)
        gone = name in ("offline", "lively")
        slow = slow | some if name == "torpid" else slow - some if gone else slow
    return broken


def line_of(name, some, overwrite):
    if name == "drain":
        hosts = ",".join(f"fake{number}" for number in sorted(some))
        return event(name, idset=idset(some), nodelist=hosts, overwrite=overwrite)
    return event(name, idset=idset(some))


@settings(
    max_examples=200, deadline=None, phases=[Phase.generate], suppress_health_check=[*HealthCheck]
)
@given(st.lists(events, min_size=1, max_size=12))
def test_logs_are_judged_as_pythons_sets_judge_them(log):
    text = "".join(line_of(*each) for each in log).encode()
    found = [
        (finding.line, finding.rule)
        for finding in JUDGE.judge(text).findings
        if finding.rule.startswith("rfc44/") and "states" not in finding.rule
    ]
    assert found == expected(log)


JUDGE = Judge(load(RANKS))


@pytest.mark.parametrize(
    ("line", "rule", "message"),
    [
        (
            event("drain", idset="0-1", nodelist="fake[0-2]", overwrite=0),
            "rfc44/drain/nodelist",
            "2 ranks have 3 hosts",
        ),
        (
            event("drain", idset="0-1", nodelist="fake0,fake0", overwrite=0),
            None,
            None,
        ),
        (
            event("torpid", idset="0-99999999"),
            "rfc44/torpid/context",
            '"idset" has more than 65,536 members, which are not read',
        ),
        (
            event("drain", idset="0", nodelist="fake[0-99999999]", overwrite=0),
            "rfc44/drain/context",
            '"nodelist" has more than 65,536 members, which are not read',
        ),
        (
            event("drain", idset="0", nodelist="fake[3-1]", overwrite=0),
            "rfc44/drain/context",
            '"nodelist" is "fake[3-1]", not a hostlist',
        ),
    ],
)
def test_what_sets_an_event_bears_is_told(line, rule, message):
    found = JUDGE.judge((event("online", idset="0") + line).encode()).findings
    told = [(finding.rule, finding.message) for finding in found if finding.line == 2]
    assert told == ([] if rule is None else [(rule, message)])


def test_a_log_with_a_wrong_set_is_mended(run, tmp_path):
    log, mended = tmp_path / "log.eventlog", tmp_path / "mended"
    log.write_text(event("online", idset="0") + event("torpid", idset="0-1"), encoding="utf-8")
    run("check", "--machine", RANKS, log, "--strict", "--repair", mended)
    found = mended / "log.eventlog" if mended.is_dir() else mended
    assert JUDGE.judge(found.read_bytes()).findings == ()


def test_a_window_tells_what_its_own_events_show(run, tmp_path):
    log = tmp_path / "log.eventlog"
    drained = event("drain", idset="1-2", nodelist="a,b", overwrite=0)
    log.write_text(drained + drained + event("undrain", idset="5"), encoding="utf-8")
    _, out = run("check", "--machine", RANKS, "--partial", log)
    assert "rfc44/drain/once" in out
    assert "rfc44/undrain/drained" not in out  # 5 may have been drained before
