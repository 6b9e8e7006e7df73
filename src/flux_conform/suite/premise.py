"""When a rule asks something: what must have come about for its being obeyed to mean anything.

A rule that holds because its case never occurred was never put to the test. Its obligations say
what the case is; each of them has to be met by itself.

- `a implies b` asks b, where a holds. `if a then b else c` asks b where a holds, and c elsewhere.
- `a and b` asks a, and asks b.
- `not a or b` asks b, where a holds. So for each alternative that says what is not: `not`, `!=` and
  `empty`.
- `not c`, `empty(v)` and `x != y` forbid something. Of what is forbidden, the parts that read the
  event must hold at it, and the others at some other time of the log: `empty(prologs)` is put to
  the test where there was a prolog before, and `not seen(start)` where a start came after.
- What is forbidden of the event alone is nearly met: one of its parts holds; a single comparison
  has both its sides.
- Anything else demands something, and is put to the test by each event.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import reduce
from typing import NamedTuple

from flux_conform.language.expressions import (
    COMPARISONS,
    Binary,
    Call,
    Constant,
    Definition,
    If,
    Key,
    List,
    Name,
    Node,
    Not,
    expand,
    show,
    walk,
)


class Obligation(NamedTuple):
    """One thing that a rule asks: where `now` holds at the event, and `ever` at another time.

    None stands for no such condition. `ever` reads nothing of the event.
    """

    now: Node | None = None
    ever: Node | None = None

    def given(self, condition: Node) -> Obligation:
        """The same where a condition holds, too."""
        return self._replace(now=condition if condition == self.now else _both(condition, self.now))

    def __str__(self) -> str:
        """When it asks, in words; "" where it asks at each event."""
        now = "" if self.now is None else f"where {show(self.now)}"
        ever = "" if self.ever is None else f"in a log with {show(self.ever)} at another time"
        return ", ".join(part for part in (now, ever) if part)


def obligations(tree: Node, definitions: Mapping[str, Definition]) -> tuple[Obligation, ...]:
    """What a rule asks; nothing of one that always holds."""
    return tuple(dict.fromkeys(_asked(expand(tree, dict(definitions)))))


def _asked(tree: Node) -> list[Obligation]:
    match tree:
        case Constant(value=True):
            return []
        case Binary(operator="implies", left=left, right=right):
            return [each.given(left) for each in _asked(right)]
        case Binary(operator="and", left=left, right=right):
            return _asked(left) + _asked(right)
        case Binary(operator="or"):
            return _of_alternatives(_parts(tree, "or"))
        case If(condition=condition, then=then, otherwise=otherwise):
            yes = [each.given(condition) for each in _asked(then)]
            return yes + [each.given(Not(condition)) for each in _asked(otherwise)]
        case Binary(operator="==", left=left, right=right) if right != Constant(None):
            # Two absent values are equal, and show nothing.
            absent = isinstance(left, Constant) or isinstance(right, Constant)
            return [Obligation(None if absent else _any([_has(left), _has(right)]))]
        case _:
            forbidden = _forbidden(tree)
            return [Obligation()] if forbidden is None else _of_forbidden(forbidden)


def _of_alternatives(parts: Sequence[Node]) -> list[Obligation]:
    cases = [forbidden for part in parts if (forbidden := _forbidden(part)) is not None]
    demands = [part for part in parts if _forbidden(part) is None]
    if not demands:
        return _of_forbidden(reduce(_both, cases))
    asked = _asked(demands[0]) if len(demands) == 1 else [Obligation()]
    return [each.given(reduce(_both, cases)) for each in asked] if cases else asked


def _forbidden(tree: Node) -> Node | None:
    """What a tree says is not; None where it says that something is."""
    match tree:
        case Not(operand=operand):
            return operand
        case Call(function="empty"):
            return Not(tree)
        case Binary(operator="==", left=other, right=Constant(value=None)):
            return _has(other)
        case Binary(operator="!=", left=left, right=right) if right != Constant(None):
            return Binary("==", left, right)
        case _:
            return None


def _of_forbidden(tree: Node) -> list[Obligation]:
    match tree:
        case Not(operand=Call(function="empty")):
            return [_nearly([tree])]
        case Not(operand=operand):
            return _asked(operand)
        case Binary(operator="or", left=left, right=right):
            return _of_forbidden(left) + _of_forbidden(right)
        case Binary(operator="implies", left=left, right=right):
            return _of_forbidden(Binary("and", left, Not(right)))
        case Binary(operator="!=", left=left, right=right):
            return _asked(Binary("==", left, right))
        case _:
            return [_nearly(_parts(tree, "and"))]


def _nearly(parts: Sequence[Node]) -> Obligation:
    """Where what is forbidden nearly came about."""
    lasting = [part for part in parts if not _reads_event(part)]
    momentary = [part for part in parts if _reads_event(part)]
    if lasting:
        return Obligation(reduce(_both, momentary) if momentary else None, reduce(_both, lasting))
    if len(momentary) > 1:
        return Obligation(_any(momentary))
    return _of_comparison(momentary[0])


def _of_comparison(part: Node) -> Obligation:
    if not isinstance(part, Binary) or part.operator not in COMPARISONS:
        return Obligation()
    sides = [part.left] if part.operator == "in" else [part.left, part.right]
    given = [_has(side) for side in sides if _may_be_absent(side)]
    ever = None
    if part.operator == "in" and not isinstance(part.right, List) and not _reads_event(part.right):
        ever = Not(Call("empty", (part.right,)))
    return Obligation(reduce(_both, given) if given else None, ever)


def _may_be_absent(side: Node) -> bool:
    """Whether a value may be none; what is built or computed is taken as it comes."""
    return not isinstance(side, Constant | List) and side not in _ALWAYS


_ALWAYS = (Name("event"), Name("state"), Name("first"))


def _reads_event(tree: Node) -> bool:
    """Whether a tree reads what is so at this event alone: its keys, its name, or its place."""
    return any(
        isinstance(part, Key) or (isinstance(part, Name) and part.name in ("event", "first"))
        for part in walk(tree)
    )


def _parts(tree: Node, operator: str) -> list[Node]:
    if isinstance(tree, Binary) and tree.operator == operator:
        return _parts(tree.left, operator) + _parts(tree.right, operator)
    return [tree]


def _has(tree: Node) -> Node:
    return Call("has", (tree,))


def _any(parts: Sequence[Node]) -> Node:
    return reduce(lambda one, two: Binary("or", one, two), parts)


def _both(one: Node, two: Node | None) -> Node:
    return one if two is None else Binary("and", one, two)
