"""Expressions that read keys which may be faulty: whether they have a value at all."""

from __future__ import annotations

from flux_conform.language.expressions import Binary, Call, If, Key, Node, children
from flux_conform.machine.symbolic.expression_terms import Scene, truth
from flux_conform.machine.symbolic.logic import Truth, conj, disj, neg, pick


def readable(node: Node, scene: Scene) -> Truth:
    """Whether an expression has a value: evaluating it reads no key that is faulty."""
    if not scene.faults:
        return True
    match node:
        case Key(name=name):
            return neg(scene.faults[name].unreadable) if name in scene.faults else True
        case Call(function="has", arguments=(Key(name=name),)) if name in scene.faults:
            return neg(conj(scene.faults[name]))
        case Call(function="old", arguments=(operand,)) if scene.before is not None:
            return readable(operand, scene.before)
        case Binary(operator="and" | "or" | "implies" as operator, left=left, right=right):
            first, rest = readable(left, scene), readable(right, scene)
            if rest is True:
                return first
            decided = truth(left, scene) if operator == "or" else neg(truth(left, scene))
            return conj([first, disj([decided, rest])])
        case If(condition=condition, then=then, otherwise=otherwise):
            yes, no = readable(then, scene), readable(otherwise, scene)
            asked = readable(condition, scene)
            return (
                asked
                if yes is no is True
                else conj([asked, pick(truth(condition, scene), yes, no)])
            )
        case _:
            return conj(readable(child, scene) for child in children(node))


def holds(node: Node, scene: Scene) -> Truth:
    """A condition holds, and can be read."""
    return conj([readable(node, scene), truth(node, scene)])


def fails(node: Node, scene: Scene) -> Truth:
    """A condition can be read, and does not hold."""
    return conj([readable(node, scene), neg(truth(node, scene))])


def matches(guard: Node | None, scene: Scene) -> Truth:
    """A guard, if there is one, holds of an event whose context has the right types."""
    sound = [neg(fault.unreadable) for fault in scene.faults.values()]
    return conj(sound if guard is None else [*sound, truth(guard, scene)])
