"""A participant's view as a specification, so that it is drawn and judges logs as any other is."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

from flux_conform.language.loader import load_text
from flux_conform.language.specification import UNLISTED, Specification
from flux_conform.system.participants import System
from flux_conform.system.projection import View


def state_names(view: View) -> tuple[str, ...]:
    """A name for each state of a view: the values of the participant's own variables, numbered.

    A participant without variables has the states of the log in their place.
    """
    names: list[str] = []
    used: set[str] = set()
    for state in view.states:
        values = [held.partition(" ")[2] for held in state.held] or list(state.logs[:1])
        word = re.sub(r"[^A-Za-z0-9]+", "_", "_".join(values)).strip("_") or "state"
        number, name = 1, word
        while name in used:
            number += 1
            name = f"{word}_{number}"
        used.add(name)
        names.append(name)
    return tuple(names)


def view_machine(view: View, system: System, find_lines: Callable[[str], str]) -> Specification:
    """The specification of a view. A log of it has a line for each message or event that is seen.

    What cannot be seen in a state is undefined there. `find_lines` is that of `load_text`.
    """
    text = json.dumps(dict(_document(view, system)), ensure_ascii=False)
    return load_text(text, f"<what {view.participant} sees of {system.name}>", find_lines)


def _document(view: View, system: System) -> Iterator[tuple[str, Any]]:
    prefix = re.sub(r"\W+", "-", view.participant)
    names = state_names(view)
    yield "machine", prefix
    yield "title", f"What the {view.participant} sees of {system.specification.name}"
    yield "source", {"name": prefix}
    yield "lines", "eventlog"
    yield (
        "states",
        {
            name: {
                **({"initial": True} if number == 0 else {}),
                "says": "; ".join((*state.held, f"the log is in {' or '.join(state.logs)}")),
            }
            for number, (name, state) in enumerate(zip(names, view.states, strict=True))
        },
    )
    never = {"level": "MUST", "section": "Views"}
    silent = {"level": "note", "section": "Views"}
    yield (
        "findings",
        {
            "undefined": {
                "id": f"{prefix}/states/undefined",
                "says": "A message comes only where it can be seen.",
                **never,
            },
            "silent": {
                "id": f"{prefix}/states/silent",
                "says": "A message comes only where something is said of it.",
                **silent,
            },
            "context": {
                "id": prefix + "/{event}/context",
                "says": "The context of {event} is {context}.",
                **silent,
            },
            "no-context": {
                "id": prefix + "/{event}/no-context",
                "says": "The event {event} has no context.",
                **silent,
            },
        },
    )
    yield (
        "events",
        {seen: _event(seen, system) for seen in view.alphabet}
        | {
            UNLISTED: {
                "by": "anybody",
                "says": "what no message is",
                "context": "any",
                "elsewhere": "stays",
                "section": "Views",
            }
        },
    )
    yield (
        "transitions",
        [
            {"on": seen, "from": names[number], "to": names[target], "basis": "text"}
            for number, state in enumerate(view.states)
            for seen, target in state.after.items()
        ],
    )


def _event(seen: str, system: System) -> dict[str, Any]:
    message = system.messages.get(seen)
    if message is None:
        event = system.specification.event(seen)
        by, says = list(event.by), event.says
    else:
        by, says = [message.sender], f"to the {message.receiver}: {message.says}"
    return {"by": by, "says": says, "context": "any", "elsewhere": "undefined", "section": "Views"}
