"""Which findings only follow from an earlier one, on logs made by hand."""

import json
from collections import Counter

import pytest

from facts.cases import (
    ALLOC,
    CLEAN,
    DEPEND,
    FATAL,
    FINISH,
    FREE,
    FROM_DEPEND,
    FROM_VALIDATE,
    INVALIDATE,
    LIFE,
    MEMO,
    PRIORITY,
    RELEASE,
    START,
    SUBMIT,
    V0,
    VALIDATE,
    lines,
    submit,
)  # fmt: skip
from flux_conform.checking import consequences
from flux_conform.checking.judge import Options, judge
from flux_conform.language import load
from flux_conform.machine.step import Machine
from toys import PUSH, coin, turnstile_machine

MACHINE = Machine(load("job"))
UNDEFINED = "states/undefined"


def causes(*parts: str, notes: bool = False) -> list[tuple[str, int, int | None]]:
    """Each finding of RFC 21 without its prefix, its line, and the finding that it follows from."""
    judgement = judge(MACHINE, lines(*parts), Options(notes=notes))
    return [(f.rule.removeprefix("rfc21/"), f.line, f.because) for f in judgement.findings]


def test_what_follows_from_a_missing_validate_points_at_the_first_undefined_event() -> None:
    """Taking `depend` as its own transition would make all the rest sound."""
    assert causes(SUBMIT, *FROM_DEPEND) == [
        (UNDEFINED, 2, None),
        (UNDEFINED, 3, 0),
        (UNDEFINED, 4, 0),
        # start, finish and the others come after an alloc then
        ("start/after-alloc", 5, 0),
        ("start/held", 5, 0),
        ("start/in-run", 5, 0),
        (UNDEFINED, 6, 0),
        ("free/after-alloc", 8, 0),
        ("free/in-cleanup", 8, 0),
        (UNDEFINED, 9, 0),
    ]


def test_without_its_submit_a_log_has_one_finding_of_its_own() -> None:
    """A submit is supplied, and nothing else is wrong."""
    assert causes(*FROM_VALIDATE) == [("submit/first", 1, None)]
    # One that comes late is the log's first all the same.
    assert causes(VALIDATE, SUBMIT, *FROM_DEPEND) == [("submit/first", 1, None)]


def test_no_line_is_decoded_more_than_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The search for causes goes over the events that were read."""
    decoded: Counter[str] = Counter()
    decode = json.JSONDecoder.decode

    def counting(decoder: json.JSONDecoder, text: str) -> object:
        decoded[text] += 1
        return decode(decoder, text)

    monkeypatch.setattr(json.JSONDecoder, "decode", counting)
    log = lines(SUBMIT, *FROM_DEPEND)
    assert len(judge(MACHINE, log).findings) > len(FROM_DEPEND)
    assert decoded == dict.fromkeys(log.decode().splitlines(), 1)


def test_a_fault_that_is_not_mended_by_an_earlier_one_stands_alone() -> None:
    """A context that is faulty stays faulty whatever came before."""
    assert causes(SUBMIT, DEPEND, '{"timestamp":@,"name":"memo"}') == [
        (UNDEFINED, 2, None),
        ("memo/context", 3, None),
    ]


def test_two_faults_apart_have_nothing_to_do_with_each_other() -> None:
    """A second validate, and a second depend."""
    found = causes(SUBMIT, VALIDATE, VALIDATE, DEPEND, DEPEND, PRIORITY)
    assert found == [(UNDEFINED, 3, None), (UNDEFINED, 5, None)]


def test_the_earliest_cause_is_named() -> None:
    """Where either of two would do, the first of them."""
    found = causes(SUBMIT, PRIORITY, PRIORITY, ALLOC)
    # Mending either priority leads to SCHED, where the alloc is defined.
    assert found == [(UNDEFINED, 2, None), (UNDEFINED, 3, 0), (UNDEFINED, 4, 0)]
    more = causes(SUBMIT, PRIORITY, PRIORITY, ALLOC, '{"timestamp":@,"name":"memo"}')
    assert more == [*found, ("memo/context", 5, None)]


def test_nothing_follows_from_a_finding_of_the_format() -> None:
    """A line that is no JSON may have held anything; it is not guessed."""
    assert causes(SUBMIT, "validate", *FROM_DEPEND[:2]) == [
        ("rfc18/lines", 2, None),
        (UNDEFINED, 3, None),
        (UNDEFINED, 4, 1),
    ]


def test_what_a_cause_hides_is_counted_among_what_is_told() -> None:
    """With notes the indices move along with the findings."""
    log = (V0, VALIDATE, PRIORITY, ALLOC)
    assert causes(*log) == [(UNDEFINED, 3, None), (UNDEFINED, 4, 0)]
    assert causes(*log, notes=True) == [
        ("submit/v0", 1, None),
        (UNDEFINED, 3, None),
        (UNDEFINED, 4, 1),
    ]


def test_after_the_end_each_event_is_told_and_none_follows() -> None:
    """Clean and invalidate are sound where they stand."""
    assert causes(*LIFE, MEMO, MEMO) == [
        ("inactive/captive", 11, None),
        ("inactive/captive", 12, None),
    ]
    assert causes(SUBMIT, INVALIDATE, VALIDATE) == [("invalidate/last", 3, None)]


def test_an_undefined_event_that_ends_the_log_when_mended_explains_nothing_after_it() -> None:
    """Taken as its own transition, clean leads to INACTIVE, where findings are others."""
    found = causes(SUBMIT, VALIDATE, CLEAN, ALLOC)
    assert found == [(UNDEFINED, 3, None), (UNDEFINED, 4, 0)]


def test_a_fatal_exception_parts_what_was_before_from_what_comes() -> None:
    """From CLEANUP on both ways are one, so nothing after it follows."""
    found = causes(SUBMIT, VALIDATE, PRIORITY, FATAL, DEPEND, CLEAN)
    assert found == [(UNDEFINED, 3, None), (UNDEFINED, 5, None)]


def test_a_version_of_a_later_submit_follows_from_the_missing_first() -> None:
    """With a submit before it, it would have no effect."""
    assert causes(VALIDATE, submit(version=2)) == [
        ("submit/first", 1, None),
        ("submit/version", 2, 0),
    ]


def test_another_machine_is_judged_alike() -> None:
    """A push before the coin, and a second one that a coin explains."""
    machine = turnstile_machine()
    found = judge(machine, PUSH + PUSH + coin() + coin()).findings
    assert [(f.rule.removeprefix("rfc9999/"), f.line, f.because) for f in found] == [
        ("states/undefined", 1, None),
        ("states/undefined", 2, None),
        ("coin/once", 4, None),
    ]


@pytest.mark.parametrize("more", [1_000, 3_000])
def test_a_long_log_without_its_validate_is_still_one_fault(more: int) -> None:
    """What is between does not matter, nor how much of it there is."""
    found = causes(SUBMIT, DEPEND, *[MEMO] * more, PRIORITY, ALLOC, START, FINISH, RELEASE, FREE)
    assert [because for *_, because in found] == [None, *[0] * (len(found) - 1)]


def test_all_lines_count_for_how_far_causes_are_sought(monkeypatch: pytest.MonkeyPatch) -> None:
    """Those before the first fault too, though they are not looked at again."""
    log = (SUBMIT, *[MEMO] * 400, *[*LIFE[2:6], *[MEMO] * 5] * 10)
    expected = causes(*log)
    monkeypatch.setattr(consequences, "_STEPS_AT_LEAST", 1)
    assert causes(*log) == expected
