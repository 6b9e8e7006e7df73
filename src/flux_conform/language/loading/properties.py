"""Reads the claims of a file, and the open questions that concern them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial, reduce
from typing import NamedTuple

from flux_conform.language.expressions import (
    OLD,
    Binary,
    Call,
    Constant,
    Expression,
    List,
    Name,
    Node,
    show,
)
from flux_conform.language.loading.expression_reader import ExpressionReader
from flux_conform.language.loading.fields import Fields, SpecificationFile, by_id
from flux_conform.language.loading.reported import Report, read_reported
from flux_conform.language.loading.states import resolved_states
from flux_conform.language.open_questions import QUESTION_KINDS, LogEvent, Question, Reading
from flux_conform.language.shapes import Located
from flux_conform.language.specification import (
    ANY_EVENT,
    PROPERTY_KINDS,
    Property,
    State,
    VirtualState,
)

STATE = "state"
"""What an event keeps that moves nothing, beside the names of variables."""

_OF_ONE_EVENT = ("then", "never", "keeps", "accepts")
_OF_AN_EXPRESSION = ("recoverable", "always", "then", "never", "reports")
_OF_NAMES = ("cycles", "keeps", "accepts")
_OF_A_SUBJECT = tuple(
    kind for kind in PROPERTY_KINDS if kind not in (*_OF_AN_EXPRESSION, *_OF_NAMES)
)


class _Known(NamedTuple):
    """What claims may name besides what expressions do."""

    states: tuple[State, ...]
    unions: Mapping[str, tuple[str, ...]]
    report: Report


def read_properties(
    file: SpecificationFile,
    reader: ExpressionReader,
    states: tuple[State, ...],
    virtual_states: tuple[VirtualState, ...],
    report: Report,
) -> tuple[Property, ...]:
    """What the file claims of the machine."""
    known = _Known(states, {state.name: state.members for state in virtual_states}, report)
    properties = []
    for name, item in by_id(file.fields.listed("properties"), "property", file.faults):
        kinds = [kind for kind in PROPERTY_KINDS if kind in item.value]
        if len(kinds) == 1:
            properties.append(_property(file, reader, known, name, kinds[0], item))
        else:
            file.faults.add(
                item.mark,
                f"a property makes one claim, and this makes {len(kinds)}",
                expected="one of " + ", ".join(PROPERTY_KINDS),
            )
    return tuple(properties)


def _property(
    file: SpecificationFile,
    reader: ExpressionReader,
    known: _Known,
    name: str,
    kind: str,
    item: Located,
) -> Property:
    fields = Fields(item.value)
    event = file.known(fields.get("on"), "event", [*file.event_names, ANY_EVENT])
    at_event = kind in _OF_ONE_EVENT
    if at_event != ("on" in fields):
        file.faults.add(
            item.mark,
            f'"{kind}" {"speaks" if at_event else "does not speak"} of one event',
            expected="on: EVENT beside it" if at_event else 'no "on"',
        )
    if "without" in fields and kind != "recoverable":
        mark = fields["without"].mark
        file.faults.add(mark, f'"{kind}" asks for no way out', expected='no "without"')
    before = reader.scope(
        (event,) if event not in (None, ANY_EVENT) else (), "on" in fields and event is None
    )._replace(at_property=True, at_policy=kind == "never")
    after = reader.scope()._replace(at_property=True)
    claim, when = None, None
    if kind != "reports":
        when = reader.condition(fields, "when", before, "a guard")
    if kind == "reports":
        claim = read_reported(file, reader, fields, known.states, known.report)
    elif kind in _OF_AN_EXPRESSION:
        scopes = {"never": before, "then": after._replace(before=before)}
        claim = reader.condition(fields, kind, scopes.get(kind, after), "what is claimed")
    elif kind == "keeps":
        names = [*reader.names.variables, STATE]
        claim = _unchanged(file.all_known(fields.listed(kind), "variable", names))
    elif kind == "accepts":
        states = dict.fromkeys(resolved_states(file, fields.listed(kind), known.unions))
        tree = Binary("in", Name(STATE), List(tuple(map(Constant, states))))
        claim = Expression(show(tree), tree)
    return Property(
        name,
        kind,
        fields.text(kind) if kind in _OF_A_SUBJECT else None,
        event,
        when,
        claim,
        fields.text("assuming", "implied"),
        fields.text("silent", "in") == "in",
        fields.text("section"),
        fields.text("says"),
        fields.text("expect", "proved"),
        tuple(
            file.all_known(cycle.value, "state", file.state_names)
            for cycle in fields.listed("cycles")
        ),
        file.all_known(fields.listed("without"), "event", file.event_names),
        file.all_known(fields.listed("question"), "question", file.question_ids),
    )


def _unchanged(names: Iterable[str]) -> Expression:
    """What an event claims that keeps these: each is what it was before."""
    parts: list[Node] = [Binary("==", Name(name), Call(OLD, (Name(name),))) for name in names]
    tree = reduce(partial(Binary, "and"), parts) if parts else Constant(True)
    return Expression(show(tree), tree)


def read_questions(file: SpecificationFile) -> tuple[Question, ...]:
    """What the file leaves open."""
    questions = []
    for name, item in by_id(file.fields.listed("questions"), "question", file.faults):
        fields = Fields(item.value)
        readings = fields.table("readings")
        if "log" in fields and "no log" in fields:
            mark = fields["no log"].mark
            file.faults.add(mark, "a log and the reason why there is none", expected="one")
        questions.append(
            Question(
                name,
                fields.text("kind", QUESTION_KINDS[0]),
                fields.texts("about"),
                tuple(_reading(source, reading) for source, reading in readings.items()),
                fields.text("chosen"),
                fields.text("why"),
                tuple(_log_event(file, event) for event in fields.listed("log")),
                fields.text("no log"),
            )
        )
    return tuple(questions)


def _reading(by: str, item: Located) -> Reading:
    if not isinstance(item.value, dict):
        return Reading(by, item.value)
    return Reading(by, Fields(item.value).text("says"), Fields(item.value).text("change") or None)


def _log_event(file: SpecificationFile, item: Located) -> LogEvent:
    """An event of a question's log: a name, or one name with its keys."""
    if not isinstance(item.value, dict):
        return LogEvent(str(item.value))
    if len(item.value) != 1:
        file.faults.add(item.mark, "one event stands here", expected="{NAME: {key: value}}")
        return LogEvent("")
    ((name, keys),) = item.value.items()
    return LogEvent(name, tuple((key, str(of.value)) for key, of in keys.value.items()))
