"""What a job holds, and how long (`model/joint/holding.yaml`)."""

from __future__ import annotations

import os
from typing import NamedTuple

from flux_conform.artefacts import artefact
from flux_conform.language.document import EVENT_NAME, TEXT
from flux_conform.language.loading.fields import Fields
from flux_conform.language.shapes import Field, Record, Text
from flux_conform.language.yaml_nodes import FaultList, read_nodes, read_text

_PATH = Text("keys with slashes between them", "[^/]+(?:/[^/]+)*")
_HOLDING = Record(
    "what a job holds",
    {
        "from": Field(EVENT_NAME, "the event from which on it is held", True),
        "until": Field(EVENT_NAME, "the event up to which it is held", True),
        "document": Field(TEXT, "the key of the document that lists it", True),
        "list": Field(_PATH, "where the list is in the document", True),
        "ranks": Field(_PATH, "the idset of ranks in an item of the list", True),
        "cores": Field(_PATH, "the idset of cores in an item of the list", True),
    },
)


class Holding(NamedTuple):
    """From which event to which a job holds what a document lists; paths are tuples of keys."""

    begins: str
    ends: str
    document: str
    listed: tuple[str, ...]
    ranks: tuple[str, ...]
    cores: tuple[str, ...]


def read_holding(path: str) -> Holding:
    """What a file says. Raises SpecificationFaults with every mistake in it."""
    faults = FaultList(path)
    root = _HOLDING.read(read_nodes(read_text(path), faults), faults)
    if root is None or faults.faults:
        raise faults.error()
    fields = Fields(root.value)
    paths = (tuple(fields.text(key).split("/")) for key in ("list", "ranks", "cores"))
    return Holding(fields.text("from"), fields.text("until"), fields.text("document"), *paths)


def load_holding() -> Holding:
    """What the packaged file says."""
    return read_holding(os.path.join(artefact("model"), "joint", "holding.yaml"))
