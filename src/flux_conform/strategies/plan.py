"""What a class of machines comes down to: made once, shared by all its runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import deepcopy
from functools import cached_property

from hypothesis import strategies as st
from hypothesis.errors import InvalidArgument
from hypothesis.strategies import SearchStrategy

from flux_conform.checking.waivers import UnknownDeviations
from flux_conform.language.faults import SpecificationFaults
from flux_conform.machine.configuration import Configuration, key_of
from flux_conform.machine.step import Machine
from flux_conform.strategies.arguments import Model, specification_of
from flux_conform.strategies.fitting import Fitting
from flux_conform.strategies.stimuli import Stimulus, check
from flux_conform.strategies.type_values import Context, contexts
from flux_conform.testing import Assertions

_MOST_REMEMBERED = 10_000
"""Of so many configurations it is remembered what they offer."""


_FRESH: Context = {"": "a context that is drawn"}


class Plan:
    """A specification made ready to drive a system with some stimuli."""

    def __init__(
        self, model: Model, stimuli: Mapping[str, Stimulus], *, strict: bool, allow: Sequence[str]
    ) -> None:
        """Raises InvalidArgument for what does not fit the model."""
        self.specification = specification_of(model)
        self.machine = Machine(self.specification)
        self.stimuli = stimuli
        if isinstance(allow, str):
            raise InvalidArgument(f"allow={allow!r} is one text; write allow = ({allow!r},)")
        try:
            self.assertions = Assertions(self.specification, strict=strict, allow=allow)
        except (UnknownDeviations, SpecificationFaults, OSError) as error:
            raise InvalidArgument(f"allow={allow!r}: {error}") from error
        self.options, self.teller = self.assertions.options, self.assertions.teller
        self._fitting: dict[str, Fitting] = {}
        self._fresh: dict[str, SearchStrategy[Context]] = {}
        self._remembered: dict[object, frozenset[str]] = {}
        for name, declared in self.stimuli.items():
            check(declared, self.specification)
            if declared.event is not None:
                keys = dict(declared.fixed)
                self._fitting[name] = Fitting(self.machine, declared.event, keys)
                self._fresh[name] = contexts(self.specification, declared.event, **keys)

    def offers(self, configuration: Configuration) -> frozenset[str]:
        """The names of the stimuli that may be given in a configuration."""
        key = key_of(configuration)
        found = self._remembered.get(key)
        if found is None:
            if len(self._remembered) >= _MOST_REMEMBERED:
                self._remembered.clear()
            found = self._remembered[key] = self._offers(configuration)
        return found

    def admitted(self, name: str, configuration: Configuration) -> SearchStrategy[Context]:
        """The contexts that a stimulus may bring now, those that the model shows first."""
        fitting = self._fitting[name]

        def choices(context: Context) -> list[Context]:
            if self.stimuli[name].anytime:
                return list(fitting.variants(configuration, context))
            return fitting.choices(configuration, context)

        # What was drawn stands, where it may stand as it is.
        found = self._fresh[name].map(lambda drawn: (drawn, choices(drawn))).filter(lambda f: f[1])
        fresh = found.flatmap(lambda f: st.just(f[0]) if f[0] in f[1] else st.sampled_from(f[1]))
        if fitting.draws_keys:
            return fresh
        # A single choice gives a context in most cases: Hypothesis deletes a step that made few
        # choices, and with it a run becomes short.
        shown = choices(fitting.plain)
        return st.sampled_from([*shown, *[_FRESH] * max(1, 2 * len(shown))]).flatmap(
            lambda chosen: fresh if chosen is _FRESH else st.just(deepcopy(chosen))
        )

    @cached_property
    def beginners(self) -> frozenset[str]:
        """The names of the stimuli that can begin a log."""
        return frozenset(
            name
            for name, fitting in self._fitting.items()
            if not self.stimuli[name].anytime and fitting.is_possible(self.machine.initial)
        )

    def _offers(self, configuration: Configuration) -> frozenset[str]:
        return frozenset(
            name
            for name, declared in self.stimuli.items()
            if declared.event is None
            or declared.anytime
            or self._fitting[name].is_possible(configuration)
        )
