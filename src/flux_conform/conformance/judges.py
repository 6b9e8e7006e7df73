"""Judges many logs: the careful path at first, and the fast path once it pays to build it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flux_conform.conformance.finding import Judgement
from flux_conform.conformance.judge import Options, judge
from flux_conform.conformance.machine import Machine

if TYPE_CHECKING:
    from flux_conform.conformance.fast import FastPath
    from flux_conform.model.specification import Specification

_WORTH_IT = 64 << 10
"""Bytes of logs from which on building the fast path costs less than it saves."""

_DEFAULTS = Options()


class Judge:
    """Judges one log after another against a specification, always as `judge` does."""

    def __init__(self, specification: Specification, options: Options = _DEFAULTS) -> None:
        self.machine = Machine(specification)
        self.options = options
        self._fast: FastPath | None = None
        self._bytes = 0

    def judge(self, data: bytes, *, earlier: bytes | None = None) -> Judgement:
        """The judgement on a log. Raises UnreadableLog; see `judge` for `earlier`."""
        # The fast path sees no notes.
        if not self.options.notes and earlier is None:
            self._bytes += len(data)
            if self._fast is None and self._bytes > _WORTH_IT:
                from flux_conform.conformance.fast import FastPath

                self._fast = FastPath(self.machine)
            judgement = self._fast.judge(data) if self._fast is not None else None
            if judgement is not None:
                return judgement
        return judge(self.machine, data, self.options, earlier=earlier)
