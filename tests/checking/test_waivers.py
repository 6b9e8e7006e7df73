"""Known deviations of an implementation excuse just what they say."""

from pathlib import Path

import pytest

from facts.cases import LIFE, lines
from flux_conform.checking.judge import Options, judge
from flux_conform.checking.waivable import waivable
from flux_conform.checking.waivers import (
    Deviation,
    Deviations,
    UnknownDeviations,
    Waivers,
    load_deviations,
)
from flux_conform.language import load
from flux_conform.language.faults import SpecificationFaults
from flux_conform.machine.step import Machine

MACHINE = Machine(load("job"))
FLUX_CORE = Waivers((load_deviations("flux-core"),))
EXPIRATION = "rfc21/resource-update/context"


def updated(context: str) -> bytes:
    """A whole life with a resource-update in it."""
    update = f'{{"timestamp":@,"name":"resource-update"{context}}}'
    return lines(*LIFE[:6], update, *LIFE[6:])


@pytest.mark.parametrize("value", ["1.5", "1700000000.123", "0.0", "-1.0", "1e9"])
def test_a_floating_point_expiration_is_allowed(value: str) -> None:
    """As every real log has it."""
    log = updated(f',"context":{{"expiration":{value}}}')
    assert [f.rule for f in judge(MACHINE, log).findings] == [EXPIRATION]
    allowed = judge(MACHINE, log, Options(waivers=FLUX_CORE))
    assert (allowed.findings, allowed.verdict) == ((), "conforms")


@pytest.mark.parametrize(
    "context",
    [
        "",
        ',"context":{}',
        ',"context":{"expiration":"1.5"}',
        ',"context":{"expiration":null}',
        ',"context":{"expiration":true}',
        ',"context":{"expiration":1e999}',
        ',"context":{"expiry":1.5}',
    ],
)
def test_any_other_fault_of_the_expiration_is_not(context: str) -> None:
    """One that is missing, or no number, is as wrong for flux-core."""
    judgement = judge(MACHINE, updated(context), Options(waivers=FLUX_CORE))
    assert [(f.rule, f.waived_by) for f in judgement.findings] == [(EXPIRATION, None)]
    assert judgement.verdict == "violates"


def test_what_is_waived_is_told_with_notes_and_keeps_its_level() -> None:
    """It bears the name of what excuses it, and makes no log violate, not even strictly."""
    log = updated(',"context":{"expiration":1.5}')
    options = Options(notes=True, strict=True, waivers=FLUX_CORE)
    judgement = judge(MACHINE, log, options)
    assert [(f.rule, f.level, f.waived_by) for f in judgement.findings] == [
        (EXPIRATION, "MUST", "flux-core")
    ]
    assert judgement.verdict == "conforms"


def test_a_cause_that_is_waived_is_no_longer_pointed_at() -> None:
    """What follows from it stands alone then: an index is that of what is told."""
    log = lines(LIFE[0], *LIFE[4:6])
    found = [(f.rule, f.because) for f in judge(MACHINE, log).findings]
    starts = [f"rfc21/start/{rule}" for rule in ("after-alloc", "held", "in-run")]
    assert found == [("rfc21/states/undefined", None), *((rule, 0) for rule in starts)]
    waivers = Waivers((Deviations("toy", "Toys", (deviation("rfc21/states/undefined"),)),))
    left = [(f.rule, f.because) for f in judge(MACHINE, log, Options(waivers=waivers)).findings]
    assert left == [(rule, None) for rule in starts]


def deviation(rule: str) -> Deviation:
    return Deviation(rule, "it is a toy", "https://example.org", None)


DEVIATIONS = """\
implementation: toy
title: Toys
deviations:
  - {rule: rfc21/states/undefined, reason: it is a toy, link: https://example.org}
"""


def test_deviations_come_from_a_file_too(tmp_path: Path) -> None:
    """Told by its ending."""
    path = tmp_path / "toy.yaml"
    path.write_text(DEVIATIONS)
    toy = load_deviations(str(path))
    assert (toy.name, toy.title) == ("toy", "Toys")
    log = lines(LIFE[0], LIFE[2], LIFE[4])
    allowed = judge(MACHINE, log, Options(waivers=Waivers((FLUX_CORE.allowed[0], toy))))
    assert (allowed.findings, allowed.verdict) == ((), "incomplete")


@pytest.mark.parametrize(
    ("old", "new", "place", "message"),
    [
        ("reason: it", "raeson: it", (4, 36), 'unknown key "raeson" of a deviation'),
        ("link: https://example.org", "context: {a: strnig}", (4, 5), 'lacks its key "link"'),
        ("title: Toys\n", "", (1, 1), 'a file of deviations lacks its key "title"'),
        ("reason:", "by reading: true, reason:", (4, 48), "no reading is given"),
        ("title:", "readings: {jbo: {}}\ntitle:", (2, 17), 'no specification "jbo"'),
        (
            "title:",
            "readings: {job: {rules: {rfc30/urgency/held: {require: urgenc != 0}}}}\ntitle:",
            (2, 17),
            'the reading of job does not fit: unknown variable "urgenc"',
        ),
    ],
)
def test_a_fault_in_a_file_of_deviations_is_told_at_its_place(
    tmp_path: Path, old: str, new: str, place: tuple[int, int], message: str
) -> None:
    """As in a specification."""
    path = tmp_path / "toy.yaml"
    assert old in DEVIATIONS
    path.write_text(DEVIATIONS.replace(old, new))
    with pytest.raises(SpecificationFaults) as caught:
        load_deviations(str(path))
    fault = next(fault for fault in caught.value.faults if message in fault.message)
    assert (fault.line, fault.column) == place


def test_unknown_deviations_are_named_with_those_that_are_known() -> None:
    """A name that nobody knows, and a file that is not there."""
    with pytest.raises(UnknownDeviations, match=r'no deviations "flux-cor": .* flux-core'):
        load_deviations("flux-cor")
    with pytest.raises(SpecificationFaults, match="cannot be read"):
        load_deviations("no/such.yaml")


def test_what_is_waived_already_needs_no_hint() -> None:
    """The name of the deviations is given for the others alone."""
    update = b'{"timestamp":1800000000,"name":"resource-update","context":{"expiration":1.5}}\n'
    log = lines(*LIFE[:5]) + update
    told = Options(notes=True)
    (found,) = judge(MACHINE, log, told).findings
    (waived,) = judge(MACHINE, log, told._replace(waivers=FLUX_CORE)).findings
    assert waived == found._replace(waived_by="flux-core")
    names = waivable([found, waived], lambda again: judge(MACHINE, log, again).findings)
    assert names == {found: "flux-core"}
