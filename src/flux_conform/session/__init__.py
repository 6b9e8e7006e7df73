"""Many logs: which specification judges each, and what became of them.

What a session finds it gives out as events. It prints nothing, and knows no command line: `Named`
says what the user calls a setting, for sentences that ask for another one.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

Named: TypeAlias = Callable[[str], str]
"""The name under which the user gives a setting, such as --previous."""


class SessionError(Exception):
    """What was asked for cannot be done; the message says why, and what to do."""
