"""`check --follow --live`: the view of a terminal, and what stands for it where there is none."""

import io
import json
import sys
from pathlib import Path

import pytest
from rich.console import Console

from cli.conftest import Run
from cli.test_check_metrics import entry, event, submit
from flux_conform.checking.judge import Options
from flux_conform.reports.live_view import LiveView
from flux_conform.session.live import Following
from flux_conform.session.machines import Machines
from flux_conform.session.tally import Tally
from flux_conform.text import Paint

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
    for form in ("text", "json"):
        said = []
        for live in ([], ["--live"]):
            journal(ROWS, monkeypatch)
            said.append(run("check", "--follow", *live, "--format", form, "-"))
        assert said[0] == said[1]


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
