"""`check --follow --live`: the view of a terminal, and what stands for it where there is none."""

import io
import json
import os
import sys
from importlib.resources import files
from pathlib import Path
from threading import Thread
from time import monotonic, sleep

import pytest
from jsonschema import Draft202012Validator
from rich.console import Console

from cli.conftest import Run
from cli.test_check_metrics import entry, event, submit
from flux_conform.checking.judge import Options
from flux_conform.cli.check_partial import _live_diagram
from flux_conform.reports.live_view import LiveView
from flux_conform.session.live import Following
from flux_conform.session.machines import Machines
from flux_conform.session.tally import Tally
from flux_conform.text import Paint

SCHEMA = json.loads(files("flux_conform.checking").joinpath("verdict.schema.json").read_text())
ROWS = [
    entry(-1),
    entry(7, submit(10), event("validate", 11)),
    entry(8, submit(12), event("validate", 13), event("depend", 13.5)),
    entry(9, submit(12), event("validate", 14), event("depend", 14.5), event("alloc", 15)),
    entry(10, submit(1), event("exception", 2, type="cancel", severity=0, note=""), event("clean", 3)),
    entry(11, submit(90), event("alloc", 100)),
    "garbage",
]  # fmt: skip


class Terminal(io.StringIO):
    """A terminal that keeps what is written to it."""

    def isatty(self) -> bool:
        return True


def journal(rows: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    text = "".join(f"{row}\n" for row in rows).encode()
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text)))


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    monkeypatch.setenv("TERM", "xterm-256color")
    for name in ("NO_COLOR", "FORCE_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE"):
        monkeypatch.delenv(name, raising=False)
    return Terminal()


def followed(rows: list[str], monkeypatch: pytest.MonkeyPatch) -> Tally:
    journal(rows, monkeypatch)
    tally = Tally()
    for each in Following("-", Machines(), Options(), watcher=tally).events():
        tally.take(each)
    return tally


def shown(tally: Tally, width: int, name: str = "-") -> list[str]:
    view = LiveView(name, tally, io.StringIO(), Paint(False), 80)
    console = Console(file=(file := io.StringIO()), width=width, force_terminal=False)
    console.print(view._view())
    return file.getvalue().splitlines()


@pytest.mark.parametrize("width", [40, 80, 120])
def test_the_view_counts_jobs_by_state_and_fits_the_terminal(
    monkeypatch: pytest.MonkeyPatch, width: int
) -> None:
    """Without the garbage, after which nobody knows the state of any job."""
    lines = shown(followed(ROWS[:-1], monkeypatch), width)
    assert max(map(len, lines)) <= width
    if width < 80:
        return
    rows = {
        line.split()[0]: line.split()
        for line in lines
        if line.startswith(" ") and line[1].isupper()
    }
    assert rows["NEW"][:5] == ["NEW", "1", "1.25", "s", "DEPEND"]  # 1 s, 1 s, 2 s, 1 s
    assert rows["DEPEND"][1] == "1"
    assert rows["PRIORITY"][1] == "2"
    assert rows["PRIORITY"][-2:] == ["priority", "2"]
    assert list(rows)[-1] == "INACTIVE"
    # Undefined is the alloc, and implied that no exception comes in NEW.
    assert "-: 4 alive; 1 ended: 1 conform; 14 events; 2 findings; 1 stuck" in lines
    waits = [line for line in lines if "waits for" in line and line.startswith("ƒ")]
    assert waits[0] == "ƒ8 (7) waits for 1 min 29 s: its dependencies to be declared satisfied"
    assert len(waits) == 3


def test_a_view_says_what_could_not_be_read(monkeypatch: pytest.MonkeyPatch) -> None:
    tally = followed(ROWS, monkeypatch)
    (line,) = (line for line in shown(tally, 100) if line.startswith("-:"))
    assert f"{tally.problems} unreadable" in line
    assert tally.alive == {}


def test_names_cannot_move_the_cursor(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = shown(followed(ROWS[:3], monkeypatch), 80, "a\x1b[2Jb")
    assert [line for line in lines if "\x1b" in line] == []
    assert any(line.startswith("a\\x1b[2Jb: 2 alive") for line in lines)


def test_on_a_terminal_findings_stand_above_the_view(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And all else as without it once the view is closed."""
    tally = Tally()
    journal(ROWS[:-1], monkeypatch)
    view = LiveView("-", tally, terminal, Paint(False), 80)
    assert view.is_possible
    following = Following("-", Machines(), Options(), watcher=tally)
    with view:
        for each in following.events():
            tally.take(each)
            view.take(each)
    for each in following.finish():
        view.take(each)
    view.close(following.counts)
    text = terminal.getvalue()
    assert text.index("MUST[rfc21/states/undefined]") < text.rindex("goes on to")
    assert "ƒB (10): conforms" not in text
    assert text.rindex("goes on to") < text.index("ƒ8 (7): incomplete (2 events, ends in DEPEND)")
    assert text.endswith("5 logs: 1 conform, 3 incomplete, 1 violate\n")
    assert text.count("\x1b[?25l") == text.count("\x1b[?25h") == 1  # the cursor is there again


@pytest.mark.parametrize("name", ["dumb", "unknown"])
def test_a_terminal_that_cannot_draw_gets_lines(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv("TERM", name)
    assert not LiveView("-", Tally(), terminal, Paint(False), 80).is_possible


def test_where_there_is_no_terminal_the_lines_are_those_of_follow(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = []
    for live in ([], ["--live"]):
        journal(ROWS, monkeypatch)
        said.append(run("check", "--follow", *live, "-"))
    assert said[0] == said[1]


def test_as_json_the_counts_come_beside_the_findings(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They are those of the metrics, and of the rows above, counted by hand."""
    said = []
    for live in ([], ["--live"]):
        journal(ROWS[:-1], monkeypatch)
        said.append(run("check", "--follow", *live, "--format", "json", "-")[1].splitlines())
    assert said[1][:-1] == said[0]
    row = json.loads(said[1][-1])
    Draft202012Validator(SCHEMA).validate(row)
    counts = row["counts"]
    assert counts["jobs"] == {"NEW": 1, "DEPEND": 1, "PRIORITY": 2}
    assert (counts["events"], counts["stuck"], counts["problems"]) == (14, 1, 0)
    assert counts["logs"] == {"conforms": 1}
    assert {(m["from"], m["event"], m["to"]): m["count"] for m in counts["transitions"]} == {
        ("NEW", "validate", "DEPEND"): 3,
        ("DEPEND", "depend", "PRIORITY"): 2,
        ("NEW", "exception", "CLEANUP"): 1,
        ("CLEANUP", "clean", "INACTIVE"): 1,
    }
    new = counts["times"]["NEW"]
    assert (new["sum"], new["count"]) == (1 + 1 + 2 + 1, 4)
    assert {bucket["most"]: bucket["count"] for bucket in new["buckets"] if bucket["count"]} == {
        1.0: 3, 10.0: 1,
    }  # fmt: skip
    assert sum(finding["count"] for finding in counts["findings"]) == 2


def test_counts_come_while_nothing_else_does(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """From a pipe whose writer waits; events that change nothing are counted, too."""
    monkeypatch.setattr("flux_conform.cli.check_partial._SECOND", 0.01)
    source, sink = os.pipe()
    with open(source, "rb") as pipe, open(sink, "wb", buffering=0) as writer:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(pipe))
        lines: list[str] = []
        monkeypatch.setattr("flux_conform.cli.check_partial.write_now", lines.append)
        thread = Thread(target=lambda: run("check", "--follow", "--live", "--format", "json", "-"))
        thread.start()
        for number, row in enumerate(ROWS[:3]):
            writer.write(f"{row}\n".encode())
            wanted = (0, 2, 5)[number]
            until = monotonic() + 10
            while wanted and monotonic() < until:
                if any(json.loads(each)["counts"]["events"] == wanted for each in lines):
                    break
                sleep(0.005)
            else:
                assert not wanted, lines
        writer.close()
        thread.join()


def test_where_there_is_room_the_machine_is_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    """Beside the table or above it, with what is in its states and what moved it."""
    tally = followed(ROWS[:-1], monkeypatch)
    for width, height, above in ((150, 48, False), (90, 66, True), (90, 46, None), (80, 24, None)):
        view = LiveView("-", tally, io.StringIO(), Paint(False), 80, _live_diagram)
        file = io.StringIO()
        console = Console(file=file, width=width, height=height, force_terminal=False)
        view._console = console
        console.print(view._view())
        lines = file.getvalue().splitlines()
        assert max(map(len, lines)) <= width
        drawn = [line for line in lines if "PRIORITY (2)" in line]
        assert bool(drawn) == (above is not None)
        if above is None:
            continue
        (head,) = (n for n, line in enumerate(lines) if "goes on to" in line)
        assert any("validate ×3" in line for line in lines)
        assert len(lines) <= height
        (first,) = (n for n, line in enumerate(lines) if "NEW (1)" in line)
        assert (head > first) == above


def test_without_rich_what_to_install_is_said(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = tmp_path / "a.eventlog"
    log.write_text(json.dumps(submit(1)) + "\n")
    monkeypatch.setitem(sys.modules, "rich", None)
    monkeypatch.delitem(sys.modules, "flux_conform.reports.live_view")
    code, out, err = run("check", "--follow", "--live", log)
    assert (code, out) == (2, "")
    assert "--live needs the package rich: pip install 'flux-conform[watch]'" in err


def test_a_view_is_of_what_is_followed(run: Run) -> None:
    code, _, err = run("check", "--live", "-")
    assert (code, "add --follow" in err) == (2, True)
