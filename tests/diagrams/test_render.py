"""The call, the program behind it, and the verb of the command line."""

import re
import sysconfig
from importlib.resources import files

import pytest

from diagrams.toys import drawn, turnstile
from flux_conform.cli.draw import draw_output
from flux_conform.cli.main import main
from flux_conform.diagrams import (
    BINARIES,
    FORMATS,
    EngineFailed,
    EngineMissing,
    UnknownEngine,
    UnknownFormat,
    find_program,
    render,
)
from flux_conform.diagrams.engine import ENGINES
from flux_conform.diagrams.engine import drawn as drawn_by


@pytest.fixture
def nothing_installed(monkeypatch, tmp_path):
    """No drawing program, neither beside the interpreter nor on PATH."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(sysconfig, "get_path", lambda *_: str(tmp_path))


def test_an_unknown_format_is_an_error_that_names_the_known_ones():
    with pytest.raises(UnknownFormat, match=r'"gif"; the known ones are dot, svg, tikz'):
        render(turnstile(), "gif")


def test_an_unknown_engine_is_an_error_that_names_the_known_ones():
    with pytest.raises(UnknownEngine, match=r'"neato"; the known ones are pure, dot'):
        render(turnstile(), "svg", engine="neato")


@pytest.mark.parametrize(
    ("engine", "remedy"),
    [("pure", "graphviz-pure: pip install graphviz-pure"), ("dot", "dot: install Graphviz")],
)
def test_an_engine_that_is_missing_says_what_to_install(engine, remedy, nothing_installed):
    with pytest.raises(EngineMissing, match=remedy):
        render(turnstile(), "svg", engine=engine)


def test_dot_source_needs_no_engine(nothing_installed):
    assert render(turnstile(), "dot").count("->") == 6


def test_the_engine_of_the_wheel_is_found_where_path_does_not_lead(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert find_program("pure").startswith(sysconfig.get_path("scripts"))


def test_an_engine_that_fails_passes_on_what_it_said():
    with pytest.raises(EngineFailed, match=r"graphviz-pure failed: .*syntax error"):
        drawn_by("no DOT at all", "svg")


def test_an_engine_that_cannot_be_started_is_one_that_failed(monkeypatch, tmp_path):
    program = tmp_path / "dot"
    program.write_bytes(b"\x7fELF, but not really")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(EngineFailed, match="dot failed: "):
        drawn_by("digraph {}", "svg", engine="dot")


BROKEN = {
    "nothing": ("exit 0", "svg", "what it wrote is no SVG"),
    "no text": (r"printf '\377\376'", "svg", "what it wrote is not UTF-8 text"),
    "no drawing": ("echo hello", "svg", "what it wrote is no SVG"),
    "no image": ("echo hello", "png", "what it wrote is no PNG"),
    "many lines": (r"printf 'one\ntwo\033\n' >&2; exit 3", "svg", r"one two\x1b"),
    "no word": ("exit 3", "svg", "it ended with 3, and did not say why"),
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_broken_engine_gives_one_clear_line(case, monkeypatch, tmp_path, capsys):
    script, form, said = BROKEN[case]
    program = tmp_path / "dot"
    program.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    command = ["draw", "--machine", "exec", "--engine", "dot", "--format", form]
    assert main([*command, "-o", str(tmp_path / "new")]) == 2
    assert capsys.readouterr().err == f"flux-conform draw: dot failed: {said}\n"
    assert [path.name for path in tmp_path.iterdir()] == ["dot"]


def test_an_engine_that_never_ends_is_stopped(monkeypatch, tmp_path):
    program = tmp_path / "dot"
    program.write_text("#!/bin/sh\nexec /bin/sleep 60\n", encoding="utf-8")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("flux_conform.diagrams.engine.TIME_LIMIT", 0.2)
    with pytest.raises(EngineFailed, match=r"it was not done after 0.2 seconds"):
        drawn_by("digraph {}", "svg", engine="dot")


def test_the_code_that_draws_names_no_state_of_a_job():
    names = "|".join(state.name for state in drawn("job").machine_states)
    folder = files("flux_conform.diagrams")
    sources = [file for file in folder.iterdir() if file.name.endswith(".py")]
    assert len(sources) > 5
    for file in sources:
        assert not re.search(rf"\b({names})\b", file.read_text(encoding="utf-8")), file.name


def test_the_format_follows_from_the_ending_of_the_file(tmp_path):
    forms = {
        "dot": "dot",
        "gv": "dot",
        "svg": "svg",
        "SVG": "svg",
        "tex": "tikz",
        "tikz": "tikzpicture",
        "mmd": "mermaid",
        "txt": "text",
    }
    for ending, form in forms.items():
        path = tmp_path / f"machine.{ending}"
        assert main(["draw", "--machine", "exec", "-o", str(path)]) == 0
        assert path.read_text(encoding="utf-8") == render(drawn("exec"), form), ending


def test_the_format_can_be_named(tmp_path):
    path = tmp_path / "machine"
    assert main(["draw", "--format", "svg", "-o", str(path)]) == 0
    assert path.read_text(encoding="utf-8") == render(drawn("job"), "svg")


@pytest.mark.parametrize("output", [[], ["-o", "-"]])
def test_without_a_file_dot_goes_to_standard_output(output, capfdbinary):
    assert main(["draw", *output]) == 0
    assert capfdbinary.readouterr().out == render(drawn("job"), "dot").encode()


def test_another_generation_can_be_drawn(capfdbinary):
    assert main(["draw", "--generation", "v0"]) == 0
    assert b"submit" in capfdbinary.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["-o", "machine.gif"], '"machine.gif" does not end in .dot, .gv, .svg'),
        (["--format", "gif"], 'no format "gif"; the known ones are dot, svg, tikz'),
        (["--dpi", "0"], "--dpi is 0; it must be from 10 to 2400"),
        (["--format", "text", "--width", "3"], "--width is 3; it must be from 20"),
        (["-o", "machine"], "does not end in"),
        (
            ["-o", "no/such/folder/machine.svg"],
            "no/such/folder/machine.svg: there is no folder no/such/folder",
        ),
        (["--generation", "v9"], 'no generation "v9"; the known ones are v1, v0'),
        (["--machine", "nothing"], 'no specification "nothing"'),
    ],
    ids=[
        "unknown ending",
        "format",
        "dots",
        "width",
        "no ending",
        "unwritable",
        "generation",
        "machine",
    ],
)
def test_a_call_that_cannot_be_carried_out_exits_2_and_says_why(arguments, message, capsys):
    assert main(["draw", *arguments]) == 2
    captured = capsys.readouterr()
    assert message in captured.err
    assert captured.out == ""


def test_a_missing_engine_exits_2_and_says_what_to_install(nothing_installed, capsys):
    assert main(["draw", "--format", "svg"]) == 2
    assert "pip install graphviz-pure" in capsys.readouterr().err


def test_the_verb_offers_what_can_be_drawn():
    assert draw_output.FORMATS == FORMATS
    assert draw_output.BINARIES == BINARIES
    assert draw_output.ENGINES == ENGINES
    assert set(draw_output.ENDINGS.values()) == set(FORMATS)
