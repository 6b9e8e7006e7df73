"""Times and durations in the language: known to policies alone, and not mixed with numbers."""

from pathlib import Path

import pytest

from flux_conform.language import load
from flux_conform.language.compiled import decode, encode
from flux_conform.language.expressions import show
from flux_conform.language.loader import load_changed
from flux_conform.language.parser import parse_expression
from flux_conform.machine.event_times import timed_parts
from toys import faults_of, load_toy, turnstile

POLICY = """
  - id: site/push/soon
    level: LEVEL
    on: push
    require: REQUIRE
    says: The visitor pushes soon.
    breach: it took {since(coin)}
    repair: push earlier
"""


def policy(require: str, level: str = "policy") -> str:
    """The turnstile with a policy."""
    text = POLICY.replace("LEVEL", level).replace("REQUIRE", require)
    return turnstile(("\nrules:\n", f"\nrules:{text}"))


@pytest.mark.parametrize(
    "require",
    [
        "since(coin) <= 10 min",
        "has(since(coin)) implies since(coin) < 500 ms",
        "(since(coin) else 0 s) <= 2 h",
        "time - first(coin) <= 1 d",
        "last(coin) - first(coin) <= 30 s + 15 us",
        "time >= last(coin) + 1 s",
        "since(coin) != none and since(coin) == 1 s",
        "if seen(coin) then since(coin) <= 1 s else coins > 1",
    ],
)
def test_a_policy_may_ask_for_times(require: str) -> None:
    specification = load_toy(policy(require))
    tree = specification.rules[0].require.tree
    assert parse_expression(show(tree)).tree == tree
    assert decode(encode(specification)) == specification
    timed = timed_parts(specification)
    assert timed is not None
    assert timed.rules == {"site/push/soon"}
    assert timed.asked == {"coin"}
    assert timed.at == {"push"}


@pytest.mark.parametrize(
    ("require", "message"),
    [
        ("since(coin) <= 600", '"<=" does not order duration and integer; a duration has a unit'),
        ("time <= 10 min", '"<=" does not order time and duration'),
        ("time + time > time", 'no "time + time"; the time between two is one less the other'),
        ("2 * since(coin) < 1 s", 'no "integer * duration"'),
        ("since(coin) - time < 1 s", 'no "duration - time"'),
        ("since(coin) == 600", "duration can never equal integer"),
        ("since(coins) < 1 s", 'unknown event "coins"'),
        ("10 min", "what is required is boolean, but this is duration"),
        ("has(time)", "has(…) is always true of time"),
        ("time else 1 s == 1 s", 'what stands left of "else" is time, and never none'),
        ("entered(Locked) < time", "entered(…) is known in the report alone"),
        ("since(coin) in [1 s, 2 s] and size(since(coin)) > 0", "size(…) takes a set"),
        ("10 minutes < 1 h", 'expected the end, or an operator, found "minutes"'),
    ],
)
def test_a_mistake_with_times_is_told(require: str, message: str) -> None:
    (fault,) = faults_of(policy(f"'{require}'"))
    assert message in fault.message


@pytest.mark.parametrize("level", ["MUST", "SHOULD", "implied", "note"])
def test_no_rule_of_another_level_may_ask_for_times(level: str) -> None:
    """Where it is asked for in what the RFC asks, the fault says where times belong."""
    faults = faults_of(policy("time - last(coin) < since(coin)", level))
    assert [fault.column for fault in faults] == [14, 21, 34, 22]
    assert faults[0].message == (
        '"time" is known to rules of the level policy (id: site/…) and to claims with never; '
        "no RFC asks for times"
    )


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("effect: {coins: coins + 1}", "effect: {coins: 'if since(coin) > 1 s then 1 else 0'}"),
         "since(…) is known to rules of the level policy (id: site/…)"),
        (("{on: push, from: Unlocked,", "{on: push, from: Unlocked, when: since(coin) > 1 s,"),
         "since(…) is known to rules of the level policy (id: site/…)"),
        (("  coins: {type: integer,", "  time: integer\n  coins: {type: integer,"),
         '"time" is a name of the language'),
        (("rfc9999/coin/worth\n    level: SHOULD", "rfc9999/coin/worth\n    level: policy"),
         '"rfc9999/coin/worth" is a rule of RFC 9999, and no policy'),
        (("silent, section", "silent, level: policy, section"), "level"),
    ],
    ids=["an effect", "a guard", "a variable of that name", "an RFC has no policies", "a finding"],
)  # fmt: skip
def test_nothing_else_asks_for_times(change: tuple[str, str], message: str) -> None:
    if change[0].startswith("silent, section"):
        change = ("rfc9999/states/silent, level: note", "rfc9999/states/silent, level: policy")
    (fault,) = faults_of(turnstile(change))
    assert message in fault.message or "policy" in fault.message


def test_a_definition_may_ask_for_times_where_a_policy_uses_it() -> None:
    text = policy("soon").replace("definitions:", "definitions:\n  soon: since(coin) <= 1 s")
    assert timed_parts(load_toy(text)) is not None
    (fault,) = faults_of(policy("soon", "MUST").replace(
        "definitions:", "definitions:\n  soon: since(coin) <= 1 s"
    ).replace("{since(coin)}", "long"))  # fmt: skip
    assert 'in the definition of "soon"' in fault.message


def test_a_site_adds_a_policy_to_job_as_a_change() -> None:
    site = load_changed(
        "job",
        """
        rules:
          site/epilog/ten-minutes: {level: policy, on: epilog-finish,
            require: since(epilog-start) <= 10 min, says: S., breach: b, repair: r}
        """,
    )
    job = load("job")
    assert [rule.id for rule in site.rules[len(job.rules) :]] == ["site/epilog/ten-minutes"]
    assert timed_parts(job) is None
    assert site._replace(rules=site.rules[:-1], source=job.source) == job


def test_renamed_events_are_renamed_where_times_are_asked_for(tmp_path: Path) -> None:
    (tmp_path / "base.yaml").write_text(policy("since(coin) <= 1 s"), encoding="utf-8")
    (tmp_path / "change.yaml").write_text(
        "change: base.yaml\ntitle: T\nrenamed: {events: {coin: token}}\n", encoding="utf-8"
    )
    rule = load(tmp_path / "change.yaml").rules[0]
    assert rule.require.text == "since(token) <= 1 s"
    assert [show(part.tree) for part in rule.breach if not isinstance(part, str)] == [
        "since(token)"
    ]
