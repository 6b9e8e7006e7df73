"""One kind of eventlogs."""

from __future__ import annotations

from typing import NamedTuple


class LogKind(NamedTuple):
    """A kind of eventlog. `first` and `events` are empty where a specification has them.

    `names` are the parts of file names that show the kind. `first` are the events with which
    every log of the kind begins, `events` the further ones.
    """

    name: str
    rfc: int
    says: str
    names: tuple[str, ...]
    first: tuple[str, ...] = ()
    events: tuple[str, ...] = ()
