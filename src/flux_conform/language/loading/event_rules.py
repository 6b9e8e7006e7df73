"""Reads the events of a file, the rules and findings about them, and the report."""

from __future__ import annotations

from collections.abc import Mapping

from flux_conform.language import types as t
from flux_conform.language.expressions import Expression
from flux_conform.language.loading.expression_reader import ExpressionReader, parse_located
from flux_conform.language.loading.fields import (
    Fields,
    SpecificationFile,
    by_id,
    items_of,
    rfc_of,
    text_of,
    texts_of,
)
from flux_conform.language.shapes import Located
from flux_conform.language.specification import (
    ANY_EVENT,
    UNDEFINED,
    UNLISTED,
    Event,
    MachineFinding,
    Rule,
    State,
)
from flux_conform.language.type_relations import Kind


def read_events(
    file: SpecificationFile, reader: ExpressionReader, examples: Mapping[str, str | None]
) -> tuple[Event, ...]:
    """The events and families, with the examples of their contexts."""
    events = []
    for name, item in file.table("events").items():
        fields: Fields = item.value
        effect: Fields = fields["effect"].value if "effect" in fields else {}
        effects = [
            (variable, expression)
            for variable, located in effect.items()
            if (expression := _effect(file, reader, variable, located, name)) is not None
        ]
        events.append(
            Event(
                name,
                texts_of(fields, "by"),
                reader.names.contexts[name],
                tuple(effects),
                text_of(fields, "elsewhere", UNDEFINED),
                text_of(fields, "section", _heading(name)),
                text_of(fields, "says"),
                file.known(fields.get("question"), "question", file.question_ids),
                examples[name],
            )
        )
    if "events" in file.fields and UNLISTED not in file.event_names:
        file.faults.add(
            file.fields["events"].mark,
            f'no entry "{UNLISTED}"',
            expected=f"{UNLISTED}: what an event means that no other entry names",
        )
    return tuple(events)


def _effect(
    file: SpecificationFile, reader: ExpressionReader, variable: str, located: Located, event: str
) -> Expression | None:
    variables = reader.names.variables
    if variable in reader.names.broken:
        return reader.expression(located)
    if variable not in variables:
        message = f'unknown variable "{variable}"'
        file.faults.add(located.mark, message, name=variable, among=tuple(variables))
        return reader.expression(located)
    wanted = variables[variable]
    why = f'the variable "{variable}" is {t.show(wanted)}'
    return reader.typed(located, reader.scope((event,)), wanted, why)


def _heading(event: str) -> str:
    return f"{event[:1].upper()}{event[1:]} Event"


def read_findings(file: SpecificationFile, states: tuple[State, ...]) -> tuple[MachineFinding, ...]:
    """The names of what the machine finds by itself."""
    if "findings" not in file.fields:
        return ()
    needed = ["undefined", "silent", "context", "no-context"]
    needed += ["captive"] if any(state.final for state in states) else []
    needed += ["removed"] if any(state.removed for state in states) else []
    for kind in needed:
        if kind not in file.names("findings"):
            file.faults.add(
                file.fields["findings"].mark,
                f'no finding "{kind}"',
                expected=f"{kind}: {{id, level, says}}",
            )
    return tuple(
        MachineFinding(
            kind,
            text_of(item.value, "id"),
            text_of(item.value, "level"),
            rfc_of(text_of(item.value, "id", "rfc0")),
            text_of(item.value, "section"),
            text_of(item.value, "says"),
        )
        for kind, item in file.table("findings").items()
    )


def read_rules(file: SpecificationFile, reader: ExpressionReader) -> tuple[Rule, ...]:
    """The rules of the events."""
    rules = []
    for rule_id, item in by_id(items_of(file.fields, "rules"), "rule", file.faults):
        fields: Fields = item.value
        on = items_of(fields, "on")
        events = file.all_known(on, "event", [*file.event_names, ANY_EVENT])
        of_any = ANY_EVENT in events
        unclear = not of_any and len(events) < max(1, len(on))
        scope = reader.scope(() if of_any else events, unclear)
        require = reader.condition(fields, "require", scope, "what is required")
        breach = reader.template(fields.get("breach"), scope)
        repair = reader.template(fields.get("repair"), scope)
        supplies = file.known(fields.get("supplies"), "event", file.event_names)
        if require is None:
            continue
        rules.append(
            Rule(
                rule_id,
                text_of(fields, "level"),
                events,
                require,
                rfc_of(rule_id),
                _section(file, fields, events, item),
                text_of(fields, "says"),
                breach,
                repair,
                supplies,
                text_of(fields, "follows"),
            )
        )
    return tuple(rules)


def _section(
    file: SpecificationFile, fields: Fields, events: tuple[str, ...], item: Located
) -> str:
    if "section" in fields:
        return text_of(fields, "section")
    if len(events) == 1 and events[0] != ANY_EVENT:
        entry = file.table("events").get(events[0])
        event: Fields = entry.value if entry is not None else {}
        return text_of(event, "section", _heading(events[0]))
    file.faults.add(item.mark, "the rule is of several events", expected="section: its heading")
    return ""


def read_report(
    file: SpecificationFile, reader: ExpressionReader
) -> tuple[tuple[str, Expression], ...]:
    """What the report at the end of a log says."""
    fields = []
    known: dict[str, Kind] = {}
    for name, located in file.table("report").items():
        parsed = parse_located(file, located)
        if parsed is None:
            continue
        scope = reader.scope()._replace(report=dict(known), event_names=False, at_report=True)
        known[name] = reader.kind(parsed, located, scope)
        fields.append((name, Expression(located.value, parsed.tree)))
    return tuple(fields)
