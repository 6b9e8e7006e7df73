"""Hypothesis strategies made from a specification: contexts of events, and logs.

Everything drawn follows from the specification alone, so they serve any machine. Needs Hypothesis.
"""

from __future__ import annotations

from flux_conform.strategies.values import contexts

__all__ = ["contexts"]
