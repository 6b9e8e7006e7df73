"""Claims that compare what is after an event with what was before it, in Z3's terms."""

from __future__ import annotations

from flux_conform.language.expressions import Binary, Call, Constant, Name, Node, rebuilt
from flux_conform.machine.symbolic.logic import Truth, neg
from flux_conform.machine.symbolic.readability import fails
from flux_conform.machine.symbolic.step import SymbolicStep


def across(tree: Node, step: SymbolicStep) -> Truth:
    """A claim of the values before and after a step; it holds where a key cannot be read.

    Raises Untranslatable.
    """
    return neg(fails(_settled(tree, step), step.scene_after))


def _settled(tree: Node, step: SymbolicStep) -> Node:
    """The tree without what is plain: a variable on which the event has no effect is as it was.

    So nothing need be known of its value.
    """
    match tree:
        case Binary("==", Name(name), Call("old", (Name(old),))) if name == old != "state":
            if name not in step.values:
                return Constant(True)
    return rebuilt(tree, lambda part: _settled(part, step))
