"""Resource limits: a log that exceeds them is unreadable, and other logs are still checked."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

_Arguments = ParamSpec("_Arguments")
_Result = TypeVar("_Result")


class UnreadableLog(Exception):
    """The log cannot be checked: it exceeds a limit of the reader, or of the computer."""


def within_limits(function: Callable[_Arguments, _Result]) -> Callable[_Arguments, _Result]:
    """Decorate a function so that it raises UnreadableLog if memory or stack are exhausted."""

    @wraps(function)
    def bounded(*arguments: _Arguments.args, **options: _Arguments.kwargs) -> _Result:
        try:
            return function(*arguments, **options)
        except (MemoryError, RecursionError) as error:
            why = exhausted(error)
        # Raised outside the handler: the original error would keep all that its frames hold alive.
        raise UnreadableLog(why)

    return bounded


def exhausted(error: MemoryError | RecursionError) -> str:
    """Say why a log that causes such an error cannot be checked."""
    if isinstance(error, MemoryError):
        return "it takes more memory than there is"
    return "it nests too deep"
