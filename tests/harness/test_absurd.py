"""Readers that no reading describes, and readers that change their reading, fail and are told so.

Each is the example in Python with a few characters changed; it runs on the shipped suite as any other.
"""

import re
from pathlib import Path

import pytest

from flux_conform.artefacts import artefact
from flux_conform.suite.folder import Suite, load_suite
from flux_conform.suite.results import SuiteRun
from flux_conform.suite.run import Plan, Runner
from flux_conform.suite.select import Filters, choose
from flux_conform.suite.smoke import smoke

from .mini import EXAMPLES, PYTHON
from .test_shipped import PATIENT

SOURCE = (EXAMPLES / "reader.py").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def suite() -> Suite:
    return load_suite(str(Path(artefact("conformance"), "job")))


def played(suite: Suite, folder: Path, right: str, wrong: str, *groups: str) -> SuiteRun:
    """A run of the example with one text in place of another, on some groups."""
    assert SOURCE.count(right) == 1, right
    program = folder / "reader.py"
    program.write_text(SOURCE.replace(right, wrong), encoding="utf-8")
    command = (*PYTHON, str(program))
    hello = smoke(suite, command, PATIENT).hello
    vectors = choose(suite.vectors, Filters(group=groups))
    return Runner(Plan(suite, vectors, command, hello, PATIENT)).run()


FATAL = 'after = "CLEANUP" if fatal else'
ABSURD = {
    "urgency ends a job in SCHED": (
        ("urgency SCHED PRIORITY", "urgency SCHED INACTIVE"),
        "diagram-only",
    ),
    "an update of the jobspec sends a job in SCHED back to DEPEND": (
        ("jobspec-update SCHED PRIORITY", "jobspec-update SCHED DEPEND"),
        "diagram-only",
    ),
    "a restart of Flux starts a job in SCHED": (
        ("flux-restart SCHED PRIORITY", "flux-restart SCHED RUN"),
        "diagram-only",
    ),
    "a restart of Flux takes a running job back to SCHED": (
        ("finish RUN CLEANUP,", "finish RUN CLEANUP, flux-restart RUN SCHED,"),
        "restart-elsewhere",
    ),
    "an allocation in PRIORITY starts the job": (
        ("alloc PRIORITY PRIORITY", "alloc PRIORITY RUN"),
        "alloc-race",
    ),
    "an allocation in CLEANUP ends the job": (
        ("alloc CLEANUP CLEANUP", "alloc CLEANUP INACTIVE"),
        "alloc-race",
    ),
    "a fatal exception in NEW leads to DEPEND": (
        (FATAL, 'after = ("DEPEND" if self.state == "NEW" else "CLEANUP") if fatal else'),
        "exception-new",
    ),
    "an invalid job ends in SCHED": (
        ("invalidate NEW REMOVED", "invalidate NEW SCHED"),
        "invalidate-log",
    ),
    "a second submit in NEW takes the job to PRIORITY": (
        (FATAL, 'after = "PRIORITY" if name == "submit" and not first and self.state == "NEW" else '
                '"CLEANUP" if fatal else'),
        "second-submit",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", ABSURD)
def test_an_absurd_reader_fails_with_the_reading_it_breaks(
    suite: Suite, tmp_path: Path, name: str
) -> None:
    """By vectors that rest on the question: their answers fit none of its readings."""
    change, question = ABSURD[name]
    run = played(suite, tmp_path, *change, "sequences", "pairs", "data", "rules")
    assert run.exit_code == 1
    broken = [each for each in run.of("failed") if question in each.vector.contested]
    readings = suite.questions().readings[question]
    told = re.compile(rf"fits no reading; the nearest reads .*`{question}` as (\w[\w -]*)")
    found = [match for each in broken if (match := told.match(each.why))]
    assert found, {each.why for each in broken}
    assert all(any(match[1].startswith(name) for name in readings) for match in found)


ANSWER = 'answer = {"seq": request["seq"], **judge(log)}'


def read_by(condition: str, *rows: tuple[str, str, str]) -> str:
    """The answer of a reader that has other rows, each as in MOVES, where a condition holds."""
    changed = {(event, state): after for event, state, after in rows}
    return (
        "KEPT = globals().setdefault('KEPT', dict(MOVES)); "
        f"MOVES.update({changed} if ({condition}) else KEPT); {ANSWER}"
    )


BY_TEXT = tuple(
    (event, "SCHED", "SCHED") for event in ("urgency", "jobspec-update", "flux-restart")
)
SWITCHES = {
    "after half of the vectors": "request['seq'] > MIDDLE",
    "up to half of the vectors": "request['seq'] <= MIDDLE",
    "with every second vector": "request['seq'] % 2",
    "at one vector alone": "abs(request['seq'] - MIDDLE) < 3",
    "by the length of the log": "len(log) > 450",
    "by an event that comes later": "b'priority' in log.partition(b'flux-restart')[2]",
    "by the generation": "b'version' in log",
}
"""When a reader reads by the text, by its request and its log; otherwise it reads by the diagram."""


def test_a_reader_by_the_other_reading_all_along_passes(suite: Suite, tmp_path: Path) -> None:
    """Else that the others fail would mean nothing."""
    run = played(suite, tmp_path, ANSWER, read_by("True", *BY_TEXT), "sequences", "pairs")
    assert run.exit_code == 0
    assert {read.question: read.names for read in run.reads}["diagram-only"] == "text"


@pytest.mark.parametrize("name", SWITCHES)
def test_a_reader_that_changes_its_reading_in_mid_run_fails(
    suite: Suite, tmp_path: Path, name: str
) -> None:
    """The fewer of its answers fail, and say which reading they fit."""
    chosen = choose(suite.vectors, Filters(group=("sequences", "pairs")))
    asked = [place for place, each in enumerate(chosen) if "diagram-only" in each.contested]
    condition = SWITCHES[name].replace("MIDDLE", str(asked[len(asked) // 2]))
    text = read_by(condition, *BY_TEXT)
    run = played(suite, tmp_path, ANSWER, text, "sequences", "pairs")
    assert run.exit_code == 1
    whys = {each.why for each in run.of("failed")}
    one = "fits `diagram-only` as {}, but the run reads it as {}"
    assert whys & {one.format("text", "diagram"), one.format("diagram", "text")}, whys


def test_a_reader_that_reads_one_event_by_the_text_and_another_by_the_diagram_fails(
    suite: Suite, tmp_path: Path
) -> None:
    """One question has one reading, whichever of its events shows it."""
    for row in BY_TEXT:
        run = played(suite, tmp_path, ANSWER, read_by("True", row), "sequences", "pairs")
        assert run.exit_code == 1, row
        assert any("`diagram-only`" in each.why for each in run.of("failed")), row
