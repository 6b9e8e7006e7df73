"""Claims of what is reported at the end of a log, read as claims of the final state."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from functools import partial, reduce

from flux_conform.language import typecheck
from flux_conform.language.expressions import (
    TIMES,
    About,
    Binary,
    Call,
    Constant,
    Expression,
    List,
    Name,
    Node,
    fits,
    rebuilt,
    show,
    walk,
)
from flux_conform.language.loading.expression_reader import ExpressionReader
from flux_conform.language.loading.fields import Fields, SpecificationFile
from flux_conform.language.naming_scope import Scope
from flux_conform.language.specification import State, is_family
from flux_conform.language.type_relations import Kind

Report = tuple[tuple[str, Expression], ...]


def read_reported(
    file: SpecificationFile,
    reader: ExpressionReader,
    fields: Fields,
    states: Sequence[State],
    report: Report,
) -> Expression | None:
    """The claim `reports`, where `when` holds: that in the final state the report is so.

    The report's fields are put in; one of a variable's name stands for what is reported. Times
    cannot be decided, only whether there is one. None where it has a fault, which is noted.
    """
    finals = [state.name for state in states if state.final]
    if not finals:
        mark = fields["reports"].mark
        file.faults.add(mark, "there is no final state, so nothing is reported at the end")
        return None
    scope = _scope(reader, report)
    ended = Binary("in", Name("state"), List(tuple(map(Constant, finals))))
    if len(finals) == 1:
        ended = Binary("==", Name("state"), Constant(finals[0]))
    parts: list[Node] = [ended]
    table = report_fields(report, reader.names.variables)
    for name, what in (("when", "a guard"), ("reports", "what is claimed")):
        said = reader.condition(fields, name, scope, what)
        if said is None:
            if name in fields:
                return None
            continue
        tree = _decided(_put(said.tree, table), states)
        if not fits(tree, reader.names.definitions):
            file.faults.add(fields[name].mark, "the claim is too large once the report is put in")
            return None
        time = next(filter(_is_time, walk(tree)), None)
        if time is not None:
            file.faults.add(
                fields[name].mark,
                f"{show(time)} is a time, which no proof knows",
                expected="has(…) of it, of one event or of a state that is not the initial one",
            )
            return None
        parts.append(tree)
    *given, claim = parts
    tree = Binary("implies", reduce(partial(Binary, "and"), given), claim)
    return Expression(show(tree), tree)


def _scope(reader: ExpressionReader, report: Report) -> Scope:
    """What such a claim may name: the report's fields, and what the report itself may."""
    plain = reader.scope()._replace(event_names=False, at_report=True)
    kinds: dict[str, Kind] = {}
    for name, expression in report:
        kinds[name], _ = typecheck.check(expression.tree, plain._replace(report=dict(kinds)))
    variables = {name: of for name, of in plain.variables.items() if name not in kinds}
    return plain._replace(variables=variables, report=kinds, at_property=True)


def report_fields(report: Report, variables: Collection[str]) -> dict[str, Node]:
    """The report's fields by name, those before them put in; a variable's name means it there."""
    table: dict[str, Node] = {}
    for name, expression in report:
        known = {other: tree for other, tree in table.items() if other not in variables}
        table[name] = _put(expression.tree, known)
    return table


def _put(tree: Node, table: Mapping[str, Node]) -> Node:
    if isinstance(tree, Name) and tree.name in table:
        return table[tree.name]
    return rebuilt(tree, lambda part: _put(part, table))


def _decided(tree: Node, states: Sequence[State]) -> Node:
    """The tree with what only asks whether there is a time as what is known to proofs."""
    match tree:
        case Call("has", (About("first" | "last", name),)) if not is_family(name):
            return About("seen", name)
        case Call("has", (About("entered", name),)) if not _is_initial(name, states):
            return About("visited", name)
    return rebuilt(tree, lambda part: _decided(part, states))


def _is_initial(name: str, states: Sequence[State]) -> bool:
    # An event that stays in the initial state has led to it, but did not enter it.
    return any(state.initial for state in states if state.name == name)


def _is_time(node: Node) -> bool:
    return isinstance(node, About) and node.function in TIMES
