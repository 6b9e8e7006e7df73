"""One specification of an eventlog's state machine, and all that is made from it."""

__version__ = "0.1.0"
