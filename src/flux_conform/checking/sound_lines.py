"""Skips lines of a log that have no findings, to speed up the careful path.

Most lines of a violating log are sound. Each line is decoded into the structs of the fast path, and
its step is memoized by the configuration and the values that the rules read.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any

import msgspec

from flux_conform.checking.decoded_bytes import passes_limits
from flux_conform.checking.fast import FastPath, name_for
from flux_conform.checking.structs import Check, kind_of
from flux_conform.language import types as t
from flux_conform.language.bag import Bag
from flux_conform.language.equality import value_key
from flux_conform.logs.eventlog import MAX_DEPTH
from flux_conform.machine.configuration import Configuration
from flux_conform.machine.memo import Memo
from flux_conform.machine.step import Machine

_MAX_MEMORY = 20_000
"""Maximum number of memoized steps, and of configurations; then the memo is cleared."""

_MAX_MEMBERS = 40
"""Maximum size of a bag in a configuration that is interned.

Comparing bags takes time for each member, and configurations with large bags do not recur.
"""

_FLAT = 2 * MAX_DEPTH
"""Length in bytes up to which a line cannot exceed the nesting limit: it has too few brackets."""


class SoundLines:
    """Steps over lines that break no rule, not even a note."""

    def __init__(self, machine: Machine, fast: FastPath) -> None:
        self._machine = machine
        self._fast = fast
        # Keyed by the configuration's id. The value holds the configuration, so that no other
        # object gets its id.
        self._after: Memo[Hashable, tuple[Configuration, Configuration | None]] = Memo()
        self._known: Memo[Hashable, Configuration] = Memo()
        # Variables whose values Python cannot hash, or for which its equality is too coarse.
        self._mixed = {
            variable.name
            for variable in machine.specification.variables
            if kind_of(variable.type) is None
        }

    def step_over(
        self,
        before: Configuration,
        lines: Sequence[bytes],
        start: int,
        stop: int,
        trail: list[Configuration],
    ) -> Configuration:
        """Return the configuration after the sound lines from `start` on, before `stop`.

        The configuration before each of them is appended to `trail`. The careful path must judge
        the next line.
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
        """Return the configuration after an event with the values; None if it breaks a rule."""
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
        """Return the interned object for a configuration; one that is large or has times is not."""
        if configuration.times:
            return configuration
        values: list[object] = []
        for name, value in configuration.values.items():
            if not isinstance(value, Bag):
                values.append(value_key(value) if name in self._mixed else value)
            elif len(value) > _MAX_MEMBERS:
                return configuration
            else:
                # Equal bags can differ in the order of members, in which messages show them.
                values.append(tuple((value_key(member), times) for member, times in value.items()))
        # The careful path adds configurations without adding steps, so this is checked here too.
        if len(self._known) >= _MAX_MEMORY:
            self._forget()
        key = (configuration.state, configuration.generation, tuple(values), configuration.seen)
        known = self._known.get(key)
        return self._known.remember(key, configuration) if known is None else known

    def _forget(self) -> None:
        self._after.clear()
        self._known.clear()
