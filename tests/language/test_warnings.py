"""What looks wrong in a machine loads with a warning; only a proof tells for certain."""

from pathlib import Path

import pytest

from flux_conform.cli.main import main
from flux_conform.language import load, machines
from flux_conform.language.loader import load_file
from flux_conform.language.warning_places import warnings_about
from flux_conform.language.warnings import warnings_of
from toys import load_toy, turnstile

COIN = "  - {on: coin, from: Locked, to: Unlocked, basis: text}\n"
PUSH = "  - {on: push, from: Unlocked, to: Locked, basis: text}\n"
GUARDED = "  - {on: coin, from: Locked, to: Unlocked, when: .value > 5}\n"
BOTH = COIN.replace("Locked, to", "[Locked, Unlocked], to")
ELSE = "  - {on: coin, from: Locked, stays: true, when: else}\n"
COINS = "  coins: {type: integer, says: the coins since the last push}\n"
EFFECT = "{coins: coins + 1}"
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
        (
            ((COIN, GUARDED + COIN),),
            ['two transitions match "coin" in Locked (today): it relies on the order of its rows'],
        ),
        (
            ((COIN, BOTH.replace("to: Unlocked", "to: Unlocked, when: .value > 5") + BOTH),),
            ['two transitions match "coin" in Locked (today): it relies on the order of its rows'],
        ),
        (((COIN, GUARDED + ELSE),), []),
        (FINAL, ['"push" has an outcome in Unlocked, the final state']),
        (((COIN, ""),), ["no transition leads to Unlocked", "no transition leaves Locked"]),
        (((PUSH, ""),), ["no transition leaves Unlocked", '"push" is undefined in every state']),
        (((COINS, COINS + "  spare: integer\n"),), ['nothing reads the variable "spare"']),
        # Its own next value reads it, and no one else.
        (
            ((COINS, COINS + "  spare: integer\n"), (EFFECT, "{coins: coins + 1, spare: spare + 1}")),
            ['nothing reads the variable "spare"'],
        ),
        (
            ((COINS, COINS + "  spare: integer\n"), (EFFECT, "{coins: coins + spare, spare: 1}")),
            [],
        ),
        (
            ((COINS, COINS + "  spare: integer\n"), ('"the coin is', '"{spare}: the coin is')),
            [],
        ),
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


def guards(one: str, other: str) -> list[str]:
    """The warnings about two rows with these guards and different outcomes."""
    rows = (
        f"  - {{on: coin, from: Locked, to: Unlocked, when: '{one}'}}\n"
        f"  - {{on: coin, from: Locked, stays: true, when: '{other}'}}\n"
    )
    return list(warnings_of(load_toy(turnstile((COIN, rows)))))


@pytest.mark.parametrize(
    ("one", "other", "value"),
    [
        (".value >= 5", ".value <= 5", 5),
        (".value > 4 and .value < 9", "7 < .value", 8),
        (".value != 3", ".value != 4", 0),
        (".value > 2 and .value != 3", ".value < 5", 4),
        ("worth(6)", "not worth(6)", None),
        (".value > 5", ".value <= 5", None),
        (".value > 5", ".value < 7 and .value != 6", None),
        (".value == 5", ".value == 6", None),
        (".value > 5", "coins > 5", None),
        ("worth(6)", ".value == 7", 7),
    ],
)
def test_guards_that_hold_together_are_told(one: str, other: str, value: int | None) -> None:
    """With a value for which they do; what is no comparison with integers is left to prove."""
    told = guards(one, other)
    if value is None:
        assert told == []
        return
    (only,) = told
    assert only.startswith('guards of "coin" in Locked overlap, so that the order of rows counts')
    assert only.endswith(f", where .value is {value}")


def test_a_warning_has_its_place(tmp_path: Path) -> None:
    """Of the row, the state, the event or the variable, in the neighbour's file too."""
    base = tmp_path / "gate.yaml"
    base.write_text(turnstile((COINS, COINS + "  spare: integer\n")), encoding="utf-8")
    line = base.read_text().splitlines().index("  spare: integer") + 1
    expected = f'{base}:{line}:3: warning: nothing reads the variable "spare"'
    assert list(warnings_about(str(base), load_file(str(base)))) == [expected]
    change = tmp_path / "change.yaml"
    change.write_text("change: gate.yaml\ntitle: T\nvariables:\n  other: integer\n")
    assert list(warnings_about(str(change), load_file(str(change)))) == [
        expected,
        f'{change}:4:3: warning: nothing reads the variable "other"',
    ]


@pytest.mark.parametrize("claim", ["always: paid", "recoverable: paid", "reachable: each state"])
def test_a_guard_that_a_claim_does_not_read_is_told(tmp_path: Path, claim: str) -> None:
    """At its place. A claim of an event reads it."""
    (tmp_path / "gate.yaml").write_text(turnstile(), encoding="utf-8")
    change = tmp_path / "change.yaml"
    change.write_text(
        "change: gate.yaml\ntitle: T\nproperties:\n"
        "  read: {on: push, when: paid, never: not paid, says: S.}\n"
        f"  spare:\n    {claim}\n    when: not paid\n    says: S.\n"
    )
    kind = claim.partition(":")[0]
    told = f'"{kind}" has no "when", so that of spare narrows nothing'
    assert list(warnings_about(str(change), load_file(str(change)))) == [
        f"{change}:7:5: warning: {told}"
    ]


def test_what_is_removed_and_added_is_told_with_what_is_lost(tmp_path: Path) -> None:
    (tmp_path / "gate.yaml").write_text(turnstile(), encoding="utf-8")
    change = tmp_path / "change.yaml"
    change.write_text(
        "change: gate.yaml\nevents:\n  push: null\n"
        "  shove: {context: empty, elsewhere: stays}\n"
        "transitions: [{on: shove, from: Unlocked, to: Locked}]\n"
    )
    told = list(warnings_about(str(change), load_file(str(change))))
    assert told == [
        f'{change}:3:3: warning: "push" is removed and "shove" is new; with it goes what is said '
        "of it (1 of transitions); if it is the same, say renamed: {events: {push: shove}}"
    ]
    change.write_text("change: gate.yaml\nrenamed: {events: {push: shove}}\n")
    assert list(warnings_about(str(change), load_file(str(change)))) == []


def test_a_file_with_warnings_is_checked_all_the_same(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "gate.yaml"
    path.write_text(turnstile((PUSH, "")), encoding="utf-8")
    assert main(["model", "check", str(path)]) == 0
    assert "warning: no transition leaves Unlocked" in capsys.readouterr().err
