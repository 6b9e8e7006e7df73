"""Actions of the alphabet, made ready to be taken again and again."""

from __future__ import annotations

from flux_conform.language import types as t
from flux_conform.language.specification import TypedContext
from flux_conform.machine.alphabet import Action
from flux_conform.machine.steps import Context, Ready, Steps


class ReadyAction(Ready):
    """An action of the alphabet, made ready."""

    def __init__(self, steps: Steps, action: Action) -> None:
        types = _types(action)
        terms = [(key, types[key], c.term) for key, c in action.choices if c.term is not None]
        super().__init__(steps, action.name, _context(action), terms, action.item.asked_beside)
        self.action = action


def _types(action: Action) -> dict[str, t.Type]:
    context = action.item.event.context
    return dict(context.keys) if isinstance(context, TypedContext) else {}


def _context(action: Action) -> Context:
    """The context of an action, without the values that are computed where it is taken."""
    context = action.item.event.context
    if not isinstance(context, TypedContext):
        return None
    if action.whole is not None:
        return dict(action.whole)
    present = {k: c.value for k, c in action.choices if c.present and c.term is None}
    values = {**dict(action.rest), **present}
    return values if values or context.required else None
