"""No name of a log, file, table, member, job or harness reaches a terminal or page as it is."""

import csv
import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from xml.etree import ElementTree

import pytest

from diagrams.test_odd_names import odd_log
from flux_conform.artefacts import artefact
from flux_conform.cli.main import main
from harness.mini import event, row, write_suite
from nasty import FORGED, NAMES, RAW

SOUND = {"userid": 1, "urgency": 16, "flags": 0, "version": 1}

HARNESS = """
import json, sys
from nasty import NAMES
names = list(NAMES.values())
say = lambda **row: print(json.dumps(row), flush=True)
for line in iter(sys.stdin.readline, ""):
    request = json.loads(line)
    if request["op"] == "hello":
        say(op="hello", name=names[0], version="".join(names), reports=["accepts", "states", "job"])
    elif request["op"] == "stop":
        break
    else:
        name = names[request["seq"] % len(names)]
        sys.stderr.buffer.write(name.encode("utf-8", "surrogatepass") + b"\\n")
        sys.stderr.flush()
        row = {"seq": request["seq"], "accepts": True, "states": [name], "job": {name: name}}
        if "skip" in request["log"]:
            row = {"seq": request["seq"], "skipped": name}
        elif "error" in request["log"]:
            row = {"seq": request["seq"], "error": name}
        elif "noise" in request["log"]:
            print(name.encode("utf-8", "replace").decode())
        elif "crash" in request["log"]:
            sys.exit(name.encode("utf-8", "replace").decode())
        say(**row)
"""


def file_name(name: str) -> str:
    """As much of the name as a file can bear."""
    sound = name.replace("\0", "").replace("/", "%").encode("utf-8", "ignore")[:180]
    return sound.decode("utf-8", "ignore") or "empty"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Sources of every kind, with odd names wherever a source can have a name."""
    root = tmp_path_factory.mktemp("odd")
    logs = root / "logs"
    logs.mkdir()
    for name in NAMES.values():
        odd_log(logs / f"{file_name(name)}.eventlog", [name])
        # What cannot be read is told with its name as well.
        (logs / f"{file_name(name)}-bad.eventlog").write_bytes(b'{"timestamp"\0\x1b[31m\n')
    (root / "cuts").mkdir()
    for number, log in enumerate(sorted(logs.iterdir())):
        (root / "cuts" / f"{number}.eventlog").write_bytes(log.read_bytes()[50:])
    names = list(NAMES.values())
    odd_log(root / "all.eventlog", names)
    with tarfile.open(root / "dump.tar", "w", format=tarfile.PAX_FORMAT) as tar:
        for place, name in enumerate(NAMES.values()):
            text = name.replace("\0", "").encode("utf-8", "ignore").decode()
            for member in (f"job/0000/0000/{place:04x}/{text}", f"{text}/eventlog", text):
                data = (logs / f"{file_name(name)}.eventlog").read_bytes()
                header = tarfile.TarInfo(member)
                header.size = len(data)
                tar.addfile(header, BytesIO(data))
        data = (root / "all.eventlog").read_bytes()
        header = tarfile.TarInfo("job/0000/0000/0400/0000/eventlog")
        header.size = len(data)
        tar.addfile(header, BytesIO(data))
    (root / "\x1b[31m\u202edumps\nINJECTED").mkdir()
    shutil.copy(root / "dump.tar", root / "\x1b[31m\u202edumps\nINJECTED" / "dump.tar")
    with sqlite3.connect(root / "tables.sqlite") as database:
        for name in NAMES.values():
            quoted = name.replace('"', '""').replace("\0", "").encode("utf-8", "ignore").decode()
            database.execute(f'CREATE TABLE "{quoted}" (a)')
    with sqlite3.connect(root / "jobs.sqlite") as database:
        database.execute(
            "CREATE TABLE jobs(id, eventlog, jobspec, R, t_inactive, ranks, nodelist, result)"
        )
        for name in NAMES.values():
            log = (root / "logs" / f"{file_name(name)}.eventlog").read_text()
            text = name.replace("\0", "").encode("utf-8", "ignore").decode()
            database.execute("INSERT INTO jobs(id, eventlog) VALUES(?, ?)", (text, log))
    rows = [{"id": 1, "events": [{"timestamp": 1.0, "name": "submit", "context": SOUND}]}]
    for number, name in enumerate(NAMES.values(), 2):
        rows.append({"id": number, "events": [{"timestamp": 1.0, "name": name, "context": {name: name}}]})  # fmt: skip
        rows.append({"id": name, "events": [{"timestamp": 1.0, "name": "submit", "context": SOUND}]})  # type: ignore[dict-item]  # fmt: skip
    (root / "journal.ndjson").write_text("".join(f"{json.dumps(each)}\n" for each in rows))
    (root / "text.txt").write_text("1.0 submit userid=1 urgency=16 flags=0 version=1\n2.0 \x1b]0;x\x07 \u202ea=1\n")  # fmt: skip
    words = ("fine", "skip", "error", "noise", "crash", "bad")
    write_suite(root / "suite", [row(f"a/{word}", event(word)) for word in (*words, *map(str, range(40)))])  # fmt: skip
    (root / "harness.py").write_text(f"import sys; sys.path.insert(0, {str(Path(__file__).parents[1])!r})\n{HARNESS}")  # fmt: skip
    machine = Path(artefact("model", "exec.yaml")).read_text(encoding="utf-8")
    (root / "\x1b[31m\u202ebad\nINJECTED.yaml").write_text(
        machine.replace("title:", "tittle\u202e:")
    )
    (root / "\x1b[31m\u202efine\nINJECTED.yaml").write_text(machine)
    certificate = Path(artefact("model", "certificates", "exec.json")).read_text(encoding="utf-8")
    (root / "\x1b[31m\u202e\nINJECTED.json").write_text(certificate)
    (root / "renamed.json").write_text(certificate.replace('"exec"', '"ex\\u001b[31m\\u202e\\nINJECTED"'))  # fmt: skip
    (root / "known.yaml").write_text(
        'known failures:\n  - id: "a/1*"\n    reason: "\\u202Eodd"\n    link: "https://x.y/z"\n'
    )
    (root / "odd.rst").write_text(
        "State Descriptions\n==================\n\n\x1b[31m\u202eNEW\x9b\n   \u2028INJECTED \x1b]0;x\x07\n"
    )
    (root / "odd.dot").write_text(
        'digraph { "\x1b[31m\u202eNEW" -> "\x9b\u2028INJECTED" [label="\x1b"] }'
    )
    return root


FINE, BAD = "\x1b[31m\u202efine\nINJECTED.yaml", "\x1b[31m\u202ebad\nINJECTED.yaml"
ODD = "\x1b[31m\u202e\u2028missing\nINJECTED"
SOURCES = ("logs", "all.eventlog", "dump.tar", "tables.sqlite", "jobs.sqlite", "journal.ndjson",
           "text.txt", "\x1b[31m\u202edumps\nINJECTED/dump.tar", ODD)  # fmt: skip
RUN = [sys.executable, "harness.py"]

COMMANDS: list[list[str]] = [
    *(["check", *how, source] for source in SOURCES for how in (
        ["--all", "--notes"],
        ["--format", "json"],
        ["--format", "junit"],
        ["--format", "sarif"],
        ["--format", "github"],
        ["--format", "html"],
        ["--summary", "--times"],
        ["--summary", "--times", "--format", "json"],
        ["--partial"],
        ["--partial", "--format", "json"],
        ["--table", "out.csv"],
        ["-o", "out.txt"],
    )),
    ["check", "--partial", "cuts"],
    ["check", "--jobs", "2", "logs"],
    ["check", "--repair", "mended/", "logs"],
    ["check", "--repair", "mended/", "journal.ndjson", "--format", "html", "-o", "out.html"],
    ["check", "--previous", "all.eventlog", ODD],
    ["check", "--machine", FINE, "all.eventlog"],
    ["check", "--machine", BAD, "all.eventlog"],
    ["check", "--machine", ODD, "all.eventlog"],
    ["check", "--allow", ODD, "all.eventlog"],
    ["check", "--job", ODD, "all.eventlog"],
    ["check", "--resume", f"{ODD}/x", "all.eventlog"],
    ["check", "-o", f"all.eventlog/{ODD}", "all.eventlog"],
    ["check", "--table", f"{ODD}.txt", "all.eventlog"],
    ["check", f"--{ODD}", "all.eventlog"],
    *([*how, source] for source in SOURCES for how in (
        ["replay"],
        ["replay", "--format", "json"],
        ["certify"],
        ["certify", "--format", "json", "--subject", ODD],
        ["certify", "--format", "junit", "--subject", ODD],
        ["certify", "--format", "html", "--subject", ODD, "--badge", "out.svg"],
        ["draw", "cover", "--format", "text"],
        ["draw", "trace", "--format", "text"],
    )),
    *(["suite", "run", "--suite", "suite", "--known", "known.yaml", "--format", form, "--", *RUN]
      for form in ("text", "json", "junit", "html")),
    ["suite", "run", "--suite", "suite", "--badge", "out.svg", "-o", "out.txt", "--", *RUN],
    ["suite", "run", "--suite", ODD, "--", *RUN],
    ["suite", "run", "--id", ODD, "--", *RUN],
    ["suite", "run", "--suite", "suite", "--", ODD],
    ["suite", "run", "--suite", "suite", "--", sys.executable, "-c", "print('\\x1b[31m\\u202ehello')"],
    ["suite", "run", "--known", ODD, "--suite", "suite", "--", *RUN],
    *(["verify", *how, name] for name in ("\x1b[31m\u202e\nINJECTED.json", "renamed.json", ODD)
      for how in ([], ["--format", "json"])),
    *(["wait", *how, "--machine", FINE] for how in ([], ["--format", "json"])),
    ["wait", ODD],
    ["diff", "exec", FINE],
    ["diff", ODD, FINE],
    ["questions", "--machine", FINE],
    ["questions", ODD],
    ["prove", "--machine", BAD],
    ["prove", "--machine", FINE, ODD],
    ["model", "matrix", "--machine", FINE],
    ["model", "check", BAD],
    ["model", "check", FINE],
    ["model", "check", ODD],
    ["rfc", "show", ODD],
    *(["rfc", "check", *how, "odd.rst"] for how in ([], ["--format", "json"], ["--diagram", "odd.dot"])),
    ["rfc", "check", ODD],
    ["draw", "--machine", FINE, "--format", "text"],
    ["draw", "-o", ODD],
    ["draw", "diff", "exec", FINE, "--format", "text"],
    ["draw", "lifecycle", "--scenario", ODD],
    ["generate", "--root", ODD],
    [ODD],
    [],
]  # fmt: skip


def assert_harmless(told: str) -> None:
    """Nothing moves a cursor, turns text round or begins a line that a name wrote."""
    # Of a page the lines are not what is seen.
    for pattern in (RAW,) if told.startswith("<!DOCTYPE html>") else (RAW, FORGED):
        found = pattern.search(told)
        if found:
            around = told[max(0, found.start() - 120) : found.end() + 60]
            raise AssertionError(f"{found[0]!r} in {around!r}")


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: ascii(" ".join(command))[:90])
def test_no_odd_name_reaches_the_output(
    folder: Path,
    command: list[str],
    capfdbinary: pytest.CaptureFixture[bytes],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    """Of any verb in any format, on standard output, on standard error and in its files."""
    for each in folder.iterdir():
        (tmp_path / each.name).symlink_to(each)
    monkeypatch.chdir(tmp_path)
    try:
        code = main(command)
    except SystemExit as end:
        code = int(end.code or 0)
    out, err = capfdbinary.readouterr()
    assert code in (0, 1, 2)
    assert b"Traceback" not in err
    written = [path.read_bytes() for path in tmp_path.glob("out*")]
    for told in (out, err, *written):
        assert_harmless(told.decode())
    form = command[command.index("--format") + 1] if "--format" in command else ""
    if form == "json" and code < 2:
        for line in out.splitlines() if command[0] in ("check", "replay") else [out]:
            json.loads(line, parse_constant=pytest.fail)
    elif form == "sarif":
        json.loads(out)
    elif form == "junit" and out:
        ElementTree.fromstring(out)


@pytest.mark.slow
def test_no_odd_name_reaches_a_terminal_in_colours(folder: Path) -> None:
    """Where codes of colours pass, those that names hold do not."""
    pty = pytest.importorskip("pty")
    own = re.compile(r"\x1b\[(?:[0-9;]+m|K)|\r")
    for command in (["check", "--all", "--notes"], ["replay"], ["certify"], ["check", "--partial"]):
        for source in ("all.eventlog", "tables.sqlite", "jobs.sqlite", ODD):
            parent, child = pty.openpty()
            run = subprocess.Popen(
                [sys.executable, "-m", "flux_conform", *command, source],
                cwd=folder, stdout=child, stderr=child, stdin=subprocess.DEVNULL,
                env={**os.environ, "NO_COLOR": "", "TERM": "xterm"},
            )  # fmt: skip
            os.close(child)
            told = b"".join(read_all(parent)).decode()
            os.close(parent)
            assert run.wait(60) in (0, 1, 2)
            assert "\x1b[31mred" not in told
            assert_harmless(own.sub("", told))


def read_all(handle: int) -> Iterator[bytes]:
    while True:
        try:
            chunk = os.read(handle, 1 << 16)
        except OSError:  # how a terminal says that nobody writes any more
            return
        if not chunk:
            return
        yield chunk


@pytest.mark.parametrize("form", ["text", "json"])
def test_no_odd_name_reaches_the_output_of_a_followed_log(folder: Path, form: str) -> None:
    """Nor do its events."""
    run = subprocess.run(
        [sys.executable, "-m", "flux_conform", "check", "--follow", "--format", form, "-"],
        cwd=folder, input=(folder / "all.eventlog").read_bytes(), capture_output=True,
        timeout=60, check=False,
    )  # fmt: skip
    assert run.returncode == 1
    assert_harmless(run.stdout.decode())
    assert_harmless(run.stderr.decode())


def test_no_odd_name_reaches_the_summary_of_pytest(folder: Path, pytester: pytest.Pytester) -> None:
    """As a file's name, or in a finding, a warning, the report for a build server."""
    shutil.copytree(folder / "logs", pytester.path / "logs")
    run = pytester.runpytest_subprocess(
        "-rA", "-v", "-p", "no:cacheprovider", "--flux-logs", "logs", "--flux-coverage",
        "--flux-coverage-html", "out.html", "--junit-xml", "out.xml",
    )  # fmt: skip
    told = "\n".join(run.outlines)
    assert "FAILED" in told
    assert_harmless(told)
    assert_harmless("\n".join(run.errlines))
    assert_harmless((pytester.path / "out.html").read_text(encoding="utf-8"))
    ElementTree.parse(pytester.path / "out.xml")


@pytest.mark.parametrize("name", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"])
def test_a_cell_that_a_spreadsheet_would_run_is_a_text(tmp_path: Path, name: str) -> None:
    """Numbers stay numbers, and what is negative among them too."""
    lines = [
        {"timestamp": 5.0, "name": name},
        {"timestamp": 4.0, "name": "submit", "context": SOUND},
    ]
    log = tmp_path / "-x.eventlog"
    log.write_text("".join(f"{json.dumps(line)}\n" for line in lines))
    assert main(["check", str(log), "--table", str(tmp_path / "out.csv")]) == 1
    tables = {}
    for part in ("out.csv", "out-logs.csv", "out-states.csv"):
        with open(tmp_path / part, newline="", encoding="utf-8") as file:
            tables[part] = list(csv.DictReader(file))
        for cell in (cell for each in tables[part] for cell in each.values()):
            assert not re.match(r"[=+@\t\r]|-(?!\d+\.?\d*$)", cell), cell
    shown = json.dumps(name)[1:-1] if name[0] in "\t\r" else f"'{name}"
    assert shown in {each["event"] for each in tables["out.csv"]}
    assert [each["seconds"] for each in tables["out-logs.csv"]] == ["-1.0"]
