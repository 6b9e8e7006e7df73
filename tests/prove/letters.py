"""Letters: events with contexts, made ready for each reading of a specification."""

import json
from typing import Any, NamedTuple

from flux_conform.language.expressions import About, walk
from flux_conform.language.specification import Specification, TypedContext
from flux_conform.machine.alphabet import Action, Choice, actions
from flux_conform.machine.bounds import Bounds
from flux_conform.machine.judged import judged_expressions
from flux_conform.machine.ready_actions import ReadyAction
from flux_conform.machine.space import Search
from flux_conform.machine.tried_steps import TriedSteps
from flux_conform.prove.prover import Prover
from flux_conform.prove.witnesses import context_of

LARGE = 1_000_000_000

Events = tuple[tuple[str, Any], ...]
"""Events by name and context, None where there is none."""


class Letter(NamedTuple):
    """One event with its context, and the same as a step of the explicit search."""

    name: str
    context: Any
    step: ReadyAction

    @property
    def event(self) -> str:
        """The entry of the specification."""
        return self.step.action.event


def unbounded(specification: Specification, generation: str) -> Search:
    """A search that assumes nothing, and whose numbers and collections are as large as you like."""
    prover = Prover(specification, generation)
    bounds = Bounds(2, LARGE, LARGE)
    return Search(TriedSteps(prover.slice, bounds, prover.constants), ())


def letters(search: Search, more: Events = ()) -> list[Letter]:
    """The search's own actions, but for contexts that are computed, and these other events."""
    found: dict[tuple[str, str], Letter] = {}
    own = [
        (action.name, context_of(search, action, 0))
        for action in actions(search.slice, search.constants, search.bounds)
        if all(choice.term is None for _, choice in action.choices)
    ]
    for name, context in (*own, *more):
        found.setdefault((name, json.dumps(context)), letter(search, name, context))
    return list(found.values())


def letter(search: Search, name: str, context: Any) -> Letter:
    """An event as a step of the search."""
    entry = search.specification.event(name)
    item = next(item for item in search.slice.events if item.event == entry)
    typed = entry.context
    keys = dict(typed.keys) if isinstance(typed, TypedContext) else {}
    choices = tuple(
        (key, Choice(key in (context or {}), (context or {}).get(key)))
        for key in item.keys
        if key in keys
    )
    rest = tuple((key, value) for key, value in (context or {}).items() if key in keys)
    whole = context if keys == {} and isinstance(typed, TypedContext) else None
    return Letter(name, context, search.tried.ready(Action(item, name, choices, rest, whole)))


def judged_events(specification: Specification) -> set[str]:
    """The events of which judging asks whether they came; claims of properties may ask of more."""
    return {
        node.name
        for _, tree in judged_expressions(specification)
        for node in walk(tree)
        if isinstance(node, About) and node.function == "seen"
    }


EXCEPTION = {"type": "exec", "severity": 0, "note": "x"}
JOB: Events = (
    # Wait statuses: exit code 1, signal 9, signal 9 with a core. Types that have a meaning.
    *(("exception", {**EXCEPTION, "wait_status": status}) for status in (256, 9, 137)),
    ("exception", {**EXCEPTION, "type": "cancel", "userid": 7}),
    ("exception", {**EXCEPTION, "type": "timeout", "severity": 7}),
    # What shells make of these, in their own form and in that of wait(2).
    *(("finish", {"status": status}) for status in (256, 137, 137 * 256, 129)),
    # Keys that no rule reads, and names that no RFC lists.
    ("submit", {"urgency": 31, "userid": 7, "flags": 2, "version": 1, "jobspec": {}}),
    ("submit", {"urgency": 31, "userid": 7, "flags": 2, "extra": [1]}),
    ("alloc", {"annotations": {"sched": {"queue": "debug"}}}),
    ("release", {"ranks": "all", "final": True}),
    ("priority", {"priority": 0}),
    ("urgency", {"urgency": 31, "userid": 7, "extra": None}),
    ("memo", {"a": None, "b": {"c": 1}}),
    ("jobspec-update", {"attributes.system.duration": 1.5}),
    ("debug.alloc-request", {"any": 1}),
    ("finished", None),
)
