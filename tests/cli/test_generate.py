"""What is made from the specifications is committed as it is made."""

import pytest

from flux_conform.cli.generate import stale_files
from flux_conform.cli.main import main


def test_no_generated_file_but_of_suites_is_stale() -> None:
    """Models, schemas, certificates, diagrams and texts are those of today's sources."""
    assert [path for path, _, _ in stale_files()] == []


@pytest.mark.slow  # it makes the suites anew
def test_no_generated_file_is_stale(capsys: pytest.CaptureFixture[str]) -> None:
    """So are the suites."""
    code = main(["generate", "--check"])
    told = capsys.readouterr().out
    assert told == "every generated file is up to date\n"
    assert code == 0
