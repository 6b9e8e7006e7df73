"""Where pictures go: files written whole or not at all, a terminal, a device."""

import io
import os
import struct
import sys

import pytest

from diagrams.toys import drawn
from flux_conform.cli.main import main
from flux_conform.diagrams import Options, render, render_bytes


class Terminal(io.TextIOWrapper):
    """Standard output as a terminal has it."""

    def __init__(self, encoding="utf-8"):
        super().__init__(io.BytesIO(), encoding=encoding)

    def isatty(self):
        return True

    def shown(self):
        self.flush()
        return self.buffer.getvalue().decode(self.encoding)


def test_a_png_is_the_same_whatever_fonts_there_are(monkeypatch, tmp_path):
    """The engine brings its own."""
    here = render_bytes(drawn("exec"), "png")
    for name in ("FONTCONFIG_PATH", "FONTCONFIG_FILE", "HOME", "XDG_DATA_HOME", "GDFONTPATH"):
        monkeypatch.setenv(name, str(tmp_path / "nothing"))
    assert render_bytes(drawn("exec"), "png") == here


def test_the_dots_of_a_png_can_be_chosen(tmp_path):
    sizes = {}
    for dpi in (72, 144):
        path = tmp_path / f"{dpi}.png"
        assert main(["draw", "--machine", "exec", "--dpi", str(dpi), "-o", str(path)]) == 0
        content = path.read_bytes()
        assert content == render_bytes(drawn("exec"), "png", options=Options(dpi=dpi))
        sizes[dpi] = struct.unpack_from(">II", content, 16)
    assert sizes[144] == pytest.approx([2 * side for side in sizes[72]], abs=2)


@pytest.mark.parametrize("form", ["png", "pdf"])
def test_what_is_no_text_is_not_thrown_at_a_terminal(form, monkeypatch, capsys):
    terminal = Terminal()
    monkeypatch.setattr(sys, "stdout", terminal)
    assert main(["draw", "--format", form]) == 2
    assert terminal.shown() == ""
    said = f"flux-conform draw: {form} is nothing for a terminal; name a file with --output\n"
    assert capsys.readouterr().err == said


def test_a_png_can_be_piped(capfdbinary):
    assert main(["draw", "--machine", "exec", "--format", "png"]) == 0
    assert capfdbinary.readouterr().out == render_bytes(drawn("exec"), "png")


def test_without_a_format_a_terminal_gets_text_and_a_pipe_dot(monkeypatch, capsys):
    assert main(["draw", "--machine", "exec"]) == 0
    assert capsys.readouterr().out == render(drawn("exec"), "dot")
    terminal = Terminal()
    monkeypatch.setattr(sys, "stdout", terminal)
    monkeypatch.setenv("COLUMNS", "100")
    assert main(["draw", "--machine", "exec"]) == 0
    assert terminal.shown() == render(drawn("exec"), "text", options=Options(width=100))


def test_text_takes_the_width_of_the_terminal(monkeypatch):
    terminal = Terminal()
    monkeypatch.setattr(sys, "stdout", terminal)
    monkeypatch.setenv("COLUMNS", "50")
    assert main(["draw", "--format", "text"]) == 0
    assert terminal.shown() == render(drawn("job"), "text", options=Options(width=50))


def test_a_terminal_without_unicode_gets_ascii(monkeypatch):
    terminal = Terminal("ascii")
    monkeypatch.setattr(sys, "stdout", terminal)
    assert main(["draw", "--format", "text", "--width", "90"]) == 0
    assert "#==========#" in terminal.shown()


def test_a_picture_that_cannot_be_made_leaves_the_old_file_alone(monkeypatch, tmp_path, capsys):
    old = tmp_path / "job.svg"
    old.write_text("old", encoding="utf-8")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert main(["draw", "--engine", "dot", "-o", str(old)]) == 2
    assert old.read_text(encoding="utf-8") == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["job.svg"]
    assert "install Graphviz" in capsys.readouterr().err


def test_what_a_link_leads_to_is_written_and_the_link_stays(tmp_path):
    target, link = tmp_path / "target.txt", tmp_path / "link.dot"
    target.write_text("old", encoding="utf-8")
    link.symlink_to(target)
    assert main(["draw", "--machine", "exec", "-o", str(link)]) == 0
    assert link.is_symlink()
    assert target.read_text(encoding="utf-8") == render(drawn("exec"), "dot")


def test_a_device_is_written_to_and_stays_a_device(tmp_path):
    pipe = tmp_path / "pipe.dot"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    assert main(["draw", "--machine", "exec", "-o", str(pipe)]) == 0
    assert os.read(reader, 1 << 16) == render(drawn("exec"), "dot").encode()
    os.close(reader)
    assert pipe.is_fifo()


def test_a_folder_is_no_file_to_write(tmp_path, capsys):
    assert main(["draw", "--format", "dot", "-o", str(tmp_path)]) == 2
    assert capsys.readouterr().err == f"flux-conform draw: {tmp_path}: Is a directory\n"
