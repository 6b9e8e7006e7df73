"""Drawn logs of a machine with policies that ask for times have times at which they are obeyed."""

import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis.errors import InvalidArgument

from flux_conform.checking.judge import Options, judge
from flux_conform.language import load
from flux_conform.machine.step import Machine
from flux_conform.strategies import eventlogs
from flux_conform.strategies.allowed_times import allowed_times

DOOR = load(Path(__file__).parents[1] / "timed_door.yaml")


@settings(max_examples=30, database=None, deadline=None, suppress_health_check=list(HealthCheck))
@given(eventlogs(DOOR, verdict="conforms"))
def test_drawn_logs_obey_policies(log) -> None:  # type: ignore[no-untyped-def]
    assert judge(DOOR, log, Options(strict=True)).findings == ()


def test_times_that_obey_stay_as_they_were_drawn() -> None:
    events = [("open", None), ("shut", None), ("open", None)]
    machine = Machine(DOOR)
    kept = [1700000000.25, 1700000001.5, 1700003600.25]
    assert list(allowed_times(machine, events, kept)) == kept
    changed = list(allowed_times(machine, events, [1700000000.25, 1700000001.5, 1700000002.5]))
    assert changed[:2] == kept[:2]
    assert json.loads(repr(changed[2])) >= kept[2]
    assert allowed_times(Machine("job"), events, kept) is kept


def test_a_policy_that_asks_for_times_is_broken_by_no_strategy() -> None:
    with pytest.raises(InvalidArgument, match="was found that breaks door/shut/soon"):
        eventlogs(DOOR, rule="door/shut/soon")
