"""Real standard I/O eventlogs, and changes of them: a second judge agrees on every one."""

import json
import random
from collections import Counter
from pathlib import Path

import pytest

from checking.io_judge import judge as plain
from flux_conform.checking.finding import Judgement
from flux_conform.checking.judge import Options, judge
from flux_conform.checking.judges import Judge
from flux_conform.checking.replay import replay
from flux_conform.checking.waivers import Waivers, load_deviations
from flux_conform.language import load
from flux_conform.machine.step import Machine

IO = Machine(load("io"))
REPORTING = Machine(load("io"), report=True)
TABLE = Path(__file__).with_name("io_findings.json")
"""Each finding of the corpus: the log, the line and the rule, whose fault it is, and why."""

NOTES = Options(notes=True)


@pytest.fixture(scope="module")
def logs(corpus: Path) -> dict[str, bytes]:
    folder = corpus / "io"
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*.eventlog"))
    }


def found_in(judgement: Judgement) -> list[tuple[str, int]]:
    return sorted((finding.rule, finding.line) for finding in judgement.findings)


def test_every_finding_in_real_logs_is_explained_and_there_are_no_others(
    logs: dict[str, bytes],
) -> None:
    """476 logs, notes included; the table says of each whether the writer or the log is at fault."""
    rows = json.loads(TABLE.read_text())
    assert len(logs) == 476
    assert {row["fault of"] for row in rows} <= {"writer", "log"}
    assert all(row["because"] for row in rows)
    assert sorted((row["log"], row["rule"], row["line"]) for row in rows) == sorted(
        (name, *found) for name, log in logs.items() for found in found_in(judge(IO, log, NOTES))
    )


def test_what_the_writer_is_known_to_do_is_allowed_and_nothing_is_left(
    logs: dict[str, bytes],
) -> None:
    allowed = Options(waivers=Waivers((load_deviations("flux-core"),)))
    judgements = {name: judge(IO, log, allowed) for name, log in logs.items()}
    assert [name for name, judgement in judgements.items() if judgement.findings] == []
    verdicts = Counter(judgement.verdict for judgement in judgements.values())
    assert verdicts == {"conforms": 464, "incomplete": 12}


def test_only_a_log_that_begins_with_a_message_may_lack_its_header() -> None:
    allowed = Options(waivers=Waivers((load_deviations("flux-core"),)))
    message = line(1, "log", {"level": 3, "message": "x"})
    data = line(1, "data", {"stream": "stdout", "rank": "0", "data": "x"})
    assert judge(IO, message + data, allowed).findings == ()
    assert found_in(judge(IO, data + message, allowed)) == [("rfc24/header/first", 1)]


def agree(log: bytes) -> tuple[str, list[tuple[str, int]]]:
    """Hold the two judges against each other; give what they say."""
    verdict, found, became = plain(log)
    judgement = judge(IO, log, NOTES)
    assert (judgement.verdict, found_in(judgement)) == (verdict, sorted(found)), log.decode()
    report = replay(REPORTING, log).report
    counts = Counter(became.values())
    assert (report["ended"], report["redirected"]) == (counts["eof"], counts["redirect"])
    return verdict, found


def test_the_plain_judge_agrees_on_every_real_log(logs: dict[str, bytes]) -> None:
    """On the verdict, and on each rule and line."""
    verdicts = Counter(agree(log)[0] for log in logs.values())
    assert verdicts == {"conforms": 464, "violates": 12}


def changed(log: bytes, draw: random.Random) -> bytes:
    """A log with a line dropped, doubled, or swapped with another."""
    lines = log.splitlines(keepends=True)
    place, other = draw.randrange(len(lines)), draw.randrange(len(lines))
    match draw.choice(["dropped", "doubled", "swapped"]):
        case "dropped" if len(lines) > 1:
            del lines[place]
        case "doubled":
            lines.insert(other, lines[place])
        case _:
            lines[place], lines[other] = lines[other], lines[place]
    return b"".join(lines)


def test_the_plain_judge_agrees_on_changes_of_every_real_log(logs: dict[str, bytes]) -> None:
    """Lines are dropped, doubled and swapped."""
    draw = random.Random(24)
    counted: Counter[str] = Counter()
    for log in {*logs.values()}:
        if len(log) < 100_000:
            for _ in range(2):
                verdict, found = agree(changed(log, draw))
                counted.update([verdict, *{rule for rule, _ in found}])
    for rule in ("header/first", "header/once", "data/after-eof"):
        assert counted[f"rfc24/{rule}"] > 20
    assert min(counted["conforms"], counted["violates"]) > 50


def line(number: float, name: str, context: dict[str, object] | None) -> bytes:
    event: dict[str, object] = {"timestamp": 1700000000.0 + number, "name": name}
    if context is not None:
        event["context"] = context
    return json.dumps(event).encode() + b"\n"


def drawn(draw: random.Random) -> bytes:
    """A log of up to nine events, with keys left out and of wrong types here and there."""
    lines = []
    for number in range(draw.randint(1, 9)):
        name = draw.choice(["data"] * 5 + ["redirect", "redirect", "header", "log", "mine"])
        if number == 0 and draw.random() < 0.8:
            name = "header"
        context: dict[str, object] = {
            "stream": draw.choice(["stdout", "stdout", "stderr", "other", 1]),
            "rank": draw.choice(["0", "0", "0", "1", "all", "0-1", "1-0", "x", 0]),
            "data": draw.choice(["x", "x", "x", 7]),
            "eof": draw.choice([True, True, False, "true"]),
            "encoding": draw.choice(["base64", "UTF-8", None]),
            "repeat": draw.choice([1, 2, 1.5]),
            "path": draw.choice(["a.out", 7]),
            "version": draw.choice([1, 1, 2, "1"]),
            "count": draw.choice([{}, {"stdout": 1}, 1]),
            "options": {},
            "level": draw.choice([0, 3, 7, 8, -1, True]),
            "message": draw.choice(["x", "", None]),
        }
        if name == "header":
            context["encoding"] = draw.choice(
                [{"stdout": "UTF-8"}, {"stdout": "UTF-8", "stderr": "base64"}, {}, {"x": 1}]
            )
        rare = 0.5 if name == "data" else 0.05
        for key in list(context):
            if draw.random() < (rare if key in ("data", "eof", "repeat", "encoding") else 0.05):
                del context[key]
        if name == "log":
            context.pop("rank", None)
        back = 5 if draw.random() < 0.05 else 0
        lines.append(line(number - back, name, context))
    return b"".join(lines)


def test_the_plain_judge_agrees_on_logs_drawn_at_random() -> None:
    """Each rule is broken in some of them, and some conform."""
    draw = random.Random(24)
    counted: Counter[str] = Counter()
    for _ in range(800):
        verdict, found = agree(drawn(draw))
        counted.update([verdict, *{rule for rule, _ in found}])
    own = {rule.id for rule in IO.specification.rules}
    assert own <= counted.keys()
    assert min(counted[rule] for rule in (*own, "conforms", "violates")) > 8


def test_the_fast_path_says_the_same(logs: dict[str, bytes]) -> None:
    fast = Judge(IO.specification, NOTES)
    for name, log in logs.items():
        assert fast.judge(log) == judge(IO, log, NOTES), name
