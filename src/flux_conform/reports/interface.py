"""What reports are given besides the events of a session."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from flux_conform.checking.finding import Finding

Write: TypeAlias = Callable[[str], None]
"""Takes the next piece of a report's text."""

Link: TypeAlias = Callable[[Finding], str | None]
"""Where the text of the rule that a finding breaks can be read, as an absolute address, or None."""
