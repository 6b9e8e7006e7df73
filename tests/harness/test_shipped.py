"""The shipped suite of the job machine, run on the examples and on our own checker."""

import re
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from flux_conform.artefacts import artefact
from flux_conform.suite.folder import Suite, load_suite
from flux_conform.suite.harness import Limits
from flux_conform.suite.results import Result, SuiteRun
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


@pytest.mark.slow
@pytest.mark.parametrize(
    "command",
    [
        pytest.param((*PYTHON, str(EXAMPLES / "reader.py")), id="example"),
        pytest.param(OURS, id="ours"),
    ],
)
def test_the_suite_passes_whole(suite: Suite, command: tuple[str, ...]) -> None:
    """On the example in Python and, through the same protocol, on our own checker."""
    run = played(suite, *command)
    told = [(result.vector.id, result.differences, result.why) for result in run.of("failed")]
    assert (told, run.exit_code, run.strange) == ([], 0, ())
    assert len(run.of("passed")) == len(suite.vectors)


TRUSTING = EXAMPLES / "trusting.py"


TODAY = {"generation": ("v1",)}


def settled_failures(run: SuiteRun) -> list[Result]:
    """What fails and rests on no open question."""
    return [each for each in run.of("failed", "errored") if not each.vector.contested]


def is_beyond_64_bits_or_submits_twice(log: bytes) -> bool:
    return log.count(b'"submit"') > 1 or re.search(rb"[0-9]{20}", log) is not None


def figures_of_the_page() -> dict[str, tuple[int, int]]:
    """What docs/suite.md says comes of readers that trust the writer: how many vectors fail."""
    page = (ROOT / "docs" / "suite.md").read_text(encoding="utf-8")
    rows = re.findall(
        r"^\| (`(?:trusting|whole)\.py.*?) \| .*? \| ([\d,]+) \| ([\d,]+) \|", page, re.MULTILINE
    )
    return {
        name: (int(failed.replace(",", "")), int(of.replace(",", ""))) for name, failed, of in rows
    }


def played_as_the_page_says(suite: Suite, name: str) -> SuiteRun:
    """The run of a reader that the page names, held against the figures there."""
    words, _, which = name.partition(",")
    program, *options = words.strip("`").split()
    run = played(suite, *PYTHON, str(EXAMPLES / program), *options, **({} if which else TODAY))
    assert (len(run.of("failed")), len(run.results)) == figures_of_the_page()[name]
    assert not run.of("errored", "skipped")
    return run


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["manager", "listing"])
def test_a_reader_that_trusts_the_writer_fails_only_what_it_reads_otherwise(
    suite: Suite, kind: str
) -> None:
    """Where it promises no verdict: the second submit, and integers beyond 64 bits, it does."""
    run = played_as_the_page_says(suite, f"`trusting.py {kind}`")
    told = settled_failures(run)
    assert all(is_beyond_64_bits_or_submits_twice(each.vector.read_log()) for each in told)
    assert run.rejected_whole() > 100
    # One that is asked for its verdict fails what it passes over.
    judged = played_as_the_page_says(suite, f"`trusting.py {kind} accepts`")
    assert len(settled_failures(judged)) > max(1000, 10 * len(told))
    assert {d.what for each in settled_failures(judged) for d in each.differences} <= {
        *("accepts", "job.t_submit", "job.urgency", "job.userid")
    }


OTHERS = ("`whole.py`", "`whole.py 64-bits`", "`trusting.py manager`, all generations")


@pytest.mark.slow
@pytest.mark.parametrize("name", OTHERS)
def test_what_comes_of_a_reader_is_what_the_page_says(suite: Suite, name: str) -> None:
    played_as_the_page_says(suite, name)


def test_the_page_has_figures_of_readers() -> None:
    """Each of them is held against a run by one of the tests above."""
    trusting = [
        f"`trusting.py {kind}{asked}`"
        for kind in ("manager", "listing")
        for asked in ("", " accepts")
    ]
    assert set(figures_of_the_page()) == {*trusting, *OTHERS}


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ('("priority", "PRIORITY"): "SCHED",', '("urgency", "PRIORITY"): "SCHED",'),
        ('("finish", "RUN"): "CLEANUP",', '("start", "RUN"): "CLEANUP",'),
        ("if severity == 0 and self.state != ", "if severity < 2 and self.state != "),
        ("-(2**63) <= value < 2**63", "-(2**31) <= value < 2**31"),
        ('self.job["priority"] = take(', 'self.job["urgency"] = take('),
        ('take(context, "final", bool)', 'take(context, "final", int)'),
    ],
)
def test_a_slip_of_a_reader_that_trusts_the_writer_is_found(
    suite: Suite, tmp_path: Path, right: str, wrong: str
) -> None:
    text = TRUSTING.read_text(encoding="utf-8")
    assert text.count(right) == 1
    slip = tmp_path / "slip.py"
    slip.write_text(text.replace(right, wrong), encoding="utf-8")
    groups = ("pairs", "contexts", "reported")
    run = played(suite, *PYTHON, str(slip), "manager", group=groups, **TODAY)
    assert any(
        not is_beyond_64_bits_or_submits_twice(each.vector.read_log())
        for each in settled_failures(run)
    )


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
