"""What `keys(variable)` means, said by a set: the keys of what the variable has taken.

So whatever speaks of sets speaks of them. The set is a variable `keys(NAME)`, a name that no
specification can give, and each effect on the variable has one on the set beside it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from flux_conform.language import types as t
from flux_conform.language.expressions import (
    KEYS,
    Build,
    Call,
    Constant,
    Expression,
    If,
    Key,
    Name,
    Node,
    is_default,
    rebuilt,
    show,
    walk,
)
from flux_conform.language.specification import Event, Specification, Variable

NO_KEYS = Build(())


class NotKnown(Exception):
    """What a variable takes is such that its keys are not known; `variable` is its name."""

    def __init__(self, variable: str, tree: Node) -> None:
        super().__init__(f"the keys of {show(tree)} are not known")
        self.variable = variable


def set_of_keys(variable: str) -> str:
    """The name of the set that holds the keys of a variable."""
    return f"{KEYS}({variable})"


def key_sets(specification: Specification) -> dict[str, str]:
    """The sets by which keys of variables are said, each with its variable."""
    sets = {set_of_keys(each.name): each.name for each in specification.variables}
    names = {each.name for each in specification.variables}
    return {name: variable for name, variable in sets.items() if name in names}


def with_keys(specification: Specification) -> Specification:
    """The specification in which keys of variables are said by sets. Raises NotKnown.

    Expressions keep their texts.
    """
    names = {each.name for each in specification.variables}
    asked: dict[str, None] = {}
    waiting = sorted(_asked(specification) & names)
    while waiting:
        variable = waiting.pop()
        if variable not in asked:
            asked[variable] = None
            for event in specification.events:
                for tree in _taken(event, variable):
                    waiting += sorted(_read(_keys_of(tree, event, variable)))
    if not asked:
        return specification
    plain: Specification = _said(specification, asked)
    sets = (
        Variable(set_of_keys(name), t.SetOf(t.String()), f"the keys of {name}")
        for name in sorted(asked)
    )
    return plain._replace(
        variables=(*plain.variables, *sets),
        events=tuple(
            event._replace(effects=(*event.effects, *_effects(event, asked)))
            for event in plain.events
        ),
    )


def _asked(value: Any) -> set[str]:
    """The names whose keys the expressions of a value read."""
    if isinstance(value, Expression):
        return _read(value.tree)
    return set().union(*map(_asked, value)) if isinstance(value, tuple) else set()


def _read(tree: Node) -> set[str]:
    return {name for node in walk(tree) if (name := _variable(node)) is not None}


def _variable(node: Node) -> str | None:
    match node:
        case Call(function=function, arguments=(Name(name=name),)) if function == KEYS:
            return name
        case _:
            return None


def _said(value: Any, asked: Mapping[str, None]) -> Any:
    """A value of a specification, with keys of variables said by sets in each expression in it."""
    if isinstance(value, Expression):
        return Expression(value.text, _lowered(value.tree, asked))
    if not isinstance(value, tuple):
        return value
    items = [_said(item, asked) for item in value]
    make = getattr(value, "_make", None)
    return tuple(items) if make is None else make(items)


def _lowered(node: Node, asked: Mapping[str, None]) -> Node:
    name = _variable(node)
    if name is not None and name in asked:
        return Name(set_of_keys(name))
    return rebuilt(node, lambda child: _lowered(child, asked))


def _taken(event: Event, variable: str) -> list[Node]:
    return [effect.tree for name, effect in event.effects if name == variable]


def _effects(event: Event, asked: Mapping[str, None]) -> Iterator[tuple[str, Expression]]:
    for variable in asked:
        for tree in _taken(event, variable):
            keys = _lowered(_keys_of(tree, event, variable), asked)
            yield set_of_keys(variable), Expression(show(keys), keys)


def _keys_of(tree: Node, event: Event, variable: str) -> Node:
    """The keys of what an effect gives; none where that is none."""
    match tree:
        case Key(name=name) if name:
            keys = Call(KEYS, (tree,))
            if isinstance(event.key_types.get(name), t.Optional):
                return If(Call("has", (tree,)), keys, NO_KEYS)
            return keys
        case Name():
            return Call(KEYS, (tree,))
        case Build(fields=()) | Constant(value=None):
            return NO_KEYS
        case If(then=then, otherwise=Key(name=name) as key) if name and is_default(tree):
            return If(Call("has", (key,)), Call(KEYS, (key,)), _keys_of(then, event, variable))
        case If(condition=condition, then=then, otherwise=otherwise):
            one, two = (_keys_of(part, event, variable) for part in (then, otherwise))
            return If(condition, one, two)
        case _:
            raise NotKnown(variable, tree)
