"""How binding a rule is, from the strongest level to the weakest."""

from __future__ import annotations

MUST, POLICY, NOTE = "MUST", "policy", "note"

ASKED = (MUST, "SHOULD", "implied")
"""The levels of what the source asks; an RFC by its key words, or by implication."""

LEVELS = (*ASKED, POLICY, NOTE)
"""All levels: `policy` is what a site asks beyond the source; a note is no fault at all."""

WEIGHTY = LEVELS[:-1]
"""The levels of what is a fault: all but notes."""


def counting(*, strict: bool) -> tuple[str, ...]:
    """The levels of the findings that make a log violate, unless they are waived."""
    return WEIGHTY if strict else (MUST,)
