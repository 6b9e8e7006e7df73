"""The stand-ins of the pages' examples answer as what they stand for, and no pipeline is a guess."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest

from docs.console import programs
from docs.pages import PAGES, README, ROOT, SMALL
from docs.standins import flux, pip
from docs.standins.flux import RECORDED

JOB = "ƒKCaBeX"
NUMBER = 11945377792
FORMS = {
    "json": "--format=json",
    "raw": "",
    "iso": "--time-format=iso",
    "offset": "--time-format=offset",
    "human": "--human",
}


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> str:
    """PATH with the stand-ins first."""
    folder = tmp_path_factory.mktemp("programs")
    programs(folder)
    return f"{folder}{os.pathsep}{os.environ['PATH']}"


def sh(command: str, path: str) -> subprocess.CompletedProcess[str]:
    """Run a command of a shell."""
    return subprocess.run(
        ["sh", "-c", command],
        capture_output=True,
        check=False,
        encoding="utf-8",
        env={**os.environ, "PATH": path, "NO_COLOR": "1", "LC_ALL": "C.UTF-8"},
        timeout=60,
    )


def test_what_is_recorded_is_what_the_instance_printed(corpus: Path) -> None:
    """Byte for byte; of the journal, whole lines."""
    artefacts = corpus / "artefacts"
    files = [file for file in RECORDED.iterdir() if file.name != "README.md"]
    assert len(files) == 11
    for file in files:
        original = artefacts / "text" if file.name[0].isdigit() else artefacts
        data, whole = file.read_bytes(), (original / file.name).read_bytes()
        if file.name == "journal.ndjson":
            lines = iter(whole.splitlines())
            assert all(line in lines for line in data.splitlines())  # all, and in this order
        else:
            assert data == whole


@pytest.mark.parametrize("form", FORMS)
def test_flux_prints_text_unless_asked_for_json(
    form: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """With raw times; the same with and without --follow."""
    expected = (RECORDED / f"{NUMBER}.{form}.txt").read_text(encoding="utf-8")
    options = FORMS[form].split()
    for words in (["eventlog", *options, JOB], ["eventlog", "--follow", *options, str(NUMBER)]):
        flux.main(["job", *words])
        assert capsys.readouterr().out == expected


def test_a_job_is_followed_line_by_line(path: str) -> None:
    """Whoever reads the pipe has the first line before the last is there."""
    command = ["flux", "job", "eventlog", "-F", JOB]
    environment = {**os.environ, "PATH": path}
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment) as process:
        assert process.stdout is not None
        assert process.stdout.readline().split()[1] == b"submit"
        assert process.poll() is None
        assert process.stdout.read().splitlines()[-1].split()[1] == b"clean"
    assert process.returncode == 0


@pytest.mark.parametrize(
    ("command", "code", "said"),
    [
        ("job eventlog ƒABC", 1, "flux-job: job ƒABC not found"),
        ("job eventlog nothing", 1, "error parsing jobid"),
        ("job eventlog --path=nothing ƒKCaBeX", 1, "eventlog path nothing not found"),
        ("job eventlog --followed ƒKCaBeX", 1, "unrecognized arguments"),
        ("job eventlog --format=yaml ƒKCaBeX", 1, "invalid format type 'yaml'"),
        ("job eventlog --time-format=x ƒKCaBeX", 1, "invalid time-format type 'x'"),
        ("job eventlog --color=always ƒKCaBeX", 70, "not recorded"),
        # flux-core issue 7766: an exec eventlog never holds what --follow waits for.
        ("job eventlog --follow --path=exec ƒKCaBeX", 1, "event 'clean' never received"),
        ("job wait-event ƒKCaBeX nothing", 1, "event 'nothing' never received"),
        ("eventlog ƒKCaBeX", 1, "invalid choice"),
    ],
)
def test_flux_refuses_what_flux_refuses(
    command: str, code: int, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """And what nobody has recorded, so that no example can pass by a guess."""
    with pytest.raises(SystemExit) as stopped:
        flux.main(command.split())
    assert stopped.value.code == code
    assert said in capsys.readouterr().err


def test_pip_knows_this_project_and_its_extras() -> None:
    """And no other."""
    pip.check("flux-conform[pytest]")
    pip.check("PATH/TO/CHECKOUT[rfc,table]")
    with pytest.raises(SystemExit, match="has no extra pytests"):
        pip.check("flux-conform[pytests]")
    with pytest.raises(SystemExit, match="fluxconform is not"):
        pip.check("fluxconform")


NAMED = re.compile(
    r"`(flux (?:alloc|archive|content|dump|exec|fsck|job|jobs|kvs|module|proxy|python|queue|resource"
    r"|restore|run|shutdown|submit|watch)\b[^`]*)`"
)
"""Not any word: `flux edge` is the name of a style."""


def test_every_flux_command_that_is_named_in_a_sentence_exists() -> None:
    """On a page or in a message: flux has such a command, with such options."""
    texts = [README, *PAGES, *SMALL, *(ROOT / "src").rglob("*.py")]
    found = {
        (text.relative_to(ROOT).as_posix(), command)
        for text in texts
        for command in NAMED.findall(text.read_text(encoding="utf-8"))
    }
    assert len(found) > 5
    assert sorted((page, command) for page, command in found if not is_taken(command)) == []


def is_taken(command: str) -> bool:
    """Whether flux takes the options; where a command alone is named, with what it asks for."""
    words = command.split("|")[0].split(">")[0].split()[1:]
    try:
        flux.parser().parse_args([*words, *ASKED_FOR.get(" ".join(words), [])])
    except SystemExit:
        return False
    return True


ASKED_FOR = {
    "job attach": [JOB],
    "job eventlog": [JOB],
    "job wait-event": [JOB, "clean"],
    "job id": [JOB],
    "dump": ["dump.tgz"],
}


@pytest.mark.parametrize("form", FORMS)
def test_a_job_that_is_followed_is_judged_as_its_log_is(form: str, path: str) -> None:
    """In every form in which Flux prints it, through the pipe that the how-to gives."""
    options = FORMS[form]
    ended = sh(f"flux job eventlog --follow {options} {JOB} | flux-conform check --follow -", path)
    assert ended.stdout.splitlines()[0] == "-: conforms (10 events, ends in INACTIVE)"
    assert ended.returncode == 0


def test_a_job_that_flux_does_not_know_is_no_sound_log(path: str) -> None:
    """What comes through the pipe is empty."""
    ended = sh("flux job eventlog ƒABC | flux-conform check -", path)
    assert ended.returncode != 0
    assert "job ƒABC not found" in ended.stderr


@pytest.mark.parametrize(
    "command", ["flux job eventlogs", "flux job eventlog --watch ƒA", "flux dump a b", "flux kvs"]
)
def test_a_command_that_flux_lacks_is_noticed_in_a_sentence(command: str) -> None:
    """And so is an option."""
    assert NAMED.findall(f"See `{command}`.") == [command]
    assert not is_taken(command)
