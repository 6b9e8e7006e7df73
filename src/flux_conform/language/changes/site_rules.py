"""Rules of a site beside those of a shipped specification, which they leave as it is."""

from __future__ import annotations

import os
from collections.abc import Iterator
from collections.abc import Sequence as SequenceOf

from flux_conform.language import document, load, machines
from flux_conform.language.changes.tree import Neighbour, put_change
from flux_conform.language.levels import POLICY
from flux_conform.language.loader import load_neighbour, load_neighbouring
from flux_conform.language.specification import Specification
from flux_conform.language.yaml_nodes import (
    FaultList,
    Mapping,
    Node,
    Scalar,
    Sequence,
    read_nodes,
    read_text,
    value_of,
)

ADDED = ("variables", "definitions", "types")
"""The keys under which a site names what its rules read."""

KEYS = (document.CHANGE, "title", "rules", *ADDED, "events")


def load_site_rules(paths: SequenceOf[str]) -> dict[str, Specification]:
    """The shipped specifications with the rules of some files, by their names.

    Each file is a change on a shipped specification that adds rules of the level policy, and the
    variables, definitions and types that they read. Several files may be about one. A file's title
    is for its readers: reports keep that of the specification. Raises SpecificationFaults with the
    place of each thing that would alter what the specification says.
    """
    neighbours: dict[str, Neighbour] = {}
    last: dict[str, str] = {}
    for path in paths:
        faults = FaultList(path)
        tree = read_nodes(read_text(path), faults)
        name = _base(tree, faults)
        neighbour = neighbours.get(name) or load_neighbour(name)
        _judge(tree, neighbour.tree, faults)
        if faults.faults:
            raise faults.error()
        faults.texts.update({k: v for k, v in neighbour.texts.items() if k != path})
        changed = put_change(neighbour.tree, tree, faults)
        if faults.faults:
            raise faults.error()
        neighbours[name], last[name] = Neighbour(changed, faults.texts), path
    return {
        name: load_neighbouring(each, last[name])._replace(title=load(name).title)
        for name, each in neighbours.items()
    }


def without_site_rules(specification: Specification, base: Specification) -> Specification:
    """The specification without what `load_site_rules` adds to its base."""
    rules = {rule.id for rule in base.rules}
    variables = {variable.name for variable in base.variables}
    definitions = {definition.name for definition in base.definitions}
    return specification._replace(
        title=base.title,
        source=base.source,
        rules=tuple(r for r in specification.rules if r.id in rules or r.level != POLICY),
        variables=tuple(each for each in specification.variables if each.name in variables),
        definitions=tuple(each for each in specification.definitions if each.name in definitions),
        events=tuple(
            event._replace(effects=tuple(e for e in event.effects if e[0] in variables))
            for event in specification.events
        ),
    )


def shipped_base(specification: Specification) -> Specification | None:
    """The shipped specification that this one is, or adds a site's rules to; None for others."""
    if specification.name not in machines():
        return None
    base = load(specification.name)
    if specification is base:
        return base
    return base if without_site_rules(specification, base) == base else None


def _base(tree: Node, faults: FaultList) -> str:
    """The name of the shipped specification that a file of rules is about."""
    named = value_of(tree, document.CHANGE)
    if isinstance(named, Scalar) and named.text in machines():
        return named.text
    mark = tree.mark if named is None else named.mark
    says = "a site's rules are a change on a shipped specification"
    if isinstance(named, Scalar) and os.path.sep not in named.text:
        faults.add(mark, says, name=named.text, among=machines())
    else:
        faults.add(mark, says, expected=f"change: NAME, and NAME one of {', '.join(machines())}")
    raise faults.error()


def _judge(tree: Node, base: Node, faults: FaultList) -> None:
    """Note what a file says beyond rules of its own and what they read."""
    added: dict[str, set[str]] = {}
    for key, value in _pairs(tree):
        if key.text not in KEYS:
            message = f'the rules of a site change nothing else, and "{key.text}" is none of theirs'
            faults.add(key.mark, message, expected=f"only {', '.join(KEYS)}")
        elif key.text in ADDED:
            known = {each.text for each, _ in _pairs(value_of(base, key.text))}
            added[key.text] = {each.text for each, _ in _pairs(value)}
            for name, _ in _pairs(value):
                if name.text in known:
                    faults.add(name.mark, f'"{name.text}" is there already, and must stay as it is')
        elif key.text == "rules":
            _judge_rules(value, base, faults)
    for event, changed in _pairs(value_of(tree, "events")):
        if event.text not in {each.text for each, _ in _pairs(value_of(base, "events"))}:
            faults.add(event.mark, f'a site adds no events, and there is no "{event.text}"')
        elif not isinstance(changed, Mapping):
            faults.add(event.mark, f'the event "{event.text}" must stay as it is')
        for key, value in _pairs(changed):
            if key.text != "effect" or not isinstance(value, Mapping):
                faults.add(key.mark, "of an event a site says effects on its own variables alone")
                continue
            for variable, _ in _pairs(value):
                if variable.text not in added.get("variables", ()):
                    message = f'the effect on "{variable.text}" must stay as it is'
                    faults.add(variable.mark, message, expected="a variable of this file")


def _judge_rules(rules: Node, base: Node, faults: FaultList) -> None:
    known = value_of(base, "rules")
    named = (value_of(rule, "id") for rule in known.items) if isinstance(known, Sequence) else ()
    ids = {each.text for each in named if isinstance(each, Scalar)}
    ids |= {key.text for key, _ in _pairs(known)}
    for id_, rule in _pairs(rules):
        level = value_of(rule, "level")
        if id_.text in ids:
            faults.add(id_.mark, f'the rule "{id_.text}" must stay as it is')
        elif not isinstance(level, Scalar) or level.text != POLICY:
            mark = id_.mark if level is None else level.mark
            faults.add(mark, "the level of a site's rule is policy", expected="level: policy")


def _pairs(node: Node | None) -> Iterator[tuple[Scalar, Node]]:
    yield from node.pairs if isinstance(node, Mapping) else ()
