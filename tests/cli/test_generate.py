"""What is made from the specifications is committed as it is made."""

import pytest

from flux_conform.cli.main import main


def test_no_generated_file_is_stale(capsys: pytest.CaptureFixture[str]) -> None:
    """Models, schemas, certificates, diagrams, texts and suites are those of today's sources."""
    code = main(["generate", "--check"])
    told = capsys.readouterr().out
    assert told == "every generated file is up to date\n"
    assert code == 0
