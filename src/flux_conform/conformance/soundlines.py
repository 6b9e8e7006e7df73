"""Steps over the lines of a log that break nothing, for the careful path to hasten along.

Most lines of a log that violates are sound. Each is decoded into the structs of the fast path,
and what it does to a configuration is remembered by the values that rules read.
"""

from __future__ import annotations

from collections.abc import Hashable

import msgspec

from flux_conform.conformance.fast import FastPath, name_for
from flux_conform.conformance.machine import Configuration, Machine
from flux_conform.logs.eventlog import MAX_DEPTH
from flux_conform.model import types as t

_MAX_MEMORY = 20_000
"""Steps remembered; past it, memory starts anew."""


class SoundLines:
    """Takes lines that break no rule, not even one that gives a note."""

    def __init__(self, machine: Machine, fast: FastPath) -> None:
        self._machine = machine
        self._fast = fast
        self._decoder = fast.decoder
        self._decode = fast.decoder.decode
        # With the configuration before, that its id may stay its own.
        self._after: dict[Hashable, tuple[Configuration, Configuration | None]] = {}
        self._known: dict[Hashable, Configuration] = {}

    def after(self, before: Configuration, text: bytes) -> Configuration | None:
        """The configuration after a line; None where the careful path must look at it."""
        # A line so short cannot nest too deep.
        if text[:1] != b"{" or text[-1:] != b"}" or len(text) > 2 * MAX_DEPTH or not text.isascii():
            return None
        if self._decoder is not self._fast.decoder:
            self._decoder = self._fast.decoder
            self._decode = self._decoder.decode
        try:
            logged = self._decode(text)
        except (ValueError, RecursionError):
            return None
        reader = self._fast.readers[type(logged)]
        if reader.keys is None:
            return None
        for check in reader.checks:
            value = check.read(logged)
            if value is not msgspec.UNSET and not t.accepts(check.type, value):
                return None
        read = tuple([read(logged) for _, read in reader.keys])
        key = (id(before), reader.event.name, read)
        found = self._after.get(key)
        if found is None:
            context = {
                name: value
                for (name, _), value in zip(reader.keys, read, strict=True)
                if value is not msgspec.UNSET
            }
            step = self._machine.step(
                before, name_for(reader.event), context, context_is_sound=True
            )
            after = None if step.breaches else self.known(step.after)
            if len(self._after) >= _MAX_MEMORY:
                self._after.clear()
                self._known.clear()
            found = self._after[key] = (before, after)
        return found[1]

    def known(self, configuration: Configuration) -> Configuration:
        """The same configuration, as the one object by which it is remembered."""
        key = (
            configuration.state,
            configuration.generation,
            tuple(configuration.values.values()),
            configuration.seen,
        )
        return self._known.setdefault(key, configuration)
