"""`check --against`: logs compared with what an instance reports of their jobs."""

import copy
import json
import sqlite3
from collections import defaultdict
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from flux_conform.logs.jobid import JobId
from flux_conform.logs.reported_jobs import ReportedJobs

SCHEMA = json.loads(files("flux_conform.checking").joinpath("verdict.schema.json").read_text())
ARTEFACTS = "artefacts"


def reported(corpus: Path) -> list[dict[str, Any]]:
    """What a real instance reported of its nineteen jobs."""
    jobs = json.loads((corpus / ARTEFACTS / "flux-jobs.json").read_text())["jobs"]
    assert len(jobs) == 19
    return jobs


def write(path: Path, jobs: list[dict[str, Any]]) -> Path:
    path.write_text(json.dumps({"jobs": jobs}))
    return path


def differing(out: str) -> dict[int, dict[str, dict[str, Any]]]:
    """The fields that differ, by the number of the job."""
    rows = [json.loads(line) for line in out.splitlines()]
    for row in rows:
        Draft202012Validator(SCHEMA).validate(row)
    return {row["job"]["id"]: row["differs"] for row in rows if "differs" in row}


def truths(corpus: Path) -> dict[Path, list[dict[str, Any]]]:
    """What instances reported of the corpus' jobs, as `flux jobs --json` says it, by folder."""
    found = defaultdict(list)
    for line in (corpus / "truth.jsonl").read_text().splitlines():
        job = json.loads(line)
        log = corpus / job.pop("log")
        raised = job.pop("exception", None)
        job["exception"] = {"occurred": bool(raised), **(raised or {})}
        found[log.parent].append({"id": int(log.stem), **job})
    return found


@pytest.mark.slow
def test_real_logs_agree_with_what_their_instances_reported(
    run, corpus: Path, tmp_path: Path
) -> None:
    """In every field, of all jobs of which an instance said something."""
    compared = 0
    for folder, jobs in truths(corpus).items():
        path = write(tmp_path / "jobs.json", jobs)
        logs = [folder / f"{job['id']}.eventlog" for job in jobs]
        code, out, _ = run("check", "--format", "json", "--against", path, *logs)
        assert differing(out) == {}, folder
        assert code in (0, 1)
        compared += len(jobs)
    assert compared == 763


@pytest.mark.parametrize("source", ["dump.tgz", "journal.ndjson", "content.sqlite"])
def test_an_instances_sources_agree_with_what_flux_jobs_printed(
    run, corpus: Path, source: str
) -> None:
    path = corpus / ARTEFACTS / "flux-jobs.json"
    _, out, _ = run("check", "--format", "json", "--against", path, corpus / ARTEFACTS / source)
    assert differing(out) == {}
    assert "does not list" not in out
    assert "without a log" not in out


def other(field: str, value: Any) -> Any:
    """A value of the same type that is another."""
    match value:
        case bool():
            return not value
        case int():
            return value + 1
        case float():
            return value + 0.001
        case "INACTIVE":
            return "CLEANUP"
        case str():
            return value + "X"
        case {"occurred": bool() as occurred}:
            return {"occurred": not occurred, "severity": 3, "type": "x", "note": "y"}
    return {"user": {field: 1}}


FIELDS = (
    *("state", "result", "status", "success", "returncode", "waitstatus", "urgency", "priority"),
    *("userid", "exception", "annotations", "runtime"),
    *("t_submit", "t_depend", "t_priority", "t_sched", "t_run", "t_cleanup", "t_inactive"),
)


@pytest.mark.slow
def test_each_planted_difference_is_told_with_its_field(run, corpus: Path, tmp_path: Path) -> None:
    """One field of one job at a time, more than fifty in all, and nothing beside it."""
    dump = corpus / ARTEFACTS / "journal.ndjson"
    planted = 0
    jobs = reported(corpus)
    for number, field in enumerate(FIELDS):
        changed = copy.deepcopy(jobs)
        expected: dict[int, set[str]] = {}
        for job in changed[number % 3 :: 3]:
            if field in job:
                job[field] = other(field, job[field])
                expected[job["id"]] = {field}
        _, out, _ = run(
            "check", "--format", "json", "--against", write(tmp_path / "j.json", changed), dump
        )
        assert {job: set(fields) for job, fields in differing(out).items()} == expected, field
        planted += len(expected)
    assert planted > 50


def test_a_difference_names_the_event_since_which_the_log_says_so(
    run, corpus: Path, tmp_path: Path
) -> None:
    jobs = reported(corpus)
    job = next(job for job in jobs if job.get("result") == "TIMEOUT")
    job |= {"state": "RUN", "t_run": None, "urgency": 0}
    path = write(tmp_path / "jobs.json", jobs)
    source = corpus / ARTEFACTS / "dump.tgz"
    code, out, _ = run("check", "--format", "json", "--job", job["id"], "--against", path, source)
    assert code == 1
    found = differing(out)[job["id"]]
    events = {field: each["event"] for field, each in found.items()}
    assert events == {"state": "clean", "t_run": "alloc", "urgency": "submit"}
    assert found["urgency"]["line"] == 1
    code, out, _ = run("check", "--job", job["id"], "--against", path, source)
    assert "state is RUN in the source, INACTIVE in the log, since clean in line 11" in out


def test_jobs_on_one_side_only_are_counted(run, corpus: Path, tmp_path: Path) -> None:
    """They are no difference: logs are purged, and reports are of some jobs."""
    jobs = reported(corpus)
    path = write(tmp_path / "jobs.json", [{**jobs[0], "id": 7}, *jobs[3:]])
    code, out, err = run("check", "--against", path, corpus / ARTEFACTS / "journal.ndjson")
    assert code == 0
    named = ", ".join(JobId(job["id"]).f58 for job in jobs[:3])
    assert "1 skipped, jobs without a log among those checked: ƒ8\n" in out + err
    told = (out + err).split("3 skipped, logs of jobs that it does not list: ")[1].splitlines()[0]
    assert set(told.split(", ")) == set(named.split(", "))


def test_an_accounting_database_is_read_by_its_columns(run, corpus: Path, tmp_path: Path) -> None:
    jobs = [job for job in reported(corpus) if "t_inactive" in job]
    path = tmp_path / "accounting.db"
    database = sqlite3.connect(path)
    columns = ("userid", "t_submit", "t_run", "t_inactive")
    database.execute(
        "CREATE TABLE jobs (id INT, userid INT, username TEXT, ranks TEXT, t_submit REAL,"
        " t_run REAL, t_inactive REAL, nodelist TEXT, R TEXT, jobspec TEXT)"
    )
    for job in jobs:
        database.execute(
            "INSERT INTO jobs (id, userid, t_submit, t_run, t_inactive) VALUES (?, ?, ?, ?, ?)",
            (job["id"], *(job[column] for column in columns)),
        )
    database.commit()
    source = corpus / ARTEFACTS / "journal.ndjson"
    assert differing(run("check", "--format", "json", "--against", path, source)[1]) == {}
    database.execute("UPDATE jobs SET t_run = t_run + 1 WHERE id = ?", (jobs[2]["id"],))
    database.commit()
    database.close()
    found = differing(run("check", "--format", "json", "--against", path, source)[1])
    assert {job: set(fields) for job, fields in found.items()} == {jobs[2]["id"]: {"t_run"}}


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "neither JSON nor a database"),
        (b"JOBID USER\n", "neither JSON nor a database"),
        (b'{"jobs": {}}', "no list of jobs"),
        (b'{"jobs": []}', "lists no jobs"),
        (b'{"jobs": [1]}', "job 1 is no object"),
        (b'{"jobs": [{"state": "RUN"}]}', "job 1 has no id"),
        (b'{"jobs": [{"id": true}]}', "job 1 has no id"),
        (b'{"jobs": [{"id": "!"}]}', "no job id"),
        (b'{"jobs": [{"id": 1}, {"id": "0x1"}]}', "listed twice"),
        (b'{"id": 1}\n{"id": 2\n', "line 2 is no JSON"),
        (b'{"id": 1}\n' + b'{"id": 2}\n{"id": 3', "line 3 is no JSON"),
        (b'{"jobs": [{"id": 1}', "job 2 is no JSON"),
        (b'{"jobs": [{"id": 1} {"id": 2}]}', "job 2 is no JSON"),
        (b'{"jobs": [{"id": 1},]}', "job 2 is no JSON"),
        (b'{"jobs": [{"id": 1}], "more": 1}', "it goes on after its list"),
        (b'[{"id": 1}]}', "it goes on after its list"),
        (b'{"jobs": [{"id": 1, "name": "\xff"}]}', "no UTF-8"),
        (b"SQLite format 3\0" + b"\0" * 100, "database"),
    ],
)
def test_a_file_that_reports_no_jobs_is_refused(
    run, tmp_path: Path, content: bytes, says: str
) -> None:
    path = tmp_path / "jobs"
    path.write_bytes(content)
    code, out, err = run("check", "--against", path, "examples/real/succeeded.eventlog")
    assert (code, out) == (2, "")
    assert err.startswith(f"flux-conform check: --against {path}: ")
    assert says in err


@pytest.mark.parametrize("form", ["document", "list", "pretty", "lines"])
def test_a_report_of_any_size_is_read_job_by_job(tmp_path: Path, form: str) -> None:
    """Jobs of many sizes, so that parts which are read end at any place in them."""
    jobs = [{"id": n, "name": "ƒ\n" * (n * 7919 % 4001), "n": [{}, "]"]} for n in range(1, 700)]
    text = {
        "document": json.dumps({"jobs": jobs}, ensure_ascii=False),
        "list": json.dumps(jobs),
        "pretty": json.dumps({"jobs": jobs}, indent=2),
        "lines": "".join(json.dumps(job) + "\n" for job in jobs),
    }[form]
    assert len(text) > 3 << 20
    path = tmp_path / "jobs.json"
    path.write_text(text)
    reported = ReportedJobs(str(path))
    assert reported.left(2) == (699, (JobId(1), JobId(2)))
    for job in reversed(jobs):
        assert reported.take(JobId(job["id"])) == job
    assert reported.left(2) == (0, ())
    assert reported.take(JobId(700)) is None


def test_several_processes_compare_alike(run, corpus: Path, tmp_path: Path) -> None:
    folder, jobs = next(iter(truths(corpus).items()))
    jobs[0]["urgency"] = 3
    path = write(tmp_path / "jobs.json", jobs)
    asked = ("check", "--format", "json", "--against", path, folder)
    assert differing(run(*asked)[1]) == differing(run(*asked, "--jobs", "2")[1])
    assert list(differing(run(*asked)[1])) == [jobs[0]["id"]]
    assert run("check", "--against", "no-such.json", folder)[0] == 2
    for more in (["--partial"], ["--follow"], ["--resume", tmp_path / "kept"]):
        code, _, err = run("check", *more, "--against", path, folder)
        assert code == 2
        assert "--against" in err
