"""Sets in symbols that meet: union, difference, what both have, and whether one is in the other."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flux_conform.language.expressions import Binary, Build, Call, Constant, List, Node, walk
from flux_conform.machine.claimed import at_one_time
from flux_conform.machine.evaluate import Moment, compile_expression
from flux_conform.machine.symbolic.groups import Group, Untranslatable
from flux_conform.machine.symbolic.logic import Truth, conj, disj, neg
from flux_conform.machine.symbolic.member_terms import BagTerm, BorneSet, SetTerm
from flux_conform.machine.symbolic.members import Collections
from flux_conform.machine.symbolic.set_uses import is_description
from flux_conform.machine.symbolic.symbols import (
    Codes,
    Fields,
    Flag,
    Items,
    Maybe,
    Opaque,
    Symbol,
    constant,
)

COMBINED: dict[str, Callable[[Truth, Truth], Truth]] = {
    "+": lambda a, b: disj([a, b]),
    "-": lambda a, b: conj([a, neg(b)]),
    "&": lambda a, b: conj([a, b]),
    "<=": lambda a, b: conj([a, neg(b)]),  # what is missing in the larger
}


def is_written_out(node: Node) -> bool:
    """Whether all that an expression holds are constants, sets and lists of them."""
    return all(
        isinstance(part, Constant | List | Binary | Call) or part == Build(())
        for part in walk(node)
    ) and any(isinstance(part, List | Build) for part in walk(node))


def written_out(node: Node, codes: Codes) -> Symbol:
    """The value of an expression that is written out."""
    value = compile_expression(at_one_time(node), {})(Moment(values={}, state=""))
    if isinstance(value, bool):
        return Flag(value)
    members = [*value]
    if not all(isinstance(member, bool | int | str) for member in members):
        raise Untranslatable("a set of tuples is written out")
    constants = tuple(map(Constant, members))
    return Items(tuple(constant(member, codes) for member in members), constants, "set")


def two_sets(one: Symbol, two: Symbol, collections: Collections) -> tuple[Any, Any]:
    """Two values as sets that are counted together. Raises Untranslatable."""
    groups = [_groups_of(value) for value in (one, two)]
    known = [each for each in groups if each] or [[]]
    common = [each for each in known[0] if each in known[-1]]
    if common:
        return in_group(one, common[0], collections), in_group(two, common[0], collections)
    raise Untranslatable(f"{told(one)} and {told(two)} are counted apart")


def _groups_of(value: Symbol) -> list[Group]:
    match value:
        case SetTerm() | BagTerm():
            return [value.group]
        case BorneSet(terms=terms):
            return [term.group for term in terms]
        case _:
            return []


def in_group(value: Symbol, group: Group, collections: Collections) -> SetTerm | BagTerm:
    """A value as a set of a group's members. Raises Untranslatable."""
    match value:
        case SetTerm() | BagTerm():
            return value
        case BorneSet(terms=terms):
            return next(term for term in terms if term.group == group)
        case Fields(fields=()):
            return collections.nothing(group)
        case Items(items=items, nodes=nodes) if not group.bag:
            whole: SetTerm | BagTerm = collections.nothing(group)
            for item, node in zip(items, nodes, strict=True):
                if isinstance(item, Maybe):
                    raise Untranslatable("a member of a set that may be none")
                whole = collections.added(whole, literal(node))
            return whole
        case _:
            raise Untranslatable(f"{told(value)} is no set that is counted")


def as_collection(value: Symbol, name: str, collections: Collections) -> SetTerm | BagTerm:
    """The value that a collection takes, seen from its group. Raises Untranslatable."""
    return in_group(value, collections.value(name).group, collections)


def literal(node: Node) -> bool | int | str | None:
    """The literal that is added, removed or asked for; None for the event's description.

    Neither changes with the event, so `old` makes no difference. Raises Untranslatable.
    """
    member = at_one_time(node)
    if isinstance(member, Constant):
        return member.value
    if not is_description(member):
        raise Untranslatable("a member of a set or bag is neither a key nor a literal")
    return None


def told(value: Symbol | None) -> str:
    """What a value is, for people: why the proofs know no more of it, or its kind."""
    match value:
        case None:
            return "none"
        case Opaque(why=why):
            return why
        case SetTerm() | BorneSet():
            return "a set"
        case BagTerm():
            return "a bag"
        case Maybe(of=of):
            return f"what may be none ({told(of)})"
        case _:
            return f"a {value.kind}"
