"""Where every tool and the corpus are required, a run with a skipped test fails."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

CONFTEST = Path(__file__).with_name("conftest.py")

NEEDS_A_TOOL = """
def test_draws(require_tool):
    require_tool("no-such-program")
"""
NEEDS_THE_CORPUS = """
def test_judges(corpus):
    assert corpus.is_dir()
"""
SKIPS_BY_ITSELF = """
import pytest

@pytest.mark.skipif(True, reason="no such program here")
def test_draws(): ...

def test_other(): ...
"""
MODULE_SKIPS = """
import pytest

pytest.importorskip("no_such_module")

def test_draws(): ...
"""
EXPECTED_TO_FAIL = """
import pytest

@pytest.mark.xfail
def test_draws():
    assert False
"""


@pytest.fixture
def run(tmp_path):
    """A function that runs one test module under this suite's conftest in a process of its own."""
    (tmp_path / "conftest.py").write_text(CONFTEST.read_text())
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    ours = ("FLUX_CONFORM_", "PYTEST_", "COV_")
    clean = {key: value for key, value in os.environ.items() if not key.startswith(ours)}
    clean["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"  # starts in half the time

    def run(module, *options, **environment):
        (tmp_path / "test_module.py").write_text(module)
        command = [sys.executable, "-m", "pytest", "-ra", "-p", "no:cacheprovider", *options]
        return subprocess.run(
            command,
            cwd=tmp_path,
            env=clean | environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )

    return run


@pytest.mark.parametrize(
    ("module", "reason"),
    [
        (NEEDS_A_TOOL, "needs the program 'no-such-program', which is not on PATH"),
        (NEEDS_THE_CORPUS, "set FLUX_CONFORM_CORPUS to the corpus of real eventlogs"),
    ],
)
def test_a_test_that_lacks_something_is_skipped_and_says_what(run, module, reason):
    done = run(module)
    assert done.returncode == 0, done.stdout
    assert "1 skipped" in done.stdout
    assert reason in done.stdout


@pytest.mark.parametrize("switch", ["", "0"])
def test_an_empty_or_zero_switch_requires_nothing(run, switch):
    assert run(NEEDS_A_TOOL, FLUX_CONFORM_REQUIRE_TOOLS=switch).returncode == 0


@pytest.mark.parametrize("module", [NEEDS_A_TOOL, NEEDS_THE_CORPUS])
def test_where_all_is_required_a_test_that_lacks_something_fails(run, module):
    done = run(module, FLUX_CONFORM_REQUIRE_TOOLS="1")
    assert done.returncode == 1, done.stdout
    assert "FLUX_CONFORM_REQUIRE_TOOLS is set" in done.stdout


@pytest.mark.parametrize("options", [(), ("-p", "xdist", "-n", "2")], ids=["one process", "xdist"])
@pytest.mark.parametrize(
    ("module", "listed"),
    [
        (SKIPS_BY_ITSELF, "test_module.py::test_draws: no such program here"),
        (MODULE_SKIPS, "test_module.py: could not import 'no_such_module'"),
    ],
    ids=["test", "module"],
)
def test_where_all_is_required_any_skip_fails_the_run_and_is_listed(run, module, listed, options):
    done = run(module, *options, FLUX_CONFORM_REQUIRE_TOOLS="1")
    assert done.returncode == 1, done.stdout
    assert "skipped, but FLUX_CONFORM_REQUIRE_TOOLS is set" in done.stdout
    assert listed in done.stdout


def test_where_all_is_required_an_expected_failure_is_no_skip(run):
    done = run(EXPECTED_TO_FAIL, FLUX_CONFORM_REQUIRE_TOOLS="1")
    assert done.returncode == 0, done.stdout


def test_a_corpus_that_is_named_but_absent_fails_even_where_nothing_is_required(run):
    done = run(NEEDS_THE_CORPUS, FLUX_CONFORM_CORPUS="no/such/directory")
    assert done.returncode == 1, done.stdout
    assert "FLUX_CONFORM_CORPUS is no directory" in done.stdout


def test_a_corpus_and_a_tool_that_are_there_are_handed_to_the_test(run, tmp_path):
    module = NEEDS_THE_CORPUS + NEEDS_A_TOOL.replace("no-such-program", "sh")
    done = run(module, FLUX_CONFORM_CORPUS=str(tmp_path), FLUX_CONFORM_REQUIRE_TOOLS="1")
    assert done.returncode == 0, done.stdout
    assert "2 passed" in done.stdout
