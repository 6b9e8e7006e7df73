"""What is made from the specifications is committed as it is made."""

import pytest

from flux_conform.cli.main import main


@pytest.mark.slow  # it makes the suites anew
def test_no_generated_file_is_stale(capsys: pytest.CaptureFixture[str]) -> None:
    """So are the suites."""
    code = main(["generate", "--check"])
    told = capsys.readouterr().out
    assert told == "every generated file is up to date\n"
    assert code == 0
