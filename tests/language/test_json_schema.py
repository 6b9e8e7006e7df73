"""The JSON Schema of specification files says what the loader takes, for editors."""

import copy
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from flux_conform.artefacts import artefact
from flux_conform.language.loading.file_schema import json_schema
from toys import TURNSTILE, faults_of
from yaml12 import load_yaml

TOYS = TURNSTILE.parent
MACHINES = TOYS.parent / "examples" / "machines"
FILES = sorted(
    [*Path(artefact("model")).glob("*.yaml"), *TOYS.glob("*.yaml"), *MACHINES.glob("*.yaml")]
)
CHANGES = sorted(Path(artefact("model", "history")).glob("*.yaml"))


VALIDATOR = Draft202012Validator(json_schema())


def complaints(document: Any) -> list[str]:
    return [error.message for error in VALIDATOR.iter_errors(document)]


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


def streams() -> Any:
    return load_yaml(TOYS / "streams.yaml")


LANES: dict[str, Callable[[Any], Any]] = {
    "an unknown key of a lane": lambda d: d["lanes"]["stream"].update(whatever=1),
    "an unknown key of its state": lambda d: d["lanes"]["stream"]["states"]["EOF"].update(final=True),
    "a lane without states": lambda d: d["lanes"]["stream"].pop("states"),
    "lanes as a list": lambda d: d.update(lanes=[d["lanes"]]),
    "a key that is a mapping": lambda d: d["lanes"]["stream"].update(key={"a": ".rank"}),
    "a row of a lane by number": lambda d: d["transitions"][2].update(lane=3),
    "a row of a list of lanes": lambda d: d["transitions"][2].update(lane=["stream"]),
    "a form of lines with another part": lambda d: d.update(fields={"names": ".type"}),
    "a form whose name is no key": lambda d: d.update(fields={"name": "type"}),
    "a source with capitals": lambda d: d.update(source={"name": "Streams"}),
    "types as a list": lambda d: d.update(types=["string"]),
    "a final state that is half captive": lambda d: d["states"]["BODY"].update(final={"captive": 1}),
    "an effect that is a list": lambda d: d["events"]["header"].update(effect=["named"]),
}  # fmt: skip


@pytest.mark.parametrize("what", LANES)
def test_a_mistake_in_a_newer_construct_does_not_fit(what: str) -> None:
    """Neither the schema nor the loader takes it."""
    document = streams()
    assert complaints(document) == []
    LANES[what](document)
    assert complaints(document)
    assert faults_of(json.dumps(document))


def changed_at(document: Any, path: tuple[Any, ...], change: Callable[[Any, Any], None]) -> str:
    found = copy.deepcopy(document)
    place = found
    for step in path[:-1]:
        place = place[step]
    change(place, path[-1])
    return json.dumps(found)


def places_of(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if path:
        yield path
    pairs = (
        value.items()
        if isinstance(value, dict)
        else enumerate(value)
        if isinstance(value, list)
        else ()
    )
    for key, inner in pairs:
        yield from places_of(inner, (*path, key))


@pytest.mark.slow
def test_what_loads_is_marked_by_no_editor() -> None:
    """Whatever is left out, or another value: where the schema complains, the loader does."""
    document = streams()
    told = 0
    for path in places_of(document):
        for change in (
            lambda place, key: place.__delitem__(key),
            lambda place, key: place.__setitem__(key, [[]]),
            lambda place, key: place.__setitem__(key, {"whatever": {}}),
        ):
            text = changed_at(document, path, change)
            if complaints(json.loads(text)):
                told += 1
                assert faults_of(text), (path, text)
    assert told > 100
