"""The options that decide how logs are judged."""

from __future__ import annotations

from typing import NamedTuple

from flux_conform.checking.waivers import Waivers


class Options(NamedTuple):
    """The options for judging logs.

    `notes` lists notes and waived findings too; with `strict`, findings of the levels SHOULD and
    implied make a log violate; `waivers` are the known deviations that are excused.
    """

    notes: bool = False
    strict: bool = False
    waivers: Waivers = Waivers()
