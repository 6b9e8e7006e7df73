"""Validates the arguments of strategies; a mistake raises InvalidArgument at the call."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NoReturn

from hypothesis.errors import InvalidArgument

from flux_conform.language import Model as Model
from flux_conform.language import UnknownMachine
from flux_conform.language.faults import SpecificationFaults, closest
from flux_conform.language.specification import UNLISTED, Event, Specification
from flux_conform.machine.rehearsal import load_rehearsed


def specification_of(model: Model) -> Specification:
    """Return the specification that an argument names. Raises InvalidArgument."""
    try:
        return load_rehearsed(model)
    except TypeError as error:
        raise InvalidArgument(f"model={model!r}: {error}") from error
    except UnknownMachine as error:
        near = closest(str(model), error.known)
        hint = f"; did you mean {near!r}?" if near else ""
        raise InvalidArgument(f"model={model!r}: {error}{hint}") from error
    except SpecificationFaults as error:
        raise InvalidArgument(f"model={model!r} cannot be loaded:\n{error}") from error
    except OSError as error:
        raise InvalidArgument(f"model={model!r} cannot be read: {error}") from error


def event_of(specification: Specification, name: str) -> Event:
    """Return the specification's entry for an event name.

    Raises InvalidArgument for an unlisted name that resembles a listed one: most likely a typo.
    """
    if not isinstance(name, str):
        raise InvalidArgument(f"event={name!r} is no name of an event")
    listed = [event.name for event in specification.events]
    try:
        event = specification.event(name)
    except KeyError:
        unknown("event", name, listed)
    if event.name == UNLISTED and name not in listed and (near := closest(name, listed)):
        raise InvalidArgument(
            f"no event {name!r} is listed in {specification.name}; did you mean {near!r}?"
        )
    return event


def unknown(what: str, name: object, known: Iterable[str]) -> NoReturn:
    """Raise InvalidArgument for an unknown name, with a suggestion or the known names."""
    names = list(known)
    near = closest(name, names) if isinstance(name, str) else None
    hint = f"did you mean {near!r}?" if near else f"known are {', '.join(names)}"
    raise InvalidArgument(f"unknown {what} {name!r}; {hint}")


def check_positive(what: str, value: object) -> None:
    """Raise InvalidArgument unless an argument is a positive integer."""
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise InvalidArgument(f"{what}={value!r} is no number that can be: give 1 or more")
