"""`flux-conform check`: what it reads, what it says, and how it exits."""

import gzip
import io
import json
import os
import subprocess
import sys
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from facts.cases import CASES, LIFE, V0, lines
from flux_conform.cli.main import main
from toys import PUSH, TURNSTILE, coin, turnstile

SOUND = lines(*LIFE)
ON_ITS_WAY = lines(*LIFE[:6])
VIOLATING = lines(LIFE[0], *LIFE[2:])
WARNED = SOUND[:-1]
NOTED = lines(V0, *LIFE[2:])
TOO_DEEP = b"[" * 1000 + b"\n"
SCHEMA = json.loads(files("flux_conform.checking").joinpath("verdict.schema.json").read_text())
FIELDS = [
    *("rule", "level", "line", "offset", "event", "state", "message", "rfc", "section"),
    *("allowed", "because", "waived_by", "repair", "link", "by"),
]

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def logs(tmp_path: Path) -> Path:
    """A directory with a log of each kind, and files that are no logs."""
    (tmp_path / "deep" / "er").mkdir(parents=True)
    (tmp_path / "b-sound.eventlog").write_bytes(SOUND)
    (tmp_path / "a-violating.eventlog").write_bytes(VIOLATING)
    (tmp_path / "deep" / "er" / "going.eventlog").write_bytes(ON_ITS_WAY)
    (tmp_path / "notes.txt").write_text("no log")
    (tmp_path / "deep" / "eventlog").write_text("no log either")
    return tmp_path


def log_file(folder: Path, data: bytes, name: str = "job.eventlog") -> Path:
    path = folder / name
    path.write_bytes(data)
    return path


def rows_of(out: str) -> list[Any]:
    return [json.loads(line) for line in out.splitlines()]


def complaints(row: Any) -> list[str]:
    return [error.message for error in Draft202012Validator(SCHEMA).iter_errors(row)]


# Exit codes


@pytest.mark.parametrize(
    ("data", "code", "verdict"),
    [
        (SOUND, 0, "conforms"),
        (ON_ITS_WAY, 0, "incomplete"),
        (WARNED, 0, "conforms"),
        (NOTED, 0, "conforms"),
        (VIOLATING, 1, "violates"),
        (b"", 1, "violates"),
        (b"\xff\n", 2, "unreadable"),
        (TOO_DEEP, 2, "unreadable"),
    ],
)
def test_a_log_decides_the_exit_code(
    run: Run, tmp_path: Path, data: bytes, code: int, verdict: str
) -> None:
    """0 where none violates, 1 where one does, 2 where one could not be read."""
    path = log_file(tmp_path, data)
    for options in ((), ("--format", "json")):
        found, out, err = run("check", *options, path)
        assert (found, err) == (code, "")
        assert f"{verdict}" in out


def test_the_worst_of_several_logs_decides(run: Run, tmp_path: Path) -> None:
    """And unreadable outranks violating, wherever it stands."""
    sound = log_file(tmp_path, SOUND, "sound")
    violating = log_file(tmp_path, VIOLATING, "violating")
    deep = log_file(tmp_path, TOO_DEEP, "deep")
    missing = tmp_path / "missing"
    assert run("check", sound, sound)[0] == 0
    assert run("check", sound, violating, sound)[0] == 1
    for bad in (deep, missing):
        assert run("check", bad, violating)[0] == 2
        assert run("check", violating, bad, sound)[0] == 2


def test_after_an_unreadable_log_the_others_are_still_judged(run: Run, tmp_path: Path) -> None:
    """Each path has its line."""
    paths = [tmp_path / "missing", log_file(tmp_path, TOO_DEEP, "deep"), log_file(tmp_path, SOUND)]
    _, out, _ = run("check", "--format", "json", *paths)
    assert [(row["log"], row["verdict"]) for row in rows_of(out)] == [
        (str(paths[0]), "unreadable"),
        (str(paths[1]), "unreadable"),
        (str(paths[2]), "conforms"),
    ]


# What is read


def test_a_directory_stands_for_the_logs_below_it_sorted(run: Run, logs: Path) -> None:
    """By their ending; how many files were skipped is told aside."""
    code, out, err = run("check", "--format", "json", logs)
    rows = [row for row in rows_of(out) if row["verdict"] != "skipped"]
    names = [os.path.relpath(row["log"], logs) for row in rows]
    assert names == ["a-violating.eventlog", "b-sound.eventlog", "deep/er/going.eventlog"]
    assert code == 1
    assert "2 skipped, files not named *.eventlog" in err


def test_a_file_that_is_named_is_read_whatever_its_ending(run: Run, tmp_path: Path) -> None:
    """Only directories are searched by ending."""
    assert run("check", log_file(tmp_path, SOUND, "log.txt"))[0] == 0


def test_a_directory_in_text_sums_up(run: Run, logs: Path) -> None:
    """Each log with its verdict, the skipped files, and the rules that were broken."""
    code, out, _ = run("check", logs)
    assert code == 1
    assert f"{logs}/b-sound.eventlog: conforms (10 events, ends in INACTIVE)" in out
    assert f"{logs}/deep/er/going.eventlog: incomplete (6 events, ends in RUN)" in out
    assert f"{logs}: 2 skipped, files not named *.eventlog" in out
    assert "3 logs: 1 conform, 1 incomplete, 1 violate" in out
    assert "MUST     rfc21/states/undefined" in out


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (lambda path: None, "No such file or directory"),
        (
            lambda path: path.mkdir(),
            "no *.eventlog file below this directory, nor a dump, a journal or a database",
        ),
    ],
)
def test_a_path_without_logs_is_an_error(
    run: Run, tmp_path: Path, make: Callable[[Path], object], reason: str
) -> None:
    """In text and as JSON; it is never taken for conforming."""
    path = tmp_path / "there"
    make(path)
    code, out, _ = run("check", path)
    assert (code, out.count(f"{path}: unreadable: {reason}")) == (2, 1)
    code, out, _ = run("check", "--format", "json", path)
    assert code == 2
    assert rows_of(out) == [{"log": str(path), "verdict": "unreadable", "error": reason}]


def test_a_directory_with_other_files_alone_tells_how_many(run: Run, tmp_path: Path) -> None:
    """It has no log, and that many files were skipped."""
    (tmp_path / "notes.txt").write_text("x")
    code, out, _ = run("check", tmp_path)
    assert code == 2
    assert "no *.eventlog file below" in out
    assert "1 skipped, files not named *.eventlog" in out


def test_a_file_that_may_not_be_read_is_an_error(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the system's reason."""
    path = log_file(tmp_path, SOUND)
    if os.geteuid() != 0:
        path.chmod(0)
    else:  # root reads everything, so the system's answer is put into its mouth

        def refuse(*_: object) -> None:
            raise PermissionError(13, "Permission denied")

        monkeypatch.setattr("flux_conform.logs.sources.os.open", refuse)
    code, out, _ = run("check", path)
    assert (code, out.count(f"{path}: unreadable: Permission denied")) == (2, 1)


def test_standard_input_is_a_log(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Named `-`."""
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(VIOLATING)))
    code, out, _ = run("check", "--format", "json", "-")
    (row,) = rows_of(out)
    assert (code, row["log"], row["verdict"]) == (1, "-", "violates")


# JSON lines


def test_a_line_of_json_holds_what_the_design_says(run: Run, tmp_path: Path) -> None:
    """Field by field, for a log whose faults are known by hand."""
    path = log_file(tmp_path, lines(LIFE[0], *LIFE[4:6]))
    code, out, _ = run("check", "--format", "json", path)
    (row,) = rows_of(out)
    first, *others = row.pop("findings")
    assert code == 1
    assert row == {
        "log": str(path), "machine": "job", "verdict": "violates", "state": "NEW", "events": 3,
    }  # fmt: skip
    assert all(list(each) == [*FIELDS, "after"] for each in (first, *others))
    offset = len(lines(LIFE[0]))
    assert {key: first[key] for key in FIELDS if key not in ("message", "repair", "allowed")} == {
        "rule": "rfc21/states/undefined", "level": "MUST", "line": 2, "offset": offset,
        "event": "alloc", "state": "NEW", "rfc": 21, "section": "State Diagram",
        "because": None, "waived_by": None, "link": "job-states.html#rfc21-states-undefined",
        "by": ["scheduler", "job manager"],
    }  # fmt: skip
    assert first["after"] == {"event": "submit", "line": 1, "seconds": 0.25}
    assert first["repair"].startswith('log the events "validate", "depend", "priority" before it')
    # In NEW a job may be validated or deleted; alloc is no way on.
    assert {"validate", "invalidate"} <= set(first["allowed"])
    assert "alloc" not in first["allowed"]
    assert {(each["rule"], each["level"], each["because"]) for each in others} == {
        ("rfc21/start/after-alloc", "implied", 0), ("rfc21/start/held", "implied", 0),
        ("rfc21/start/in-run", "implied", 0),
    }  # fmt: skip


@pytest.mark.slow
def test_every_line_fits_the_schema(run: Run, tmp_path: Path) -> None:
    """Judgements of every hand-made case, with notes and without, and unreadable logs."""
    Draft202012Validator.check_schema(SCHEMA)
    for number, case in enumerate(CASES[::4]):
        log_file(tmp_path, case.log, f"{number:04}.eventlog")
    log_file(tmp_path, TOO_DEEP, "deep.eventlog")
    for options in ((), ("--notes",), ("--notes", "--allow", "flux-core"), ("--strict",)):
        _, out, _ = run("check", "--format", "json", *options, tmp_path, tmp_path / "missing")
        rows = rows_of(out)
        assert len(rows) == len(CASES[::4]) + 2
        assert [complaints(row) for row in rows if complaints(row)] == []


@pytest.mark.parametrize(
    "change",
    [
        {"verdict": "fine"}, {"events": -1}, {"more": 1}, {"findings": [{}]}, {"state": None},
        {"error": "x"}, {"verdict": "unreadable"},
    ],
)  # fmt: skip
def test_the_schema_refuses_another_line(change: dict[str, Any]) -> None:
    """Unknown keys, verdicts and shapes."""
    row = {"log": "x", "machine": "job", "verdict": "conforms", "state": "NEW", "events": 1,
           "findings": []}  # fmt: skip
    assert complaints(row) == []
    assert complaints(row | change)


def test_the_schema_knows_exactly_the_fields_of_a_finding() -> None:
    """Each is required, as the design lists them, but for what few findings have."""
    finding = SCHEMA["$defs"]["finding"]
    assert finding["required"] == FIELDS
    assert list(finding["properties"]) == [*FIELDS, "after", "waivable_by"]


# Options


def test_notes_are_told_when_asked_for(run: Run, tmp_path: Path) -> None:
    """They change no verdict."""
    path = log_file(tmp_path, NOTED)
    assert "rfc21/submit/v0" not in run("check", path)[1]
    code, out, _ = run("check", "--notes", path)
    assert code == 0
    assert "note[rfc21/submit/v0]" in out


def test_strict_lets_warnings_violate(run: Run, tmp_path: Path) -> None:
    """An implied rule is broken: told either way, at its level."""
    path = log_file(tmp_path, WARNED)
    for options, expected, verdict in (((), 0, "conforms"), (("--strict",), 1, "violates")):
        code, out, _ = run("check", *options, path)
        assert code == expected
        assert "implied[rfc18/last-newline]" in out
        assert verdict in out


def test_what_is_allowed_is_no_finding(run: Run, tmp_path: Path) -> None:
    """Until notes are asked for, which name what excuses it."""
    update = '{"timestamp":@,"name":"resource-update","context":{"expiration":1.5}}'
    path = log_file(tmp_path, lines(*LIFE[:6], update, *LIFE[6:]))
    assert run("check", path)[0] == 1
    code, out, _ = run("check", "--allow", "flux-core", path)
    assert (code, "rfc21/" in out) == (0, False)
    code, out, _ = run("check", "--allow", "flux-core", "--notes", path)
    assert code == 0
    assert "a known deviation of flux-core" in out


WAIVABLE = "a known deviation of flux-core; --allow flux-core waives it"


@pytest.mark.parametrize("options", [(), ("--partial",), ("--format", "junit")])
def test_a_finding_that_a_known_deviation_would_waive_says_so_once(
    run: Run, tmp_path: Path, options: tuple[str, ...]
) -> None:
    """Of each rule in a log the first finding, and every one in JSON."""
    update = '{"timestamp":@,"name":"resource-update","context":{"expiration":1.5}}'
    path = log_file(tmp_path, lines(*LIFE[:6], update, update, *LIFE[6:]))
    _, out, _ = run("check", *options, path)
    assert out.count("MUST[rfc21/resource-update/context]") == 2
    assert out.count(WAIVABLE) == 1
    _, out, _ = run("check", "--format", "json", path)
    (row,) = rows_of(out)
    assert [found["waivable_by"] for found in row["findings"]] == ["flux-core", "flux-core"]
    assert complaints(row) == []
    _, out, _ = run("check", *options, "--allow", "flux-core", "--notes", path)
    assert WAIVABLE not in out


@pytest.mark.parametrize("expiration", ['"1.5"', "null", "1e999"])
def test_a_finding_that_no_known_deviation_fits_is_not_called_one(
    run: Run, tmp_path: Path, expiration: str
) -> None:
    """The same rule, broken in another way than flux-core breaks it."""
    update = f'{{"timestamp":@,"name":"resource-update","context":{{"expiration":{expiration}}}}}'
    path = log_file(tmp_path, lines(*LIFE[:6], update, *LIFE[6:]))
    _, out, _ = run("check", path)
    assert "MUST[rfc21/resource-update/context]" in out
    assert "--allow" not in out
    (row,) = rows_of(run("check", "--format", "json", path)[1])
    assert "waivable_by" not in row["findings"][0]


@pytest.mark.parametrize(("bypass", "is_shown"), [('{"bypass":true}', True), ("{}", False)])
def test_a_deviation_by_reading_is_named_only_where_the_reading_explains_it(
    run: Run, tmp_path: Path, bypass: str, is_shown: bool
) -> None:
    """An allocation of a held job is known of the plugin that says so in its event, alone."""
    submit = LIFE[0].replace('"urgency":16', '"urgency":0')
    assert submit != LIFE[0]
    priority = '{"timestamp":@,"name":"priority","context":{"priority":0}}'
    alloc = f'{{"timestamp":@,"name":"alloc","context":{bypass}}}'
    path = log_file(tmp_path, lines(submit, *LIFE[1:3], priority, alloc))
    _, out, _ = run("check", path)
    assert "MUST[rfc30/urgency/held]" in out
    assert (WAIVABLE in out) == is_shown


def test_what_only_follows_is_folded_until_all_is_asked_for(run: Run, tmp_path: Path) -> None:
    """One fault, and how many findings follow from it."""
    path = log_file(tmp_path, VIOLATING)
    _, folded, _ = run("check", path)
    _, whole, _ = run("check", "--all", path)
    assert folded.count("  --> ") == 1
    found = rows_of(run("check", "--format", "json", path)[1])[0]["findings"]
    assert whole.count("  --> ") == len(found)
    assert f"{len(found) - 1} more findings are consequences of this one" in folded


def test_an_earlier_snapshot_is_compared(run: Run, tmp_path: Path) -> None:
    """The log must have grown from it."""
    path = log_file(tmp_path, SOUND)
    older = log_file(tmp_path, ON_ITS_WAY, "older")
    other = log_file(tmp_path, VIOLATING, "other")
    assert run("check", "--previous", older, path)[0] == 0
    assert run("check", "--earlier", older, path)[0] == 0
    code, out, _ = run("check", "--previous", other, path)
    assert code == 1
    assert "MUST[rfc18/append-only]" in out
    packed = tmp_path / "older.gz"
    packed.write_bytes(gzip.compress(Path(older).read_bytes()))
    assert run("check", "--previous", packed, path)[0] == 0


def test_a_machine_of_ones_own_is_chosen_by_its_file(run: Run, tmp_path: Path) -> None:
    """Its findings bear its own rules."""
    path = log_file(tmp_path, PUSH + coin(2) + PUSH)
    code, out, _ = run("check", "--machine", TURNSTILE, "--format", "json", path)
    (row,) = rows_of(out)
    assert (code, row["machine"], row["state"]) == (1, "turnstile", "Locked")
    assert [finding["rule"] for finding in row["findings"]] == [
        "rfc9999/states/undefined", "rfc9999/coin/worth",
    ]  # fmt: skip
    assert complaints(row) == []
    assert run("check", "--machine", "exec", path)[0] == 1


def test_a_machine_that_looks_wrong_is_loaded_with_a_warning(run: Run, tmp_path: Path) -> None:
    """It may judge all the same; prove tells for certain."""
    machine = tmp_path / "toy.yaml"
    machine.write_text(turnstile(("  - {on: push, from: Unlocked, to: Locked, basis: text}\n", "")))
    path = log_file(tmp_path, coin())
    code, _, err = run("check", "--machine", machine, path)
    assert code == 0
    state = machine.read_text().splitlines().index("  Unlocked: {says: one visitor can pass}") + 1
    expected = f"{machine}:{state}:3: warning: no transition leaves Unlocked, which is not final\n"
    assert err == expected


def test_a_faulty_specification_is_told_and_nothing_is_judged(run: Run, tmp_path: Path) -> None:
    """Every fault with its place; exit code 2."""
    machine = tmp_path / "toy.yaml"
    machine.write_text(
        turnstile(("require: not paid", "require: not piad"), ("to: Unlocked", "to: Unlockd"))
    )
    code, out, err = run("check", "--machine", machine, log_file(tmp_path, coin()))
    assert (code, out) == (2, "")
    assert f'{machine}:43:34: unknown state "Unlockd"; did you mean "Unlocked"?' in err
    assert f'{machine}:57:18: unknown variable "piad"; did you mean "paid"?' in err
    assert "2 faults; nothing was done" in err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--machine", "jbo", "x"), 'no specification "jbo"'),
        (("--machine", "no/such.yaml", "x"), "no/such.yaml:1:1: cannot be read"),
        (("--allow", "nobody", "x"), 'no deviations "nobody"'),
        (("--previous", "x", "y", "z"), "--previous compares one log"),
        (("--previous", "-", "-"), "give - once"),
        (("--previous", "no-such-file", "y"), "no-such-file: No such file or directory"),
        (("--format", "xml", "x"), "invalid choice: 'xml'"),
        (("--wrong", "x"), "unrecognized arguments: --wrong"),
        ((), "the following arguments are required: PATH"),
    ],
)
def test_a_wrong_call_is_told_on_standard_error(
    run: Run, arguments: tuple[str, ...], message: str
) -> None:
    """Exit code 2, and nothing on standard output."""
    code, out, err = run("check", *arguments)
    assert (code, out) == (2, "")
    assert message in err


# Text for people


def test_a_finding_is_shown_with_its_line_its_clause_what_was_allowed_and_a_repair(
    run: Run, tmp_path: Path
) -> None:
    """The event's name is marked in the line."""
    log = lines(LIFE[0], LIFE[1], LIFE[3])
    path = log_file(tmp_path, log)
    _, out, _ = run("check", path)
    offset = len(lines(LIFE[0], LIFE[1]))
    shown = out.splitlines()
    assert 'MUST[rfc21/states/undefined]: "priority" is not defined in DEPEND' in shown
    assert f"  --> {path}:3 (byte {offset}), in DEPEND" in shown
    excerpt = next(line for line in shown if line.startswith("  3 | "))
    mark = shown[shown.index(excerpt) + 1]
    assert excerpt[mark.index("^") :].startswith('"priority"'[: mark.count("^")])
    assert mark.count("^") in (len("priority"), len('"priority"'))
    assert "(RFC 21, State Diagram)" in " ".join(out.split())
    assert "depend → PRIORITY" in out
    assert 'log an event "depend" before it, or remove this line' in out


def test_what_a_log_holds_moves_no_cursor(run: Run, tmp_path: Path) -> None:
    """Control characters and broken UTF-8 are shown as escapes."""
    hostile = b'{"timestamp":1,"name":"\\u001b[31m\\u202e"}\n\x1b[2Jx\xff\n\x07\x9b\n'
    _, out, _ = run("check", "--notes", log_file(tmp_path, hostile))
    assert not [char for char in out if not (char.isprintable() or char == "\n")]
    assert "\\x1b[2Jx\\xff" in out


class Terminal(io.StringIO):
    """A standard output that says it is a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("no_colour", "coloured"), [(None, True), ("", True), ("1", False), ("0", False)]
)
def test_colour_is_for_terminals_that_want_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, no_colour: str | None, coloured: bool
) -> None:
    """NO_COLOR, where it is not empty, forbids it."""
    monkeypatch.delenv("NO_COLOR", raising=False)
    if no_colour is not None:
        monkeypatch.setenv("NO_COLOR", no_colour)
    terminal = Terminal()
    monkeypatch.setattr(sys, "stdout", terminal)
    main(["check", str(log_file(tmp_path, VIOLATING))])
    assert ("\x1b[" in terminal.getvalue()) is coloured


def test_there_is_no_colour_where_there_is_no_terminal(run: Run, tmp_path: Path) -> None:
    """As in a pipe or a file."""
    assert "\x1b" not in run("check", log_file(tmp_path, VIOLATING))[1]


# The command as a process of its own

FORBIDDEN = (
    *("z3", "networkx", "hypothesis", "graphviz", "sphinx", "yaml", "msgspec", "dataclasses"),
    *("threading", "tempfile"),
)
DUMP = (
    "import sys; from flux_conform.cli.main import main; code = main(sys.argv[1:]); "
    "print(*sorted(sys.modules), file=sys.stderr); sys.exit(code)"
)


def process(*arguments: object, **options: Any) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-S", *(str(argument) for argument in arguments)]
    source = Path(__file__).resolve().parents[2] / "src"
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(source)}
    return subprocess.run(command, env=environment, capture_output=True, check=False, **options)


@pytest.mark.parametrize(
    ("words", "log", "code"),
    [
        (["check"], SOUND, 0),
        (["check"], VIOLATING, 1),
        (["check", "--format", "json"], VIOLATING, 1),
        (["check", "--format", "concise"], VIOLATING, 1),
        (["replay"], SOUND, 0),
    ],
)
def test_a_small_file_is_looked_at_without_importing_anything_large(
    tmp_path: Path, words: list[str], log: bytes, code: int
) -> None:
    """Nor YAML: the specification is read in its compiled form."""
    done = process("-c", DUMP, *words, log_file(tmp_path, log))
    assert done.returncode == code, done.stderr
    loaded = {name.partition(".")[0] for name in done.stderr.decode().split()}
    assert "flux_conform" in loaded
    assert loaded & set(FORBIDDEN) == set()


def test_the_command_is_a_module_too(tmp_path: Path) -> None:
    """`python -m flux_conform`, and a log on standard input."""
    done = process("-m", "flux_conform", "check", "-", input=ON_ITS_WAY)
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.splitlines() == [
        b"-: incomplete (6 events, ends in RUN)",
        b"  waits for the end of its shells since 2023-11-14 22:13:21 UTC",
    ]


def test_a_reader_that_goes_away_is_no_traceback(tmp_path: Path) -> None:
    """As `head` does."""
    for number in range(300):
        log_file(tmp_path, VIOLATING, f"{number:04}.eventlog")
    command = [sys.executable, "-m", "flux_conform", "check", str(tmp_path)]
    source = Path(__file__).resolve().parents[2] / "src"
    child = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(source)},
    )  # fmt: skip
    assert child.stdout is not None
    assert child.stderr is not None
    child.stdout.read(100)
    child.stdout.close()
    assert child.stderr.read() == b""
    child.stderr.close()
    assert child.wait() == 2


def test_a_pipe_below_a_directory_is_skipped(run: Run, tmp_path: Path) -> None:
    """It would wait for a writer that may never come."""
    os.mkfifo(tmp_path / "pipe.eventlog")
    code, out, _ = run("check", str(tmp_path))
    assert code == 2
    assert "1 skipped" in out


def test_a_log_of_another_machine_is_recognised(run: Run, tmp_path: Path) -> None:
    """It is judged by the machine of its kind; who names another is shown which one to try."""
    path = log_file(tmp_path, b'{"timestamp":1,"name":"init"}\n')
    code, out, _ = run("check", path)
    assert (code, out.splitlines()[0]) == (0, f"{path}: incomplete (1 event, ends in INIT)")
    code, out, _ = run("check", "--machine", "job", path)
    assert code == 1
    assert "--machine exec" in out


def test_a_log_that_lost_its_beginning_is_shown_the_way_to_judge_windows(
    run: Run, tmp_path: Path
) -> None:
    """Once, and only where the beginning is missing."""
    _, out, _ = run("check", log_file(tmp_path, lines(*LIFE[2:])))
    assert out.count("--partial") == 1
    _, out, _ = run("check", log_file(tmp_path, VIOLATING))
    assert "--partial" not in out


def test_many_findings_of_one_rule_are_summed_up(run: Run, tmp_path: Path) -> None:
    """Five are told, and the lines of the others; --all tells each."""
    bad = b'{"timestamp":2,"name":"memo"}\n'
    submit = b'{"timestamp":1,"name":"submit","context":{"urgency":1,"userid":1,"flags":0,"version":1}}\n'
    path = log_file(tmp_path, submit + bad * 9)
    _, out, _ = run("check", path)
    assert out.count("MUST[rfc21/memo/context]") == 5
    assert "4 more of rfc21/memo/context in this log (lines 7, 8, 9, 10)" in out
    _, out, _ = run("check", "--all", path)
    assert out.count("MUST[rfc21/memo/context]") == 9


def test_standard_input_is_given_once(run: Run) -> None:
    """A second reading would find nothing."""
    code, _, err = run("check", "-", "-")
    assert code == 2
    assert "once" in err
