"""Events whose contexts have a fault, for runs that need not obey what is said of contexts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from flux_conform.language import types as t
from flux_conform.language.specification import TypedContext
from flux_conform.machine.alphabet import Action, Choice


def faulty(actions: Iterable[Action]) -> list[Action]:
    """The actions with one key that cannot be read: it is missing, or null where that is no value.

    Keys that no expression reads are left alone: their faults change nothing.
    """
    found = {
        (action.event, action.choices): action for sound in actions for action in _faults_of(sound)
    }
    return list(found.values())


def _faults_of(action: Action) -> Iterator[Action]:
    context = action.item.event.context
    types = dict(context.keys) if isinstance(context, TypedContext) else {}
    for place, (key, _) in enumerate(action.choices):
        choices = [] if isinstance(types[key], t.Optional) else [Choice(False)]
        if not t.accepts(types[key], None):
            choices.append(Choice(True, None))
        for choice in choices:
            row = (*action.choices[:place], (key, choice), *action.choices[place + 1 :])
            yield action._replace(choices=row, is_faulty=True)
