"""Expressions as plain data: how the language writes them, and what they mean.

An expression is a tuple: a word and its operands. `("const", value)`, `("list", value, …)`,
`("key", name)`, `("var", name)`, `("state",)`, `("event",)`, `("first",)`, `("seen", event)`,
`("visited", state)`, `("among", virtual state, member, …)`, or an operator with its operands;
`("old", e)` is what `e` was before the event. `("time",)`, `("since", event)`,
`("first of", event)`, `("last of", event)` and `("duration", amount, unit)` are exact seconds.
Nothing here is shared with the package: it is a second reading of docs/language.md.
"""

import json
import operator
from collections.abc import Callable, Iterator, Mapping, Set
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Protocol

Expression = tuple[Any, ...]

Bag = tuple[str, ...]
"""The members of a bag, sorted; those of a set are a frozenset."""


class Unread(Exception):
    """An expression asks for a key that is missing or of a wrong type."""


class Where(Protocol):
    """What an expression reads of the place before an event."""

    @property
    def state(self) -> str: ...
    @property
    def generation(self) -> str | None: ...
    @property
    def seen(self) -> frozenset[str]: ...
    @property
    def visited(self) -> frozenset[str]: ...
    @property
    def table(self) -> Mapping[str, Any]: ...
    @property
    def times(self) -> Mapping[str, tuple[Fraction | None, Fraction | None]]: ...


@dataclass(frozen=True)
class Here:
    """Where an expression is read: the place before the event, its name, its context."""

    place: Where
    event: str
    context: Mapping[str, Any]
    faulty: Set[str]
    before: "Here | None" = None
    time: Fraction | None = None

    def holds(self, condition: Expression) -> bool | None:
        """Whether a condition holds; None where a key that it reads cannot be read."""
        try:
            return bool(value(condition, self))
        except Unread:
            return None


def value(of: Expression, here: Here) -> Any:
    """The value of an expression; an absent key or variable is None. Raises Unread.

    What decides nothing is not asked for: of `false and e` the `e` is not read.
    """
    return MEANINGS[of[0]](here, *of[1:])


def _key(here: Here, name: str) -> Any:
    if name in here.faulty:
        raise Unread(name)
    return here.context.get(name)


def _now(here: Here) -> Fraction:
    if here.time is None:
        raise Unread("time")
    return here.time


def _time_of(here: Here, name: str, which: int) -> Fraction | None:
    if name not in here.place.times:
        return None
    found = here.place.times[name][which]
    if found is None:
        raise Unread(name)
    return found


def _since(here: Here, name: str) -> Fraction | None:
    last = _time_of(here, name, 1)
    return None if last is None else _now(here) - last


UNITS = {"ms": Fraction(1, 1000), "s": 1, "min": 60, "h": 3600}
TIMED = ("time", "since", "first of", "last of")


def asks_for_times(of: Expression) -> bool:
    """Whether an expression asks for the time of an event."""
    return any(part[0] in TIMED for part in parts(of))


def _has(here: Here, operand: Expression) -> bool:
    # A key that is missing is not there, though it should be.
    if operand[0] == "key" and operand[1] not in here.context:
        return False
    return value(operand, here) is not None


def _if(here: Here, condition: Expression, then: Expression, otherwise: Expression) -> Any:
    return value(then if value(condition, here) else otherwise, here)


def _in(here: Here, member: Expression, within: Expression) -> bool:
    one, members = value(member, here), value(within, here)
    return any(same(one, each) for each in members)


def _plus(here: Here, left: Expression, right: Expression) -> Any:
    one, two = value(left, here), value(right, here)
    if isinstance(one, frozenset):
        return one | {two}
    if isinstance(one, tuple):
        return tuple(sorted((*one, two)))
    return None if one is None or two is None else one + two


def _minus(here: Here, left: Expression, right: Expression) -> Any:
    one, two = value(left, here), value(right, here)
    if isinstance(one, frozenset):
        return one - {two}
    if isinstance(one, tuple):
        members = list(one)
        if two in members:
            members.remove(two)
        return tuple(members)
    return None if one is None or two is None else one - two


def _computed(compute: Callable[[int, int], int]) -> Callable[..., Any]:
    def result(here: Here, left: Expression, right: Expression) -> Any:
        one, two = value(left, here), value(right, here)
        return None if one is None or two is None else compute(one, two)

    return result


def _ordered(order: Callable[[int, int], bool]) -> Callable[..., bool]:
    def result(here: Here, left: Expression, right: Expression) -> bool:
        one, two = value(left, here), value(right, here)
        return one is not None and two is not None and order(one, two)

    return result


def same(one: Any, two: Any) -> bool:
    """Whether two values are equal: true is not 1, and none equals none alone."""
    return isinstance(one, bool) == isinstance(two, bool) and bool(one == two)


MEANINGS: dict[str, Callable[..., Any]] = {
    "const": lambda here, constant: constant,
    "list": lambda here, *items: items,
    "key": _key,
    "var": lambda here, name: here.place.table[name],
    "state": lambda here: here.place.state,
    "event": lambda here: here.event,
    "first": lambda here: here.place.generation is None,
    "seen": lambda here, name: name in here.place.seen,
    "visited": lambda here, name: name in here.place.visited,
    "time": _now,
    "since": _since,
    "first of": lambda here, name: _time_of(here, name, 0),
    "last of": lambda here, name: _time_of(here, name, 1),
    "duration": lambda here, amount, unit: amount * UNITS[unit],
    "among": lambda here, name, *members: here.place.state in members,
    "old": lambda here, e: value(e, here.before),
    "not": lambda here, e: not value(e, here),
    "has": _has,
    "empty": lambda here, e: not value(e, here),
    "size": lambda here, e: len(value(e, here)),
    "if": _if,
    "and": lambda here, a, b: value(a, here) and value(b, here),
    "or": lambda here, a, b: value(a, here) or value(b, here),
    "implies": lambda here, a, b: not value(a, here) or value(b, here),
    "in": _in,
    "==": lambda here, a, b: same(value(a, here), value(b, here)),
    "!=": lambda here, a, b: not same(value(a, here), value(b, here)),
    "<": _ordered(operator.lt),
    "<=": _ordered(operator.le),
    ">": _ordered(operator.gt),
    ">=": _ordered(operator.ge),
    "+": _plus,
    "-": _minus,
    "*": _computed(operator.mul),
    "/": _computed(operator.floordiv),
    "%": _computed(operator.mod),
    "&": _computed(operator.and_),
}

LEAVES = (
    *("const", "list", "key", "var", "state", "event", "first", "seen", "visited", "among"),
    *("time", "since", "first of", "last of", "duration"),
)


def parts(of: Expression) -> Iterator[Expression]:
    """An expression and all that are within it."""
    yield of
    if of[0] not in LEAVES:
        for operand in of[1:]:
            yield from parts(operand)


def names(of: Expression, word: str) -> set[str]:
    """The names that an expression uses with a word: its keys, variables, events seen, …"""
    return {part[1] for part in parts(of) if part[0] == word}


def folded(of: Expression, event: str, context: Mapping[str, Any], faulty: Set[str]) -> Expression:
    """The expression with the event and its readable keys put in, as far as they decide it."""
    word = of[0]
    if word == "key":
        return of if of[1] in faulty else ("const", context.get(of[1]))
    if word == "event":
        return ("const", event)
    if word in LEAVES:
        return of
    if word == "has" and of[1][0] == "key" and of[1][1] not in context:
        return ("const", False)
    operands = [folded(part, event, context, faulty) for part in of[1:]]
    first = operands[0]
    if first[0] == "const":
        if word == "if":
            return operands[1] if first[1] else operands[2]
        if (word, bool(first[1])) in (("and", False), ("or", True), ("implies", False)):
            return ("const", word != "and")
        if all(operand[0] in ("const", "list") for operand in operands):
            return ("const", value((word, *operands), _NOWHERE))
    return (word, *operands)


class _Nowhere:
    """No place: what is folded reads none."""

    state, generation = "", None
    seen: frozenset[str] = frozenset()
    visited: frozenset[str] = frozenset()
    table: Mapping[str, Any] = {}
    times: Mapping[str, Any] = {}


_NOWHERE = Here(_Nowhere(), "", {}, frozenset())


def literal(constant: Any) -> str:
    """A constant as the language writes it."""
    return "none" if constant is None else json.dumps(constant)


def show(of: Expression) -> str:
    """An expression as the language writes it, each operation in parentheses."""
    match of:
        case ("const", constant):
            return literal(constant)
        case ("key", name):
            return f".{name}"
        case ("var", name):
            return str(name)
        case ("state" | "event" | "first" | "time" as word,):
            return word
        case ("duration", amount, unit):
            return f"{amount} {unit}"
        case ("since" | "first of" | "last of" as function, name):
            return f"{function.split()[0]}({name})"
        case ("list", *items):
            return f"[{', '.join(map(literal, items))}]"
        case ("among", name, *_):
            return f"(state in {name})"
        case ("not", operand):
            return f"(not {show(operand)})"
        case ("seen" | "visited" as function, name):
            return f"{function}({name})"
        case ("has" | "empty" | "size" | "old" as function, operand):
            return f"{function}({show(operand)})"
        case ("if", condition, then, otherwise):
            return f"(if {show(condition)} then {show(then)} else {show(otherwise)})"
        case (word, one, two):
            return f"({show(one)} {word} {show(two)})"
    raise AssertionError(of)
