"""Which vectors of a specification a suite holds: all, or those of some groups or of a tier."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from flux_conform.suite.making.tiers import FULL, TIERS


class Choice(NamedTuple):
    """The groups, None for all, and the tier."""

    groups: tuple[str, ...] | None = None
    tier: str = FULL

    def value(self) -> dict[str, Any]:
        """The choice as a manifest holds it."""
        return {
            "tier": self.tier,
            "groups": None if self.groups is None else list(self.groups),
        }


ALL = Choice()


def choice_in(manifest: Mapping[str, Any]) -> Choice:
    """The choice that a manifest holds; all where it holds none."""
    told = manifest.get("chosen")
    if not isinstance(told, Mapping):
        return ALL
    groups, tier = told.get("groups"), told.get("tier")
    return Choice(
        tuple(map(str, groups)) if isinstance(groups, list) else None,
        tier if tier in TIERS else FULL,
    )
