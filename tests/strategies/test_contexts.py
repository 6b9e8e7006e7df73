"""Contexts that fit an event, and the events that may come next."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import Phase, find, given, settings
from hypothesis import strategies as st
from hypothesis.errors import InvalidArgument

from flux_conform.checking.judge import Options, judge
from flux_conform.language import load
from flux_conform.machine.step import Machine
from flux_conform.strategies import contexts, events
from toys import TURNSTILE

KETTLE = Path(__file__).parent.parent / "rfc" / "kettle.yaml"
MODELS = ["job", "exec", str(TURNSTILE), str(KETTLE)]
FEW = settings(max_examples=12, database=None, derandomize=True)
SHORTEST = settings(database=None, derandomize=True, phases=[Phase.generate, Phase.shrink])


def simplest(strategy: st.SearchStrategy[Any]) -> Any:
    return find(strategy, lambda drawn: True, settings=SHORTEST)


@pytest.mark.parametrize("model", MODELS)
def test_every_context_fits_its_event_and_the_simplest_is_the_example(model: str) -> None:
    """Whatever kind of context the event bears."""
    specification = load(model)
    machine = Machine(specification)

    @FEW
    @given(st.data())
    def fits(data: st.DataObject) -> None:
        for event in specification.events:
            context = data.draw(contexts(specification, event.name))
            step = machine.step(machine.initial, event.name, context)
            kinds = {getattr(breach.rule, "kind", "") for breach in step.breaches}
            assert not kinds & {"context", "no-context"}, (event.name, context)
            assert json.loads(json.dumps(context)) == context

    fits()
    for event in specification.events[:4]:
        if event.example is not None:
            assert simplest(contexts(specification, event.name)) == json.loads(event.example)


def test_keys_can_be_fixed_left_out_or_drawn_from_elsewhere() -> None:
    """By keyword; keys of other names stand in a mapping."""

    @FEW
    @given(
        contexts("job", "exception", severity=0, userid=None, type=st.sampled_from(["a", "b"])),
        contexts("job", "jobspec-update", **{"attributes.user": [1]}),
    )
    def fixed(exception: dict[str, Any], update: dict[str, Any]) -> None:
        assert exception["severity"] == 0
        assert "userid" not in exception
        assert exception["type"] in ("a", "b")
        assert update["attributes.user"] == [1]

    fixed()


@pytest.mark.parametrize(
    ("told", "model", "event", "fixed"),
    [
        ("did you mean 'job'", "jbo", "submit", {}),
        ("cannot be loaded", "nowhere/toy.yaml", "submit", {}),
        ("no specification", 7, "submit", {}),
        ("did you mean 'submit'", "job", "sumbit", {}),
        ("did you mean 'severity'", "job", "exception", {"severty": 0}),
        ("expected integer 0..7", "job", "exception", {"severity": 8}),
        ("expected integer 0..7", "job", "exception", {"severity": None}),
        ("has no context", "job", "validate", {"a": 1}),
        ("expected path", "job", "jobspec-update", {"a..b": 1}),
    ],
)
def test_what_does_not_fit_is_told(told: str, model: Any, event: str, fixed: Any) -> None:
    """At once, with what would."""
    with pytest.raises(InvalidArgument, match=told):
        contexts(model, event, **fixed)


@pytest.mark.parametrize("model", ["job", str(TURNSTILE)])
def test_a_log_made_of_next_events_alone_breaks_nothing(model: str) -> None:
    """Each may come after those before it."""
    machine = Machine(load(model))

    @settings(FEW, max_examples=10)
    @given(st.data())
    def grows(data: st.DataObject) -> None:
        log: list[dict[str, Any]] = []
        for _ in range(6):
            if log and log[-1]["name"] in ("clean", "invalidate"):
                with pytest.raises(InvalidArgument, match="nothing may come next"):
                    data.draw(events(model, after=log))
                break
            log.append(data.draw(events(model, after=log)))
            text = "".join(f"{json.dumps(row)}\n" for row in log).encode()
            judgement = judge(machine, text, Options(strict=True))
            assert not judgement.findings
        assert log

    grows()


def test_the_next_event_can_be_asked_for_by_its_name() -> None:
    """It is refused where it may not come, and takes names from the log where it may."""
    so_far = [
        {"timestamp": 5, "name": "submit", "context": json.loads(SUBMIT)},
        {"timestamp": 6, "name": "dependency-add", "context": {"description": "odd"}},
    ]
    removed = simplest(events("job", after=so_far, name="dependency-remove"))
    assert removed == {
        "timestamp": 6.25,
        "name": "dependency-remove",
        "context": {"description": "odd"},
    }
    with pytest.raises(InvalidArgument, match="no depend may come next"):
        simplest(events("job", after=so_far, name="depend"))
    with pytest.raises(InvalidArgument, match="is no log"):
        events("job", after=[3])
    with pytest.raises(InvalidArgument, match="cannot be read"):
        events("job", after=Path("nowhere.eventlog"))


SUBMIT = '{"urgency": 16, "userid": 1000, "flags": 0, "version": 1}'
