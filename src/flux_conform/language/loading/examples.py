"""Reads what a specification file gives as examples: contexts of events, and scenarios.

An example only explains. So an example that is inherited from a neighbour and does not fit after a
change is not a fault: it is left out, and so is a scenario that needs it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Set
from functools import cached_property
from itertools import pairwise
from typing import Any, NamedTuple

from flux_conform.language import types as t
from flux_conform.language.loading.fields import Fields, SpecificationFile
from flux_conform.language.scenarios import Participant, Scenario, ScenarioStep
from flux_conform.language.shapes import Located
from flux_conform.language.specification import (
    UNLISTED,
    AnyContext,
    Context,
    EmptyContext,
    UndefinedContext,
    governing,
    is_family,
)
from flux_conform.language.yaml_nodes import value_of

Keys = dict[str, Any]

_OF_CONTEXTS = ("context", "no-context")


class Examples(NamedTuple):
    """What the examples of a file are: contexts by event as texts of JSON, and scenarios."""

    contexts: Mapping[str, str | None]
    participants: tuple[Participant, ...]
    scenarios: tuple[Scenario, ...]


def read_examples(
    file: SpecificationFile, contexts: Mapping[str, Context], unclear: Set[str]
) -> Examples:
    """The examples of a file whose events have these contexts; what does not fit is noted.

    `unclear` are events whose context has a fault; their examples are not checked.
    """
    reader = _Reader(file, contexts, unclear)
    return Examples(reader.examples, reader.participants, reader.scenarios())


class _Reader:
    def __init__(
        self, file: SpecificationFile, contexts: Mapping[str, Context], unclear: Set[str]
    ) -> None:
        self.file = file
        self.faults = file.faults
        self.contexts = contexts
        self.unclear = set(unclear)
        self.events = file.fields.table("events")
        self.examples = {name: self.example(name, item) for name, item in self.events.items()}
        self.participants = self.read_participants()
        self.roles = {each.name: (each.name, *each.roles) for each in self.participants}

    def is_inherited(self, located: Located) -> bool:
        """Whether it is inherited from a neighbour of the file."""
        return located.mark.file not in (None, self.faults.file)

    # Contexts

    def example(self, event: str, item: Located) -> str | None:
        """The example of an event, where it has one that fits."""
        if "example" not in item.value:
            if value_of(item.node, "example") is not None:
                self.unclear.add(event)
            return None
        located = item.value["example"]
        keys = _values(located)
        if self.fits(event, event, keys, located):
            return _json(keys)
        if not self.is_inherited(located):
            self.unclear.add(event)  # so that its steps give no further faults
        return None

    def fits(self, event: str, entry: str, keys: Keys | None, located: Located) -> bool:
        """Whether a context fits its event; what does not is noted, unless it is inherited."""
        if entry in self.unclear:
            return True
        found = list(_misfits(self.contexts.get(entry, AnyContext()), keys))
        if not self.is_inherited(located):
            for misfit in found:
                own = located.value.get(misfit.key) if isinstance(located.value, dict) else None
                self.faults.add(
                    located.mark if own is None else own.mark,
                    f"{misfit.message} in the context of {event}",
                    expected=misfit.expected,
                    name=misfit.key if misfit.known else None,
                    among=misfit.known,
                )
        return not found

    # Participants

    def read_participants(self) -> tuple[Participant, ...]:
        """The participants; if there are any, each event must be posted by one of them."""
        found = [
            Participant(name, Fields(item.value).text("says"), Fields(item.value).texts("roles"))
            for name, item in self.file.fields.table("participants").items()
        ]
        names = [name for each in found for name in (each.name, *each.roles)]
        for item in self.events.values() if found else ():
            for poster in Fields(item.value).listed("by"):
                if not self.is_inherited(poster):
                    self.file.known(poster, "participant or role", names)
        return tuple(found)

    # Scenarios

    def scenarios(self) -> tuple[Scenario, ...]:
        found = []
        for name, item in self.file.fields.table("scenarios").items():
            fields = Fields(item.value)
            listed = fields.listed("steps")
            if "steps" in fields and not listed:
                self.faults.add(fields["steps"].mark, "a scenario without steps")
            read = [self.step(each) for each in listed]
            steps = tuple(step for step in read if step is not None)
            self.in_order(listed)
            if len(steps) == len(read):
                title, says = fields.text("title"), fields.text("says")
                unfinished, ends = fields.flag("unfinished"), self.ends(fields)
                broken, reports = self.breaks(fields), self.reports(fields)
                found.append(Scenario(name, title, says, steps, unfinished, ends, broken, reports))
        return tuple(found)

    def ends(self, fields: Fields) -> str | None:
        """The state in which a scenario ends; what a neighbour says may be gone."""
        located, states = fields.get("ends"), self.file.state_names
        if located is not None and self.is_inherited(located) and located.value not in states:
            return None
        return self.file.known(located, "state", states)

    def breaks(self, fields: Fields) -> tuple[str, ...]:
        """The rules that a scenario breaks, those among them that the machine finds by itself."""
        known, listed = self.known_rules, fields.listed("breaks")
        own = [item for item in listed if not self.is_inherited(item) or item.value in known]
        return self.file.all_known(own, "rule", known)

    def step_breaks(self, fields: Fields) -> tuple[tuple[str, str], ...] | None:
        """The rules that a step breaks, with their levels, where it says so."""
        if "breaks" not in fields:
            return None
        known, table = self.known_rules, fields.table("breaks")
        for name, level in table.items():
            if name not in known and not self.is_inherited(level):
                self.file.known(level._replace(value=name), "rule", known)
        return tuple((name, level.value) for name, level in table.items() if name in known)

    def reports(self, fields: Fields) -> tuple[tuple[str, str], ...]:
        """What the report's fields are at the end of a scenario."""
        if "reports" not in fields:
            return ()
        known, given = list(self.file.fields.table("report")), fields["reports"]
        for name, item in given.value.items():
            if name not in known and not self.is_inherited(item):
                self.file.known(item._replace(value=name), "field of the report", known)
        values = _values(given)
        return tuple((name, _json(value)) for name, value in values.items() if name in known)

    @cached_property
    def known_rules(self) -> list[str]:
        """The ids of all rules, with those of what the machine finds."""
        found = [Fields(item.value) for item in self.file.fields.table("findings").values()]
        known = [fields.text("id") for fields in map(Fields, self.listed_rules())]
        for finding in found:
            names = [*self.events, *self.logged] if "{event}" in finding.text("id") else [""]
            known += [finding.text("id").replace("{event}", name) for name in names]
        return known

    def listed_rules(self) -> Iterator[dict[str, Located]]:
        for item in self.file.fields.listed("rules"):
            yield item.value

    @property
    def logged(self) -> set[str]:
        """The names of all events in scenarios, of which some may be of a family."""
        return {
            step.value["event"].value
            for item in self.file.fields.table("scenarios").values()
            for step in Fields(item.value).listed("steps")
            if "event" in step.value
        }

    def in_order(self, steps: list[Located]) -> None:
        times = [step.value["at"] for step in steps if "at" in step.value]
        for before, after in pairwise(times):
            if after.value < before.value:
                self.faults.add(
                    after.mark,
                    f"the step before it comes later, at {before.value:g}",
                    expected="steps in the order of their times",
                )

    def step(self, item: Located) -> ScenarioStep | None:
        """A step, or None if a part of it is missing or does not fit."""
        fields = Fields(item.value)
        if ("event" in fields) == ("request" in fields):
            found = "both an event and a request" if "event" in fields else "neither of the two"
            self.faults.add(item.mark, found, expected="event: NAME, or request: what is asked")
            return None
        along = self.along(fields)
        if "at" not in fields or along is None:
            return None
        at: float = fields["at"].value
        if "request" in fields:
            if "context" in fields:
                self.faults.add(fields["context"].mark, "a request has no context")
            if "breaks" in fields:
                self.faults.add(fields["breaks"].mark, "a request breaks no rule")
            if len(along) < 2:
                expected = "who asks, and who is asked"
                self.faults.add(fields["along"].mark, "a request to nobody", expected=expected)
            return ScenarioStep(at, along, request=fields["request"].value)
        entry = self.entry(fields["event"])
        if entry is None or not self.is_posted(fields, entry, along):
            return None
        event: str = fields["event"].value
        keys, given = self.context(fields, entry)
        broken = self.step_breaks(fields)
        unfit = self.of_contexts(event) & dict(broken or ()).keys()
        if not unfit and not self.fits(event, entry, keys, given):
            return None
        context = None if keys is None else _json(keys)
        return ScenarioStep(at, along, event, context=context, breaks=broken)

    def of_contexts(self, event: str) -> set[str]:
        """The ids of what the machine finds of contexts of an event."""
        findings = self.file.fields.table("findings")
        found = [Fields(findings[kind].value) for kind in _OF_CONTEXTS if kind in findings]
        return {fields.text("id").replace("{event}", event) for fields in found}

    def along(self, fields: Fields) -> tuple[str, ...] | None:
        listed = fields.listed("along")
        known = self.file.all_known(listed, "participant", list(self.roles))
        if len(known) < len(listed):
            return None
        if "along" in fields and not listed:
            self.faults.add(fields["along"].mark, "a way of nobody", expected="a participant")
        for before, after in pairwise(listed):
            if before.value == after.value:
                self.faults.add(after.mark, f'from "{after.value}" to itself')
        return known or None

    def entry(self, event: Located) -> str | None:
        """The entry that governs the event of a step; one that only `unlisted` fits is noted.

        A step means an event of which nothing is listed only where it says so by that name.
        """
        if event.value == UNLISTED and UNLISTED in self.events:
            return UNLISTED
        entry = governing(self.events, event.value)
        if entry is None:
            listed = [name for name in self.events if not is_family(name)]
            self.file.known(event, "event", listed)
        return entry

    def is_posted(self, fields: Fields, entry: str, along: tuple[str, ...]) -> bool:
        """Whether a participant on the way of an event is one who posts it."""
        posters = Fields(self.events[entry].value).texts("by")
        if not posters or any(role in posters for name in along for role in self.roles[name]):
            return True
        if not self.is_inherited(fields["along"]):
            self.faults.add(
                fields["along"].mark,
                f"nobody on this way posts {entry}",
                expected=" or ".join(posters),
            )
        return False

    def context(self, fields: Fields, entry: str) -> tuple[Keys | None, Located]:
        """The context of a step's event, and where the file gives it."""
        example = self.examples.get(entry)
        keys: Keys | None = None if example is None else json.loads(example)
        if "context" not in fields:
            return keys, fields["event"]
        given = fields["context"]
        keys = {**(keys or {}), **_values(given)}
        return {key: value for key, value in keys.items() if value is not None}, given


class _Misfit(NamedTuple):
    """A part of a context that does not fit: the key, or "" for the whole context."""

    key: str
    message: str
    expected: str | None = None
    known: tuple[str, ...] = ()


def _misfits(context: Context, keys: Keys | None) -> Iterator[_Misfit]:
    if isinstance(context, AnyContext):
        return
    if isinstance(context, EmptyContext | UndefinedContext):
        if keys or (keys is not None and isinstance(context, UndefinedContext)):
            key = next(iter(keys), "")
            yield _Misfit(key, "something stands", f"nothing, as it is {context.kind}")
        return
    if keys is None:
        if context.required:
            yield _Misfit("", "nothing stands", t.show(context.type))
        return
    if not isinstance(context.type, t.Record):
        if not t.accepts(context.type, keys):
            yield _Misfit("", "something else stands", t.show(context.type))
        return
    types = dict(context.type.fields)
    for key, value in keys.items():
        if key not in types:
            yield _Misfit(key, f'unknown key "{key}"', known=tuple(types))
        elif not t.accepts(types[key], value):
            yield _Misfit(key, f'"{key}" is {_json(value)}', t.show(types[key]))
    for key, of in types.items():
        if key not in keys and not isinstance(of, t.Optional):
            yield _Misfit("", f'the key "{key}" is missing', t.show(of))


def _values(located: Located) -> Keys:
    return {key: json.loads(item.value) for key, item in located.value.items()}


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
