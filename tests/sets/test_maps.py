"""The keys of objects are sets: of an event's object, and of a variable that has taken one."""

import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from flux_conform.checking.judges import Judge
from flux_conform.cli.main import main
from flux_conform.language import load
from flux_conform.language.faults import SpecificationFaults
from flux_conform.language.loader import load_text
from flux_conform.language.parser import parse_expression
from flux_conform.language.warnings import warnings_of
from flux_conform.machine.evaluate import Moment, compile_expression
from flux_conform.prove import prove

MAPS = Path(__file__).with_name("maps.yaml")
TEXT = MAPS.read_text("utf-8")
MODELS = Path(__file__).parents[2] / "model"
DISHES = ("soup", "cake", "")


def loaded(*changes):
    """The kitchen with texts replaced."""
    text = TEXT
    for old, new in changes:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return load_text(text, "maps.yaml", lambda name: str(MODELS / f"{name}.yaml"))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("size(keys(.m))", 2),
        ('"a" in keys(.m)', True),
        ('"c" in keys(.m)', False),
        ('keys(.m) == set(["b", "a"])', True),
        ("keys(.none) <= keys(.m)", True),
        ("empty(keys(.none))", True),
        ('disjoint(keys(.m), ["c"])', True),
    ],
)
def test_the_keys_of_an_object_are_a_set(text, expected):
    context = {"m": {"a": 1, "b": None}, "none": {}}
    moment = Moment(values={}, state="A", context=context)
    assert compile_expression(parse_expression(text).tree, {})(moment) == expected


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ([("not (.dish in out)", "not (.dish in keys(out))")], "what keys(…) reads is object, but"),
        ([("not empty(keys(.menu))", "not empty(keys(.menu, .menu))")], "takes 1 argument(s)"),
        (
            [("{menu: .menu, usual", '{menu: "merge(menu, .menu)", usual')],
            "the keys of merge(menu, .menu) are not known",
        ),
    ],
)
def test_keys_that_cannot_be_read_or_known_are_told(changes, message):
    with pytest.raises(SpecificationFaults) as caught:
        loaded(*changes)
    assert any(message in fault.message for fault in caught.value.faults)


def test_a_variable_of_which_only_the_keys_are_read_is_no_slip():
    assert [*warnings_of(load(MAPS))] == []


# A kitchen in plain Python.

menus = st.dictionaries(st.sampled_from(DISHES), st.integers(0, 9))
events = st.one_of(
    st.tuples(st.just("open"), menus),
    st.tuples(st.just("reopen"), st.none() | menus),
    st.tuples(st.sampled_from(["sold", "order"]), st.sampled_from(DISHES)),
    st.tuples(st.just("close"), st.none()),
)


def line_of(name, value):
    key = "menu" if name in ("open", "reopen") else "dish"
    context = {} if value is None else {"context": {key: value}}
    if name == "reopen":
        context.setdefault("context", {})
    return json.dumps({"timestamp": 1.0, "name": name} | context) + "\n"


def expected(log):
    """The rules that each line breaks."""
    is_open, menu, usual, out, broken = False, set(), set(), set(), []
    for line, (name, value) in enumerate(log, 1):
        if (name in ("sold", "order", "close") and not is_open) or (name == "reopen" and is_open):
            broken.append((line, "kitchen/states/undefined"))
            continue
        if name in ("sold", "order") and value not in menu:
            broken.append((line, f"kitchen/{name}/offered"))
        if name == "order" and value in out:
            broken.append((line, "kitchen/order/left"))
        if name == "open" and not value:
            broken.append((line, "kitchen/open/some"))
        match name:
            case "open":
                menu, usual, out, is_open = {*value}, menu, set(), True
            case "reopen":
                menu, out, is_open = usual if value is None else {*value}, set(), True
            case "sold":
                out = out | {value}
            case "close":
                menu, is_open = set(), False
    return broken


JUDGE = Judge(load(MAPS))


@settings(
    max_examples=300, deadline=None, phases=[Phase.generate], suppress_health_check=[*HealthCheck]
)
@given(st.lists(events, min_size=1, max_size=12))
def test_logs_are_judged_as_pythons_dicts_judge_them(log):
    text = "".join(line_of(*each) for each in log).encode()
    found = [
        (finding.line, finding.rule)
        for finding in JUDGE.judge(text).findings
        if finding.rule.startswith("kitchen/") and "/context" not in finding.rule
    ]
    assert sorted(found) == sorted(expected(log))


def test_the_message_names_the_keys_that_there_are():
    log = line_of("open", {"soup": 4, "cake": 3}) + line_of("order", "tea")
    (finding,) = JUDGE.judge(log.encode()).findings
    assert finding.message == '"tea" is none of "soup", "cake"'


def test_a_window_does_not_know_the_menu_that_came_before_it(tmp_path, capsys):
    log = tmp_path / "log.eventlog"
    log.write_text(
        line_of("order", "soup") + line_of("open", {"cake": 3}) + line_of("order", "soup"),
        encoding="utf-8",
    )
    main(["check", "--machine", str(MAPS), "--partial", str(log)])
    out = capsys.readouterr().out
    found, hangs = out.split("it hangs on what came before:")
    assert [part.count("kitchen/order/offered") for part in (found, hangs)] == [1, 1]
    assert "line 1:" in hangs


# What the counts of the proofs allow.

CLAIM = (
    "  - {id: other-menus, assuming: MUST, recoverable: 'size(keys(menu)) == 0 and state == \"LIVE\"', "
    "says: a menu can be without dishes}\n"
)
LAST = "  - {id: closed,"


def verdict(*changes):
    found = prove(loaded((LAST, CLAIM + LAST), *changes), quick=True).outcomes
    return next(each.verdict for each in found if each.id == "other-menus")


def test_an_object_can_have_any_keys():
    assert verdict() == "proved"


@pytest.mark.parametrize(
    "of", ["'{soup: integer}'", "nonempty map of string to integer", "map of path to integer"]
)
@pytest.mark.slow
def test_of_an_object_with_other_keys_nothing_is_proved_that_may_not_be(of):
    """A record has some keys and no others, and a nonempty map has one."""
    old = "context: {menu: map of string to integer}"
    assert verdict((old, f"context: {{menu: {of}}}")) == "unknown"
