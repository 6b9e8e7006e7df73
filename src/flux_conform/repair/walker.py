"""The machine for the search of repairs: configurations and events by number, steps remembered."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, NamedTuple

from flux_conform.checking.judge import Options
from flux_conform.language.bag import Bag
from flux_conform.language.equality import value_key
from flux_conform.language.format_rules import LineRule
from flux_conform.language.levels import counting
from flux_conform.language.specification import MachineFinding, Rule, TypedContext
from flux_conform.machine.configuration import Breach, Configuration, key_of
from flux_conform.machine.contexts import context_faults
from flux_conform.machine.slice import event_slice
from flux_conform.machine.step import Machine
from flux_conform.repair.persistent_bag import PersistentBag


class Taken(NamedTuple):
    """A step that breaks nothing that counts.

    `after` is the number of the configuration that it leads to, `findings` the number of lesser
    findings.
    """

    after: int
    findings: int


class Happening(NamedTuple):
    """An event as the machine takes it; `is_object` is false for a context that is no object."""

    name: str
    context: Mapping[str, Any] | None
    is_object: bool = True


class Walker:
    """Takes the steps of a machine under the options of a caller, and remembers them.

    Events that the machine cannot tell apart share a number.
    """

    def __init__(self, machine: Machine, options: Options) -> None:
        self.machine = machine
        self.options = options
        self.configurations: list[Configuration] = []
        self.happenings: list[Happening] = []
        self._configuration_ids: dict[object, int] = {}
        self._happening_ids: dict[object, int] = {}
        self._taken: dict[tuple[int, int], Taken | None] = {}
        self._faulty: dict[int, bool] = {}
        self._reads: dict[str, frozenset[str]] = {}
        values = {
            name: PersistentBag(distinct=value.distinct) if isinstance(value, Bag) else value
            for name, value in machine.initial.values.items()
        }
        self.start = self.number(machine.initial._replace(values=values))

    def number(self, configuration: Configuration) -> int:
        """The number of a configuration."""
        key = key_of(configuration)
        found = self._configuration_ids.setdefault(key, len(self.configurations))
        if found == len(self.configurations):
            self.configurations.append(configuration)
        return found

    def happening(self, happening: Happening) -> int:
        """The number of an event."""
        key = self._key(happening)
        found = self._happening_ids.setdefault(key, len(self.happenings))
        if found == len(self.happenings):
            self.happenings.append(happening)
        return found

    def take(self, configuration: int, happening: int) -> Taken | None:
        """The step of an event in a configuration; None where it breaks what counts."""
        key = configuration, happening
        if key not in self._taken:
            name, context, is_object = self.happenings[happening]
            before = self.configurations[configuration]
            step = self.machine.step(before, name, context, context_is_object=is_object)
            found = [each for each in step.breaches if not self._is_waived(each, name)]
            if any(self.is_grave(breach.rule) for breach in found):
                self._taken[key] = None
            else:
                self._taken[key] = Taken(self.number(step.after), len(found))
        return self._taken[key]

    def is_grave(self, rule: Rule | MachineFinding | LineRule) -> bool:
        """Whether breaches of a rule make a log violating, where nothing waives them."""
        return rule.level in counting(strict=self.options.strict)

    def is_faulty_in_itself(self, happening: int) -> bool:
        """Whether the context of an event breaks its type and nothing waives that."""
        if happening not in self._faulty:
            name, context, is_object = self.happenings[happening]
            step = self.machine.step(
                self.machine.initial, name, context, context_is_object=is_object
            )
            self._faulty[happening] = any(
                isinstance(each.rule, MachineFinding)
                and each.rule.kind in ("context", "no-context")
                and self.is_grave(each.rule)
                and not self._is_waived(each, name)
                for each in step.breaches
            )
        return self._faulty[happening]

    def reads(self, name: str) -> frozenset[str]:
        """The keys of an event that the machine reads; "" among them where it reads the whole."""
        event = self.machine.event(name)
        if event.name not in self._reads:
            self._reads[event.name] = frozenset(
                event_slice(
                    self.machine.specification, event, kept=self.machine.initial.values
                ).keys
            )
        return self._reads[event.name]

    def _is_waived(self, breach: Breach, name: str) -> bool:
        rule = breach.rule.id.replace("{event}", name)
        return self.options.waivers.waives(rule, breach) is not None

    def _key(self, happening: Happening) -> object:
        name, context, is_object = happening
        event = self.machine.event(name)
        reads = self.reads(name)
        # What waives a breach may look at any key.
        is_whole = "" in reads or bool(self.options.waivers.allowed)
        typed = event.context
        if isinstance(typed, TypedContext):
            is_whole = is_whole or bool(context_faults(typed, context))
        if is_whole:
            return name, is_object, _text(context)
        found = context or {}
        values = tuple(value_key(found[key]) if key in found else None for key in sorted(reads))
        return name, is_object, context is None, not context, values


def _text(context: Mapping[str, Any] | None) -> str:
    return json.dumps(context, sort_keys=True, default=repr)
