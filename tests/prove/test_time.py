"""Policies that ask for times are exercised: their logs have the times at which they hold, or not."""

import json
from pathlib import Path

from flux_conform.checking.judge import judge
from flux_conform.language import load
from flux_conform.language.loader import load_changed
from flux_conform.prove import prove
from flux_conform.prove.outcomes import RuleUse

DOOR = Path(__file__).parents[1] / "timed_door.yaml"


def uses(change: str = "{}") -> dict[str, RuleUse]:
    """What becomes of each policy, and of no other rule."""
    specification = load_changed(str(DOOR), change)
    exercise = prove(specification).exercise
    assert exercise is not None
    for use in exercise.rules:
        for run, broken in ((use.obeyed, False), (use.broken, True)):
            if run is not None:
                found = judge(specification, run.log).findings
                own = {each.rule for each in found if each.line == len(run.events)}
                assert (use.id in own) is broken
                assert own <= {use.id} or change != "{}"
                assert {each.level for each in found} <= {"policy"}
    return {use.id: use for use in exercise.rules}


def test_a_policy_is_obeyed_by_one_log_and_broken_by_another() -> None:
    found = uses()
    assert {use.verdict for use in found.values()} == {"independent"}
    assert set(found) == {rule.id for rule in load(DOOR).rules}
    broken = found["door/open/rarely"].broken
    assert broken is not None
    times = [json.loads(event.line)["timestamp"] for event in broken.events]
    assert times == sorted(times)
    assert 0 <= times[-1] - times[0] < 3600


def test_an_event_that_is_asked_for_is_put_into_a_log_that_needs_none() -> None:
    """No rule of the source hangs on it, and no state does."""
    change = """
    rules:
      site/shut/knock: {level: policy, on: shut, says: S., breach: b, repair: r,
        require: 'has(last(unlisted)) implies since(unlisted) >= 3 s'}
    """
    use = uses(change)["site/shut/knock"]
    assert use.obeyed is not None
    names = [event.name for event in use.obeyed.events]
    assert len(names) > 2


def test_of_a_policy_that_no_log_breaks_nothing_is_claimed() -> None:
    change = """
    rules:
      site/shut/ever: {level: policy, on: shut, says: S., breach: b, repair: r,
        require: 'since(open) >= 1 s or since(open) < 2 s'}
    """
    use = uses(change)["site/shut/ever"]
    assert (use.verdict, use.broken) == ("unknown", None)
    assert use.obeyed is not None


CLAIMS = """
properties:
  direct: {on: shut, never: since(open) > 20 min, assuming: policy, says: S.}
  without-policies: {on: shut, never: since(open) > 20 min, says: S., expect: refuted}
  narrowed: {on: open, when: seen(shut), never: since(shut) < 50 min, assuming: policy, says: S.}
  exactly: {on: open, when: seen(shut), never: since(shut) <= 50 min, assuming: policy, says: S.,
    expect: refuted}
  back: {on: shut, never: since(open) < 0 s, assuming: policy, says: S., expect: refuted}
  nothing: {on: shut, when: 'state == "SHUT"', never: since(open) > 1 s, says: S.}
  too-much: {on: shut, never: 'last(open) != first(open) and last(open) - first(open) < 1 h',
    assuming: policy, says: S.}
"""


def test_claims_with_times_are_proved_by_bounds_or_refuted_by_logs_with_times() -> None:
    specification = load_changed(str(DOOR), CLAIMS)
    proofs = prove(specification, quick=True, certified=True)
    found = {outcome.id: outcome for outcome in proofs.outcomes}
    assert {name: outcome.verdict for name, outcome in found.items()} == {
        **dict.fromkeys(("direct", "narrowed", "nothing"), "proved"),
        **dict.fromkeys(("without-policies", "exactly", "back"), "refuted"),
        "too-much": "unknown",
    }
    assert found["nothing"].vacuous
    assert found["narrowed"].detail == (
        "last(shut) - last(open) <= 600 s",
        "no certificate: the verifier knows no times",
    )
    log = found["exactly"].counterexample
    assert log is not None
    times = [json.loads(event.line)["timestamp"] for event in log.events]
    assert times[-1] - times[-2] <= 3000 <= times[-1] - times[0] - 600
    back = found["back"].counterexample
    assert back is not None
    assert [line.check for line in specification.lines if line.level == "note"].count("time-order")
    assert json.loads(back.events[-1].line)["timestamp"] < 1700000000


def test_where_runs_obey_the_order_of_times_none_goes_back() -> None:
    specification = load_changed(str(DOOR), CLAIMS)
    ordered = tuple(
        line._replace(level="MUST") if line.check == "time-order" else line
        for line in specification.lines
    )
    proofs = prove(specification._replace(lines=ordered), properties=["back"], quick=True)
    assert proofs.outcomes[0].verdict == "proved"
