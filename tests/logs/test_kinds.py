"""What kind of eventlog a log is: by its first events, by its file's name, or by its key."""

import io
import json
import sys
import tarfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from flux_conform.checking.known_kinds import kinds_for
from flux_conform.language import load
from flux_conform.language.faults import SpecificationFaults
from flux_conform.language.kinds import log_kinds, read_kinds

Run = Callable[..., tuple[int, str, str]]

OF_JOB = kinds_for(load("job"), is_given=False)


def log(*names: str) -> bytes:
    return b"".join(
        json.dumps({"timestamp": number, "name": name}).encode() + b"\n"
        for number, name in enumerate(names, 1)
    )


def test_the_whole_corpus_is_judged_in_one_call_without_a_false_finding(
    run: Run, corpus: Path
) -> None:
    """Its README says which job logs violate, and a table which of the others do."""
    code, out, err = run("check", "--format", "json", corpus)
    rows = [json.loads(line) for line in out.splitlines()]
    judged = [row for row in rows if "machine" in row]
    folders = {row["log"]: Path(row["log"]).relative_to(corpus).parts[0] for row in judged}
    stored = [row for row in judged if folders[row["log"]] != "artefacts"]
    assert Counter((folders[row["log"]], row["machine"], row["verdict"]) for row in stored) == {
        ("exec", "exec", "conforms"): 271,
        ("io", "io", "conforms"): 464,
        ("io", "io", "violates"): 12,
        ("job", "job", "conforms"): 772,
        ("job", "job", "incomplete"): 26,
        ("job", "job", "violates"): 5,
        ("resource", "resource", "conforms"): 92,
        ("resource", "resource", "violates"): 4,
    }
    real = {"573579460608", "611865067520", "669142482944", "9177137152", "8069840896"}
    bad = [row for row in stored if row["verdict"] == "violates" and row["machine"] == "job"]
    assert {Path(row["log"]).stem for row in bad} == real
    # The same jobs violate in the journal of their instance, and one lacks the header of its output.
    others = [row for row in judged if row["verdict"] == "violates" and row not in stored]
    found = {(row["machine"], str(row["job"]["id"])) for row in others}
    assert found <= {("io", "45818576896"), *(("job", id_) for id_ in real)}
    assert code == 1
    assert not [row for row in rows if row.get("what", "").startswith(("input", "output"))]
    assert run("check", "--format", "json", "--jobs", "2", corpus) == (code, out, err)


@pytest.mark.parametrize(
    ("verb", "says"),
    [
        (["check"], "unreadable: this is"), (["check", "--summary"], "unreadable: this is"),
        (["check", "--partial"], "unreadable: this is"), (["replay"], "unreadable: this is"),
        (["check", "--format", "github"], "::error"), (["check", "--format", "html"], "this is"),
        (["check", "--format", "junit"], "this is"), (["check", "--format", "sarif"], "this is"),
        (["check", "--format", "json"], '"verdict": "unreadable"'),
    ],
)  # fmt: skip
@pytest.mark.parametrize("piped", [False, True])
def test_a_log_of_another_kind_is_named_and_never_judged_as_a_jobs(
    run: Run,
    corpus: Path,
    monkeypatch: pytest.MonkeyPatch,
    verb: list[str],
    says: str,
    *,
    piped: bool,
) -> None:
    """By a path or in a pipe, in every form of output."""
    path = next(path for path in sorted((corpus / "io").rglob("*.output.eventlog")))
    if piped:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(path.read_bytes())))
    code, out, err = run(*verb, "--machine", "exec", "-" if piped else path)
    assert code == 2
    assert says in out
    assert f"this is an {'io' if piped else 'output'} eventlog, and the machine exec" in out + err
    assert "submit/first" not in out + err


@pytest.mark.parametrize("options", [[], ["--partial"]])
def test_an_archive_of_files_counts_logs_of_other_kinds_as_their_directory_does(
    run: Run, corpus: Path, tmp_path: Path, options: list[str]
) -> None:
    """The machine that is given does not judge them, and nobody named them."""
    folder = tmp_path / "logs"
    folder.mkdir()
    for kind in ("job", "exec", "io"):
        ending = "*.output.eventlog" if kind == "io" else "*.eventlog"
        found = next(path for path in sorted((corpus / kind).rglob(ending)))
        name = "1.output" if kind == "io" else kind
        (folder / f"{name}.eventlog").write_bytes(found.read_bytes())
    archive = tmp_path / "logs.tar"
    with tarfile.open(archive, "w") as tar:
        tar.add(folder, arcname="logs")
    told = []
    for path in (folder, archive):
        code, out, _ = run("check", "--machine", "job", *options, "--format", "json", path)
        rows = [json.loads(line) for line in out.splitlines()]
        told.append((code, Counter(row["verdict"] for row in rows)))
        (skipped,) = [row for row in rows if row.get("what") == "output eventlogs"]
        assert skipped["skipped"] == 1
    assert told[0][0] == told[1][0] == 0
    assert "unreadable" not in told[1][1]


@pytest.mark.parametrize("folder", ["exec", "io", "resource", "job"])
@pytest.mark.parametrize("start", [0, 1, 2])
def test_a_log_is_known_without_its_name_and_without_its_beginning(
    corpus: Path, folder: str, start: int
) -> None:
    """Whatever real log it is, and also where rotation took its first events."""
    told = Counter(
        OF_JOB.of(b"".join(lines[start:]), "-")
        for path in (corpus / folder).rglob("*.eventlog")
        if len(lines := path.read_bytes().splitlines(keepends=True)) > start
    )
    assert told.keys() <= {folder, None}
    assert told[folder] > 20
    # Nothing is left of these but what several kinds know, or what none does.
    assert told[None] == 0 or start


@pytest.mark.parametrize(
    ("names", "path", "kind"),
    [
        (["submit", "init", "starting"], "-", "job"),
        (["init", "submit", "validate", "depend"], "-", "job"),
        (["x", "init"], "-", "exec"), (["shell.x"], "-", "exec"), (["debug.x"], "-", "job"),
        (["header"], "-", "io"), (["header"], "1.output.eventlog", "output"),
        (["log"], "-", "io"), (["log"], "a/1.input.eventlog.gz", "input"),
        (["log"], "a/1.exec.eventlog", "exec"), (["header"], "1.exec.eventlog", "io"),
        (["x"], "-", None), ([], "-", None), (["x"], "guest.exec.eventlog", "exec"),
        ([], "1.resource.eventlog", "resource"), (["submit"], "1.exec.eventlog", "job"),
        (["drain"], "-", "resource"), (["torpid", "lively"], "-", "resource"),
        (["truncate"], "-", "resource"), (["lively"], "-", "resource"),
        (["x"], "executive.eventlog", None),
    ],
)  # fmt: skip
def test_first_events_tell_the_kind_and_then_the_name_of_the_file(
    names: list[str], path: str, kind: str | None
) -> None:
    """One that is out of place among those of another kind does not make it another log."""
    assert OF_JOB.of(log(*names), path) == kind


def test_how_a_log_is_spelt_does_not_change_its_kind() -> None:
    """Blanks, escapes, other orders of keys, and lines that are no events before it."""
    for text in (
        '{"timestamp": 1, "name": "init"}', '{"name":"\\u0069nit","timestamp":1}',
        '\n[]\nx\n{"timestamp":1,"name":"init"}', '{"name":7}\n{"context":{},"name":"init"}',
    ):  # fmt: skip
        assert OF_JOB.of(text.encode(), "-") == "exec"
    assert OF_JOB.of(b'{"a":' * 100_000 + b"\n" + log("init"), "-") == "exec"


def test_a_machine_that_is_given_judges_what_it_knows_an_event_of(run: Run, tmp_path: Path) -> None:
    """Whatever it is called; what several events tell to be another kind is said in one line."""
    path = tmp_path / "a.eventlog"
    path.write_bytes(log("submit", "init", "done"))
    assert "MUST[rfc50/init/first]" in run("check", "--machine", "exec", path)[1]
    path.write_bytes(log("submit", "validate"))
    code, out, _ = run("check", "--machine", "exec", path)
    assert (code, out.count("\n")) == (2, 1)
    assert "this is a job eventlog, and the machine exec knows none of its first events" in out
    path.write_bytes(log("mine", "submit"))
    assert "MUST[rfc50/init/first]" in run("check", "--machine", "exec", path)[1]
    code, out, _ = run("check", "--machine", "exec", tmp_path)
    assert code == 1
    path.write_bytes(log("submit", "validate"))
    code, out, _ = run("check", "--machine", "exec", tmp_path)
    assert (code, f"{tmp_path}: 1 skipped, job eventlogs" in out) == (2, True)


def test_the_kinds_are_those_of_the_models() -> None:
    """What begins a log of a specified kind stands in its specification alone."""
    kinds = {kind.name: kind for kind in log_kinds()}
    assert kinds.keys() == {"job", "exec", "io", "resource", "alloc", "start"}
    assert (kinds["job"].first, kinds["exec"].first) == ((), ())
    assert load("job").opening_events == {"submit"}
    assert load("exec").opening_events == {"init"}
    assert (kinds["resource"].first, kinds["resource"].events) == ((), ())
    assert load("io").opening_events == {"header"}
    assert (kinds["io"].first, kinds["io"].names) == ((), ("input", "output"))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("kinds: 1", '1:8: "1" stands here; expected a mapping'),
        ("kind: {}", '1:1: unknown key "kind"'),
        ("kinds: {a: {rfc: 1, says: x, names: [a]}}", "the kind a has no first"),
        ("kinds: {job: {rfc: 1, says: x, names: [a], first: [b]}}", "are in its specification"),
        ("kinds: {a: {rfc: x, says: y, names: [a], first: [b]}}",
         '"x" stands here; expected an integer'),
        ("kinds: {a: {rfc: 1, says: y, names: [a], first: []}}", "no name is given"),
        ("kinds: {a: {rfc: 1, says: y, names: [a, a], first: [b]}}", '"a" is given twice'),
        ("kinds: {a: {rfc: 1, says: y, names: [A], first: [b]}}",
         '"A" does not fit; expected a name'),
        ("kinds: {a: {rfc: 1, says: [], names: [a], first: [b]}}",
         "a list stands here; expected a text"),
        ("kinds: {a: {rfc: 1, says: y, names: [a], first: [b]}}", "the kind job is missing"),
        ("kinds: {a: {rfc: 1, says: y, names: [a], first: b}, c: {rfc: 1, says: y, names: [a],"
         " first: b}}", 'the name "a" belongs to two kinds'),
    ],
)  # fmt: skip
def test_a_mistake_in_the_list_of_kinds_is_named(tmp_path: Path, text: str, says: str) -> None:
    path = tmp_path / "kinds.yaml"
    path.write_text(text)
    with pytest.raises(SpecificationFaults) as caught:
        read_kinds(str(path), ("job",))
    assert says in str(caught.value)
