"""Reads the types and expressions of a file, and checks them in their context."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Set
from typing import NamedTuple

from flux_conform.language import typecheck
from flux_conform.language import types as t
from flux_conform.language.expressions import MAX_DEPTH, MAX_SIZE, Definition, Expression, fits
from flux_conform.language.loading.fields import Fields, SpecificationFile
from flux_conform.language.naming_scope import Scope, TypeFault
from flux_conform.language.parser import Parsed, SyntaxFault, parse_expression, parse_type
from flux_conform.language.shapes import Located
from flux_conform.language.specification import AnyContext, Context, TypedContext
from flux_conform.language.type_relations import Kind, LaneOf, Unknown, assignable, show


class Names(NamedTuple):
    """What the expressions of a file may name.

    `definitions` are those without faults, the names of virtual states among them. `broken` are
    variables and definitions, and `unclear` events, that have a fault: what uses them gives no
    second one.
    """

    variables: Mapping[str, t.Type] = {}
    definitions: Mapping[str, Definition] = {}
    broken: Set[str] = frozenset()
    contexts: Mapping[str, Context] = {}
    unclear: Set[str] = frozenset()
    lanes: Mapping[str, LaneOf] = {}


class ExpressionReader:
    """Reads expressions on the names that a file declares; every fault is noted."""

    def __init__(self, file: SpecificationFile, names: Names) -> None:
        self.file = file
        self.names = names

    def scope(self, events: tuple[str, ...] = (), unclear: bool = False) -> Scope:
        """What an expression may name at these events; without events, it may name no keys.

        `unclear`: the events have a fault, so any key may be theirs.
        """
        contexts = [self.names.contexts.get(event, AnyContext()) for event in events]
        typed = [each if isinstance(each, TypedContext) else None for each in contexts]
        tables = [{} if each is None else dict(each.keys) for each in typed]
        keys = None
        if tables:
            keys = {
                name: of
                for name, of in tables[0].items()
                if all(table.get(name) == of for table in tables)
            }
        return Scope(
            self.names.variables,
            self.names.definitions,
            self.file.state_names,
            self.file.event_names,
            keys,
            typed[0].type if len(typed) == 1 and typed[0] is not None else None,
            broken=self.names.broken,
            lanes=self.names.lanes,
            at_definition=unclear or any(event in self.names.unclear for event in events),
        )

    def condition(self, fields: Fields, name: str, scope: Scope, what: str) -> Expression | None:
        """The boolean expression in a field; None without the field."""
        if name not in fields:
            return None
        return self.typed(fields[name], scope, t.Boolean(), f"{what} is boolean")

    def typed(self, located: Located, scope: Scope, wanted: t.Type, why: str) -> Expression | None:
        """An expression of the type wanted; `why` begins the message for another type."""
        parsed = parse_located(self.file, located)
        if parsed is None:
            return None
        kind = self.kind(parsed, located, scope)
        if not assignable(kind, wanted):
            self.file.faults.add(located.mark, f"{why}, but this is {show(kind)}")
        return Expression(located.value, parsed.tree)

    def kind(self, parsed: Parsed, located: Located, scope: Scope, start: int = 0) -> Kind:
        """The type of an expression that begins at this character of a value."""
        if is_too_large(self.file, parsed, located, self.names.definitions):
            return Unknown()
        kind, faults = typecheck.check(parsed.tree, scope)
        note_type_faults(self.file, faults, parsed, located, start)
        return kind

    def template(self, located: Located | None, scope: Scope) -> tuple[str | Expression, ...]:
        """A text with expressions in braces; `{{` is a brace."""
        if located is None:
            return ()
        parts: list[str | Expression] = []
        text: str = located.value
        position = 0
        for found in _BRACES.finditer(text):
            brace = found.start()
            is_escaped = found[0] == "{{"
            parts.append(text[position : brace + is_escaped])
            position = found.end()
            if is_escaped:
                continue
            if found["expression"] is None:
                self.file.faults.add(self.file.place(located, brace), "a brace that is not closed")
                break
            parsed = parse_located(self.file, located, brace + 1, position - 1)
            if parsed is not None:
                self.kind(parsed, located, scope, brace + 1)
                parts.append(Expression(found["expression"], parsed.tree))
        parts.append(text[position:])
        return tuple(part for part in parts if part != "")


_BRACES = re.compile(r"\{\{|\{(?P<expression>[^}]*)\}|\{")


def parse_located(
    file: SpecificationFile, located: Located, start: int = 0, end: int | None = None
) -> Parsed | None:
    """The expression in a value, or in a part of it; None if it has a fault, which is noted."""
    try:
        return parse_expression(located.value[start:end])
    except SyntaxFault as fault:
        place = file.place(located, start + fault.offset)
        file.faults.add(place, f"no expression: {fault.message}")
        return None


def read_type(file: SpecificationFile, located: Located) -> t.Type | None:
    """The type in a text; None if it has a fault, which is noted."""
    try:
        return parse_type(located.value, file.named_types)
    except SyntaxFault as fault:
        file.faults.add(file.place(located, fault.offset), f"no type: {fault.message}")
        return None


def is_too_large(
    file: SpecificationFile,
    parsed: Parsed,
    located: Located,
    definitions: Mapping[str, Definition],
    parameters: Collection[str] = (),
) -> bool:
    """Whether an expression is too large once its definitions are expanded, which is noted."""
    if fits(parsed.tree, definitions, parameters):
        return False
    file.faults.add(
        located.mark,
        "the expression is too large once its definitions are put in",
        expected=f"at most {MAX_SIZE} parts, nested at most {MAX_DEPTH} deep",
    )
    return True


def note_type_faults(
    file: SpecificationFile,
    faults: Iterable[TypeFault],
    parsed: Parsed,
    located: Located,
    start: int = 0,
) -> None:
    """Note the faults of an expression that begins at this character of a value."""
    for fault in faults:
        mark = file.place(located, start + parsed.offsets.get(id(fault.node), 0))
        file.faults.add(mark, fault.message, name=fault.name, among=fault.among)
