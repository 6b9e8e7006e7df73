"""The validated stimuli of an EventlogMachine class, with the contexts that the model allows."""

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
from flux_conform.strategies.allowed_contexts import AllowedContexts
from flux_conform.strategies.arguments import Model, specification_of
from flux_conform.strategies.stimuli import Stimulus, check
from flux_conform.strategies.type_values import Context, contexts
from flux_conform.testing import Assertions

_MOST_KNOWN = 10_000
"""Maximum number of configurations whose allowed stimuli are cached."""

_FRESH: Context = {"": "a context that is drawn"}
"""Marks the choice to draw a context."""


class StimulusPlan:
    """The specification and stimuli of one class, shared by all its runs."""

    def __init__(
        self, model: Model, stimuli: Mapping[str, Stimulus], *, strict: bool, allow: Sequence[str]
    ) -> None:
        """Raises InvalidArgument if the stimuli or deviations do not fit the model."""
        self.specification = specification_of(model)
        self.machine = Machine(self.specification)
        self.stimuli = stimuli
        if isinstance(allow, str):
            raise InvalidArgument(f"allow={allow!r} is one text; write allow = ({allow!r},)")
        try:
            self.assertions = Assertions(self.specification, strict=strict, allow=allow)
        except (UnknownDeviations, SpecificationFaults, OSError) as error:
            raise InvalidArgument(f"allow={allow!r}: {error}") from error
        self.options, self.formatter = self.assertions.options, self.assertions.formatter
        self._allowed: dict[str, AllowedContexts] = {}
        self._fresh: dict[str, SearchStrategy[Context]] = {}
        self._known_offers: dict[object, frozenset[str]] = {}
        for name, declared in self.stimuli.items():
            check(declared, self.specification)
            if declared.event is not None:
                keys = dict(declared.fixed)
                self._allowed[name] = AllowedContexts(self.machine, declared.event, keys)
                self._fresh[name] = contexts(self.specification, declared.event, **keys)

    def offers(self, configuration: Configuration) -> frozenset[str]:
        """Return the names of the stimuli that are allowed in a configuration."""
        key = key_of(configuration)
        found = self._known_offers.get(key)
        if found is None:
            if len(self._known_offers) >= _MOST_KNOWN:
                self._known_offers.clear()
            found = self._known_offers[key] = self._offers(configuration)
        return found

    def admitted(self, name: str, configuration: Configuration) -> SearchStrategy[Context]:
        """Return a strategy for the contexts of a stimulus that are allowed in a configuration.

        It shrinks towards the contexts of the specification's examples.
        """
        allowed = self._allowed[name]

        def choices(context: Context) -> list[Context]:
            if self.stimuli[name].anytime:
                return list(allowed.variants(configuration, context))
            return allowed.choices(configuration, context)

        # A drawn context is used unchanged if it is allowed; else one of its variants.
        found = self._fresh[name].map(lambda drawn: (drawn, choices(drawn))).filter(lambda f: f[1])
        fresh = found.flatmap(lambda f: st.just(f[0]) if f[0] in f[1] else st.sampled_from(f[1]))
        if allowed.draws_keys:
            return fresh
        # In most cases a single choice gives the context: Hypothesis shrinks a run by deleting
        # steps, which succeeds for steps that made few choices.
        shown = choices(allowed.plain)
        return st.sampled_from([*shown, *[_FRESH] * max(1, 2 * len(shown))]).flatmap(
            lambda chosen: fresh if chosen is _FRESH else st.just(deepcopy(chosen))
        )

    @cached_property
    def beginners(self) -> frozenset[str]:
        """The names of the stimuli that can cause the first event of a log."""
        return frozenset(
            name
            for name, allowed in self._allowed.items()
            if not self.stimuli[name].anytime and allowed.is_possible(self.machine.initial)
        )

    def _offers(self, configuration: Configuration) -> frozenset[str]:
        return frozenset(
            name
            for name, declared in self.stimuli.items()
            if declared.event is None
            or declared.anytime
            or self._allowed[name].is_possible(configuration)
        )
