"""The page of `check --format html`: as text, and in a real browser."""

import json
import re
import subprocess
from collections.abc import Callable
from html.parser import HTMLParser
from importlib.resources import files
from itertools import pairwise
from pathlib import Path

import pytest

from facts.cases import LIFE, lines
from flux_conform.checking.finding import MOST_LISTED
from flux_conform.checking.judge import judge
from flux_conform.checking.transitions import course
from flux_conform.language import load
from flux_conform.machine.step import Machine
from flux_conform.reports import html as html_module
from flux_conform.reports.html_log import log_html, steps_of
from flux_conform.reports.interface import Diagram
from flux_conform.session.events import LogJudged
from reports.conftest import NO_VALIDATE, Run
from toys import PUSH, TURNSTILE, coin

NOT_DRAWN = Diagram("machine", "", {}, {})
SCRIPT = files("flux_conform.reports").joinpath("replay.js").read_text()
VOID = {"meta", "br", "i"}

# What a reader does, one thing after another; after each, what the page shows.
READER = """
<script>
addEventListener("load", () => {
  const seen = [];
  const shown = () => {
    const texts = (where) => [...document.querySelectorAll(where)].map((e) => e.textContent);
    const open = document.querySelectorAll("details.log[open]");
    seen.push({
      open: [...open].map((log) => log.dataset.log),
      now: [...document.querySelectorAll(".now")].map((step) => step.dataset.line),
      here: texts(".here title"),
      came: texts(".came title"),
      tails: document.querySelectorAll(".tail").length,
      says: open.length ? open[0].querySelector("output").textContent : "",
      hash: location.hash,
    });
  };
  const press = (key) => document.body.dispatchEvent(
    new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
  const click = (text) => [...document.querySelectorAll("details.log[open] button")]
    .find((button) => button.textContent.includes(text)).click();
  const acts = [
    () => {}, () => press("ArrowRight"), () => click("next finding"), () => press("ArrowRight"),
    () => press("ArrowLeft"), () => press("ArrowLeft"),
    () => click("previous"), () => { location.hash = "#log=1&step=3"; },
  ];
  const act = () => {
    if (!acts.length) {
      const told = document.createElement("pre");
      told.id = "seen";
      told.textContent = JSON.stringify(seen);
      document.body.append(told);
      return;
    }
    acts.shift()();
    setTimeout(() => { shown(); act(); }, 20);
  };
  act();
});
</script>
"""


class Outline(HTMLParser):
    """The tags of a page in order, those that stand open, ids, and what its scripts say."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.open: list[str] = []
        self.ids: list[str] = []
        self.handlers: list[str] = []
        self.fetched: list[str] = []
        self.scripts: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        if tag not in VOID - {"i"}:
            self.open.append(tag)
        for name, value in attrs:
            if name == "id":
                self.ids.append(value or "")
            if name.startswith("on"):
                self.handlers.append(name)
            if name in ("src", "data") or (name in ("href", "xlink:href") and tag != "a"):
                self.fetched.append(f"{tag} {name}")

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] == "script":
            self.scripts.append(data)


@pytest.fixture
def page(run: Run, folder: Path) -> Path:
    """The page of logs of each verdict."""
    path = folder.parent / "page.html"
    code, out, err = run("check", "--format", "html", "-o", path, "logs")
    assert (code, out, err) == (2, "", "")
    return path


def browse(chromium: str, page: Path, fragment: str = "") -> str:
    """The document as the browser has it, after the page's script ran."""
    command = [
        *(chromium, "--headless", "--no-sandbox", "--disable-gpu", "--disable-extensions"),
        *("--force-prefers-reduced-motion", "--virtual-time-budget=3000", "--dump-dom"),
        f"--user-data-dir={page.parent / 'profile'}",
        f"{page.as_uri()}{fragment}",
    ]
    done = subprocess.run(command, capture_output=True, timeout=60, check=True)
    return done.stdout.decode()


def test_the_page_is_whole_and_fetches_nothing(page: Path) -> None:
    """It is one well-formed text with one script; what logs hold is text in it, and no more."""
    told = page.read_text(encoding="utf-8")
    outline = Outline(told)
    assert outline.open == []
    assert outline.scripts == [SCRIPT]
    assert outline.handlers == outline.fetched == []
    assert len(set(outline.ids)) == len(outline.ids)
    assert set(outline.tags) & {"iframe", "object", "img", "link", "base", "form"} == set()
    assert not re.search(r"url\(|@import|[\x00-\x08\x0b-\x1f\u202e\ud800]", told)
    assert "6 logs: 2 conform, 1 incomplete, 2 violate, 1 unreadable" in told
    assert "Content-Security-Policy" in told


def test_the_page_can_be_read_without_its_script(page: Path) -> None:
    """Each faulty log is a list: the line, what it did, the rule, what was allowed, the repair."""
    told = page.read_text(encoding="utf-8")
    log = re.split(r"(?=<details class=\"log\")", told)[1].partition("</details>")[0]
    lines = [re.sub(r"<[^>]+>", " ", item) for item in log.split("<li ")[1:]]
    assert len(lines) == 1 + NO_VALIDATE.count(b"\n")
    for part in (
        "undefined in NEW",
        "rfc21/states/undefined",
        "allowed in NEW",
        "validate",
        "log an event",
    ):
        assert part in lines[2]
    assert "DEPEND" in told  # of the covered machine, as SVG
    assert '<th scope="col">state</th>' in told


def test_a_browser_replays_a_log(page: Path, require_tool: Callable[[str], str]) -> None:
    """The address names a log and a step; buttons, arrow keys and links go on from there."""
    chromium = require_tool("chromium")
    seen = browse(chromium, page, "#log=1&step=2")
    assert '<html lang="en" class="scripted">' in seen  # the policy lets the page's own script run
    assert re.search(r"<output [^>]*>line 2: depend has no effect in NEW; 1 finding: rfc21/", seen)

    told = page.read_text(encoding="utf-8")
    other = page.with_name("driven.html")
    other.write_text(
        re.sub(r"<meta http-equiv[^>]*>", "", told).replace("</body>", READER + "</body>")
    )
    seen = browse(chromium, other, "#log=2&step=2")
    (steps,) = re.findall(r'<pre id="seen">(.*?)</pre>', seen, re.S)
    acts = json.loads(steps.replace("&quot;", '"').replace("&gt;", ">").replace("&amp;", "&"))
    lines = [act["now"] for act in acts]
    # The evil log: validate in line 2, the evil event in line 3, no event in line 4, an exception in line 5.
    assert lines == [["2"], ["3"], ["4"], ["5"], ["4"], ["3"], ["2"], ["3"]]
    assert [act["open"] for act in acts] == [["2"]] * 7 + [["1"]]
    assert acts[0]["here"][0].startswith("DEPEND")
    assert "NEW to DEPEND" in acts[0]["came"][0]
    assert acts[1]["came"] == []
    # The fatal exception's edge joins another on its way; the rest of that way is marked too.
    assert acts[3]["here"][0].startswith("CLEANUP")
    assert "DEPEND to CLEANUP" in acts[3]["came"][0]
    assert [act["tails"] for act in acts] == [0, 0, 0, 1, 0, 0, 0, 0]
    assert acts[7]["here"][0].startswith("NEW")
    assert [act["hash"] for act in acts][-2:] == ["#log=2&step=2", "#log=1&step=3"]
    assert acts[2]["says"].startswith("line 4: no event; 1 finding: rfc18/lines")


def test_the_page_is_bounded(run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """So many logs are replayed and the rest is counted; of a long log the lines that matter."""
    monkeypatch.setattr(html_module, "MOST_LOGS", 1)
    monkeypatch.setattr(html_module, "MOST_WARNED", 0)
    _, told, _ = run("check", "--format", "html", "logs")
    assert told.count('<details class="log"') == 1
    # Of those that violate, and of those with a warning.
    assert told.count("And 1 more, not replayed here") == 2

    machine = Machine(load(str(TURNSTILE)))
    data = (coin() + PUSH) * 200 + b"x\n" + (coin() + PUSH) * 200
    log = LogJudged("long", machine, data, judge(machine, data))
    steps, untold = steps_of(log, course(machine, data))
    numbers = [step.line for step in steps]
    assert len(numbers) < 30
    assert {1, 397, 401, 402, 801} <= set(numbers)
    assert untold + sum(len(step.findings) for step in steps) == len(list(log.roots()))

    data = coin() + b"x\n" * 70 + PUSH
    log = LogJudged("torn", machine, data, judge(machine, data))
    steps, _ = steps_of(log, course(machine, data))
    # Whether its finding is shown or not: the last line leads to another state.
    assert {step.state for step in steps[:-1]} == {steps[0].state} != {steps[-1].state}


def test_what_is_not_shown_of_a_log_is_counted() -> None:
    """Findings beyond sixty, and the lines between those that are shown."""
    machine = Machine(load(str(TURNSTILE)))
    for torn, told in (
        (70, "10 further findings of this log"),
        (61, "1 further finding of this"),
        (MOST_LISTED + 50, f"{MOST_LISTED - 10} further findings of this log"),
    ):
        data = coin() + b"x\n" * torn + PUSH
        log = LogJudged("torn", machine, data, judge(machine, data))
        steps, untold = steps_of(log, course(machine, data))
        assert (sum(len(step.findings) for step in steps), untold) == (60, torn - 60)
        page = log_html(1, log, course(machine, data), NOT_DRAWN)
        assert told in page
        assert f"in line 2 and {torn - 1} more" in page
        assert "(2 events, ends in Locked)" in page
    # Where findings are far from each other not all of sixty have their lines shown.
    data = (coin() + PUSH + b"x\n" + (coin() + PUSH) * 8) * 60
    log = LogJudged("torn", machine, data, judge(machine, data))
    steps, untold = steps_of(log, course(machine, data))
    assert 0 < sum(len(step.findings) for step in steps) == 60 - untold < 60
    assert f"{untold} further findings of this log" in log_html(
        1, log, course(machine, data), NOT_DRAWN
    )
    long = (coin() + PUSH) * 200
    data = long + b"x\n" + long
    log = LogJudged("long", machine, data, judge(machine, data))
    steps, _ = steps_of(log, course(machine, data))
    page = log_html(1, log, course(machine, data), NOT_DRAWN)
    shown = [step.line for step in steps]
    left = [after - before - 1 for before, after in pairwise([0, *shown]) if after > before + 1]
    assert re.findall(r"([0-9]+) lines? left out", page) == list(map(str, left))
    assert sum(left) + len(shown) == 801
    assert "further finding" not in page
    assert "more <span" not in page
    assert "; 1 finding: " in page
    # Before the torn line somebody pushed, and it changes nothing.
    assert [step.state for step in steps if step.line in (399, 400, 401, 402)] == [
        *("Unlocked", "Locked", "Locked", "Unlocked")
    ]


def test_the_lines_of_what_only_follows_are_named_up_to_eight() -> None:
    """From one that lacks what leads on; whatever is behind them is three dots."""
    machine = Machine(load("job"))
    undefined = [line for line in LIFE if "alloc" in line or "finish" in line]
    for more, told in ((1, "(lines 3, 4, 5)"), (4, "(lines 3, 4, 5, 6, 7, 8, 9, 10, …)")):
        data = lines(LIFE[0], *LIFE[2:4], *undefined * more)
        log = LogJudged("log", machine, data, judge(machine, data))
        assert told in log_html(1, log, course(machine, data), NOT_DRAWN)


def test_what_only_follows_is_no_further_finding_of_a_log() -> None:
    """Though it is counted and not listed: the finding from which it follows says how many."""
    machine = Machine(load("job"))
    undefined = [line for line in LIFE if "finish" in line]
    data = lines(LIFE[0], *LIFE[2:4], *undefined * (MOST_LISTED + 20))
    judgement = judge(machine, data)
    assert any(row.follows for row in judgement.counted)
    log = LogJudged("log", machine, data, judgement)
    roots = list(log.roots())
    _, untold = steps_of(log, course(machine, data))
    assert untold == 0
    assert sum(1 + root.number for root in roots) == judgement.found == 2 + MOST_LISTED + 20
    page = log_html(1, log, course(machine, data), NOT_DRAWN)
    assert f"{MOST_LISTED + 20 - 1} more findings are consequences of this one" in page
