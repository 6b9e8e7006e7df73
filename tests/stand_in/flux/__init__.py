"""Stands in for Flux's Python where there is no Flux: as much of it as examples/journal.py uses."""


class Flux:
    """A handle of an instance."""
