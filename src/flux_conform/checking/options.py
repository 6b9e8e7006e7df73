"""How logs are judged."""

from __future__ import annotations

from typing import NamedTuple

from flux_conform.checking.waivers import Waivers


class Options(NamedTuple):
    """How logs are judged. `notes` keeps notes and waived findings; `strict` counts warnings."""

    notes: bool = False
    strict: bool = False
    waivers: Waivers = Waivers()
