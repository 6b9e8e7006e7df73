"""Builds findings from breaches: the message, the events allowed instead, and the repair."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from flux_conform.checking.finding import Finding
from flux_conform.checking.lane_refusals import refused_by_lane
from flux_conform.checking.nearest_repair import repair_of_undefined
from flux_conform.language import types as t
from flux_conform.language.bag import Bag
from flux_conform.language.durations import decimal_of
from flux_conform.language.expressions import Expression, expand
from flux_conform.language.format_rules import LineRule
from flux_conform.language.listed_members import MOST_MEMBERS
from flux_conform.language.specification import EmptyContext, MachineFinding, Rule, TypedContext
from flux_conform.language.type_relations import is_duration
from flux_conform.language.type_text import words_of_context, words_of_type
from flux_conform.logs.eventlog import Entry, show_value
from flux_conform.machine.configuration import CAPTIVE, REMOVED, Breach, Configuration, KeyFault
from flux_conform.machine.evaluate import Moment, Unreadable, Value
from flux_conform.machine.step import Machine


def rule_id(rule: Rule | MachineFinding | LineRule, entry: Entry) -> str:
    """Return the rule's id, with the event's name in place of `{event}`."""
    return rule.id.replace("{event}", _name(entry))


def finding(
    machine: Machine,
    rule: Rule | MachineFinding | LineRule,
    entry: Entry,
    before: Configuration,
    breach: Breach | None = None,
    detail: str = "",
    *,
    because: int | None = None,
    waived_by: str | None = None,
) -> Finding:
    """Return the finding for a broken rule at one line of a log.

    `detail` is the reader's message if the rule is a rule of lines; otherwise `breach` is what the
    machine found.
    """
    allowed: tuple[str, ...] = ()
    if isinstance(rule, LineRule) or breach is None:
        message, repair = detail, rule.repair if isinstance(rule, LineRule) else ""
    elif isinstance(rule, Rule):
        message = filled(machine, rule.breach, breach.moment)
        repair = filled(machine, rule.repair, breach.moment)
        allowed = _allowed_events(machine, before)
    else:
        message, allowed, repair = _of_machine(machine, rule, entry, before, breach)
    return Finding(
        rule_id(rule, entry),
        rule.level,
        entry.line,
        entry.offset,
        entry.event.name if entry.event is not None else None,
        before.state,
        message,
        rule.rfc,
        rule.section or machine.event(_name(entry)).section,
        allowed,
        because,
        waived_by,
        repair,
    )


def says(machine: Machine, found: Finding) -> str:
    """Return the rule that a finding breaks, as a sentence. Raises KeyError if there is none."""
    specification = machine.specification
    texts = {rule.id: rule.says for rule in specification.rules}
    texts.update((line.id, line.says) for line in specification.lines)
    if found.rule in texts:
        return texts[found.rule]
    name = found.event or ""
    for kind in specification.findings:
        if kind.id.replace("{event}", name) == found.rule:
            text = kind.says.replace("{event}", name)
            return text.replace("{context}", words_of_context(machine.event(name).context))
    raise KeyError(found.rule)


def _name(entry: Entry) -> str:
    return entry.event.name if entry.event is not None else ""


def _of_machine(
    machine: Machine, rule: MachineFinding, entry: Entry, before: Configuration, breach: Breach
) -> tuple[str, tuple[str, ...], str]:
    """Return the message, what was allowed, and the repair for a finding of the machine itself."""
    name = _name(entry)
    shown = show_value(name)
    match rule.kind:
        case "context":
            return _of_context(machine, name, breach.keys)
        case "no-context":
            return f"{shown} has a context", (), "leave the context out"
        case "undefined":
            allowed = _allowed_events(machine, before)
            refused = refused_by_lane(machine, name, before, breach.moment)
            if refused is not None:
                return refused.message, allowed, refused.repair
            message = f"{shown} is not defined in {before.state}"
            return message, allowed, repair_of_undefined(machine, before, name)
        case "silent":
            message = f"nothing says what {shown} does in {before.state}; the state stays"
            return message, _allowed_events(machine, before), "nothing needs mending"
        case "captive":
            the = "the" if len(machine.specification.finals) == 1 else "a"
            message = f"{shown} follows the event that led to {before.state}, {the} final state"
        case _:
            message = f"{shown} follows the event that removed the log"
    assert rule.kind in (CAPTIVE, REMOVED)
    return message, (), "remove this line, or keep the log open until it is written"


def _of_context(
    machine: Machine, name: str, keys: Sequence[KeyFault]
) -> tuple[str, tuple[str, ...], str]:
    """As `_of_machine`, for a context with faulty keys."""
    context = machine.event(name).context
    if isinstance(context, EmptyContext):
        shown = ", ".join(show_value(key.key) for key in keys)
        return f"the context holds {shown}", ("{}",), "leave the context out"
    assert isinstance(context, TypedContext)
    allowed = tuple(f"{key}: {t.show(of)}" for key, of in context.keys) or (t.show(context.type),)
    message = "; ".join(map(_of_key, keys))
    return message, allowed, "; ".join(map(_repair_of_key, keys))


def _repair_of_key(fault: KeyFault) -> str:
    if fault.is_name:
        return f"name the key {show_value(fault.key)} so that it is {words_of_type(fault.expected)}"
    if fault.key:
        most = f" of {MOST_MEMBERS:,} members at most" if fault.has_too_many else ""
        return f'give "{fault.key}" as {words_of_type(fault.expected)}{most}'
    return f"give a context that is {words_of_type(fault.expected)}"


def _of_key(fault: KeyFault) -> str:
    if fault.is_name:
        return f"the key {show_value(fault.key)} is not {words_of_type(fault.expected)}"
    what = f'"{fault.key}"' if fault.key else "the context"
    if not fault.present:
        return f"{what} is missing"
    if fault.has_too_many:
        return f"{what} has more than {MOST_MEMBERS:,} members, which are not read"
    return f"{what} is {show_value(fault.value)}, not {words_of_type(fault.expected)}"


def _allowed_events(machine: Machine, before: Configuration) -> tuple[str, ...]:
    """Return the events that were possible instead, those that change the state first."""
    moving: list[str] = []
    staying: list[str] = []
    for event, moves in machine.possible(before):
        (moving if moves else staying).append(event.name)
    return (*moving, *staying)


def filled(machine: Machine, template: Sequence[str | Expression], moment: Moment) -> str:
    """Fill the expressions of a message template; unreadable keys are shown as an ellipsis."""
    parts = []
    for part in template:
        if isinstance(part, str):
            parts.append(part)
            continue
        try:
            value = machine.evaluator(part)(moment)
        except Unreadable:
            parts.append("…")
        else:
            # Names of the specification are shown bare; values from the log in quotes.
            is_name = part.text in ("event", "state")
            if isinstance(value, Fraction):
                tree = expand(part.tree, machine.definitions)
                parts.append(decimal_of(value) + (" s" if is_duration(tree) else ""))
            else:
                parts.append(str(value) if is_name else _shown(value))
    return "".join(parts)


_SHOWN_MEMBERS = 5
"""Number of members of a bag that a message shows."""


def _shown(value: Value) -> str:
    if isinstance(value, Bag):
        members = [show_value(member) for member in value.some(_SHOWN_MEMBERS)]
        rest = value.kinds - len(members)
        return ", ".join(members) + (f" and {rest} more" if rest else "") if members else "none"
    return "none" if value is None else show_value(value)
