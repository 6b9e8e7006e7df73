"""What can be observed of a reader."""

STATES, VERDICT = "states", "verdict"
POWERS = (STATES, VERDICT)
"""What can be observed of a reader: everything, or only the verdicts."""
