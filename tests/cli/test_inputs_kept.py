"""No option writes over what the call reads, whatever path or link leads to it."""

import argparse
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from flux_conform.artefacts import artefact
from flux_conform.cli.file_options import FOLDERS, READ, WRITTEN
from flux_conform.cli.main import VERBS, main, parser_of
from flux_conform.files import whole_file, whole_files, write_whole
from flux_conform.inputs import WouldOverwriteInput, note_read, reading

EXAMPLES = Path(artefact("model")).parent / "examples"


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with one input of every kind."""
    monkeypatch.chdir(tmp_path)
    shutil.copy(EXAMPLES / "broken" / "no-validate.eventlog", "a.eventlog")
    shutil.copy("a.eventlog", "old.eventlog")
    Path("logs").mkdir()
    shutil.copy("a.eventlog", "logs/b.eventlog")
    shutil.copy(artefact("model", "exec.yaml"), "m.yaml")
    shutil.copy(artefact("model", "eventlog.yaml"), "eventlog.yaml")
    shutil.copy(artefact("model", "deviations", "flux-core.yaml"), "dev.yaml")
    Path("change.yaml").write_text("change: m.yaml\n")
    Path("known.yaml").write_text("known failures: []\n")
    Path("never.yaml").write_text("never exercised: []\n")
    Path("harness.py").write_text("")
    Path("text.rst").write_text("")
    return tmp_path


def ways_to(path: str) -> Iterator[str]:
    """Names of a file: its own, one with detours, a link, a hard link, a link of a folder."""
    yield path
    yield os.path.join(".", "logs", "..", path)
    yield os.path.abspath(path)
    os.symlink(os.path.abspath(path), "link.out")
    yield "link.out"
    os.link(path, "hard.out")
    yield "hard.out"
    os.symlink(os.path.dirname(os.path.abspath(path)), "folder.out")
    yield os.path.join("folder.out", os.path.basename(path))


CALLS = {
    "a log, check -o": (["check", "a.eventlog", "-o"], "a.eventlog"),
    "a log, partial": (["check", "--partial", "a.eventlog", "-o"], "a.eventlog"),
    "a log, follow": (["check", "--follow", "a.eventlog", "-o"], "a.eventlog"),
    "a log in a folder": (["check", "logs", "-o"], "logs/b.eventlog"),
    "an older log": (["check", "--previous", "old.eventlog", "a.eventlog", "-o"], "old.eventlog"),
    "a machine": (["check", "--machine", "m.yaml", "a.eventlog", "-o"], "m.yaml"),
    "deviations": (["check", "--allow", "dev.yaml", "a.eventlog", "-o"], "dev.yaml"),
    "a log, --repair": (["check", "a.eventlog", "--repair"], "a.eventlog"),
    "a log, --resume": (["check", "a.eventlog", "--resume"], "a.eventlog"),
    "a log, certify": (["certify", "a.eventlog", "-o"], "a.eventlog"),
    "exceptions": (
        ["certify", "--exceptions", "never.yaml", "a.eventlog", "-o"],
        "never.yaml",
    ),
    "a log, --badge": (["certify", "a.eventlog", "--badge"], "a.eventlog"),
    "a log, draw": (["draw", "trace", "a.eventlog", "--format", "svg", "-o"], "a.eventlog"),
    "logs, draw": (["draw", "cover", "logs", "--format", "svg", "-o"], "logs/b.eventlog"),
    "a machine, draw": (["draw", "--machine", "m.yaml", "--format", "svg", "-o"], "m.yaml"),
    "machines, draw": (["draw", "diff", "exec", "m.yaml", "--format", "svg", "-o"], "m.yaml"),
    "lines of a machine": (["draw", "--machine", "m.yaml", "--format", "dot", "-o"], "eventlog.yaml"),
    "a machine that is changed": (["draw", "--machine", "change.yaml", "--format", "dot", "-o"], "m.yaml"),
    "a text, rfc tie": (["rfc", "tie", "text.rst", "--ties"], "text.rst"),
    "a machine, rfc tie": (["rfc", "tie", "text.rst", "--machine", "m.yaml", "--ties"], "m.yaml"),
    "known failures": (["suite", "run", "--known", "known.yaml", "-o", "{}", "--", "x"], "known.yaml"),
    "a harness": (["suite", "run", "--badge", "{}", "--", "python3", "harness.py"], "harness.py"),
}  # fmt: skip


@pytest.mark.parametrize("what", CALLS)
def test_an_input_is_never_an_output(
    what: str, place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """By whatever name the output has."""
    call, kept = CALLS[what]
    before = Path(kept).read_bytes()
    for path in ways_to(kept):
        named = [part.format(path) for part in call] if "{}" in call else [*call, path]
        assert main(named) == 2, path
        assert "would overwrite" in capsys.readouterr().err, path
        assert Path(kept).read_bytes() == before


@pytest.mark.parametrize("table", ["out.csv", "out-logs.csv", "out-states.csv"])
def test_none_of_the_tables_is_written_over_an_input(
    table: str, place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The two whose names are made from the first one's as well."""
    os.rename("a.eventlog", table)
    before = Path(table).read_bytes()
    assert main(["check", table, "--table", "out.csv"]) == 2
    assert "would overwrite" in capsys.readouterr().err
    assert Path(table).read_bytes() == before
    assert sorted(name for name in os.listdir() if name.startswith("out")) == [table]


def test_what_a_link_in_a_folder_leads_to_is_an_input(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Though it does not lie there."""
    os.symlink(place / "a.eventlog", "logs/c.eventlog")
    before = Path("a.eventlog").read_bytes()
    assert main(["check", "logs", "-o", "a.eventlog"]) == 2
    assert "would overwrite" in capsys.readouterr().err
    assert Path("a.eventlog").read_bytes() == before


def test_a_report_of_before_is_written_over_where_it_lies_among_the_logs(place: Path) -> None:
    """It is no source."""
    for _ in range(2):
        assert main(["check", "logs", "-o", "logs/report.txt"]) == 1
        assert main(["check", "logs", "--format", "json", "-o", "logs/report.json"]) == 1
        assert main(["check", "logs", "--format", "html", "-o", "logs/report.html"]) == 1


def test_two_options_do_not_write_one_file(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Whether the file is there or not, and whatever the two names of it."""
    os.symlink(place / "logs", "again")
    for there in (False, True):
        if there:
            Path("logs/x.csv").touch()
        for call in (
            ["check", "a.eventlog", "-o", "logs/x.csv", "--table", "again/x.csv"],
            ["check", "a.eventlog", "-o", "logs/x.csv", "--repair", "again/x.csv"],
            ["check", "a.eventlog", "-o", "logs/x-states.csv", "--table", "again/x.csv"],
            ["certify", "a.eventlog", "-o", "logs/x.csv", "--badge", "again/x.csv"],
        ):
            assert main(call) == 2
            assert "writes that file too" in capsys.readouterr().err


def test_a_device_can_be_read_and_written(capfd: pytest.CaptureFixture[str], place: Path) -> None:
    """So that pipelines go on as they did."""
    assert main(["check", "a.eventlog", "-o", "/dev/null", "--table", "x.csv"]) == 1
    assert main(["certify", "a.eventlog", "-o", "/dev/null", "--badge", "/dev/null"]) == 1


def test_every_option_that_takes_a_file_is_known_as_read_or_written() -> None:
    """Or the check of the two would not know of it."""
    files = ("FILE", "DIR", "PATH", "OUT", "LOG", "OLD", "COMMAND", "A B", "A", "B")
    for verb in VERBS:
        for action in actions_of(parser_of(verb)):
            words = str(action.metavar).replace("|", " ").replace(".", " ").split()
            if str(action.metavar) in files or set(words) & set(files):
                assert action.dest in {*READ, *WRITTEN, *FOLDERS}, (verb, action.dest)


def actions_of(parser: argparse.ArgumentParser) -> Iterator[argparse.Action]:
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for below in action.choices.values():
                yield from actions_of(below)
        else:
            yield action


def test_writing_over_an_input_does_not_begin(tmp_path: Path) -> None:
    """The work is not done in vain."""
    path = tmp_path / "input"
    path.write_bytes(b"kept")
    began = False
    with (
        reading([str(path)], lambda _: False),
        pytest.raises(WouldOverwriteInput),
        whole_file(str(path)),
    ):
        began = True
    assert (began, path.read_bytes(), os.listdir(tmp_path)) == (False, b"kept", ["input"])


def test_what_is_read_while_a_file_is_written_is_not_overwritten(tmp_path: Path) -> None:
    """A specification names others, which are opened later."""
    path = tmp_path / "input"
    path.write_bytes(b"kept")
    with (  # noqa: PT012
        reading([], lambda _: False),
        pytest.raises(WouldOverwriteInput),
        whole_file(str(path)) as file,
    ):
        file.write(b"lost")
        with path.open("rb") as read:
            note_read(read)
    assert (path.read_bytes(), os.listdir(tmp_path)) == (b"kept", ["input"])


# Whole or not at all


def test_files_that_belong_together_are_there_together(tmp_path: Path) -> None:
    """Where one cannot be written, none is there."""
    (tmp_path / "folder").mkdir()
    for last in ("folder", "gone/../x/\0"):
        with pytest.raises((OSError, ValueError)), whole_files() as begin:  # noqa: PT012
            begin(str(tmp_path / "one")).write(b"1")
            begin(str(tmp_path / last))
        assert not (tmp_path / "one").exists()
    with whole_files() as begin:
        begin(str(tmp_path / "one")).write(b"1")
        begin(str(tmp_path / "two")).write(b"2")
        assert not (tmp_path / "one").exists()
    assert (tmp_path / "one").read_bytes() + (tmp_path / "two").read_bytes() == b"12"
    assert sorted(os.listdir(tmp_path)) == ["folder", "one", "two"]


WRITES = """
import sys, time
from flux_conform.files import whole_file
with whole_file(sys.argv[1]) as file:
    file.write(b"half")
    file.flush()
    print("begun", flush=True)
    time.sleep(60)
"""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_a_signal_leaves_no_half_of_a_file(tmp_path: Path, number: signal.Signals) -> None:
    """Neither in its place nor beside it; and the process ends as the signal ends one."""
    process = subprocess.Popen(
        [sys.executable, "-c", WRITES, str(tmp_path / "file")],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    assert process.stdout is not None
    with process.stdout as out:
        assert out.readline() == b"begun\n"
        assert len(os.listdir(tmp_path)) == 1
        process.send_signal(number)
        assert process.wait(30) == -number
    assert os.listdir(tmp_path) == []


def test_a_child_that_is_ended_leaves_its_parents_file_alone(tmp_path: Path) -> None:
    """A forked process has the parent's list of what is to go."""
    path = tmp_path / "file"
    with whole_file(str(path)) as file:
        child = os.fork()
        if child == 0:
            time.sleep(60)
            os._exit(0)
        time.sleep(0.05)
        os.kill(child, signal.SIGTERM)
        _, status = os.waitpid(child, 0)
        assert os.WTERMSIG(status) == signal.SIGTERM
        file.write(b"whole")
    assert path.read_bytes() == b"whole"


def test_a_file_is_not_written_where_its_folder_is_a_file(tmp_path: Path) -> None:
    """And the file stays what it was."""
    (tmp_path / "file").write_bytes(b"kept")
    with pytest.raises(OSError, match=r"(?i)directory|exists"):
        write_whole(str(tmp_path / "file" / "below"), b"")
    assert (tmp_path / "file").read_bytes() == b"kept"


def test_a_suite_is_made_anew_where_it_lies(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It is read for what it keeps, and then written over."""
    folder = tmp_path / "suite"
    machine = ("--machine", str(EXAMPLES.parent / "tests" / "turnstile.yaml"))
    assert main(["suite", "export", str(folder), *machine]) == 0
    assert main(["suite", "release", "--suite", str(folder), *machine, "--date", "2026-03-18"]) == 0
    assert main(["suite", "export", str(folder), *machine]) == 0
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("option", ["-o", "--repair", "--table"])
def test_a_file_that_a_shell_opens_as_standard_input_is_no_output(place: Path, option: str) -> None:
    log = place / "a.eventlog"
    before = log.read_bytes()
    command = [sys.executable, "-m", "flux_conform", "check", option, "a.eventlog", "-"]
    with log.open("rb") as file:
        done = subprocess.run(command, stdin=file, capture_output=True, text=True, check=False)
    assert (done.returncode, log.read_bytes()) == (2, before)
    assert "this would overwrite a file that is read here" in done.stderr
