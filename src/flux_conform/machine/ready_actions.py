"""Actions of the alphabet made ready to be taken, and actions whose contexts have a fault."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from flux_conform.language import types as t
from flux_conform.language.equality import value_key
from flux_conform.language.specification import TypedContext
from flux_conform.machine.alphabet import Action, Choice
from flux_conform.machine.steps import Context, Ready, Steps


class ReadyAction(Ready):
    """An action of the alphabet, made ready."""

    def __init__(self, steps: Steps, action: Action) -> None:
        types = action.item.event.key_types
        terms = [(key, types[key], c.term) for key, c in action.choices if c.term is not None]
        super().__init__(
            steps, action.name, _context(action), terms, steps.asked_beside(action.item)
        )
        self.action = action


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


def faulty(actions: Iterable[Action]) -> list[Action]:
    """The actions with one key that cannot be read: it is missing, or null of another type.

    Keys that no expression reads are left alone: their faults change nothing.
    """
    found = {_key_of(action): action for sound in actions for action in _faults_of(sound)}
    return list(found.values())


def _key_of(action: Action) -> object:
    """A key that is equal for two actions with one event and equal choices."""
    choices = ((key, c.present, value_key(c.value), c.term) for key, c in action.choices)
    return (action.event, *choices)


def _faults_of(action: Action) -> Iterator[Action]:
    types = action.item.event.key_types
    for place, (key, _) in enumerate(action.choices):
        choices = [] if isinstance(types[key], t.Optional) else [Choice(False)]
        if not t.accepts(types[key], None):
            choices.append(Choice(True, None))
        for choice in choices:
            row = (*action.choices[:place], (key, choice), *action.choices[place + 1 :])
            yield action._replace(choices=row, is_faulty=True)
