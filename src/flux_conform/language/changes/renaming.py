"""Gives names of the neighbour other ones, wherever the neighbour says them.

Names stand in keys, in lists, and in expressions, where only what is meant is changed: a text is
the name of a state or an event where it is compared with one. Prose is left as it is.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import NamedTuple

from flux_conform.language import expressions as x
from flux_conform.language.loading.awaited import MEMBER
from flux_conform.language.parser import SyntaxFault, parse_expression
from flux_conform.language.yaml_nodes import (
    FaultList,
    Node,
    Scalar,
    Sequence,
    value_of,
)
from flux_conform.language.yaml_nodes import Mapping as MappingNode

RENAMED = "renamed"
"""The key of a change that gives names of the neighbour other ones."""

STATES, EVENTS, VARIABLES, RULES = "states", "events", "variables", "rules"
KINDS = (STATES, EVENTS, VARIABLES, RULES)

Names = Mapping[str, str]


class Renaming(NamedTuple):
    """The new names by the old ones."""

    states: Names
    events: Names
    variables: Names
    rules: Names


def renamed(base: MappingNode, told: Node, faults: FaultList) -> MappingNode:
    """The neighbour with other names; what cannot be renamed is noted."""
    found: dict[str, dict[str, str]] = {kind: {} for kind in KINDS}
    for kind, names in told.pairs if isinstance(told, MappingNode) else ():
        if kind.text not in KINDS:
            message = f'unknown key "{kind.text}" of {RENAMED}'
            faults.add(kind.mark, message, name=kind.text, among=KINDS)
            continue
        if not isinstance(names, MappingNode):
            faults.add(names.mark, "no names stand here", expected="OLD: NEW")
            continue
        known = _known(value_of(base, kind.text))
        old = {key.text for key, _ in names.pairs}
        for key, new in names.pairs:
            if not isinstance(new, Scalar) or not new.text.strip() or new.text in ("null", "~"):
                faults.add(new.mark, f'"{key.text}" gets no name', expected="its new name")
            elif key.text not in known:
                message = f'there is no "{key.text}" to rename'
                faults.add(key.mark, message, name=key.text, among=tuple(known))
            elif new.text in {*found[kind.text].values(), *(set(known) - old)}:
                faults.add(new.mark, f'there is a "{new.text}" already', expected="a new name")
            else:
                found[kind.text][key.text] = new.text
    if not isinstance(told, MappingNode):
        faults.add(told.mark, "no names stand here", expected="events: {OLD: NEW}, and so on")
    left = _Renamer(Renaming(**found), base).machine(base)
    return left if isinstance(left, MappingNode) else base


def _known(node: Node | None) -> list[str]:
    """The names in a section: keys, or ids of a list's items."""
    if isinstance(node, MappingNode):
        return [key.text for key, _ in node.pairs]
    ids = (value_of(item, "id") for item in (node.items if isinstance(node, Sequence) else ()))
    return [each.text for each in ids if isinstance(each, Scalar)]


_Change = Callable[[Node], Node]


class _Renamer:
    def __init__(self, names: Renaming, base: MappingNode) -> None:
        self.names = names
        self.fields = set(_known(value_of(base, "report")))
        findings = value_of(base, "findings")
        pairs = findings.pairs if isinstance(findings, MappingNode) else ()
        ids = [each.text for _, of in pairs if isinstance(each := value_of(of, "id"), Scalar)]
        patterns = [each for each in ids if "{event}" in each]
        of_events = {
            pattern.replace("{event}", old): pattern.replace("{event}", new)
            for pattern in patterns
            for old, new in names.events.items()
        }
        self.ids = {**of_events, **names.rules}
        """The ids of rules, with those of what the machine finds of each event."""
        self.about = {**names.states, **names.events, **self.ids}

    # Whole entries

    def machine(self, node: Node) -> Node:
        """A specification, or a change in a reading of one."""
        names = self.names
        log = self.mapped_keys(names.events, lambda each: each)
        return self.keyed(
            node,
            {
                STATES: self.mapped_keys(names.states, lambda each: each),
                "virtual states": self.each(self.listed(names.states)),
                "definitions": self.definitions,
                VARIABLES: self.mapped_keys(names.variables, lambda each: each),
                "generations": self.each(self.entry(on=names.events)),
                EVENTS: self.mapped_keys(names.events, self.event),
                "transitions": self.each(self.row),
                RULES: self.mapped_keys(
                    names.rules, self.entry(id=names.rules, on=names.events, supplies=names.events)
                ),
                "report": self.each(self.expression),
                "waits": self.each(self.wait),
                "properties": self.each(self.claim),
                "scenarios": self.each(self.scenario),
                "questions": self.each(
                    lambda question: self.keyed(
                        question,
                        {
                            "about": self.listed(self.about),
                            "log": self.each(lambda item: log(self.listed(names.events)(item))),
                            "readings": self.each(
                                lambda reading: self.keyed(reading, {"change": self.machine})
                            ),
                        },
                    )
                ),
            },
        )

    def row(self, node: Node) -> Node:
        """A transition; one of a lane is between the lane's own states."""
        states = self.names.states if value_of(node, "lane") is None else {}
        return self.entry(**{"on": self.names.events, "from": states, "to": states})(node)

    def event(self, node: Node) -> Node:
        effects = self.mapped_keys(self.names.variables, self.expression)
        return self.keyed(node, {"effect": effects})

    def wait(self, node: Node) -> Node:
        """What is waited for; in its words a member of the collection hides a variable."""
        code = dict.fromkeys(("when", "each"), self.expression)
        hidden = frozenset({MEMBER} if value_of(node, MEMBER) is not None else ())
        words = partial(self.template, hidden=hidden)
        return self.keyed(node, {"in": self.listed(self.names.states), **code, "for": words})

    def claim(self, node: Node) -> Node:
        names = self.names
        of_report = value_of(node, "reports") is not None
        expression = self.of_report if of_report else self.expression
        kept = self.listed(names.variables)
        cycles = self.each(self.listed(names.states))
        expressions = dict.fromkeys(
            ("recoverable", "always", "when", "then", "never", "reports"), expression
        )
        lists = {
            "on": self.listed(names.events),
            "without": self.listed(names.events),
            "accepts": self.listed(names.states),
            "keeps": kept,
            "cycles": cycles,
        }
        return self.keyed(node, {**expressions, **lists})

    def scenario(self, node: Node) -> Node:
        names = self.names
        broken = self.mapped_keys(self.ids, lambda level: level)
        steps = self.each(
            lambda step: self.keyed(step, {"event": self.listed(names.events), "breaks": broken})
        )
        ends, breaks = self.listed(names.states), self.listed(self.ids)
        return self.keyed(node, {"ends": ends, "breaks": breaks, "steps": steps})

    def entry(self, **lists: Names) -> _Change:
        """An entry with names under these keys, and expressions under the usual ones."""
        code: dict[str, _Change] = {
            "when": self.expression,
            "require": self.expression,
            "breach": self.template,
            "repair": self.template,
        }
        changes = {**code, **{key: self.listed(names) for key, names in lists.items()}}
        return lambda node: self.keyed(node, changes)

    # Parts

    def keyed(self, node: Node, changes: Mapping[str, _Change]) -> Node:
        """A mapping with the values under these keys changed."""
        if not isinstance(node, MappingNode):
            return node
        pairs = tuple(
            (key, changes[key.text](value) if key.text in changes else value)
            for key, value in node.pairs
        )
        return node._replace(pairs=pairs)

    def each(self, change: _Change) -> _Change:
        """The change for each item of a list, or each value of a mapping."""

        def changed(node: Node) -> Node:
            if isinstance(node, Sequence):
                return node._replace(items=tuple(map(change, node.items)))
            if isinstance(node, MappingNode):
                pairs = tuple((key, change(value)) for key, value in node.pairs)
                return node._replace(pairs=pairs)
            return node

        return changed

    def mapped_keys(self, names: Names, change: _Change) -> _Change:
        """The same, and the keys of a mapping get their names."""
        values = self.each(change)

        def changed(node: Node) -> Node:
            node = values(node)
            if not isinstance(node, MappingNode):
                return node
            pairs = ((_named(key, names), value) for key, value in node.pairs)
            return node._replace(pairs=tuple(pairs))

        return changed

    def listed(self, names: Names) -> _Change:
        """A name, or a list of them."""

        def changed(node: Node) -> Node:
            if isinstance(node, Scalar):
                return _named(node, names)
            if isinstance(node, Sequence):
                return node._replace(items=tuple(map(changed, node.items)))
            return node

        return changed

    # Expressions

    def definitions(self, node: Node) -> Node:
        pairs = node.pairs if isinstance(node, MappingNode) else ()
        changed = []
        for key, value in pairs:
            parameters = re.split(r"[(),\s]+", key.text)[1:]
            changed.append((key, self.code(value, frozenset(parameters))))
        return node._replace(pairs=tuple(changed)) if isinstance(node, MappingNode) else node

    def expression(self, node: Node) -> Node:
        return self.code(node, frozenset())

    def of_report(self, node: Node) -> Node:
        """An expression in which the fields of the report hide variables."""
        return self.code(node, frozenset(self.fields))

    def code(self, node: Node, hidden: frozenset[str]) -> Node:
        if not isinstance(node, Scalar):
            return node
        return node._replace(text=self.text(node.text, hidden))

    def template(self, node: Node, hidden: frozenset[str] = frozenset()) -> Node:
        if not isinstance(node, Scalar):
            return node

        def inside(found: re.Match[str]) -> str:
            if found[0] == "{{":
                return found[0]
            return f"{{{self.text(found['expression'], hidden)}}}"

        return node._replace(text=_BRACES.sub(inside, node.text))

    def text(self, text: str, hidden: frozenset[str]) -> str:
        """The text of an expression with other names; one that cannot be read stays."""
        try:
            parsed = parse_expression(text)
        except SyntaxFault:
            return text
        found = {
            (parsed.offsets[id(node)], node.function if isinstance(node, x.About) else "", old, new)
            for node, old, new in self.meant(parsed.tree, hidden)
            if id(node) in parsed.offsets
        }
        for offset, function, old, new in sorted(found, reverse=True):
            place = text.index(old, offset + len(function))
            text = f"{text[:place]}{new}{text[place + len(old) :]}"
        return text

    def meant(self, tree: x.Node, hidden: frozenset[str]) -> Iterator[tuple[x.Node, str, str]]:
        """The parts of an expression that name what has another name now."""
        names = self.names
        compared: dict[x.Node, Names] = {
            x.Name("state"): names.states,
            x.Call(x.OLD, (x.Name("state"),)): names.states,
            x.Name("event"): names.events,
        }
        compared |= {x.Call(x.OLD, (node,)): of for node, of in compared.items()}
        for node in x.walk(tree):
            match node:
                case x.Name(name=name) if name in names.variables and name not in hidden:
                    yield node, name, names.variables[name]
                case x.About(function=function, name=name):
                    of = names.events if function in x.OF_EVENTS else names.states
                    if name in of:
                        yield node, name, of[name]
                case x.Binary(left=left, right=right):
                    for one, other in ((left, right), (right, left)):
                        of = compared.get(one, {})
                        for text in other.items if isinstance(other, x.List) else (other,):
                            if isinstance(text, x.Constant) and str(text.value) in of:
                                yield text, str(text.value), of[str(text.value)]


_BRACES = re.compile(r"\{\{|\{(?P<expression>[^}]*)\}")


def _named(node: Scalar, names: Names) -> Scalar:
    return node._replace(text=names[node.text]) if node.text in names else node
