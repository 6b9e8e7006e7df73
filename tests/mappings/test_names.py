"""Other systems' names: what the page says, what a plain reading says of real logs, and the claims."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from flux_conform.artefacts import artefact
from flux_conform.checking.judge import Options, judge
from flux_conform.checking.replay import reports
from flux_conform.cli.main import main
from flux_conform.language import load
from flux_conform.language.loader import load_file
from flux_conform.machine.step import Machine
from flux_conform.prove import prove

FOLDER = Path(artefact("model", "mappings"))
PAGE = Path(__file__).parents[2] / "docs" / "mappings.md"
PENDING = {"DEPEND": "Dependency", "PRIORITY": "Priority", "SCHED": "Resources"}
SUBMIT = {"userid": 1, "urgency": 16, "flags": 0, "version": 1}


def plain(events: list[dict[str, Any]], states: list[str]) -> Iterator[tuple[Any, ...]]:
    """Slurm's name and reason and PSI/J's name after each event, from the facts of both alone."""
    urgency = result = None
    prologs, started = 0, False
    fatal: list[tuple[int, str]] = []
    for event, state in zip(events, states, strict=True):
        context, name = event.get("context", {}), event["name"]
        urgency = context.get("urgency", urgency) if name in ("submit", "urgency") else urgency
        prologs += (name == "prolog-start") - (name == "prolog-finish")
        started |= name == "start"
        if name == "exception":
            fatal.append((context["severity"], context["type"]))
        if name == "finish" and result is None:
            result = context["status"], any(severity == 0 for severity, _ in fatal)
        if state == "NEW":
            yield "PENDING", "None", "QUEUED"
        elif state in PENDING:
            held = urgency == 0 and state != "DEPEND"
            yield "PENDING", "JobHeldUser" if held else PENDING[state], "QUEUED"
        elif state == "RUN":
            reason = "Prolog" if prologs else "None"
            yield (
                ("RUNNING" if started else "CONFIGURING"),
                reason,
                "ACTIVE" if started else "QUEUED",
            )
        elif state == "CLEANUP":
            yield "COMPLETING", "None", "CLEANUP"
        elif state == "REMOVED":
            yield None, None, None
        elif result == (0, False):
            yield "COMPLETED", "None", "COMPLETED"
        else:
            kind = min(fatal, key=lambda each: each[0])[1] if fatal else ""
            slurm = {"cancel": "CANCELLED", "timeout": "TIMEOUT"}.get(kind, "FAILED")
            yield slurm, "None", "CANCELED" if kind == "cancel" else "FAILED"


def named(mapping: str, data: bytes) -> list[dict[str, Any]]:
    machine = Machine(load_file(str(FOLDER / f"{mapping}.yaml")), report=True)
    return [report for _, _, report in reports(machine, data)]


def test_real_jobs_have_the_names_that_a_plain_reading_gives_them(corpus: Path) -> None:
    """Of all logs that conform; every pair of names that the page has for ended jobs is met."""
    machines = {
        name: Machine(load_file(str(FOLDER / f"{name}.yaml")), report=True)
        for name in ("slurm", "psij")
    }
    job, met, compared = Machine(load("job")), set(), 0
    for path in sorted((corpus / "job").rglob("*.eventlog")):
        data = path.read_bytes()
        if judge(job, data, Options()).verdict != "conforms":
            continue
        events = [json.loads(line) for line in data.splitlines()]
        if "version" not in events[0]["context"]:
            continue  # a log of the older form
        slurm = [(s, r) for _, s, r in reports(machines["slurm"], data)]
        psij = [r["psij"] for _, _, r in reports(machines["psij"], data)]
        found = [
            (report["slurm"], report["slurm_reason"], name)
            for (_, report), name in zip(slurm, psij, strict=True)
        ]
        assert found == list(plain(events, [state for state, _ in slurm])), path
        met |= set(found)
        compared += 1
    assert compared > 500
    ended = {name for name, _, _ in met} & {"COMPLETED", "FAILED", "CANCELLED", "TIMEOUT"}
    assert ended == {"COMPLETED", "FAILED", "CANCELLED", "TIMEOUT"}


def log(*names: str) -> bytes:
    contexts = {
        "submit": SUBMIT,
        "held": SUBMIT | {"urgency": 0},
        "priority": {"priority": 16},
        "prolog-start": {"description": "p"},
        "finish": {"status": 0},
        "failed": {"status": 256},
        "cancel": {"type": "cancel", "severity": 0, "note": ""},
        "timeout": {"type": "timeout", "severity": 0, "note": ""},
    }
    events = {"held": "submit", "failed": "finish", "cancel": "exception", "timeout": "exception"}
    lines = []
    for number, name in enumerate(names, 1):
        line: dict[str, Any] = {"timestamp": number, "name": events.get(name, name)}
        lines.append(line | ({"context": contexts[name]} if name in contexts else {}))
    return "".join(json.dumps(line) + "\n" for line in lines).encode()


def test_the_table_of_the_page_is_what_logs_show() -> None:
    """A log for each row; the rows are read from the page."""
    to_run = ("submit", "validate", "depend", "priority", "alloc")
    logs = {
        "NEW": log(*to_run[:1]),
        "DEPEND": log(*to_run[:2]),
        "PRIORITY": log(*to_run[:3]),
        "SCHED": log(*to_run[:4]),
        "DEPEND, with urgency 0": log("held", "validate"),
        "PRIORITY, with urgency 0": log("held", "validate", "depend"),
        "SCHED, with urgency 0": log("held", "validate", "depend", "priority"),
        "RUN, before start, in a prolog": log(*to_run, "prolog-start"),
        "RUN, before start": log(*to_run),
        "RUN, after start": log(*to_run, "start"),
        "CLEANUP": log(*to_run, "start", "finish"),
        "INACTIVE, COMPLETED": log(*to_run, "start", "finish", "clean"),
        "INACTIVE, FAILED": log(*to_run, "start", "failed", "clean"),
        "INACTIVE, CANCELED": log(*to_run, "start", "cancel", "clean"),
        "INACTIVE, TIMEOUT": log(*to_run, "start", "timeout", "clean"),
    }
    rows = re.findall(r"^\| ([A-Z][^|]+) \| (\w+) \((\w+)\) \| (\w+) \|$", PAGE.read_text(), re.M)
    assert [row[0] for row in rows] == list(logs)
    for where, *told in rows:
        slurm, psij = named("slurm", logs[where])[-1], named("psij", logs[where])[-1]
        assert [slurm["slurm"], slurm["slurm_reason"], psij["psij"]] == told, where


def test_the_sub_states_of_real_jobs_are_those_of_a_plain_reading(corpus: Path) -> None:
    """All that the page lists are met, in logs of the corpus or in those that follow."""
    machine = Machine(load_file(str(FOLDER / "sub-states.yaml")), report=True)
    job = Machine(load("job"))
    to_run = ("submit", "validate", "depend", "priority", "alloc")
    made = [
        log(*to_run, "prolog-start", "cancel", "free"),
        log(*to_run, "start", "cancel", "finish"),
    ]
    logs = [path.read_bytes() for path in sorted((corpus / "job").rglob("*.eventlog"))]
    met: set[str] = set()
    for data in (*made, *logs):
        if judge(job, data, Options()).verdict == "violates":
            continue
        seen: set[str] = set()
        running = {"prolog": 0, "epilog": 0}
        holds = is_final = False
        for entry, state, report in reports(machine, data):
            assert entry.event is not None
            name, context = entry.event.name, entry.event.context or {}
            seen.add(name)
            kind, _, end = name.partition("-")
            if kind in running:
                running[kind] += 1 if end == "start" else -1
            lost = name == "exception" and context.get("type") == "scheduler-restart"
            holds = name == "alloc" or (holds and name != "free" and not lost)
            is_final |= name == "release" and context["final"]
            shells = "start" in seen and "finish" not in seen and not is_final
            expected = None
            if state == "RUN":
                before = "in a prolog" if running["prolog"] else "starting"
                expected = "running" if "start" in seen else before
            elif state == "CLEANUP":
                names = {
                    "ending": shells,
                    "in an epilog": bool(running["epilog"]),
                    "releasing": "start" in seen and not is_final,
                    "freeing": holds,
                    "leaving a prolog": bool(running["prolog"]),
                    "cleaning up": True,
                }
                expected = next(each for each, is_so in names.items() if is_so)
            assert report["sub_state"] == expected
            met |= {expected} - {None}
    listed = re.findall(r"^\| ([a-z ]+) \| (?:RUN|CLEANUP) \|", PAGE.read_text(), re.M)
    assert met == set(listed)


@pytest.mark.slow
@pytest.mark.parametrize("mapping", ["slurm", "psij", "psij-executor", "sub-states"])
def test_each_claim_of_a_mapping_is_as_it_says(mapping: str) -> None:
    specification = load_file(str(FOLDER / f"{mapping}.yaml"))
    shipped = {claim.id for claim in load("job").properties}
    own = {c.id: c.expect for c in specification.properties if c.id not in shipped}
    assert own
    proofs = prove(specification, properties=[*own], quick=True)
    assert {outcome.id: outcome.verdict for outcome in proofs.outcomes} == own


@pytest.mark.slow
@pytest.mark.parametrize(
    ("mapping", "old", "new", "claim"),
    [
        # A start in CLEANUP taken for a running job; held jobs that run; a queue after the start.
        ("psij", 'state == "CLEANUP" then "CLEANUP"',
         'state == "CLEANUP" then (if seen(finish) then "CLEANUP" else "ACTIVE")', "psij-active"),
        ("slurm", 'if seen(start) then "RUNNING"', 'if empty(prologs) then "RUNNING"', "slurm-running"),
        ("slurm", 'then "COMPLETING"', 'then (if seen(free) then "COMPLETING" else "PENDING")',
         "slurm-running"),
    ],
)  # fmt: skip
def test_a_mapping_that_goes_back_is_refuted(
    tmp_path: Path, mapping: str, old: str, new: str, claim: str
) -> None:
    text = (FOLDER / f"{mapping}.yaml").read_text()
    assert old in text
    path = tmp_path / "wrong.yaml"
    path.write_text(text.replace(old, new))
    specification = load_file(str(path))
    shipped = {claim.id for claim in load("job").properties}
    own = [claim.id for claim in specification.properties if claim.id not in shipped]
    outcomes = prove(specification, properties=own[:-1], quick=True).outcomes
    assert claim in {outcome.id for outcome in outcomes if outcome.verdict == "refuted"}


def test_names_are_a_columns_and_a_key(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "x.eventlog"
    path.write_bytes(log("submit", "validate"))
    assert main(["replay", "--names", "slurm", str(path)]) == 0
    out = capsys.readouterr().out
    assert "PENDING (Dependency)" in out
    assert main(["replay", "--names", "sub-states", str(path)]) == 0
    out += capsys.readouterr().out
    assert out.splitlines() == [line.rstrip() for line in out.splitlines()]
    assert main(["replay", "--names", "slurm", "--format", "json", str(path)]) == 0
    row = json.loads(capsys.readouterr().out)
    assert row["events"][1]["names"] == {"slurm": "PENDING", "slurm_reason": "Dependency"}


@pytest.mark.parametrize(
    ("names", "says"),
    [
        ("slrm", 'no names of "slrm"; did you mean "slurm"?'),
        ("./none.yaml", "none.yaml:1:1: cannot be read: No such file"),
        ("model/job.yaml", "it adds no field to the report"),
    ],
)
def test_names_that_are_none_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], names: str, says: str
) -> None:
    path = tmp_path / "x.eventlog"
    path.write_bytes(log("submit"))
    assert main(["replay", "--names", names, str(path)]) == 2
    assert says in capsys.readouterr().err
