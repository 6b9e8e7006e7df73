"""What a log may ask of the machine: past it, that log is unreadable, and others are judged."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

_Arguments = ParamSpec("_Arguments")
_Result = TypeVar("_Result")


class UnreadableLog(Exception):
    """The log cannot be judged: it passes the limits of this reader, or of the machine."""


def within_limits(function: Callable[_Arguments, _Result]) -> Callable[_Arguments, _Result]:
    """A function of a log that raises UnreadableLog where memory or the stack are exhausted."""

    @wraps(function)
    def bounded(*arguments: _Arguments.args, **options: _Arguments.kwargs) -> _Result:
        try:
            return function(*arguments, **options)
        except (MemoryError, RecursionError) as error:
            why = exhausted(error)
        # Out here, for the error would keep all that its frames hold.
        raise UnreadableLog(why)

    return bounded


def exhausted(error: MemoryError | RecursionError) -> str:
    """Why a log that meets such an error cannot be judged."""
    if isinstance(error, MemoryError):
        return "it takes more memory than there is"
    return "it nests too deep"
