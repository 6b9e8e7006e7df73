"""No forged certificate is taken for a proof; what changes nothing is named, with why."""

import copy
import json

import pytest

from flux_conform.language.compiled import encode
from flux_conform.prove import prove
from flux_conform.prove.certificate import document
from flux_conform.verify import verify
from flux_conform.verify.whole_json import read_json
from prove.forgeries import FORGERIES, HARMLESS, SHOP

MODEL = json.loads(json.dumps(encode(SHOP)))


@pytest.fixture(scope="module")
def genuine():
    """The file of certificates that the forgeries start from."""
    found = prove(SHOP, quick=True, certified=True).outcomes
    return json.loads(json.dumps(document([item.certificate for item in found], whole=True)))


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
    assert data != genuine
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
