"""A log only grows: an older snapshot's whole lines begin the newer one (RFC 18)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from facts.cases import LIFE, lines
from flux_conform.checking.judge import Options, judge
from flux_conform.language import load
from flux_conform.logs.eventlog import changed_line
from flux_conform.machine.step import Machine

MACHINE = Machine(load("job"))
LOG = lines(*LIFE)
RULE = "rfc18/append-only"


def lines_at_fault(earlier: bytes, later: bytes) -> list[int]:
    findings = judge(MACHINE, later, earlier=earlier).findings
    return [finding.line for finding in findings if finding.rule == RULE]


@pytest.mark.parametrize("count", range(len(LIFE) + 1))
def test_a_log_may_grow_from_any_of_its_beginnings(count: int) -> None:
    """Whole lines, and a last one that was still being written when the snapshot was taken."""
    earlier = lines(*LIFE[:count])
    assert lines_at_fault(earlier, LOG) == []
    assert lines_at_fault(earlier + b'{"timest', LOG) == []
    assert judge(MACHINE, LOG, earlier=earlier) == judge(MACHINE, LOG)


@pytest.mark.parametrize(
    ("earlier", "later", "line"),
    [
        (LOG, LOG.replace(b"validate", b"validatE"), 2),
        (LOG, LOG[:-2] + b"]\n", 10),
        (LOG, b"\n" + LOG, 1),
        (LOG, lines(*LIFE[:5]), 5),
        (LOG, LOG[:-1], 10),
        (LOG, lines(*LIFE[:9]) + b"x", 10),
        (LOG, b"", 1),
        (LOG, b"x", 1),
        (LOG, LOG.replace(b"\n", b"\r\n"), 1),
        (lines(*LIFE[:3]), lines(*LIFE[1:]), 1),
    ],
)
def test_the_first_line_that_changed_is_named(earlier: bytes, later: bytes, line: int) -> None:
    """Or the last one of a log that became shorter; it violates."""
    assert lines_at_fault(earlier, later) == [line]
    judgement = judge(MACHINE, later, earlier=earlier)
    assert judgement.verdict == "violates"


def test_the_finding_stands_among_those_of_its_line() -> None:
    """After other findings of the format, before those of the event; and it says what is wrong."""
    later = LOG.replace(b'"validate"', b'"validatE","more":1')
    judgement = judge(MACHINE, later, Options(notes=True), earlier=LOG)
    found = [(f.rule, f.line) for f in judgement.findings[:3]]
    assert found == [("rfc18/keys", 2), (RULE, 2), ("rfc21/states/undefined", 3)]
    assert "earlier snapshot" in judgement.findings[1].message


texts = st.lists(st.sampled_from([b"a", b"b", b"", b"\n", b"a\n", b"b\n"])).map(b"".join)


@given(texts, texts)
def test_a_change_is_found_exactly_where_the_whole_lines_are_no_beginning(
    earlier: bytes, later: bytes
) -> None:
    """And the line that is named is one of the newer log, with all before it as they were."""
    whole = b"".join(line + b"\n" for line in earlier.split(b"\n")[:-1])
    changed = changed_line(earlier, later)
    assert (changed is None) == later.startswith(whole)
    if changed is not None:
        line, _ = changed
        count = max(1, len(later.splitlines()))
        assert 1 <= line <= count
        kept = min(line - 1, whole.count(b"\n"))
        assert earlier.split(b"\n")[:kept] == later.split(b"\n")[:kept]


@given(texts, texts)
def test_whatever_is_added_is_no_change(earlier: bytes, more: bytes) -> None:
    """A log that was carried on at its end."""
    assert changed_line(earlier, earlier + more) is None
