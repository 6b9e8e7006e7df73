"""Job ids: what people write, and what stands in names and keys."""

import json
from pathlib import Path

import pytest

from flux_conform.logs.eventlog_keys import parse_key, parse_path
from flux_conform.logs.jobid import JobId, NoJobId


@pytest.mark.parametrize(
    "text",
    [
        "11945377792", " ƒKCaBeX ", "fKCaBeX", "0x2c8000000", "0000.0002.c800.0000",
        "job.0000.0002.c800.0000", "job/0000/0002/c800/0000", "0000/0002/C800/0000",
    ],
)  # fmt: skip
def test_an_id_is_understood_in_each_of_its_forms(text: str) -> None:
    """As `flux jobs`, keys, and people write it."""
    assert JobId.parse(text) == JobId(11945377792)
    assert str(JobId.parse(text)) == "ƒKCaBeX (11945377792)"


@pytest.mark.parametrize(
    "text",
    ["", "f", "ƒ", "fO", "ƒl", "-1", "1.5", "1e3", "0x", str(1 << 64), "0x" + "f" * 17,
     "fzzzzzzzzzzz", "fzzzzzzzzzzzz", "0000.0002.c800", "0000.0002.c800.zzzz", "١", "foo.bar"],
)  # fmt: skip
def test_what_is_no_id_is_refused_with_a_hint(text: str) -> None:
    """Neither digits that F58 lacks nor numbers beyond 64 bits are taken."""
    with pytest.raises(NoJobId, match="is no job id; write it in decimal"):
        JobId.parse(text)


def test_the_ids_of_an_instance_are_those_that_it_printed(corpus: Path) -> None:
    """`flux jobs` printed F58, and its JSON the numbers, of the same jobs."""
    folder = corpus / "artefacts"
    rows = (folder / "flux-jobs.txt").read_text(encoding="utf-8").splitlines()[1:]
    printed = {row.split()[0] for row in rows}
    jobs = json.loads((folder / "flux-jobs.json").read_bytes())["jobs"]
    assert {JobId(job["id"]).f58 for job in jobs} == printed
    assert {JobId.parse(text).number for text in printed} == {job["id"] for job in jobs}
    assert JobId(0).f58 == "ƒ1"


@pytest.mark.parametrize(
    ("name", "job"),
    [
        ("11945377792.eventlog", 11945377792), ("11945377792.human.txt", 11945377792),
        ("ƒKCaBeX.eventlog.zst", 11945377792), ("job.0000.0002.c800.0000.eventlog", 11945377792),
        ("job.0000.0002.c800.ZZZZ.eventlog", None), ("foo.eventlog", None), ("0001", None),
        ("99999999999999999999.eventlog", None),
    ],
)  # fmt: skip
def test_a_file_that_is_named_by_a_job_tells_it(name: str, job: int | None) -> None:
    """But a word that could be F58 is a word."""
    assert JobId.from_name(name) == (None if job is None else JobId(job))


def test_a_key_tells_the_job_and_the_kind_of_log() -> None:
    """What is no eventlog has no place, and a path counts from where its key begins."""
    key = "job/0000/0002/c800/0000"
    job = JobId(11945377792)
    assert parse_key(f"{key}/eventlog") == (job, "job")
    assert parse_key(f"{key}/guest/exec/eventlog") == (job, "exec")
    assert parse_key(f"{key}/guest/output") == (job, "output")
    assert parse_key("resource/eventlog") == (None, "resource")
    assert parse_key("job/0000/0002/c800/ZZZZ/eventlog") == (None, "job")
    for other in (f"{key}/R", f"{key}/J", f"{key}/jobspec", "eventlog", "/eventlog", "x/output"):
        assert parse_key(other) is None
    assert parse_path(f"/tmp/unpacked/{key}/guest/exec/eventlog") == (job, "exec")
    assert parse_path("/tmp/my-job/0000/0002/c800/0000/eventlog") is None
