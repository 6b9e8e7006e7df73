"""`flux-conform rfc check` as it is called: exit codes, text, JSON, errors."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

Run = Callable[..., tuple[int, str, str]]

KETTLE = Path(__file__).parent.parent / "rfc"
MODEL = ("--machine", KETTLE / "kettle.yaml")


def test_agreement_is_told_with_what_was_read(run: Run) -> None:
    """Exit code 0; the diagram beside the image is found."""
    code, out, err = run("rfc", "check", KETTLE / "kettle.rst", *MODEL)
    assert (code, err) == (0, "")
    lines = out.splitlines()
    assert lines[0].startswith(f"note: {KETTLE}/kettle.rst:3: the 45 sentences were not compared")
    assert lines[1].startswith(f"note: {KETTLE}/kettle.rst:8: ")
    assert lines[-1] == "no difference"
    assert any(
        line.endswith("4 states, 2 virtual states, 10 events, 10 keys, 4 examples, 45 sentences")
        for line in lines
    )
    assert any(line.endswith("kettle.dot: 4 states, 5 events, 6 edges") for line in lines)


def test_a_difference_is_shown_with_its_line_and_the_model(run: Run, tmp_path: Path) -> None:
    """Exit code 1."""
    drawing = tmp_path / "a.dot"
    source = (KETTLE / "kettle.dot").read_text(encoding="utf-8")
    drawing.write_text(source.replace('"fill"', '"fil\x1bl"'), encoding="utf-8")
    code, out, _ = run("rfc", "check", KETTLE / "kettle.rst", *MODEL, "--diagram", drawing)
    assert code == 1
    assert out.startswith(
        'edge-label: the edge from COLD to HEATING bears "fil\\x1bl"\n'
        f"  --> {drawing}:13\n"
        "     |\n"
        '  13 |     COLD -> HEATING [label="fil\\x1bl"];\n'
        "     |                             ^^^^^^^^\n"
    )
    assert "  model: it lists no event fil\\x1bl (rfc9998/states/undefined)\n" in out
    assert "  to do: write fill, if that is meant; else add it to the model\n" in out
    assert out.endswith("\n1 difference\n")


def test_json_is_one_object(run: Run) -> None:
    """With the same exit code as text."""
    code, out, _ = run("rfc", "check", KETTLE / "kettle.rst", "--format", "json")
    value = json.loads(out)
    assert code == 1
    assert (value["machine"], value["verdict"]) == ("job", "differs")
    assert value["read"]["text"]["events"] == 10


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("nowhere.rst",), "nowhere.rst: No such file"),
        ((KETTLE / "kettle.rst", "--diagram", "nowhere.dot"), "nowhere.dot: No such file"),
        ((KETTLE / "kettle.rst", "--diagram", KETTLE / "kettle.rst"), "kettle.rst: Error: "),
        ((KETTLE / "kettle.rst", "--machine", "kettel"), "kettel"),
        ((), "FILE"),
    ],
)
def test_a_wrong_call_ends_with_exit_code_2(
    arguments: tuple[object, ...], says: str, run: Run
) -> None:
    """And names what is wrong."""
    code, out, err = run("rfc", "check", *arguments)
    assert (code, out) == (2, "")
    assert says in err
