"""The `@stimulus` decorator: declares which event a method of an EventlogMachine provokes."""

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
"""The parameter of a stimulus that gets a context drawn from the model."""


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


def check(declared: Stimulus, specification: Specification) -> None:
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
