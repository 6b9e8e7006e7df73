"""One variable taken for another, one event for another, a set for a bag."""

from __future__ import annotations

from collections.abc import Iterator

from flux_conform.language import types as t
from flux_conform.language.expressions import About, Name, Node, show, walk
from flux_conform.language.specification import ANY_EVENT, Specification
from flux_conform.mutation.faulty_parts import expression, fault, put, with_effect, with_part
from flux_conform.mutation.mutants import Mutant

COLLECTIONS = (t.SetOf, t.BagOf)


def confused(specification: Specification) -> Iterator[Mutant]:
    """All of these faults."""
    yield from _collections(specification)
    yield from _rules(specification)
    yield from _transitions(specification)
    yield from _effects(specification)
    for place, (field, reported) in enumerate(specification.report):
        for says, tree in _others(specification, reported.tree):
            other = with_part(specification, "report", place, (field, expression(tree)))
            yield fault(f"the field {field}", says, other, None)


def _collections(specification: Specification) -> Iterator[Mutant]:
    for place, variable in enumerate(specification.variables):
        of = variable.type
        if isinstance(of, COLLECTIONS):
            changed = t.BagOf(of.of) if isinstance(of, t.SetOf) else t.SetOf(of.of)
            new = variable._replace(type=changed)
            other = with_part(specification, "variables", place, new)
            yield fault(variable.name, f"is a {t.show(changed)}", other, None)


def _rules(specification: Specification) -> Iterator[Mutant]:
    for place, rule in enumerate(specification.rules):
        events = None if ANY_EVENT in rule.on else frozenset(rule.on)
        for says, tree in _others(specification, rule.require.tree):
            new = rule._replace(require=expression(tree))
            other = with_part(specification, "rules", place, new)
            yield Mutant("", rule.id, says, other, events)


def _transitions(specification: Specification) -> Iterator[Mutant]:
    for place, row in enumerate(specification.transitions):
        for says, tree in _others(specification, row.when.tree) if row.when is not None else ():
            new = row._replace(when=expression(tree))
            other = with_part(specification, "transitions", place, new)
            yield fault(f"{row.event} in {row.source}", says, other, row.event, row.source)


def _effects(specification: Specification) -> Iterator[Mutant]:
    types = {variable.name: variable.type for variable in specification.variables}
    for event in specification.events:
        for variable, effect in event.effects:
            at = f"{event.name}: {variable}"
            for says, tree in _others(specification, effect.tree):
                other = with_effect(specification, event, variable, tree)
                yield fault(at, says, other, event.name)
            for name, of in types.items():
                if name != variable and _alike(of, types[variable]):
                    tree = put(effect.tree, Name(variable), Name(name))
                    other = with_effect(specification, event, name, tree)
                    yield fault(at, f"changes {name} too", other, event.name)


def _others(specification: Specification, tree: Node) -> Iterator[tuple[str, Node]]:
    """The tree with one variable or event in it taken for another."""
    types = {variable.name: variable.type for variable in specification.variables}
    for node in dict.fromkeys(walk(tree)):
        if isinstance(node, Name) and node.name in types:
            for name, of in types.items():
                if name != node.name and _alike(of, types[node.name]):
                    yield f"{name} for {node.name}", put(tree, node, Name(name))
        elif isinstance(node, About) and node.function == "seen":
            for event in specification.events:
                if event.name != node.name and not event.is_family:
                    asked = About("seen", event.name)
                    yield f"{show(asked)} for {show(node)}", put(tree, node, asked)


def _alike(one: t.Type, other: t.Type) -> bool:
    """Whether one variable can stand where the other does."""
    if isinstance(one, COLLECTIONS) and isinstance(other, COLLECTIONS):
        return one.of == other.of
    return type(one) is type(other) and t.present(one) == t.present(other)
