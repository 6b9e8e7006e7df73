"""Reads the events of a file, the rules and findings about them, and the report."""

from __future__ import annotations

from collections.abc import Mapping

from flux_conform.language import types as t
from flux_conform.language.authority import SITE, rfc_of
from flux_conform.language.expressions import Expression
from flux_conform.language.levels import POLICY
from flux_conform.language.loading.expression_reader import ExpressionReader, parse_located
from flux_conform.language.loading.fields import Fields, SpecificationFile, by_id
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
    for name, item in file.fields.table("events").items():
        fields = Fields(item.value)
        effect = fields.table("effect")
        effects = [
            (variable, expression)
            for variable, located in effect.items()
            if (expression := _effect(file, reader, variable, located, name)) is not None
        ]
        events.append(
            Event(
                name,
                fields.texts("by"),
                reader.names.contexts[name],
                tuple(effects),
                fields.text("elsewhere", UNDEFINED),
                fields.text("section", _heading(name)),
                fields.text("says"),
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
    if variable not in variables:
        if variable not in reader.names.broken:
            message = f'unknown variable "{variable}"'
            file.faults.add(located.mark, message, name=variable, among=tuple(variables))
        parse_located(file, located)  # notes what is no expression
        return None
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
    needed += ["captive"] if any(state.captive for state in states) else []
    needed += ["removed"] if any(state.removed for state in states) else []
    for kind in needed:
        if kind not in file.names("findings"):
            file.faults.add(
                file.fields["findings"].mark,
                f'no finding "{kind}"',
                expected=f"{kind}: {{id, level, says}}",
            )
    found = []
    for kind, item in file.fields.table("findings").items():
        fields = Fields(item.value)
        name = fields.text("id")
        file.owned(fields.get("id"))
        found.append(
            MachineFinding(
                kind,
                name,
                fields.text("level"),
                rfc_of(name),
                fields.text("section"),
                fields.text("says"),
            )
        )
    return tuple(found)


def _ids_of_findings(file: SpecificationFile) -> set[str]:
    patterns = (Fields(item.value).text("id") for item in file.fields.table("findings").values())
    return {pattern.replace("{event}", name) for pattern in patterns for name in file.event_names}


def read_rules(file: SpecificationFile, reader: ExpressionReader) -> tuple[Rule, ...]:
    """The rules of the events."""
    rules = []
    taken = _ids_of_findings(file)
    for rule_id, item in by_id(file.fields.listed("rules"), "rule", file.faults):
        fields = Fields(item.value)
        file.owned(fields.get("id"))
        if rule_id in taken:
            message = f'"{rule_id}" is the id of what the machine finds by itself'
            file.faults.add(item.value["id"].mark, message, expected="another id")
        on = fields.listed("on")
        events = file.all_known(on, "event", [*file.event_names, ANY_EVENT])
        of_any = ANY_EVENT in events
        unclear = not of_any and len(events) < max(1, len(on))
        is_policy = fields.text("level") == POLICY
        if is_policy and rfc_of(rule_id):
            message = f'"{rule_id}" is a rule of RFC {rfc_of(rule_id)}, and no policy'
            file.faults.add(item.value["id"].mark, message, expected=f"an id such as {SITE}/…")
        scope = reader.scope(() if of_any else events, unclear)._replace(at_policy=is_policy)
        require = reader.condition(fields, "require", scope, "what is required")
        breach = reader.template(fields.get("breach"), scope)
        repair = reader.template(fields.get("repair"), scope)
        supplies = file.known(fields.get("supplies"), "event", file.event_names)
        if require is None:
            continue
        rules.append(
            Rule(
                rule_id,
                fields.text("level"),
                events,
                require,
                rfc_of(rule_id),
                _section(file, fields, events, item),
                fields.text("says"),
                breach,
                repair,
                supplies,
                fields.text("follows"),
            )
        )
    return tuple(rules)


def _section(
    file: SpecificationFile, fields: Fields, events: tuple[str, ...], item: Located
) -> str:
    if "section" in fields:
        return fields.text("section")
    if len(events) == 1 and events[0] != ANY_EVENT:
        entry = file.fields.table("events").get(events[0])
        event = Fields(entry.value if entry is not None else {})
        return event.text("section", _heading(events[0]))
    file.faults.add(item.mark, "the rule is of several events", expected="section: its heading")
    return ""


def read_report(
    file: SpecificationFile, reader: ExpressionReader
) -> tuple[tuple[str, Expression], ...]:
    """What the report at the end of a log says."""
    fields = []
    known: dict[str, Kind] = {}
    for name, located in file.fields.table("report").items():
        parsed = parse_located(file, located)
        if parsed is None:
            continue
        scope = reader.scope()._replace(report=dict(known), event_names=False, at_report=True)
        known[name] = reader.kind(parsed, located, scope)
        fields.append((name, Expression(located.value, parsed.tree)))
    return tuple(fields)
