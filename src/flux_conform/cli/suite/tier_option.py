"""The option that chooses a tier of a suite."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import argparse


def add_tier_option(parser: argparse.ArgumentParser) -> None:
    """Declare --tier."""
    parser.add_argument(
        "--tier",
        choices=("smoke", "full"),
        default="full",
        help="smoke: few vectors that kill what all kill that rest on no open question "
        "(default: full)",
    )
