"""What the tests of reports share: the command in a folder with logs of each kind."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from facts.cases import LIFE, lines
from flux_conform.cli.main import main

Run = Callable[..., tuple[int, str, str]]

SOUND = lines(*LIFE)
ON_ITS_WAY = lines(*LIFE[:6])
NO_VALIDATE = lines(LIFE[0], *LIFE[2:])
WARNED = SOUND[:-1]
TOO_DEEP = b"[" * 1000 + b"\n"

# A name that would end a script, a quote and a line, turn the writing round, and is not ASCII.
EVIL = "</script><b>\"'&\x00\u202e\u0192\n::error::x ##[error]y\ud800"
HOSTILE = (
    lines(*LIFE[:2])
    + json.dumps({"timestamp": 1.5, "name": EVIL, "context": {"<i>": EVIL}}).encode()
    + b"\n\xff\xfe{\n"
    + b'{"timestamp":1e10,"name":"exception","context":{"type":"x","severity":0,"note":""}}\n'
)


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """A function that runs the command and gives the exit code and both outputs."""

    def run(*arguments: object) -> tuple[int, str, str]:
        try:
            code = main([str(argument) for argument in arguments])
        except SystemExit as exit_:
            code = int(exit_.code or 0)
        out, err = capsys.readouterr()
        return code, out, err

    return run


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder: logs of each verdict below `logs`, one of them with odd names in it."""
    logs = tmp_path / "logs"
    logs.mkdir()
    for name, data in (
        ("a-sound", SOUND),
        ("b-going", ON_ITS_WAY),
        ("c-no-validate", NO_VALIDATE),
        ("d 100%25, <evil>: \u0192", HOSTILE),
        ("e-warned", WARNED),
        ("f-deep", TOO_DEEP),
    ):
        (logs / f"{name}.eventlog").write_bytes(data)
    (logs / "notes.txt").write_text("no log")
    monkeypatch.chdir(tmp_path)
    return logs
