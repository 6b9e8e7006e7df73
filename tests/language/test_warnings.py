"""What looks wrong in a machine loads with a warning; only a proof tells for certain."""

import pytest

from flux_conform.language import load, machines
from flux_conform.language.warnings import warnings_of
from toys import load_toy, turnstile

COIN = "  - {on: coin, from: Locked, to: Unlocked, basis: text}\n"
PUSH = "  - {on: push, from: Unlocked, to: Locked, basis: text}\n"
GUARDED = "  - {on: coin, from: Locked, to: Unlocked, when: .value > 5}\n"
UNLOCKED = "  Unlocked: {says: one visitor can pass}\n"
FINAL = (
    (UNLOCKED, "  Unlocked: {final: true, says: the end}\n"),
    (
        "  context:    {",
        "  captive: {id: rfc9999/states/last, level: MUST, section: S, says: X.}\n  context:    {",
    ),
)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ((), []),
        (((COIN, COIN + COIN),), ['two transitions match "coin" in Locked (today)']),
        (((COIN, COIN + GUARDED),), ['two transitions match "coin" in Locked (today)']),
        # Guards that exclude each other, or a last row that takes the rest, are no doubt.
        (((COIN, GUARDED + GUARDED.replace("> 5", "<= 5")),), []),
        (FINAL, ['"push" has an outcome in Unlocked, the final state']),
        (((COIN, ""),), ["no transition leads to Unlocked", "no transition leaves Locked"]),
        (((PUSH, ""),), ["no transition leaves Unlocked"]),
    ],
)  # fmt: skip
def test_a_doubt_is_told(changes: tuple[tuple[str, str], ...], expected: list[str]) -> None:
    """And the machine is loaded all the same."""
    told = list(warnings_of(load_toy(turnstile(*changes))))
    assert len(told) == len(expected)
    assert all(one.startswith(other) for one, other in zip(told, expected, strict=True))


@pytest.mark.parametrize("name", machines())
def test_the_packaged_machines_raise_no_doubt(name: str) -> None:
    """Neither of them."""
    assert list(warnings_of(load(name))) == []
