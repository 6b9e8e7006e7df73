"""Of many findings of a rule in one log some are listed and all are counted.

What is listed is held against the list that is made where nothing is left out.
"""

from __future__ import annotations

import json
import random
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from checking.test_robustness import FAULTY, MACHINE, faulty
from facts.cases import LIFE, lines
from flux_conform.checking import listing
from flux_conform.checking.finding import (
    INCOMPLETE,
    MOST_LISTED,
    VIOLATES,
    Finding,
    Judgement,
)
from flux_conform.checking.incremental import LiveLog
from flux_conform.checking.judge import Options, judge
from flux_conform.checking.waivers import Waivers, load_deviations
from flux_conform.checking.window import judge_window
from flux_conform.cli.main import main

SCHEMA = Path(listing.__file__).with_name("verdict.schema.json")
STRICT = Options(strict=True, notes=True)
SUBMITTED = lines(*LIFE[:1])
WAIVED = Options(waivers=Waivers((load_deviations("flux-core"),)))


def totals(judgement: Judgement) -> Counter[tuple[Any, ...]]:
    """The findings by what the summary tells apart, and whether they follow from another."""
    found: Counter[tuple[Any, ...]] = Counter()
    for each in judgement.findings:
        found[each.rule, each.level, each.state, each.waived_by, each.because is not None] += 1
    for row in judgement.counted:
        found[row.rule, row.level, row.state, row.waived_by, row.follows] += row.number
    return found


def ancestors(findings: tuple[Finding, ...], place: int) -> set[tuple[str, int]]:
    """What a finding follows from, at first and at second hand, by rule and line."""
    found = set()
    because = findings[place].because
    while because is not None:
        found.add((findings[because].rule, findings[because].line))
        because = findings[because].because
    return found


def both(log: bytes, options: Options, most: int) -> tuple[Judgement, Judgement]:
    """The judgement where nothing is left out, and the one that lists so many of a rule."""
    judgements = []
    for limit in (len(log) + 1, most):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(listing, "MOST_LISTED", limit)
            judgements.append(judge(MACHINE, log, options))
    whole, short = judgements
    return whole, short


@pytest.mark.parametrize("options", [Options(), STRICT, WAIVED], ids=["plain", "strict", "allow"])
@pytest.mark.parametrize("name", FAULTY)
def test_what_is_left_out_of_the_list_is_counted(name: str, options: Options) -> None:
    """By rule, level, state and cause; the verdict, state and number of events are the same."""
    log = faulty(name, 120)
    whole, short = both(log, options, 4)
    assert not whole.counted
    assert short.counted
    assert short[:3] == whole[:3]
    assert totals(short) == totals(whole)
    assert short.found == len(whole.findings)


@pytest.mark.parametrize("name", FAULTY)
@pytest.mark.parametrize("most", [1, 3, 10])
def test_a_listed_finding_is_as_it_was_and_follows_from_a_listed_one(name: str, most: int) -> None:
    """The first of each rule are listed, and the index of a cause leads to a true cause."""
    whole, short = both(faulty(name, 60), Options(), most)
    places = {(each.rule, each.line): place for place, each in enumerate(whole.findings)}
    first: Counter[str] = Counter()
    listed = {(each.rule, each.line) for each in short.findings}
    for each in whole.findings:
        first[each.rule] += 1
        assert first[each.rule] > most or (each.rule, each.line) in listed
    for place, each in enumerate(short.findings):
        other = whole.findings[places[each.rule, each.line]]
        assert each._replace(because=None) == other._replace(because=None)
        assert (each.because is None) == (other.because is None)
        assert each.because is None or each.because < place
        assert ancestors(short.findings, place) <= ancestors(
            whole.findings, places[each.rule, each.line]
        )
    for row in short.counted:
        assert row.because is None or (row.follows and row.because < len(short.findings))


@pytest.mark.parametrize(
    ("judged", "before"), [(judge, lines(*LIFE)), (judge_window, lines(*LIFE[-1:]))]
)
def test_a_rule_that_many_events_break_is_listed_as_often_as_any(
    judged: Any, before: bytes
) -> None:
    """Whatever the names of the events."""
    names = ("alloc", "free", "start", "finish", "release")
    late = "".join(f'{{"timestamp":1800000000,"name":"{name}"}}\n' for name in names * 120)
    found = judged(MACHINE, before + late.encode(), Options())
    assert [each.rule for each in found.findings] == ["rfc21/inactive/captive"] * MOST_LISTED
    assert sum(row.number for row in found.counted) == 5 * 120 - MOST_LISTED


def test_random_logs_lose_nothing_by_a_short_list() -> None:
    """Events in any order, over and over, with lines that are none."""
    choose = random.Random(21)
    parts = [faulty(name, 6).splitlines(keepends=True) for name in FAULTY]
    pool = sorted({line for lines in parts for line in lines})
    for _ in range(60):
        log = b"".join(choose.choices(pool, k=choose.randrange(5, 60)))
        whole, short = both(log, choose.choice([Options(), STRICT, WAIVED]), 2)
        assert short[:3] == whole[:3]
        assert totals(short) == totals(whole)


def test_a_finding_past_the_limit_that_violates_makes_the_log_violating() -> None:
    """The first ones are waived, the later ones are not: these are listed by themselves."""
    update = b'{"timestamp":1,"name":"resource-update","context":{"expiration":%s}}\n'
    log = SUBMITTED + (update % b"1.5") * 5
    assert judge(MACHINE, log, WAIVED).verdict == INCOMPLETE
    whole, short = both(log + (update % b'"soon"') * 5, WAIVED, 2)
    assert (whole.verdict, short.verdict) == (VIOLATES, VIOLATES)
    contexts = [each for each in short.findings if each.rule.endswith("/context")]
    assert [each.line for each in contexts] == [7, 8]


def test_blank_lines_are_counted_in_every_form(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """A thousand of them: a hundred listed, and the number of the others in each format."""
    log = tmp_path / "blank.eventlog"
    log.write_bytes(b"\n" * 1_000)
    for form in ("text", "json", "junit", "sarif", "github", "html"):
        assert main(["check", "--format", form, str(log)]) == 1
        told = capfd.readouterr().out
        number = '"count": 900' if form == "json" else "9"
        assert number in told
        assert len(told) < 120_000 + (180_000 if form == "html" else 0)
        if form in ("text", "junit", "sarif", "github"):
            assert "900 more of rfc18/lines in this log, counted and not listed" in told
    assert main(["check", "--all", str(log)]) == 1
    assert capfd.readouterr().out.count("MUST[rfc18/lines]") == MOST_LISTED


@pytest.mark.parametrize("options", [[], ["--partial"], ["--follow"]])
def test_the_rows_are_those_that_the_schema_lays_down(
    options: list[str], tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """With --partial and --follow as without."""
    log = tmp_path / "faulty.eventlog"
    log.write_bytes(b"{x}\n" + b'{"timestamp":1,"name":"clean"}\n' * 300 + b"{x}\n" * 300)
    schema = Draft202012Validator(json.loads(SCHEMA.read_text()))
    with log.open("rb") as file, pytest.MonkeyPatch.context() as patch:
        path = str(log)
        if options == ["--follow"]:
            patch.setattr("sys.stdin", type("Stdin", (), {"buffer": file})())
            path = "-"
        assert main(["check", *options, "--format", "json", path]) == 1
    rows = [json.loads(line) for line in capfd.readouterr().out.splitlines()]
    for row in rows:
        schema.validate(row)
    counted = {row["rule"]: row["count"] for row in rows[-1]["counted"]}
    assert counted["rfc18/lines"] == 201 - len(rows[-1].get("left_out", ()))


@pytest.mark.parametrize("name", ["undefined events", "undefined events of several kinds"])
def test_the_summary_counts_what_is_not_listed(
    name: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """Those that follow from another are counted as such."""
    log = tmp_path / "short.eventlog"
    log.write_bytes(faulty(name, 500))
    whole, _ = both(log.read_bytes(), Options(), 1)
    main(["check", "--summary", "--format", "json", str(log)])
    rows = json.loads(capfd.readouterr().out)["summary"]["findings"]
    assert sum(row["count"] + row["following"] for row in rows) == len(whole.findings)
    standing = sum(each.because is None for each in whole.findings)
    assert sum(row["count"] for row in rows) == standing


def test_a_log_that_grows_lists_as_many_and_counts_the_others() -> None:
    """Its findings in all are as many as those of the whole log, and as many of them follow."""
    log = faulty("no JSON", 300) + faulty("undefined events of several kinds", 300)
    live = LiveLog(MACHINE, Options())
    found = [each for line in log.splitlines() for each in live.read(line)]
    judgement = judge(MACHINE, log)
    assert live.verdict == judgement.verdict
    assert len(found) + sum(row.number for row in live.counted) == judgement.found
    following = [
        sum(row.number for row in each.counted if row.follows) for each in (live, judgement)
    ]
    assert following[0] == following[1] > 0
    assert Counter(each.rule for each in found).most_common(1)[0][1] == MOST_LISTED
    assert all(each.because is None or each.because < place for place, each in enumerate(found))


def test_a_counted_row_says_what_its_findings_share() -> None:
    """Each that is not listed is counted at the finding that it follows from."""
    whole, short = both(faulty("undefined events of several kinds", 400), Options(), 100)

    def root(judgement: Judgement, place: int) -> tuple[str, int]:
        because = judgement.findings[place].because
        found = judgement.findings[place]
        return (found.rule, found.line) if because is None else root(judgement, because)

    expected = Counter(root(whole, place) for place in range(len(whole.findings)))
    told = Counter(root(short, place) for place in range(len(short.findings)))
    for row in short.counted:
        assert row.follows
        assert row.because is not None
        told[root(short, row.because)] += row.number
    assert told == expected
    assert expected.most_common(1)[0][1] > 300
