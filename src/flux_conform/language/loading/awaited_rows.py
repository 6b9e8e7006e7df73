"""Reads what a log waits for that stops in a state."""

from __future__ import annotations

from collections.abc import Mapping

from flux_conform.language import types as t
from flux_conform.language.expressions import Expression
from flux_conform.language.loading.awaited import MEMBER, Awaited
from flux_conform.language.loading.awaited_claims import CLAIM, claim_of
from flux_conform.language.loading.expression_reader import ExpressionReader, parse_located
from flux_conform.language.loading.fields import Fields, SpecificationFile
from flux_conform.language.loading.states import resolved_states
from flux_conform.language.naming_scope import Scope
from flux_conform.language.shapes import Located
from flux_conform.language.specification import State, VirtualState
from flux_conform.language.type_relations import Unknown, show


def read_waits(
    file: SpecificationFile,
    reader: ExpressionReader,
    states: tuple[State, ...],
    virtual_states: tuple[VirtualState, ...],
) -> tuple[Awaited, ...]:
    """The rows, in the file's order."""
    members = {state.name: state.members for state in virtual_states}
    over = {state.name for state in states if state.final or state.removed}
    table = file.fields.table("waits")
    _note_taken(file, tuple(table))
    return tuple(_row(file, reader, members, over, name, item) for name, item in table.items())


def _row(
    file: SpecificationFile,
    reader: ExpressionReader,
    virtual: Mapping[str, tuple[str, ...]],
    over: set[str],
    name: str,
    item: Located,
) -> Awaited:
    fields = Fields(item.value)
    scope = reader.scope()._replace(event_names=False)
    places = fields.listed("in")
    states = tuple(dict.fromkeys(resolved_states(file, places, virtual)))
    for place in places:
        if place.value in over:
            message = f"in {place.value} a log is over, and waits for nothing"
            file.faults.add(place.mark, message, expected="states before the end")
    if "in" in fields and not places:
        file.faults.add(fields["in"].mark, "no state is named", expected="at least one")
    each, member = _collection(file, reader, fields.get(MEMBER), scope)
    words = scope
    if member is not None:
        words = scope._replace(variables={**scope.variables, MEMBER: member})
    when = reader.condition(fields, "when", scope, "when a log waits")
    return Awaited(name, states, when, each, reader.template(fields.get("for"), words))


def _collection(
    file: SpecificationFile, reader: ExpressionReader, located: Located | None, scope: Scope
) -> tuple[Expression | None, t.Type | None]:
    """The set or bag of what is waited for, and the type of its members."""
    parsed = None if located is None else parse_located(file, located)
    if located is None or parsed is None:
        return None, None if located is None else t.Anything()
    kind = reader.kind(parsed, located, scope)
    expression = Expression(located.value, parsed.tree)
    if isinstance(kind, t.SetOf | t.BagOf):
        return expression, kind.of
    if not isinstance(kind, Unknown):
        message = f"a log waits for each member of a set or bag, but this is {show(kind)}"
        file.faults.add(located.mark, message)
    return expression, t.Anything()


def _note_taken(file: SpecificationFile, rows: tuple[str, ...]) -> None:
    """Note properties that have the ids of the claims about these rows."""
    taken = {CLAIM, *map(claim_of, rows)} if rows else set()
    for item in file.fields.listed("properties"):
        located = item.value.get("id")
        if located is not None and located.value in taken:
            message = f'"{located.value}" is the id of a claim that is made of "{CLAIM}"'
            file.faults.add(located.mark, message, expected="another id")
