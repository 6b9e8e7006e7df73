"""The JSON Schema of specification files says what the loader takes, for editors."""

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from flux_conform.artefacts import artefact
from flux_conform.language.document import json_schema
from toys import TURNSTILE
from yaml12 import load_yaml

FILES = sorted([*Path(artefact("model")).glob("*.yaml"), TURNSTILE])
CHANGES = sorted(Path(artefact("model", "history")).glob("*.yaml"))


def complaints(document: Any) -> list[str]:
    return [error.message for error in Draft202012Validator(json_schema()).iter_errors(document)]


def test_the_schema_is_one_of_draft_2020_12() -> None:
    """As its own `$schema` says."""
    schema = json_schema()
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    Draft202012Validator.check_schema(schema)


@pytest.mark.parametrize("path", [*FILES, *CHANGES], ids=lambda path: path.name)
def test_every_file_of_the_package_fits(path: Path) -> None:
    """Machines and the format of lines, read as YAML 1.2."""
    assert complaints(load_yaml(path)) == []


def job() -> Any:
    return load_yaml(Path(artefact("model"), "job.yaml"))


PARTS: dict[str, Callable[[Any], Any]] = {
    "the file": lambda document: document,
    "the source": lambda document: document["source"],
    "a generation": lambda document: document["generations"]["v1"],
    "a state": lambda document: document["states"]["NEW"],
    "a variable": lambda document: document["variables"]["urgency"],
    "the findings": lambda document: document["findings"],
    "a finding": lambda document: document["findings"]["silent"],
    "an event": lambda document: document["events"]["submit"],
    "a transition": lambda document: document["transitions"][0],
    "a rule": lambda document: document["rules"][0],
    "a property": lambda document: document["properties"][0],
    "a question": lambda document: document["questions"][0],
    "a participant": lambda document: document["participants"]["user"],
    "a scenario": lambda document: document["scenarios"]["normal"],
    "a step": lambda document: document["scenarios"]["normal"]["steps"][0],
}


@pytest.mark.parametrize("part", PARTS)
def test_an_unknown_key_does_not_fit(part: str) -> None:
    """Wherever the language knows all keys."""
    document = job()
    PARTS[part](document)["whatever"] = "x"
    assert complaints(document)


@pytest.mark.parametrize(
    "key", ["machine", "title", "source", "lines", "states", "findings", "events", "transitions"]
)
def test_a_missing_key_does_not_fit(key: str) -> None:
    """The same keys that the loader asks for."""
    document = job()
    del document[key]
    assert complaints(document)


@pytest.mark.parametrize(
    ("change", "value"),
    [
        (("states", "NEW", "initial"), "yes"),
        (("events", "submit", "elsewhere"), "moves"),
        (("events", "submit", "context"), None),
        (("rules", 0, "level"), "MAY"),
        (("rules", 0, "id"), "submit-first"),
        (("source", "rfc"), "21"),
        (("machine",), "Job"),
        (("events", "submit", "example"), ["urgency"]),
        (("scenarios", "normal", "steps", 0, "at"), -1),
        (("transitions",), {}),
    ],
)
def test_a_value_of_another_shape_does_not_fit(change: tuple[Any, ...], value: Any) -> None:
    """Words, numbers and lists where the language wants them."""
    document = copy.deepcopy(job())
    place = document
    for step in change[:-1]:
        place = place[step]
    place[change[-1]] = value
    assert complaints(document)


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"title": None, "states": {"NEW": None, "DEPEND": {"says": None}}},
        {"events": {"submit": {"context": {"urgency": None, "priority": "integer"}}}},
        {"events": {"submit": {"context": "any", "effect": {"urgency": ".urgency"}}}},
        {"rules": {"rfc21/submit/first": None, "rfc21/submit/once": {"level": "note"}}},
        {"transitions": [{"on": "alloc", "from": ["SCHED"], "when": "true", "remove": True}]},
        {"transitions": [{"on": "alloc", "from": "SCHED", "to": "CLEANUP"}]},
    ],
)
def test_a_change_says_no_more_than_what_differs(change: Any) -> None:
    """Each key may be left out or removed, items with ids stand under them."""
    assert complaints({"change": "job", **change}) == []


@pytest.mark.parametrize(
    "change",
    [
        {"change": ["job"]},
        {"whatever": None},
        {"states": {"NEW": {"whatever": True}}},
        {"states": {"NEW": {"initial": "yes"}}},
        {"rules": [{"id": "rfc21/submit/once", "level": "note"}]},
        {"rules": {"rfc21/submit/once": {"level": "MAY"}}},
        {"transitions": [{"on": "alloc", "from": "SCHED", "to": "RUN", "remove": True}]},
        {"transitions": [{"on": "alloc", "from": "SCHED", "remove": False}]},
        {"transitions": [{"on": "alloc", "remove": True}]},
        {"transitions": [{"on": "alloc", "to": "RUN"}]},
    ],
)
def test_a_change_of_another_shape_does_not_fit(change: Any) -> None:
    """The shapes of what it changes hold for it too."""
    assert complaints({"change": "job", **change})
