"""A picture can be drawn whatever a log or a specification calls its things, in every form."""

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from xml.etree import ElementTree

import pytest

from diagrams.toys import machine
from flux_conform.cli.main import main
from flux_conform.diagrams import TEXTS, lay_out, render_bytes, state_graph
from flux_conform.diagrams.dot import dot_source
from flux_conform.diagrams.drawing import drawing_of
from flux_conform.diagrams.engine import drawn
from flux_conform.diagrams.legible import legible
from flux_conform.language.specification import Specification
from nasty import FORGED, NAMES, RAW

SOUND = {"userid": 1, "urgency": 16, "flags": 0, "version": 1}
SUFFIX = {"dot": "dot", "svg": "svg", "tikz": "tex", "tikzpicture": "tikz"}


def odd_log(path: Path, names: list[str]) -> str:
    """A log with each name as an event, a dependency, a key of a memo and a kind of exception."""
    events: list[tuple[str, dict[str, object]]] = [("submit", SOUND), ("validate", {})]
    for name in names:
        events.append((name or "empty", {name: name}))
        events.append(("dependency-add", {"description": name}))
        events.append(("dependency-remove", {"description": f"not {name}"}))
        events.append(("memo", {name: name}))
    events.append(("exception", {"type": names[0], "severity": 0, "note": names[0]}))
    lines = (
        json.dumps({"timestamp": float(at), "name": name, "context": context}) + "\n"
        for at, (name, context) in enumerate(events)
    )
    path.write_text("".join(lines))
    return str(path)


def drawn_by(arguments: list[str], path: Path) -> bytes:
    """What `draw` writes into a file."""
    assert main(["draw", *arguments, "-o", str(path)]) == 0
    return path.read_bytes()


def assert_sound(form: str, made: bytes) -> None:
    """It is UTF-8 without raw controls, and what reads the form can read it."""
    text = made.decode()
    assert not RAW.search(text)
    assert not FORGED.search(text)
    if form == "svg":
        ElementTree.fromstring(text)
    elif form == "dot":
        drawn(text, "canon")
    elif form in ("tikz", "tikzpicture"):
        assert text.count(r"\begin{tikzpicture}") == text.count(r"\end{tikzpicture}") == 1
        read = re.sub(r"(?m)^%.*\n", "", text)
        assert r"\input{" not in read


def groups_of_names(size: int = 6) -> Iterator[list[str]]:
    """All names, a few at a time: a picture shows twenty findings at most."""
    names = list(NAMES.values())
    for place in range(0, len(names), size):
        yield names[place : place + size]


@pytest.mark.parametrize("view", ["trace", "cover"])
@pytest.mark.parametrize("form", TEXTS)
def test_logs_with_odd_names_are_drawn_as_every_text(tmp_path: Path, form: str, view: str) -> None:
    """Events of such names, and contexts with them."""
    for number, names in enumerate(groups_of_names(3)):
        log = odd_log(tmp_path / "job.eventlog", names)
        made = drawn_by([view, log, "--format", form], tmp_path / f"picture-{number}")
        assert_sound(form, made)


@pytest.mark.parametrize("view", ["trace", "cover"])
def test_logs_with_odd_names_are_drawn_as_png(tmp_path: Path, view: str) -> None:
    """The program that comes along draws it."""
    for names in groups_of_names():
        log = odd_log(tmp_path / "job.eventlog", names)
        made = drawn_by([view, log, "--dpi", "40"], tmp_path / "picture.png")
        assert made.startswith(b"\x89PNG")


@pytest.mark.slow
@pytest.mark.parametrize("view", ["trace", "cover"])
def test_tex_sets_logs_with_odd_names(
    tmp_path: Path, view: str, require_tool: Callable[[str], str]
) -> None:
    """As a document of its own."""
    require_tool("pdflatex")
    for names in groups_of_names():
        log = odd_log(tmp_path / "job.eventlog", names)
        assert drawn_by([view, log], tmp_path / "picture.pdf").startswith(b"%PDF-")


def odd_machine(name: str) -> Specification:
    """A machine with the name as a state, an event, a group and its title."""
    states = (name, f"other {name}", "end")
    moves = [
        (name, name, f"other {name}"),
        (f"other {name}", f"{name}2", "end"),
        (f"other {name}", "back", name),
    ]
    return machine(
        states, moves, {f"group {name}": states[:2]}, title=name, name=f"odd {name[:10]}"
    )


@pytest.mark.parametrize("what", NAMES)
def test_a_specification_with_an_odd_name_is_drawn_as_every_text(what: str) -> None:
    """Its states, events and groups."""
    for form in TEXTS:
        assert_sound(form, render_bytes(odd_machine(NAMES[what]), form))


@pytest.mark.parametrize("what", ["escape", "lone surrogates", "backslashes", "tex", "long"])
def test_a_specification_with_an_odd_name_is_drawn_as_image(
    what: str, require_tool: Callable[[str], str]
) -> None:
    """As PNG and PDF."""
    assert render_bytes(odd_machine(NAMES[what]), "png").startswith(b"\x89PNG")
    require_tool("pdflatex")
    assert render_bytes(odd_machine(NAMES[what]), "pdf").startswith(b"%PDF-")


def test_a_backslash_and_a_quotation_mark_come_out_of_every_form_as_they_are() -> None:
    """TikZ is made from Graphviz's own drawing, which writes the two in more than one way."""
    name = r"a\"b\N"
    toy = odd_machine(name)
    svg = ElementTree.fromstring(render_bytes(toy, "svg"))
    assert name in {text.text for text in svg.iter("{http://www.w3.org/2000/svg}text")}
    lines = {
        line.text
        for part in drawing_of(dot_source(lay_out(state_graph(toy)))).parts
        for line in part.lines
    }
    assert {name, f"group {name}"} <= lines


def test_names_that_are_cut_alike_stay_apart() -> None:
    """A state is not taken for another whose name begins as its own."""
    long = "x" * 500
    toy = machine((f"{long}1", f"{long}2"), [(f"{long}1", "go", f"{long}2")])
    picture = legible(state_graph(toy))
    first, second = (state.name for state in picture.states)
    assert first != second
    assert [(edge.source, edge.target) for edge in picture.edges] == [(first, second)]
