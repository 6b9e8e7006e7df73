"""What is told to be written differently."""

import pytest

from flux_conform.diff.wording import summary
from flux_conform.diff.written import ADDED, CHANGED, REMOVED, Change, changes
from toys import load_toy, turnstile


def told(*edits: tuple[str, str]) -> tuple[Change, ...]:
    return changes(load_toy(turnstile()), load_toy(turnstile(*edits)))


def test_comments_and_layout_are_no_change() -> None:
    """Specifications are compared as values."""
    assert (
        told(("# A turnstile:", "# One turnstile:"), ("  paid: coins > 0", "  paid:   coins > 0"))
        == ()
    )


@pytest.mark.parametrize(
    ("edits", "kind", "how", "name", "detail"),
    [
        ([("  Unlocked: {says", "  Open: {says: x}\n  Unlocked: {says")], "state", ADDED, "Open", "letter: O"),
        ([("{says: one visitor can pass}", "{waitable: false, says: one visitor can pass}")], "state", CHANGED, "Unlocked", "waitable: yes → nothing"),
        ([("visitor: optional string", "visitor: string")], "key", CHANGED, "coin.visitor", "required: nothing → yes"),
        ([("value: integer 1..50", "value: integer 1..100")], "key", CHANGED, "coin.value", "type: integer 1..50 → integer 1..100"),
        ([(", visitor: optional string", "")], "key", REMOVED, "coin.visitor", "type: string"),
        ([("visitor: optional string", "visitor: optional string, mint: optional string")], "key", ADDED, "coin.mint", "type: string"),
        ([("effect: {coins: coins + 1}", "effect: {coins: coins + 2}")], "event", CHANGED, "coin", "effect on coins: coins + 1 → coins + 2"),
        ([("    elsewhere: stays\n", "    elsewhere: silent\n")], "event", CHANGED, "coin", "elsewhere: stays → silent"),
        ([("by: anybody", "by: nobody")], "event", CHANGED, "unlisted", "by: anybody → nobody"),
        ([("from: Locked, to: Unlocked", "from: Locked, to: Locked")], "transition", CHANGED, "coin in Locked", "outcome: to Unlocked → to Locked"),
        ([("level: SHOULD", "level: MUST")], "rule", CHANGED, "rfc9999/coin/worth", "level: SHOULD → MUST"),
        ([("require: worth(5)", "require: worth(6)")], "rule", CHANGED, "rfc9999/coin/worth", "require: worth(5) → worth(6)"),
        ([("level: note, section: States", "level: implied, section: States")], "finding", CHANGED, "silent", "level: note → implied"),
        ([("  t_unlocked: entered(Unlocked)\n", "")], "report", REMOVED, "t_unlocked", "value: entered(Unlocked)"),
    ],
)  # fmt: skip
def test_each_kind_of_change_is_told(
    edits: list[tuple[str, str]], kind: str, how: str, name: str, detail: str
) -> None:
    """One edit, one change, with what was and what is."""
    (change,) = told(*edits)
    assert (change.kind, change.how, change.name) == (kind, how, name)
    assert detail in change.detail


def test_a_definition_is_told_by_what_uses_it() -> None:
    """What a rule says changes with the definition that it uses."""
    found = told(("  paid: coins > 0", "  paid: coins > 1"))
    assert [(change.kind, change.name) for change in found] == [("definition", "paid")]


def test_an_event_that_is_gone_takes_its_keys_and_rows_along() -> None:
    """They are told each, under their kinds."""
    found = changes(
        load_toy(turnstile()),
        load_toy(
            turnstile(
                (
                    "  push:\n    by: visitor\n    says: somebody pushed\n    context: empty\n    elsewhere: undefined\n    effect: {coins: 0}\n",
                    "",
                ),
                ("  - {on: push, from: Unlocked, to: Locked, basis: text}\n", ""),
                ("put in a coin of 5 or more", "put in more"),
            )
        ),
    )
    assert {(change.kind, change.how, change.name) for change in found} == {
        ("event", REMOVED, "push"),
        ("transition", REMOVED, "push in Unlocked"),
        ("rule", CHANGED, "rfc9999/coin/worth"),
    }
    assert summary(found) == "events -1, transitions -1, rules ~1"


def test_the_order_of_guards_counts() -> None:
    """Of two guards that may both hold the first decides, so their order is told."""
    rows = (
        "  - {on: coin, when: paid, from: Locked, to: Unlocked}\n"
        "  - {on: coin, when: .value > 5, from: Locked, stays: true}\n"
    )
    row = "  - {on: coin, from: Locked, to: Unlocked, basis: text}\n"
    swapped = "".join(reversed(rows.splitlines(keepends=True)))
    one = load_toy(turnstile((row, rows)))
    two = load_toy(turnstile((row, swapped)))
    assert changes(one, two) == (
        Change("transition", CHANGED, "coin in Locked", ("the order in which guards are tried",)),
    )
