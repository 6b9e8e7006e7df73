"""A lane is drawn as a machine of its own, and told below the machine that has it."""

from pathlib import Path

import pytest

from flux_conform.cli.main import main
from flux_conform.diagrams.views.lane import UnknownLane, lane_picture
from toys import load_toy

STREAMS = Path(__file__).parents[1] / "streams.yaml"
RANKS = STREAMS.with_name("ranks.yaml")


def test_a_lane_has_its_own_states_and_edges() -> None:
    picture = lane_picture(load_toy(RANKS.read_text(encoding="utf-8")), "rank")
    edges = {(edge.source, edge.target): [str(x) for x in edge.labels] for edge in picture.edges}
    assert picture.start == "OFFLINE"
    assert edges == {
        ("OFFLINE", "ONLINE"): ["online"],
        ("ONLINE", "DRAINED"): ["drain"],
        ("DRAINED", "ONLINE"): ["undrain"],
        ("ONLINE", "OFFLINE"): ["lost"],
        ("DRAINED", "OFFLINE"): ["lost"],
    }


def test_the_table_of_a_lane_says_which_of_its_states_an_event_fits() -> None:
    picture = lane_picture(load_toy(STREAMS.read_text(encoding="utf-8")), "stream", detail=True)
    assert picture.table is not None
    (band,) = picture.table.bands
    rows = {row.name: [cell.says for cell in row.cells] for row in band.rows}
    assert dict(zip(picture.table.columns, rows["redirect"], strict=True)) == {
        "OPEN": "moves to MOVED",
        "EOF": "undefined",
        "MOVED": "undefined",
    }


@pytest.mark.parametrize("form", ["dot", "svg", "tikz", "mermaid", "text"])
def test_each_form_shows_a_lane_and_tells_of_it_below_the_machine(
    form: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["draw", "--machine", str(STREAMS), "--lane", "stream", "--format", form]) == 0
    alone = capsys.readouterr().out
    assert all(name in alone for name in ("OPEN", "EOF", "MOVED", "redirect"))
    assert main(["draw", "--machine", str(STREAMS), "--format", form]) == 0
    assert "BODY" in capsys.readouterr().out


def test_a_picture_of_a_machine_tells_of_its_lanes(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["draw", "--machine", str(STREAMS), "--format", "text"]) == 0
    shown = " ".join(capsys.readouterr().out.split())
    assert "OPEN → EOF on data [eof == true]; OPEN → MOVED on redirect." in shown


def test_a_lane_is_drawn_of_no_one_generation(capsys: pytest.CaptureFixture[str]) -> None:
    """Its rows hold in all, so a name, right or wrong, would say nothing."""
    asked = ["draw", "--machine", str(STREAMS), "--lane", "stream", "--generation", "today"]
    assert main(asked) == 2
    assert "leave out --generation" in capsys.readouterr().err


def test_a_lane_that_is_not_there_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(UnknownLane, match='no lane "rank"; the known ones are stream'):
        lane_picture(load_toy(STREAMS.read_text(encoding="utf-8")), "rank")
    assert main(["draw", "--lane", "stream"]) == 2
    assert 'no lane "stream": this machine has no lanes' in capsys.readouterr().err
