"""Where expressions use sets and bags: which collections, members and sets of an event meet.

An event can bear a whole set: the ids of an idset, the hosts of a hostlist, the items of a list,
the keys of an object.
Such a set is told by the expression that gives it, `ranks(.idset)`, `hosts(.nodelist)`,
`keys(.encoding)` or a key.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping
from typing import NamedTuple, TypeAlias

from flux_conform.language import types as t
from flux_conform.language.expressions import (
    LISTED,
    Binary,
    Build,
    Call,
    Constant,
    If,
    Key,
    List,
    Name,
    Node,
    show,
    walk,
)
from flux_conform.language.type_relations import texts_of

NOTHING = Build(())
"""The empty set, as it is written."""

Constants: TypeAlias = bool | int | str


class Untranslatable(Exception):
    """An expression that the proofs cannot speak of; the message says why.

    `collections` are those without which the rest could be spoken of.
    """

    def __init__(self, why: str, collections: Iterable[str] = ()) -> None:
        super().__init__(why)
        self.collections = frozenset(collections)


class Use(NamedTuple):
    """One use of collections: they belong together, with the sets and the members of an event.

    `members` are what is added, removed or asked for; `literals` those that are constants.
    `compared` are collections whose values are held against each other.
    """

    collections: frozenset[str]
    borne: frozenset[Node] = frozenset()
    members: frozenset[Node] = frozenset()
    literals: frozenset[Constants] = frozenset()
    compared: bool = False
    computed: bool = False

    @property
    def atoms(self) -> frozenset[str | Node]:
        """All that meets here."""
        return frozenset({*self.collections, *self.borne, *self.members})


class Parts(NamedTuple):
    """What a set is made of: collections, sets of the event, and members that are written out."""

    collections: frozenset[str] = frozenset()
    borne: frozenset[Node] = frozenset()
    items: tuple[Node, ...] = ()

    def __add__(self, other: object) -> Parts:
        assert isinstance(other, Parts)
        return Parts(
            self.collections | other.collections,
            self.borne | other.borne,
            (*self.items, *other.items),
        )


def borne_set(node: Node) -> Node | None:
    """The set of an event that an expression gives, if it is one."""
    match node:
        case Call(function=function, arguments=(argument,)) if function in LISTED:
            if not isinstance(argument, Key) or not argument.name:
                raise Untranslatable(f"{show(node)} reads no key of the event")
            return node
        case Call(function="set", arguments=(argument,)) if isinstance(argument, Key | Call):
            return argument if isinstance(argument, Key) else borne_set(argument)
        case _:
            return None


def is_set(tree: Node, kinds: Mapping[str, bool]) -> bool:
    """Whether an expression gives a set (or bag), and not a member or a number."""
    match tree:
        case Name(name=name):
            return name in kinds
        case Call(function="ranks" | "keys" | "set") | Build(fields=()):
            return True
        case Call(function="old", arguments=(inner,)):
            return is_set(inner, kinds)
        case Binary(operator="+" | "-", left=left, right=right):
            return is_set(left, kinds) and (left != NOTHING or is_set(right, kinds))
        case Binary(operator="&", right=right):
            return not isinstance(right, Constant)
        case If(then=then, otherwise=otherwise):
            return is_set(then, kinds) or is_set(otherwise, kinds)
        case _:
            return False


def parts_of(tree: Node, kinds: Mapping[str, bool]) -> Parts:
    """What the value of an expression can be made of, where a set, or a list as one, stands."""
    whole = borne_set(tree)
    if whole is not None or isinstance(tree, Key):
        return Parts(borne=frozenset({whole or tree}))
    match tree:
        case Name(name=name):
            return Parts(frozenset({name} if name in kinds else ()))
        case Call(function="old" | "set", arguments=(inner,)):
            return parts_of(inner, kinds)
        case List(items=items):
            return Parts(items=items)
        case Binary(operator="&", left=left, right=right):
            return parts_of(left, kinds) + parts_of(right, kinds)
        case Binary(operator="+" | "-", left=left, right=right):
            one = parts_of(left, kinds)
            return one + parts_of(right, kinds) if is_set(right, kinds) else one
        case If(then=then, otherwise=otherwise):
            return parts_of(then, kinds) + parts_of(otherwise, kinds)
        case _:
            return Parts()


def uses(tree: Node, kinds: Mapping[str, bool]) -> Iterator[Use]:
    """Where an expression asks for, adds or removes a member, or computes with sets.

    Raises Untranslatable, with the collections that are used so.
    """
    for node in walk(tree):
        try:
            yield from _uses_at(node, kinds)
        except Untranslatable as error:
            names = {part.name for part in walk(node) if isinstance(part, Name)}
            raise Untranslatable(str(error), names & kinds.keys()) from None


def _uses_at(node: Node, kinds: Mapping[str, bool]) -> Iterator[Use]:
    match node:
        case Binary(operator="in", left=member, right=inside):
            is_list = isinstance(inside, Key) and isinstance(member, Constant)
            if is_list or is_set(inside, kinds) or borne_set(inside) is not None:
                yield _of_member(parts_of(inside, kinds), member)
        case Binary(operator="+" | "-", left=inside, right=member) if is_set(inside, kinds):
            if is_set(member, kinds):
                yield _computed(inside, member, kinds)
            else:
                yield _of_member(parts_of(inside, kinds), member)
        case Binary(operator="&" | "<=", left=left, right=right):
            if any(_counts_as_set(side, kinds) for side in (left, right)):
                yield _computed(left, right, kinds)
        case Binary(operator="==" | "!=", left=left, right=right):
            if is_set(left, kinds) or is_set(right, kinds):
                use = _computed(left, right, kinds)
                yield use._replace(compared=True, computed=bool(use.borne or use.literals))
        case Call(function="disjoint", arguments=(left, right)):
            yield _computed(left, right, kinds)
        case Call(function="set", arguments=(inner,)):
            parts = parts_of(inner, kinds)
            if parts.borne:
                yield Use(parts.collections, parts.borne, computed=True)


def _counts_as_set(node: Node, kinds: Mapping[str, bool]) -> bool:
    return isinstance(node, List) or is_set(node, kinds) or borne_set(node) is not None


def _of_member(parts: Parts, member: Node) -> Use:
    use = _with_items(Use(parts.collections, parts.borne), parts.items)
    return _with_items(use, (member,))


def _computed(left: Node, right: Node, kinds: Mapping[str, bool]) -> Use:
    parts = parts_of(left, kinds) + parts_of(right, kinds)
    return _with_items(Use(parts.collections, parts.borne, computed=True), parts.items)


def _with_items(use: Use, items: Iterable[Node]) -> Use:
    for item in items:
        if isinstance(item, Constant) and item.value is not None:
            use = use._replace(literals=use.literals | {item.value})
        elif is_description(item):
            use = use._replace(members=use.members | {item})
        else:
            raise Untranslatable(
                "a member of a set or bag is neither a key of the event nor a literal string"
            )
    return use


def is_description(node: Node) -> bool:
    """Whether a member is a key of the event, or a tuple of some."""
    match node:
        case Key(name=name):
            return name != ""
        case List(items=items):
            return _are_parts(items)
        case Build(fields=fields):
            return _are_parts(part for _, part in fields)
        case _:
            return False


def _are_parts(nodes: Iterable[Node]) -> bool:
    parts = list(nodes)
    keys = [part for part in parts if isinstance(part, Key) and part.name]
    return bool(keys) and all(isinstance(part, Constant) or part in keys for part in parts)


def keys_in(node: Node) -> frozenset[str]:
    """The names of the keys that an expression reads."""
    return frozenset(part.name for part in walk(node) if isinstance(part, Key))


def members_of(node: Node, types: Mapping[str, t.Type]) -> t.Type:
    """The type of the members of a set that an event bears."""
    match node:
        case Call(function="ranks"):
            return t.Integer(0, None)
        case Key(name=name):
            of = t.listed(types.get(name, t.Anything()))
            return of.of if isinstance(of, t.ListOf) else t.Anything()
        case _:
            return t.String()


def has_any_members(node: Node, types: Mapping[str, t.Type]) -> bool:
    """Whether a set that an event bears can have any members of their type, and none."""
    match node:
        case Call(function="keys", arguments=(Key(name=name),)):
            of = t.present(types.get(name, t.Anything()))
            return isinstance(of, t.Object) or (isinstance(of, t.MapOf) and of.key == t.String())
        case _:
            return True


def is_filled(node: Node, types: Mapping[str, t.Type]) -> bool:
    """Whether a set that an event bears has a member by its type."""
    return isinstance(node, Key) and isinstance(types.get(node.name), t.NonEmpty)


def is_listed(node: Node, types: Mapping[str, t.Type]) -> bool:
    """Whether all that a set of an event can hold is listed by its type."""
    return texts_of(members_of(node, types)) is not None


def lengths_asked(trees: Iterable[Node], counted: Container[Node]) -> list[Node]:
    """The lists whose length is asked, and of sets that are not counted those where no more is."""
    found: dict[Node, None] = {}
    for tree in trees:
        for node in walk(tree):
            if isinstance(node, Call) and node.function in ("size", "empty"):
                whole = node.arguments[0]
                if isinstance(whole, Call) and whole.function == "old":
                    whole = whole.arguments[0]
                if isinstance(whole, Call) and whole.function == "hosts":
                    found[whole] = None
                elif isinstance(whole, Call) and whole.function in ("ranks", "keys"):
                    found.update({} if whole in counted else {whole: None})
    return list(found)
