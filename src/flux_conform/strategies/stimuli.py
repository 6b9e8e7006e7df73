"""The stimuli of an EventlogMachine: methods that provoke events, as `@stimulus` declares them."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from copy import deepcopy
from functools import cached_property
from typing import Any, NamedTuple, TypeVar

from hypothesis import strategies as st
from hypothesis.errors import InvalidArgument
from hypothesis.strategies import SearchStrategy

from flux_conform.checking.waivers import UnknownDeviations
from flux_conform.language.faults import SpecificationFaults
from flux_conform.language.specification import UNLISTED, Specification
from flux_conform.machine.configuration import Configuration, key_of
from flux_conform.machine.step import Machine
from flux_conform.strategies.allowed_contexts import AllowedContexts
from flux_conform.strategies.arguments import Model, event_of, specification_of, unknown
from flux_conform.strategies.type_values import Context, contexts
from flux_conform.testing import Assertions

Function = TypeVar("Function", bound=Callable[..., None])

_MARK = "flux_conform_stimulus"
CONTEXT = "context"
"""The parameter of a stimulus that gets a context drawn from the model."""


_MOST_KNOWN = 10_000
"""Maximum number of configurations whose allowed stimuli are cached."""

_FRESH: Context = {"": "a context that is drawn"}
"""Marks the choice to draw a context."""


class Stimulus(NamedTuple):
    """A method that provokes an event; `event` is None if it provokes no particular one.

    `fixed` gives values, or strategies for them, to keys of the context. With `anytime` the method
    is called whether or not the model allows the event.
    """

    function: Callable[..., None]
    event: str | None
    fixed: Mapping[str, Any]
    anytime: bool

    @property
    def takes_context(self) -> bool:
        """Whether the method has a parameter for the context."""
        return CONTEXT in inspect.signature(self.function).parameters


def stimulus(
    event: str | None = None, /, *, anytime: bool = False, **keys: Any
) -> Callable[[Function], Function]:
    """Declare that a method of an EventlogMachine provokes an event.

    The method is called when the model allows the event next. If it has a parameter `context`, it
    gets a context that the model allows there; in it, `keys` have the given values, or values drawn
    from the given strategies, and None leaves an optional key out. With `anytime` the method is
    called in every state: the system must then refuse what is not allowed, or ignore it. Without an
    event, no context is drawn and the method is always called. Raises InvalidArgument.
    """

    def declared(function: Function) -> Function:
        setattr(function, _MARK, Stimulus(function, event, keys, anytime))
        return function

    if callable(event):
        raise InvalidArgument("write @stimulus() with brackets, or name an event in them")
    return declared


def mark(function: Callable[..., None], declared: Stimulus) -> None:
    """Attach a declaration to a function."""
    setattr(function, _MARK, declared)


def stimuli_of(owner: type) -> Iterator[tuple[str, Stimulus]]:
    """Yield the stimuli of a class, also the inherited ones, with their attribute names.

    As with the rules of Hypothesis, an override without a declaration is no stimulus.
    """
    for name in sorted(dir(owner)):
        declared = getattr(getattr(owner, name, None), _MARK, None)
        if isinstance(declared, Stimulus) and not name.startswith("__"):
            yield name, declared


def _check(declared: Stimulus, specification: Specification) -> None:
    """Raise InvalidArgument if a declaration does not fit the model or the method."""
    where = f"@stimulus of {declared.function.__qualname__}"
    required = [
        name
        for name, parameter in inspect.signature(declared.function).parameters.items()
        if parameter.default is parameter.empty
        and parameter.kind not in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD)
    ]
    if declared.event is None:
        if declared.fixed:
            raise InvalidArgument(f"{where}: {', '.join(declared.fixed)} given, but no event")
        if len(required) > 1:
            raise InvalidArgument(f"{where}: without an event the method has no arguments")
        return
    if not set(required[1:]) <= {CONTEXT}:
        raise InvalidArgument(f"{where}: the one argument that is drawn is named {CONTEXT}")
    try:
        event = event_of(specification, declared.event)
        if event.is_family and declared.event == event.name:
            raise InvalidArgument(f"{event.name} is a family of events; name one of them")
        if event.name == UNLISTED:
            unknown(
                "event",
                declared.event,
                [e.name for e in specification.events if e.name != UNLISTED],
            )
        contexts(specification, declared.event, **declared.fixed).validate()
    except InvalidArgument as error:
        raise InvalidArgument(f"{where}: {error}") from error


class StimulusPlan:
    """The specification, and the validated stimuli of one class, shared by all its runs."""

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
            _check(declared, self.specification)
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
