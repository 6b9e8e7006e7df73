"""Real resource eventlogs, and logs drawn at random: a second judge agrees on every one."""

import json
import random
from collections import Counter
from pathlib import Path

import pytest

from checking.resource_judge import judge as plain
from flux_conform.checking.finding import Judgement
from flux_conform.checking.judge import Options, judge
from flux_conform.checking.replay import replay
from flux_conform.checking.waivers import Waivers, load_deviations
from flux_conform.language import load
from flux_conform.machine.step import Machine

RESOURCE = Machine(load("resource"))
REPORTING = Machine(load("resource"), report=True)
TABLE = Path(__file__).with_name("resource_findings.json")
"""Each finding of the corpus: the log, the line and the rule, whose fault it is, and why."""


@pytest.fixture(scope="module")
def logs(corpus: Path) -> dict[str, bytes]:
    return {path.stem: path.read_bytes() for path in sorted((corpus / "resource").iterdir())}


@pytest.fixture(scope="module")
def judgements(logs: dict[str, bytes]) -> dict[str, Judgement]:
    return {name: judge(RESOURCE, log, Options(notes=True)) for name, log in logs.items()}


def found_in(judgement: Judgement) -> list[tuple[str, int]]:
    return sorted((finding.rule, finding.line) for finding in judgement.findings)


def test_every_finding_in_real_logs_is_explained_and_there_are_no_others(
    judgements: dict[str, Judgement],
) -> None:
    """96 logs, notes included; the table says of each whether the writer or the log is at fault."""
    rows = json.loads(TABLE.read_text())
    assert len(judgements) == 96
    assert {row["fault of"] for row in rows} <= {"writer", "log"}
    assert all(row["because"] for row in rows)
    assert sorted((row["log"], row["rule"], row["line"]) for row in rows) == sorted(
        (name, *found) for name, judgement in judgements.items() for found in found_in(judgement)
    )


def test_what_the_writer_is_known_to_do_is_allowed_and_nothing_is_left(
    logs: dict[str, bytes],
) -> None:
    allowed = Options(waivers=Waivers((load_deviations("flux-core"),)))
    judgements = {name: judge(RESOURCE, log, allowed) for name, log in logs.items()}
    assert [name for name, judgement in judgements.items() if judgement.findings] == []
    assert {judgement.verdict for judgement in judgements.values()} == {"conforms"}


def test_only_a_drain_that_lacks_overwrite_is_allowed() -> None:
    """Not one whose overwrite is wrong, or that lacks more."""
    allowed = Options(waivers=Waivers((load_deviations("flux-core"),)))
    fine = {"idset": "0", "nodelist": "vm"}
    for context, rules in (
        (fine, []),
        ({**fine, "overwrite": 3}, ["rfc44/drain/context"]),
        ({"idset": "0"}, ["rfc44/drain/context"]),
        ({**fine, "reason": 7}, ["rfc44/drain/context"]),
    ):
        found = judge(RESOURCE, line(1, "drain", context), allowed).findings
        assert [finding.rule for finding in found] == rules, context
    update = line(1, "resource-update", {"expiration": 1795351200.5})
    assert [finding.rule for finding in judge(RESOURCE, update).findings] == [
        "rfc44/resource-update/context"
    ]
    assert judge(RESOURCE, update, allowed).findings == ()


def test_the_plain_judge_agrees_on_every_real_log(
    logs: dict[str, bytes], judgements: dict[str, Judgement]
) -> None:
    """On the verdict, and on each rule and line."""
    for name, log in logs.items():
        verdict, found, _ = plain(log)
        assert (judgements[name].verdict, found_in(judgements[name])) == (verdict, sorted(found))


def line(number: int, name: str, context: dict[str, object] | None) -> bytes:
    event: dict[str, object] = {"timestamp": 1700000000.0 + number, "name": name}
    if context is not None:
        event["context"] = context
    return json.dumps(event).encode() + b"\n"


IDSETS = ["0", "1", "2", "0-1", "1-2", "0,2", "", "0-", "2,1", 7]
HOSTS = ["a", "b", "a,b", "a[0-1]", "a[1-2]x", "a,a,a", "", 7]
OVERWRITES = [0, 0, 0, 1, 2, 3, True]


def drawn(draw: random.Random) -> bytes:
    """A log of up to eight events, with keys left out and of wrong types here and there."""
    lines = []
    for number in range(draw.randint(1, 8)):
        name = draw.choice(
            ["drain"] * 6 + ["undrain"] * 5 + ["truncate", "resource-init", "resource-define"]
            + ["resource-update", "restart", "online", "offline", "torpid", "lively", "mine"]
        )  # fmt: skip
        idset = draw.choice(IDSETS[:7] if draw.random() < 0.9 else IDSETS)
        context: dict[str, object] = {
            "idset": idset,
            "ranks": idset,
            "online": draw.choice(IDSETS[:7]),
            "nodelist": draw.choice(HOSTS),
            "overwrite": draw.choice(OVERWRITES),
            "reason": draw.choice(["x", "x", "x", None]),
            "method": draw.choice(["kvs", "reload", "guess", 1]),
            "expiration": draw.choice([0, -1, 1.5, True]),
        }
        if len(str(idset)) == 1 and draw.random() < 0.8:
            context["nodelist"] = draw.choice(["a", "b"])
        for key in list(context):
            if draw.random() < 0.15:
                del context[key]
        if name == "truncate" and draw.random() < 0.7:
            context = {}
        lines.append(line(number, name, context))
    return b"".join(lines)


@pytest.mark.slow
def test_the_plain_judge_agrees_on_logs_drawn_at_random() -> None:
    """Each rule is broken in some of them, and some conform."""
    draw = random.Random(44)
    counted: Counter[str] = Counter()
    for _ in range(4000):
        log = drawn(draw)
        verdict, found, drained = plain(log)
        judgement = judge(RESOURCE, log)
        assert replay(REPORTING, log).report["drained"] == sorted(drained), log.decode()
        assert found_in(judgement) == sorted(found), log.decode()
        assert judgement.verdict == verdict
        counted.update([verdict, *{rule for rule, _ in found}])
    own = {rule.id for rule in RESOURCE.specification.rules}
    assert own <= counted.keys()
    assert min(counted[rule] for rule in (*own, "conforms", "violates")) > 20
