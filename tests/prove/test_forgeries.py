"""No forged certificate is taken for a proof; what changes nothing is named, with why."""

import copy
import json

import pytest

from flux_conform.language.compiled import encode
from flux_conform.prove import prove
from flux_conform.prove.certificate import document
from flux_conform.verify import verify
from flux_conform.verify.binding import meant
from flux_conform.verify.derived_steps import DerivedSystem
from flux_conform.verify.proof import System
from flux_conform.verify.whole_json import read_json
from prove.forgeries import FORGERIES, HARMLESS, SHOP, claim
from prove.inductions import GENERATIONS
from prove.machines import loaded

MODEL = json.loads(json.dumps(encode(SHOP)))


def made(text):
    """The compiled form of a specification, and its certificates."""
    specification = loaded(text)
    return encode(specification), certificates(specification)


def certificates(specification):
    """The file of certificates of a specification."""
    found = prove(specification, quick=True, certified=True).outcomes
    return document([item.certificate for item in found], whole=True)


@pytest.fixture(scope="module")
def genuine():
    """The file of certificates that the forgeries start from."""
    return json.loads(json.dumps(certificates(SHOP)))


def unverified(data):
    """The claims of a file that are not verified; all, with the error, where it is refused."""
    try:
        found = list(verify(read_json(data if isinstance(data, str) else json.dumps(data)), MODEL))
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        return [f"all: {error}"]
    return [
        f"{result.id}: {result.problem or result.shown}" for result in found if not result.verified
    ]


def forged(genuine, forge):
    """A copy of the file with a change, which must change it."""
    data = copy.deepcopy(genuine)
    result = forge(data)
    data = result if isinstance(result, dict | str) and result else data
    assert isinstance(data, str) or json.dumps(data) != json.dumps(genuine)
    return data


def test_the_genuine_file_is_verified_whole(genuine):
    """Else no refusal below would mean anything."""
    assert unverified(genuine) == []
    kinds = {(item["kind"], item["verdict"]) for item in genuine["properties"]}
    assert len(kinds) > 14


def test_there_are_fifty_forgeries_at_least():
    assert len(FORGERIES) >= 50
    assert not {*FORGERIES} & {*HARMLESS}


@pytest.mark.parametrize("name", FORGERIES)
def test_a_forgery_is_caught(genuine, name):
    assert unverified(forged(genuine, FORGERIES[name]))


@pytest.mark.parametrize("name", HARMLESS)
def test_what_changes_nothing_that_is_shown_is_taken(genuine, name):
    """Each says why it is harmless."""
    forge, why = HARMLESS[name]
    assert why
    assert unverified(forged(genuine, forge)) == []


def test_a_generation_is_not_told_apart_by_an_event_that_does_not_begin_it():
    """The conditions overlap at `begin`, and cannot hold at `end`, whose version is 7 or more."""
    overlapping = GENERATIONS
    for old, new in (
        ("not has(.version)", ".version == 1 or .version == 2"),
        ("when: .version == 1,", "when: .version == 1 or .version == 3,"),
        (
            "end: {says: x, context: empty",
            "end: {says: x, context: {version: optional integer 7..9}",
        ),
        ("{on: end, from: A, to: Z}", "{on: end, from: A, when: .version != 8, to: Z}"),
    ):
        assert old in overlapping
        overlapping = overlapping.replace(old, new)
    model, data = (json.loads(json.dumps(each)) for each in made(overlapping))
    assert data["properties"][0]["verdict"] == "refuted"
    borrowed = json.loads(json.dumps(made(GENERATIONS)[1]))
    (item,), data["systems"] = borrowed["properties"], borrowed["systems"]
    (given,) = data["systems"].values()
    for step in given["steps"]:
        if step["event"] == "end":
            step["inputs"] |= {
                "end.version": "Int",
                "end.version?": "Bool",
                "end.version faulty": "Bool",
            }
    derived = DerivedSystem(model, System(given))
    for step in given["steps"]:
        own = derived.step(step["event"])
        step.update(inputs=dict(own.inputs), possible=own.possible, after=dict(own.after))
        step.update(rules=dict(own.rules), allowed=own.allowed)
    (shows,) = item["arguments"][0]["shows"]
    shows["event"] = "end"
    guards = meant(derived, model["properties"][0], shows, derived.step("end"))
    shows["guards"] = [text for _, text in guards]
    begins = [{"name": "begin", "context": {"version": number}} for number in (2, 3)]
    item["logs"] = [[json.dumps({"timestamp": 1, **each})] for each in (*begins, {"name": "end"})]
    data["properties"] = [item]
    (result,) = verify(data, model)
    assert result.problem == "an event is not the one that begins these generations"


def test_a_file_cannot_write_a_line_that_looks_like_another_result(genuine):
    data = forged(genuine, lambda d: claim(d, "leads").update(id="x\nverified leads: proved"))
    lines = [result.line for result in verify(data, MODEL)]
    assert all(len(line.splitlines()) == 1 for line in lines)
    assert not any(line.startswith("verified leads") for line in lines)
