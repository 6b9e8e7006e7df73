"""The explorer's page: whole by itself, and at work in a browser."""

import base64
import html
import json
import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from flux_conform.artefacts import artefact
from flux_conform.checking.judge import judge
from flux_conform.cli.main import main
from flux_conform.explorer.page_text import MODULES, script
from flux_conform.language.specification import Rule
from flux_conform.machine.step import Machine
from flux_conform.suite.folder import load_suite

from . import MACHINES

DRIVE = Path(__file__).with_name("drive.js")

LIFE = ("submit", "validate", "depend", "priority", "alloc")
REFUSED = ("start", "start")
"""A machine, and an event that a rule of it forbids at the beginning of a log."""
LOG = (
    '{"timestamp":1,"name":"submit","context":{"urgency":16,"userid":5,"flags":0,"version":1}}\n'
    '{"timestamp":2,"name":"validate"}\n'
    '{"timestamp":3,"name":"alloc"}\n'
    '{"timestamp":4,"name":"</script><b>é"}\n'
)


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of all shipped machines."""
    path = tmp_path_factory.mktemp("explorer") / "page.html"
    assert main(["explore", "-o", str(path)]) == 0
    return path


def browse(chromium: str, page: Path, *options: str, fragment: str = "") -> str:
    """The document as the browser has it, after the page's script ran."""
    command = [
        *(chromium, "--headless", "--no-sandbox", "--disable-gpu", "--disable-extensions"),
        *("--virtual-time-budget=3000", "--dump-dom", *options),
        f"--user-data-dir={page.parent / 'profile'}",
        f"{page.as_uri()}{fragment}",
    ]
    done = subprocess.run(command, capture_output=True, timeout=120, check=True)
    return done.stdout.decode()


def with_script(page: Path, name: str, text: str) -> Path:
    """The page with one more script, which its policy would not let run."""
    told = re.sub(r"<meta http-equiv[^>]*>", "", page.read_text(encoding="utf-8"))
    other = page.with_name(name)
    other.write_text(told.replace("</body>", f"<script>{text}</script></body>"), encoding="utf-8")
    return other


def seen_by(chromium: str, page: Path, *options: str) -> Any:
    told = re.search(r'<pre id="seen">(.*?)</pre>', browse(chromium, page, *options), re.DOTALL)
    assert told is not None
    return json.loads(html.unescape(told[1]))


def test_the_page_is_whole_small_and_fetches_nothing(page: Path) -> None:
    """Under 1 MB; the policy lets one script run and nothing be fetched."""
    told = page.read_text(encoding="utf-8")
    assert len(told.encode()) < 1_000_000
    assert "default-src 'none'" in told
    assert len(re.findall(r"<script>", told)) == 1
    assert not re.search(r"<(?:link|img|iframe|object|base|form)\b|@import|url\(", told)
    assert not re.search(r"\b(?:fetch|XMLHttpRequest|WebSocket|eval|innerHTML)\b", script())


def test_each_module_is_in_the_script_and_fits_on_a_few_screens() -> None:
    whole = script()
    for module in MODULES.glob("*.mjs"):
        assert f"modules.{module.stem} = " in whole
        assert len(module.read_text(encoding="utf-8").splitlines()) <= 400
    assert not re.search(r"^(?:import|export) ", whole, re.MULTILINE)


def test_a_browser_judges_replays_and_builds_logs(
    page: Path, require_tool: Callable[[str], str]
) -> None:
    """A log is pasted, gone through by keys, built by clicks, shared, and put beside another."""
    given = {"LOG": LOG, "EVENTS": LIFE, "OTHER": "exec", "REFUSED": REFUSED}
    asked = "".join(f"const {name} = {json.dumps(value)};\n" for name, value in given.items())
    asked = asked.replace("</", "<\\/")
    driven = with_script(page, "driven.html", asked + DRIVE.read_text(encoding="utf-8"))
    # A phone's width; headless windows are no narrower than 500.
    seen = seen_by(require_tool("chromium"), driven, "--window-size=500,900")
    own = judge(Machine("job"), LOG.encode())
    (fault,) = own.findings
    assert seen["empty"] == "no log yet"
    verdict, here, says = seen["pasted"]
    assert verdict.startswith(f"{own.verdict} in {own.state}: 4 events, 1 finding")
    assert (here, says.startswith("line 4: </script><b>é, stays in DEPEND")) == (["DEPEND"], True)
    assert any(fault.message in told and fault.rule in told for told in seen["finding"])
    assert seen["back"][0] == ["DEPEND"]
    assert seen["back"][1] == "line 2: validate, from NEW to DEPEND"
    assert seen["back"][2] == 1
    assert seen["forth"][1] == f"line 3: alloc, undefined in DEPEND; 1 finding: {fault.rule}"
    shared = re.search(r"log-a=([\w-]*)", seen["link"])
    assert shared is not None
    assert base64.urlsafe_b64decode(shared[1] + "==").decode() == LOG
    assert set(seen["allowed"].values()) == {"allowed"}
    verdict, built = seen["built"]
    assert verdict.startswith("incomplete in RUN: 5 events, 0 findings")
    assert judge(Machine("job"), built.encode()).findings == ()
    other = judge(Machine("exec"), built.encode())
    assert seen["beside"][0] == verdict
    assert seen["beside"][1].startswith(f"{other.verdict} in {other.state}")
    starting = Machine(REFUSED[0])
    broken = starting.step(starting.initial, REFUSED[1], None).breaches
    (says,) = [each.rule.says for each in broken if isinstance(each.rule, Rule)]
    assert "✗ no" in seen["refused"]
    assert says in seen["refused"]
    assert seen["focus"] == f"+ {LIFE[-1]}"
    assert seen["twice"] == []
    assert seen["unnamed"] == 0
    assert seen["wide"] <= 0


def test_a_link_shows_its_log(page: Path, require_tool: Callable[[str], str]) -> None:
    """Under the page's own policy."""
    log = base64.urlsafe_b64encode(LOG.encode()).decode().rstrip("=")
    fragment = f"#machine-a=job&log-a={log}&machine-b=resource"
    seen = browse(require_tool("chromium"), page, fragment=fragment)
    assert re.search(r'id="a-verdict"[^>]*>violates in DEPEND: 4 events, 1 finding', seen)
    assert re.search(r'id="b-verdict"[^>]*>no log yet', seen)


def test_two_revisions_stand_side_by_side(tmp_path: Path) -> None:
    """Their pictures have ids of their own, though the machines have one name."""
    path = tmp_path / "two.html"
    words = ("--machine", "exec", "--machine", artefact("model", "exec.yaml"))
    assert main(["explore", "-o", str(path), *words]) == 0
    held = re.search(r'id="machines-data">(.*?)</script>', path.read_text(encoding="utf-8"))
    assert held is not None
    first, second = json.loads(held[1])
    assert first["name"] == "exec"
    assert second["name"].endswith("exec.yaml")
    keys = {each["key"] for row in (first, second) for each in row["diagrams"].values()}
    assert len(keys) == 2


def test_a_machine_that_the_page_cannot_judge_is_an_error(
    capsys: pytest.CaptureFixture[str],
) -> None:
    timed = Path(__file__).parents[1] / "timed_door.yaml"
    assert main(["explore", "--machine", str(timed)]) == 2
    assert "ask for times" in capsys.readouterr().err


VECTORS = """
const faults = [];
let count = 0;
for (const [name, vectors] of VECTORS) {
  const { held } = JSON.parse(document.getElementById("machines-data").textContent)
    .find((each) => each.name === name);
  const machine = new modules.machine.Machine(modules.machine.plainly(modules.json.parse(held)));
  for (const vector of vectors) {
    count += 1;
    const bytes = Uint8Array.from(atob(vector.log), (sign) => sign.charCodeAt(0));
    const told = modules.judge.judge(machine, bytes);
    const found = told.findings.map(({ rule, line }) => `${line} ${rule}`).sort();
    const states = told.events.map((event) => event.after.state).slice(0, vector.states.length);
    const ours = JSON.stringify([told.verdict, told.strict, found, states]);
    const { verdict, strict, findings } = vector;
    if (ours !== JSON.stringify([verdict, strict, findings, vector.states])) faults.push(vector.id);
  }
}
const told = document.createElement("pre");
told.id = "seen";
told.textContent = JSON.stringify({ count, faults });
document.body.append(told);
"""


@pytest.mark.slow
def test_all_vectors_of_every_machine_pass_in_a_browser(
    page: Path, require_tool: Callable[[str], str]
) -> None:
    """In verdict, strict or not, findings and states, of the script that the page has."""
    suites = {
        name: load_suite(str(Path(artefact("conformance"), name))).vectors for name in MACHINES
    }
    rows = [
        [
            name,
            [
                {
                    "id": vector.id,
                    "log": base64.b64encode(vector.read_log()).decode(),
                    "verdict": vector.verdict,
                    "strict": vector.strict,
                    "states": list(vector.states),
                    "findings": sorted(f"{f['line']} {f['rule']}" for f in vector.findings),
                }
                for vector in vectors
            ],
        ]
        for name, vectors in suites.items()
    ]
    opened = page.with_name("opened.html")
    ends = "modules.explorer.explore();"
    told = page.read_text(encoding="utf-8")
    assert told.count(ends) == 1
    opened.write_text(told.replace(ends, f"globalThis.modules = modules; {ends}"), encoding="utf-8")
    asked = f"const VECTORS = {json.dumps(rows)};\n{VECTORS}".replace("</", "<\\/")
    seen = seen_by(require_tool("chromium"), with_script(opened, "vectors.html", asked))
    assert seen == {"count": sum(map(len, suites.values())), "faults": []}
