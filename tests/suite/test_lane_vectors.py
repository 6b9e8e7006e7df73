"""The suite of a machine with lanes fails readers that take lanes otherwise."""

import sys
from pathlib import Path

import pytest

from flux_conform.cli.main import main

TESTS = Path(__file__).parents[1]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("", ""),  # the reader itself
        ("from: OPEN, to: MOVED", "from: [OPEN, EOF], to: MOVED"),  # it lets a state pass
        ("from: [OPEN, EOF], stays", "from: [OPEN, EOF, MOVED], stays"),
        ("key: [.stream, .rank]", "key: [.stream, .stream]"),  # it takes two keys for one
        ("lane: stream, when: .eof == true, from: OPEN, to: EOF", "lane: stream, when: .eof == true, from: OPEN, to: MOVED"),
    ],
    ids=["itself", "redirect-after-end", "data-after-redirect", "one-lane-for-all-ranks", "end-moves"],
)  # fmt: skip
def test_a_reader_with_other_lanes_fails(
    old: str, new: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = (TESTS / "streams.yaml").read_text(encoding="utf-8")
    assert old in text
    for name, content in (("streams", text), ("other", text.replace(old, new) if old else text)):
        (tmp_path / f"{name}.yaml").write_text(content, encoding="utf-8")
    suite = str(tmp_path / "suite")
    assert main(["suite", "export", "--machine", str(tmp_path / "streams.yaml"), suite]) == 0
    reader = [sys.executable, "-m", "flux_conform", "suite", "harness"]
    reader += ["--machine", str(tmp_path / "other.yaml")]
    group = ["--suite", suite, "--group", "several"]
    assert main(["suite", "run", *group, "--", *reader]) == (1 if old else 0)
    capsys.readouterr()
