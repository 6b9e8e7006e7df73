"""Reads a system's file: YAML text in, a System or every fault of the file out."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from typing import Any

from flux_conform.language import load, typecheck
from flux_conform.language import types as t
from flux_conform.language.expressions import Expression
from flux_conform.language.loading.expression_reader import note_type_faults, parse_located
from flux_conform.language.loading.fields import Fields, SpecificationFile
from flux_conform.language.loading.system_document import (
    BASE,
    CLAIM_KINDS,
    JOINED,
    SYSTEM,
    SYSTEM_FILE,
)
from flux_conform.language.names import is_file
from flux_conform.language.naming_scope import Scope
from flux_conform.language.shapes import Located
from flux_conform.language.specification import Specification
from flux_conform.language.type_relations import assignable, show
from flux_conform.language.yaml_nodes import FaultList, Mark, read_nodes, read_text
from flux_conform.system.participants import (
    Condition,
    Message,
    Posted,
    System,
    SystemClaim,
    SystemStep,
)

_TABLES = ("budgets", "messages", "claims")
_PROVED = "proved"


def load_system(path: str) -> System:
    """The system in a file. Raises SpecificationFaults with every fault in it."""
    faults = FaultList(path)
    fields = _read(path, faults, ())
    if faults.faults:
        raise faults.error()
    system = _Reader(fields, faults, path).system()
    if system is None or faults.faults:
        raise faults.error()
    return system


def _read(path: str, faults: FaultList, chain: tuple[str, ...]) -> dict[str, Located]:
    """The fields of a file, with those of the system that it mends below them."""
    node = read_nodes(read_text(path), faults)
    located = SYSTEM_FILE.read(node, faults)
    if located is None:
        raise faults.error()
    fields: dict[str, Located] = located.value
    base = fields.pop(BASE, None)
    if base is None:
        for name in (JOINED, "participants", "messages"):
            if name not in fields:
                faults.add(node.mark, f'a system lacks its key "{name}"')
        return fields
    other = os.path.normpath(os.path.join(os.path.dirname(path), base.value))
    if os.path.realpath(other) in {os.path.realpath(each) for each in (path, *chain)}:
        faults.add(base.mark, "the systems come back to where they began")
        raise faults.error()
    return _laid_over(_read(other, faults.of(other), (*chain, path)), fields)


def _laid_over(below: dict[str, Located], above: dict[str, Located]) -> dict[str, Located]:
    """A system's fields with those of one that mends it: its entries replace those of the name."""
    merged = {**below, **above}
    for name in _TABLES:
        if name in below and name in above:
            merged[name] = _joined(below[name], above[name])
    if "participants" in below and "participants" in above:
        members = dict(below["participants"].value)
        for name, member in above["participants"].value.items():
            old = members.get(name)
            new = dict(old.value) | dict(member.value) if old else dict(member.value)
            for part in ("has", "steps"):
                if old and part in old.value and part in member.value:
                    new[part] = _joined(old.value[part], member.value[part])
            members[name] = Located(new, member.node)
        merged["participants"] = Located(members, above["participants"].node)
    return merged


def _joined(below: Located, above: Located) -> Located:
    return Located({**below.value, **above.value}, above.node)


class _Reader:
    def __init__(self, fields: Mapping[str, Located], faults: FaultList, path: str) -> None:
        self.file = SpecificationFile(fields, faults)
        self.faults = faults
        self.fields = self.file.fields
        self.path = path
        self.specification = self._machine()
        self.virtual = {s.name: s.members for s in self.specification.virtual_states}
        self.members = {name: Fields(m.value) for name, m in self.table("participants").items()}
        self.places: dict[str, int] = {}
        self.values: list[tuple[str, tuple[str, ...]]] = []
        for member, of in self.members.items():
            for name, values in of.table("has").items():
                self.places[f"{member}.{name}"] = len(self.values)
                listed = tuple(item.value for item in values.value)
                if not listed:
                    faults.add(values.mark, "a variable without values", expected="its first one")
                self.values.append((f"{member}.{name}", listed))
        self.budgets = {name: b.value["times"].value for name, b in self.table("budgets").items()}
        self.channels: dict[tuple[str, str], int] = {}
        self.messages = dict(self._messages())

    def table(self, name: str) -> Mapping[str, Located]:
        return self.fields.table(name)

    def _machine(self) -> Specification:
        name = self.fields.text(JOINED)
        if is_file(name):
            from pathlib import Path

            return load(Path(os.path.dirname(self.path), name))
        try:
            return load(name)
        except LookupError as error:
            self.faults.add(self.fields[JOINED].mark, str(error))
            raise self.faults.error() from error

    def _messages(self) -> Iterable[tuple[str, Message]]:
        for name, located in self.table("messages").items():
            of = Fields(located.value)
            ends = [self.file.known(of[k], "participant", [*self.members]) for k in ("from", "to")]
            if None not in ends:
                pair = str(ends[0]), str(ends[1])
                channel = self.channels.setdefault(pair, len(self.channels))
                yield name, Message(name, *pair, channel, of.text("says"))

    def system(self) -> System | None:
        """The system; None after a fault that leaves nothing to go on with."""
        steps = []
        for member, of in self.members.items():
            if "says" not in of:
                self.faults.add(self.table("participants")[member].mark, f'"{member}" says nothing')
            for name, located in of.table("steps").items():
                step = Fields(located.value)
                if not step.flag("removed"):
                    steps.append(self.step(member, name, step))
        claims = [self.claim(name, item) for name, item in self.table("claims").items()]
        capacity = self.fields.get("capacity")
        return System(
            self.fields.text(SYSTEM),
            self.fields.text("title"),
            self.specification,
            4 if capacity is None else capacity.value,
            tuple(self.budgets.items()),
            {
                name: given.value
                for name, budget in self.table("budgets").items()
                if (given := budget.value.get("in views")) is not None
            },
            tuple(self.members),
            tuple(self.values),
            tuple(self.channels),
            self.messages,
            tuple(steps),
            tuple(claims),
        )

    def step(self, member: str, name: str, step: Fields) -> SystemStep:
        """One step of a participant."""
        gets = self.message(step.get("gets"), member, sent=False)
        sends = [self.message(item, member, sent=True) for item in step.listed("sends")]
        budget = self.file.known(step.get("uses"), "budget", [*self.budgets])
        sets = []
        for key, value in step.table("set").items():
            place = self.place(key, value.mark, member)
            if place is not None:
                sets.append((place, self.value(place, value)))
        cleared = []
        for pair in step.listed("clears"):
            ends = [item.value for item in pair.value]
            found = [n for c, n in self.channels.items() if sorted(c) == sorted(ends)]
            if not found:
                self.faults.add(pair.mark, "no messages go between these", expected="a pair")
            cleared += found
        return SystemStep(
            member,
            name,
            step.text("says"),
            self.condition(step, member),
            gets,
            None if budget is None else [*self.budgets].index(budget),
            tuple(posted for item in step.listed("posts") for posted in self.posted(item)),
            tuple(filter(None, sends)),
            tuple(sets),
            tuple(cleared),
            step.flag("fair", True),
        )

    def message(self, located: Located | None, member: str, *, sent: bool) -> str | None:
        """The message of that name, if it is the participant's to send or to get."""
        name = self.file.known(located, "message", [*self.messages])
        if name is None or located is None:
            return None
        message = self.messages[name]
        end = message.sender if sent else message.receiver
        if end != member:
            what = "sends" if sent else "gets"
            self.faults.add(located.mark, f'not {member} but {end} {what} "{name}"')
        return name

    def place(self, key: str, mark: Mark, member: str | None) -> int | None:
        """The place of a variable: of the participant's own, or of PARTICIPANT.VARIABLE."""
        full = key if "." in key or member is None else f"{member}.{key}"
        if full not in self.places:
            self.faults.add(mark, f'unknown variable "{key}"', name=full, among=[*self.places])
        return self.places.get(full)

    def value(self, place: int, located: Located) -> int:
        """The number of a value."""
        values = self.values[place][1]
        name = self.file.known(located, "value", values)
        return 0 if name is None else values.index(name)

    def condition(self, of: Fields, member: str | None) -> Condition:
        """What holds before a step, or at some time."""
        states: set[str] = set()
        known = [state.name for state in self.specification.states]
        for located in of.listed("in"):
            name = self.file.known(located, "state", [*known, *self.virtual])
            if name is not None:
                states.update(self.virtual.get(name, (name,)))
        values = []
        for key, listed in of.table("when").items():
            place = self.place(key, listed.mark, member)
            if place is not None:
                fit = frozenset(self.value(place, item) for item in listed.value)
                values.append((place, fit))
        queued = []
        for name, count in of.table("queued").items():
            if name not in self.messages:
                among = [*self.messages]
                self.faults.add(count.mark, f'unknown message "{name}"', name=name, among=among)
            queued.append((name, count.value))
        return Condition(
            frozenset(states) if "in" in of else None,
            self.expression(of.get("if")),
            tuple(values),
            tuple(queued),
        )

    def expression(self, located: Located | None) -> Expression | None:
        """A boolean expression about the log."""
        parsed = None if located is None else parse_located(self.file, located)
        if parsed is None or located is None:
            return None
        of = self.specification
        scope = Scope(
            {variable.name: variable.type for variable in of.variables},
            of.definition_table,
            [state.name for state in of.states],
            [event.name for event in of.events],
        )
        kind, found = typecheck.check(parsed.tree, scope)
        note_type_faults(self.file, found, parsed, located)
        if not found and not assignable(kind, t.Boolean()):
            self.faults.add(located.mark, f"a condition is boolean, but this is {show(kind)}")
        return Expression(located.value, parsed.tree)

    def posted(self, located: Located) -> Iterable[Posted]:
        """The events that a step posts, with their contexts."""
        known = [event.name for event in self.specification.events]
        pairs: dict[str, Any] = (
            located.value if isinstance(located.value, dict) else {located.value: None}
        )
        for name, context in pairs.items():
            if name not in known:
                self.faults.add(located.mark, f'unknown event "{name}"', name=name, among=known)
                continue
            keys = None
            if context is not None:
                keys = {key: json.loads(value.value) for key, value in context.value.items()}
            yield name, keys

    def claim(self, name: str, located: Located) -> SystemClaim:
        """A claim, which is of one kind."""
        of = Fields(located.value)
        kinds = [kind for kind in CLAIM_KINDS if kind in of]
        if len(kinds) != 1:
            expected = "one of " + ", ".join(CLAIM_KINDS)
            what = f"a claim is of one kind, and this is of {len(kinds)}"
            self.faults.add(located.mark, what, expected=expected)
        kind = kinds[0] if kinds else CLAIM_KINDS[0]
        goal = self.condition(Fields({"in": of[kind]}), None).states if kind == "leads to" else None
        never = Fields(of["never"].value) if kind == "never" else None
        return SystemClaim(
            name,
            of.text("says"),
            kind,
            of.text("expect", _PROVED),
            of.text("because"),
            goal or frozenset(),
            of.text("conforms"),
            Condition() if never is None else self.condition(never, None),
        )
