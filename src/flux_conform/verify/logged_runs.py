"""Replays the logs of certificates on the compiled specification: each event, what it does.

A reading of docs/language.md of its own. A log here is a list of lines, each an event.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from math import inf
from typing import Any, NamedTuple

from flux_conform.verify.definitions import Definitions, Tree
from flux_conform.verify.plain_sets import is_members
from flux_conform.verify.plain_values import (
    Here,
    Unreadable,
    Value,
    accepts,
    faulty_keys,
    first_value,
    holds,
    read_numbers,
    value_of,
)
from flux_conform.verify.proof import InvalidCertificate
from flux_conform.verify.whole_json import read_json

UNLISTED = "unlisted"
LEVELS = ["MUST", "SHOULD", "implied", "policy", "note"]


def assumed(assuming: str) -> list[str]:
    """Return the levels of the rules that a run so assumed breaks none of."""
    return LEVELS[: LEVELS.index(assuming) + 1] if assuming in LEVELS else []


def has_sound_contexts(model: Mapping[str, Any], assuming: str) -> bool:
    """Return whether the contexts of a run so assumed are of the types that are described."""
    levels = assumed(assuming)
    return any(item["kind"] == "context" and item["level"] in levels for item in model["findings"])


def is_family(event: str) -> bool:
    """Return whether an entry is for many events."""
    return event == UNLISTED or event[-1:] == "*"


class Place(NamedTuple):
    """Where a log has come: `generation` is None before the first event."""

    state: str
    generation: str | None
    values: Mapping[str, Value]
    seen: frozenset[str] = frozenset()
    visited: frozenset[str] = frozenset()

    def here(self) -> Here:
        """What an expression of no event can read."""
        first = self.generation is None
        return Here(self.state, first, self.seen, self.visited, self.values)


class Step(NamedTuple):
    """One event of a log.

    `entry` is that of the specification, `row` the number of the transition taken, `matching` those
    of all that match, `generations` the names of all that a first event fits, `levels` those of
    the rules broken, and `is_sound` whether the context is of the right types.
    """

    entry: str
    before: Here
    outcome: str
    row: int | None
    matching: tuple[int, ...]
    generations: tuple[str, ...]
    levels: frozenset[str]
    is_sound: bool
    after: Place


def is_captive(state: Mapping[str, Any]) -> bool:
    """Whether a log may end in a state, and nothing may follow there."""
    return bool(state["final"]) and not state.get("open")


class Replayer:
    """A compiled specification, ready to replay logs."""

    def __init__(self, model: Mapping[str, Any]) -> None:
        self.model = model
        self.definitions = Definitions(model)
        self._trees: dict[int, Tree | None] = {}
        states = model["states"]
        self.initial = next(state["name"] for state in states if state["initial"])
        self.captive = [state["name"] for state in states if is_captive(state)]
        self.removed = [state["name"] for state in states if state["removed"]]
        self._levels = {finding["kind"]: finding["level"] for finding in model["findings"]}

    def start(self) -> Place:
        """Return the place before the first event."""
        variables = self.model["variables"]
        values = {item["name"]: first_value(item) for item in variables}
        return Place(self.initial, None, values)

    def replay(self, log: Sequence[str]) -> Iterator[Step]:
        """Yield what each event of a log does. Raises InvalidCertificate and Unsupported."""
        place = self.start()
        for line in log:
            name, context = event_of(line)
            step = self._step(place, name, context)
            yield step
            place = step.after

    def tree(self, expression: Mapping[str, Any] | None) -> Tree | None:
        """Return the expanded tree of an expression of the specification."""
        if id(expression) not in self._trees:
            self._trees[id(expression)] = self.definitions.optional(expression)
        return self._trees[id(expression)]

    def entry(self, name: str) -> Mapping[str, Any]:
        """Return the entry of the specification that governs an event of a name."""
        table: dict[str, Mapping[str, Any]] = {item["name"]: item for item in self.model["events"]}
        if name in table and not is_family(name):
            return table[name]
        fitting = [each for each in table if each[-1:] == "*" and name.startswith(each[:-1])]
        return table[max(fitting, key=len, default=UNLISTED)]

    def _step(self, before: Place, name: str, context: Mapping[str, Any] | None) -> Step:
        event = self.entry(name)
        faulty, broken = self._judged(event["context"], context)
        of = event["context"].get("type")
        if of is not None and context is not None:
            context = read_numbers(of, context)
        here = before.here()._replace(name=name, context=context, faulty=faulty)
        if before.state in self.removed:
            return Step(event["name"], here, "removed", None, (), (), frozenset(), False, before)
        fits = tuple(
            item["name"]
            for item in self.model["generations"]
            if item["on"] == name and holds(self.tree(item["when"]), here)
        )
        today = next(item["name"] for item in self.model["generations"] if item["today"])
        generation = before.generation or (*fits, today)[0]
        rows = self.model["transitions"]
        matching = tuple(
            number
            for number, row in enumerate(rows)
            if (row["event"], row["source"]) == (event["name"], before.state)
            and row["generation"] in (None, generation)
            and holds(self.tree(row["when"]), here)
        )
        row = matching[0] if matching else None
        outcome = event["elsewhere"] if row is None else rows[row]["outcome"]
        if row is None and before.state in self.captive:
            outcome = "captive"
        levels = {self._levels[kind] for kind in (*broken, outcome) if kind in self._levels}
        for rule in self.model["rules"]:
            asked = "any" in rule["on"] or (event["name"] in rule["on"] and outcome != "undefined")
            if asked and holds(self.tree(rule["require"]), here) is False:
                levels.add(rule["level"])
        after = before._replace(generation=generation)
        if outcome in ("moves", "stays", "silent"):
            target = rows[row]["target"] if row is not None and outcome == "moves" else None
            after = self._after(after, event, target, here)
        sound = not broken
        return Step(
            *(event["name"], here, outcome, row, matching, fits, frozenset(levels), sound, after)
        )

    def _judged(
        self, context: Mapping[str, Any], value: Mapping[str, Any] | None
    ) -> tuple[frozenset[str], list[str]]:
        """The keys that cannot be read, and the findings of the context."""
        kind = context["kind"]
        if kind == "undefined":
            return frozenset(), ["no-context"] if value is not None else []
        if kind == "empty":
            return frozenset(), ["context"] if value else []
        if kind == "any":
            return frozenset(), []
        of = context["type"]
        if of["kind"] == "record":
            faulty = faulty_keys(of, value or {})
        else:
            faulty = frozenset() if value is not None and accepts(of, value) else frozenset({""})
        return faulty, ["context"] if faulty else []

    def _after(
        self, before: Place, event: Mapping[str, Any], target: str | None, here: Here
    ) -> Place:
        values = dict(before.values)
        for name, effect in event["effects"]:
            tree = self.tree(effect)
            assert tree is not None
            try:
                value = value_of(tree, here)
            except Unreadable:
                continue
            old = values[name]
            values[name] = old._replace(items=()) if value == {} and is_members(old) else value
        return Place(
            before.state if target is None else target,
            before.generation,
            values,
            before.seen | {event["name"]},
            before.visited if target is None else before.visited | {target},
        )


def event_of(line: str) -> tuple[str, Mapping[str, Any] | None]:
    """Return the name and the context of an event. Raises InvalidCertificate."""
    if "\n" in line:
        raise InvalidCertificate("a line of a log is more than one")
    try:
        event = read_json(line)
    except (ValueError, RecursionError) as error:
        raise InvalidCertificate(f"a line of a log is no JSON: {error}") from error
    if not isinstance(event, dict) or not {"timestamp", "name"} <= {*event}:
        raise InvalidCertificate("a line of a log is no event")
    stamp, name, context = event["timestamp"], event["name"], event.get("context")
    if not (
        {*event} <= {"timestamp", "name", "context"}
        and type(stamp) in (int, float)
        and 0 < stamp < inf
        and isinstance(name, str)
        and name
        and isinstance(context, dict) == ("context" in event)
    ):
        raise InvalidCertificate("a line of a log is no event")
    return name, context
