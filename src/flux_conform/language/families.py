"""Entries of a specification that are for many events."""

from __future__ import annotations

from collections.abc import Collection

UNLISTED = "unlisted"
"""The entry of a specification for events that it does not list."""


def is_family(name: str) -> bool:
    """Whether an entry of that name is for a family of events."""
    return name == UNLISTED or name.endswith("*")


def governing(entries: Collection[str], name: str) -> str | None:
    """The entry that governs an event: its own, or the family `PREFIX.*` that fits longest."""
    if name in entries and not is_family(name):
        return name
    families = (entry for entry in entries if entry.endswith("*"))
    return max((each for each in families if name.startswith(each[:-1])), key=len, default=None)
