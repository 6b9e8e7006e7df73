"""Stands in for Flux's Python where there is no Flux: as much of it as examples/journal.py
and `check --instance` use."""


class Flux:
    """A handle of an instance: of the one around, or of that of a URI."""

    def __init__(self, url: str | None = None) -> None:
        if url not in (None, "local:///run/flux/local"):
            raise FileNotFoundError(2, "No such file or directory")
