"""What differs in lanes is said in terms of lanes, and its logs are found and excluded."""

from pathlib import Path

from flux_conform.diff.written import Change, changes
from flux_conform.language.specification import Specification
from toys import load_toy

STREAMS = Path(__file__).parents[1] / "streams.yaml"


def streams(*replaced: tuple[str, str]) -> Specification:
    text = STREAMS.read_text(encoding="utf-8")
    for old, new in replaced:
        assert text.count(old) == 1
        text = text.replace(old, new)
    return load_toy(text)


def test_a_row_of_a_lane_is_one_change_and_its_sets_are_none() -> None:
    more = streams(("from: OPEN, to: MOVED", "from: [OPEN, EOF], to: MOVED"))
    added = Change("transition", "added", "redirect in EOF of stream", ("outcome: to MOVED",))
    assert changes(streams(), more) == (added,)


def test_a_state_of_a_lane_is_a_change_of_the_lane() -> None:
    more = streams(
        ("MOVED: {says: goes elsewhere}", "MOVED: {says: goes elsewhere}\n      LOST: {}")
    )
    (changed,) = [each for each in changes(streams(), more) if each.kind == "lane"]
    assert (changed.kind, changed.name) == ("lane", "stream")
    assert changed.detail == ("states: OPEN, EOF, MOVED → OPEN, EOF, MOVED, LOST",)
