"""Small random machines, as plain data and as the text of a specification."""

import json
from typing import Any

from hypothesis import strategies as st

from plain.machine import Event, Expression, Kind, Machine, Row, Rule

STATES = ("A", "B", "C", "Z")
LARGE = (7, 51, 300)
"""Constants that no small set of values holds by chance."""


def literal(value: Any) -> str:
    """A constant as the language writes it."""
    return "none" if value is None else json.dumps(value)


def show(of: Expression) -> str:
    """An expression as the language writes it, each operation in parentheses."""
    match of:
        case ("const", constant):
            return literal(constant)
        case ("key", name):
            return f".{name}"
        case ("var", name):
            return str(name)
        case ("state",):
            return "state"
        case ("list", *items):
            return f"[{', '.join(map(literal, items))}]"
        case ("not", operand):
            return f"(not {show(operand)})"
        case ("seen", name):
            return f"seen({name})"
        case ("has" | "empty" | "size" as function, operand):
            return f"{function}({show(operand)})"
        case ("if", condition, then, otherwise):
            return f"(if {show(condition)} then {show(then)} else {show(otherwise)})"
        case ("add" | "drop" as operator, one, two):
            return f"({show(one)} {'+' if operator == 'add' else '-'} {show(two)})"
        case (operator, one, two):
            return f"({show(one)} {operator} {show(two)})"
    raise AssertionError(of)


BOOLEAN = Kind("boolean", (False, True))
WORD = Kind('"a" | "b" | "c"', ("a", "b", "c"))


def small(high: int) -> Kind:
    """Integers from 0."""
    return Kind(f"integer 0..{high}", tuple(range(high + 1)))


def large(telling: int) -> Kind:
    """Any integer; those around a constant matter."""
    return Kind("integer", (0, telling - 1, telling, telling + 1))


def maybe(kind: Kind) -> Kind:
    """The same, or nothing."""
    return Kind(kind.text, kind.values, optional=True)


class Writer:
    """Draws expressions over the keys and variables at hand."""

    def __init__(self, draw: st.DrawFn, machine: "Parts", keys: dict[str, Kind]) -> None:
        self.draw = draw
        self.parts = machine
        self.keys = keys

    def condition(self, depth: int = 2) -> Expression:
        """An expression that is true or false."""
        if depth and self.draw(st.integers(0, 2)) == 0:
            operator = self.draw(st.sampled_from(["and", "or", "implies", "not"]))
            parts = [self.condition(depth - 1) for _ in range(1 if operator == "not" else 2)]
            return (operator, *parts)
        return self.draw(st.sampled_from(self.atoms()))

    def atoms(self) -> list[Expression]:
        found: list[Expression] = [("seen", event) for event in self.parts.names]
        for name, kind in self.keys.items():
            found += self.of(("key", name), kind)
        for name, kind in self.parts.variables.items():
            if kind.text.startswith("set"):
                found += [("empty", ("var", name)), (">=", ("size", ("var", name)), ("const", 2))]
                for key, of in self.keys.items():
                    if of.text == WORD.text and not of.optional:
                        found.append(("in", ("key", key), ("var", name)))
            else:
                found += self.of(("var", name), kind)
                for key, of in self.keys.items():
                    if of.text.startswith("integer") and kind.text.startswith("integer"):
                        found.append(("==", ("key", key), ("var", name)))
        return found

    def of(self, term: Expression, kind: Kind) -> list[Expression]:
        """Conditions on a key or a variable."""
        found: list[Expression] = [("has", term)] if kind.optional else []
        constants = [each for each in kind.values if each is not None]
        if kind.text == "boolean":
            return [*found, term] if not kind.optional else [*found, ("==", term, ("const", True))]
        if kind.text == WORD.text:
            found.append(("in", term, ("list", "a", "c")))
        else:
            found += [("<", term, ("const", constants[-1])), (">=", term, ("const", constants[1]))]
        return [*found, *(("==", term, ("const", each)) for each in constants[-2:])]


class Parts:
    """What is known of a machine before its expressions are drawn."""

    def __init__(self, names: list[str], variables: dict[str, Kind]) -> None:
        self.names = names
        self.variables = variables


def starting(kind: Kind) -> Any:
    """What a variable holds at first."""
    if kind.text.startswith("set"):
        return frozenset()
    return None if kind.optional else False if kind.text == "boolean" else 0


@st.composite
def machines(draw: st.DrawFn) -> Machine:
    """A machine with two to four states, two to four events and up to two variables."""
    states = STATES[: draw(st.integers(1, 3))] + STATES[-1:]
    final = draw(st.sampled_from(["Z", "Z", "Z", None]))
    names = ["go", "put", "take", "end"][: draw(st.integers(2, 4))]
    telling = draw(st.sampled_from(LARGE))
    key_kinds = [BOOLEAN, WORD, small(2), large(telling), maybe(BOOLEAN), maybe(small(2))]
    variable_kinds = [BOOLEAN, small(2), maybe(small(2)), Kind("set of string", ())]
    variables = {
        name: draw(st.sampled_from(variable_kinds))
        for name in ("x", "y")[: draw(st.integers(0, 2))]
    }
    parts = Parts(names, variables)
    events = {}
    for name in names:
        keys = {
            key: draw(st.sampled_from(key_kinds)) for key in ("k", "m")[: draw(st.integers(0, 2))]
        }
        writer = Writer(draw, parts, keys)
        effects = {
            variable: effect
            for variable in variables
            if draw(st.booleans()) and (effect := changed(writer, variable)) is not None
        }
        elsewhere = draw(st.sampled_from(["stays", "undefined", "undefined", "silent"]))
        events[name] = Event(keys, elsewhere, effects)
    rows = [
        Row(name, state, guard, draw(st.sampled_from([*states, None])))
        for name in names
        for state in states
        if state != final and draw(st.integers(0, 3))
        for guard in drawn_guards(draw, Writer(draw, parts, dict(events[name].keys)))
    ]
    rules = [
        Rule(
            f"{name}/rule{number}",
            draw(st.sampled_from(["MUST", "SHOULD", "implied", "note"])),
            name,
            Writer(draw, parts, dict(events[name].keys)).condition(),
        )
        for number, name in enumerate(draw(st.lists(st.sampled_from(names), max_size=2)))
    ]
    starts = {name: starting(kind) for name, kind in variables.items()}
    return Machine(states, final, variables, starts, events, tuple(rows), tuple(rules))


def drawn_guards(draw: st.DrawFn, writer: Writer) -> list[Expression | None]:
    """The guards of the rows for one event and state: one, or two that may overlap.

    Two rows that are the same in all are never drawn: `prove` takes the second for taken too.
    """
    guards = [
        None if draw(st.integers(0, 2)) == 0 else writer.condition(1)
        for _ in range(draw(st.integers(1, 2)))
    ]
    return guards if guards[0] != guards[-1] else guards[:1]


def changed(writer: Writer, variable: str) -> Expression | None:
    """A new value for a variable."""
    draw, kind = writer.draw, writer.parts.variables[variable]
    own: Expression = ("var", variable)
    if kind.text.startswith("set"):
        words = [k for k, of in writer.keys.items() if of.text == WORD.text and not of.optional]
        if not words:
            return None
        return (draw(st.sampled_from(["add", "drop"])), own, ("key", words[0]))
    choices: list[Expression] = [("const", each) for each in kind.values]
    choices += [
        ("key", key)
        for key, of in writer.keys.items()
        if of.text == kind.text and (kind.optional or not of.optional)
    ]
    if kind.text == "boolean":
        choices.append(("not", own))
    new = draw(st.sampled_from(choices))
    return ("if", writer.condition(0), new, own) if draw(st.booleans()) else new


def text(machine: Machine, properties: str = "") -> str:
    """The machine as a specification."""
    from prove.machines import FINDINGS

    lines = ["machine: toy", "title: A toy", "source: {rfc: 99}", "lines: eventlog", FINDINGS]
    lines.append("states:")
    for state in machine.states:
        mark = ", initial: true" if state == machine.states[0] else ""
        mark += ", final: true" if state == machine.final else ""
        lines.append(f"  {state}: {{says: x{mark}}}")
    if machine.variables:
        lines.append("variables:")
    for name, kind in machine.variables.items():
        lines.append(f"  {name}: {json.dumps(typed(kind))}")
    lines.append("events:")
    for name, event in machine.events.items():
        lines.append(f"  {name}:")
        keys = ", ".join(f"{key}: {json.dumps(typed(kind))}" for key, kind in event.keys.items())
        lines.append(f"    context: {f'{{{keys}}}' if keys else 'empty'}")
        lines.append(f"    says: x\n    elsewhere: {event.elsewhere}")
        if event.effects:
            lines.append("    effect:")
        for variable, effect in event.effects.items():
            lines.append(f"      {variable}: {json.dumps(show(effect))}")
    lines.append("  unlisted: {says: x, context: any, elsewhere: stays}")
    lines.append("transitions:" if machine.rows else "transitions: []")
    for row in machine.rows:
        guard = "" if row.guard is None else f", when: {json.dumps(show(row.guard))}"
        target = "stays: true" if row.target is None else f"to: {row.target}"
        lines.append(f"  - {{on: {row.event}, from: {row.source}{guard}, {target}}}")
    if machine.rules:
        lines.append("rules:")
    for rule in machine.rules:
        lines.append(
            f"  - {{id: rfc99/{rule.name}, level: {rule.level}, on: {rule.event}, "
            f"require: {json.dumps(show(rule.require))}, section: S, says: S., breach: b, "
            "repair: r}"
        )
    return "\n".join(lines) + "\n" + properties


def typed(kind: Kind) -> str:
    """A type as the language writes it."""
    return f"optional {kind.text}" if kind.optional else kind.text
