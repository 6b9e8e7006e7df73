"""What a condition tells of values: that one is there, or within which bounds it lies."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from flux_conform.language import expressions as x
from flux_conform.language import types as t
from flux_conform.language.type_relations import Kind


class Fact(NamedTuple):
    """Of a value: whether it is there and, where it is an integer, its bounds."""

    there: bool = False
    low: int | None = None
    high: int | None = None


Facts = Mapping[x.Node, Fact]
"""What is known of expressions, all at one moment."""


def with_facts(
    known: Facts, condition: x.Node, holds: bool, definitions: Mapping[str, x.Definition]
) -> Facts:
    """What is known where a condition holds, or does not, and something is known already."""
    facts = dict(known)
    for node, fact in _facts(condition, holds, definitions, set()):
        before = facts.get(node, Fact())
        lows = [low for low in (before.low, fact.low) if low is not None]
        highs = [high for high in (before.high, fact.high) if high is not None]
        facts[node] = Fact(
            before.there or fact.there, max(lows, default=None), min(highs, default=None)
        )
    return facts


def narrowed(kind: Kind, fact: Fact | None) -> Kind:
    """The type of an expression of which something is known."""
    if fact is None:
        return kind
    if isinstance(kind, t.Optional):
        inner = narrowed(kind.of, fact)
        return inner if fact.there else t.Optional(inner)  # type: ignore[arg-type]
    if not isinstance(kind, t.Integer):
        return kind
    lows = [low for low in (kind.low, fact.low) if low is not None]
    highs = [high for high in (kind.high, fact.high) if high is not None]
    low, high = max(lows, default=None), min(highs, default=None)
    # What no value obeys is never reached, and has the type that it had.
    return kind if low is not None and high is not None and low > high else t.Integer(low, high)


_OPPOSITE = {"<": ">=", ">=": "<", ">": "<=", "<=": ">", "==": "!=", "!=": "=="}
_MIRRORED = {"<": ">", ">": "<", "<=": ">=", ">=": "<=", "==": "==", "!=": "!="}


def _facts(
    node: x.Node, holds: bool, definitions: Mapping[str, x.Definition], told: set[tuple[str, bool]]
) -> Iterator[tuple[x.Node, Fact]]:
    """Each fact, those of a definition once: one that names another twice doubles nothing."""
    match node:
        case x.Not(operand=operand):
            yield from _facts(operand, not holds, definitions, told)
        case x.Binary(operator="and" | "or" | "implies" as operator, left=left, right=right):
            if holds == (operator == "and"):
                left_holds = holds or operator == "implies"
                yield from _facts(left, left_holds, definitions, told)
                yield from _facts(right, holds, definitions, told)
        case x.Name(name=name) if name in definitions and (name, holds) not in told:
            definition = definitions[name]
            told.add((name, holds))
            if not definition.parameters:
                yield from _facts(definition.body.tree, holds, definitions, told)
        case x.Call(function="has", arguments=(value,)):
            if holds:
                yield value, Fact(True)
        case x.Binary(operator="in", left=value, right=x.List(items=items)):
            if holds and all(isinstance(i, x.Constant) and i.value is not None for i in items):
                yield value, Fact(True)
        case x.Binary(operator=operator, left=left, right=x.Constant(value=bound)):
            yield from _compared(left, operator, bound, holds)
        case x.Binary(operator=operator, left=x.Constant(value=bound), right=right):
            yield from _compared(right, _MIRRORED.get(operator, ""), bound, holds)


def _compared(
    value: x.Node, operator: str, bound: bool | int | str | None, holds: bool
) -> Iterator[tuple[x.Node, Fact]]:
    if operator not in _OPPOSITE:
        return
    if bound is None:
        if (operator == "!=") == holds:
            yield value, Fact(True)
        return
    # What is none equals no number, and orders with none.
    there = holds and operator != "!="
    if isinstance(bound, bool) or not isinstance(bound, int):
        if there:
            yield value, Fact(True)
        return
    low: int | None
    high: int | None
    match operator if holds else _OPPOSITE[operator]:
        case "<":
            low, high = None, bound - 1
        case "<=":
            low, high = None, bound
        case ">":
            low, high = bound + 1, None
        case ">=":
            low, high = bound, None
        case "==":
            low, high = bound, bound
        case _:
            low, high = None, None
    if not holds and operator == "!=":
        there = True
    yield value, Fact(there, low, high)
