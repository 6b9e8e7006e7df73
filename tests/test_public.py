"""What `flux_conform` itself offers: one call for what most programs want, and clear refusals."""

import gzip
import json
import subprocess
import sys
from pathlib import Path
from typing import Any, get_args

import pytest

import flux_conform
from flux_conform import (
    Finding,
    Judgement,
    LogJudged,
    Problem,
    Skipped,
    Specification,
    UnreadableLog,
    check,
    check_many,
    load,
    replay,
)
from flux_conform.checking import finding
from flux_conform.checking.judge import judge
from flux_conform.checking.judges import Judge
from flux_conform.checking.spread import judge_many, processes
from flux_conform.diagrams import render
from flux_conform.language import kinds
from flux_conform.language.faults import SpecificationFaults
from flux_conform.logs.given import log_of
from flux_conform.machine.step import Machine
from flux_conform.session import calls
from flux_conform.session.machines import Machines
from flux_conform.testing import Assertions, check_eventlog
from toys import TURNSTILE

EXAMPLES = Path(__file__).parents[1] / "examples"
WHOLE = EXAMPLES / "real" / "succeeded.eventlog"
STATUS = EXAMPLES / "broken" / "wrong-status.eventlog"
SUBMIT: dict[str, Any] = {
    "timestamp": 1,
    "name": "submit",
    "context": {"userid": 1000, "urgency": 16, "flags": 0, "version": 1},
}
SUBMITTED = json.dumps(SUBMIT) + "\n"
COIN = '{"timestamp":1.0,"name":"coin","context":{"value":1}}\n'


def forms_of_a_log(tmp_path: Path) -> list[Any]:
    """One log in every form in which a caller may have it."""
    line = '{"timestamp":1,"name":"submit","context":{"userid":1000,"urgency":16,"flags":0,"version":1}}'
    file = tmp_path / "submit.eventlog"
    file.write_text(line + "\n")

    class Job:
        events = (SUBMIT,)

    return [
        *(line.encode() + b"\n", bytearray(line.encode() + b"\n"), line + "\n", line),
        *(file, str(file), [SUBMIT], iter([SUBMIT]), Job()),
    ]


def test_a_log_is_checked_by_one_call() -> None:
    """The example at the head of the page."""
    judgement = check(WHOLE)
    assert isinstance(judgement, Judgement)
    assert (judgement.verdict, judgement.state, judgement.findings) == ("conforms", "INACTIVE", ())


def test_findings_are_values_with_fields() -> None:
    (found,) = (each for each in check(STATUS).findings if each.because is None)
    assert isinstance(found, Finding)
    assert (found.rule, found.level) == ("rfc21/finish/wait-status", "MUST")


def test_every_form_of_a_log_is_the_same_log(tmp_path: Path) -> None:
    for form in forms_of_a_log(tmp_path):
        judgement = check(form, "job")
        assert (judgement.verdict, judgement.state) == ("incomplete", "NEW"), form
    for form in forms_of_a_log(tmp_path):
        assert [event.state for event in replay(form, "job").events] == ["NEW"], form


@pytest.mark.parametrize("machine", [TURNSTILE, str(TURNSTILE), load(TURNSTILE)], ids=type)
def test_every_form_of_a_machine_is_the_same_machine(machine: Any) -> None:
    """For the public face, and for everything that is made of a specification."""
    found = check(COIN, machine)
    assert found.state == Judge(machine).judge(COIN).state == judge(machine, COIN).state
    assert Machine(machine).specification == load(TURNSTILE)
    assert Assertions(machine).specification == load(TURNSTILE)
    assert check_eventlog(COIN, model=machine) == found
    ((_, _, judged),) = judge_many([("log", COIN.encode())], machine, executor=processes(1))
    assert judged == found
    assert render(machine, "dot") == render(load(TURNSTILE), "dot")


def test_a_log_goes_to_the_machine_of_its_kind() -> None:
    """As on the command line; a machine that is named is taken whatever the log is."""
    log = [{"timestamp": 1, "name": "init"}]
    assert check(log) == check(log, "exec")
    assert check(log).verdict == "incomplete"
    assert check(log, "job").verdict == "violates"


def test_a_log_that_no_machine_judges_is_unreadable(monkeypatch: pytest.MonkeyPatch) -> None:
    """It says what log it is."""
    known = kinds.log_kinds()
    other = kinds.LogKind("mine", 99, "a log of mine", ("mine",), ("begin",))
    monkeypatch.setattr(kinds, "log_kinds", lambda: (*known, other))
    monkeypatch.setattr(
        calls, "_machines", Machines
    )  # the one that is kept knows the kinds already
    events = ("begin", "go", "stop")
    with pytest.raises(UnreadableLog, match=r"a mine eventlog.*give one with machine FILE"):
        check([{"timestamp": 1, "name": name} for name in events])


def test_many_logs_come_from_paths_and_from_the_program(tmp_path: Path) -> None:
    """In their order, each with its name; what cannot be read is a Problem in its place."""
    (tmp_path / "a.eventlog").write_text(WHOLE.read_text())
    (tmp_path / "b.eventlog").write_text("[" * 300)
    (tmp_path / "note.txt").write_text("nothing")
    job, none, left, second, last = check_many([tmp_path, [SUBMIT], STATUS])
    assert isinstance(job, LogJudged)
    assert (job.name, job.judgement) == (str(tmp_path / "a.eventlog"), check(WHOLE))
    assert isinstance(none, Problem)
    assert none.name == str(tmp_path / "b.eventlog")
    assert isinstance(left, Skipped)
    assert isinstance(second, LogJudged)
    assert (second.name, second.judgement) == ("log 2", check([SUBMIT]))
    assert isinstance(last, LogJudged)
    assert last.judgement == check(STATUS)
    spread = list(check_many([tmp_path, [SUBMIT]], processes=2))
    assert [each.name for each in spread] == [job.name, none.name, left.name, "log 2"]


def test_one_source_needs_no_list() -> None:
    (found,) = check_many(STATUS, "job", allow="flux-core")
    assert isinstance(found, LogJudged)
    assert found.judgement == check(STATUS)
    assert [each.name for each in check_many(SUBMITTED)] == ["log 1"]


def test_one_job_is_taken_of_a_source() -> None:
    (none,) = check_many(WHOLE.parent, job=1)
    assert none == Problem("ƒ2 (1)", "there is no log of this job")
    with pytest.raises(ValueError, match="is no job id"):
        check_many(WHOLE, job="!")


def test_options_are_those_of_the_command_line() -> None:
    log = EXAMPLES / "real" / "expiration-updated.eventlog"
    assert check(log).verdict == "violates"
    assert check(log, allow="flux-core").verdict == "conforms"
    assert check(log, allow=["flux-core"], notes=True).findings
    changed = WHOLE.read_bytes().replace(b'"urgency":16', b'"urgency":17', 1)
    assert check(WHOLE, previous=WHOLE).verdict == "conforms"
    assert "append-only" in check(WHOLE, previous=changed).findings[0].rule


def test_a_replay_gives_states_and_the_report() -> None:
    replayed = replay(WHOLE)
    assert replayed.events[0].state == "NEW"
    assert (replayed.state, replayed.report["result"]) == ("INACTIVE", "COMPLETED")


def kind(value: object) -> str:
    """The name of a value's type, which is the same in each process; an address is not."""
    return type(value).__name__


@pytest.mark.parametrize("log", [7, None, SUBMIT, [7], object()], ids=kind)
def test_what_is_no_log_is_refused_with_what_to_give(log: Any) -> None:
    for call in (check, replay, log_of, Judge("job").judge, check_eventlog):
        with pytest.raises(TypeError, match=r"give its bytes|not a mapping such as"):
            call(log)


@pytest.mark.parametrize("machine", [7, b"job", ["job"], Machine("job"), object()], ids=kind)
def test_what_is_no_specification_is_refused_with_what_to_give(machine: Any) -> None:
    for call in (
        load,
        Judge,
        Machine,
        Assertions,
        lambda given: check(b"", given),
        lambda given: replay(b"", given),
        lambda given: check_eventlog(b"", model=given),
        lambda given: next(judge_many([], given), None),
        lambda given: render(given, "dot"),
    ):
        with pytest.raises(TypeError, match='give a name such as "job"'):
            call(machine)


def test_names_of_nothing_are_told(tmp_path: Path) -> None:
    for call in (load, Judge, Machine, lambda name: check(b"", name)):
        with pytest.raises(flux_conform.language.UnknownMachine, match="jib"):
            call("jib")
    with pytest.raises(LookupError, match="no deviations"):
        check(b"", allow="nobody")
    with pytest.raises(FileNotFoundError):
        check(tmp_path / "none.eventlog")
    faulty = tmp_path / "faulty.yaml"
    faulty.write_text("machine: 1\n")
    with pytest.raises(SpecificationFaults):
        check(b"", faulty)


def test_a_file_of_a_machine_is_read_anew(tmp_path: Path) -> None:
    """It may have been edited between two calls."""
    file = tmp_path / "toy.yaml"
    text = TURNSTILE.read_text()
    file.write_text(text)
    (tmp_path / "eventlog.yaml").write_text(
        Path(flux_conform.language.sources_of("job")[1]).read_text()
    )
    before = check(b"", file)
    file.write_text(text.replace(before.state, "ELSEWHERE"))
    assert check(b"", file).state == "ELSEWHERE"


def test_a_specification_is_shown_on_one_line() -> None:
    """Not with all that it holds, which fills screens."""
    shown = repr(load("job"))
    assert shown.startswith("<Specification job")
    assert len(shown) < 100
    assert "\n" not in shown


def test_verdicts_are_literals() -> None:
    """Those that the module names, so that a type checker tells a slip."""
    names = {finding.CONFORMS, finding.INCOMPLETE, finding.VIOLATES, finding.INCONCLUSIVE}
    assert set(get_args(finding.Verdict)) == names


def test_all_that_is_offered_is_there() -> None:
    assert set(flux_conform.__all__) <= set(dir(flux_conform))
    for name in flux_conform.__all__:
        assert getattr(flux_conform, name) is not None
    assert Specification is flux_conform.language.Specification
    with pytest.raises(AttributeError, match="nonsense"):
        flux_conform.nonsense  # noqa: B018  # asking is the test


def test_nothing_is_loaded_before_it_is_asked_for() -> None:
    """Importing the package costs nothing."""
    program = (
        "import sys; before = set(sys.modules); import flux_conform; "
        "print(sorted(set(sys.modules) - before))"
    )
    told = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, check=True, text=True
    )
    assert told.stdout.split() == ["['flux_conform']"]


def test_a_type_checker_sees_the_types(tmp_path: Path) -> None:
    """For all that the package loads it lazily."""
    program = tmp_path / "program.py"
    program.write_text(
        "from flux_conform import check, load\n"
        'reveal_type(check("job.eventlog").verdict)\n'
        'reveal_type(load("job"))\n'
        'check("job.eventlog").verdict == "conform"\n'
    )
    told = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--no-incremental", str(program)],
        capture_output=True,
        text=True,
        cwd=tmp_path,
    )
    assert "Literal['conforms', 'incomplete', 'violates', 'inconclusive']" in told.stdout.replace(
        '"', "'"
    )
    assert "language.specification.Specification" in told.stdout
    assert "Non-overlapping equality check" in told.stdout


def test_what_is_at_a_path_is_read_in_any_form_that_the_command_reads(tmp_path: Path) -> None:
    """A log that was compressed, or printed as text, is no worse for it."""
    packed = tmp_path / "job.eventlog.gz"
    packed.write_bytes(gzip.compress(WHOLE.read_bytes()))
    printed = tmp_path / "job.txt"
    lines = map(json.loads, WHOLE.read_text(encoding="utf-8").splitlines())
    words = [f"{line['timestamp']:.6f} {line['name']} {_context(line)}" for line in lines]
    printed.write_text("".join(f"{each.rstrip()}\n" for each in words), encoding="utf-8")
    for path in (WHOLE, packed, printed):
        assert check(path).verdict == check(path, machine="job").verdict == "conforms"
        assert replay(path).state == "INACTIVE"


def _context(line: dict[str, Any]) -> str:
    """The context as `flux job eventlog` prints it: each key with its value."""
    items = line.get("context", {}).items()
    return " ".join(f"{key}={json.dumps(value)}" for key, value in items)


def test_a_source_of_several_logs_is_refused_with_what_takes_them() -> None:
    for call in (check, replay):
        with pytest.raises(UnreadableLog, match="holds several logs; check_many takes each"):
            call(WHOLE.parent)


def test_what_holds_no_source_is_refused_with_what_to_give() -> None:
    with pytest.raises(TypeError, match="no source; give a path, a log, or several"):
        check_many(7)  # type: ignore[arg-type]
