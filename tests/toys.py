"""Small specifications and logs for tests, and a way to say where in a text a fault stands."""

import json
from pathlib import Path
from typing import Any, NamedTuple

from flux_conform.artefacts import artefact
from flux_conform.language.faults import Fault, SpecificationFaults
from flux_conform.language.loader import load_text
from flux_conform.language.specification import Specification
from flux_conform.machine.step import Machine

TURNSTILE = Path(__file__).with_name("turnstile.yaml")
FILE = "toy.yaml"


class Place(NamedTuple):
    """Where a mark stood in a text: line and column from 1, and the offset from 0."""

    line: int
    column: int
    offset: int


def unmarked(text: str, mark: str = "§") -> tuple[str, Place]:
    """The text without its one mark, and the place where the mark stood."""
    before, found, after = text.partition(mark)
    assert found, "the text has no mark"
    assert mark not in after, "the text has two marks"
    column = len(before) - (before.rfind("\n") + 1) + 1
    return before + after, Place(before.count("\n") + 1, column, len(before))


def find_lines(name: str) -> str:
    """The path of the package's own file of line rules."""
    return str(Path(artefact("model"), f"{name}.yaml"))


def load_toy(text: str) -> Specification:
    """The specification in a text."""
    return load_text(text, FILE, find_lines)


def faults_of(text: str) -> tuple[Fault, ...]:
    """The faults of a text, none where it loads."""
    try:
        load_toy(text)
    except SpecificationFaults as error:
        return error.faults
    return ()


def turnstile(*changes: tuple[str, str]) -> str:
    """The text of the turnstile with some of it replaced; each change must find its place."""
    text = TURNSTILE.read_text(encoding="utf-8")
    for old, new in changes:
        assert text.count(old) == 1, f"{old!r} stands there {text.count(old)} times"
        text = text.replace(old, new)
    return text


def turnstile_machine(*changes: tuple[str, str]) -> Machine:
    """The turnstile, or a changed one, ready to run."""
    return Machine(load_toy(turnstile(*changes)))


def event(name: str, context: Any = ..., *, timestamp: Any = 1700000000.5) -> bytes:
    """A line of a log; without a context where none is given."""
    row = {"timestamp": timestamp, "name": name}
    if context is not ...:
        row["context"] = context
    return json.dumps(row).encode() + b"\n"


def coin(value: int = 10, **keys: Any) -> bytes:
    """A coin put into the turnstile."""
    return event("coin", {"value": value, **keys})


PUSH = event("push")
