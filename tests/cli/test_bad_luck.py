"""Bad luck with files, devices and folders ends in one clear error, and never in a traceback."""

import json
import os
import random
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from flux_conform.artefacts import artefact
from flux_conform.cli.main import main
from flux_conform.diagrams import EngineFailed, EngineMissing, engine
from flux_conform.session.resume import Resume
from flux_conform.text import finite_json
from harness.mini import PUPPET, event, row, write_suite

BROKEN = Path(artefact("model")).parent / "examples" / "broken" / "no-validate.eventlog"
RUN = [sys.executable, "-m", "flux_conform"]


def called(*arguments: str, cwd: str | None = None) -> tuple[int, str, str]:
    """What a call gives, in a process of its own."""
    done = subprocess.run(
        [*RUN, *arguments], cwd=cwd, capture_output=True, text=True, timeout=60, check=False
    )
    return done.returncode, done.stdout, done.stderr


# A file that keeps how far the work is


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file that --resume wrote, of work that is half done."""
    monkeypatch.chdir(tmp_path)
    for name in "abc":
        shutil.copy(BROKEN, f"{name}.eventlog")
    closed = Resume.close
    monkeypatch.setattr(Resume, "close", lambda self, *, whole: closed(self, whole=False))
    assert main(["check", "--resume", "kept", "a.eventlog", "b.eventlog"]) == 1
    monkeypatch.setattr(Resume, "close", closed)
    return tmp_path / "kept"


def resumed(capsys: pytest.CaptureFixture[str]) -> tuple[int, str]:
    capsys.readouterr()
    code = main(["check", "--resume", "kept", "a.eventlog", "b.eventlog"])
    return code, capsys.readouterr().err


@pytest.mark.slow
def test_a_damaged_file_of_resume_is_refused_wherever_it_is_damaged(
    kept: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Cut off, a bit turned, a value of another type, a sum that is forged."""
    whole = kept.read_bytes()
    value = json.loads(whole)
    generator = random.Random(0)
    damaged = [whole[:end] for end in range(0, len(whole), max(1, len(whole) // 15))]
    for _ in range(30):
        changed = bytearray(whole)
        changed[generator.randrange(len(whole))] ^= 1 << generator.randrange(8)
        damaged.append(bytes(changed))
    for key in value:
        for other in (None, [], -1, 1e999, {"a": []}):
            damaged.append(json.dumps({**value, key: other}).encode())
        damaged.append(json.dumps({k: v for k, v in value.items() if k != key}).encode())
    damaged += [b"[" * 100_000, b"[]", b"null", b"1", b'"x"', b"\xff\xfe", b"\0" * 100]
    forged = json.loads(whole)
    forged["summary"]["verdicts"]["violates"] = 0
    damaged.append(json.dumps(forged).encode())
    number = 0
    for content in damaged:
        try:
            same = json.loads(content) == value
        except (ValueError, RecursionError):
            same = False
        if same:
            continue
        number += 1
        kept.write_bytes(content)
        code, err = resumed(capsys)
        assert code == 2, content
        assert err.startswith("flux-conform check: --resume kept: "), content
        assert err.count("\n") == 1
    assert number > 80
    kept.write_bytes(whole)
    assert resumed(capsys) == (1, "")


# Devices without an end, and without room

ENDLESS = [
    ["verify", "/dev/zero"],
    ["verify", "--machine", "z.json"],
    ["verify", "--machine", "/dev/zero"],
    ["rfc", "check", "/dev/zero"],
    ["rfc", "check", "--diagram", "/dev/zero", "empty.rst"],
    ["check", "--machine", "/dev/zero", "a.eventlog"],
    ["check", "--allow", "/dev/zero", "a.eventlog"],
    ["check", "--resume", "/dev/zero", "a.eventlog"],
    ["check", "--previous", "/dev/zero", "a.eventlog"],
    ["check", "/dev/zero"],
    ["suite", "run", "--known", "/dev/zero", "--", "x"],
    ["suite", "run", "--suite", "suite", "--", "x"],
    ["draw", "trace", "/dev/zero"],
    ["diff", "exec", "/dev/zero"],
]


@pytest.mark.parametrize("arguments", ENDLESS, ids=" ".join)
def test_a_device_without_an_end_is_refused(tmp_path: Path, arguments: list[str]) -> None:
    """Whatever reads it."""
    shutil.copy(BROKEN, tmp_path / "a.eventlog")
    (tmp_path / "empty.rst").touch()
    (tmp_path / "z.json").symlink_to("/dev/zero")
    (tmp_path / "suite").mkdir()
    (tmp_path / "suite" / "manifest.json").symlink_to("/dev/zero")
    code, _, err = called(*arguments, cwd=str(tmp_path))
    assert code == 2
    assert "Traceback" not in err


@pytest.mark.parametrize(
    "arguments",
    [
        "--help",
        "--version",
        "check --help",
        "suite run --help",
        "model schema",
        "check {log}",
        "check --format html {log}",
        "check --format json {log}",
    ],
)
def test_output_that_finds_no_room_is_an_error(arguments: str) -> None:
    """Help too, which nobody would miss otherwise."""
    with open("/dev/full", "wb") as full:
        for error in (subprocess.PIPE, full):
            done = subprocess.run(
                [*RUN, *arguments.format(log=BROKEN).split()],
                stdout=full, stderr=error, text=True, timeout=60, check=False,
            )  # fmt: skip
            assert done.returncode == 2
            if done.stderr is not None:
                told = "flux-conform: cannot write the output: No space left on device\n"
                assert done.stderr == told


def test_an_error_that_finds_no_room_is_still_one() -> None:
    """The exit code tells of it."""
    with open("/dev/full", "wb") as full:
        for arguments in (["check", "--nope"], ["check"], ["nope"], ["verify", "nope"]):
            done = subprocess.run([*RUN, *arguments], stderr=full, timeout=60, check=False)
            assert done.returncode == 2, arguments


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_a_table_that_finds_no_room_is_an_error(tmp_path: Path, ending: str) -> None:
    """Of either kind."""
    pytest.importorskip("pyarrow")
    (tmp_path / f"full.{ending}").symlink_to("/dev/full")
    code, _, err = called("check", "--table", f"full.{ending}", str(BROKEN), cwd=str(tmp_path))
    told = f"flux-conform check: --table full.{ending}: No space left on device\n"
    assert (code, err) == (2, told)
    assert os.listdir(tmp_path) == [f"full.{ending}"]


def test_a_reader_that_goes_away_is_no_error_worth_words(tmp_path: Path) -> None:
    """As `head` does."""
    for arguments in (["model", "schema"], ["check", *[str(BROKEN)] * 300], ["draw"]):
        with subprocess.Popen(
            [*RUN, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE
        ) as run:
            assert run.stdout is not None
            assert run.stderr is not None
            run.stdout.close()
            assert run.stderr.read() == b""
            assert run.wait(60) == 2


# Folders

GONE = [
    (["check", str(BROKEN)], 1),
    (["check", "--format", "github", str(BROKEN)], 1),
    (["check", "--format", "sarif", str(BROKEN)], 1),
    (["check", "--format", "html", str(BROKEN)], 1),
    (["check", "--jobs", "2", str(BROKEN)], 1),
    (["check", "-o", "x", str(BROKEN)], 2),
    (["check", "a.eventlog"], 2),
    (["check", "."], 2),
    (["certify", "-o", "x", str(BROKEN)], 2),
    (["draw", "-o", "x.svg"], 2),
    (["model", "matrix"], 0),
    (["rfc", "show", "rfc21/states/undefined"], 0),
]


@pytest.mark.parametrize(("arguments", "expected"), GONE, ids=lambda each: str(each)[:40])
def test_a_folder_that_is_gone_is_told_where_it_is_needed(
    tmp_path: Path, arguments: list[str], expected: int
) -> None:
    """Nothing else needs it."""
    there = tmp_path / "there"
    there.mkdir()
    script = 'cd "$1"; rmdir "$1"; shift; exec "$@"'
    done = subprocess.run(
        ["sh", "-c", script, "sh", str(there), *RUN, *arguments],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == expected
    assert "Traceback" not in done.stderr
    assert "cannot write the output" not in done.stderr


@pytest.fixture
def deep(tmp_path: Path) -> Iterator[Path]:
    """A folder with a log that lies a thousand and five hundred folders deep."""
    handle = os.open(tmp_path, os.O_RDONLY)
    for _ in range(1_500):
        os.mkdir("d", dir_fd=handle)
        below = os.open("d", os.O_RDONLY, dir_fd=handle)
        os.close(handle)
        handle = below
    log = os.open("a.eventlog", os.O_CREAT | os.O_WRONLY, dir_fd=handle)
    os.write(log, BROKEN.read_bytes())
    os.close(log)
    os.close(handle)
    yield tmp_path
    # Python's own removal goes as deep as the folders do.
    subprocess.run(["rm", "-r", "--", str(tmp_path / "d")], check=True)


def test_a_log_very_deep_is_found(
    deep: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """By what counts the bytes for the progress, and by what keeps inputs, as well."""
    from flux_conform.logs.meter import bytes_at

    monkeypatch.chdir(deep)
    assert main(["check", "."]) == 1
    assert capsys.readouterr().out.startswith("./d/d/d/")
    assert bytes_at(["."]) == BROKEN.stat().st_size
    Path("out").touch()
    assert main(["check", "d", "-o", "out"]) == 1


@pytest.mark.parametrize("name", [".", "./", "../suite", ""])
def test_a_suite_can_be_the_folder_where_one_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    """Whatever it is called."""
    folder = tmp_path / "suite"
    write_suite(folder, [row("a/fine", event("fine")), row("a/refused", event("bad"), "violates")])
    monkeypatch.chdir(folder)
    call = ["suite", "run", "--suite", name or str(folder), "--", *PUPPET]
    assert main(call) == 0, capsys.readouterr()


@pytest.mark.parametrize("log", ["../out.eventlog", "/etc/passwd", "logs/../../out.eventlog"])
def test_a_log_outside_of_a_suite_is_refused_wherever_the_suite_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], log: str
) -> None:
    """Where it is the folder that one is in, too."""
    folder = tmp_path / "suite"
    write_suite(folder, [row("a/fine", event("fine"))])
    for path in folder.rglob("*.json"):
        text = path.read_text()
        path.write_text(text.replace("logs/a/fine.eventlog", log))
    monkeypatch.chdir(folder)
    for name in (".", str(folder)):
        assert main(["suite", "run", "--suite", name, "--", *PUPPET]) == 2
        assert "its log lies outside the suite" in capsys.readouterr().err


# Pages without a program that draws


def test_a_page_is_refused_where_nothing_can_be_drawn(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """In a line, and no half of a page is left."""
    for error in (EngineMissing("pure"), EngineFailed("pure", "Permission denied")):

        def fail(*_: object, told: Exception = error) -> str:
            raise told

        monkeypatch.setattr(engine, "find_program", fail)
        assert main(["check", str(BROKEN), "--format", "html"]) == 2
        out, err = capsys.readouterr()
        assert (out, err.count("\n")) == ("", 1)
        assert err.startswith("flux-conform check: --format html has pictures, and ")
        page = tmp_path / "page.html"
        assert main(["check", str(BROKEN), "--format", "html", "-o", str(page)]) == 2
        assert capsys.readouterr().err == err
        assert os.listdir(tmp_path) == []


# Numbers that JSON has not


def test_json_never_has_a_number_that_json_has_not() -> None:
    """Infinity is a word of JavaScript."""
    value = {"a": float("inf"), "b": [-float("inf")], "Infinity": 'NaN "-Infinity', "c": 1.5}
    text = finite_json(value)
    assert json.loads(text, parse_constant=pytest.fail) == value
    assert finite_json(float("nan")) == "null"


@pytest.mark.parametrize(
    "call",
    [
        ["check", "--format", "json"],
        ["check", "--format", "json", "--summary", "--times"],
        ["check", "--format", "sarif"],
        ["check", "--partial", "--format", "json"],
        ["replay", "--format", "json"],
        ["certify", "--format", "json"],
    ],
    ids=" ".join,
)
def test_a_log_with_numbers_beyond_all_floats_gives_json(
    call: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Times that lie infinitely far apart too."""
    log = tmp_path / "a.eventlog"
    log.write_text(
        '{"timestamp":1,"name":"submit","context":{"userid":1e999,"urgency":16,"flags":0,"version":1}}\n'
        '{"timestamp":2,"name":"memo","context":{"a":1e999,"b":[-1e999]}}\n'
        '{"timestamp":1e308,"name":"validate"}\n'
        '{"timestamp":-1e308,"name":"depend"}\n'
        '{"timestamp":1e999,"name":"priority","context":{"priority":1}}\n'
        '{"timestamp":3,"name":"exception","context":{"type":"x","severity":1e999}}\n'
    )
    assert main([*call, str(log)]) in (0, 1)
    json.loads(capsys.readouterr().out, parse_constant=pytest.fail)
