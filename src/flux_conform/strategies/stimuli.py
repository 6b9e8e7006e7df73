"""What a user says a live system can be made to do, and which event it provokes."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple, TypeVar

from hypothesis.errors import InvalidArgument

from flux_conform.language.specification import UNLISTED, Specification
from flux_conform.strategies.arguments import event_of, unknown
from flux_conform.strategies.type_values import contexts

Function = TypeVar("Function", bound=Callable[..., None])

_MARK = "flux_conform_stimulus"
CONTEXT = "context"
"""The argument of a stimulus that is drawn from the model."""


class Stimulus(NamedTuple):
    """A method that provokes an event; `event` is None where it provokes none in particular.

    `fixed` are keys of the context that are given, `anytime` tells that the model is not asked
    whether the event may come.
    """

    function: Callable[..., None]
    event: str | None
    fixed: Mapping[str, Any]
    anytime: bool

    @property
    def takes_context(self) -> bool:
        """Whether the method wants a context."""
        return CONTEXT in inspect.signature(self.function).parameters


def stimulus(
    event: str | None = None, /, *, anytime: bool = False, **keys: Any
) -> Callable[[Function], Function]:
    """Declare that a method of an EventlogMachine provokes an event.

    It is called where the model lets the event come next. Where it takes an argument `context`,
    it is given a context that the model allows there, in which `keys` have these values, or values
    drawn from these strategies; None leaves an optional key out. With `anytime` it is called
    in every state: the system has to refuse what it must not do, or to do nothing. Without an
    event, nothing is drawn and it is always called.
    """

    def declared(function: Function) -> Function:
        setattr(function, _MARK, Stimulus(function, event, keys, anytime))
        return function

    if callable(event):
        raise InvalidArgument("write @stimulus() with brackets, or name an event in them")
    return declared


def mark(function: Callable[..., None], declared: Stimulus) -> None:
    """Let a function stand for a stimulus."""
    setattr(function, _MARK, declared)


def stimuli_of(owner: type) -> Iterator[tuple[str, Stimulus]]:
    """The stimuli of a class, its own and those that it inherits, by the names of its attributes.

    As with the rules of Hypothesis, a method that is overridden without a declaration is none.
    """
    for name in sorted(dir(owner)):
        declared = getattr(getattr(owner, name, None), _MARK, None)
        if isinstance(declared, Stimulus) and not name.startswith("__"):
            yield name, declared


def check(declared: Stimulus, specification: Specification) -> None:
    """Raise InvalidArgument where a declaration does not fit the model or the method."""
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
