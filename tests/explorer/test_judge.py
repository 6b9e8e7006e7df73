"""The judge of the explorer's page says what the checker says: the shipped suites judge it."""

import shutil
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import pytest

from flux_conform.artefacts import artefact
from flux_conform.checking.judge import judge
from flux_conform.checking.waivers import Options
from flux_conform.explorer.page_machine import NotExplorable, page_machine
from flux_conform.explorer.page_text import MODULES
from flux_conform.language import load
from flux_conform.logs.eventlog import UnreadableLog
from flux_conform.machine.step import Machine
from flux_conform.suite.folder import load_suite
from flux_conform.suite.harness import Limits
from flux_conform.suite.results import SuiteRun
from flux_conform.suite.run import Plan, Runner
from flux_conform.suite.select import Filters, choose
from flux_conform.suite.smoke import smoke

from . import MACHINES, Asked, asked, harness

SUITES = Path(artefact("conformance"))
PATIENT = Limits(answer=30, ready=30)
EVERYTHING = Options(notes=True)


def played(command: tuple[str, ...], machine: str, **filters: tuple[str, ...]) -> SuiteRun:
    suite = load_suite(str(SUITES / machine))
    vectors = choose(suite.vectors, Filters(**filters))
    hello = smoke(suite, command, PATIENT).hello
    return Runner(Plan(suite, vectors, command, hello, PATIENT)).run()


@pytest.fixture
def node(require_tool: Callable[[str], str]) -> str:
    return require_tool("node")


@pytest.mark.slow
@pytest.mark.parametrize("machine", MACHINES)
def test_all_vectors_of_every_machine_pass(machine: str, node: str, tmp_path: Path) -> None:
    """In verdicts, strict or not, in states, in the report and in findings."""
    run = played(harness(node, machine, tmp_path, MODULES), machine)
    told = [(result.vector.id, result.differences, result.why) for result in run.of("failed")]
    assert (told, run.exit_code, run.strange) == ([], 0, ())
    assert len(run.of("passed")) == len(load_suite(str(SUITES / machine)).vectors) > 800


SLIPS = [
    # A module, what stands in it, what does in its place, and the machine whose vectors find it.
    ("machine", "isTold = keys.length > 0", "isTold = keys.length > 1", "resource", "contexts"),
    ("machine", "? row : null, moment", "? null : row, moment", "exec", "rules"),
    ("lines", "event.timestamp < latest", "event.timestamp > latest", "exec", "lines"),
    ("json", ": BigInt(text)", ": Number(text)", "exec", "contexts"),
    ("values", "times > 1", "times > 9", "job", "several"),
]


@pytest.mark.parametrize(("module", "right", "wrong", "machine", "group"), SLIPS)
def test_a_slip_of_the_judge_is_found(
    module: str, right: str, wrong: str, machine: str, group: str, node: str, tmp_path: Path
) -> None:
    """The vectors fail where the judge is wrong; they pass where it is as it was, see above."""
    modules = shutil.copytree(MODULES, tmp_path / "js")
    source = modules / f"{module}.mjs"
    text = source.read_text(encoding="utf-8")
    assert text.count(right) == 1
    source.write_text(text.replace(right, wrong), encoding="utf-8")
    command = harness(node, machine, tmp_path, modules)
    assert played(command, machine, group=(group,)).of("failed")


def differs(page: Asked, machine: Machine, log: bytes) -> Any:
    """What the checker says of a log and what the page does, where that is not the same."""
    told = page.judge(log)
    try:
        own = judge(machine, log, EVERYTHING)
    except UnreadableLog as error:
        return None if told.get("error") == str(error) else (str(error), told)
    keys = ("rule", "line", "message", "level", "state", "repair")
    expected = [
        [*(getattr(finding, key) for key in keys), list(finding.allowed)]
        for finding in own.findings
    ]
    found = [[*(finding[key] for key in keys), finding["allowed"]] for finding in told["findings"]]
    waits = sorted(wait.says for wait in own.waits)
    ours = (own.verdict, own.state, expected, waits)
    theirs = (told["verdict"], told["state"], found, sorted(told["waits"]))
    return None if ours == theirs else (ours, theirs)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["exec", "io", "job", "resource"])
def test_it_agrees_with_check_on_the_corpus(
    kind: str, corpus: Path, node: str, tmp_path: Path
) -> None:
    """In verdict, state, rules, lines, messages, repairs, what was allowed, and what a log waits for."""
    logs = [path for path in sorted((corpus / kind).rglob("*")) if path.is_file()]
    machine = Machine(load(kind))
    with asked(harness(node, kind, tmp_path, MODULES)) as page:
        found = {str(path): differs(page, machine, path.read_bytes()) for path in logs}
    assert {path: each for path, each in found.items() if each} == {}
    assert len(found) > 1


BITS = [
    *(b'"', b"\\", b"\\u12", b"\\ud83d\\ude00", b"{", b"}", b",", b":", b"\n", b"NaN", b"-"),
    *(b"1e5", b"1e400", b"0", b".", b"\x00", b"\xff", b"\xed\xa0\x80", "é😀".encode(), b"null"),
    *(b"[", b"]", b"-Infinity", b" ", b"1.5", b"\\q", b"9" * 30, b"\xc2\x85", b"1e-7", b"1e22"),
    *(b"12345678901234567890.5", b'"\\ud800"', b"123e15", b"9" * 4301, b"[" * 300),
]


@pytest.mark.parametrize("kind", ["job", "alloc"])
def test_it_agrees_with_check_on_damaged_logs(kind: str, node: str, tmp_path: Path) -> None:
    """Logs of the suite with some bytes changed; alloc's have another form of lines."""
    paths = sorted((SUITES / kind / "logs").rglob("*.eventlog"))
    draw = Random(19)
    machine = Machine(load(kind))
    with asked(harness(node, kind, tmp_path, MODULES)) as page:
        for path in draw.sample(paths, 150):
            log = bytearray(path.read_bytes()[:4000])
            for _ in range(draw.randint(1, 3)):
                place = draw.randrange(len(log) + 1)
                log[place : place + draw.randint(0, 3)] = draw.choice(BITS)
            assert differs(page, machine, bytes(log)) is None, bytes(log)


def test_a_machine_that_the_page_cannot_judge_is_refused() -> None:
    """Rules that ask for times, such as policies have."""
    timed = Path(__file__).parents[1] / "timed_door.yaml"
    with pytest.raises(NotExplorable, match="ask for times"):
        page_machine(load(str(timed)))


def test_no_state_and_no_event_stands_in_the_judge() -> None:
    """A fact of an RFC is said once, in the model; words of the language may be names, too."""
    words = {"start", "exception", "release", "log"}
    for name in MACHINES:
        machine = load(name)
        names = {each.name for each in (*machine.states, *machine.events)} - words
        for module in MODULES.glob("*.mjs"):
            text = module.read_text(encoding="utf-8")
            said = {each for each in names if f'"{each}"' in text or f"'{each}'" in text}
            assert said <= {"unlisted", "undefined"}, (module.name, said)
