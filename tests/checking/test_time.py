"""Policies of a site that ask for times: to the last digit, in whole, growing and cut-off logs."""

from fractions import Fraction

import pytest

from flux_conform.checking.finding import CONFORMS, INCONCLUSIVE, VIOLATES
from flux_conform.checking.incremental import LiveLog
from flux_conform.checking.judge import Options, judge
from flux_conform.checking.judges import Judge
from flux_conform.checking.window import judge_window
from flux_conform.language.loader import load_changed
from flux_conform.language.specification import Specification
from flux_conform.logs.eventlog import read_entries
from flux_conform.logs.exact_time import exact_time
from flux_conform.repair import mend

SITE = """
rules:
  site/epilog/ten-minutes:
    {level: policy, on: epilog-finish, require: since(epilog-start) <= 10 min, says: S.,
     breach: "it took {since(epilog-start)}, until {time}", repair: r}
"""
STRICT = Options(strict=True)


@pytest.fixture(scope="module")
def site() -> Specification:
    return load_changed("job", SITE)


def log(start: str, finish: str) -> bytes:
    """A whole log of a job, with an epilog between two times."""
    events = [
        ("1", '"submit","context":{"userid":1,"urgency":16,"flags":0,"version":1}'),
        ("1.5", '"validate"'),
        ("2", '"depend"'),
        ("2", '"priority","context":{"priority":1}'),
        ("3", '"alloc"'),
        ("4", '"start"'),
        ("5", '"finish","context":{"status":0}'),
        (start, '"epilog-start","context":{"description":"e"}'),
        (finish, '"epilog-finish","context":{"description":"e","status":0}'),
        (finish, '"release","context":{"ranks":"all","final":true}'),
        (finish, '"free"'),
        (finish, '"clean"'),
    ]
    return "".join(f'{{"timestamp":{time},"name":{rest}}}\n' for time, rest in events).encode()


@pytest.mark.parametrize(
    ("start", "finish", "took"),
    [
        ("1700000000.1", "1700000600.1", None),
        ("1700000000.1", "1700000600.1000001", "600.0000001 s"),
        ("1700000000.1", "1700000600.10000000000000000001", "600.00000000000000000001 s"),
        ("1700000000.30000000000000000001", "1700000600.3", None),
        ("17000000001e-1", "170000060010000001e-8", "600.00000001 s"),
        ("1700000000", "1700000600", None),
        ("1700000000", "1700000601", "601 s"),
        ("1700000600.25", "1700000000.5", None),
    ],
    ids=["ten minutes", "more", "less than a float tells", "as little less", "exponents",
         "integers", "a second more", "back in time"],
)  # fmt: skip
def test_a_duration_is_exact(
    site: Specification, start: str, finish: str, took: str | None
) -> None:
    data = log(start, finish)
    found = [each for each in judge(site, data).findings if each.level == "policy"]
    assert [each.message.split(",")[0] for each in found] == ([f"it took {took}"] if took else [])
    # It is a warning, and counts where one judges strictly.
    assert judge(site, data).verdict == CONFORMS
    assert judge(site, data, STRICT).verdict == (VIOLATES if took else CONFORMS)


def test_a_time_is_told_as_its_line_has_it(site: Specification) -> None:
    (found,) = judge(site, log("1700000000.1", "1700000600.123450")).findings
    assert found.message == "it took 600.02345 s, until 1700000600.12345"
    assert (found.rule, found.rfc) == ("site/epilog/ten-minutes", 0)


@pytest.mark.parametrize("line", [7, 8])
def test_what_has_no_time_is_not_judged(site: Specification, line: int) -> None:
    """Neither where the event itself has none, nor where the one has that is asked for."""
    lines = log("1700000000", "1700009999").splitlines(keepends=True)
    _, _, rest = lines[line].partition(b",")
    lines[line] = b'{"timestamp":0,' + rest
    found = judge(site, b"".join(lines)).findings
    assert [each.rule for each in found] == ["rfc18/timestamp"]


def test_a_growing_log_and_the_usual_way_find_the_same(site: Specification) -> None:
    for finish in ("1700000600", "1700000600.000001"):
        data = log("1700000000", finish)
        live = LiveLog(site)
        told = tuple(each for line in data.splitlines() for each in live.read(line))
        careful = judge(site, data)
        assert told == careful.findings
        assert Judge(site).judge_batch([data, data]) == [careful, careful]


def test_a_window_does_not_know_how_long_ago_an_event_is(site: Specification) -> None:
    lines = log("1700000000", "1700009999").splitlines(keepends=True)
    window = judge_window(site, b"".join(lines[5:]), STRICT)
    assert window.verdict == INCONCLUSIVE
    of_site = [doubt.line for doubt in window.doubts if doubt.rule.startswith("site/")]
    assert of_site == [4]
    whole = judge_window(site, b"".join(lines), STRICT)
    assert whole.verdict == VIOLATES


def test_the_time_of_a_line_is_that_of_its_last_key() -> None:
    text = b'{"timestamp":1.5,"name":"a","context":{"timestamp":3},"timestamp":2.50}\n'
    (entry,) = read_entries(text)
    assert exact_time(entry) == Fraction(5, 2)
    long = "1." + "1" * 5000
    (entry,) = read_entries(f'{{"timestamp":{long},"name":"a"}}\n'.encode())
    assert exact_time(entry) == Fraction(1.1111111111111112)


def test_no_repair_mends_when_something_happened(site: Specification) -> None:
    """What else is at fault is mended, and the policy stays broken."""
    late = log("1700000000", "1700009999")
    alone = mend(site, late, STRICT)
    assert (alone.cost, alone.repairs) == (None, ())
    lines = late.splitlines(keepends=True)
    both = mend(site, b"".join([*lines[:2], *lines[3:]]), STRICT)
    found = judge(site, both.repairs[0].data, STRICT).findings
    assert {each.rule for each in found} == {"site/epilog/ten-minutes"}
