"""The syntax tree of the expression language, as immutable values.

Every reader uses this tree: the type checker, the evaluator, the translation to Z3, the JSON form
and the prose. Each class is a `Variant` (a NamedTuple) whose last field, `kind`,
names it (see `flux_conform.language.types` for why).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any, NamedTuple, TypeAlias, final

from flux_conform.language.equality import same, value_key
from flux_conform.language.types import name_shown, quoted
from flux_conform.language.variant import Variant


@final
class Constant(Variant):
    """`12`, `"text"`, `true`, `false` or `none` (value None)."""

    value: bool | int | str | None
    kind: str = "constant"

    # Trees are keys of memos, and Python takes 1 and true for equal.
    def __eq__(self, other: object) -> bool:
        return type(other) is Constant and same(self.value, other.value)

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __hash__(self) -> int:
        return hash(value_key(self.value))


@final
class Duration(Variant):
    """`10 min`: so much of a unit of `durations.UNITS`."""

    amount: int
    unit: str
    kind: str = "duration"


@final
class Name(Variant):
    """A variable, a definition without parameters, a parameter, or one of BUILT_IN_NAMES."""

    name: str
    kind: str = "name"


@final
class Key(Variant):
    """`.KEY`: a key of the event's context. The name "" is `.`, the whole context."""

    name: str
    kind: str = "key"


@final
class Member(Variant):
    """`e.FIELD`: a field of a record; none where the record is none."""

    record: Node
    field: str
    kind: str = "member"


@final
class Not(Variant):
    """`not e`."""

    operand: Node
    kind: str = "not"


@final
class Binary(Variant):
    """Two operands and one of OPERATORS between them; `and`, `or`, `implies` stop early."""

    operator: str
    left: Node
    right: Node
    kind: str = "binary"


@final
class If(Variant):
    """`if e then e else e`."""

    condition: Node
    then: Node
    otherwise: Node
    kind: str = "if"


@final
class List(Variant):
    """`[e, …]`."""

    items: tuple[Node, ...]
    kind: str = "list"


@final
class Build(Variant):
    """`{field: e, …}`: a record."""

    fields: tuple[tuple[str, Node], ...]
    kind: str = "build"


@final
class Call(Variant):
    """`FN(e, …)`: a built-in function or a definition with parameters."""

    function: str
    arguments: tuple[Node, ...]
    kind: str = "call"


@final
class About(Variant):
    """`seen(EVENT)`, `visited(STATE)`, `since(EVENT)`, or a time (TIMES) of an event or a state."""

    function: str
    name: str
    kind: str = "about"


Node: TypeAlias = (
    Constant | Duration | Name | Key | Member | Not | Binary | If | List | Build | Call | About
)

# From the loosest to the tightest; `implies` groups to the right, comparisons do not chain.
PRECEDENCE = (
    ("implies",),
    ("or",),
    ("and",),
    ("not",),
    ("==", "!=", "<=", "<", ">=", ">", "in"),
    (),  # here stands `x else y`, which is written for an `if`
    ("+", "-"),
    ("*", "/", "%", "&"),
)
LEVELS = {operator: level for level, names in enumerate(PRECEDENCE) for operator in names}
COMPARISONS = PRECEDENCE[4]
ELSE_LEVEL = 5
ARITHMETIC = PRECEDENCE[6] + PRECEDENCE[7]
MERGES = ("merge", "update")
"""Functions that merge two objects: at any depth, or only at the top level."""

OLD = "old"
"""The function that gives a value before the event, in a claim about what is after it."""

DISJOINT = "disjoint"
IN_TEXTS = ("ranks", "hosts")
"""Functions that read the members of an idset and of a hostlist."""

KEYS = "keys"
LISTED = (*IN_TEXTS, KEYS)
"""These, and the function that gives the keys of an object."""

FUNCTIONS = ("empty", "size", "has", "set", *LISTED, DISJOINT, *MERGES, OLD)
TIMES = ("first", "last", "entered")
"""Times: of the first and last event of a name, and of the first entry into a state."""

SINCE = "since"
"""How long the last event of a name is ago."""

TIME = "time"
"""The name that stands for the time of the event."""

OF_EVENTS = ("seen", SINCE, "first", "last")
"""What is asked of an event; all else of ABOUT is asked of a state."""

ABOUT = ("seen", "visited", SINCE, *TIMES)
BUILT_IN_NAMES = ("state", "event", "first", TIME)

MAX_DEPTH = 100
"""The greatest depth of a tree, before and after its definitions are expanded.

So a tree can be walked by recursion.
"""

MAX_SIZE = 2000
"""The greatest number of nodes of a tree after its definitions are expanded."""


def is_default(node: If) -> bool:
    """Whether it is `x else y`: y where x is none, which stands for `if x == none then y else x`.

    Its parts are `otherwise` and `then`.
    """
    return node.condition == Binary("==", node.otherwise, Constant(None))


class Expression(NamedTuple):
    """An expression of a specification: its text, and its tree."""

    text: str
    tree: Node


class Definition(NamedTuple):
    """A named expression; a use of it is replaced by its body with the arguments put in."""

    name: str
    parameters: tuple[str, ...]
    body: Expression


def children(node: Node) -> tuple[Node, ...]:
    """The direct sub-expressions of a node, in the order of the text."""
    below = _BELOW.get(type(node))
    return () if below is None else below(node)


_BELOW: Mapping[type[Node], Callable[[Any], tuple[Node, ...]]] = {
    Member: lambda node: (node.record,),
    Not: lambda node: (node.operand,),
    Binary: lambda node: (node.left, node.right),
    If: lambda node: (node.condition, node.then, node.otherwise),
    List: lambda node: node.items,
    Call: lambda node: node.arguments,
    Build: lambda node: tuple(value for _, value in node.fields),
}


def rebuilt(node: Node, change: Callable[[Node], Node]) -> Node:
    """The node with `change` applied to each direct sub-expression."""
    match node:
        case Member(record=record, field=field):
            return Member(change(record), field)
        case Not(operand=operand):
            return Not(change(operand))
        case Binary(operator=operator, left=left, right=right):
            return Binary(operator, change(left), change(right))
        case If(condition=condition, then=then, otherwise=otherwise):
            return If(change(condition), change(then), change(otherwise))
        case List(items=items):
            return List(tuple(map(change, items)))
        case Build(fields=fields):
            return Build(tuple((name, change(value)) for name, value in fields))
        case Call(function=function, arguments=arguments):
            return Call(function, tuple(map(change, arguments)))
        case _:
            return node


def walk(node: Node) -> Iterator[Node]:
    """The node and everything below it, outermost first."""
    pending = [node]
    while pending:
        node = pending.pop()
        yield node
        pending += children(node)[::-1]


def expand(
    node: Node, definitions: Mapping[str, Definition], bound: Mapping[str, Node] | None = None
) -> Node:
    """The tree with every use of a definition replaced by its body, arguments put in.

    `bound` are the arguments of the definition whose body this is, already expanded. So a variable
    in an argument is never captured by a parameter of the same name in another definition.
    """
    match node:
        case Name(name=name) if bound and name in bound:
            return bound[name]
        case Name(name=name) if name in definitions:
            return expand(definitions[name].body.tree, definitions)
        case Call(function=function, arguments=arguments) if function in definitions:
            definition = definitions[function]
            values = [expand(argument, definitions, bound) for argument in arguments]
            given = dict(zip(definition.parameters, values, strict=True))
            return expand(definition.body.tree, definitions, given)
        case _:
            return rebuilt(node, lambda child: expand(child, definitions, bound))


def fits(
    node: Node, definitions: Mapping[str, Definition], parameters: Collection[str] = ()
) -> bool:
    """Whether `expand(node, definitions)` keeps within MAX_SIZE and MAX_DEPTH.

    Definitions that each use another twice grow exponentially, so this is checked before a tree is
    expanded. It walks the tree that would result, and stops at the bounds.
    """
    left = MAX_SIZE

    def fits_at(node: Node, bound: Mapping[str, _Argument], depth: int) -> bool:
        nonlocal left
        below: list[_Argument]
        match node:
            case Name(name=name) if name in bound:
                return fits_at(*bound[name], depth)
            case Name(name=name) if name in definitions:
                below = [(definitions[name].body.tree, {})]
            case Call(function=function, arguments=arguments) if function in definitions:
                definition = definitions[function]
                given = {
                    name: (argument, bound)
                    for name, argument in zip(definition.parameters, arguments, strict=False)
                }
                below = [(definition.body.tree, given)]
                # An argument that the body does not use is expanded all the same.
                used = {each.name for each in walk(definition.body.tree) if isinstance(each, Name)}
                below += [given[name] for name in given.keys() - used]
            case _:
                left -= 1
                below = [(child, bound) for child in children(node)]
        if left < 0 or depth > MAX_DEPTH:
            return False
        # A loop, as `all` would cost a frame at each level.
        for part, scope in below:  # noqa: SIM110
            if not fits_at(part, scope, depth + 1):
                return False
        return True

    return fits_at(node, {name: (Constant(None), {}) for name in parameters}, 1)


_Argument: TypeAlias = tuple[Node, Mapping[str, "_Argument"]]
"""An argument of a call, with the arguments that are bound where the call is."""


def names_used(definition: Definition) -> set[str]:
    """The variables, definitions and functions that a definition names."""
    tree = definition.body.tree
    names = {node.name for node in walk(tree) if isinstance(node, Name)}
    calls = {node.function for node in walk(tree) if isinstance(node, Call)}
    return (names - {*definition.parameters}) | calls


def show(node: Node, outer: int = -1) -> str:
    """The expression as text that parses to the same tree, with no more parentheses than needed."""
    text, own = _show(node)
    return f"({text})" if own < outer else text


def _show(node: Node) -> tuple[str, int]:
    tightest = len(PRECEDENCE)
    match node:
        case Constant(value=str(value)):
            return quoted(value), tightest
        case Constant(value=value):
            return "none" if value is None else str(value).lower(), tightest
        case Duration(amount=amount, unit=unit):
            return f"{amount} {unit}", tightest
        case Name(name=name):
            return name, tightest
        case Key(name=name):
            return f".{name_shown(name) if name else ''}", tightest
        case Member(record=Key(name=""), field=field):
            # Two periods in a row would be another word.
            return f"(.).{name_shown(field)}", tightest
        case Member(record=record, field=field):
            return f"{show(record, tightest)}.{name_shown(field)}", tightest
        case Not(operand=operand):
            return f"not {show(operand, LEVELS['not'])}", LEVELS["not"]
        case Binary(operator=operator, left=left, right=right):
            level = LEVELS[operator]
            left_level = level + 1 if operator in ("implies", *COMPARISONS) else level
            right_level = -1 if operator == "implies" else level + 1
            return f"{show(left, left_level)} {operator} {show(right, right_level)}", level
        case If(then=then, otherwise=value) if is_default(node):
            return f"{show(value, ELSE_LEVEL + 1)} else {show(then, ELSE_LEVEL)}", ELSE_LEVEL
        case If(condition=condition, then=then, otherwise=otherwise):
            # A bare `else` within it would be that of the `if`.
            asked, yes = (_without_else(part) for part in (condition, then))
            return f"if {asked} then {yes} else {show(otherwise)}", -1
        case List(items=items):
            return "[" + ", ".join(map(show, items)) + "]", tightest
        case Build(fields=fields):
            return "{" + ", ".join(f"{name_shown(n)}: {show(v)}" for n, v in fields) + "}", tightest
        case Call(function="[]", arguments=(lane, key)):
            inside = key.items if isinstance(key, List) else (key,)
            return f"{show(lane)}[{', '.join(map(show, inside))}]", tightest
        case Call(function=function, arguments=arguments):
            return f"{function}({', '.join(map(show, arguments))})", tightest
        case About(function=function, name=name):
            plain = re.fullmatch(r'[^\s()",]+', name) is not None
            return f"{function}({name if plain else quoted(name)})", tightest


def _without_else(node: Node) -> str:
    defaults = any(isinstance(part, If) and is_default(part) for part in walk(node))
    return show(node, len(PRECEDENCE) if defaults else -1)
