"""Steps over the lines of a log that break nothing, for the careful path to hasten along.

Most lines of a log that violates are sound. Each is decoded into the structs of the fast path,
and what it does to a configuration is remembered by the values that rules read.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any

import msgspec

from flux_conform.checking.decoded_bytes import passes_limits
from flux_conform.checking.fast import FastPath, name_for
from flux_conform.checking.structs import Check, kind_of
from flux_conform.language import types as t
from flux_conform.language.equality import value_key
from flux_conform.language.values import Bag
from flux_conform.logs.eventlog import MAX_DEPTH
from flux_conform.machine.configuration import Configuration
from flux_conform.machine.memo import Memo
from flux_conform.machine.step import Machine

_MAX_MEMORY = 20_000
"""Steps, and configurations, remembered; past it, memory starts anew."""

_MAX_MEMBERS = 40
"""Members of a bag in a configuration that is sought among those known.

To tell that two bags are equal takes a look at each member, and large ones recur nowhere.
"""

_FLAT = 2 * MAX_DEPTH
"""A line of so many bytes cannot nest too deep."""


class SoundLines:
    """Takes lines that break no rule, not even one that gives a note."""

    def __init__(self, machine: Machine, fast: FastPath) -> None:
        self._machine = machine
        self._fast = fast
        # By the configuration's id, with the configuration, that its id may stay its own.
        self._after: Memo[Hashable, tuple[Configuration, Configuration | None]] = Memo()
        self._known: Memo[Hashable, Configuration] = Memo()
        # Variables whose values Python's equality does not tell apart, or that it cannot hash.
        self._mixed = {
            variable.name
            for variable in machine.specification.variables
            if kind_of(variable.type) is None
        }

    def along(
        self,
        before: Configuration,
        lines: Sequence[bytes],
        start: int,
        stop: int,
        trail: list[Configuration],
    ) -> Configuration:
        """The configuration after the sound lines that follow from `start` on, before `stop`.

        `trail` takes the configuration before each of them. The careful path must look at the
        line after the last of them.
        """
        decode = self._fast.decoder.decode
        readers = self._fast.readers
        remembered = self._after.get
        for number in range(start, stop):
            text = lines[number]
            if not text.isascii() or (len(text) > _FLAT and passes_limits(text)):
                break
            try:
                logged = decode(text)
            except (ValueError, RecursionError):
                break
            struct = type(logged)
            reader = readers[struct]
            if reader.keys is None:
                break
            values = reader.all_keys(logged)
            found = remembered((id(before), struct, values))
            after = found[1] if found is not None else self._step(before, struct, logged, values)
            if after is None:
                break
            if reader.checks and not all(self._holds(check, logged) for check in reader.checks):
                break
            trail.append(before)
            before = after
        return before

    def _step(
        self, before: Configuration, struct: type, logged: Any, values: Hashable
    ) -> Configuration | None:
        """The configuration after an event with the values, None where it breaks a rule."""
        reader = self._fast.readers[struct]
        context = {
            name: value
            for name, read in reader.keys or ()
            if (value := read(logged)) is not msgspec.UNSET
        }
        step = self._machine.step(before, name_for(reader.event), context, context_is_sound=True)
        after = None if step.breaches else self.known(step.after)
        if len(self._after) >= _MAX_MEMORY:
            self._forget()
        self._after.remember((id(before), struct, values), (before, after))
        return after

    def _holds(self, check: Check, logged: Any) -> bool:
        value = check.read(logged)
        if value is msgspec.UNSET:
            return True
        if check.is_text:
            return self._fast.accepts(check.type, value)
        return t.accepts(check.type, value)

    def known(self, configuration: Configuration) -> Configuration:
        """The same configuration, as the one object by which it is remembered, if it is."""
        values: list[object] = []
        for name, value in configuration.values.items():
            if not isinstance(value, Bag):
                values.append(value_key(value) if name in self._mixed else value)
            elif len(value) > _MAX_MEMBERS:
                return configuration
            else:
                # Messages tell the members in their order, which equal bags may differ in.
                values.append(tuple(value.items()) if len(value) else ())
        # Lines that the careful path took add to these alone.
        if len(self._known) >= _MAX_MEMORY:
            self._forget()
        key = (configuration.state, configuration.generation, tuple(values), configuration.seen)
        known = self._known.get(key)
        return self._known.remember(key, configuration) if known is None else known

    def _forget(self) -> None:
        self._after.clear()
        self._known.clear()
