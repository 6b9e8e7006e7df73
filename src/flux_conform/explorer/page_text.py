"""The texts of the page: the modules of its script, as files of the package."""

from __future__ import annotations

from pathlib import Path

MODULES = Path(__file__).with_name("js")
"""The folder of the page's modules, in JavaScript."""
