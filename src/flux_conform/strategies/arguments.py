"""What users give to a strategy: a specification, and names in it. Mistakes are told at once."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NoReturn

from hypothesis.errors import InvalidArgument

from flux_conform.language import Model as Model
from flux_conform.language import UnknownMachine, load
from flux_conform.language.faults import SpecificationFaults, closest
from flux_conform.language.specification import UNLISTED, Event, Specification


def specification_of(model: Model) -> Specification:
    """The specification that is meant. Raises InvalidArgument."""
    try:
        return load(model)
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
    """The entry that governs an event; a name that is like a listed one is taken for a slip."""
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
    """Tell that a name is not known, with the one that may have been meant."""
    names = list(known)
    near = closest(name, names) if isinstance(name, str) else None
    hint = f"did you mean {near!r}?" if near else f"known are {', '.join(names)}"
    raise InvalidArgument(f"unknown {what} {name!r}; {hint}")


def number_of(what: str, value: object) -> None:
    """Tell where an argument is not a number from 1 on."""
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise InvalidArgument(f"{what}={value!r} is no number that can be: give 1 or more")
