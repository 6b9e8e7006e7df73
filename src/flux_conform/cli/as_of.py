"""The time up to which it is told how long logs wait."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flux_conform.cli.common import UsageError

if TYPE_CHECKING:
    import argparse

_CLOCK = "now"


def add_time_options(parser: argparse.ArgumentParser) -> None:
    """Add `--as-of TIME` and `--now`."""
    parser.add_argument(
        "--as-of",
        metavar="TIME",
        help="how long logs wait is told up to TIME, such as 2026-12-01T08:00:00Z or seconds since "
        "1970 (default: up to their last event)",
    )
    parser.add_argument(
        "--now",
        dest="as_of",
        action="store_const",
        const=_CLOCK,
        help="how long logs wait is told up to now",
    )

    parser.add_argument(
        "--stuck",
        metavar="DURATION",
        help="also tell logs as stuck that have waited longer than DURATION, such as 30min or 2h, "
        "by --as-of or else by now",
    )


_UNITS = {"s": 1, "min": 60, "h": 3_600, "d": 86_400}


def stuck_after(arguments: argparse.Namespace) -> float | None:
    """The seconds after which a log counts as stuck. Raises UsageError."""
    given: str | None = arguments.stuck
    if given is None:
        return None
    import re

    found = re.fullmatch(rf"([0-9]{{1,9}}(?:\.[0-9]+)?) ?({'|'.join(_UNITS)})", given.strip())
    if found is None:
        raise UsageError(f'--stuck "{given}": write it as 30s, 30min, 2h or 1d')
    return float(found[1]) * _UNITS[found[2]]


def time_of(arguments: argparse.Namespace) -> float | None:
    """The time that the options name, in seconds since 1970. Raises UsageError."""
    given: str | None = arguments.as_of
    if given is None and arguments.stuck is not None:
        given = arguments.as_of = _CLOCK
    if given is None:
        return None
    if given == _CLOCK:
        from time import time

        return time()
    from datetime import UTC, datetime
    from math import isfinite

    try:
        number = float(given)
    except ValueError:
        pass
    else:
        if isfinite(number):
            return number
    try:
        instant = datetime.fromisoformat(given)
    except ValueError as error:
        raise UsageError(
            f'--as-of "{given}": write it as 2026-12-01T08:00:00Z, or as seconds since 1970'
        ) from error
    return (instant if instant.tzinfo is not None else instant.replace(tzinfo=UTC)).timestamp()
