"""The shipped suite of the job machine, run on the examples and on our own checker."""

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from flux_conform.artefacts import artefact
from flux_conform.suite.folder import Suite, load_suite
from flux_conform.suite.harness import Limits
from flux_conform.suite.results import SuiteRun
from flux_conform.suite.run import Plan, Runner
from flux_conform.suite.select import Filters, choose
from flux_conform.suite.smoke import smoke

from .mini import EXAMPLES, PYTHON, ROOT

PATIENT = Limits(answer=30, ready=30)
OURS = (sys.executable, "-c", f"import sys; sys.path.insert(0, {str(ROOT / 'src')!r})\n"
        "from flux_conform.cli.main import main\nmain(['suite', 'harness'])")  # fmt: skip


@pytest.fixture(scope="module")
def suite() -> Suite:
    """The suite; in a checkout in which it was not made yet, nothing can be run."""
    folder = Path(artefact("conformance"), "job")
    if not folder.is_dir():
        pytest.skip("conformance/job is not there; `flux-conform suite export` makes it")
    return load_suite(str(folder))


def played(suite: Suite, *command: str, **filters: tuple[str, ...]) -> SuiteRun:
    vectors = choose(suite.vectors, Filters(**filters))
    hello = smoke(suite, command, PATIENT).hello
    return Runner(Plan(suite, vectors, command, hello, PATIENT)).run()


@pytest.mark.parametrize(
    "command", [(*PYTHON, str(EXAMPLES / "reader.py")), OURS], ids=["example", "ours"]
)
def test_the_suite_passes_whole(suite: Suite, command: tuple[str, ...]) -> None:
    """On the example in Python and, through the same protocol, on our own checker."""
    run = played(suite, *command)
    told = [(result.vector.id, result.differences, result.why) for result in run.of("failed")]
    assert (told, run.exit_code, run.strange) == ([], 0, ())
    assert len(run.of("passed", "contested")) == len(suite.vectors)


@pytest.mark.parametrize(("tool", "reader"), [("node", "reader.mjs"), ("jq", "reader.sh")])
def test_the_examples_in_other_languages_pass(
    suite: Suite, require_tool: Callable[[str], str], tool: str, reader: str
) -> None:
    """Every rule, broken and obeyed."""
    require_tool(tool)
    run = played(suite, str(EXAMPLES / reader), group=("rules",))
    assert run.exit_code == 0
    assert len(run.of("passed")) > 20


@pytest.mark.parametrize(
    ("fault", "clauses"),
    [
        (1, ("rfc21/exception/*",)),
        (2, ("rfc21/exception/*",)),
        (3, ()),
        (4, ("rfc21/submit/context",)),
        (5, ("rfc21/submit/v0",)),
    ],
)
def test_the_suite_finds_each_planted_fault(
    suite: Suite, fault: int, clauses: tuple[str, ...]
) -> None:
    """By the vectors of the clause that it breaks, or by any where it breaks none."""
    command = (*PYTHON, str(EXAMPLES / "faulty.py"), str(fault))
    assert played(suite, *command, rule=clauses).of("failed")
